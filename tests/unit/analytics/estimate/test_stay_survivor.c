/* Stays and periods drawn here, one by one, without adverts. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tests/accuracy/test_dwell.c goes from adverts to intervals; these hold each estimator against large samples of its own. */
#include "estimate/period_shape.h"
#include "estimate/stay_mixture.h"
#include "estimate/stay_survivor.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#define ROOM  400000
#define GAP_S 4.0 /* around each rotation, and half of it at the ends of a stay */

enum stays { EXPONENTIAL, TWO_KINDS, LONG };

static struct yk_shape_life lives[ROOM];
static struct yk_stay_piece pieces[ROOM];
static double work[4 * ROOM];

static double draw_stay(gsl_rng *rng, enum stays stays)
{
    if (stays == EXPONENTIAL)
        return gsl_ran_exponential(rng, 200) + GAP_S;
    if (stays == LONG)
        return gsl_ran_lognormal(rng, log(2118), 0.5);
    return GAP_S +
           (gsl_rng_uniform(rng) < 0.6 ? gsl_ran_lognormal(rng, log(80), 0.5) : gsl_ran_lognormal(rng, log(500), 0.4));
}

/* Half the devices 300-480 s, half 900 s. One arrival every `every` seconds. */
static size_t simulate(enum stays stays, int devices, double every, unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    size_t n = 0;
    double arrival = 0;
    for (int d = 0; d < devices; d++) {
        arrival += gsl_ran_exponential(rng, every);
        double stay = draw_stay(rng, stays), leave = arrival + stay;
        int slow = gsl_rng_uniform(rng) < 0.5;
        double period = 900;
        while (!slow) { /* length-biased */
            period = gsl_ran_flat(rng, 300, 480);
            if (gsl_rng_uniform(rng) * 480 < period)
                break;
        }
        double at = arrival, rotation = arrival + period * gsl_rng_uniform(rng);
        while (at < leave) {
            double end = fmin(rotation, leave);
            if (end - at > GAP_S) {
                cr_assert_lt(n, ROOM);
                lives[n++] = (struct yk_shape_life){at + GAP_S / 2, end - GAP_S / 2, false, false};
            }
            at = end;
            rotation += slow ? 900 : gsl_ran_flat(rng, 300, 480);
        }
    }
    gsl_rng_free(rng);
    for (size_t i = 0; i < n; i++)
        pieces[i] = (struct yk_stay_piece){lives[i].end_s - lives[i].begin_s, false, false};
    yk_stay_sort(pieces, n);
    return n;
}

static struct yk_period_law mixed(void)
{
    struct yk_period_law law;
    cr_assert(yk_law_make((struct yk_law_part[]){{0.5 / 390, 300, 480}, {0.5 / 900, 900, 900}}, 2, &law));
    return law;
}

Test(stay_survivor, exponential_stays)
{
    size_t n = simulate(EXPONENTIAL, 60000, 10, 1);
    struct yk_period_law law = mixed();
    struct yk_stay_survivor s;
    cr_assert_eq(yk_stay_survivor_estimate(pieces, NULL, n, &law, (double)INFINITY, GAP_S, &s), YK_STAY_OK);
    cr_expect_float_eq(s.visits, 60000, 900, "%g", s.visits);
    cr_expect_float_eq(s.mean_s, 204, 4, "%g", s.mean_s);
    for (double t = 20; t < 500; t += 40) {
        double share;
        cr_assert_eq(yk_stay_curve_longer(&s.curve, t, &share), YK_STAY_OBSERVED);
        cr_expect_float_eq(share, exp(-(t - GAP_S) / 200), 0.03, "%g: %g", t, share);
    }
    double median, beyond;
    cr_expect_eq(yk_stay_curve_quantile(&s.curve, 0.5, &median), YK_STAY_OBSERVED);
    cr_expect_float_eq(median, GAP_S + 200 * log(2), 6, "%g", median);
    cr_expect_gt(yk_stay_curve_horizon_s(&s.curve), 0.7 * law.mean_s);
    cr_expect_lt(yk_stay_curve_horizon_s(&s.curve), law.mean_s);
    cr_expect_eq(yk_stay_curve_quantile(&s.curve, 0.97, &beyond), YK_STAY_NOT_OBSERVABLE);
    cr_expect_eq(yk_stay_curve_between(&s.curve, 0, (double)INFINITY, &beyond), YK_STAY_OBSERVED);
    cr_expect_float_eq(beyond, s.mean_s, 0.03 * s.mean_s, "the curve and the rest make the mean: %g", beyond);

    cr_assert_eq(yk_stay_survivor_estimate(pieces, NULL, n, &law, 100, GAP_S, &s), YK_STAY_OK);
    cr_expect_leq(yk_stay_curve_horizon_s(&s.curve), 104, "no further than the law is known");
}

