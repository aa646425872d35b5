/* Flows between two places, from addresses that were heard at both. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts of travel times go in, which merge in any order; how many devices really went from i to j comes out, with an interval
 * and a word on what cannot be seen. Method, sources and measured errors: transition.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_TRANSITION_H
#define YK_ESTIMATE_TRANSITION_H

#include "estimate/period_law.h"

#include <stdbool.h>
#include <stdint.h>

#define YK_TAU_BIN_DS 50  /* 5 s */
#define YK_TAU_BINS   360 /* 30 min; 0.8 R is the horizon, so periods up to 37 min are served in full */

/* Transitions i -> j of addresses of one rotating class. Integers: merging is addition. Begin with zeros. */
struct yk_transitions {
    int64_t by_tau[YK_TAU_BINS];
    int64_t later; /* beyond the last bin */
};

/* One address, heard at i for the last time and then at j for the first time. What overlaps (j before i fell silent) took no
 * time. */
void yk_transitions_note(struct yk_transitions *to, int64_t last_at_i_ds, int64_t first_at_j_ds);
void yk_transitions_merge(struct yk_transitions *to, const struct yk_transitions *from);
int64_t yk_transitions_count(const struct yk_transitions *transitions);

#define YK_TRANSITION_CUT        0.2   /* travel times that fewer addresses than this outlive are not weighted */
#define YK_TRANSITION_BEYOND_MAX 0.1   /* share of travel beyond that horizon up to which it is estimated */
#define YK_TRANSITION_BEYOND_SE  0.05  /* and its standard error */
#define YK_TRANSITION_BEYOND_LOW 0.005 /* share below which the flow is as good as measured */
#define YK_TRANSITION_FIT_MIN    30    /* transitions, for a law of travel times */

enum yk_transition_state {
    YK_TRANSITION_OK,
    YK_TRANSITION_BAD_COUNTS, /* a negative count */
    YK_TRANSITION_NO_PERIOD,  /* the period is not known, or so short that nothing is within the horizon */
    YK_TRANSITION_TOO_FEW,    /* under YK_TRANSITION_FIT_MIN within the horizon: take a longer time */
    YK_TRANSITION_UNSURE,     /* the share beyond the horizon is not known well enough */
    YK_TRANSITION_BEYOND,     /* more than YK_TRANSITION_BEYOND_MAX of the travel lies beyond: not observable by BLE */
    YK_TRANSITION_NO_FIT,     /* travel times that no log-normal law resembles: people stop on their way, unheard */
};
const char *yk_transition_state_text(enum yk_transition_state state);

/* How long it takes from i to j. A matter of the places more than of the hour: fit it to days, apply it to quarters. */
struct yk_travel {
    enum yk_transition_state state; /* of the fit; no flow is made of any but OK */
    double horizon_s;               /* a whole bin, the last with YK_TRANSITION_CUT; set when there is a period */
    double mu, sigma;               /* of ln tau */
    double beyond;                  /* share of the transitions that take longer than the horizon */
    double beyond_se;               /* its standard error, R known */
    double beyond_slope;            /* d beyond / d ln R */
    double survive;                 /* share of all transitions that are seen: within the horizon and not rotated */
    double
        dispersion; /* Pearson chi-square per degree of freedom; above 1 also because adverts come in step with 5 s bins */
};
/* TOO_FEW, UNSURE, BEYOND and NO_FIT leave what is known so far in *out. No allocation. */
enum yk_transition_state yk_travel_fit(const struct yk_transitions *transitions, const struct yk_period_law *law,
                                       struct yk_travel *out);

/* A flow. Flows of classes add up, and so do those of places and windows, by yk_transition_add. */
struct yk_transition_flow {
    double value, lower, upper; /* devices that went, 95 % interval; within the number observed and no bound */
    double observed;            /* exactly: addresses that did go */
    double missed;              /* estimate of those that rotated on their way or went beyond the horizon */
    double beyond;              /* of these beyond the horizon */
    double variance;            /* of missed, R known */
    double more, more_variance; /* how many one unseen transition stands for; for the upper bound where few are seen */
    double shift_down[YK_PERIOD_SLOTS], shift_up[YK_PERIOD_SLOTS]; /* by the period's error, as in struct yk_visits */
    bool estimated; /* beyond is above YK_TRANSITION_BEYOND_LOW: the flow rests on a law of travel times as well */
};

/* period: its standard error and slot. travel: what yk_travel_fit said OK to, with this law. On any state but OK everything is
 * zero except observed and lower, which is all that is known: the caller publishes nothing. */
enum yk_transition_state yk_transition_estimate(const struct yk_transitions *transitions,
                                                const struct yk_period_law *law,
                                                const struct yk_rotation_period *period, const struct yk_travel *travel,
                                                struct yk_transition_flow *out);
/* Public and static addresses do not rotate: the count is exact. */
void yk_transition_exact(int64_t count, struct yk_transition_flow *out);
/* Adds a flow; value and interval are made anew. Begin with a zeroed sum. */
void yk_transition_add(struct yk_transition_flow *to, const struct yk_transition_flow *flow);

#endif
