/* Named practices against R's survival (tests/accuracy/r/stay_presets.R) and over made days. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "estimate/stay_presets.h"
#include "support/reference.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#define STAYS 400
#define EXACT 1e-9

static size_t stays_of(const char *set, struct yk_km_stay *stays)
{
    size_t count = 0;
    struct yk_reference_row row;
    FILE *f = yk_reference_open("stay_presets_stays.csv");
    while (yk_reference_next(f, &row))
        if (strcmp(row.field[0], set) == 0)
            stays[count++] = (struct yk_km_stay){0, yk_reference_number(&row, 1), yk_reference_number(&row, 2) > 0};
    fclose(f);
    return count;
}

static void expect(const struct yk_interval *ours, const double theirs[3], const char *what)
{
    const double all[] = {ours->value, ours->lower, ours->upper};
    for (int i = 0; i < 3; i++)
        cr_expect_float_eq(all[i], theirs[i], EXACT * fmax(1, theirs[i]), "%s: %.12g, R has %.12g", what, all[i],
                           theirs[i]);
}

Test(stay_presets, of_survfit)
{
    FILE *f = yk_reference_open("stay_presets_answers.csv");
    struct yk_reference_row row;
    int compared = 0;
    while (yk_reference_next(f, &row)) {
        static struct yk_km_stay stays[STAYS];
        struct yk_stay_told told;
        const struct yk_stay_preset *preset = yk_stay_preset_find(row.field[1]);
        size_t count = stays_of(row.field[0], stays);
        double number[8]; /* stays, those that reach, share and median with their bounds */
        for (size_t i = 0; i < 8; i++)
            number[i] = yk_reference_number(&row, i + 2);
        cr_assert(preset && (double)count == number[0]);
        cr_assert_eq(yk_stay_preset_read(stays, count, preset, YK_PRESET_SHARE, &told), YK_TOLD_OK);
        expect(&told.figure, &number[2], row.field[0]);
        cr_expect_eq(told.arrivals.value, number[0]);
        cr_assert_eq(yk_stay_preset_read(stays, count, preset, YK_PRESET_MEDIAN, &told), YK_TOLD_OK);
        expect(&told.figure, &number[5], row.field[0]);
        cr_expect_eq(told.arrivals.value, number[1]);
        compared++;
    }
    fclose(f);
    cr_assert_eq(compared, 9);
}

static enum yk_told_state ask(const double *lengths, size_t count, int ended, const char *preset,
                              enum yk_preset_figure figure, struct yk_stay_told *told)
{
    static struct yk_km_stay stays[STAYS];
    for (size_t i = 0; i < count; i++)
        stays[i] = (struct yk_km_stay){0, lengths[i], ended != 0};
    return yk_stay_preset_read(stays, count, yk_stay_preset_find(preset), figure, told);
}

Test(stay_presets, nobody_everybody_and_nothing_known)
{
    double length[60];
    struct yk_stay_told told;
    for (int i = 0; i < 60; i++)
        length[i] = 10.0 * (i + 1);
    cr_assert_eq(ask(length, 60, 1, "visitor", YK_PRESET_SHARE, &told), YK_TOLD_OK);
    cr_expect_eq(told.figure.value, 0);
    cr_expect_float_eq(told.figure.upper, 1 - pow(0.025, 1 / 60.0), 1e-12, "none of 60: binom.test(0, 60)");
    cr_expect_eq(ask(length, 60, 1, "visitor", YK_PRESET_MEDIAN, &told), YK_TOLD_TOO_FEW);
    cr_expect(isnan(told.figure.value) && told.arrivals.value == 0);
    cr_expect_eq(ask(length, 60, 0, "visitor", YK_PRESET_SHARE, &told), YK_TOLD_BEYOND,
                 "all cut off before 15 minutes");
    cr_expect(isnan(told.figure.value));
    for (int i = 0; i < 60; i++)
        length[i] = 1000 + i;
    cr_assert_eq(ask(length, 60, 1, "dwell", YK_PRESET_SHARE, &told), YK_TOLD_OK);
    cr_expect(told.figure.value == 1 && told.figure.upper == 1);
    cr_expect_float_eq(told.figure.lower, pow(0.025, 1 / 60.0), 1e-12);
    cr_expect_eq(ask(length, 60, 0, "dwell", YK_PRESET_SHARE, &told), YK_TOLD_BEYOND,
                 "for 12 hours nobody was watched");
    cr_expect_eq(ask(length, 60, 0, "visitor", YK_PRESET_MEDIAN, &told), YK_TOLD_BEYOND);
    cr_expect_eq(ask(length, 29, 1, "visitor", YK_PRESET_SHARE, &told), YK_TOLD_TOO_FEW);
    length[0] = 20;
    for (int i = 1; i < 60; i++)
        length[i] = 30;
    length[59] = 1e4;
    cr_expect_eq(ask(length, 60, 1, "visitor", YK_PRESET_MEDIAN, &told), YK_TOLD_TOO_FEW, "one is no median");
    length[58] = 2e4;
    cr_expect_eq(ask(length, 60, 1, "visitor", YK_PRESET_MEDIAN, &told), YK_TOLD_WIDE, "nor are two");
    cr_expect_null(yk_stay_preset_find("weekly"));
    cr_expect_null(yk_stay_preset_find(""));
}

/* Log-normal stays of an hour, one in eight cut off at an even length: of 1,000 made days the intervals hold the truth. */
Test(stay_presets, intervals_hold_the_truth)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 7);
    const double mu = log(3600), sigma = 1;
    /* pnorm, qnorm of the log-normal: of R. */
    const double share = 0.917171480998301,
                 median = 3994.5509039514; /* plnorm(900, mu, 1, FALSE), qlnorm(1 - share/2, mu, 1) */
    int share_in = 0, median_in = 0, days = 1000;
    double share_sum = 0, median_sum = 0;
    static struct yk_km_stay stays[STAYS];
    struct yk_stay_told told;
    for (int day = 0; day < days; day++) {
        for (int i = 0; i < STAYS; i++) {
            double length = gsl_ran_lognormal(rng, mu, sigma), cut = gsl_ran_flat(rng, 0, 8 * 3600);
            bool outage = gsl_rng_uniform(rng) < 0.5;
            stays[i] = (struct yk_km_stay){0, outage ? fmin(length, cut) : length, !outage || length <= cut};
        }
        cr_assert_eq(yk_stay_preset_read(stays, STAYS, yk_stay_preset_find("visitor"), YK_PRESET_SHARE, &told),
                     YK_TOLD_OK);
        share_in += told.figure.lower <= share && share <= told.figure.upper;
        share_sum += told.figure.value;
        cr_assert_eq(yk_stay_preset_read(stays, STAYS, yk_stay_preset_find("visitor"), YK_PRESET_MEDIAN, &told),
                     YK_TOLD_OK);
        median_in += told.figure.lower <= median && median <= told.figure.upper;
        median_sum += told.figure.value;
    }
    cr_expect(share_in >= 920 && share_in <= 980, "%d", share_in);
    cr_expect(median_in >= 920 && median_in <= 980, "%d", median_in);
    cr_expect_float_eq(share_sum / days, share, 0.003);
    cr_expect_float_eq(median_sum / days / median, 1, 0.01);
    gsl_rng_free(rng);
}
