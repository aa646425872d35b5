/* The fit of the rotation period on histograms made from a known law. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The full chain from adverts is in tests/accuracy. */
#include "rotation/period.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

TestSuite(period, .init = (void (*)(void))gsl_set_error_handler_off);

/* Adverts every 2 s, a fifth of them lost: gaps of 2 n s with chance 0.8 x 0.2^(n-1); a rotation meets one with chance
 * n x 0.8^2 x 0.2^(n-1). */
static double silence(int k)
{
    if (k % 4 != 0 || k == 0)
        return 0;
    int n = k / 4;
    return n * 0.64 * pow(0.2, n - 1);
}

/* Gaps of which rotations every period_s break a share G/R: what is heard of life_s of device time. A gap of bin k is
 * taken as k + 1/2 bins long. */
static void fill_gaps(struct yk_lag_histogram *h, double (*law)(int), double life_s, double period_s)
{
    for (int k = 0; k < YK_GAP_BINS; k++) {
        double length_s = (k + 0.5) * 0.5;
        h->gap[k] = (uint64_t)(law(k) * life_s * 10 * (1 - length_s / period_s) + 0.5);
        h->gap_ds += h->gap[k];
        h->gap_sq_ds2 += (uint64_t)((double)h->gap[k] * length_s * 10);
    }
    h->life_ds = h->gap_ds;
}

/* life_s: device time, R = life_s / rotations, or 390 s without any; lags are drawn (rng) or rounded expectations
 * (NULL). */
static struct yk_lag_histogram make(double rotations, double chance, double slope, double life_s, gsl_rng *rng)
{
    struct yk_lag_histogram h = {.births = 1000, .deaths = 1000, .observed_ds = 36000};
    fill_gaps(&h, silence, life_s, 390);
    for (int k = 0; k < YK_LAG_BINS; k++) {
        double x = (k + 0.5 - 60) / 60;
        double mean = chance * (1 + slope * x + 0.5 * slope * x * x);
        if (k >= 60)
            mean += rotations * silence(k - 60);
        h.lag[k] = rng ? gsl_ran_poisson(rng, mean) : (uint64_t)(mean + 0.5);
    }
    return h;
}

Test(period, exact_expectation)
{
    /* 10,000 rotations in 3,900,000 s; 2g = 2 x 1.2/0.8 = 3 s, and half a bin. */
    struct yk_lag_histogram h = make(10000, 5000, 0.05, 3900000, NULL);
    struct yk_rotation_period period;
    struct yk_period_fit fit;
    cr_assert_eq(yk_period_estimate(&h, &period, &fit), YK_PERIOD_OK);
    cr_expect_lt(fabs(fit.two_g_s - 3.25), 0.02, "%g", fit.two_g_s);
    cr_expect_lt(fabs(fit.rotations - 10000), 30, "%g", fit.rotations);
    cr_expect_lt(fabs(period.period_s - 390), 2, "%g", period.period_s);
    cr_expect(fit.lower_s < 390 && 390 < fit.upper_s);
    cr_expect_lt(fabs(fit.chance_per_bin - 5000), 50, "%g", fit.chance_per_bin);
    cr_expect_lt(fit.dispersion, 0.1, "no noise at all: %g", fit.dispersion);
    /* Adding a histogram to itself doubles T and rotations and leaves R. */
    struct yk_lag_histogram twice = h;
    yk_lag_histogram_add(&twice, &h);
    struct yk_rotation_period again;
    cr_assert_eq(yk_period_estimate(&twice, &again, NULL), YK_PERIOD_OK);
    cr_expect_lt(fabs(again.period_s - period.period_s), 0.2);
    cr_expect_lt(fabs(again.se_s * sqrt(2) - period.se_s), 0.02 * period.se_s);
}

/* Two thirds of the device time at 0.5 s, a third at gaps of 2 to 30 s and more: long gaps are broken more often. */
static double mixed(int k)
{
    return k == 1 ? 2.0 / 3 : k >= 4 && k < YK_GAP_BINS ? 1.0 / 3 / (YK_GAP_BINS - 4) : 0;
}

