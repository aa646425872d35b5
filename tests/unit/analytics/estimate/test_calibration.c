/* Persons per device, against R's rlm and lmrob and against windows worked out by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/calibration.h"
#include "support/reference.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#define POINTS_MAX 2000

static struct yk_calibration_point points[POINTS_MAX];
static double residual[POINTS_MAX];
static struct yk_calibration fit;

TestSuite(calibration, .init = (void (*)(void))gsl_set_error_handler_off);

static void hourly(size_t i, double persons, double devices, double addresses)
{
    points[i] =
        (struct yk_calibration_point){(int64_t)i * 3600, (int64_t)(i + 1) * 3600, persons, devices, addresses, 0};
}

static size_t read_scene(const char *scene)
{
    FILE *file = yk_reference_open("calibration_points.csv");
    struct yk_reference_row row;
    size_t n = 0;
    while (yk_reference_next(file, &row))
        if (strcmp(row.field[0], scene) == 0) {
            hourly(n, yk_reference_number(&row, 1), yk_reference_number(&row, 2), yk_reference_number(&row, 3));
            n++;
        }
    fclose(file);
    return n;
}

/* rlm has another rule for the scale (all residuals, no leverage), lmrob another start and scale (S, MM): the same regression
 * within a fraction of its standard error. GSL's standard error never falls far below that of least squares, and so is larger
 * than rlm's where windows are wrong. */
Test(calibration, agrees_with_r)
{
    FILE *file = yk_reference_open("calibration_fits.csv");
    struct yk_reference_row row;
    int scenes = 0;
    while (yk_reference_next(file, &row)) {
        const char *scene = row.field[0];
        cr_assert_eq(yk_calibration_fit(points, read_scene(scene), &fit, NULL), YK_CALIBRATION_OK, "%s", scene);
        double rlm = yk_reference_number(&row, 1), rlm_se = yk_reference_number(&row, 2);
        double lmrob = yk_reference_number(&row, 3), lmrob_se = yk_reference_number(&row, 4);
        cr_expect_lt(fabs(fit.rho - rlm), 0.1 * rlm_se, "%s: rho %g, rlm %g", scene, fit.rho, rlm);
        cr_expect_lt(fabs(fit.rho - lmrob), 0.6 * lmrob_se, "%s: rho %g, lmrob %g", scene, fit.rho, lmrob);
        cr_expect(fit.rho_se > 0.9 * rlm_se && fit.rho_se < (fit.outliers > 0 ? 1.6 : 1.1) * rlm_se,
                  "%s: se %g, rlm %g", scene, fit.rho_se, rlm_se);
        cr_expect_float_eq(fit.ratio, yk_reference_number(&row, 5), 1e-12, "%s", scene);
        /* kappa by hand for f = 1, rescaled to the f that was found. */
        double kept = (double)(fit.points - fit.outliers);
        cr_expect_float_eq(fit.kappa * (kept - fit.serial) / (kept - 1) / yk_reference_number(&row, 6), 1, 0.01,
                           "%s: %g", scene, fit.kappa);
        cr_expect_float_eq(fit.rotations, yk_reference_number(&row, 7), 1e-12, "%s", scene);
        cr_expect_eq((double)fit.outliers, yk_reference_number(&row, 8), "%s: %zu", scene, fit.outliers);
        scenes++;
    }
    fclose(file);
    cr_expect_eq(scenes, 4);
}

/* Wrong windows move the plain ratio and not rho. The truth is 2. */
Test(calibration, wrong_windows_do_not_count)
{
    for (size_t i = 0; i < 40; i++)
        hourly(i, i % 8 == 3 ? 0 : 200 + (i % 2 ? 8.0 : -8.0), 100, 130);
    cr_assert_eq(yk_calibration_fit(points, 40, &fit, residual), YK_CALIBRATION_OK);
    cr_expect_float_eq(fit.rho, 2, 0.03, "%g", fit.rho);
    cr_expect_eq(fit.outliers, 5);
    cr_expect_float_eq(fit.ratio, 1.75, 0.02, "%g", fit.ratio);
    cr_expect_float_eq(fit.rotations, 0.3, 1e-12);
    cr_expect_eq(fit.from_s, 0);
    cr_expect_eq(fit.to_s, 40 * 3600);
    cr_expect_lt(residual[3], -10);
    cr_expect_float_eq(residual[4], (points[4].persons - fit.rho * 100) / sqrt(fit.kappa * fit.rho * 100), 1e-9);
}

