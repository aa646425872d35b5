/* Lives into bins and out again. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/stay_tally.h"

#include <criterion/criterion.h>

#include <math.h>

#define START_S INT64_C(1800000000)
#define HOUR_S  3600

static struct yk_stay_tally tally;

static void start(void)
{
    cr_assert(yk_stay_tally_init(&tally, START_S, START_S + 24 * HOUR_S));
}

static void stop(void)
{
    yk_stay_tally_clear(&tally);
}
TestSuite(stay_tally, .init = start, .fini = stop);

/* begin_s: into the span. */
static void add(enum yk_address_class class, double begin_s, double length_s, bool goes_on)
{
    int64_t begin_ds = 10 * START_S + (int64_t)llround(10 * begin_s);
    yk_stay_tally_add(&tally, class, begin_ds, begin_ds + (int64_t)llround(10 * length_s), false, goes_on);
}

static struct yk_stay_bins bins_of(enum yk_stay_kind kind)
{
    struct yk_stay_bins bins;
    cr_assert(yk_stay_bins_of(&tally, kind, &bins));
    return bins;
}

/* Every length from nothing to 20 hours is in a bin whose middle is within 0.4 % of it, and the middles rise. */
Test(stay_tally, lengths_come_back)
{
    for (double length = 0; length < 72000; length = floor(10 * (length * 1.03 + 0.1)) / 10) {
        stop();
        start();
        add(YK_CLASS_PUBLIC, 100, length, false);
        struct yk_stay_bins bins = bins_of(YK_STAY_FIXED);
        cr_assert_eq(bins.count, 1);
        double exact = length < 25.6 ? 1e-9 : 0.004 * length;
        cr_expect_leq(fabs(bins.pieces[0].length_s - length), exact, "%.1f: %.3f", length, bins.pieces[0].length_s);
        yk_stay_bins_clear(&bins);
    }
    stop();
    start();
    double sum = 0, sum_back = 0;
    for (int length = 1; length <= 60000; length++) { /* every length to 6,000 s */
        add(YK_CLASS_RESOLVABLE, 100, length / 10.0, false);
        sum += length / 10.0;
    }
    struct yk_stay_bins bins = bins_of(YK_STAY_RESOLVABLE);
    for (size_t i = 0; i < bins.count; i++) {
        cr_assert(i == 0 || bins.pieces[i].length_s > bins.pieces[i - 1].length_s);
        sum_back += bins.weight[i] * bins.pieces[i].length_s;
    }
    cr_expect_leq(fabs(sum_back / sum - 1), 1e-4, "%g of %g", sum_back, sum);
    yk_stay_bins_clear(&bins);
}

Test(stay_tally, kinds_and_ends)
{
    add(YK_CLASS_PUBLIC, 100, 50, false);
    add(YK_CLASS_STATIC, 200, 50, true);
    add(YK_CLASS_RESOLVABLE, 300, 50, false);
    add(YK_CLASS_NON_RESOLVABLE, 7300, 50, false);
    add(YK_CLASS_RESOLVABLE, 30, 50, false);                   /* may have been there before */
    add(YK_CLASS_RESOLVABLE, 24 * HOUR_S - 100, 80, false);    /* may go on */
    add(YK_CLASS_RESOLVABLE, -5, 80, false);                   /* not of this span */
    add(YK_CLASS_RESOLVABLE, 24 * HOUR_S - 100, 100.1, false); /* nor this */
    yk_stay_tally_add(&tally, YK_CLASS_RESOLVABLE, 10 * (START_S + 500), 10 * (START_S + 550), true, false);
    struct yk_stay_bins bins = bins_of(YK_STAY_FIXED);
    cr_assert_eq(bins.count, 2);
    cr_expect(!bins.pieces[0].goes_on && bins.pieces[1].goes_on && bins.weight[0] == 1 && bins.weight[1] == 1);
    yk_stay_bins_clear(&bins);
    bins = bins_of(YK_STAY_NON_RESOLVABLE);
    cr_assert_eq(bins.count, 1);
    yk_stay_bins_clear(&bins);
    bins = bins_of(YK_STAY_RESOLVABLE);
    cr_assert_eq(bins.count, 2);
    cr_expect(bins.weight[0] == 1 && bins.pieces[1].goes_on);
    yk_stay_bins_clear(&bins);
    cr_assert_eq(tally.life_count, 5, "of those that rotate and lie in the span: %zu", tally.life_count);
    cr_expect(tally.lives[2].began_before && tally.lives[2].kind == YK_STAY_RESOLVABLE);
    cr_expect(tally.lives[4].began_before && tally.lives[4].begin_ds == 5000 && tally.lives[4].end_ds == 5500);
}

Test(stay_tally, hours_are_drawn)
{
    for (int i = 0; i < 3; i++)
        add(YK_CLASS_RESOLVABLE, 0.5 * HOUR_S, 10, false);
    for (int i = 0; i < 5; i++)
        add(YK_CLASS_RESOLVABLE, 7.99 * HOUR_S, 10, false);
    struct yk_stay_bins bins = bins_of(YK_STAY_RESOLVABLE);
    unsigned times[24] = {[0] = 2, [7] = 1};
    cr_assert_eq(bins.count, 1);
    cr_expect_eq(bins.weight[0], 8);
    yk_stay_bins_weigh(&bins, times);
    cr_expect_eq(bins.weight[0], 11);
    times[7] = 0;
    yk_stay_bins_weigh(&bins, times);
    cr_expect_eq(bins.weight[0], 6);
    yk_stay_bins_clear(&bins);
}
