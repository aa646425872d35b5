/* Runs of scenes, and what they come to. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_ACCURACY_GRID_H
#define YK_ACCURACY_GRID_H

#include "measure.h"

#include <stdint.h>

/* Sums of one KPI over the windows of one run; all of them add up. */
struct grid_sums {
    double windows;
    double truth, value;
    double absolute;               /* |value/truth - 1| */
    double intervals, covered;     /* windows with an interval, and those that hold the truth */
    double naive, here, elsewhere; /* |naive/truth - 1|, the latter two times a factor */
    double floor;                  /* of the mean absolute error: 0.8 sqrt(kappa/V) */
    /* Of visitors: |estimate/truth - 1| with the truth told of all, of period and ratio, of the ratio; what theory leaves. */
    double exact, true_period, true_ratio, limit;
    double refused; /* windows for which there was no estimate */
    double far;     /* windows with an estimate that is off by more than a quarter */
};

struct grid_run {
    struct grid_sums kpi[GRID_KPIS];
};

/* What is told to the estimators instead of being measured, to see whose error it is. */
#define GRID_KNOW_PERIOD 1u /* R */
#define GRID_KNOW_SPREAD 2u /* cv and cv_between of the period */
#define GRID_KNOW_RATIO  4u /* persons per device, and kappa */

/* One run of a scene: days at the place and at the other one, then the day that is told. The same numbers for the same seed,
 * wherever it runs. */
void grid_run(size_t scene, int run, uint64_t seed, unsigned known, struct grid_run *out);

/* A scene's KPI over its runs. */
struct grid_row {
    size_t scene;
    enum grid_kpi kpi;
    double n; /* windows */
    double bias, bias_se;
    double mape, mape_se, floor;
    double exact, true_period, true_ratio, limit;
    double coverage, coverage_se; /* NAN: no interval */
    double naive, here, elsewhere;
    double refused; /* share */
    double far;     /* share of the estimates */
};
void grid_row_make(const struct grid_run *runs, size_t count, size_t scene, enum grid_kpi kpi, struct grid_row *out);

const char *grid_kpi_name(enum grid_kpi kpi);
enum grid_verdict {
    GRID_OK,
    GRID_WITHIN_ERROR, /* the mean absolute error is above its goal by less than two standard errors */
    GRID_OUT_OF_REACH, /* the mean absolute error is above its goal, as is what theory leaves, within 1.15 of which it is */
    GRID_MISSED,
};
/* A goal is missed when the figure is beyond it by more than two standard errors of its own. text: what of it. */
enum grid_verdict grid_judge(const struct grid_row *row, char text[static 48]);

#endif