/* A first-order autoregression of phi multiplies the variance of a mean by (1 + phi)/(1 - phi) in the long run. */
Test(calibration, serial_correlation)
{
    const double phis[] = {0, 0.5, 0.8};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int k = 0; k < 3; k++) {
        double phi = phis[k], z = 0;
        for (size_t i = 0; i < POINTS_MAX; i++) {
            z = phi * z + sqrt(1 - phi * phi) * gsl_ran_ugaussian(rng);
            hourly(i, 1000 + 30 * z, 500, 500);
        }
        cr_assert_eq(yk_calibration_fit(points, POINTS_MAX, &fit, NULL), YK_CALIBRATION_OK);
        double f = (1 + phi) / (1 - phi);
        cr_expect_float_eq(fit.serial / f, 1, 0.35, "phi %g: f %g, not %g", phi, fit.serial, f);
        cr_expect_geq(fit.serial, 1);
        cr_expect_float_eq(fit.kappa, 0.9, 0.12, "900 of 1000: %g", fit.kappa);
        double dof = POINTS_MAX * (1 - phi * phi) / (1 + phi * phi);
        cr_expect_float_eq(fit.dof / dof, 1, 0.15, "phi %g: %g", phi, fit.dof);
    }
    gsl_rng_free(rng);
}

/* The same windows a day apart from each other are neighbours no more. */
Test(calibration, gaps_are_distance)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double z = 0;
    for (size_t i = 0; i < 400; i++) {
        z = 0.8 * z + 0.6 * gsl_ran_ugaussian(rng);
        hourly(i, 1000 + 30 * z, 500, 500);
    }
    cr_assert_eq(yk_calibration_fit(points, 400, &fit, NULL), YK_CALIBRATION_OK);
    cr_expect_gt(fit.serial, 4, "%g", fit.serial);
    for (size_t i = 0; i < 400; i++) {
        points[i].start_s = (int64_t)i * 86400;
        points[i].end_s = points[i].start_s + 3600;
    }
    cr_assert_eq(yk_calibration_fit(points, 400, &fit, NULL), YK_CALIBRATION_OK);
    cr_expect_float_eq(fit.serial, 1, 1e-9, "%g", fit.serial);
    gsl_rng_free(rng);
}

static const struct yk_calibration KNOWN = {
    .rho = 2, .rho_se = 0.02, .serial = 4, .kappa = 1.5, .rotations = 0.5, .dof = 10, .points = 24};

/* By hand: t(10) = 2.228138852 (table); N 500, A 1250, so l = 1.5 and value 1000. */
Test(calibration, variance_in_full)
{
    const double t = 2.228138852;
    struct yk_interval i = yk_calibration_apply(&KNOWN, 500, 1250, 0.03);
    /* rho is off by a factor exp(+-t 0.02 * 2 / 2). */
    double down = 1000 * (1 - exp(-t * 0.02)), up = 1000 * (exp(t * 0.02) - 1),
           period = 1e6 * (1.5 - 0.5) * (1.5 - 0.5) * 0.03 * 0.03;
    cr_expect_float_eq(i.value, 1000, 1e-9);
    /* Each bound solves (V - 1000)^2 = t^2 (1.5 V + the rest). */
    cr_expect_float_eq(pow(i.lower - 1000, 2), t * t * (1.5 * i.lower + period) + down * down, 1e-3);
    cr_expect_float_eq(pow(i.upper - 1000, 2), t * t * (1.5 * i.upper + period) + up * up, 1e-3);
    cr_expect(i.lower < 1000 && i.upper > 1000);

    struct yk_interval same = yk_calibration_apply(&KNOWN, 500, 750, 0.03),
                       none = yk_calibration_apply(&KNOWN, 500, 750, 0);
    cr_expect_float_eq(same.upper, none.upper, 1e-9, "the calibration has seen this error");

    struct yk_calibration older = KNOWN;
    older.period_se = 0.04;
    i = yk_calibration_apply(&older, 500, 1250, 0.03);
    period = pow(1000 * 1.5 * 0.03, 2) + pow(1000 * 0.5 * 0.04, 2);
    cr_expect_float_eq(pow(i.upper - 1000, 2), t * t * (1.5 * i.upper + period) + up * up, 1e-3);
}

