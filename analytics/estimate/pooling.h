/* What the calibrated places say of each other, and of places without a calibration. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and sources: pooling.c. */
#ifndef YK_ESTIMATE_POOLING_H
#define YK_ESTIMATE_POOLING_H

#include "estimate/calibration.h"

struct yk_pool {
    double mu;      /* mean of log rho over places */
    double mu_se;   /* its standard error */
    double tau;     /* standard deviation of log rho between places, at least YK_POOL_TAU_MIN */
    double tau_raw; /* as the data has it, at least 0 */
    double between; /* log-scale SE of a place that is not in the pool: sqrt(tau^2 + mu_se^2) */
    double kappa, rotations, noise, period_se; /* mean over places (of period_se: the largest) */
    double dof;                                /* of the scatter: smallest of the places */
    size_t places;
};

enum yk_pool_state {
    YK_POOL_OK,
    YK_POOL_TOO_FEW, /* one place says nothing of the differences between places */
    YK_POOL_BAD,     /* a calibration without a positive rho or a finite error */
};
const char *yk_pool_state_text(enum yk_pool_state state);

#define YK_POOL_PLACES_MIN 2
#define YK_POOL_TAU_MIN    0.1

/* Calibrations of different places. *out is zeroed on any state but OK. */
enum yk_pool_state yk_pool_fit(const struct yk_calibration *calibrations, size_t count, struct yk_pool *out);
/* A calibrated place, drawn towards the others as far as its own error allows. */
void yk_pool_shrink(const struct yk_pool *pool, const struct yk_calibration *own, struct yk_calibration *out);
/* A place that has none. */
void yk_pool_elsewhere(const struct yk_pool *pool, struct yk_calibration *out);

#endif
