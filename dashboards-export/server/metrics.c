/* Counters of the server. SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/metrics.h"

static const unsigned codes[YK_METRICS_CODES] = {200, 304, 400, 404, 405, 414, 500, 503, 0};

unsigned yk_metrics_code(unsigned long i)
{
    return codes[i];
}

void yk_metrics_count(struct yk_metrics *metrics, unsigned long route, unsigned code)
{
    unsigned long i = 0;
    while (codes[i] != code && codes[i] != 0)
        i++;
    atomic_fetch_add_explicit(&metrics->requests[route][i], 1, memory_order_relaxed);
}
