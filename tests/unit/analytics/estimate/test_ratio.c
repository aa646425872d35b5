/* Camera lines corrected by hand counts, against R. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/ratio.h"
#include "support/reference.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static struct yk_session_counts sessions[100];
static struct yk_ratio fit;

TestSuite(ratio, .init = (void (*)(void))gsl_set_error_handler_off);

Test(ratio, agrees_with_r)
{
    struct yk_reference_row row;
    size_t n = 0;
    FILE *file = yk_reference_open("ratio_sessions.csv");
    while (yk_reference_next(file, &row))
        sessions[n++] = (struct yk_session_counts){yk_reference_number(&row, 0), yk_reference_number(&row, 1)};
    fclose(file);
    cr_assert_eq(yk_ratio_fit(sessions, n, &fit), YK_RATIO_OK);
    file = yk_reference_open("ratio_fit.csv");
    cr_assert(yk_reference_next(file, &row));
    cr_expect_float_eq(fit.ratio, yk_reference_number(&row, 0), 1e-12);
    cr_expect_float_eq(fit.se, yk_reference_number(&row, 1), 1e-12, "%.15g", fit.se);
    cr_expect_float_eq(yk_ratio_interval(&fit).lower, yk_reference_number(&row, 2), 1e-9);
    cr_expect_float_eq(yk_ratio_interval(&fit).upper, yk_reference_number(&row, 3), 1e-9);
    cr_expect_float_eq(fit.scatter, yk_reference_number(&row, 4), 1e-9, "%.15g", fit.scatter);
    fclose(file);
}

/* 10/8, 20/18, 30/24: 60/50 = 1.2; errors 0.4, -1.6, 1.2 have squares 4.16; SE^2 = 4.16/2 * 3/50^2. */
Test(ratio, by_hand)
{
    const struct yk_session_counts three[] = {{10, 8}, {20, 18}, {30, 24}};
    cr_assert_eq(yk_ratio_fit(three, 3, &fit), YK_RATIO_OK);
    cr_expect_float_eq(fit.ratio, 1.2, 1e-12);
    cr_expect_float_eq(fit.se, sqrt(4.16 / 2 * 3 / 2500), 1e-12);
    cr_expect_eq(fit.dof, 2);
    double t = 4.302652730, scatter = (0.16 / 9.6 + 2.56 / 21.6 + 1.44 / 28.8) / 2;
    cr_expect_float_eq(fit.scatter, scatter, 1e-12);
    struct yk_interval v = yk_ratio_apply(&fit, 100, 2);
    cr_expect_float_eq(v.value, 120, 1e-9);
    double rest = 1e4 * fit.se * fit.se;
    cr_expect_float_eq(pow(v.upper - 120, 2), t * t * (rest + (scatter + 2) * v.upper), 1e-4);
    cr_expect_float_eq(pow(v.lower - 120, 2), t * t * (rest + (scatter + 2) * v.lower), 1e-4);
    v = yk_ratio_apply(&fit, 0, 0);
    cr_expect(v.value == 0 && v.lower == 0 && v.upper > 0 && isfinite(v.upper));
}

Test(ratio, what_cannot_be_said)
{
    const struct yk_session_counts two[] = {{10, 8}, {20, 18}, {0, 0}}, blind[] = {{10, 0}, {20, 0}, {9, 0}};
    const struct yk_session_counts bad[] = {{10, 8}, {20, -18}, {0, 0}};
    cr_expect_eq(yk_ratio_fit(two, 3, &fit), YK_RATIO_TOO_FEW, "an empty session is none");
    cr_expect_eq(yk_ratio_fit(blind, 3, &fit), YK_RATIO_NO_COUNT);
    cr_expect_eq(yk_ratio_fit(bad, 3, &fit), YK_RATIO_BAD_COUNTS);
    cr_expect_eq(fit.ratio, 0);
    cr_expect(isnan(yk_ratio_apply(&fit, -1, 0).value));
}

/* A camera that misses 15 % and invents a few: intervals of the ratio, and of who passed in other windows. */
Test(ratio, holds_the_truth)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    const size_t counts[] = {5, 12, 40};
    for (int k = 0; k < 3; k++) {
        int in = 0, of_ratio = 0;
        const int runs = 3000;
        for (int run = 0; run < runs; run++) {
            for (size_t i = 0; i <= counts[k]; i++) {
                unsigned passed = gsl_ran_poisson(rng, gsl_ran_flat(rng, 50, 300));
                sessions[i] = (struct yk_session_counts){passed, gsl_ran_binomial(rng, 0.85, passed) +
                                                                     gsl_ran_poisson(rng, 0.05 * passed)};
            }
            cr_assert_eq(yk_ratio_fit(sessions, counts[k], &fit), YK_RATIO_OK);
            of_ratio += yk_ratio_interval(&fit).lower <= 1 / 0.9 && 1 / 0.9 <= yk_ratio_interval(&fit).upper;
            struct yk_interval v = yk_ratio_apply(&fit, sessions[counts[k]].camera, 0);
            in += v.lower <= sessions[counts[k]].manual && sessions[counts[k]].manual <= v.upper;
        }
        cr_expect(of_ratio > 0.92 * runs && of_ratio < 0.975 * runs, "%zu sessions, ratio: %g", counts[k],
                  of_ratio / (double)runs);
        cr_expect(in > 0.92 * runs && in < 0.98 * runs, "%zu sessions: %g", counts[k], in / (double)runs);
    }
    gsl_rng_free(rng);
}

