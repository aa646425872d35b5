/* What a route gets and how it answers. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERVER_REQUEST_H
#define YK_SERVER_REQUEST_H

#include "base/error.h"
#include "server/live.h"
#include "server/metrics.h"
#include "server/server.h"
#include "server/store_pool.h"

#include <microhttpd.h>

/* What all routes share. */
struct yk_site {
    struct yk_server_options options;
    struct yk_store_pool *stores;
    struct yk_live *live;
    struct yk_metrics metrics;
};

struct yk_request {
    struct yk_site *site;
    struct MHD_Connection *connection;
    const char *path;
    size_t route; /* index for the metrics */
};

typedef enum MHD_Result yk_route_fn(struct yk_request *request);

struct yk_route {
    const char *path;
    const char *name; /* label in /metrics */
    yk_route_fn *answer;
};

/* Route 0 stands for every other path: the page's files, or 404. */
extern const struct yk_route yk_routes[];
size_t yk_route_count(void);
/* Index of the route for a path; 0 when no route has it. */
size_t yk_route_find(const char *path);

yk_route_fn yk_route_assets, yk_route_kpis, yk_route_district, yk_route_live, yk_route_healthz, yk_route_readyz,
    yk_route_metrics;

/* Queues the response with the headers every answer carries, counts it, and lets go of it. response may be NULL (out of
 * memory), which closes the connection. */
enum MHD_Result yk_reply(struct yk_request *request, unsigned code, struct MHD_Response *response);
/* Takes body, which came from malloc, and frees it. */
enum MHD_Result yk_reply_take(struct yk_request *request, unsigned code, const char *media_type, char *body,
                              size_t size);
/* {"error":"..."} */
enum MHD_Result yk_reply_error(struct yk_request *request, unsigned code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The HTTP code for a store that cannot answer, with its message: 400 for bad input, otherwise 503. */
enum MHD_Result yk_reply_store_error(struct yk_request *request, const struct yk_error *err);

#endif
