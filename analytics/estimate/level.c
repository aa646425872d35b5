/* A level that walks, seen with noise. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Weeks lie off what hour and season would have, and partly stay off: a shop opens, a road is closed. How much stays
 * decides how far a year's total can be off; independent errors average out over a year and promise far too much.
 *
 * Method. The local level model (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, chapters 2 and 4;
 * Durbin and Koopman, Time Series Analysis by State Space Methods, 2nd edition 2012, chapter 2): Kalman's filter in one
 * dimension, begun at the first value seen (diffuse), the noise's variance concentrated out of the likelihood, which leaves one number, the
 * ratio of variances, found by Brent's method on a log scale after a coarse grid (the likelihood can have two tops). Fixed-interval
 * smoother of Rauch, Tung and Striebel. Courses are drawn backwards from the last known value (Carter and Kohn 1994): for a
 * level that walks, l[k] given l[k+1] is the filter's l[k] pulled towards it.
 *
 * Bounds. A ratio between 1e-6 and 1e4: a level that stays all but still, and one without noise. */
#include "estimate/level.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_randist.h>

#include <math.h>

#define SEEN_MIN 4
#define LOG_MIN  (-13.8) /* log of the ratio of variances */
#define LOG_MAX  9.2
#define GRID     24
#define ROUNDS   100

struct sums {
    double square, log_scale; /* of one-step errors over their scaled variance; of its logarithm */
    size_t count;
};

/* One pass with noise variance 1 and step variance `ratio`. */
static struct sums pass(const double *seen, size_t count, double ratio)
{
    struct sums s = {0, 0, 0};
    double mean = 0, variance = INFINITY;
    for (size_t k = 0; k < count; k++) {
        variance += ratio;
        if (isnan(seen[k]))
            continue;
        if (isinf(variance)) {
            mean = seen[k];
            variance = 1;
            continue;
        }
        double error = seen[k] - mean, scale = variance + 1;
        s.square += error * error / scale;
        s.log_scale += log(scale);
        s.count++;
        mean += variance / scale * error;
        variance /= scale;
    }
    return s;
}

struct record {
    const double *seen;
    size_t count;
};

static double minus_log_likelihood(double log_ratio, void *context)
{
    const struct record *r = context;
    struct sums s = pass(r->seen, r->count, exp(log_ratio));
    double n = (double)s.count;
    return 0.5 * (n * log(2 * M_PI * s.square / n) + n + s.log_scale);
}

bool yk_level_fit(const double *seen, size_t count, struct yk_level_law *out)
{
    struct record record = {seen, count};
    *out = (struct yk_level_law){0, 0, 0};
    struct sums still = pass(seen, count, exp(LOG_MIN));
    if (still.count + 1 < SEEN_MIN || !(still.square > 0))
        return false;
    double step = (LOG_MAX - LOG_MIN) / GRID, best = LOG_MIN, lowest = INFINITY;
    for (int i = 0; i <= GRID; i++) {
        double at = LOG_MIN + i * step, value = minus_log_likelihood(at, &record);
        if (value < lowest) {
            lowest = value;
            best = at;
        }
    }
    gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!minimizer)
        return false;
    gsl_function f = {minus_log_likelihood, &record};
    double low = best - step, high = best + step, f_low = f.function(low, &record), f_high = f.function(high, &record);
    /* Where an end is not above the middle, the top is at the end of the range: the grid's answer stands. */
    if (f_low > lowest && f_high > lowest &&
        gsl_min_fminimizer_set_with_values(minimizer, &f, best, lowest, low, f_low, high, f_high) == GSL_SUCCESS) {
        for (int round = 0; round < ROUNDS; round++) {
            if (gsl_min_fminimizer_iterate(minimizer) != GSL_SUCCESS)
                break;
            best = gsl_min_fminimizer_x_minimum(minimizer);
            if (gsl_min_fminimizer_x_upper(minimizer) - gsl_min_fminimizer_x_lower(minimizer) < 1e-7)
                break;
        }
    }
    gsl_min_fminimizer_free(minimizer);
    struct sums s = pass(seen, count, exp(best));
    double noise = s.square / (double)s.count;
    out->noise_sd = sqrt(noise);
    out->step_sd = sqrt(noise * exp(best));
    out->log_likelihood = -minus_log_likelihood(best, &record);
    return true;
}

void yk_level_filter(const double *seen, size_t count, const struct yk_level_law *law, double *mean, double *variance)
{
    double noise = law->noise_sd * law->noise_sd, step = law->step_sd * law->step_sd, m = 0, v = INFINITY;
    for (size_t k = 0; k < count; k++) {
        v += step;
        if (!isnan(seen[k])) {
            if (isinf(v)) {
                m = seen[k];
                v = noise;
            } else if (v + noise > 0) {
                m += v / (v + noise) * (seen[k] - m);
                v *= noise / (v + noise);
            }
        }
        mean[k] = m;
        variance[k] = v;
    }
}

void yk_level_smooth(size_t count, const struct yk_level_law *law, double *mean, double *variance)
{
    double step = law->step_sd * law->step_sd;
    for (size_t k = count; k-- > 1;) {
        double before = variance[k - 1];
        if (isinf(before)) { /* not seen yet: the first value seen, and the walk back from it */
            mean[k - 1] = mean[k];
            variance[k - 1] = variance[k] + step;
        } else if (before + step > 0) {
            double pull = before / (before + step);
            mean[k - 1] += pull * (mean[k] - mean[k - 1]);
            variance[k - 1] = before + pull * pull * (variance[k] - before - step);
        }
    }
}

void yk_level_draw(const double *mean, const double *variance, size_t known, const struct yk_level_law *law,
                   size_t from, size_t to, gsl_rng *rng, double *level)
{
    double step = law->step_sd, last = mean[known - 1];
    if (!isinf(variance[known - 1]))
        last += gsl_ran_gaussian(rng, sqrt(variance[known - 1]));
    double at = last;
    for (size_t k = known; k < to; k++) {
        at += gsl_ran_gaussian(rng, step);
        if (k >= from)
            level[k - from] = at;
    }
    if (known > from && known <= to)
        level[known - 1 - from] = last;
    at = last;
    for (size_t k = known - 1; k-- > from;) {
        if (isinf(variance[k])) {
            at += gsl_ran_gaussian(rng, step);
        } else if (variance[k] + step * step > 0) {
            double pull = variance[k] / (variance[k] + step * step);
            at = mean[k] + pull * (at - mean[k]) + gsl_ran_gaussian(rng, sqrt(pull) * step);
        }
        if (k < to)
            level[k - from] = at;
    }
}
