/* How long stays last whose ends are not all seen. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For addresses that don't rotate and tags of people who asked for it; under rotation it is wrong (stay_survivor.h).
 * Method and sources: kaplan_meier.c. */
#ifndef YK_ESTIMATE_KAPLAN_MEIER_H
#define YK_ESTIMATE_KAPLAN_MEIER_H

#include "estimate/interval.h"

#include <stdbool.h>
#include <stddef.h>

struct yk_km_stay {
    double age_s;    /* at which it came into view: 0, or more if it began before the window (and when is known) */
    double length_s; /* at which it ended or was last seen; above age_s */
    bool ended;      /* seen to end; otherwise censored */
};

/* At each distinct length at which a stay ended. */
struct yk_km_step {
    double t_s;
    double at_risk, ended;
    double survivor;  /* just after t */
    double greenwood; /* variance of log survivor; INFINITY when the survivor is 0 */
};

enum yk_km_state {
    YK_KM_OK,
    YK_KM_BAD_STAYS,   /* not finite, negative, or length not above age */
    YK_KM_NO_ENDS,     /* no stay was seen to end */
    YK_KM_NOT_REACHED, /* the survivor does not come down so far: the quantile is longer than what was watched */
};
const char *yk_km_state_text(enum yk_km_state state);

enum yk_km_bounds {
    YK_KM_LOG_LOG, /* keeps its level in small samples; the one to take */
    YK_KM_LOG,
    YK_KM_PLAIN,
};

/* stays are sorted by length. steps: room for `count`. work: `count` doubles, or NULL if every age is 0. */
enum yk_km_state yk_km_fit(struct yk_km_stay *stays, size_t count, double *work, struct yk_km_step *steps,
                           size_t *step_count);
/* 95 % interval of the survivor at a step. Where it is 0 the data say nothing of its error: lower is 0, upper the one before. */
struct yk_interval yk_km_survivor(const struct yk_km_step *steps, size_t index, enum yk_km_bounds bounds);
/* The length that a share p does not exceed, with the interval of Brookmeyer and Crowley. An upper bound that the data
 * don't reach is INFINITY. On NOT_REACHED *out is NAN, but for a lower bound if that is reached. */
enum yk_km_state yk_km_quantile(const struct yk_km_step *steps, size_t count, double p, enum yk_km_bounds bounds,
                                struct yk_interval *out);
/* Mean of the stays, each cut at to_s, with its 95 % interval. to_s: at most the longest length watched. */
struct yk_interval yk_km_mean(const struct yk_km_step *steps, size_t count, double to_s);

#endif
