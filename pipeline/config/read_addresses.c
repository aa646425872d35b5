/* Where to connect and where to listen. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     redis.url      unix:PATH              PATH fits a socket's name (107 bytes)
 *                    tcp://HOST:PORT        HOST a name, an IPv4 address or [IPv6]
 *                    tls://HOST:PORT        the same with TLS 1.3; HOST is what the server's certificate names
 *     serve.listen   ADDRESS:PORT           numeric, so that what is open to whom does not depend on a name server */
#include "config/sections.h"

#include "config/yaml_scalar.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#define REDIS_DEFAULT  "unix:run/redis.sock"
#define LISTEN_DEFAULT "127.0.0.1:8080"

static bool is_port(const char *text, int min)
{
    size_t length = strlen(text);
    if (length == 0 || length > 5 || strspn(text, "0123456789") != length || (length > 1 && text[0] == '0'))
        return false;
    int port = 0;
    for (; *text; text++)
        port = port * 10 + (*text - '0');
    return port >= min && port <= 65535;
}

/* Splits "HOST:PORT" or "[IPv6]:PORT" into host (without brackets) and *port. False if it has no such form. */
static bool split(const char *text, char *host, size_t size, const char **port, bool *ipv6)
{
    const char *end;
    *ipv6 = text[0] == '[';
    if (*ipv6) {
        end = strchr(++text, ']');
        if (!end || end[1] != ':')
            return false;
        *port = end + 2;
    } else {
        end = strchr(text, ':');
        if (!end || strchr(end + 1, ':'))
            return false;
        *port = end + 1;
    }
    size_t length = (size_t)(end - text);
    if (length == 0 || length >= size)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    return true;
}

static bool is_address(const char *host, bool ipv6)
{
    struct in6_addr address;
    return inet_pton(ipv6 ? AF_INET6 : AF_INET, host, &address) == 1;
}

static bool is_host(const char *host, bool ipv6)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    return ipv6 ? is_address(host, true) : host[strspn(host, letters)] == '\0';
}

void yk_read_redis(struct yk_yaml *yaml, const yaml_node_t *node, char url[static YK_PATH_SIZE])
{
    static const char *const keys[] = {"url", NULL};
    memcpy(url, REDIS_DEFAULT, sizeof REDIS_DEFAULT);
    if (!node || !yk_yaml_map(yaml, node, "redis", keys))
        return;
    const yaml_node_t *value = yk_yaml_need(yaml, node, "redis", "url");
    if (!yk_yaml_text(yaml, value, "the Redis url", url, YK_PATH_SIZE))
        return;
    if (strncmp(url, "unix:", 5) == 0) {
        size_t most = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
        if (url[5] == '\0')
            yk_yaml_mistake(yaml, value, "the Redis url names no socket; write unix:run/redis.sock");
        else if (strlen(url + 5) > most)
            yk_yaml_mistake(yaml, value, "the socket's path is longer than %zu bytes; use a shorter one", most);
        return;
    }
    char host[YK_PATH_SIZE];
    const char *port;
    bool ipv6;
    if ((strncmp(url, "tcp://", 6) != 0 && strncmp(url, "tls://", 6) != 0) ||
        !split(url + 6, host, sizeof host, &port, &ipv6) || !is_host(host, ipv6) || !is_port(port, 1))
        yk_yaml_mistake(yaml, value, "the Redis url has to be unix:PATH, tcp://HOST:PORT or tls://HOST:PORT");
}

void yk_read_serve(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"listen", NULL};
    memcpy(config->serve.listen, LISTEN_DEFAULT, sizeof LISTEN_DEFAULT);
    if (!node || !yk_yaml_map(yaml, node, "serve", keys))
        return;
    const yaml_node_t *value = yk_yaml_need(yaml, node, "serve", "listen");
    if (!yk_yaml_text(yaml, value, "listen", config->serve.listen, sizeof config->serve.listen))
        return;
    char host[sizeof config->serve.listen];
    const char *port;
    bool ipv6;
    if (!split(config->serve.listen, host, sizeof host, &port, &ipv6) || !is_address(host, ipv6) || !is_port(port, 0))
        yk_yaml_mistake(yaml, value,
                        "listen has to be a numeric address and a port: 127.0.0.1:8080, [::1]:8080, 0.0.0.0:8080");
}
