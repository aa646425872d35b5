/* Stays with a known median, drawn here one by one without adverts, and what is told of them. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * `yukikai accuracy` goes from adverts to the same figures. Here what has to be told is, and what must not be told is not:
 * long stays, a period that is off, a kind of address whose period is not known. */
#include "estimate/stay_told.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_S INT64_C(1800000000)
#define GAP_S   2.0 /* adverts every 2 s: around each rotation, and half of it at the ends of a stay */

static struct yk_stay_tally tally;
static struct yk_radio_sums sums;
static struct yk_rotation_period period;
static gsl_rng *rng;
static double stays[4000]; /* as they were drawn */
static size_t stay_count;

static void start(void)
{
    stay_count = 0;
    gsl_set_error_handler_off();
    cr_assert(yk_stay_tally_init(&tally, START_S, START_S + 86400));
    memset(&sums, 0, sizeof sums);
    period = (struct yk_rotation_period){.period_s = 390, .se_s = 8, .cv = 0.3, .cv_between = 0.4};
    rng = gsl_rng_alloc(gsl_rng_mt19937);
}

static void stop(void)
{
    gsl_rng_free(rng);
    yk_stay_tally_clear(&tally);
}
TestSuite(stay_told, .init = start, .fini = stop);

static void again(unsigned long seed)
{
    stop();
    start();
    gsl_rng_set(rng, seed);
}

static void live(enum yk_address_class class, double begin_s, double end_s)
{
    int64_t begin_ds = (int64_t)(10 * begin_s), end_ds = (int64_t)(10 * end_s);
    struct yk_rotation_sums *s = &sums.class_of[class];
    yk_stay_tally_add(&tally, class, 10 * START_S + begin_ds, 10 * START_S + end_ds, false, false);
    s->addresses++;
    s->births++;
    s->deaths++;
    s->life_ds += end_ds - begin_ds;
    s->gap_ds += end_ds - begin_ds;
    s->gap_sq_ds2 += (int64_t)((end_ds - begin_ds) * 10 * GAP_S);
}

/* A device of periods from 300 to 480 s, or one that keeps its address, from 9 in the morning over ten hours. */
static void visit(enum yk_address_class class, double stay_s)
{
    double at = 5 * 3600 + 36000 * gsl_rng_uniform(rng), leave = at + stay_s;
    double of_period;
    cr_assert_lt(stay_count, sizeof stays / sizeof *stays);
    stays[stay_count++] = stay_s;
    do /* length-biased */
        of_period = gsl_ran_flat(rng, 300, 480);
    while (gsl_rng_uniform(rng) * 480 > of_period);
    double rotation = at + of_period * gsl_rng_uniform(rng);
    if (class < YK_CLASS_RESOLVABLE)
        rotation = leave;
    for (; at < leave; rotation += gsl_ran_flat(rng, 300, 480)) {
        double end = fmin(rotation, leave);
        if (end - at > GAP_S)
            live(class, at + GAP_S / 2, end - GAP_S / 2);
        at = end;
    }
}

static double share_longer(double than_s)
{
    size_t longer = 0;
    for (size_t i = 0; i < stay_count; i++)
        longer += stays[i] >= than_s;
    return (double)longer / (double)stay_count;
}

static enum yk_told_state ask(bool longer, double at, struct yk_stay_told *told)
{
    struct yk_stay_day day;
    cr_assert(yk_stay_day_init(&day, &tally, &sums, period.period_s > 0 ? &period : NULL, NULL));
    struct yk_stay_curves *curves = yk_stay_curves_new(&day);
    cr_assert_not_null(curves);
    enum yk_told_state state = yk_stay_told(curves, &(struct yk_stay_asked){longer, at}, told);
    /* Another figure in between, and the same again: from the curves that are there by then. */
    struct yk_stay_told other, again;
    (void)yk_stay_told(curves, &(struct yk_stay_asked){!longer, longer ? 0.5 : 200}, &other);
    cr_expect_eq(yk_stay_told(curves, &(struct yk_stay_asked){longer, at}, &again), state);
    cr_expect_eq(memcmp(&again, told, sizeof again), 0);
    yk_stay_curves_free(curves);
    cr_expect(state == YK_TOLD_OK
                  ? told->figure.lower <= told->figure.value && told->figure.value <= told->figure.upper
                  : isnan(told->figure.value) && isnan(told->figure.lower) && isnan(told->figure.upper));
    return state;
}

