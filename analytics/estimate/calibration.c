/* Persons per device. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Radios count devices N, people want persons V. The ratio differs from place to place and year to year, so it is
 * measured where both were counted, and what is said elsewhere has to carry the error of that measurement.
 *
 * Method. V = rho N, through the origin: no devices, no persons. If each person carries a device with chance p, then given V
 * the error V - N/p has mean 0 and a variance in proportion to V: least squares on rows (V, N)/sqrt(N) is sum V / sum N, which
 * has no bias. Rows scaled by sqrt(V) would select by the error itself, and unscaled ones give sum VN / sum N^2, which the
 * noise of N pulls to 0. A camera that stalled for a while or a hand count that slipped a row must not decide, so the rows go
 * through Tukey's bisquare (gsl_multifit_robust; Holland and Welsch, Robust regression using iteratively reweighted least
 * squares, 1977; the covariance is that of Street, Carroll and Ruppert, A note on computing robust regression estimates via
 * iteratively reweighted least squares, 1988). It starts from least squares: a quarter and more of wrong windows on one side
 * carry it away, which is why the plain ratio stands beside.
 *
 * Scatter. kappa = sum (V - rho N)^2/(rho N) / (n - f) over the windows that kept a weight, (1 - p)/p if only carrying
 * varies; f and not 1 degrees are lost when neighbours share their error, since rho followed it.
 *
 * Serial correlation. Neighbouring windows err together (the same crowd, the same weather), so a day holds less than its
 * number of windows: Var rho = f SE^2. f is the larger of two. (1) A first-order autoregression of the residuals at consecutive
 * windows, f = sum over i, j of s_i s_j phi^|i-j| / sum s_i^2, s = sqrt(N), by distance in time, so gaps count;
 * phi is corrected for its small-sample bias (Marriott and Pope, Bias in the estimation of autocorrelations, 1954: -(1 +
 * 4 phi)/n, solved for phi). (2) The Bartlett sum up to lag sqrt(n) (Newey and West, A simple, positive semi-definite, heteroskedasticity and
 * autocorrelation consistent covariance matrix, 1987), for correlation that is weak at the first lag and lasts.
 * kappa has the degrees of freedom of a variance under such correlation, n (1 - phi^2)/(1 + phi^2) - 1 (Bayley and Hammersley,
 * The effective number of independent observations in an autocorrelated time series, 1946), at least 2; all parts of the
 * variance are in proportion to it, so it is t's.
 *
 * Interval. Var V = (N SE)^2 f + kappa V + V^2 [(l - l_cal) SE(R)/R]^2, l = (A - N)/N rotations a device: an error of R moves N
 * by l SE(R)/R, and the part that the calibration has seen is in rho. When R was measured anew since, the errors do not cancel:
 * V^2 [(l SE(R)/R)^2 + (l_cal SE_cal(R)/R)^2]. Where l_cal is not known (the addresses behind published devices are gone with
 * their epoch) it is taken to have been what it is now. kappa V is taken at the bound and not at the estimate (a score interval, as
 * Wilson, Probable inference, the law of succession, and statistical inference, 1927), which gives no devices heard an upper
 * bound of t^2 kappa and not 0. rho's error is a factor, exp(+-t SE sqrt(f) / rho): the same where it is small, and no bound
 * below 0 where it is not (a place that has no calibration of its own, pooling.h). With SE(rho) alone a window's interval holds it in a fifth of cases: kappa V is most of it.
 *
 * kappa holds the noise of taking rotations off (rotation.c) as it was when calibrated. Where stays have become longer there is
 * more of it: rho^2 (Var N - Var_cal N) is added if both are known and it is above 0. Carried from a street to a plaza without it,
 * intervals held 90 %.
 *
 * Quiet places. Rows of at least 5 devices: below that their errors are skew, and rows with N = 0 but persons could not be
 * scaled. Leaving out by N selects those with much N, which puts rho low: by 0.6 % at 30 devices a row, by 3 % at 10. So where
 * windows have fewer than 30 on average, runs of neighbours are added up into rows, by a number that hangs on that average alone
 * and not on what is in them; not so many that fewer than 24 rows are left. */