Test(period, mixed_intervals)
{
    static const double periods_s[] = {200, 390, 900};
    for (size_t i = 0; i < sizeof periods_s / sizeof periods_s[0]; i++) {
        const double rotations = 100000;
        struct yk_lag_histogram h = {.births = 1000, .deaths = 1000, .observed_ds = 36000};
        fill_gaps(&h, mixed, rotations * periods_s[i], periods_s[i]);
        for (int k = 0; k < YK_LAG_BINS; k++)
            h.lag[k] = (uint64_t)(5000 + (k >= 60 ? rotations * mixed(k - 60) : 0) + 0.5);
        struct yk_rotation_period period;
        struct yk_period_fit fit;
        cr_assert_eq(yk_period_estimate(&h, &period, &fit), YK_PERIOD_OK);
        cr_expect_lt(fabs(period.period_s / periods_s[i] - 1), 0.005, "%g of %g", period.period_s, periods_s[i]);
        cr_expect(fit.lower_s < periods_s[i] && periods_s[i] < fit.upper_s);
        /* Time in gaps above 30 s, and the rotations in them, take no part. */
        h.gap[YK_GAP_BINS - 1] += h.gap_ds / 2;
        h.gap_sq_ds2 += h.gap_ds / 2 * 2000;
        h.gap_ds += h.gap_ds / 2;
        h.life_ds = h.gap_ds;
        struct yk_rotation_period with;
        cr_assert_eq(yk_period_estimate(&h, &with, NULL), YK_PERIOD_OK);
        cr_expect_lt(fabs(with.period_s / period.period_s - 1), 1e-6);
    }
}

/* From a random instant to the next advert, or to the last one: a uniform part of a length-biased gap. */
static double part_of_gap(gsl_rng *rng)
{
    double n = 1;
    while (gsl_rng_uniform(rng) < 0.2) /* length-biased: the sum of two geometric numbers */
        n++;
    while (gsl_rng_uniform(rng) < 0.2)
        n++;
    return (2 * n + 0.25) * gsl_rng_uniform(rng); /* as long as a gap of bin 4 n is taken to be */
}

/* Who comes with a train and who leaves with it is a heap in the lags that must not be taken for rotations. All get in and out
 * within boarding_s. */
Test(period, trains)
{
    const double rotations = 20000;
    const int draws = 1000000;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 45);
    for (int b = 0; b < 3; b++) {
        double boarding_s = 15 << b;
        double bins[YK_LAG_BINS] = {0};
        for (int i = 0; i < draws; i++) {
            double birth = boarding_s * gsl_rng_uniform(rng) + part_of_gap(rng);
            double death = boarding_s * gsl_rng_uniform(rng) - part_of_gap(rng);
            int bin = (int)floor(2 * (birth - death)) + YK_LAG_BINS / 2;
            if (bin >= 0 && bin < YK_LAG_BINS)
                bins[bin]++;
        }
        for (int part = 1; part <= 64; part *= 2) {
            double heap = 1.0 / part; /* pairs within 30 s, beside the chance pairs */
            struct yk_lag_histogram h = make(rotations, 5000, 0, rotations * 390, NULL);
            for (int k = 0; k < YK_LAG_BINS; k++)
                h.lag[k] += (uint64_t)(heap * 5000 * YK_LAG_BINS * bins[k] / draws + 0.5);
            struct yk_rotation_period period;
            cr_assert_eq(yk_period_estimate(&h, &period, NULL), YK_PERIOD_OK);
            cr_expect_lt(fabs(period.period_s / 390 - 1), 0.02, "in and out within %g s, heap %g: %g", boarding_s, heap,
                         period.period_s);
        }
    }
    gsl_rng_free(rng);
}

Test(period, poisson_coverage)
{
    static const struct {
        double rotations, chance, slope;
    } cases[] = {{3000, 5000, 0}, {1000, 200, 0.2}, {200, 10, 0}, {60, 0.5, 0}, {200, 1, 0.8}};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 42);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int in = 0, ok = 0;
        double sum = 0;
        for (int draw = 0; draw < 400; draw++) {
            struct yk_lag_histogram h =
                make(cases[i].rotations, cases[i].chance, cases[i].slope, cases[i].rotations * 390, rng);
            struct yk_rotation_period period;
            struct yk_period_fit fit;
            if (yk_period_estimate(&h, &period, &fit) != YK_PERIOD_OK)
                continue;
            ok++;
            sum += period.period_s;
            in += fit.lower_s <= 390 && 390 <= fit.upper_s;
        }
        cr_expect_geq(ok, 396, "case %zu: %d of 400", i, ok);
        cr_expect(in > 0.925 * ok && in < 0.985 * ok, "case %zu: %d of %d", i, in, ok);
        cr_expect_lt(fabs(sum / ok / 390 - 1), 0.015, "case %zu: mean %g", i, sum / ok);
    }
    gsl_rng_free(rng);
}

