/* Survivors against numerical integration and drawn periods. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/period_law.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static const struct yk_law_part MIXED[] = {{0.5 / 390, 300, 480}, {0.5 / 900, 900, 900}}; /* half the devices each */

static double integral(const struct yk_period_law *law, double from, double to)
{
    double sum = 0;
    const int steps = 200000;
    for (int i = 0; i < steps; i++)
        sum += yk_law_survivor(law, from + (i + 0.5) * (to - from) / steps);
    return sum * (to - from) / steps;
}

Test(period_law, equilibrium_is_the_integral)
{
    struct yk_period_law law;
    cr_assert(yk_law_make(MIXED, 2, &law));
    cr_expect_float_eq(law.mean_s, 1 / (0.5 / 390 + 0.5 / 900), 1e-9);
    for (double t = 0; t < 950; t += 47)
        cr_expect_float_eq(yk_law_equilibrium(&law, t), integral(&law, t, 900) / law.mean_s, 1e-5, "at %g", t);
    cr_expect_float_eq(yk_law_equilibrium(&law, 250), 1 - 250 / law.mean_s, 1e-12, "a line up to the shortest period");
    cr_expect_float_eq(yk_law_equilibrium(&law, 0), 1, 1e-12);
    cr_expect_float_eq(yk_law_equilibrium(&law, 901), 0, 1e-12);
}

/* A random device at a random instant: how long it keeps the address it has. */
Test(period_law, a_mixture_of_devices_by_their_own_clocks)
{
    struct yk_period_law law;
    cr_assert(yk_law_make(MIXED, 2, &law));
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    const int draws = 200000;
    const double at[] = {60, 200, 350, 470, 600, 880};
    int longer[6] = {0};
    for (int i = 0; i < draws; i++) {
        bool slow = gsl_rng_uniform(rng) < 0.5;
        double period, to = slow ? 900 : 480;
        do /* length-biased */
            period = slow ? 900 : gsl_ran_flat(rng, 300, 480);
        while (gsl_rng_uniform(rng) * to > period);
        double left = period * gsl_rng_uniform(rng);
        for (int k = 0; k < 6; k++)
            longer[k] += left > at[k];
    }
    for (int k = 0; k < 6; k++)
        cr_expect_float_eq(yk_law_equilibrium(&law, at[k]), (double)longer[k] / draws, 0.005, "at %g", at[k]);
    gsl_rng_free(rng);
}

Test(period_law, shortened_by_the_gap)
{
    struct yk_period_law law, net;
    cr_assert(yk_law_make(MIXED, 2, &law));
    cr_assert(yk_law_shorten(&law, 3, &net));
    cr_expect_float_eq(net.mean_s, law.mean_s - 3, 1e-9);
    cr_expect_float_eq(yk_law_survivor(&net, 400), yk_law_survivor(&law, 403), 1e-12);
    cr_expect(!yk_law_shorten(&law, 900, &net));
}

Test(period_law, of_a_measured_period)
{
    struct yk_rotation_period period = {.period_s = 390, .cv = 0.1332346775};
    struct yk_period_law law;
    cr_assert(yk_law_of_period(&period, &law));
    cr_expect_float_eq(law.mean_s, 390, 1e-9);
    cr_expect_float_eq(yk_law_shortest_s(&law), 300, 0.01, "5 to 8 minutes have that coefficient of variation");
    cr_expect_float_eq(yk_law_longest_s(&law), 480, 0.01);
}

Test(period_law, nonsense_is_refused)
{
    struct yk_period_law law;
    cr_expect(!yk_law_make(MIXED, 0, &law));
    cr_expect(!yk_law_make(&(struct yk_law_part){0, 300, 480}, 1, &law));
    cr_expect(!yk_law_make(&(struct yk_law_part){1, 480, 300}, 1, &law));
    cr_expect(!yk_law_make(&(struct yk_law_part){1, 0, 0}, 1, &law));
    cr_expect(!yk_law_make(&(struct yk_law_part){1, (double)NAN, 480}, 1, &law));
}

/* Twice as long in all, with the survivors at twice the length. */
Test(period_law, stretched)
{
    struct yk_period_law law, twice;
    cr_assert(yk_law_make((struct yk_law_part[]){{0.5, 300, 480}, {0.5, 900, 900}}, 2, &law));
    cr_assert(yk_law_stretch(&law, 2, &twice));
    cr_expect_float_eq(twice.mean_s, 2 * law.mean_s, 1e-9);
    for (double t = 0; t < 1000; t += 37) {
        cr_expect_float_eq(yk_law_survivor(&twice, 2 * t), yk_law_survivor(&law, t), 1e-12);
        cr_expect_float_eq(yk_law_equilibrium(&twice, 2 * t), yk_law_equilibrium(&law, t), 1e-12);
    }
}
