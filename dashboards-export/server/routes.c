/* The table of routes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/request.h"

#include <string.h>

const struct yk_route yk_routes[] = {
    {"", "page", yk_route_assets},
    {"/api/v1/kpis", "kpis", yk_route_kpis},
    {"/api/v1/district", "district", yk_route_district},
    {"/api/v1/live", "live", yk_route_live},
    {"/healthz", "healthz", yk_route_healthz},
    {"/readyz", "readyz", yk_route_readyz},
    {"/metrics", "metrics", yk_route_metrics},
};
_Static_assert(sizeof yk_routes / sizeof yk_routes[0] <= YK_METRICS_ROUTES, "metrics has a row for each route");

size_t yk_route_count(void)
{
    return sizeof yk_routes / sizeof yk_routes[0];
}

size_t yk_route_find(const char *path)
{
    for (size_t i = 1; i < yk_route_count(); i++)
        if (strcmp(yk_routes[i].path, path) == 0)
            return i;
    return 0;
}
