/* Made records whose law is known; what cannot be fitted; determinism. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/baseline.h"
#include "base/calendar.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S   3600
#define START_S  INT64_C(1704034800) /* 2024-01-01 00:00 in Tokyo, a Monday */
#define DAYS     420
#define LATER    60
#define HOLIDAY  1 /* every 23rd day */
#define FESTIVAL 4 /* every 29th, a Saturday stays one */

/* The truth: by hour of the day and weekday, a wave over the year, holidays like Sundays, rain by day. */
static double truth(size_t hour, const uint8_t *kind, const double *rain)
{
    size_t day = hour / 24;
    unsigned weekday = (unsigned)(day % 7), h = (unsigned)(hour % 24); /* 0: Monday */
    if (kind[day] == HOLIDAY)
        weekday = 6;
    double log_mean = 4 + 1.5 * sin((h - 7.0) * M_PI / 12) + (weekday >= 5 ? 0.3 * sin(h * M_PI / 24) : 0);
    log_mean += 0.2 * sin(2 * M_PI * ((double)(START_S / 86400) + (double)day) / 365.2425);
    if (kind[day] == FESTIVAL && h >= 10 && h < 18)
        log_mean += 0.8;
    return exp(log_mean + 0.25 * rain[day]);
}

struct made {
    double value[DAYS * 24], rain[DAYS + LATER];
    uint8_t kind[DAYS + LATER];
    struct yk_series series;
    struct yk_baseline_days days;
};

static void make(struct made *m, double theta, unsigned long seed)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    gsl_set_error_handler_off();
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (size_t d = 0; d < DAYS + LATER; d++) {
        m->kind[d] = d % 23 == 11 ? HOLIDAY : d % 29 == 5 ? FESTIVAL : YK_DAY_ORDINARY;
        m->rain[d] = gsl_ran_ugaussian(rng) - 0.3;
    }
    for (size_t i = 0; i < DAYS * 24; i++)
        m->value[i] = gsl_ran_poisson(rng, truth(i, m->kind, m->rain) * gsl_ran_gamma(rng, theta, 1 / theta));
    for (size_t i = 2000; i < 2150; i++)
        m->value[i] = NAN; /* a sensor was down */
    gsl_rng_free(rng);
    m->series = (struct yk_series){START_S, HOUR_S, DAYS * 24, m->value};
    m->days = (struct yk_baseline_days){yk_baseline_day(START_S), DAYS + LATER, m->kind, m->rain, 1};
}

Test(baseline, the_truth_comes_back)
{
    static struct made m;
    make(&m, 20, 1);
    struct yk_baseline *b;
    cr_assert_eq(yk_baseline_fit(&m.series, &m.days, NULL, &b), YK_BASELINE_OK);
    struct yk_baseline_facts facts;
    yk_baseline_facts(b, &facts);
    cr_expect_float_eq(facts.theta, 20, 2.5, "theta %g", facts.theta);
    cr_expect_eq(facts.hours, DAYS * 24 - 150);
    cr_expect_eq(facts.breaks, 0);
    enum { HOURS = LATER * 24 };
    static struct yk_interval hourly[HOURS];
    struct yk_baseline_window window = {START_S + (int64_t)DAYS * 24 * HOUR_S, HOURS, INT64_MAX};
    struct yk_baseline_draw draw = {400, 7};
    cr_assert_eq(yk_baseline_expect(b, &m.days, &window, &draw, hourly), YK_BASELINE_OK);
    double off = 0, bias = 0, all = 0, festival = 0, holiday = 0, festival_all = 0, holiday_all = 0;
    int covered = 0;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (size_t i = 0; i < HOURS; i++) {
        double mu = truth(DAYS * 24 + i, m.kind, m.rain);
        double y = gsl_ran_poisson(rng, mu * gsl_ran_gamma(rng, 20, 1.0 / 20));
        covered += hourly[i].lower <= y && y <= hourly[i].upper;
        off += fabs(hourly[i].value - mu);
        bias += hourly[i].value - mu;
        all += mu;
        unsigned kind = m.kind[DAYS + i / 24], h = i % 24;
        if (kind == FESTIVAL && h >= 10 && h < 18) {
            festival += hourly[i].value;
            festival_all += mu;
        }
        if (kind == HOLIDAY) {
            holiday += hourly[i].value;
            holiday_all += mu;
        }
    }
    gsl_rng_free(rng);
    cr_expect_lt(off / all, 0.08, "hours are off by %.1f %%", 100 * off / all);
    cr_expect_lt(fabs(bias / all), 0.05, "bias %.1f %%", 100 * bias / all);
    cr_expect_float_eq(festival / festival_all, 1, 0.15, "festival %g", festival / festival_all);
    cr_expect_float_eq(holiday / holiday_all, 1, 0.1, "holiday %g", holiday / holiday_all);
    cr_expect(covered > 0.92 * HOURS, "%d of %d", covered, HOURS);
    yk_baseline_free(b);
}