Test(period, no_rotation_is_seldom_claimed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 43);
    int claimed = 0;
    for (int draw = 0; draw < 500; draw++) {
        struct yk_lag_histogram h = make(0, draw % 2 ? 300 : 3, 0.1, 400000, rng);
        struct yk_rotation_period period;
        enum yk_period_state state = yk_period_estimate(&h, &period, NULL);
        claimed += state == YK_PERIOD_OK;
        cr_assert_neq(state, YK_PERIOD_NO_FIT);
        cr_expect(state == YK_PERIOD_OK || period.period_s == 0);
    }
    cr_expect_leq(claimed, 2, "%d of 500", claimed); /* four standard errors above nothing */
    gsl_rng_free(rng);
}

Test(period, states)
{
    struct yk_lag_histogram h = {0};
    struct yk_rotation_period period;
    struct yk_period_fit fit;
    cr_expect_eq(yk_period_estimate(&h, &period, &fit), YK_PERIOD_NO_DATA);
    h = make(1000, 100, 0, 387000, NULL);
    memset(h.gap, 0, sizeof h.gap);
    h.gap[15] = h.gap_ds; /* 7.75 s */
    cr_expect_neq(yk_period_estimate(&h, &period, &fit), YK_PERIOD_TOO_SLOW);
    h.gap[15] = 0;
    h.gap[16] = h.gap_ds; /* 8.25 s */
    cr_expect_eq(yk_period_estimate(&h, &period, &fit), YK_PERIOD_TOO_SLOW);
    cr_expect(fit.two_g_s > 8 && period.period_s == 0);
    h = make(1000, 100, 0, 387000, NULL);
    memset(h.lag, 0, sizeof h.lag);
    cr_expect_eq(yk_period_estimate(&h, &period, &fit), YK_PERIOD_NO_DATA);
    h = make(120, 1000, 0, 387000, NULL); /* se of the rotations about 45 */
    cr_expect_eq(yk_period_estimate(&h, &period, &fit), YK_PERIOD_UNSURE);
    cr_expect(period.period_s == 0 && fit.rotations > 60);
    for (int i = YK_PERIOD_OK; i <= YK_PERIOD_NO_FIT; i++)
        cr_expect_str_neq(yk_period_state_text((enum yk_period_state)i), "unknown");
}

/* Histograms that no sensor makes still give a state and finite numbers. */
Test(period, strange_histograms)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 44);
    for (int draw = 0; draw < 2000; draw++) {
        struct yk_lag_histogram h = {.births = 1, .deaths = 1};
        double scale = pow(10, gsl_ran_flat(rng, 0, 15)), filled = gsl_rng_uniform(rng);
        for (int k = 0; k < YK_LAG_BINS; k++)
            h.lag[k] = gsl_rng_uniform(rng) < filled ? (uint64_t)(gsl_rng_uniform(rng) * scale) : 0;
        for (int k = 0; k < YK_GAP_BINS; k++)
            h.gap[k] = gsl_rng_uniform(rng) < filled ? (uint64_t)(gsl_rng_uniform(rng) * 1e6) : 0;
        h.life_ds = (uint64_t)(gsl_rng_uniform(rng) * 1e15);
        h.gap_ds = 1 + (uint64_t)(gsl_rng_uniform(rng) * 1e9);
        h.gap_sq_ds2 = 30 * h.gap_ds;
        struct yk_rotation_period period;
        struct yk_period_fit fit;
        enum yk_period_state state = yk_period_estimate(&h, &period, &fit);
        cr_expect(isfinite(period.period_s) && isfinite(period.se_s) && period.se_s >= 0);
        cr_expect(state != YK_PERIOD_OK || (period.period_s > 0 && isfinite(fit.upper_s)));
    }
    gsl_rng_free(rng);
}