#include "estimate/calibration.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PHI_MAX     0.95
#define DOF_MIN     2.0
#define ROW_DEVICES 30.0 /* on average */
#define ROWS_LEFT   24

const char *yk_calibration_state_text(enum yk_calibration_state state)
{
    switch (state) {
    case YK_CALIBRATION_OK:
        return "ok";
    case YK_CALIBRATION_BAD_POINTS:
        return "windows that are no counts, out of order or one over another";
    case YK_CALIBRATION_TOO_FEW:
        return "too few windows in which persons and enough devices were counted";
    case YK_CALIBRATION_NO_DEVICES:
        return "no devices were heard";
    case YK_CALIBRATION_NO_FIT:
        return "persons and devices do not go together";
    }
    return "unknown";
}

/* A run of windows that the line is fitted to. */
struct row {
    size_t index;  /* among the runs */
    int64_t place; /* in windows from the first, so that a gap is a distance */
    double root;   /* sqrt(N) */
    double weight; /* of the regression, 0 to 1 */
    double error;  /* (V - rho N) / sqrt(N) */
};

static bool good(const struct yk_calibration_point *p, const struct yk_calibration_point *before)
{
    return isfinite(p->persons) && isfinite(p->devices) && p->persons >= 0 &&
           (isnan(p->addresses) || (isfinite(p->addresses) && p->addresses >= 0)) && p->variance >= 0 &&
           isfinite(p->variance) && p->end_s > p->start_s && (!before || p->start_s >= before->end_s);
}

static enum yk_calibration_state check(const struct yk_calibration_point *points, size_t count, double *devices)
{
    *devices = 0;
    for (size_t i = 0; i < count; i++) {
        if (!good(&points[i], i > 0 ? &points[i - 1] : NULL))
            return YK_CALIBRATION_BAD_POINTS;
        *devices += points[i].devices;
    }
    return *devices > 0 ? YK_CALIBRATION_OK : YK_CALIBRATION_NO_DEVICES;
}

/* Adds neighbours up. A gap ends a run. run_of: of each window. How many runs. */
static size_t add_up(const struct yk_calibration_point *points, size_t count, double devices,
                     struct yk_calibration_point *runs, size_t *run_of)
{
    double wanted = ceil(ROW_DEVICES / (devices / (double)count));
    size_t most = count / ROWS_LEFT, length = wanted < (double)most ? (size_t)wanted : most, n = 0, in_run = 0;
    for (size_t i = 0; i < count; i++) {
        struct yk_calibration_point *run = n > 0 ? &runs[n - 1] : NULL;
        if (run && in_run < length && run->end_s == points[i].start_s) {
            run->end_s = points[i].end_s;
            run->persons += points[i].persons;
            run->devices += points[i].devices;
            run->addresses += points[i].addresses;
            run->variance += points[i].variance;
            in_run++;
        } else {
            runs[n++] = points[i];
            in_run = 1;
        }
        run_of[i] = n - 1;
    }
    return n;
}

static enum yk_calibration_state choose(const struct yk_calibration_point *points, size_t count, struct row *rows,
                                        size_t *used)
{
    *used = 0;
    for (size_t i = 0; i < count; i++) {
        if (points[i].devices < YK_CALIBRATION_DEVICES_MIN)
            continue;
        struct row *row = &rows[*used];
        *row = (struct row){.index = i, .root = sqrt(points[i].devices)};
        if (*used > 0) {
            const struct yk_calibration_point *last = &points[row[-1].index];
            int64_t length_s = last->end_s - last->start_s;
            int64_t steps = (points[i].start_s - last->start_s + length_s / 2) / length_s;
            row->place = row[-1].place + (steps > 1 ? steps : 1);
        }
        ++*used;
    }
    return *used < YK_CALIBRATION_POINTS_MIN ? YK_CALIBRATION_TOO_FEW : YK_CALIBRATION_OK;
}