static void expect(const struct yk_stay_told *told, double truth, double off)
{
    cr_expect_leq(fabs(told->figure.value / truth - 1), off, "%g, truth %g", told->figure.value, truth);
    cr_expect(told->figure.lower <= truth && truth <= told->figure.upper, "%g in %g to %g", truth, told->figure.lower,
              told->figure.upper);
}

/* Log-normal stays with a median of 106 s: nine in ten are shorter than 201 s. */
Test(stay_told, street)
{
    struct yk_stay_told told;
    gsl_rng_set(rng, 1);
    for (int i = 0; i < 3000; i++)
        visit(YK_CLASS_RESOLVABLE, 106 * exp(0.5 * gsl_ran_gaussian(rng, 1)));
    cr_assert_eq(ask(false, 0.5, &told), YK_TOLD_OK);
    expect(&told, 106, 0.05);
    cr_expect_lt(told.figure.upper / told.figure.lower, 1.2, "hardly an interval");
    cr_expect_float_eq(told.arrivals.value, 3000, 100);
    cr_assert_eq(ask(false, 0.9, &told), YK_TOLD_OK);
    expect(&told, 106 * exp(0.5 * 1.2816), 0.06);
    cr_assert_eq(ask(true, 180, &told), YK_TOLD_OK);
    expect(&told, share_longer(180), 0.1);
    struct yk_stay_told twice;
    cr_assert_eq(ask(true, 180, &twice), YK_TOLD_OK);
    cr_expect(twice.figure.lower == told.figure.lower && twice.figure.upper == told.figure.upper, "no dice");
}

/* How often the intervals hold the truth, and half of the way to the horizon. */
Test(stay_told, intervals_hold)
{
    int told_of = 0, held = 0, off = 0;
    for (unsigned long seed = 1; seed <= 40; seed++) {
        struct yk_stay_told told;
        again(seed);
        for (int i = 0; i < 1500; i++)
            visit(YK_CLASS_RESOLVABLE, 180 * exp(0.7 * gsl_ran_gaussian(rng, 1)));
        period.period_s *= exp(gsl_ran_gaussian(rng, 0.02));
        if (ask(false, 0.5, &told) != YK_TOLD_OK)
            continue;
        told_of++;
        held += told.figure.lower <= 180 && 180 <= told.figure.upper;
        off += fabs(told.figure.value / 180 - 1) > 0.15;
    }
    cr_expect_geq(told_of, 36);
    cr_expect_geq(held, 0.9 * told_of, "%d of %d", held, told_of);
    cr_expect_leq(off, 1);
}

/* Stays of 40 minutes, periods right and up to 10 % off: nothing is told, or what is told is right. */
Test(stay_told, long_stays_are_refused)
{
    for (unsigned long seed = 1; seed <= 30; seed++) {
        struct yk_stay_told told;
        again(seed);
        for (int i = 0; i < 700; i++)
            visit(YK_CLASS_RESOLVABLE, 2118 * exp(0.5 * gsl_ran_gaussian(rng, 1)));
        period.period_s *= seed % 3 == 0 ? 1 : seed % 3 == 1 ? 0.9 : 1.1;
        enum yk_told_state state = ask(false, 0.5, &told);
        cr_expect_neq(state, YK_TOLD_OK, "%lu: %g to %g", seed, told.figure.lower, told.figure.upper);
        if (ask(true, 180, &told) == YK_TOLD_OK)
            cr_expect_geq(told.figure.upper, 0.99, "%lu: %g of 1", seed, told.figure.upper);
    }
}

/* Half of the stays 150 s, half of 30 minutes: the median is anywhere between, and the arrivals are known to a quarter at
 * most. */
Test(stay_told, two_kinds_apart)
{
    for (unsigned long seed = 1; seed <= 10; seed++) {
        struct yk_stay_told told;
        again(seed);
        for (int i = 0; i < 2000; i++)
            visit(YK_CLASS_RESOLVABLE, (i % 2 ? 150 : 1800) * exp(0.3 * gsl_ran_gaussian(rng, 1)));
        enum yk_told_state state = ask(false, 0.5, &told);
        cr_expect_neq(state, YK_TOLD_OK, "%g, %g to %g", told.figure.value, told.figure.lower, told.figure.upper);
    }
}

