/* Against the closed form for a mean. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/bootstrap.h"

#include <criterion/criterion.h>

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double DAYS[] = {104, 97,  101, 99, 110,
                              92,  100, 103, 96, 98}; /* mean 100, small spread: log is straight */

static void mean(const unsigned *times, double z, void *context, double *out)
{
    const double *relative = context;
    double sum = 0;
    for (int i = 0; i < 10; i++)
        sum += times[i] * DAYS[i] / 10;
    out[0] = sum * exp(z * *relative);
    out[1] = z > 1 ? (double)NAN : 1; /* one in six can't be told */
}

Test(bootstrap, standard_error_of_a_mean)
{
    unsigned times[10];
    struct yk_interval i[2], again[2];
    double none = 0, square = 0, t = gsl_cdf_tdist_Pinv(0.975, 9);
    for (int d = 0; d < 10; d++)
        square += (DAYS[d] - 100) * (DAYS[d] - 100);
    double se = sqrt(square / 9 / 10);
    const struct yk_bootstrap_plan plan = {10, 20000, 7};
    cr_assert(yk_bootstrap(&plan, mean, &none, 2, times, i));
    cr_expect_float_eq(i[0].value, 100, 1e-9);
    cr_expect_float_eq(i[0].upper - i[0].value, t * se, 0.04 * t * se, "%g of %g", i[0].upper - i[0].value, t * se);
    cr_expect(isnan(i[1].value), "too often unknown");
    cr_assert(yk_bootstrap(&plan, mean, &none, 2, times, again));
    cr_expect_eq(i[0].lower, again[0].lower, "the same seed");

    double relative = 0.05; /* and an error measured elsewhere adds as a square */
    cr_assert(yk_bootstrap(&plan, mean, &relative, 2, times, i));
    double both = t * sqrt(10.0 / 9) * sqrt(0.9 * se * se / 1e4 + relative * relative);
    cr_expect_float_eq(log(i[0].upper / i[0].value), both, 0.04 * both);
}

Test(bootstrap, days_or_hours)
{
    struct yk_bootstrap_units days = yk_bootstrap_units(1000, 5), hours = yk_bootstrap_units(1000, 4);
    cr_expect_eq(days.count, 5);
    cr_expect_eq(yk_bootstrap_unit(&days, 1000 + 86400 * 2 + 5), 2);
    cr_expect_eq(hours.count, 96);
    cr_expect_eq(yk_bootstrap_unit(&hours, 1000 + 3600 * 25 + 5), 25);
    cr_expect_eq(yk_bootstrap_unit(&hours, 0), 0);
    cr_expect_eq(yk_bootstrap_unit(&hours, 1e12), 95);
    unsigned times[1];
    struct yk_interval i[2];
    cr_expect_not(yk_bootstrap(&(struct yk_bootstrap_plan){1, 10, 1}, mean, NULL, 2, times, i));
}
