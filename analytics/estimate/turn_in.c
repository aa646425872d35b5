/* Turn-in and stop rates. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Of n people who pass a shop, x come in. x/n is the rate; how sure is it? Families come in together and the rate is
 * another at noon, so that 15-minute bins scatter by more than binomial chance, and an interval for people who decide alone
 * is too narrow.
 *
 * Method. Wilson (Probable inference, the law of succession, and statistical inference, 1927) for a proportion: it stays within
 * 0 and 1 and is right at 0 entries, where the textbook's interval is [0, 0]. With bins the variance is that of the ratio
 * estimator r = sum x / sum n (Cochran, Sampling Techniques, 3rd edition, 1977, section 2.11; no finite population):
 *
 *     Var r = k/(k-1) * sum (x_i - r n_i)^2 / (sum n)^2
 *
 * over the binomial r(1-r)/n it is the dispersion; n over the dispersion, with the t quantile of k - 1 degrees, goes into
 * Wilson's formula (Korn and Graubard, Confidence intervals for proportions with small expected number of positive counts
 * estimated from survey data, 1998, for effective sizes). Dispersion below 1 is taken for chance.
 *
 * Bounds. Bins are taken as independent; if the rate drifts over hours the interval is for this day's mean, not for
 * another day. In a bin there may be more entries than passers (who passes at its end comes in after it), in the sum not. At
 * rates of 0 and 1 the bins show no scatter, and the dispersion is 1. */
#include "estimate/turn_in.h"

#include <gsl/gsl_cdf.h>

#include <math.h>

const char *yk_turn_in_state_text(enum yk_turn_in_state state)
{
    switch (state) {
    case YK_TURN_IN_OK:
        return "ok";
    case YK_TURN_IN_BAD_COUNTS:
        return "negative counts";
    case YK_TURN_IN_NOBODY:
        return "nobody passed";
    case YK_TURN_IN_ABOVE_ALL:
        return "more entries than passers: they are not counted of the same people";
    }
    return "unknown";
}

static struct yk_interval wilson(double rate, double n, double z)
{
    double square = z * z, width = 1 + square / n;
    double centre = (rate + square / (2 * n)) / width;
    double half = z * sqrt(rate * (1 - rate) / n + square / (4 * n * n)) / width;
    return (struct yk_interval){rate, fmin(fmax(centre - half, 0), rate), fmax(fmin(centre + half, 1), rate)};
}

enum yk_turn_in_state yk_turn_in_rate(const struct yk_turn_in_bin *bins, size_t count, struct yk_turn_in *out)
{
    *out = (struct yk_turn_in){.dispersion = 1};
    out->rate = (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < count; i++) {
        if (bins[i].passers < 0 || bins[i].turned < 0)
            return YK_TURN_IN_BAD_COUNTS;
        out->passers += bins[i].passers;
        out->turned += bins[i].turned;
        out->bins += bins[i].passers > 0 || bins[i].turned > 0;
    }
    if (out->passers == 0)
        return out->turned > 0 ? YK_TURN_IN_ABOVE_ALL : YK_TURN_IN_NOBODY;
    if (out->turned > out->passers)
        return YK_TURN_IN_ABOVE_ALL;
    double n = (double)out->passers, rate = (double)out->turned / n, z = YK_Z95;
    if (out->bins >= YK_TURN_IN_BINS_MIN) {
        double squares = 0, k = (double)out->bins;
        for (size_t i = 0; i < count; i++) {
            double residual = (double)bins[i].turned - rate * (double)bins[i].passers;
            squares += residual * residual;
        }
        if (rate > 0 && rate < 1)
            out->dispersion = fmax(k / (k - 1) * squares / (n * rate * (1 - rate)), 1);
        z = gsl_cdf_tdist_Pinv(0.975, k - 1);
    }
    out->rate = wilson(rate, n / out->dispersion, z);
    return YK_TURN_IN_OK;
}
