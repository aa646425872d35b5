/* Stays of two kinds, smooth and beyond the horizon. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passing by and staying, each log-normal. What it says beyond stay_survivor.h's horizon is a model's word and is
 * published as estimated, never as measured. Method and measured errors: stay_mixture.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_STAY_MIXTURE_H
#define YK_ESTIMATE_STAY_MIXTURE_H

#include "estimate/stay_survivor.h"

struct yk_stay_mixture {
    double share[2];        /* of stays; the shorter kind first */
    double mu[2], sigma[2]; /* of the logarithm of the time heard, stays less 2g, times (R - 2g)/R */
    double mean_s;          /* of all stays */
    struct yk_stay_curve curve;
};

enum yk_mixture_state {
    YK_MIXTURE_OK,
    YK_MIXTURE_NO_STAYS, /* yk_stay_survivor_estimate has no answer either */
    YK_MIXTURE_NO_FIT,   /* the likelihood did not settle */
};
const char *yk_mixture_state_text(enum yk_mixture_state state);

/* Arguments as yk_stay_survivor_estimate's. Allocates for its own use and frees it. */
enum yk_mixture_state yk_stay_mixture_fit(const struct yk_stay_piece *pieces, const unsigned *weight, size_t count,
                                          const struct yk_period_law *law, double two_g_s, struct yk_stay_mixture *out);

#endif
