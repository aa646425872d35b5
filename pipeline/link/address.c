/* Splitting an address. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool is_port(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 5 || strspn(text, "0123456789") != length)
        return false;
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= 65535;
}

/* "HOST", "HOST:PORT", "[IPv6]", "[IPv6]:PORT". */
static bool split(const char *text, struct yk_address *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    struct in6_addr ip;
    bool brackets = text[0] == '[';
    size_t length = brackets ? strcspn(++text, "]") : strcspn(text, ":");
    if (length == 0 || length >= sizeof out->host || (brackets && text[length] != ']'))
        return false;
    memcpy(out->host, text, length);
    out->host[length] = '\0';
    const char *rest = text + length + (brackets ? 1 : 0);
    if (*rest && (*rest != ':' || !is_port(rest + 1)))
        return false;
    if (*rest)
        yk_text_copy(out->port, sizeof out->port, rest + 1);
    if (brackets)
        return out->numeric = inet_pton(AF_INET6, out->host, &ip) == 1;
    out->numeric = inet_pton(AF_INET, out->host, &ip) == 1;
    return out->host[strspn(out->host, letters)] == '\0';
}

enum yk_status yk_address_parse(const char *url, struct yk_address *out, struct yk_error *err)
{
    memset(out, 0, sizeof *out);
    if (strncmp(url, "unix:", 5) == 0) {
        out->kind = YK_ADDRESS_UNIX;
        if (url[5] == '\0' || strlen(url + 5) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
            return yk_error_set(err, YK_ERR_CONFIG, "'%s' names no socket, or its path is too long", url);
        yk_text_copy(out->host, sizeof out->host, url + 5);
        return YK_OK;
    }
    bool tls = strncmp(url, "tls://", 6) == 0;
    out->kind = tls ? YK_ADDRESS_TLS : YK_ADDRESS_TCP;
    memcpy(out->port, tls ? "6380" : "6379", sizeof "6379");
    if ((tls || strncmp(url, "tcp://", 6) == 0) && split(url + 6, out))
        return YK_OK;
    /* What does not parse may hold a password that somebody put there: it is not repeated. */
    return yk_error_set(err, YK_ERR_CONFIG,
                        "no Redis address: unix:PATH, tcp://HOST:PORT or tls://HOST:PORT is expected%s",
                        strchr(url, '@') ? "; a user's password belongs into a file, USER.password" : "");
}
