/* Reading a survivor curve. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounds. A curve whose last point is at 0 is whole: nothing is longer, and any t may be asked for. The integral to
 * INFINITY is known for every curve, since beyond_s is: under address rotation the mean excess is observable where the
 * survivor itself is not (stay_survivor.c). */
#include "estimate/stay_curve.h"

#include <assert.h>
#include <math.h>

const char *yk_stay_answer_text(enum yk_stay_answer answer)
{
    switch (answer) {
    case YK_STAY_OBSERVED:
        return "observed";
    case YK_STAY_NOT_OBSERVABLE:
        return "longer than address rotation lets stays be told apart";
    }
    return "unknown";
}

double yk_stay_curve_horizon_s(const struct yk_stay_curve *curve)
{
    unsigned last = curve->count - 1;
    return curve->survivor[last] > 0 ? curve->t_s[last] : (double)INFINITY;
}

/* Value at t >= 0, held beyond the last point. */
static double value(const struct yk_stay_curve *c, double t)
{
    unsigned i = 1;
    while (i < c->count && c->t_s[i] < t)
        i++;
    if (i == c->count)
        return c->survivor[i - 1];
    double width = c->t_s[i] - c->t_s[i - 1];
    double along = width > 0 ? (t - c->t_s[i - 1]) / width : 1;
    return c->survivor[i - 1] + along * (c->survivor[i] - c->survivor[i - 1]);
}

enum yk_stay_answer yk_stay_curve_longer(const struct yk_stay_curve *curve, double t_s, double *share)
{
    *share = 0;
    if (t_s > yk_stay_curve_horizon_s(curve))
        return YK_STAY_NOT_OBSERVABLE;
    *share = value(curve, fmax(t_s, 0));
    return YK_STAY_OBSERVED;
}

enum yk_stay_answer yk_stay_curve_quantile(const struct yk_stay_curve *curve, double p, double *t_s)
{
    assert(p > 0 && p < 1);
    *t_s = 0;
    double left = 1 - p;
    for (unsigned i = 1; i < curve->count; i++) {
        if (curve->survivor[i] > left)
            continue;
        double fall = curve->survivor[i - 1] - curve->survivor[i];
        double along = fall > 0 ? (curve->survivor[i - 1] - left) / fall : 0;
        *t_s = curve->t_s[i - 1] + along * (curve->t_s[i] - curve->t_s[i - 1]);
        return YK_STAY_OBSERVED;
    }
    return YK_STAY_NOT_OBSERVABLE;
}

/* From 0 to t, t not beyond the last point. */
static double area(const struct yk_stay_curve *c, double t)
{
    double sum = 0;
    for (unsigned i = 1; i < c->count && c->t_s[i - 1] < t; i++) {
        double to = fmin(c->t_s[i], t);
        sum += (to - c->t_s[i - 1]) * (c->survivor[i - 1] + value(c, to)) / 2;
    }
    return sum;
}

enum yk_stay_answer yk_stay_curve_between(const struct yk_stay_curve *curve, double from_s, double to_s, double *s)
{
    *s = 0;
    double last = curve->t_s[curve->count - 1], horizon = yk_stay_curve_horizon_s(curve);
    if (from_s > horizon || (isfinite(to_s) && to_s > horizon))
        return YK_STAY_NOT_OBSERVABLE;
    from_s = fmax(from_s, 0);
    if (to_s <= from_s)
        return YK_STAY_OBSERVED;
    *s = area(curve, fmin(to_s, last)) - area(curve, fmin(from_s, last));
    if (!isfinite(to_s))
        *s += curve->beyond_s;
    return YK_STAY_OBSERVED;
}
