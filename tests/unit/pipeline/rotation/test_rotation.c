/* Device visits: figures worked out by hand, bounds, and input that contradicts itself.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rotation/rotation.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

/* 2g = 900000/30000 ds = 3 s; R - 2g = 390 s. */
static const struct yk_rotation_sums SUMS = {.addresses = 10,
                                             .births = 8,
                                             .deaths = 7,
                                             .carried_in = 2,
                                             .carried_out = 3,
                                             .life_ds = 20000,
                                             .gap_ds = 30000,
                                             .gap_sq_ds2 = 900000};

static void near(double value, double expected, const char *what)
{
    cr_expect_lt(fabs(value - expected), 1e-6 * fmax(1, fabs(expected)), "%s: %.9g instead of %.9g", what, value,
                 expected);
}

static void whole(const struct yk_visits *v)
{
    cr_expect(isfinite(v->value) && isfinite(v->lower) && isfinite(v->upper) && isfinite(v->raw));
    cr_expect_leq(0, v->floor);
    cr_expect_leq(v->floor, v->lower);
    cr_expect_leq(v->lower, v->value);
    cr_expect_leq(v->value, v->upper);
    cr_expect_leq(v->upper, v->addresses);
}

Test(rotation, by_hand)
{
    struct yk_rotation_period period = {.period_s = 393};
    struct yk_visits v;
    near(yk_rotation_two_g_s(&SUMS), 3, "2g");
    cr_assert_eq(yk_visits_rotating(&SUMS, &period, &v), YK_VISITS_OK);
    /* 10 - (2000 - 1.5 x 5)/390; m = 2022.5/(393 N) = 1.0522, so the part is 1/2: variance N/4 */
    near(v.raw, 4.891025641, "N");
    near(v.variance, 1.222756410, "variance");
    near(v.lower, 4.891025641 - 1.959963985 * sqrt(1.222756410), "lower");

    period = (struct yk_rotation_period){.period_s = 393, .se_s = 40};
    cr_assert_eq(yk_visits_rotating(&SUMS, &period, &v), YK_VISITS_OK);
    /* 5.108974 rotations: exp(1.96 x 40/390) - 1 = 22.27 % more of them, 18.21 % fewer */
    near(v.shift_down[0], 1.137521342, "shift down");
    near(v.shift_up[0], 0.930372425, "shift up");
    near(v.lower, 4.891025641 - sqrt(3.841458821 * 1.222756410 + 1.137521342 * 1.137521342), "lower with R's error");
    near(v.upper, 4.891025641 + sqrt(3.841458821 * 1.222756410 + 0.930372425 * 0.930372425), "upper with R's error");

    /* (0.25 + 0.09 m + 2 x 0.16 m^2) N */
    period = (struct yk_rotation_period){.period_s = 393, .cv = 0.3, .cv_between = 0.4};
    cr_assert_eq(yk_visits_rotating(&SUMS, &period, &v), YK_VISITS_OK);
    near(v.variance, 3.418698651, "variance with varying periods");
    whole(&v);

    struct yk_rotation_flows flows;
    cr_assert_eq(yk_rotation_flows(&SUMS, &period, &flows), YK_VISITS_OK);
    near(flows.arrivals.value, 8 - (2000 - 1.5) / 390, "arrivals");
    near(flows.departures.value, 7 - (2000 + 1.5) / 390, "departures");
    near(flows.mean_stay_s, 852.729729730, "mean stay");
    near(yk_rotation_occupancy(&SUMS, 900), 2.247222222, "occupancy");
    near(yk_rotation_occupancy(&SUMS, 0), 0, "occupancy of nothing");
}

Test(rotation, nothing_heard)
{
    struct yk_rotation_sums none = {0};
    struct yk_rotation_period period = {.period_s = 393, .se_s = 40, .cv = 0.3, .cv_between = 0.4};
    struct yk_visits v;
    cr_assert_eq(yk_visits_rotating(&none, &period, &v), YK_VISITS_OK);
    cr_expect(v.value == 0 && v.lower == 0 && v.upper == 0);
    struct yk_rotation_flows flows;
    cr_assert_eq(yk_rotation_flows(&none, &period, &flows), YK_VISITS_OK);
    cr_expect(flows.arrivals.upper == 0 && flows.mean_stay_s == 0);
    cr_expect(yk_rotation_occupancy(&none, 900) == 0);
}