/* By hand: a thousand pieces of 100 s, a period of 500 s of which 50 are silence. */
Test(stay_survivor, silence)
{
    for (size_t i = 0; i < 1000; i++)
        pieces[i] = (struct yk_stay_piece){100, false, false};
    struct yk_period_law law;
    struct yk_stay_survivor s;
    cr_assert(yk_law_make(&(struct yk_law_part){1, 500, 500}, 1, &law));
    cr_assert_eq(yk_stay_survivor_estimate(pieces, NULL, 1000, &law, (double)INFINITY, 50, &s), YK_STAY_OK);
    cr_expect_float_eq(s.visits, 1000 - 100000.0 / 450, 1e-6);
    cr_expect_float_eq(s.mean_s, 100000 / s.visits * 500 / 450 + 50, 1e-6);
}

/* Few long stays: G is a small difference of many pieces, and the curve ends before its noise makes a median. */
Test(stay_survivor, noise_ends_the_curve)
{
    struct yk_period_law law = mixed();
    struct yk_stay_survivor s;
    size_t many = simulate(LONG, 10000, 100, 11);
    cr_assert_eq(yk_stay_survivor_estimate(pieces, NULL, many, &law, (double)INFINITY, GAP_S, &s), YK_STAY_OK);
    double far = yk_stay_curve_horizon_s(&s.curve);
    size_t few = simulate(LONG, 100, 100, 12);
    cr_assert_eq(yk_stay_survivor_estimate(pieces, NULL, few, &law, (double)INFINITY, GAP_S, &s), YK_STAY_OK);
    cr_expect_lt(yk_stay_curve_horizon_s(&s.curve), 0.8 * far, "%g of %g", yk_stay_curve_horizon_s(&s.curve), far);
    cr_expect_gt(s.mean_s, 1000, "the mean is there still: %g", s.mean_s);
}

/* Cutting at a window's edges: every second piece that is long enough loses its end. */
Test(stay_survivor, cut_pieces)
{
    size_t n = simulate(EXPONENTIAL, 60000, 10, 2);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (size_t i = 0; i < n; i++) {
        double cut = gsl_ran_exponential(rng, 400);
        pieces[i].goes_on = cut < pieces[i].length_s;
        pieces[i].length_s = fmin(cut, pieces[i].length_s);
        if (i % 50 == 0) { /* of unknown age: whatever their length says is not used */
            pieces[i].began_before = true;
            pieces[i].length_s *= 0.3;
        }
    }
    gsl_rng_free(rng);
    yk_stay_sort(pieces, n);
    struct yk_period_law law = mixed();
    struct yk_stay_survivor s;
    double median;
    cr_assert_eq(yk_stay_survivor_estimate(pieces, NULL, n, &law, (double)INFINITY, GAP_S, &s), YK_STAY_OK);
    cr_expect_eq(yk_stay_curve_quantile(&s.curve, 0.5, &median), YK_STAY_OBSERVED);
    cr_expect_float_eq(median, GAP_S + 200 * log(2), 8, "%g", median);
    cr_expect_float_eq(s.mean_s, 204, 6, "%g", s.mean_s);
}