Test(baseline, the_same_seed_gives_the_same_paths_and_totals_add_up)
{
    static struct made m;
    make(&m, 20, 2);
    struct yk_baseline *b;
    cr_assert_eq(yk_baseline_fit(&m.series, &m.days, NULL, &b), YK_BASELINE_OK);
    enum { HOURS = 30 * 24 };
    static double path[2][HOURS];
    struct yk_baseline_window window = {START_S + (int64_t)DAYS * 24 * HOUR_S, HOURS, INT64_MAX};
    for (int i = 0; i < 2; i++) {
        gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
        gsl_rng_set(rng, 3);
        cr_assert_eq(yk_baseline_path(b, &m.days, &window, rng, path[i]), YK_BASELINE_OK);
        gsl_rng_free(rng);
    }
    cr_expect_arr_eq(path[0], path[1], sizeof path[0]);

    /* A window that was observed whole is a sum, without an error; half observed: the half, and a part with an error. */
    struct yk_baseline_draw draw = {300, 5};
    struct yk_baseline_total total, half, ahead;
    int64_t end = START_S + (int64_t)DAYS * 24 * HOUR_S, from = end - (int64_t)14 * 24 * HOUR_S;
    double sum = 0;
    for (size_t i = (DAYS - 14) * 24; i < DAYS * 24; i++)
        sum += m.value[i];
    cr_assert_eq(yk_baseline_total(b, &m.days, &m.series, from, end, sum, &draw, &total), YK_BASELINE_OK);
    cr_expect_float_eq(total.total.value, sum, 1e-6);
    cr_expect_float_eq(total.total.lower, sum, 1e-6);
    cr_expect_float_eq(total.total.upper, sum, 1e-6);
    cr_expect_float_eq(total.reaches, 1, 0);
    int64_t later = end + (int64_t)14 * 24 * HOUR_S;
    cr_assert_eq(yk_baseline_total(b, &m.days, &m.series, from, later, NAN, &draw, &half), YK_BASELINE_OK);
    cr_expect_float_eq(half.observed, sum, 1e-6);
    cr_expect_eq(half.hours_observed, 14 * 24);
    cr_expect(isnan(half.reaches));
    cr_expect(half.total.lower < half.total.value && half.total.value < half.total.upper);
    cr_assert_eq(yk_baseline_total(b, &m.days, NULL, end, later, half.total.value - sum, &draw, &ahead),
                 YK_BASELINE_OK);
    cr_expect(ahead.reaches > 0.3 && ahead.reaches < 0.7, "%g", ahead.reaches);
    yk_baseline_free(b);
}

/* From a Monday on there are half as many again. A window from then on that is levelled on what was before it knows nothing of
 * that; levelled on all of the record, it does. */