/* Two lines with corrections of their own, from R: nu by Welch and Satterthwaite 5.0405, bounds as the roots of (300 - y)^2 =
 * t^2 (A + s y) with A = 41 and s = 21/300. */
Test(ratio, lines_together)
{
    const struct yk_ratio a = {.ratio = 1.2, .se = 0.05, .scatter = 0.1, .dof = 2};
    const struct yk_ratio b = {.ratio = 0.9, .se = 0.02, .scatter = 0.05, .dof = 8};
    struct yk_corrected_count counts[] = {{&a, 100}, {&b, 200}};
    struct yk_interval v = yk_ratio_sum(counts, 2, 7);
    cr_expect_float_eq(v.value, 307, 1e-9);
    cr_expect_float_eq(v.lower, 287.03686988726656, 1e-8, "%.15g", v.lower);
    cr_expect_float_eq(v.upper, 327.42345472370192, 1e-8, "%.15g", v.upper);
    struct yk_interval alone = yk_ratio_sum(counts, 1, 0), applied = yk_ratio_apply(&a, 100, 0);
    cr_expect_float_eq(alone.lower, applied.lower, 1e-12, "one line is that line");
    cr_expect_float_eq(alone.upper, applied.upper, 1e-12);
    v = yk_ratio_sum(counts, 0, 7);
    cr_expect(v.value == 7 && v.lower == 7 && v.upper == 7, "nothing is corrected: a count");
    counts[0].camera = counts[1].camera = 0;
    v = yk_ratio_sum(counts, 2, 0);
    cr_expect(v.value == 0 && v.lower == 0 && v.upper > 0 && isfinite(v.upper), "%g", v.upper);
    counts[0].camera = -1;
    cr_expect(isnan(yk_ratio_sum(counts, 2, 0).value) && isnan(yk_ratio_sum(counts, 1, -1).lower));
}

/* 60 persons without a difference: up to 3/60 of them may be errors; SE = sqrt(3/60 * 1/60), t of 2 degrees 4.30265. */
Test(ratio, agreement_is_no_certainty)
{
    const struct yk_session_counts three[] = {{10, 10}, {20, 20}, {30, 30}};
    cr_assert_eq(yk_ratio_fit(three, 3, &fit), YK_RATIO_OK);
    cr_expect_eq(fit.ratio, 1);
    cr_expect_float_eq(fit.scatter, 0.05, 1e-12);
    cr_expect_float_eq(fit.se, 0.0288675134594813, 1e-12);
    cr_expect_float_eq(yk_ratio_interval(&fit).upper, 1.1242068855875165, 1e-9);
}

/* A street with a camera at either end, which miss a tenth and a third, calibrated apart; and a third line that nobody corrects. */
Test(ratio, sums_hold_the_truth)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    const double kept[] = {0.9, 0.66};
    const size_t sessions_of[] = {5, 12};
    const int runs = 4000;
    int in = 0;
    for (int run = 0; run < runs; run++) {
        struct yk_ratio of[2];
        struct yk_corrected_count counts[2];
        double truth = 40;
        for (int line = 0; line < 2; line++) {
            for (size_t i = 0; i <= sessions_of[line]; i++) {
                unsigned passed = gsl_ran_poisson(rng, gsl_ran_flat(rng, 50, 300));
                sessions[i] = (struct yk_session_counts){passed, gsl_ran_binomial(rng, kept[line], passed)};
            }
            const struct yk_session_counts *now = &sessions[sessions_of[line]];
            cr_assert_eq(yk_ratio_fit(sessions, sessions_of[line], &of[line]), YK_RATIO_OK);
            counts[line] = (struct yk_corrected_count){&of[line], now->camera};
            truth += now->manual;
        }
        struct yk_interval v = yk_ratio_sum(counts, 2, 40);
        in += v.lower <= truth && truth <= v.upper;
    }
    cr_expect(in > 0.92 * runs && in < 0.985 * runs, "%g", in / (double)runs);
    gsl_rng_free(rng);
}
