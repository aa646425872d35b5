/* Inputs that come over a network. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     mqtt://HOST[:1883]             a broker; the topic is the sensor's `topic`
 *     mqtts://HOST[:8883]            the same over TLS
 *     http://ADDRESS:PORT[/PATH]     where this machine listens: numeric, so that what is open to whom does not depend on
 *                                    a name server. Without PATH it is /SENSOR
 *     redis-stream:URL#KEY           a stream; URL is unix:PATH, tcp://HOST:PORT or tls://HOST:PORT
 *
 * HOST is a name, an IPv4 address or [an IPv6 address]. There is no place for a user or a password: an input is logged,
 * and stands on command lines. */
#ifndef YK_CONFIG_ENDPOINT_H
#define YK_CONFIG_ENDPOINT_H

#include "config/config.h"

enum yk_endpoint_kind { YK_ENDPOINT_NONE, YK_ENDPOINT_MQTT, YK_ENDPOINT_HTTP, YK_ENDPOINT_REDIS };

struct yk_endpoint {
    enum yk_endpoint_kind kind;
    bool tls;      /* MQTT */
    bool ipv6;     /* host is an IPv6 address, here without its brackets */
    bool loopback; /* HTTP: nobody but this machine can reach it */
    int port;      /* MQTT, HTTP */
    char host[YK_PATH_SIZE];
    char url[YK_PATH_SIZE];  /* Redis */
    char rest[YK_PATH_SIZE]; /* HTTP: the path, or ""; Redis: the key */
};

/* What the beginning says that it is; YK_ENDPOINT_NONE is a file, a pipe or a device. */
enum yk_endpoint_kind yk_endpoint_kind(const char *input);
/* False if it is none of these, or not written as above. */
bool yk_endpoint_parse(const char *input, struct yk_endpoint *out);
/* "mqtt", "http", "redis": what the kinds of sensors that read it end in. NULL for YK_ENDPOINT_NONE. */
const char *yk_endpoint_name(enum yk_endpoint_kind kind);
/* How it is written, for messages. */
const char *yk_endpoint_form(enum yk_endpoint_kind kind);
/* A topic to subscribe to: + is a whole level, # the last one, and no level is too much. */
bool yk_endpoint_topic(const char *topic);

#endif
