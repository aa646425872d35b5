/* Curves whose answers are known by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/isotonic.h"
#include "estimate/stay_curve.h"

#include <criterion/criterion.h>

#include <math.h>

/* Even from 100 to 300 s. */
static const struct yk_stay_curve WHOLE = {3, {0, 100, 300}, {1, 1, 0}, 0};
/* Known to 200 s, where four in ten are still there, who stay for 50 s more on average. */
static const struct yk_stay_curve CUT = {3, {0, 100, 200}, {1, 0.8, 0.4}, 20};

Test(stay_curve, whole)
{
    double x;
    cr_expect_eq(yk_stay_curve_quantile(&WHOLE, 0.5, &x), YK_STAY_OBSERVED);
    cr_expect_float_eq(x, 200, 1e-9);
    cr_expect_eq(yk_stay_curve_quantile(&WHOLE, 0.9, &x), YK_STAY_OBSERVED);
    cr_expect_float_eq(x, 280, 1e-9);
    cr_expect_eq(yk_stay_curve_longer(&WHOLE, 150, &x), YK_STAY_OBSERVED);
    cr_expect_float_eq(x, 0.75, 1e-12);
    cr_expect_eq(yk_stay_curve_longer(&WHOLE, 1e9, &x), YK_STAY_OBSERVED);
    cr_expect_eq(x, 0);
    cr_expect_eq(yk_stay_curve_between(&WHOLE, 0, 1e9, &x), YK_STAY_OBSERVED);
    cr_expect_float_eq(x, 200, 1e-9, "the mean");
    cr_expect_eq(yk_stay_curve_between(&WHOLE, 100, 200, &x), YK_STAY_OBSERVED);
    cr_expect_float_eq(x, 75, 1e-9);
}

Test(stay_curve, beyond_the_horizon)
{
    double x;
    cr_expect_eq(yk_stay_curve_quantile(&CUT, 0.5, &x), YK_STAY_OBSERVED);
    cr_expect_float_eq(x, 175, 1e-9);
    cr_expect_eq(yk_stay_curve_quantile(&CUT, 0.61, &x), YK_STAY_NOT_OBSERVABLE);
    cr_expect_eq(yk_stay_curve_longer(&CUT, 201, &x), YK_STAY_NOT_OBSERVABLE);
    cr_expect_eq(yk_stay_curve_between(&CUT, 0, 201, &x), YK_STAY_NOT_OBSERVABLE);
    cr_expect_eq(yk_stay_curve_between(&CUT, 0, (double)INFINITY, &x), YK_STAY_OBSERVED);
    cr_expect_float_eq(x, 90 + 60 + 20, 1e-9);
}

/* R: -isoreg(-c(1, 0.7, 0.8, 0.3, 0.6, 0.5))$yf; weighted by hand: (0.7 + 3 * 0.8) / 4. */
Test(isotonic, neighbours_are_pooled)
{
    double x[] = {1, 0.7, 0.8, 0.3, 0.6, 0.5}, even[] = {1, 1, 1, 1, 1, 1};
    yk_isotonic_falling(x, even, 6, 0, 1);
    const double fitted[] = {1, 0.75, 0.75, 1.4 / 3, 1.4 / 3, 1.4 / 3};
    for (int i = 0; i < 6; i++)
        cr_expect_float_eq(x[i], fitted[i], 1e-12, "%d: %g", i, x[i]);
    double y[] = {1.2, 0.7, 0.8, -0.1}, weight[] = {1, 1, 3, 1};
    yk_isotonic_falling(y, weight, 4, 0, 1);
    const double bounded[] = {1, 0.775, 0.775, 0};
    for (int i = 0; i < 4; i++)
        cr_expect_float_eq(y[i], bounded[i], 1e-12, "%d: %g", i, y[i]);
}