Test(stay_survivor, weights_are_copies)
{
    size_t n = simulate(TWO_KINDS, 2000, 10, 3);
    static unsigned weight[ROOM];
    static struct yk_stay_piece copies[ROOM];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        weight[i] = (unsigned)(i * 7 % 3);
        for (unsigned k = 0; k < weight[i]; k++)
            copies[m++] = pieces[i];
    }
    struct yk_period_law law = mixed();
    struct yk_stay_survivor a, b;
    cr_assert_eq(yk_stay_survivor_estimate(pieces, weight, n, &law, (double)INFINITY, GAP_S, &a), YK_STAY_OK);
    cr_assert_eq(yk_stay_survivor_estimate(copies, NULL, m, &law, (double)INFINITY, GAP_S, &b), YK_STAY_OK);
    cr_expect_float_eq(a.visits, b.visits, 1e-6);
    for (unsigned i = 0; i < a.curve.count; i++)
        cr_expect_float_eq(a.curve.survivor[i], b.curve.survivor[i], 1e-9);
}

Test(stay_survivor, refusals)
{
    struct yk_period_law law = mixed();
    struct yk_stay_survivor s;
    size_t n = simulate(EXPONENTIAL, 200, 10, 4);
    cr_expect_eq(yk_stay_survivor_estimate(pieces, NULL, 20, &law, 900, GAP_S, &s), YK_STAY_TOO_FEW);
    cr_expect_eq(yk_stay_survivor_estimate(pieces, NULL, n, &law, 900, 1000, &s), YK_STAY_NO_PERIOD);
    cr_expect_eq(yk_stay_survivor_estimate(pieces, NULL, n, &law, 900, (double)NAN, &s), YK_STAY_NO_PERIOD);
    pieces[0].length_s = 1e4;
    cr_expect_eq(yk_stay_survivor_estimate(pieces, NULL, n, &law, 900, GAP_S, &s), YK_STAY_BAD_PIECES, "not sorted");
    for (size_t i = 0; i < n; i++)
        pieces[i].length_s = 5000;
    cr_expect_eq(yk_stay_survivor_estimate(pieces, NULL, n, &law, 900, GAP_S, &s), YK_STAY_NO_VISITS);
    cr_expect_eq(s.curve.count, 0);
}

Test(stay_mixture, two_kinds_come_back)
{
    gsl_set_error_handler_off();
    size_t n = simulate(TWO_KINDS, 20000, 10, 5);
    struct yk_period_law law = mixed();
    struct yk_stay_mixture m;
    cr_assert_eq(yk_stay_mixture_fit(pieces, NULL, n, &law, GAP_S, &m), YK_MIXTURE_OK);
    cr_expect_float_eq(m.share[0], 0.6, 0.04, "%g", m.share[0]);
    cr_expect_float_eq(exp(m.mu[0]), 80, 5, "%g", exp(m.mu[0]));
    cr_expect_float_eq(exp(m.mu[1]), 500, 35, "%g", exp(m.mu[1]));
    cr_expect_float_eq(m.sigma[0], 0.5, 0.06, "%g", m.sigma[0]);
    cr_expect_float_eq(m.sigma[1], 0.4, 0.08, "%g", m.sigma[1]);
    double p90; /* far beyond the horizon: 1 - (1 - 0.9)/0.4 of the longer kind */
    cr_expect_eq(yk_stay_curve_quantile(&m.curve, 0.9, &p90), YK_STAY_OBSERVED);
    double truth = GAP_S + 500 * exp(0.4 * 0.6744897501960817);
    cr_expect_float_eq(p90, truth, 0.08 * truth, "%g of %g", p90, truth);
}

