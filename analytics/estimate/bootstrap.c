/* Intervals by drawing days again. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The pieces of one stay, and the stays of one day, are not independent of each other, and which pieces
 * belong together is not known: no formula for the error of a median made of them.
 *
 * Method. Days are; so days are drawn again with replacement and the numbers made anew from each draw (Efron and
 * Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13; whole blocks: 8.6). Of a handful of days percentiles are too narrow:
 * the draws' variance is (n - 1)/n of what it should be and their tails end at the data. So the draws give a standard error
 * alone, on the log scale, times sqrt(n / (n - 1)), with a t quantile of n - 1. What was measured elsewhere, as the
 * period, is drawn along with it.
 *
 * Fewer than five days. Hours are drawn, by the begin of the piece (fixed blocks: Carlstein 1986). The variation between days
 * is not in it. Stays longer than an hour are in several blocks; as their pieces offset each other in the count of visits,
 * breaking them up makes intervals too wide rather than too narrow. Hours that differ widen totals, but hardly quantiles and means. */
#include "estimate/bootstrap.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#define DAY_S 86400.0

struct yk_bootstrap_units yk_bootstrap_units(double first_s, unsigned days)
{
    assert(days > 0);
    double unit = days < YK_BOOTSTRAP_DAYS_MIN ? YK_BOOTSTRAP_BLOCK_S : DAY_S;
    return (struct yk_bootstrap_units){first_s, unit, (size_t)(days * (DAY_S / unit))};
}

size_t yk_bootstrap_unit(const struct yk_bootstrap_units *units, double t_s)
{
    double at = floor((t_s - units->first_s) / units->unit_s);
    return (size_t)fmin(fmax(at, 0), (double)(units->count - 1));
}

/* Sums over the draws of the logarithm of one number. */
struct draws {
    double count, mean, square;
};

static void add(struct draws *d, double value)
{
    if (!(value > 0) || !isfinite(value))
        return;
    double x = log(value), off = x - d->mean;
    d->count++;
    d->mean += off / d->count;
    d->square += off * (x - d->mean);
}

bool yk_bootstrap(const struct yk_bootstrap_plan *plan, yk_bootstrap_statistic *statistic, void *context, size_t count,
                  unsigned *times, struct yk_interval *out)
{
    assert(count <= YK_BOOTSTRAP_STATISTICS);
    if (plan->units < 2)
        return false;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!rng)
        return false;
    gsl_rng_set(rng, plan->seed);
    double value[YK_BOOTSTRAP_STATISTICS], drawn[YK_BOOTSTRAP_STATISTICS];
    struct draws draws[YK_BOOTSTRAP_STATISTICS] = {{0}};
    for (size_t u = 0; u < plan->units; u++)
        times[u] = 1;
    statistic(times, 0, context, value);
    for (unsigned r = 0; r < plan->resamples; r++) {
        memset(times, 0, plan->units * sizeof *times);
        for (size_t u = 0; u < plan->units; u++)
            times[gsl_rng_uniform_int(rng, plan->units)]++;
        statistic(times, gsl_ran_gaussian(rng, 1), context, drawn);
        for (size_t i = 0; i < count; i++)
            add(&draws[i], drawn[i]);
    }
    gsl_rng_free(rng);
    double n = (double)plan->units, t = gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(n / (n - 1));
    for (size_t i = 0; i < count; i++) {
        const struct draws *d = &draws[i];
        out[i] = (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
        if (!(value[i] > 0) || d->count < 2 || d->count < 0.9 * plan->resamples)
            continue;
        double wide = exp(t * sqrt(d->square / (d->count - 1)));
        out[i] = (struct yk_interval){value[i], value[i] / wide, value[i] * wide};
    }
    return true;
}