/* Noise of N: 0.2 a device when calibrated, 1.2 now, so rho^2 * 500 more. */
Test(calibration, longer_stays_are_louder)
{
    const double t = 2.228138852;
    struct yk_calibration c = KNOWN;
    c.rho_se = 0;
    c.noise = 0.2;
    struct yk_visits visits = {.raw = 500, .addresses = 750, .variance = 600};
    struct yk_interval i = yk_calibration_apply_visits(&c, &visits, 0);
    cr_expect_float_eq(pow(i.upper - 1000, 2), t * t * (1.5 * i.upper + 4 * 500), 1e-3);
    visits.variance = 50;
    struct yk_interval less = yk_calibration_apply_visits(&c, &visits, 0),
                       plain = yk_calibration_apply(&c, 500, 750, 0);
    cr_expect_float_eq(less.upper, plain.upper, 1e-9, "never narrower than kappa says");
}

Test(calibration, addresses_not_known)
{
    for (size_t i = 0; i < 40; i++)
        hourly(i, 200 + (i % 2 ? 8.0 : -8.0), 100, i < 30 ? (double)NAN : 150);
    cr_assert_eq(yk_calibration_fit(points, 40, &fit, NULL), YK_CALIBRATION_OK);
    cr_expect_float_eq(fit.rotations, 0.5, 1e-12, "over the ten windows whose addresses are known");
    for (size_t i = 30; i < 40; i++)
        points[i].addresses = (double)NAN;
    cr_assert_eq(yk_calibration_fit(points, 40, &fit, NULL), YK_CALIBRATION_OK);
    cr_expect(isnan(fit.rotations));
    /* As now, and with errors of their own: twice the square of 1000 * 1.5 * 0.03. */
    const double t = 2.228138852;
    struct yk_calibration c = KNOWN;
    c.rho_se = 0;
    c.rotations = (double)NAN;
    struct yk_interval i = yk_calibration_apply(&c, 500, 1250, 0.03);
    cr_expect_float_eq(pow(i.upper - 1000, 2), t * t * (1.5 * i.upper + 2 * 45 * 45), 1e-3);
}

Test(calibration, few_or_no_devices)
{
    struct yk_interval i = yk_calibration_apply(&KNOWN, 0, 0, 0.03);
    cr_expect_eq(i.value, 0);
    cr_expect_eq(i.lower, 0);
    cr_expect_float_eq(i.upper, 2.228138852 * 2.228138852 * 1.5, 1e-6, "%g", i.upper);
    i = yk_calibration_apply(&KNOWN, -3, 4, 0.03);
    cr_expect_eq(i.value, 0, "raw may be negative");
    cr_expect(i.lower == 0 && i.upper > 0 && isfinite(i.upper));
    i = yk_calibration_apply(&KNOWN, (double)NAN, 4, 0.03);
    cr_expect(isnan(i.value) && isnan(i.lower) && isnan(i.upper));
}

/* Ten devices a quarter on average, each person with one with chance 0.7: windows must not be chosen by their devices, of which
 * those with fewer than five are one in thirty. Truth 1/0.7; 300 records of three days, standard error of the mean 0.3 %. */
Test(calibration, quiet_places_are_not_chosen_by_their_devices)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 11);
    double sum = 0, held = 0;
    for (int record = 0; record < 300; record++) {
        for (size_t i = 0; i < 120; i++) {
            unsigned persons = gsl_ran_poisson(rng, 10 / 0.7), with = gsl_ran_binomial(rng, 0.7, persons);
            double noise = gsl_ran_gaussian(rng, 1.5); /* of rotations taken off */
            hourly(i, persons, with + noise, NAN);
        }
        cr_assert_eq(yk_calibration_fit(points, 120, &fit, residual), YK_CALIBRATION_OK);
        cr_assert_geq(fit.points, 118);
        sum += fit.rho * 0.7;
        held += fabs(fit.rho * 0.7 - 1) < 1.96 * sqrt(fit.serial) * fit.rho_se * 0.7;
    }
    cr_expect_float_eq(sum / 300, 1, 0.01, "%g", sum / 300);
    cr_expect(held / 300 >= 0.9 && held / 300 <= 0.99, "%g", held / 300);
    gsl_rng_free(rng);
}

