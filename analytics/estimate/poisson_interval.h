/* How sure a count is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The interval is one of the mean that such a count comes from: how many pass here at such an hour, not how many did (that is
 * the count itself). Method and sources: poisson_interval.c. */
#ifndef YK_ESTIMATE_POISSON_INTERVAL_H
#define YK_ESTIMATE_POISSON_INTERVAL_H

#include "estimate/interval.h"

#include <stddef.h>

/* Variance over mean of replicated bins. */
struct yk_dispersion {
    double phi; /* as estimated; 1 = Poisson; 0 when dof is 0 */
    double dof; /* 0: no replicates were there */
};

/* Exact (Garwood). count >= 0, otherwise NAN in all three. */
struct yk_interval yk_poisson_interval(double count);
/* `groups` groups of `replicates` bins each that should count alike (the quarters of an hour, the same hour of several weeks),
 * group by group. NAN: a gap. Groups with fewer than two bins or without any count say nothing. */
struct yk_dispersion yk_dispersion_pearson(const double *bins, size_t groups, size_t replicates);
/* The interval of a sum of bins that are spread like this; never narrower than Poisson's. */
struct yk_interval yk_poisson_interval_dispersed(double count, const struct yk_dispersion *dispersion);

#endif