Test(rotation, one_address)
{
    /* One address for a whole quarter of an hour: raw is below 0 with R = 390 s, but one device is certain. */
    struct yk_rotation_sums one = {
        .addresses = 1, .carried_in = 1, .carried_out = 1, .life_ds = 9000, .gap_ds = 9000, .gap_sq_ds2 = 180000};
    struct yk_rotation_period period = {.period_s = 393, .cv = 0.3, .cv_between = 0.4};
    struct yk_visits v;
    cr_assert_eq(yk_visits_rotating(&one, &period, &v), YK_VISITS_OK);
    cr_expect_lt(v.raw, 0);
    cr_expect(v.value == 1 && v.lower == 1 && v.upper == 1);
    /* A single advert has no gap. */
    one = (struct yk_rotation_sums){.addresses = 1, .births = 1, .deaths = 1};
    cr_assert_eq(yk_visits_rotating(&one, &period, &v), YK_VISITS_OK);
    cr_expect(v.value == 1);
}

Test(rotation, bounds_hold_everywhere)
{
    static const int64_t counts[] = {0, 1, 2, 9, 1000, 100000000};
    static const int64_t times[] = {0, 1, 600, 36000, 1000000000000};
    static const double periods[] = {3.5, 60, 390, 900, 1e6};
    for (int a = 0; a < 6; a++)
        for (int t = 0; t < 5; t++)
            for (int p = 0; p < 5; p++)
                for (int e = 0; e < 3; e++) {
                    struct yk_rotation_sums s = {.addresses = counts[a],
                                                 .births = counts[a] / 2,
                                                 .deaths = counts[a],
                                                 .carried_in = counts[a] - counts[a] / 2,
                                                 .life_ds = times[t],
                                                 .gap_ds = 100,
                                                 .gap_sq_ds2 = 3000};
                    struct yk_rotation_period period = {
                        .period_s = periods[p], .se_s = e * 0.12 * periods[p], .cv = 0.3, .cv_between = 0.4, .slot = 7};
                    struct yk_visits v;
                    cr_assert_eq(yk_visits_rotating(&s, &period, &v), YK_VISITS_OK);
                    whole(&v);
                    struct yk_rotation_flows f;
                    cr_assert_eq(yk_rotation_flows(&s, &period, &f), YK_VISITS_OK);
                    cr_expect(isfinite(f.arrivals.upper) && f.arrivals.lower <= f.arrivals.value &&
                              f.arrivals.value <= f.arrivals.upper && f.arrivals.upper <= (double)s.births);
                    cr_expect(isfinite(f.mean_stay_s));
                }
}

Test(rotation, unusable)
{
    struct yk_rotation_period good = {.period_s = 393}, period;
    struct yk_visits v;
    struct yk_rotation_flows flows;
    struct yk_rotation_sums sums = SUMS;

    cr_expect_eq(yk_visits_rotating(&SUMS, NULL, &v), YK_VISITS_NO_PERIOD);
    cr_expect(v.floor == 1 && v.lower == 1 && v.upper == 10);
    const double bad[] = {0, -1, (double)NAN, (double)INFINITY};
    for (int i = 0; i < 4; i++) {
        period = (struct yk_rotation_period){.period_s = bad[i]};
        cr_expect_eq(yk_visits_rotating(&SUMS, &period, &v), YK_VISITS_NO_PERIOD);
        whole(&v);
        cr_expect_eq(yk_rotation_flows(&SUMS, &period, &flows), YK_VISITS_NO_PERIOD);
        cr_expect(flows.arrivals.upper == 0);
    }
    period = (struct yk_rotation_period){.period_s = 393, .slot = YK_PERIOD_SLOTS};
    cr_expect_eq(yk_visits_rotating(&SUMS, &period, &v), YK_VISITS_NO_PERIOD);
    period = (struct yk_rotation_period){.period_s = 3}; /* = 2g */
    cr_expect_eq(yk_visits_rotating(&SUMS, &period, &v), YK_VISITS_TOO_SLOW);
    whole(&v);
    sums.carried_in = 11;
    cr_expect_eq(yk_visits_rotating(&sums, &good, &v), YK_VISITS_BAD_SUMS);
    sums = SUMS;
    sums.life_ds = -1;
    cr_expect_eq(yk_visits_rotating(&sums, &good, &v), YK_VISITS_BAD_SUMS);
    for (int i = YK_VISITS_OK; i <= YK_VISITS_TOO_SLOW; i++)
        cr_expect_str_neq(yk_visits_state_text((enum yk_visits_state)i), "unknown");
}

