/* A camera's line corrected by counting by hand beside it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and sources: ratio.c. */
#ifndef YK_ESTIMATE_RATIO_H
#define YK_ESTIMATE_RATIO_H

#include "estimate/interval.h"

#include <stddef.h>

/* Both counts of one session: the same minutes, the same line. */
struct yk_session_counts {
    double manual, camera; /* at least 0 */
};

struct yk_ratio {
    double ratio;   /* sum manual / sum camera: what the camera's counts are multiplied by */
    double se;      /* its standard error */
    double scatter; /* mean (manual - ratio camera)^2 / (ratio camera): a count's own error, per person */
    double dof;     /* sessions - 1 */
    size_t sessions;
};

enum yk_ratio_state {
    YK_RATIO_OK,
    YK_RATIO_BAD_COUNTS, /* negative or not finite */
    YK_RATIO_TOO_FEW,    /* sessions with anybody */
    YK_RATIO_NO_COUNT,   /* the camera, or the person, counted nobody at all */
};
const char *yk_ratio_state_text(enum yk_ratio_state state);

#define YK_RATIO_SESSIONS_MIN 3

/* *out is zeroed on any state but OK. */
enum yk_ratio_state yk_ratio_fit(const struct yk_session_counts *sessions, size_t count, struct yk_ratio *out);
/* The ratio with its 95 % interval. */
struct yk_interval yk_ratio_interval(const struct yk_ratio *ratio);
/* Who passed when the camera counted this many. phi 0: the number that passed; above 0: the mean that such counts come from,
 * with this dispersion (poisson_interval.h). */
struct yk_interval yk_ratio_apply(const struct yk_ratio *ratio, double camera, double phi);

struct yk_corrected_count {
    const struct yk_ratio *ratio;
    double camera; /* all that is counted under this correction: its parts err together */
};
/* Who passed at several places together, each correction once, and `exact` more whose counts nobody corrects. */
struct yk_interval yk_ratio_sum(const struct yk_corrected_count *counts, size_t count, double exact);

#endif
