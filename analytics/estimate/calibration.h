/* Persons per device, from places and times at which both were counted. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method, sources and measured errors: calibration.c and docs/METHODS.md. GSL's error handler has to be off. */
#ifndef YK_ESTIMATE_CALIBRATION_H
#define YK_ESTIMATE_CALIBRATION_H

#include "estimate/interval.h"
#include "rotation/rotation.h"

#include <stddef.h>
#include <stdint.h>

/* One window in which a camera or a person counted. In order of time, none over another; gaps are allowed. */
struct yk_calibration_point {
    int64_t start_s, end_s;
    double persons;   /* V, at least 0 */
    double devices;   /* N, the unbounded estimate (yk_visits.raw) */
    double addresses; /* A; NAN: not known */
    double variance;  /* of N for a known period (yk_visits.variance); 0: not known */
};

struct yk_calibration {
    double rho;       /* persons per device */
    double rho_se;    /* its standard error, of independent windows */
    double serial;    /* f: by how much serial correlation of the residuals multiplies rho_se^2; at least 1 */
    double kappa;     /* mean of (V - rho N)^2 / (rho N): scatter of a window about the line, 1 = Poisson */
    double rotations; /* l_cal: (A - N) / N over the windows whose A is known; NAN: of none */
    double noise;     /* variance of N per device over the windows calibrated on, as their `variance` says */
    double dof;       /* of the t quantile of the scatter */
    double slope_dof; /* and of rho; 0: the same */
    double ratio;     /* sum V / sum N, for comparison: robust and plain should agree */
    /* SE(R)/R of the periods that `devices` were made with. 0, as the fit leaves it: the calibration is applied to devices made
     * with the same measurement of R, whose error then cancels as far as stays are alike. Above 0: with a later measurement,
     * whose error is its own. */
    double period_se;
    size_t points;   /* windows used */
    size_t outliers; /* of these, windows in rows that the regression gave no weight */
    int64_t from_s, to_s;
};

enum yk_calibration_state {
    YK_CALIBRATION_OK,
    YK_CALIBRATION_BAD_POINTS, /* not finite, negative persons, out of order or one window over another */
    YK_CALIBRATION_TOO_FEW,    /* windows with both counts */
    YK_CALIBRATION_NO_DEVICES, /* none was heard */
    YK_CALIBRATION_NO_FIT,     /* the regression did not settle, or gave no positive number */
};
const char *yk_calibration_state_text(enum yk_calibration_state state);

#define YK_CALIBRATION_POINTS_MIN 8
#define YK_CALIBRATION_DEVICES_MIN \
    5 /* rows with fewer are left out; a row is one window or, at quiet places, several */

/* rho by robust regression through the origin. residual (optional, of `count`): (V - rho N) / sqrt(kappa rho N), what the
 * residual plot shows, N at least 1 below the root; NAN for windows left out. Allocates for its own use and frees it. *out is
 * zeroed on any state but OK. */
enum yk_calibration_state yk_calibration_fit(const struct yk_calibration_point *points, size_t count,
                                             struct yk_calibration *out, double *residual);
/* Persons in a window with N devices, A addresses and a period known to SE(R)/R. Never negative. */
struct yk_interval yk_calibration_apply(const struct yk_calibration *calibration, double devices, double addresses,
                                        double period_relative_se);
/* The same, and wider where the visits' own variance has grown since the calibration (stays have become longer). */
struct yk_interval yk_calibration_apply_visits(const struct yk_calibration *calibration, const struct yk_visits *visits,
                                               double period_relative_se);

#endif