/* One kind is enough: the second must not carry anything away. */
Test(stay_mixture, one_kind)
{
    gsl_set_error_handler_off();
    size_t n = simulate(EXPONENTIAL, 20000, 10, 6);
    struct yk_period_law law = mixed();
    struct yk_stay_mixture m;
    double median;
    cr_assert_eq(yk_stay_mixture_fit(pieces, NULL, n, &law, GAP_S, &m), YK_MIXTURE_OK);
    cr_expect_eq(yk_stay_curve_quantile(&m.curve, 0.5, &median), YK_STAY_OBSERVED);
    cr_expect_float_eq(median, GAP_S + 200 * log(2), 8, "%g", median);
    cr_expect_eq(yk_stay_mixture_fit(pieces, NULL, 10, &law, GAP_S, &m), YK_MIXTURE_NO_STAYS);
}

/* Two sharp kinds and a third in the middle of nowhere: stays of exactly 20, 120 and 220 s. */
Test(stay_mixture, what_does_not_fit_is_refused)
{
    gsl_set_error_handler_off();
    struct yk_period_law law;
    struct yk_stay_mixture m;
    cr_assert(yk_law_make(&(struct yk_law_part){1, 1e5, 1e5}, 1, &law)); /* hardly ever rotates */
    for (size_t i = 0; i < 3000; i++)
        pieces[i] = (struct yk_stay_piece){20 + 1000 * (double)(i % 4 == 0) + 100 * (double)(i % 3), false, false};
    yk_stay_sort(pieces, 3000);
    enum yk_mixture_state state = yk_stay_mixture_fit(pieces, NULL, 3000, &law, 0, &m);
    cr_expect(state == YK_MIXTURE_DISAGREES, "%d", state);
    cr_expect_eq(m.curve.count, 0);
}

static double worst(const struct yk_period_law *a, const struct yk_period_law *b, double to_s)
{
    double off = 0;
    for (double t = 0; t < to_s; t += 10)
        off = fmax(off, fabs(yk_law_equilibrium(a, t) - yk_law_equilibrium(b, t)));
    return off;
}

Test(period_shape, two_makes_of_devices)
{
    size_t n = simulate(TWO_KINDS, 20000, 10, 7);
    struct yk_period_law truth = mixed(), law, guess;
    struct yk_rotation_period period = {.period_s = truth.mean_s, .cv = 0.3};
    struct yk_shape_fit fit;
    cr_assert_eq(yk_period_shape(lives, n, work, &period, GAP_S, &law, &fit), YK_SHAPE_OK);
    cr_expect_float_eq(law.mean_s, truth.mean_s, 1e-6);
    cr_expect_gt(fit.known_to_s, 480);
    cr_expect_lt(worst(&law, &truth, fit.known_to_s), 0.03, "%g", worst(&law, &truth, fit.known_to_s));
    cr_assert(yk_law_of_period(&period, &guess));
    cr_expect_gt(worst(&guess, &truth, fit.known_to_s), 0.06, "its mean alone would not do");
}

Test(period_shape, refusals)
{
    struct yk_rotation_period period = {.period_s = 544, .cv = 0.3};
    struct yk_period_law law;
    struct yk_shape_fit fit;
    size_t n = simulate(TWO_KINDS, 50, 10, 8);
    cr_expect_eq(yk_period_shape(lives, n, work, &period, GAP_S, &law, &fit), YK_SHAPE_TOO_FEW);
    n = simulate(TWO_KINDS, 1000, 0.1, 9); /* 36,000 an hour: chance drowns everything */
    cr_expect_eq(yk_period_shape(lives, n, work, &period, GAP_S, &law, &fit), YK_SHAPE_UNKNOWN);
    cr_expect_eq(yk_period_shape(lives, n, work, &period, 30, &law, &fit), YK_SHAPE_TOO_SLOW);
    cr_expect_eq(law.count, 0);
}
