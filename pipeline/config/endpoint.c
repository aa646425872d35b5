/* Splitting an input. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/endpoint.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *scheme, *name, *form;
    enum yk_endpoint_kind kind;
    int port;
} schemes[] = {
    {"mqtt://", "mqtt", "mqtt://HOST:1883 or mqtts://HOST:8883", YK_ENDPOINT_MQTT, 1883},
    {"mqtts://", "mqtt", "mqtt://HOST:1883 or mqtts://HOST:8883", YK_ENDPOINT_MQTT, 8883},
    {"http://", "http", "http://ADDRESS:PORT or http://ADDRESS:PORT/PATH, ADDRESS being a numeric one of this machine",
     YK_ENDPOINT_HTTP, 0},
    {"redis-stream:", "redis", "redis-stream:URL#KEY, URL being unix:PATH, tcp://HOST:PORT or tls://HOST:PORT",
     YK_ENDPOINT_REDIS, 0},
};
#define SCHEMES (sizeof schemes / sizeof schemes[0])

static size_t scheme_of(const char *input)
{
    size_t i = 0;
    while (i < SCHEMES && strncmp(input, schemes[i].scheme, strlen(schemes[i].scheme)) != 0)
        i++;
    return i;
}

enum yk_endpoint_kind yk_endpoint_kind(const char *input)
{
    size_t i = scheme_of(input);
    return i < SCHEMES ? schemes[i].kind : YK_ENDPOINT_NONE;
}

static size_t of_kind(enum yk_endpoint_kind kind)
{
    size_t i = 0;
    while (i < SCHEMES && schemes[i].kind != kind)
        i++;
    return i;
}

const char *yk_endpoint_name(enum yk_endpoint_kind kind)
{
    size_t i = of_kind(kind);
    return i < SCHEMES ? schemes[i].name : NULL;
}

const char *yk_endpoint_form(enum yk_endpoint_kind kind)
{
    size_t i = of_kind(kind);
    return i < SCHEMES ? schemes[i].form : NULL;
}

static bool is_port(const char *text, size_t length, int *out)
{
    if (length == 0 || length > 5 || strspn(text, "0123456789") < length || text[0] == '0')
        return false;
    *out = (int)strtol(text, NULL, 10);
    return *out <= 65535;
}

/* "HOST", "HOST:PORT", "[IPv6]" or "[IPv6]:PORT" in length bytes; *port stays if there is none. */
static bool split(const char *text, size_t length, struct yk_endpoint *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    struct in6_addr address;
    out->ipv6 = length > 0 && text[0] == '[';
    const char *start = text + (out->ipv6 ? 1 : 0), *end = text + length;
    const char *stop = memchr(start, out->ipv6 ? ']' : ':', (size_t)(end - start));
    if (!stop && out->ipv6)
        return false;
    size_t size = (size_t)((stop ? stop : end) - start);
    if (size == 0 || size >= sizeof out->host)
        return false;
    memcpy(out->host, start, size);
    out->host[size] = '\0';
    const char *rest = start + size + (out->ipv6 ? 1 : 0);
    if (rest < end && (*rest != ':' || !is_port(rest + 1, (size_t)(end - rest) - 1, &out->port)))
        return false;
    return out->ipv6 ? inet_pton(AF_INET6, out->host, &address) == 1 : out->host[strspn(out->host, letters)] == '\0';
}

static bool parse_mqtt(const char *rest, struct yk_endpoint *out)
{
    size_t length = strlen(rest);
    if (length > 0 && rest[length - 1] == '/')
        length--;
    return split(rest, length, out);
}

/* A path has none of what a client would have to write otherwise. */
static bool is_path(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || strchr("?#%\"<>\\^`{|}", *text))
            return false;
    return true;
}

static bool parse_http(const char *rest, struct yk_endpoint *out)
{
    size_t length = strcspn(rest, "/");
    struct in_addr four;
    struct in6_addr six;
    if (!split(rest, length, out) || out->port == 0 || !is_path(rest + length))
        return false;
    if (strcmp(rest + length, "/") != 0 && !yk_text_copy(out->rest, sizeof out->rest, rest + length))
        return false;
    if (out->ipv6)
        return inet_pton(AF_INET6, out->host, &six) == 1 && (out->loopback = IN6_IS_ADDR_LOOPBACK(&six), true);
    return inet_pton(AF_INET, out->host, &four) == 1 && (out->loopback = ntohl(four.s_addr) >> 24 == 127, true);
}

static bool parse_redis(const char *rest, struct yk_endpoint *out)
{
    const char *hash = strchr(rest, '#');
    size_t length = hash ? (size_t)(hash - rest) : 0;
    if (!hash || !hash[1] || length >= sizeof out->url || !yk_text_copy(out->rest, sizeof out->rest, hash + 1))
        return false;
    memcpy(out->url, rest, length);
    out->url[length] = '\0';
    if (strncmp(out->url, "unix:", 5) == 0)
        return out->url[5] != '\0';
    return (strncmp(out->url, "tcp://", 6) == 0 || strncmp(out->url, "tls://", 6) == 0) &&
           split(out->url + 6, length - 6, out);
}

bool yk_endpoint_parse(const char *input, struct yk_endpoint *out)
{
    memset(out, 0, sizeof *out);
    size_t i = scheme_of(input);
    if (i == SCHEMES)
        return false;
    const char *rest = input + strlen(schemes[i].scheme);
    out->kind = schemes[i].kind;
    out->port = schemes[i].port;
    out->tls = strcmp(schemes[i].scheme, "mqtts://") == 0;
    switch (out->kind) {
    case YK_ENDPOINT_MQTT:
        return parse_mqtt(rest, out);
    case YK_ENDPOINT_HTTP:
        return parse_http(rest, out);
    case YK_ENDPOINT_REDIS:
        return parse_redis(rest, out);
    case YK_ENDPOINT_NONE:
        break;
    }
    return false;
}

bool yk_endpoint_topic(const char *topic)
{
    if (!*topic)
        return false;
    for (const char *level = topic; level;) {
        const char *end = strchr(level, '/');
        size_t length = end ? (size_t)(end - level) : strlen(level);
        if (memchr(level, '#', length) && (length != 1 || end))
            return false;
        if (memchr(level, '+', length) && length != 1)
            return false;
        level = end ? end + 1 : NULL;
    }
    return true;
}
