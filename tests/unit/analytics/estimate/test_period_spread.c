/* How far periods vary: by hand from laws, and from lives that were made. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/period_spread.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

static struct yk_rotation_period of(const struct yk_law_part *parts, unsigned count)
{
    struct yk_period_law law;
    cr_assert(yk_law_make(parts, count, &law));
    struct yk_rotation_period period = {
        .period_s = law.mean_s, .se_s = 3, .cv = YK_ROTATION_CV, .cv_between = YK_ROTATION_CV_BETWEEN, .slot = 5};
    yk_period_spread_of_law(&law, &period);
    cr_expect(period.period_s == law.mean_s && period.se_s == 3 && period.slot == 5, "nothing else is changed");
    return period;
}

Test(period_spread, by_hand)
{
    /* All alike: nothing varies. */
    struct yk_rotation_period p = of(&(struct yk_law_part){1, 900, 900}, 1);
    cr_expect_lt(p.cv + p.cv_between, 1e-6);
    /* (180/780)^2 / 3 = 0.017751 in all, a quarter of it between makes. */
    p = of(&(struct yk_law_part){1, 300, 480}, 1);
    cr_expect_float_eq(p.cv * p.cv, 0.0133136, 1e-6, "%g", p.cv * p.cv);
    cr_expect_float_eq(p.cv_between * p.cv_between, 0.0044379, 1e-6, "%g", p.cv_between * p.cv_between);
    /* Half the devices 390 s, half 900 s, shares by rotation: mean 1/(0.5/390 + 0.5/900) = 544.186 s, mean square 544.186 x 645,
     * so 645/544.186 - 1 = 0.185256 in all; 0.0439 of it may be a device's own. */
    p = of((struct yk_law_part[]){{0.5 / 390, 390, 390}, {0.5 / 900, 900, 900}}, 2);
    cr_expect_float_eq(p.cv * p.cv, 0.0439, 1e-5, "%g", p.cv * p.cv);
    cr_expect_float_eq(p.cv_between * p.cv_between, 0.141356, 1e-5, "%g", p.cv_between * p.cv_between);
}

/* A plaza over 10 hours: stays of 40 minutes, half of the devices from..to and half other seconds. Gaps of 2 s. */
#define ROOM 20000
static struct yk_shape_life lives[ROOM];

static size_t plaza(double from, double to, double other, double per_h, gsl_rng *rng)
{
    size_t n = 0;
    for (double t = -7200; (t += gsl_ran_exponential(rng, 3600 / per_h)) < 36000;) {
        double leave = t + gsl_ran_lognormal(rng, log(2400) - 0.125, 0.5), born = t, turn, period;
        bool sharp = gsl_rng_uniform(rng) < 0.5;
        do /* the first one length-biased, at a random phase */
            period = sharp ? other : gsl_ran_flat(rng, from, to);
        while (gsl_rng_uniform(rng) * fmax(to, other) > period);
        turn = t + period * gsl_rng_uniform(rng);
        for (; born < leave; born = turn, turn += sharp ? other : gsl_ran_flat(rng, from, to)) {
            double begin = born + 2 * gsl_rng_uniform(rng), end = fmin(turn, leave) - 2 * gsl_rng_uniform(rng);
            if (end < 0 || begin > 36000 || end <= begin)
                continue;
            cr_assert_lt(n, ROOM);
            lives[n++] = (struct yk_shape_life){fmax(begin, 0), fmin(end, 36000), begin<30, end> 36000 - 30};
        }
    }
    return n;
}

Test(period_spread, from_lives)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 71);
    static const struct {
        double from, to, other, mean, all; /* all: square of the whole variation, by rotation */
    } cases[] = {{900, 900.001, 900, 900, 0}, {420, 900, 660, 660, 0.0220}, {390, 390.001, 900, 544.186, 0.1853}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = plaza(cases[i].from, cases[i].to, cases[i].other, 150, rng);
        struct yk_rotation_period p = {
            .period_s = cases[i].mean, .cv = YK_ROTATION_CV, .cv_between = YK_ROTATION_CV_BETWEEN};
        cr_assert(yk_period_spread(lives, n, 2, &p), "case %zu", i);
        double all = p.cv * p.cv + p.cv_between * p.cv_between;
        cr_expect_lt(fabs(all - cases[i].all), 0.01 + 0.2 * cases[i].all, "case %zu: %g of %g", i, all, cases[i].all);
    }
    gsl_rng_free(rng);
}

Test(period_spread, what_cannot_be_measured_stays)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct yk_rotation_period p = {.period_s = 660, .cv = YK_ROTATION_CV, .cv_between = YK_ROTATION_CV_BETWEEN};
    size_t n = plaza(420, 900, 660, 4, rng);
    cr_expect_not(yk_period_spread(lives, n, 2, &p), "too few");
    n = plaza(420, 900, 660, 150, rng);
    cr_expect_not(yk_period_spread(lives, n, 30, &p), "heard too rarely");
    cr_expect_not(yk_period_spread(NULL, 0, 2, &p), "nothing");
    cr_expect(p.cv == YK_ROTATION_CV && p.cv_between == YK_ROTATION_CV_BETWEEN && p.period_s == 660);
    gsl_rng_free(rng);
}