Test(rotation, sums_of_cells)
{
    struct yk_rotation_period here = {.period_s = 393, .se_s = 40, .slot = 0}, there = here;
    there.slot = 1;
    struct yk_visits a, b, fixed, same = {0}, other = {0};
    cr_assert_eq(yk_visits_rotating(&SUMS, &here, &a), YK_VISITS_OK);
    cr_assert_eq(yk_visits_rotating(&SUMS, &there, &b), YK_VISITS_OK);
    yk_visits_exact(5, &fixed);
    cr_expect(fixed.value == 5 && fixed.lower == 5 && fixed.upper == 5);
    yk_visits_add(&same, &a);
    near(same.lower, a.lower, "one cell");
    yk_visits_add(&same, &a);
    yk_visits_add(&same, &fixed);
    yk_visits_add(&other, &a);
    yk_visits_add(&other, &b);
    yk_visits_add(&other, &fixed);
    near(same.value, 2 * 4.891025641 + 5, "sum");
    near(other.value, same.value, "sum");
    /* One period's error doubles; two independent ones grow by the square root of 2. */
    near(same.value - same.lower, sqrt(3.841458821 * 2 * 1.222756410 + 4 * 1.137521342 * 1.137521342), "shared");
    near(other.value - other.lower, sqrt(3.841458821 * 2 * 1.222756410 + 2 * 1.137521342 * 1.137521342), "independent");
    whole(&same);
    whole(&other);
}

/* Windows of made devices that are heard all the time: what N is really off by, beside the variance that is foretold. An upper
 * bound, but no wilder one than half as much again. */
static double uniform(void)
{
    return (rand() + 0.5) / ((double)RAND_MAX + 1);
}

static double even_stay(double mean_s)
{
    return mean_s * (uniform() + uniform() + uniform() + uniform()) / 2;
}

Test(rotation, variance_of_windows)
{
    static const struct {
        double from_s, to_s;     /* periods */
        double stay_s, window_s; /* mean stay */
        double cv;               /* by hand: (to - from)/(to + from)/sqrt(3) */
    } cases[] = {
        {900, 900, 2400, 900, 0},       {900, 900, 2400, 3600, 0},     {900, 900, 120, 900, 0},
        {300, 480, 2400, 900, 0.13323}, {300, 480, 2400, 3600, 0.133}, {420, 900, 2400, 900, 0.20994},
        {420, 900, 6000, 3600, 0.21},   {420, 900, 120, 3600, 0.21},
    };
    const int windows = 4000;
    srand(17);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double from = cases[i].from_s, to = cases[i].to_s, length = cases[i].window_s, mean = (from + to) / 2;
        double foretold = 0, square = 0;
        struct yk_rotation_period period = {.period_s = mean, .cv = cases[i].cv};
        for (int w = 0; w < windows; w++) {
            struct yk_rotation_sums s = {0};
            double devices = 0;
            /* About 30 a window; who may be there came up to twice the mean stay before. */
            double reach = 2 * cases[i].stay_s + length, present = cases[i].stay_s + length;
            for (int d = 0; d < (int)(30 * reach / present); d++) {
                double come = -2 * cases[i].stay_s + reach * uniform(), leave = come + even_stay(cases[i].stay_s);
                if (leave <= 0)
                    continue;
                devices++;
                double p;
                do
                    p = from + (to - from) * uniform();
                while (uniform() * to > p);
                double turn = come + p * uniform();
                for (double born = come; born < leave; born = turn, turn += from + (to - from) * uniform()) {
                    double end = turn < leave ? turn : leave;
                    if (end <= 0 || born >= length)
                        continue;
                    s.addresses++;
                    s.births += born >= 0;
                    s.carried_in += born < 0;
                    s.deaths += end < length;
                    s.carried_out += end >= length;
                    s.life_ds += (int64_t)floor(10 * (fmin(end, length) - fmax(born, 0)) + 0.5);
                }
            }
            struct yk_visits v;
            cr_assert_eq(yk_visits_in_window(&s, &period, length, &v), YK_VISITS_OK);
            foretold += v.variance / windows;
            square += (v.raw - devices) * (v.raw - devices) / windows;
        }
        cr_expect(foretold > 0.93 * square && foretold < 1.5 * square,
                  "periods %g-%g s, stays of %g s, windows of %g s: %g foretold, %g found", from, to, cases[i].stay_s,
                  length, foretold, square);
    }
}
