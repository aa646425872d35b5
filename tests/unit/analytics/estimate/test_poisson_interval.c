/* Intervals of counts, against R's poisson.test and quasi-Poisson fit. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/poisson_interval.h"
#include "support/reference.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

TestSuite(poisson_interval, .init = (void (*)(void))gsl_set_error_handler_off);

Test(poisson_interval, agrees_with_r)
{
    FILE *file = yk_reference_open("poisson_intervals.csv");
    struct yk_reference_row row;
    int counts = 0;
    while (yk_reference_next(file, &row)) {
        double count = yk_reference_number(&row, 0);
        double lower = yk_reference_number(&row, 1), upper = yk_reference_number(&row, 2);
        struct yk_interval i = yk_poisson_interval(count);
        cr_expect_float_eq(i.lower, lower, 1e-8 * fmax(lower, 1), "%g: %.12g, not %.12g", count, i.lower, lower);
        cr_expect_float_eq(i.upper, upper, 1e-8 * upper, "%g: %.12g, not %.12g", count, i.upper, upper);
        cr_expect_eq(i.value, count);
        counts++;
    }
    fclose(file);
    cr_expect_eq(counts, 23);
    struct yk_interval zero = yk_poisson_interval(0);
    cr_expect_eq(zero.lower, 0);
    cr_expect_float_eq(zero.upper, -log(0.025), 1e-12, "by hand");
    cr_expect(isnan(yk_poisson_interval(-1).value) && isnan(yk_poisson_interval((double)NAN).upper));
}

Test(poisson_interval, dispersion_agrees_with_r)
{
    double bins[96];
    size_t n = 0;
    struct yk_reference_row row;
    FILE *file = yk_reference_open("poisson_bins.csv");
    while (n < 96 && yk_reference_next(file, &row))
        bins[n++] = yk_reference_number(&row, 1);
    fclose(file);
    file = yk_reference_open("poisson_dispersion.csv");
    cr_assert(yk_reference_next(file, &row));
    struct yk_dispersion d = yk_dispersion_pearson(bins, 24, 4);
    cr_expect_float_eq(d.phi, yk_reference_number(&row, 0), 1e-8, "%.12g", d.phi);
    cr_expect_eq(d.dof, yk_reference_number(&row, 1));
    fclose(file);

    const double by_hand[] = {1, 3, (double)NAN, 0, 0, 0, 5, (double)NAN, (double)NAN}; /* mean 2: (1 + 1)/2 = 1 */
    d = yk_dispersion_pearson(by_hand, 3, 3);
    cr_expect_float_eq(d.phi, 1, 1e-12);
    cr_expect_eq(d.dof, 1, "empty hours and single bins say nothing");
    d = yk_dispersion_pearson(by_hand, 0, 3);
    cr_expect(d.dof == 0 && d.phi == 0);
}

Test(poisson_interval, never_narrower_than_poisson)
{
    struct yk_interval plain = yk_poisson_interval(40);
    struct yk_interval same = yk_poisson_interval_dispersed(40, &(struct yk_dispersion){0.3, 1000});
    cr_expect_float_eq(same.upper, plain.upper, 1e-9);
    same = yk_poisson_interval_dispersed(40, &(struct yk_dispersion){0, 0});
    cr_expect_float_eq(same.lower, plain.lower, 1e-9, "no replicates: Poisson's");
    struct yk_interval wide = yk_poisson_interval_dispersed(0, &(struct yk_dispersion){3, 1e9});
    cr_expect_float_eq(wide.upper, 3 * -log(0.025), 1e-3);
}

/* Of 3,000 hours of four clumped quarters, with phi from ten other hours each. */
Test(poisson_interval, holds_the_mean)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    const double means[] = {3, 30, 300};
    for (int m = 0; m < 3; m++)
        for (int clumped = 0; clumped < 2; clumped++) {
            int in = 0, plain = 0;
            const int runs = 3000;
            for (int run = 0; run < runs; run++) {
                double bins[44], sum = 0;
                for (int i = 0; i < 44; i++) /* mean m, variance (1 + 2) m where clumped */
                    bins[i] = clumped ? gsl_ran_negative_binomial(rng, 1.0 / 3, means[m] / 2)
                                      : gsl_ran_poisson(rng, means[m]);
                for (int i = 40; i < 44; i++)
                    sum += bins[i];
                struct yk_dispersion d = yk_dispersion_pearson(bins, 10, 4);
                struct yk_interval i = yk_poisson_interval_dispersed(sum, &d), p = yk_poisson_interval(sum);
                in += i.lower <= 4 * means[m] && 4 * means[m] <= i.upper;
                plain += p.lower <= 4 * means[m] && 4 * means[m] <= p.upper;
            }
            cr_expect(in > 0.92 * runs && in < 0.99 * runs, "mean %g, clumped %d: %g", means[m], clumped,
                      in / (double)runs);
            if (clumped)
                cr_expect_lt(plain, 0.82 * runs, "mean %g: Poisson's holds %g", means[m], plain / (double)runs);
        }
    gsl_rng_free(rng);
}
