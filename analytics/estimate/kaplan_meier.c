/* The product-limit estimate. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The window closes while people are still there. Leaving them out makes stays too short, and so does taking
 * them as ended.
 *
 * Method. S(t) = product over lengths u <= t at which stays ended of 1 - d/n, n the stays that were in view at length u
 * (those that had come into view before it and had not gone): Kaplan and Meier, Nonparametric estimation from incomplete
 * observations (1958). Stays that began before the window, if the beginning is known, come into view at a later age
 * (left truncation) and count in n from then on. A stay censored at u is in n at u.
 *
 * Variance of log S: sum d / (n (n - d)), Greenwood 1926. Bounds on the log(-log) scale stay within 0 and 1 and keep their
 * level (Borgan and Liestol 1990). Quantiles by Brookmeyer and Crowley, A confidence interval for the median survival time
 * (1982): where the bounds cross. If S equals the level over a stretch its middle is taken. Mean up to a limit: the area
 * below S; its variance is sum (area from u on)^2 d / (n (n - d)) (Klein and Moeschberger, Survival Analysis, 4.5).
 *
 * Bounds. Early left truncation with few in view can bring S to 0 at once: n is shown in the steps. Checked against
 * survfit of R's survival to 1e-10 (tests/accuracy/r/kaplan_meier.R). */
#include "estimate/kaplan_meier.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#define SAME 1.490116119384766e-08 /* root of the machine's epsilon: a level is met */

const char *yk_km_state_text(enum yk_km_state state)
{
    switch (state) {
    case YK_KM_OK:
        return "ok";
    case YK_KM_BAD_STAYS:
        return "stays that contradict themselves";
    case YK_KM_NO_ENDS:
        return "no stay was seen to end";
    case YK_KM_NOT_REACHED:
        return "longer than what was watched";
    }
    return "unknown";
}

static int by_length(const void *a, const void *b)
{
    double x = ((const struct yk_km_stay *)a)->length_s, y = ((const struct yk_km_stay *)b)->length_s;
    return (x > y) - (x < y);
}

enum yk_km_state yk_km_fit(struct yk_km_stay *stays, size_t count, double *work, struct yk_km_step *steps,
                           size_t *step_count)
{
    *step_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct yk_km_stay *s = &stays[i];
        if (!isfinite(s->age_s) || !isfinite(s->length_s) || s->age_s < 0 || s->length_s <= s->age_s ||
            (s->age_s > 0 && !work))
            return YK_KM_BAD_STAYS;
    }
    qsort(stays, count, sizeof *stays, by_length);
    for (size_t i = 0; work && i < count; i++)
        work[i] = stays[i].age_s;
    if (work)
        gsl_sort(work, 1, count);
    double survivor = 1, greenwood = 0;
    size_t in_view = work ? 0 : count; /* have come into view before t */
    for (size_t i = 0; i < count;) {
        double t = stays[i].length_s, ended = 0;
        while (work && in_view < count && work[in_view] < t)
            in_view++;
        double at_risk = (double)(in_view - i);
        for (; i < count && stays[i].length_s == t; i++)
            ended += stays[i].ended;
        if (ended == 0)
            continue;
        survivor *= (at_risk - ended) / at_risk;
        greenwood += ended / (at_risk * (at_risk - ended)); /* INFINITY when all end */
        steps[(*step_count)++] = (struct yk_km_step){t, at_risk, ended, survivor, greenwood};
    }
    return *step_count > 0 ? YK_KM_OK : YK_KM_NO_ENDS;
}

struct yk_interval yk_km_survivor(const struct yk_km_step *steps, size_t index, enum yk_km_bounds bounds)
{
    double s = steps[index].survivor;
    if (!(s > 0)) {
        double before = index > 0 ? yk_km_survivor(steps, index - 1, bounds).upper : 1;
        return (struct yk_interval){0, 0, before};
    }
    double half = YK_Z95 * sqrt(steps[index].greenwood);
    switch (bounds) {
    case YK_KM_LOG:
        return (struct yk_interval){s, s * exp(-half), fmin(s * exp(half), 1)};
    case YK_KM_PLAIN:
        return (struct yk_interval){s, fmax(s - s * half, 0), fmin(s + s * half, 1)};
    case YK_KM_LOG_LOG:
        break;
    }
    double stretch = exp(half / -log(s));
    return (struct yk_interval){s, pow(s, stretch), pow(s, 1 / stretch)};
}

enum which { VALUE, LOWER, UPPER };

static double read(const struct yk_km_step *steps, size_t index, enum yk_km_bounds bounds, enum which which)
{
    if (which == VALUE)
        return steps[index].survivor;
    struct yk_interval i = yk_km_survivor(steps, index, bounds);
    return which == LOWER ? i.lower : i.upper;
}

/* First length at which the curve is at or below the level; the middle of the stretch where it equals it. INFINITY: never. */
static double crossing(const struct yk_km_step *steps, size_t count, double level, enum yk_km_bounds bounds,
                       enum which which)
{
    for (size_t i = 0; i < count; i++) {
        double y = read(steps, i, bounds, which);
        if (y > level + SAME)
            continue;
        if (fabs(y - level) < SAME)
            for (size_t j = i + 1; j < count; j++)
                if (read(steps, j, bounds, which) < level - SAME)
                    return (steps[i].t_s + steps[j].t_s) / 2;
        return steps[i].t_s;
    }
    return (double)INFINITY;
}

enum yk_km_state yk_km_quantile(const struct yk_km_step *steps, size_t count, double p, enum yk_km_bounds bounds,
                                struct yk_interval *out)
{
    double level = 1 - p;
    *out =
        (struct yk_interval){crossing(steps, count, level, bounds, VALUE), crossing(steps, count, level, bounds, LOWER),
                             crossing(steps, count, level, bounds, UPPER)};
    if (isfinite(out->value))
        return YK_KM_OK;
    out->value = out->upper = (double)NAN;
    if (!isfinite(out->lower))
        out->lower = (double)NAN;
    return YK_KM_NOT_REACHED;
}

struct yk_interval yk_km_mean(const struct yk_km_step *steps, size_t count, double to_s)
{
    while (count > 0 && steps[count - 1].t_s > to_s)
        count--;
    double area = 0, variance = 0, end = to_s; /* area: below the survivor from a step on */
    for (size_t i = count; i-- > 0;) {
        const struct yk_km_step *s = &steps[i];
        area += s->survivor * (end - s->t_s);
        if (s->at_risk > s->ended)
            variance += area * area * s->ended / (s->at_risk * (s->at_risk - s->ended));
        end = s->t_s;
    }
    area += end;
    double half = YK_Z95 * sqrt(variance);
    return (struct yk_interval){area, area - half, area + half};
}