/* Twelve windows are too few to be added up; of 96 with eight devices four make a row, and a gap ends one. By hand: rows of
 * 40 persons on 32 devices, and what is left. */
Test(calibration, runs_of_windows)
{
    for (size_t i = 0; i < 12; i++)
        hourly(i, 10, 8 + (i % 2 ? 0.5 : -0.5), 9);
    cr_assert_eq(yk_calibration_fit(points, 12, &fit, residual), YK_CALIBRATION_OK);
    cr_expect(fit.points == 12 && fit.kappa > 0);
    cr_expect_float_eq(residual[0], (10 - 7.5 * fit.rho) / sqrt(fit.kappa * 7.5 * fit.rho), 1e-12);
    for (size_t i = 0; i < 96; i++) {
        hourly(i, 10 + (i % 8 < 4 ? 1 : -1), 8, 9); /* rows of 44 and 36 */
        points[i].variance = 0.25;
    }
    cr_assert_eq(yk_calibration_fit(points, 96, &fit, residual), YK_CALIBRATION_OK);
    cr_expect_eq(fit.points, 96);
    cr_expect_float_eq(fit.rho, 1.25, 1e-9, "%g", fit.rho);
    /* 24 rows, each 4 off 40. */
    cr_expect_float_eq(fit.kappa * (24 - fit.serial), 24 * 16 / 40.0, 1e-9, "%g", fit.kappa);
    cr_expect_float_eq(fit.noise, 0.25 / 8, 1e-12);
    cr_expect_float_eq(residual[0], 1 / sqrt(fit.kappa * 10), 1e-9, "of the window, not of its row");
    for (size_t i = 0; i < 96; i++) { /* an hour is missing after each third: rows of three */
        hourly(i, 10 + (i % 6 < 3 ? 1 : -1), 8, 9);
        points[i].start_s += (int64_t)(i / 3) * 3600;
        points[i].end_s += (int64_t)(i / 3) * 3600;
    }
    cr_assert_eq(yk_calibration_fit(points, 96, &fit, residual), YK_CALIBRATION_OK);
    cr_expect_float_eq(fit.kappa * (32 - fit.serial), 32 * 9 / 30.0, 1e-9, "%g", fit.kappa);
}

Test(calibration, what_cannot_be_fitted)
{
    for (size_t i = 0; i < 20; i++)
        hourly(i, 10, 0, 0);
    cr_expect_eq(yk_calibration_fit(points, 20, &fit, NULL), YK_CALIBRATION_NO_DEVICES);
    for (size_t i = 0; i < 20; i++)
        hourly(i, 10, i < 7 ? 5 : 4.9, 8);
    cr_expect_eq(yk_calibration_fit(points, 20, &fit, residual), YK_CALIBRATION_TOO_FEW);
    cr_expect_eq(fit.rho, 0);
    cr_expect(isnan(residual[0]));
    cr_expect_eq(yk_calibration_fit(points, 0, &fit, NULL), YK_CALIBRATION_TOO_FEW);
    for (size_t i = 0; i < 20; i++)
        hourly(i, 0, 50, 60);
    cr_expect_eq(yk_calibration_fit(points, 20, &fit, NULL), YK_CALIBRATION_NO_FIT, "nobody, and yet devices");
    for (size_t i = 0; i < 20; i++)
        hourly(i, 100, 50, 60);
    cr_assert_eq(yk_calibration_fit(points, 20, &fit, residual), YK_CALIBRATION_OK, "a line without scatter");
    cr_expect_float_eq(fit.rho, 2, 1e-9);
    cr_expect(fit.kappa < 1e-9 && isfinite(residual[7]));
    points[5].start_s -= 10;
    cr_expect_eq(yk_calibration_fit(points, 20, &fit, NULL), YK_CALIBRATION_BAD_POINTS, "one window over another");
    hourly(5, -1, 50, 60);
    cr_expect_eq(yk_calibration_fit(points, 20, &fit, NULL), YK_CALIBRATION_BAD_POINTS);
    hourly(5, (double)NAN, 50, 60);
    cr_expect_eq(yk_calibration_fit(points, 20, &fit, NULL), YK_CALIBRATION_BAD_POINTS);
    for (int state = YK_CALIBRATION_OK; state <= YK_CALIBRATION_NO_FIT; state++)
        cr_expect_str_neq(yk_calibration_state_text((enum yk_calibration_state)state), "unknown");
}
