/* Intervals of counts. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exact. lower = chi2(0.025; 2x)/2, upper = chi2(0.975; 2x + 2)/2, lower = 0 at x = 0 (Garwood, Fiducial limits for the Poisson
 * distribution, 1936). Holds at least 95 % for every mean, 98 % and more below a mean of 10.
 *
 * Over-dispersed. People come in groups, off trains and through green lights. phi = Pearson's sum of (x - mean)^2/mean over
 * replicated bins by its degrees of freedom (McCullagh and Nelder, Generalized linear models, 1989, 4.5 and 6.2). A count of x
 * then tells as much as x/phi Poisson events of phi people: the exact interval of x/phi, times phi, which is asymmetric where it has
 * to be. phi of few bins is itself uncertain: it is multiplied by (t/z)^2 at its degrees of freedom, as t does for a mean, and is
 * never taken below 1, since bins that happen to be even do not make people come evenly.
 *
 * Bounds. A course within a group (the hour fills up) counts as dispersion: intervals are then too wide, not too narrow. Groups
 * correlated from bin to bin (phi grows with the bin's length) make them too narrow: use bins of about the length that the count
 * is of. phi under 8 degrees of freedom says little. */
#include "estimate/poisson_interval.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* Quantile of the gamma law of this shape. GSL's (2.7) is exact for small shapes; at a million it is off by 40 % or NAN, so large
 * ones begin with Wilson and Hilferty's cube root (1931) and are brought home by Newton's steps on the distribution itself. */
static double gamma_quantile(double p, double shape)
{
    if (shape < 100)
        return gsl_cdf_gamma_Pinv(p, shape, 1);
    double root = 1 - 1 / (9 * shape) + gsl_cdf_ugaussian_Pinv(p) / (3 * sqrt(shape)), x = shape * root * root * root;
    for (int i = 0; i < 4; i++)
        x -= (gsl_cdf_gamma_P(x, shape, 1) - p) / gsl_ran_gamma_pdf(x, shape, 1);
    return x;
}

/* x events, each of `size` people. */
static struct yk_interval exact(double x, double size)
{
    return (struct yk_interval){x * size, x > 0 ? size * gamma_quantile(0.025, x) : 0,
                                size * gamma_quantile(0.975, x + 1)};
}

struct yk_interval yk_poisson_interval(double count)
{
    if (!(count >= 0) || !isfinite(count))
        return (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    return exact(count, 1);
}

struct yk_dispersion yk_dispersion_pearson(const double *bins, size_t groups, size_t replicates)
{
    double squares = 0, dof = 0;
    for (size_t g = 0; g < groups; g++) {
        const double *group = &bins[g * replicates];
        double sum = 0, n = 0;
        for (size_t i = 0; i < replicates; i++)
            if (isfinite(group[i])) {
                sum += group[i];
                n++;
            }
        if (n < 2 || sum <= 0)
            continue;
        for (size_t i = 0; i < replicates; i++)
            if (isfinite(group[i]))
                squares += (group[i] - sum / n) * (group[i] - sum / n) / (sum / n);
        dof += n - 1;
    }
    return (struct yk_dispersion){dof > 0 ? squares / dof : 0, dof};
}

struct yk_interval yk_poisson_interval_dispersed(double count, const struct yk_dispersion *dispersion)
{
    if (!(count >= 0) || !isfinite(count) || !(dispersion->phi >= 0) || !isfinite(dispersion->phi))
        return (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    double phi = dispersion->phi;
    if (dispersion->dof > 0) {
        double few = gsl_cdf_tdist_Pinv(0.975, dispersion->dof) / YK_Z95;
        phi *= few * few;
    }
    phi = fmax(phi, 1);
    return exact(count / phi, phi);
}
