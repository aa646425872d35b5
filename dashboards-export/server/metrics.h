/* Counters of the server, added to from any thread. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERVER_METRICS_H
#define YK_SERVER_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#define YK_METRICS_ROUTES 16
#define YK_METRICS_CODES  9 /* the codes the server gives, and "other" */

struct yk_metrics {
    _Atomic uint64_t requests[YK_METRICS_ROUTES][YK_METRICS_CODES];
    _Atomic uint64_t rows_served;
};

void yk_metrics_count(struct yk_metrics *metrics, unsigned long route, unsigned code);
/* The i-th code, 0 for "other". */
unsigned yk_metrics_code(unsigned long i);

#endif
