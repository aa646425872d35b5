/* Against R's Kalman functions and the joint normal law (tests/accuracy/r/level.R). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "estimate/level.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define WEEKS 160

struct reference {
    double w[WEEKS], filtered[WEEKS][2], smooth[WEEKS][2], variance[WEEKS][3];
    struct yk_level_law law, best;
    double likelihood;
};

static void read_reference(struct reference *r)
{
    char line[512];
    FILE *file = fopen(YK_REFERENCE_DIR "/level.csv", "r");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (int k = 0; k < WEEKS; k++) {
        char w[64];
        cr_assert_not_null(fgets(line, sizeof line, file));
        cr_assert_eq(sscanf(line, " %63[^,],%lf,%lf,%lf,%lf,%lf,%lf,%lf", w, &r->filtered[k][0], &r->filtered[k][1],
                            &r->smooth[k][0], &r->smooth[k][1], &r->variance[k][0], &r->variance[k][1],
                            &r->variance[k][2]),
                     8, "%s", line);
        r->w[k] = strcmp(w, "NA") == 0 ? NAN : strtod(w, NULL);
    }
    fclose(file);
    file = fopen(YK_REFERENCE_DIR "/level_law.csv", "r");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(line, sizeof line, file));
    cr_assert_not_null(fgets(line, sizeof line, file));
    cr_assert_eq(sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &r->law.step_sd, &r->law.stray_sd, &r->law.keep,
                        &r->law.noise_sd, &r->likelihood, &r->best.step_sd, &r->best.stray_sd, &r->best.keep,
                        &r->best.noise_sd),
                 9);
    fclose(file);
}

Test(level, filter_and_smoother_as_in_R)
{
    static struct reference r;
    struct yk_level_state state[WEEKS];
    read_reference(&r);
    double likelihood = yk_level_filter(r.w, WEEKS, &r.law, state);
    cr_expect_float_eq(likelihood, r.likelihood, 1e-6, "%.9g, joint normal law %.9g", likelihood, r.likelihood);
    for (int k = 0; k < WEEKS; k++) {
        cr_expect_float_eq(state[k].level, r.filtered[k][0], 1e-8, "week %d", k);
        cr_expect_float_eq(state[k].stray, r.filtered[k][1], 1e-8, "week %d", k);
    }
    yk_level_smooth(WEEKS, &r.law, state);
    for (int k = 0; k < WEEKS; k++) {
        cr_expect_float_eq(state[k].level, r.smooth[k][0], 1e-8, "week %d", k);
        cr_expect_float_eq(state[k].stray, r.smooth[k][1], 1e-8, "week %d", k);
        cr_expect_float_eq(state[k].level_variance, r.variance[k][0], 1e-8, "week %d", k);
        cr_expect_float_eq(state[k].covariance, r.variance[k][1], 1e-8, "week %d", k);
        cr_expect_float_eq(state[k].stray_variance, r.variance[k][2], 1e-8, "week %d", k);
    }
}

Test(level, the_likeliest_law_as_optim_finds_it)
{
    static struct reference r;
    struct yk_level_law law;
    read_reference(&r);
    cr_assert(yk_level_fit(r.w, WEEKS, &law));
    cr_expect_float_eq(law.step_sd, r.best.step_sd, 5e-3 * r.best.step_sd, "%g %g", law.step_sd, r.best.step_sd);
    cr_expect_float_eq(law.stray_sd, r.best.stray_sd, 5e-3 * r.best.stray_sd, "%g %g", law.stray_sd, r.best.stray_sd);
    cr_expect_float_eq(law.keep, r.best.keep, 2e-3, "%g %g", law.keep, r.best.keep);
    cr_expect_float_eq(law.noise_sd, r.best.noise_sd, 5e-3 * r.best.noise_sd, "%g %g", law.noise_sd, r.best.noise_sd);
}

/* Drawn courses have the smoother's mean and variance inside what is known, and walk on as the law says outside. */
Test(level, drawn_courses_agree_with_the_smoother)
{
    static struct reference r;
    struct yk_level_state filtered[WEEKS], smooth[WEEKS];
    read_reference(&r);
    yk_level_filter(r.w, WEEKS, &r.law, filtered);
    memcpy(smooth, filtered, sizeof smooth);
    yk_level_smooth(WEEKS, &r.law, smooth);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 5);
    enum { FROM = 38, TO = 212, DRAWS = 20000 };
    static double sum[TO - FROM], square[TO - FROM];
    for (int d = 0; d < DRAWS; d++) {
        double course[TO - FROM];
        yk_level_draw(filtered, WEEKS, &r.law, FROM, TO, 1, rng, course);
        for (int k = 0; k < TO - FROM; k++) {
            sum[k] += course[k];
            square[k] += course[k] * course[k];
        }
    }
    gsl_rng_free(rng);
    const struct yk_level_state *last = &filtered[WEEKS - 1];
    for (int k = FROM; k < TO; k += 3) {
        double mean, variance, found = sum[k - FROM] / DRAWS;
        if (k < WEEKS) {
            mean = smooth[k].level + smooth[k].stray;
            variance = smooth[k].level_variance + 2 * smooth[k].covariance + smooth[k].stray_variance;
        } else {
            double ahead = k - WEEKS + 1, keep = pow(r.law.keep, ahead);
            mean = last->level + keep * last->stray;
            variance = last->level_variance + 2 * keep * last->covariance + keep * keep * last->stray_variance +
                       ahead * r.law.step_sd * r.law.step_sd + r.law.stray_sd * r.law.stray_sd * (1 - keep * keep);
        }
        cr_expect_float_eq(found, mean, 5 * sqrt(variance / DRAWS), "week %d: %g, should be %g", k, found, mean);
        double spread = square[k - FROM] / DRAWS - found * found;
        cr_expect_float_eq(spread, variance, 0.06 * variance, "week %d: %g, should be %g", k, spread, variance);
    }
}

Test(level, three_weeks_are_no_record)
{
    double seen[10] = {0.1, NAN, 0.2, NAN, NAN, 0.1, NAN, NAN, NAN, NAN};
    struct yk_level_law law;
    cr_expect_not(yk_level_fit(seen, 10, &law));
    seen[7] = 0.3;
    cr_expect(yk_level_fit(seen, 10, &law));
}