/* The same people, of whom a third have addresses that keep: one curve of both. */
Test(stay_told, kinds_together)
{
    struct yk_stay_told told;
    gsl_rng_set(rng, 2);
    for (int i = 0; i < 3000; i++)
        visit(i % 3 ? YK_CLASS_RESOLVABLE : YK_CLASS_STATIC, 106 * exp(0.5 * gsl_ran_gaussian(rng, 1)));
    cr_assert_eq(ask(false, 0.5, &told), YK_TOLD_OK);
    expect(&told, 106, 0.05);
    cr_assert_eq(ask(true, 180, &told), YK_TOLD_OK);
    expect(&told, share_longer(180), 0.1);
    /* Those that keep stay ten times as long: the curve is of all, and the third that is long begins where 0.667 end. */
    again(3);
    for (int i = 0; i < 3000; i++)
        visit(i % 3 ? YK_CLASS_RESOLVABLE : YK_CLASS_STATIC, (i % 3 ? 60 : 6000) * exp(0.2 * gsl_ran_gaussian(rng, 1)));
    cr_assert_eq(ask(true, 180, &told), YK_TOLD_OK);
    expect(&told, 1.0 / 3, 0.06);
    cr_assert_eq(ask(false, 0.5, &told), YK_TOLD_OK);
    expect(&told, 60 * exp(0.2 * 0.6745), 0.05); /* three quarters of the short ones */
    cr_expect_neq(ask(false, 0.9, &told), YK_TOLD_OK, "beyond the curve");
}

/* Too few to matter: left out, but the interval holds whatever they did. */
Test(stay_told, light_kinds_widen)
{
    struct yk_stay_told without, with;
    gsl_rng_set(rng, 4);
    for (int i = 0; i < 3000; i++)
        visit(YK_CLASS_RESOLVABLE, 106 * exp(0.5 * gsl_ran_gaussian(rng, 1)));
    cr_assert_eq(ask(false, 0.5, &without), YK_TOLD_OK);
    for (int i = 0; i < 100; i++)
        visit(YK_CLASS_PUBLIC, 6000);
    cr_assert_eq(ask(false, 0.5, &with), YK_TOLD_OK);
    cr_expect_eq(with.figure.value, without.figure.value);
    cr_expect(with.figure.lower < without.figure.lower && with.figure.upper > without.figure.upper);
    cr_expect(with.figure.lower <= 108.2 && 108.2 <= with.figure.upper, "quantile 0.5 * 3100/3000 of the street");
    cr_assert_eq(ask(true, 180, &with), YK_TOLD_OK);
    cr_expect(with.figure.lower <= share_longer(180) && share_longer(180) <= with.figure.upper, "%g",
              with.figure.upper);
}

/* Addresses that keep, alone: R's survfit on the same stays (tests/accuracy/r/kaplan_meier.R), within a bin. */
Test(stay_told, fixed_as_r_has_it)
{
    char path[512], line[256], set[32];
    double age, length;
    int ended;
    snprintf(path, sizeof path, "%s/kaplan_meier_stays.csv", YK_REFERENCE_DIR);
    FILE *f = fopen(path, "r");
    cr_assert(f && fgets(line, sizeof line, f));
    int n = 0;
    while (fscanf(f, " %31[^,],%lf,%lf,%d", set, &age, &length, &ended) == 4) {
        if (strcmp(set, "censored") != 0)
            continue;
        int64_t begin_ds = 10 * START_S + 36000 + 100 * n++;
        yk_stay_tally_add(&tally, YK_CLASS_PUBLIC, begin_ds, begin_ds + llround(10 * length), false, !ended);
        sums.class_of[YK_CLASS_PUBLIC].addresses++;
        sums.class_of[YK_CLASS_PUBLIC].births++;
    }
    fclose(f);
    cr_assert_eq(n, 120);
    struct yk_stay_told told;
    cr_assert_eq(ask(false, 0.5, &told), YK_TOLD_OK);
    cr_expect_float_eq(told.figure.value, 542.7, 0.004 * 542.7, "%g", told.figure.value);
    cr_expect_float_eq(told.figure.lower, 394.5, 0.004 * 394.5, "%g", told.figure.lower);
    cr_expect_float_eq(told.figure.upper, 627.7, 0.004 * 627.7, "%g", told.figure.upper);
    cr_expect_neq(ask(false, 0.9, &told), YK_TOLD_OK, "R has no upper bound: %g", told.figure.upper);
    /* The survivor at 542.7 and after is a half and less. */
    cr_assert_eq(ask(true, 540, &told), YK_TOLD_OK);
    cr_expect(told.figure.value > 0.5 && told.figure.value < 0.53 && told.figure.lower > 0.35, "%g", told.figure.value);
}

