/* What an event added. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method, sources and measured errors: uplift.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_UPLIFT_H
#define YK_ESTIMATE_UPLIFT_H

#include "estimate/interval.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_UPLIFT_HOURS_MAX    168 /* of one window; a longer event is several */
#define YK_UPLIFT_SITES_MAX    8   /* to compare with */
#define YK_UPLIFT_PLACEBOS_MIN 39  /* with fewer, no rank among them is rarer than 5 % on two sides */
#define YK_UPLIFT_PLACEBOS_MAX 520

/* One place, hour by hour: both arrays of yk_uplift_study.hours. */
struct yk_uplift_site {
    const double *observed; /* NAN: a gap */
    const double *expected; /* yk_baseline_mean; the event's hours are better left out of the fit */
};

struct yk_uplift_study {
    int64_t start_s; /* of hour 0 */
    size_t hours;
    struct yk_uplift_site site;
    const struct yk_uplift_site *compare; /* places that the event did not reach; may be NULL */
    unsigned compare_count;
    const bool *skip;       /* hours that are not ordinary (other events, holidays, breaks); may be NULL */
    bool past_only;         /* placebos from before the event alone: what could be said on the day after */
    unsigned level_weeks;   /* before a window, that tell its level; 0: 4 */
    unsigned placebo_weeks; /* at most, on either side; 0: 104 */
};

enum yk_uplift_state {
    YK_UPLIFT_OK,
    YK_UPLIFT_NO_WINDOW, /* empty, longer than YK_UPLIFT_HOURS_MAX or not inside the record */
    YK_UPLIFT_OUTAGE,    /* fewer than three quarters of the window's hours, or of those before it, were counted */
    YK_UPLIFT_TOO_FEW,   /* placebo windows */
    YK_UPLIFT_NO_FIT,    /* the comparison places are as good as one and the same */
};
const char *yk_uplift_state_text(enum yk_uplift_state state);

struct yk_uplift {
    struct yk_interval uplift; /* 0.2: a fifth more than expected */
    double observed,
        expected;            /* sums over the window's counted hours; expected without the event, all corrections in */
    double p;                /* two-sided, the event's rank among its placebos */
    double detectable_up;    /* smallest uplift that is found with a chance of 80 % at 5 % false alarms */
    double detectable_down;  /* the same for a loss, negative */
    double placebo_sd;       /* of the placebos' log ratios, after comparison */
    double placebo_sd_alone; /* the same without comparison */
    size_t placebos;
    double slope[YK_UPLIFT_SITES_MAX]; /* on the comparison places */
};

/* The event in hours [from, from + length) of the record. *out is zeroed unless YK_UPLIFT_OK. The time zone is the process's. */
enum yk_uplift_state yk_uplift_estimate(const struct yk_uplift_study *study, size_t from, size_t length,
                                        struct yk_uplift *out);

#endif
