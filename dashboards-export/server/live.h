/* Server-sent events to many clients. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERVER_LIVE_H
#define YK_SERVER_LIVE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct yk_live;

/* NULL when out of memory. Free with yk_live_free (NULL is fine) after the daemon has stopped. */
struct yk_live *yk_live_new(size_t clients_max);
void yk_live_free(struct yk_live *live);

/* A response without end for this connection, which begins with the newest event; NULL when there are too many. */
struct MHD_Response *yk_live_connect(struct yk_live *live, struct MHD_Connection *connection);
size_t yk_live_client_count(struct yk_live *live);

/* Takes text (from malloc), a whole event with its empty line, and frees it when the last client has it. */
void yk_live_send_take(struct yk_live *live, char *text, size_t size);
/* A comment line, so that proxies keep a quiet stream open and dead clients are found. */
void yk_live_heartbeat(struct yk_live *live);
/* Wakes every client, ends every stream and takes no more: must come before MHD_stop_daemon. */
void yk_live_shutdown(struct yk_live *live);

#endif
