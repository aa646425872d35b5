/* Where a Redis is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     unix:PATH             a socket's file
 *     tcp://HOST[:PORT]     port 6379 if none is said
 *     tls://HOST[:PORT]     port 6380
 *
 * HOST is a name, an IPv4 address or [an IPv6 address]. There is no place for a user or a password: an address is
 * logged, and stands on command lines. */
#ifndef YK_LINK_ADDRESS_H
#define YK_LINK_ADDRESS_H

#include "base/error.h"

#include <stdbool.h>

enum yk_address_kind { YK_ADDRESS_UNIX, YK_ADDRESS_TCP, YK_ADDRESS_TLS };

struct yk_address {
    enum yk_address_kind kind;
    char host[256]; /* without brackets; for a unix socket its path */
    char port[6];
    bool numeric; /* host is an address and not a name */
};

enum yk_status yk_address_parse(const char *url, struct yk_address *out, struct yk_error *err) YK_MUST_CHECK;

#endif
