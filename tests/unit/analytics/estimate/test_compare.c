/* Changes against R (tests/accuracy/r/compare.R), days and fiscal years by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/compare.h"

#include "base/calendar.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>

#define DAYS 420

static double sum[DAYS];
static uint8_t kind[DAYS];

static struct yk_compare_days reference(void)
{
    FILE *file = fopen(YK_REFERENCE_DIR "/compare.csv", "r");
    cr_assert_not_null(file);
    char line[128];
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (int i = 0; i < DAYS; i++) {
        unsigned k;
        cr_assert_not_null(fgets(line, sizeof line, file));
        sum[i] = (double)NAN;
        cr_assert(sscanf(line, "%lf,%u", &sum[i], &k) == 2 || sscanf(line, "NA,%u", &k) == 1, "%s", line);
        kind[i] = (uint8_t)k;
    }
    fclose(file);
    return (struct yk_compare_days){.first = 20000, .count = DAYS, .sum = sum, .kind = kind};
}

Test(compare, as_R_does)
{
    struct yk_compare_days days = reference();
    FILE *file = fopen(YK_REFERENCE_DIR "/compare_result.csv", "r");
    cr_assert_not_null(file);
    char line[512];
    int rows = 0;
    for (; fgets(line, sizeof line, file); rows++) {
        double r[10];
        cr_assert_eq(sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &r[0], &r[1], &r[2], &r[3], &r[4], &r[5],
                            &r[6], &r[7], &r[8], &r[9]),
                     10);
        struct yk_comparison c;
        cr_assert_eq(yk_compare(&days, 20000 + (int64_t)r[0], 20000 + (int64_t)r[1], (int)r[2], r[3] > 0, &c),
                     YK_COMPARE_OK);
        cr_expect_eq((double)c.pairs, r[4], "row %d", rows);
        cr_expect_eq((double)c.gaps, r[5], "row %d", rows);
        cr_expect_eq((double)c.unlike, r[6], "row %d", rows);
        cr_expect_float_eq(c.change.value, r[7], 1e-10, "row %d", rows);
        cr_expect_float_eq(c.change.lower, r[8], 1e-10, "row %d", rows);
        cr_expect_float_eq(c.change.upper, r[9], 1e-10, "row %d", rows);
    }
    fclose(file);
    cr_expect_eq(rows, 4);
}

/* Days that scatter about a change of +20 %: independent, and with a lag-1 correlation of 0.5. */
Test(compare, intervals_hold_the_change)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 20260802);
    static const struct {
        double ar;
        int days, back;
        double least;
    } scenes[] = {{0, 7, 7, 0.93}, {0, 364, 364, 0.93}, {0.5, 28, 364, 0.90}, {0.5, 364, 364, 0.92}};
    for (int s = 0; s < 4; s++) {
        int held = 0;
        const int runs = 1000;
        for (int run = 0; run < runs; run++) {
            static double day[800];
            double noise = gsl_ran_gaussian(rng, 0.1);
            int count = scenes[s].days + scenes[s].back;
            for (int i = 0; i < count; i++) {
                noise = scenes[s].ar * noise + gsl_ran_gaussian(rng, 0.1 * sqrt(1 - scenes[s].ar * scenes[s].ar));
                day[i] = 1000 * (i % 7 < 5 ? 1 : 1.5) * exp(noise) * (i < scenes[s].back ? 1 : 1.2);
            }
            struct yk_compare_days days = {.count = (size_t)count, .sum = day};
            struct yk_comparison c;
            cr_assert_eq(yk_compare(&days, scenes[s].back, count, scenes[s].back, false, &c), YK_COMPARE_OK);
            held += c.change.lower <= 0.2 && 0.2 <= c.change.upper;
        }
        printf("correlation %.1f, %d days against %d before: held %.1f%%\n", scenes[s].ar, scenes[s].days,
               scenes[s].back, 100.0 * held / runs);
        cr_expect(held >= scenes[s].least * runs && held <= 0.985 * runs, "scene %d: %d", s, held);
    }
    gsl_rng_free(rng);
}

Test(compare, what_cannot_be_said)
{
    double none[20] = {0};
    uint8_t other[20] = {0};
    struct yk_compare_days days = {.count = 20, .sum = none, .kind = other};
    struct yk_comparison c;
    cr_expect_eq(yk_compare(&days, 7, 14, 7, false, &c), YK_COMPARE_NO_PEOPLE);
    cr_expect_eq(yk_compare(&days, 3, 10, 7, false, &c), YK_COMPARE_TOO_FEW);
    cr_expect_eq(c.gaps, 4);
    for (int i = 7; i < 10; i++)
        other[i] = 1;
    cr_expect_eq(yk_compare(&days, 7, 14, 7, true, &c), YK_COMPARE_TOO_FEW);
    cr_expect_eq(c.unlike, 3);
    cr_expect_eq(yk_compare(&days, INT64_MIN / 2, INT64_MIN / 2 + 7, 364, false, &c), YK_COMPARE_TOO_FEW);
}

/* Berlin, from 2026-03-28 05:00 on: the 29th has 23 hours, the 28th is not whole. */
Test(compare, local_days)
{
    cr_assert_eq(yk_calendar_open("Europe/Berlin", NULL), YK_OK);
    double hour[19 + 23 + 24 + 24 + 3];
    for (size_t i = 0; i < sizeof hour / sizeof hour[0]; i++)
        hour[i] = 1;
    hour[19 + 23 + 24 + 5] = (double)NAN;
    struct yk_series s = {.start_s = 1774670400, .step_s = 3600, .count = sizeof hour / sizeof hour[0], .value = hour};
    double out[8];
    int64_t first;
    cr_expect_eq(yk_compare_sum_days(&s, out, 8, &first), 5);
    cr_expect_eq(first, 20540, "2026-03-28");
    cr_expect(isnan(out[0]) && isnan(out[3]) && isnan(out[4]));
    cr_expect_eq(out[1], 23);
    cr_expect_eq(out[2], 24);
    cr_expect_eq(yk_compare_sum_days(&s, out, 2, &first), 2, "no more than there is room for");
}

Test(compare, fiscal_years)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    cr_expect_eq(yk_fiscal_year(2027, 3, 4), 2026);
    cr_expect_eq(yk_fiscal_year(2027, 4, 4), 2027);
    cr_expect_eq(yk_fiscal_year(2027, 1, 1), 2027);
    int64_t from, to;
    yk_fiscal_year_bounds(2027, 4, &from, &to);
    cr_expect_eq(from, 1806505200, "2027-04-01T00:00+09:00");
    cr_expect_eq(to - from, 366 * 86400, "with 29 February 2028");
}
