/* The share of stays longer than t, as far as it is known. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every estimator of stays hands over, whichever way it came to it, and what medians and shares
 * are read from. Straight between its points; beyond the last one only the mean of what is left is known,
 * and a question that needs more is answered 'not observable' and never by a continued line. */
#ifndef YK_ESTIMATE_STAY_CURVE_H
#define YK_ESTIMATE_STAY_CURVE_H

#include <stdbool.h>

#define YK_STAY_POINTS 132

struct yk_stay_curve {
    unsigned count;                  /* 1..YK_STAY_POINTS; the first point is at 0 s */
    double t_s[YK_STAY_POINTS];      /* rising */
    double survivor[YK_STAY_POINTS]; /* share of stays longer, 1 at first, never rising */
    double beyond_s;                 /* seconds a stay spends beyond the last point, on average over all stays; >= 0 */
};

enum yk_stay_answer {
    YK_STAY_OBSERVED,
    YK_STAY_NOT_OBSERVABLE, /* beyond the last point of the curve */
};
const char *yk_stay_answer_text(enum yk_stay_answer answer);

/* How far the curve is known: to its last point, or without end if that is at 0. */
double yk_stay_curve_horizon_s(const struct yk_stay_curve *curve);
/* Share of stays longer than t. */
enum yk_stay_answer yk_stay_curve_longer(const struct yk_stay_curve *curve, double t_s, double *share);
/* The length that the share p of stays does not exceed, 0 < p < 1. */
enum yk_stay_answer yk_stay_curve_quantile(const struct yk_stay_curve *curve, double p, double *t_s);
/* Seconds between from and to, on average over all stays: the integral of the survivor. to may be INFINITY. */
enum yk_stay_answer yk_stay_curve_between(const struct yk_stay_curve *curve, double from_s, double to_s, double *s);

#endif
