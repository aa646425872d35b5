/* Peak hours by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/peak_hour.h"

#include <criterion/criterion.h>

#include <math.h>

static struct yk_peak_hour peak;

/* 300 + 400 + 250 + 350 = 1300 in the hour, 400 in its busiest quarter: 1300/1600. */
Test(peak_hour, by_hand)
{
    const double quarters[] = {100, 120, 300, 400, 250, 350, 90, 80};
    cr_assert_eq(yk_peak_hour_find(quarters, 8, &peak), YK_PEAK_HOUR_OK);
    cr_expect_eq(peak.first, 2);
    cr_expect_float_eq(peak.persons, 1300, 1e-12);
    cr_expect_float_eq(peak.busiest, 400, 1e-12);
    cr_expect_float_eq(peak.factor, 0.8125, 1e-12);
}

Test(peak_hour, ends_of_its_range)
{
    const double even[] = {7, 7, 7, 7, 7}, one[] = {0, 0, 9, 0};
    cr_assert_eq(yk_peak_hour_find(even, 5, &peak), YK_PEAK_HOUR_OK);
    cr_expect_eq(peak.first, 0); /* the earliest of two */
    cr_expect_float_eq(peak.factor, 1, 1e-12);
    cr_assert_eq(yk_peak_hour_find(one, 4, &peak), YK_PEAK_HOUR_OK);
    cr_expect_float_eq(peak.factor, 0.25, 1e-12);
}

/* An hour with a hole is no hour, however many came in the rest of it. */
Test(peak_hour, what_is_not_known)
{
    const double hole[] = {900, (double)NAN, 900, 900, 900, 1, 1}, nobody[4] = {0}, never[] = {1, 1, -1, 1, 1};
    cr_assert_eq(yk_peak_hour_find(hole, 7, &peak), YK_PEAK_HOUR_OK);
    cr_expect_eq(peak.first, 2);
    cr_expect_float_eq(peak.persons, 2701, 1e-12);
    cr_expect_eq(yk_peak_hour_find(nobody, 4, &peak), YK_PEAK_HOUR_EMPTY);
    cr_expect_eq(yk_peak_hour_find(never, 5, &peak), YK_PEAK_HOUR_TOO_SHORT);
    cr_expect_eq(yk_peak_hour_find(hole, 3, &peak), YK_PEAK_HOUR_TOO_SHORT);
    cr_expect_eq(yk_peak_hour_find(hole, 0, &peak), YK_PEAK_HOUR_TOO_SHORT);
    cr_expect_float_eq(peak.factor, 0, 0);
}
