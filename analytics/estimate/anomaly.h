/* Cells that were not as expected. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method, sources and measured errors: anomaly.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_ANOMALY_H
#define YK_ESTIMATE_ANOMALY_H

#include "estimate/discovery.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_ANOMALY_DRAWS_MIN 500

/* Two-sided p of `observed` among `count` draws of what could have been, all finite and at least 0. draw is sorted
 * in place. NAN: observed is a gap, or there are fewer than YK_ANOMALY_DRAWS_MIN draws. */
double yk_anomaly_p(double *draw, size_t count, double observed);

struct yk_anomaly_cell {
    double p;        /* of this cell alone; NAN: not tested */
    double adjusted; /* over all cells: listing those at q or below is wrong for a share of q of the list */
    double expected; /* the draws' median */
    int direction;   /* 1 more than expected, -1 less, 0 as expected or not tested */
    bool listed;     /* adjusted <= q */
};

enum yk_anomaly_state {
    YK_ANOMALY_OK,
    YK_ANOMALY_NOTHING,   /* every cell is a gap */
    YK_ANOMALY_FEW_PATHS, /* fewer than YK_ANOMALY_DRAWS_MIN */
    YK_ANOMALY_MEMORY,
};
const char *yk_anomaly_state_text(enum yk_anomaly_state state);

/* path[path * cells + cell]: whole paths of yk_baseline_path over the cells of one or several places, made with what was known
 * before them. observed of `cells`, NAN: a gap. q: the share of wrong entries that the list may have, such as 0.05. */
enum yk_anomaly_state yk_anomaly_find(const double *path, size_t paths, const double *observed, size_t cells,
                                      enum yk_discovery_rule rule, double q, struct yk_anomaly_cell *out);

#endif
