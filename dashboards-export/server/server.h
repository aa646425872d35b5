/* The dashboard's HTTP server. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the publish store and nothing else. A few threads answer requests (libmicrohttpd, epoll); the owner calls
 * yk_server_tick about twice a second, which looks whether the store has changed and feeds the live streams. */
#ifndef YK_SERVER_SERVER_H
#define YK_SERVER_SERVER_H

#include "base/error.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* A file of the page, inside the binary. */
struct yk_asset {
    const char *path; /* "/app-1A2B3C.js" */
    const char *media_type;
    const char *etag; /* with its quotes */
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gzip; /* NULL: not worth it */
    size_t gzip_size;
    bool immutable; /* the name changes with the content */
};

struct yk_server_options {
    const struct yk_config *config; /* outlives the server */
    const char *store_path;
    const char *listen;  /* "127.0.0.1:8080", "[::1]:0"; port 0 = any free one */
    const char *version; /* for /metrics */
    const struct yk_asset *assets;
    size_t asset_count;
    size_t live_clients_max; /* 0 = 200 */
};

struct yk_server;

/* The store need not exist yet. The calendar must be open. Free with yk_server_stop. */
enum yk_status yk_server_start(const struct yk_server_options *options, struct yk_server **out,
                               struct yk_error *err) YK_MUST_CHECK;
/* "http://127.0.0.1:8080/" with the real port. */
const char *yk_server_url(const struct yk_server *server);
void yk_server_tick(struct yk_server *server);
/* Ends the live streams, answers what is under way, closes. NULL is fine. */
void yk_server_stop(struct yk_server *server);

#endif
