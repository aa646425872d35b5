/* Mean stay. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who was seen to stay is a sample of who might have come: the interval is of the mean that this time of this place has.
 *
 * From PARTS_MIN parts and ENTERED_MIN entries on: variance of a ratio of sums, n/(n - 1) sum (T - r E)^2 / (sum E)^2 (Cochran,
 * Sampling Techniques, 1977, 2.11), on the log scale, with the t quantile of n - 1. People who come in groups and hours that differ
 * are in it, since parts and not persons are compared. A stay over a part's border gives its entry to one and time to the
 * next, which widens it.
 *
 * Fewer: exact Poisson limits of the entries (poisson_interval.h), the time as it is. That is the error of stays that vary as
 * exponential ones do, with a standard deviation like their mean; stays in front of a window vary less, and then it is too wide. */
#include "estimate/mean_stay.h"

#include "estimate/poisson_interval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define PARTS_MIN   5
#define ENTERED_MIN 30

struct yk_interval yk_mean_stay(double spent_s, double entered, const struct yk_mean_stay_parts *parts)
{
    if (!(entered > 0))
        return (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    double mean = spent_s / entered, n = parts->count;
    if (n < PARTS_MIN || entered < ENTERED_MIN || !(mean > 0)) {
        struct yk_interval came = yk_poisson_interval(entered);
        return (struct yk_interval){mean, spent_s / came.upper, spent_s / came.lower};
    }
    double residuals = parts->spent_sq - 2 * mean * parts->spent_entered + mean * mean * parts->entered_sq;
    double se = sqrt(n / (n - 1) * fmax(residuals, 0)) / entered;
    double wide = exp(gsl_cdf_tdist_Pinv(0.975, n - 1) * se / mean);
    return (struct yk_interval){mean, mean / wide, mean * wide};
}
