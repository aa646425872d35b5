/* p among draws of known laws, where p is known too. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/anomaly.h"

#include <criterion/criterion.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#define DRAWS 2000

static void log_normal(double *draw, size_t n)
{
    /* The quantiles themselves: no chance in the draws. */
    for (size_t i = 0; i < n; i++)
        draw[i] = 1000 * exp(0.3 * gsl_cdf_ugaussian_Pinv(((double)i + 0.5) / (double)n));
}

Test(anomaly, p_of_a_log_normal)
{
    static double draw[DRAWS];
    log_normal(draw, DRAWS);
    for (int sign = -1; sign <= 1; sign += 2) {
        double before = 1;
        for (double z = 0.2; z < 7; z += 0.2) {
            double p = yk_anomaly_p(draw, DRAWS, 1000 * exp(sign * 0.3 * z)), truth = 2 * gsl_cdf_ugaussian_Q(z);
            cr_expect(p <= before && p > 0, "falls: z %g p %g", z, p);
            if (z < 2.5) /* among the draws */
                cr_expect_float_eq(p, truth, 0.0012 + 0.02 * truth, "z %g: %g, %g", z, p, truth);
            else /* beyond them: the exponential is not lighter than the normal */
                cr_expect(p > 0.5 * truth && p < 40 * truth * exp(z * z / 6), "z %g: %g, %g", z, p, truth);
            before = p;
        }
    }
}

Test(anomaly, heavy_tails_are_met)
{
    static double draw[DRAWS];
    for (size_t i = 0; i < DRAWS; i++) /* log counts with an exponential tail of mean 0.2: Laplace */
        draw[i] = 5000 * exp(gsl_cdf_laplace_Pinv(((double)i + 0.5) / DRAWS, 0.2));
    for (double out = 0.8; out < 2.5; out += 0.3) {
        double p = yk_anomaly_p(draw, DRAWS, 5000 * exp(out)), truth = 2 * gsl_cdf_laplace_Q(out, 0.2);
        cr_expect(p > truth / 2 && p < truth * 2 + 0.001, "%g: %g, %g", out, p, truth);
    }
}

Test(anomaly, tails_that_are_heavier_than_exponential)
{
    static double draw[DRAWS];
    for (size_t i = 0; i < DRAWS; i++)
        draw[i] = 1e6 * exp(0.1 * gsl_cdf_tdist_Pinv(((double)i + 0.5) / DRAWS, 3));
    for (double z = 12; z < 40; z *= 1.3) { /* the largest draw is at 17 */
        double p = yk_anomaly_p(draw, DRAWS, 1e6 * exp(0.1 * z)), truth = 2 * gsl_cdf_tdist_Q(z, 3);
        cr_expect(p > truth / 3 && p < truth * 3, "%g: %g, %g", z, p, truth);
    }
}

Test(anomaly, zeros_and_gaps)
{
    static double draw[DRAWS];
    for (size_t i = 0; i < DRAWS; i++)
        draw[i] = i % 3 == 0;
    cr_expect_eq(yk_anomaly_p(draw, DRAWS, 0), 1, "an empty night is as expected");
    double p = yk_anomaly_p(draw, DRAWS, 1);
    cr_expect_float_eq(p, 2.0 / 3, 0.002);
    cr_expect_lt(yk_anomaly_p(draw, DRAWS, 50), 1e-3);
    for (size_t i = 0; i < DRAWS; i++)
        draw[i] = 0;
    cr_expect_eq(yk_anomaly_p(draw, DRAWS, 0), 1);
    p = yk_anomaly_p(draw, DRAWS, 3);
    cr_expect(p > 0 && p < 0.01, "%g", p);
    cr_expect(isnan(yk_anomaly_p(draw, DRAWS, (double)NAN)));
    cr_expect(isnan(yk_anomaly_p(draw, YK_ANOMALY_DRAWS_MIN - 1, 3)));
}

/* 200 cells as the paths say and 20 that are not: few of the list are wrong, most of the 20 are on it. */
Test(anomaly, lists)
{
    enum { CELLS = 220, RUNS = 20 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    double *path = calloc((size_t)DRAWS * CELLS, sizeof *path), observed[CELLS];
    struct yk_anomaly_cell cell[CELLS];
    cr_assert_not_null(path);
    gsl_rng_set(rng, 20260701);
    double wrong_share = 0;
    int found = 0;
    for (size_t i = 0; i < (size_t)DRAWS * CELLS; i++)
        path[i] = floor(300 * exp(gsl_ran_laplace(rng, 0.1)));
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < CELLS; i++)
            observed[i] = floor(300 * exp(gsl_ran_laplace(rng, 0.1))) * (i < 20 ? (i % 2 ? 3 : 1.0 / 3) : 1);
        observed[100] = (double)NAN;
        cr_assert_eq(yk_anomaly_find(path, DRAWS, observed, CELLS, YK_DISCOVERY_BH, 0.1, cell), YK_ANOMALY_OK);
        cr_expect(isnan(cell[100].p) && !cell[100].listed && cell[100].direction == 0);
        int wrong = 0, right = 0;
        for (int i = 0; i < CELLS; i++) {
            *(i < 20 ? &right : &wrong) += cell[i].listed;
            if (i < 20 && cell[i].listed)
                cr_expect_eq(cell[i].direction, i % 2 ? 1 : -1);
        }
        wrong_share += wrong ? (double)wrong / (wrong + right) : 0;
        found += right;
    }
    cr_expect_lt(wrong_share / RUNS, 0.13, "%g", wrong_share / RUNS); /* q 0.1 x 200/220, and 2 standard errors */
    cr_expect_gt(wrong_share / RUNS, 0.03, "not asleep: %g", wrong_share / RUNS);
    cr_expect_gt(found, 20 * RUNS * 95 / 100, "%d", found);
    for (int i = 0; i < CELLS; i++)
        observed[i] = (double)NAN;
    cr_expect_eq(yk_anomaly_find(path, DRAWS, observed, CELLS, YK_DISCOVERY_BH, 0.1, cell), YK_ANOMALY_NOTHING);
    cr_expect_eq(yk_anomaly_find(path, 100, observed, CELLS, YK_DISCOVERY_BH, 0.1, cell), YK_ANOMALY_FEW_PATHS);
    free(path);
    gsl_rng_free(rng);
}