static enum yk_calibration_state regress(const struct yk_calibration_point *points, struct row *rows, size_t n,
                                         struct yk_calibration *out)
{
    enum yk_calibration_state state = YK_CALIBRATION_NO_FIT;
    gsl_matrix *x = gsl_matrix_alloc(n, 1), *covariance = gsl_matrix_alloc(1, 1);
    gsl_vector *y = gsl_vector_alloc(n), *slope = gsl_vector_alloc(1);
    gsl_multifit_robust_workspace *work = gsl_multifit_robust_alloc(gsl_multifit_robust_bisquare, n, 1);
    if (!x || !covariance || !y || !slope || !work)
        goto out;
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set(x, i, 0, rows[i].root);
        gsl_vector_set(y, i, points[rows[i].index].persons / rows[i].root);
    }
    if (gsl_multifit_robust(x, y, slope, covariance, work) != GSL_SUCCESS)
        goto out;
    out->rho = gsl_vector_get(slope, 0);
    out->rho_se = sqrt(gsl_matrix_get(covariance, 0, 0));
    gsl_multifit_robust_stats stats = gsl_multifit_robust_statistics(work);
    for (size_t i = 0; i < n; i++) {
        rows[i].weight = gsl_vector_get(stats.weights, i);
        rows[i].error = gsl_vector_get(stats.r, i);
    }
    if (isfinite(out->rho) && out->rho > 0 && isfinite(out->rho_se))
        state = YK_CALIBRATION_OK;
out:
    if (work)
        gsl_multifit_robust_free(work);
    gsl_vector_free(slope);
    gsl_vector_free(y);
    gsl_matrix_free(covariance);
    gsl_matrix_free(x);
    return state;
}

/* Autocorrelation of the errors at consecutive windows; 0 where there are none, or it is negative. Windows without weight say
 * nothing, and part their neighbours. */
static double first_lag(const struct row *rows, size_t n)
{
    double square = 0, product = 0;
    size_t kept = 0, pairs = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].weight <= 0)
            continue;
        kept++;
        square += rows[i].error * rows[i].error;
        if (i > 0 && rows[i - 1].weight > 0 && rows[i].place == rows[i - 1].place + 1) {
            product += rows[i].error * rows[i - 1].error;
            pairs++;
        }
    }
    if (square <= 0 || pairs == 0)
        return 0;
    double phi = product / (double)pairs / (square / (double)kept);
    phi = ((double)kept * phi + 1) / fmax((double)kept - 4, 1);
    return phi < 0 ? 0 : phi > PHI_MAX ? PHI_MAX : phi;
}

static double autoregressive(const struct row *rows, size_t n, double phi)
{
    double square = 0, crossed = 0, carried = 0;
    int64_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].weight <= 0)
            continue;
        carried *= pow(phi, (double)(rows[i].place - at));
        crossed += rows[i].root * carried;
        square += rows[i].root * rows[i].root;
        carried += rows[i].root;
        at = rows[i].place;
    }
    return square > 0 ? 1 + 2 * crossed / square : 1;
}

static double bartlett(const struct row *rows, size_t n)
{
    double square = 0, crossed = 0, lags = floor(sqrt((double)n));
    for (size_t i = 0; i < n; i++) {
        double score = rows[i].root * rows[i].weight * rows[i].error;
        square += score * score;
        for (size_t k = i; k-- > 0 && (double)(rows[i].place - rows[k].place) <= lags;) {
            double other = rows[k].root * rows[k].weight * rows[k].error;
            crossed += score * other * (1 - (double)(rows[i].place - rows[k].place) / (lags + 1));
        }
    }
    return square > 0 ? 1 + 2 * crossed / square : 1;
}

static void describe(const struct yk_calibration_point *points, const struct row *rows, size_t n,
                     struct yk_calibration *out)
{
    double persons = 0, devices = 0, rotations = 0, heard = 0, noise = 0, square = 0, kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct yk_calibration_point *p = &points[rows[i].index];
        persons += p->persons;
        devices += p->devices;
        noise += p->variance;
        if (!isnan(p->addresses)) {
            rotations += p->addresses - p->devices;
            heard += p->devices;
        }
        if (rows[i].weight > 0) {
            kept++;
            square += rows[i].error * rows[i].error;
        }
    }
    double phi = first_lag(rows, n);
    out->serial = fmax(1, fmax(autoregressive(rows, n, phi), bartlett(rows, n)));
    out->kappa = square / out->rho / fmax(kept - out->serial, kept / 2);
    out->dof = fmax(DOF_MIN, kept * (1 - phi * phi) / (1 + phi * phi) - 1);
    out->slope_dof = out->dof;
    out->rotations = heard > 0 ? rotations / heard : (double)NAN;
    out->noise = noise / devices;
    out->ratio = persons / devices;
    out->from_s = points[rows[0].index].start_s;
    out->to_s = points[rows[n - 1].index].end_s;
}

