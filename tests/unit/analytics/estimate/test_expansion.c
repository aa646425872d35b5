/* Sampled minutes expanded to hours, against R and against streets that were counted whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/expansion.h"
#include "support/reference.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static struct yk_survey_count counts[100];
static struct yk_expansion e;

TestSuite(expansion, .init = (void (*)(void))gsl_set_error_handler_off);

Test(expansion, agrees_with_r)
{
    struct yk_reference_row row;
    size_t n = 0;
    FILE *file = yk_reference_open("expansion_counts.csv");
    while (yk_reference_next(file, &row))
        counts[n++] = (struct yk_survey_count){(int64_t)yk_reference_number(&row, 0),
                                               (int64_t)yk_reference_number(&row, 1), yk_reference_number(&row, 2)};
    fclose(file);
    cr_assert_eq(yk_expansion(counts, n, 0, 36000, 3600, &e), YK_EXPANSION_OK);
    file = yk_reference_open("expansion_fit.csv");
    cr_assert(yk_reference_next(file, &row));
    cr_expect_float_eq(e.total.value, yk_reference_number(&row, 0), 1e-9);
    cr_expect_float_eq(e.total.lower, yk_reference_number(&row, 1), 1e-6);
    cr_expect_float_eq(e.total.upper, yk_reference_number(&row, 2), 1e-6);
    cr_expect_float_eq(e.phi, yk_reference_number(&row, 3), 1e-12);
    cr_expect_float_eq(e.dof, yk_reference_number(&row, 4), 1e-12);
    fclose(file);
    cr_expect_eq(e.basis, YK_EXPANSION_SAMPLED);
    cr_expect_eq(e.factor, 6);
    cr_expect_eq(e.highest_factor, 6);
    cr_expect_eq(e.counted_s, 6000);
    cr_expect_eq(e.window_s, 36000);
}

Test(expansion, counted_whole_is_not_estimated)
{
    for (int i = 0; i < 4; i++)
        counts[i] = (struct yk_survey_count){i * 900, (i + 1) * 900, i};
    cr_assert_eq(yk_expansion(counts, 4, 0, 3600, 3600, &e), YK_EXPANSION_OK);
    cr_expect_eq(e.basis, YK_EXPANSION_NONE);
    cr_expect(e.total.value == 6 && e.total.lower == 6 && e.total.upper == 6 && e.factor == 1);
}

Test(expansion, hours_are_expanded_by_themselves)
{
    /* 15 of 60 minutes, then 30 of 60: 4 * 10 + 2 * 30 */
    const struct yk_survey_count uneven[] = {{0, 900, 10}, {3600, 4500, 14}, {4500, 5000, 6}, {6000, 6400, 10}};
    cr_assert_eq(yk_expansion(uneven, 4, 0, 7200, 3600, &e), YK_EXPANSION_OK);
    cr_expect_float_eq(e.total.value, 100, 1e-9);
    cr_expect_eq(e.highest_factor, 4);
    cr_expect_float_eq(e.factor, 7200.0 / 2700, 1e-12);
    cr_expect_geq(e.total.lower, 40, "those counted passed");
}

Test(expansion, what_cannot_be_expanded)
{
    for (int i = 0; i < 8; i++)
        counts[i] = (struct yk_survey_count){i * 3600, i * 3600 + 600, 10};
    cr_expect_eq(yk_expansion(counts, 8, 0, 9 * 3600, 3600, &e), YK_EXPANSION_HOLE);
    cr_expect_eq(yk_expansion(counts, 3, 0, 3 * 3600, 3600, &e), YK_EXPANSION_TOO_FEW);
    cr_expect_eq(yk_expansion(counts, 8, 600, 8 * 3600, 3600, &e), YK_EXPANSION_BAD_COUNTS, "outside the window");
    counts[2].end_s = 3 * 3600 + 1;
    cr_expect_eq(yk_expansion(counts, 8, 0, 8 * 3600, 3600, &e), YK_EXPANSION_BAD_COUNTS, "over the hour");
    counts[2] = (struct yk_survey_count){2 * 3600, 2 * 3600 + 600, -1};
    cr_expect_eq(yk_expansion(counts, 8, 0, 8 * 3600, 3600, &e), YK_EXPANSION_BAD_COUNTS);
    cr_expect_eq(e.total.value, 0);
    for (int i = 0; i < 8; i++)
        counts[i] = (struct yk_survey_count){i * 3600, i * 3600 + 600, 0};
    cr_assert_eq(yk_expansion(counts, 8, 0, 8 * 3600, 3600, &e), YK_EXPANSION_OK);
    cr_expect(e.total.value == 0 && e.total.lower == 0 && e.total.upper > 0, "nobody in ten minutes is not nobody");
}

/* Ten hours with a course, of which 10 of 60 minutes are counted; the rest is drawn too, so what passed is known. */
Test(expansion, holds_who_passed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int clumped = 0; clumped < 2; clumped++) {
        int in = 0, poisson = 0;
        double told = 0, passed = 0;
        const int runs = 3000;
        for (int run = 0; run < runs; run++) {
            double truth = 0;
            for (int hour = 0; hour < 10; hour++)
                for (int tenth = 0; tenth < 6; tenth++) {
                    double mean = 60 * (1 + 0.5 * sin((hour + tenth / 6.0) * M_PI / 10));
                    double count =
                        clumped ? gsl_ran_negative_binomial(rng, 0.25, mean / 3) : gsl_ran_poisson(rng, mean);
                    truth += count;
                    if (tenth == 3)
                        counts[hour] = (struct yk_survey_count){hour * 3600 + 1800, hour * 3600 + 2400, count};
                }
            cr_assert_eq(yk_expansion(counts, 10, 0, 36000, 3600, &e), YK_EXPANSION_OK);
            in += e.total.lower <= truth && truth <= e.total.upper;
            poisson += fabs(e.total.value - truth) <= 1.96 * sqrt(30 * e.counted);
            told += e.total.value;
            passed += truth;
        }
        cr_expect(in > 0.92 * runs && in < (clumped ? 0.985 : 0.998) * runs, "clumped %d: %g", clumped,
                  in / (double)runs);
        cr_expect_lt(fabs(told / passed - 1), 0.02);
        if (clumped)
            cr_expect_lt(poisson, 0.75 * runs, "independent people's interval holds %g", poisson / (double)runs);
    }
    gsl_rng_free(rng);
}