Test(stay_told, what_cannot_be_told)
{
    struct yk_stay_told told;
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_TOO_FEW, "nobody");
    gsl_rng_set(rng, 5);
    for (int i = 0; i < 3000; i++)
        visit(YK_CLASS_RESOLVABLE, 106 * exp(0.5 * gsl_ran_gaussian(rng, 1)));
    period.se_s = 390 * 0.8; /* known to a factor of five: arrivals are not known to a quarter */
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_UNSURE);
    period.se_s = 8;
    cr_expect_eq(ask(false, 0.999, &told), YK_TOLD_BEYOND);
    sums.class_of[YK_CLASS_RESOLVABLE].births += 600; /* arrivals that these lives don't show */
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_DISAGREES);
    sums.class_of[YK_CLASS_RESOLVABLE].births -= 600;
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_OK);
    period.period_s = 80; /* as if two addresses changed in step, only worse: more rotations than lives */
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_TOO_FEW);
    period.period_s = 390;
    live(YK_CLASS_NON_RESOLVABLE, 40000, 40020);
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_NO_PERIOD);
    period.period_s = 0;
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_NO_PERIOD);
    cr_expect(isnan(told.arrivals.value));
    again(6);
    for (int i = 0; i < 12; i++)
        visit(YK_CLASS_RESOLVABLE, 60);
    cr_expect_neq(ask(false, 0.5, &told), YK_TOLD_OK, "a dozen");
    /* Many that keep, and rotating ones of whom nobody is left: what those did is not known. */
    again(7);
    for (int i = 0; i < 500; i++)
        visit(YK_CLASS_STATIC, 106 * exp(0.5 * gsl_ran_gaussian(rng, 1)));
    cr_assert_eq(ask(false, 0.5, &told), YK_TOLD_OK);
    for (int i = 0; i < 100; i++)
        visit(YK_CLASS_RESOLVABLE, 4000);
    period.period_s = 250;
    cr_expect_eq(ask(false, 0.5, &told), YK_TOLD_UNSURE);
}

/* What the figure would be at either end of the period's interval is in its own. */
Test(stay_told, error_of_the_period)
{
    struct yk_stay_told told, off;
    gsl_rng_set(rng, 8);
    for (int i = 0; i < 3000; i++)
        visit(YK_CLASS_RESOLVABLE, 150 * exp(0.6 * gsl_ran_gaussian(rng, 1)));
    period.se_s = 30;
    cr_assert_eq(ask(true, 180, &told), YK_TOLD_OK);
    for (int sign = -1; sign <= 1; sign += 2) {
        period = (struct yk_rotation_period){.period_s = 390 * exp(sign * 1.96 * 30 / 390), .cv = 0.3};
        cr_assert_eq(ask(true, 180, &off), YK_TOLD_OK);
        cr_expect_gt(fabs(off.figure.value / told.figure.value - 1), 0.05, "%g: it matters", off.figure.value);
        cr_expect(told.figure.lower <= off.figure.value && off.figure.value <= told.figure.upper, "%g in %g to %g",
                  off.figure.value, told.figure.lower, told.figure.upper);
    }
}

/* Few visits of very unlike lengths, arrivals well known: the median is there, and its interval says nothing. And one near
 * the curve's end, whose upper bound would lie beyond it. */
Test(stay_told, intervals_that_say_nothing)
{
    int wide = 0, near = 0;
    for (unsigned long seed = 1; seed <= 20; seed++) {
        struct yk_stay_told told;
        again(seed);
        for (int i = 0; i < 45; i++)
            visit(YK_CLASS_RESOLVABLE, 4 + gsl_ran_exponential(rng, 60));
        enum yk_told_state state = ask(false, 0.5, &told);
        wide += state == YK_TOLD_WIDE;
        if (state == YK_TOLD_OK)
            cr_expect_leq(told.figure.upper, 1.5 * told.figure.value);
        again(seed);
        for (int i = 0; i < 1000; i++)
            visit(YK_CLASS_RESOLVABLE, 270 * exp(0.5 * gsl_ran_gaussian(rng, 1)));
        state = ask(false, 0.5, &told);
        near += state == YK_TOLD_WIDE;
        if (state == YK_TOLD_OK)
            cr_expect_leq(fabs(told.figure.value / 270 - 1), 0.15, "told only where short: %g", told.figure.value);
    }
    cr_expect_geq(wide, 10, "%d of 20", wide);
    cr_expect_geq(near, 6, "%d of 20", near);
}