/* What windows came to, run by run. */
static void tell_windows(const struct yk_calibration_point *points, size_t count, const size_t *run_of,
                         const struct row *rows, size_t n, struct yk_calibration *out, double *residual)
{
    size_t row = 0;
    for (size_t i = 0; i < count; i++) {
        while (row < n && rows[row].index < run_of[i])
            row++;
        if (row == n || rows[row].index != run_of[i])
            continue;
        out->points++;
        out->outliers += rows[row].weight <= 0;
        double expected = out->rho * points[i].devices, scale = sqrt(out->kappa * fmax(expected, out->rho));
        if (residual)
            residual[i] = scale > 0 ? (points[i].persons - expected) / scale : 0;
    }
}

enum yk_calibration_state yk_calibration_fit(const struct yk_calibration_point *points, size_t count,
                                             struct yk_calibration *out, double *residual)
{
    *out = (struct yk_calibration){0};
    for (size_t i = 0; residual && i < count; i++)
        residual[i] = (double)NAN;
    if (count < YK_CALIBRATION_POINTS_MIN)
        return YK_CALIBRATION_TOO_FEW;
    double devices;
    enum yk_calibration_state state = check(points, count, &devices);
    if (state != YK_CALIBRATION_OK)
        return state;
    size_t n = 0;
    struct row *rows = calloc(count, sizeof *rows);
    struct yk_calibration_point *runs = calloc(count, sizeof *runs);
    size_t *run_of = calloc(count, sizeof *run_of);
    state = YK_CALIBRATION_NO_FIT;
    if (rows && runs && run_of)
        state = choose(runs, add_up(points, count, devices, runs, run_of), rows, &n);
    if (state == YK_CALIBRATION_OK)
        state = regress(runs, rows, n, out);
    if (state == YK_CALIBRATION_OK) {
        describe(runs, rows, n, out);
        tell_windows(points, count, run_of, rows, n, out, residual);
    } else {
        *out = (struct yk_calibration){0};
    }
    free(rows);
    free(runs);
    free(run_of);
    return state;
}

static struct yk_interval apply(const struct yk_calibration *c, double devices, double addresses, double variance,
                                double period_relative_se)
{
    double n = fmax(devices, 0), turns = fmax(addresses - n, 0), value = c->rho * n;
    double off =
        gsl_cdf_tdist_Pinv(0.975, c->slope_dof > 0 ? c->slope_dof : c->dof) * c->rho_se * sqrt(c->serial) / c->rho;
    double down = value * (1 - exp(-off)), up = value * (exp(off) - 1), period;
    double louder = c->rho * c->rho * fmax(variance - c->noise * n, 0);
    if (c->period_se > 0 || isnan(c->rotations)) {
        double now = c->rho * turns * period_relative_se;
        double then = isnan(c->rotations) ? now : value * c->rotations * c->period_se;
        period = now * now + then * then;
    } else {
        double both = c->rho * (turns - n * c->rotations) * period_relative_se;
        period = both * both;
    }
    double t = gsl_cdf_tdist_Pinv(0.975, c->dof), half = t * t * c->kappa / 2;
    double scatter = half * half + t * t * (c->kappa * value + louder + period);
    double below = sqrt(scatter + down * down), above = sqrt(scatter + up * up);
    if (!isfinite(devices) || !isfinite(addresses) || !isfinite(above))
        return (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    return (struct yk_interval){value, fmax(0, fmin(value, value + half - below)), value + half + above};
}

struct yk_interval yk_calibration_apply(const struct yk_calibration *calibration, double devices, double addresses,
                                        double period_relative_se)
{
    return apply(calibration, devices, addresses, 0, period_relative_se);
}

struct yk_interval yk_calibration_apply_visits(const struct yk_calibration *calibration, const struct yk_visits *visits,
                                               double period_relative_se)
{
    return apply(calibration, visits->raw, visits->addresses, visits->variance, period_relative_se);
}