Test(baseline, a_placebo_does_not_see_its_window)
{
    static struct made m;
    make(&m, 20, 3);
    size_t first = 300 * 24 - 300 * 24 % 168;
    for (size_t i = first; i < DAYS * 24; i++)
        m.value[i] = rint(1.5 * m.value[i]);
    struct yk_baseline *b;
    cr_assert_eq(yk_baseline_fit(&m.series, &m.days, NULL, &b), YK_BASELINE_OK);
    static struct yk_interval seen[336], unseen[336];
    struct yk_baseline_window window = {START_S + (int64_t)first * HOUR_S, 336, INT64_MAX};
    struct yk_baseline_draw draw = {300, 5};
    cr_assert_eq(yk_baseline_expect(b, &m.days, &window, &draw, seen), YK_BASELINE_OK);
    window.known_to_s = window.from_s;
    cr_assert_eq(yk_baseline_expect(b, &m.days, &window, &draw, unseen), YK_BASELINE_OK);
    double with = 0, without = 0;
    for (size_t i = 0; i < 336; i++) {
        with += seen[i].value;
        without += unseen[i].value;
    }
    cr_expect_gt(with / without, 1.15, "%g", with / without);
    yk_baseline_free(b);
}

Test(baseline, what_cannot_be_fitted_is_said)
{
    static struct made m;
    make(&m, 20, 4);
    struct yk_baseline *b;
    struct yk_series s = m.series;
    s.step_s = 900;
    cr_expect_eq(yk_baseline_fit(&s, &m.days, NULL, &b), YK_BASELINE_NOT_HOURS);
    cr_expect_null(b);
    s = m.series;
    s.count = 1500;
    cr_expect_eq(yk_baseline_fit(&s, NULL, NULL, &b), YK_BASELINE_TOO_SHORT);
    s.count = 12 * 168; /* three months: no season can be told */
    cr_assert_eq(yk_baseline_fit(&s, NULL, NULL, &b), YK_BASELINE_OK);
    static struct yk_interval hourly[24];
    struct yk_baseline_window window = {START_S - 1000 * (int64_t)HOUR_S, 24, INT64_MAX};
    cr_expect_eq(yk_baseline_expect(b, NULL, &window, NULL, hourly), YK_BASELINE_NO_WINDOW);
    window = (struct yk_baseline_window){START_S, 0, INT64_MAX};
    cr_expect_eq(yk_baseline_expect(b, NULL, &window, NULL, hourly), YK_BASELINE_NO_WINDOW);
    window = (struct yk_baseline_window){START_S, 24, START_S};
    cr_expect_eq(yk_baseline_expect(b, NULL, &window, NULL, hourly), YK_BASELINE_NO_WINDOW, "nothing is known yet");
    yk_baseline_free(b);
    m.value[7] = -1;
    cr_expect_eq(yk_baseline_fit(&m.series, NULL, NULL, &b), YK_BASELINE_BAD_COUNT);
    memset(m.value, 0, sizeof m.value);
    cr_expect_eq(yk_baseline_fit(&m.series, NULL, NULL, &b), YK_BASELINE_NO_PEOPLE);
    for (int i = 0; i <= YK_BASELINE_MEMORY; i++)
        cr_expect_str_neq(yk_baseline_state_text((enum yk_baseline_state)i), "unknown");
}
/* Hours at which nobody ever comes are expected to be empty, and nothing is NAN. */
Test(baseline, a_shopping_street_at_night)
{
    static struct made m;
    make(&m, 20, 5);
    for (size_t i = 0; i < DAYS * 24; i++)
        if (i % 24 < 5)
            m.value[i] = isnan(m.value[i]) ? NAN : 0;
    struct yk_baseline *b;
    cr_assert_eq(yk_baseline_fit(&m.series, &m.days, NULL, &b), YK_BASELINE_OK);
    static struct yk_interval hourly[168];
    struct yk_baseline_window window = {START_S + (int64_t)DAYS * 24 * HOUR_S, 168, INT64_MAX};
    cr_assert_eq(yk_baseline_expect(b, &m.days, &window, NULL, hourly), YK_BASELINE_OK);
    for (size_t i = 0; i < 168; i++) {
        cr_expect(isfinite(hourly[i].lower) && isfinite(hourly[i].value) && isfinite(hourly[i].upper));
        if (i % 24 < 5)
            cr_expect_lt(hourly[i].upper, 1.5, "%g", hourly[i].upper);
    }
    yk_baseline_free(b);
}
