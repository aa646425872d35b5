/* Uplift by hand and against R (tests/accuracy/r/uplift.R). SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/uplift.h"

#include "base/calendar.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define WEEK  168
#define WEEKS 60
#define HOURS ((size_t)WEEKS * WEEK)

static double observed[HOURS], expected[HOURS], other[HOURS], third[HOURS];

static void open_zone(const char *zone)
{
    gsl_set_error_handler_off();
    cr_assert_eq(yk_calendar_open(zone, NULL), YK_OK);
}

/* Weeks of the reference: one factor for the window's hours of each week, hours 58 to 65; all else as expected. */
static size_t read_reference(double site[WEEKS], double a[WEEKS], double b[WEEKS])
{
    FILE *file = fopen(YK_REFERENCE_DIR "/uplift.csv", "r");
    cr_assert_not_null(file);
    char line[256];
    size_t n = 0;
    cr_assert_not_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) && n < WEEKS) {
        cr_assert_eq(sscanf(line, "%lf,%lf,%lf", &site[n], &a[n], &b[n]), 3);
        n++;
    }
    fclose(file);
    return n;
}

static struct yk_uplift_study weeks(void)
{
    double site[WEEKS], a[WEEKS], b[WEEKS];
    cr_assert_eq(read_reference(site, a, b), WEEKS);
    for (size_t i = 0; i < HOURS; i++) {
        size_t week = i / WEEK, hour = i % WEEK;
        bool in = hour >= 58 && hour < 66;
        expected[i] = 1e6; /* so that half a person is nothing */
        observed[i] = 3e6 * (in ? exp(site[week]) : 1);
        other[i] = 2e6 * (in ? exp(a[week]) : 1);
        third[i] = 1e6 * (in ? exp(b[week]) : 1);
    }
    return (struct yk_uplift_study){.start_s = 1767225600, /* 2026-01-01 UTC */
                                    .hours = HOURS,
                                    .site = {observed, expected},
                                    .level_weeks = 1};
}

static void expect_near(const char *what, double value, double reference)
{
    cr_expect_float_eq(value, reference, 1e-5, "%s: %.9g, R %.9g", what, value, reference);
}

/* The window lies in the level of the next week, as 8 of 168 hours; R does the same. */
Test(uplift, as_R_does)
{
    open_zone("UTC");
    struct yk_uplift_study study = weeks();
    struct yk_uplift_site compare[] = {{other, expected}, {third, expected}};
    FILE *file = fopen(YK_REFERENCE_DIR "/uplift_result.csv", "r");
    cr_assert_not_null(file);
    char line[512];
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (unsigned sites = 0; sites <= 2; sites += 2) {
        double r[10];
        struct yk_uplift u;
        cr_assert_not_null(fgets(line, sizeof line, file));
        cr_assert_eq(sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &r[0], &r[1], &r[2], &r[3], &r[4], &r[5],
                            &r[6], &r[7], &r[8], &r[9]),
                     10);
        study.compare = compare;
        study.compare_count = sites;
        cr_assert_eq(yk_uplift_estimate(&study, 40 * WEEK + 58, 8, &u), YK_UPLIFT_OK);
        cr_expect_eq((double)u.placebos, r[0]);
        expect_near("value", u.uplift.value, r[1]);
        expect_near("lower", u.uplift.lower, r[2]);
        expect_near("upper", u.uplift.upper, r[3]);
        expect_near("p", u.p, r[4]);
        expect_near("up", u.detectable_up, r[5]);
        expect_near("down", u.detectable_down, r[6]);
        expect_near("sd", u.placebo_sd, r[7]);
        expect_near("slope 1", u.slope[0], r[8]);
        expect_near("slope 2", u.slope[1], r[9]);
    }
    fclose(file);
}

/* London's clock turns within the record: placebos follow the wall's hour, of which alone there are people. */
Test(uplift, the_same_local_hours)
{
    open_zone("Europe/London");
    for (size_t i = 0; i < HOURS; i++) {
        struct yk_civil c = yk_calendar_civil(1767225600 + (int64_t)i * 3600);
        observed[i] = expected[i] = 100;
        if (c.hour == 10)
            observed[i] = 100 * (1 + 0.001 * (double)(i % 7));
        if (c.hour == 9 || c.hour == 11)
            observed[i] = 1e5; /* a placebo that is an hour off shows */
    }
    struct yk_uplift_study study = {.start_s = 1767225600, .hours = HOURS, .site = {observed, expected}};
    struct yk_uplift u;
    size_t from = 20 * WEEK + 10;
    if (yk_calendar_civil(1767225600 + (int64_t)from * 3600).hour != 10)
        from--;
    cr_assert_eq(yk_uplift_estimate(&study, from, 1, &u), YK_UPLIFT_OK);
    cr_expect_lt(u.placebo_sd, 0.01);
    cr_expect_gt(u.placebos, 50);
}

Test(uplift, what_cannot_be_said)
{
    open_zone("UTC");
    struct yk_uplift_study study = weeks();
    struct yk_uplift u;
    cr_expect_eq(yk_uplift_estimate(&study, 0, 0, &u), YK_UPLIFT_NO_WINDOW);
    cr_expect_eq(yk_uplift_estimate(&study, 0, WEEK + 1, &u), YK_UPLIFT_NO_WINDOW);
    cr_expect_eq(yk_uplift_estimate(&study, HOURS - 4, 8, &u), YK_UPLIFT_NO_WINDOW);
    cr_expect_eq(yk_uplift_estimate(&study, SIZE_MAX, 8, &u), YK_UPLIFT_NO_WINDOW);
    cr_expect_eq(yk_uplift_estimate(&study, 58, 8, &u), YK_UPLIFT_OUTAGE, "no week before it");
    study.past_only = true;
    cr_expect_eq(yk_uplift_estimate(&study, 39 * WEEK + 58, 8, &u), YK_UPLIFT_TOO_FEW, "38 of them");
    cr_expect_eq(yk_uplift_estimate(&study, 40 * WEEK + 58, 8, &u), YK_UPLIFT_OK, "39 of them");
    study.past_only = false;
    struct yk_uplift_site same[] = {{expected, expected}};
    study.compare = same, study.compare_count = 1;
    cr_expect_eq(yk_uplift_estimate(&study, 40 * WEEK + 58, 8, &u), YK_UPLIFT_NO_FIT, "a place that never changes");
    study.compare_count = 0;
    for (size_t i = 0; i < 3; i++)
        observed[40 * WEEK + 58 + i] = (double)NAN;
    cr_expect_eq(yk_uplift_estimate(&study, 40 * WEEK + 58, 8, &u), YK_UPLIFT_OUTAGE, "3 of 8 hours are gaps");
    static bool skip[HOURS];
    memset(skip, 1, sizeof skip);
    study.skip = skip;
    cr_expect_neq(yk_uplift_estimate(&study, 30 * WEEK + 58, 8, &u), YK_UPLIFT_OK, "no ordinary hour");
    for (int i = 0; i <= YK_UPLIFT_NO_FIT; i++)
        cr_expect_str_neq(yk_uplift_state_text((enum yk_uplift_state)i), "unknown");
}
