/* The ratio estimator. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A camera misses people behind others and counts trolleys. Somebody stands beside it for some sessions; how much are
 * its counts off at other times, and how sure is that?
 *
 * Method. ratio = sum manual / sum camera. SE^2 = sum (m - ratio c)^2 / (n - 1) / (n mean(c)^2) (Cochran, Sampling techniques,
 * 3rd edition 1977, 6.3 and 6.4: the delta method; sessions are few of very many, so no finite population correction), t with
 * n - 1 degrees of freedom. Its bias is of order 1/n and is left (2.4: below SE^2/ratio/n).
 *
 * A corrected count has an error of its own beside that of the ratio: sessions of the same camera count differed, by scatter =
 * sum (m - ratio c)^2/(ratio c) / (n - 1) in proportion to the count. Var = c^2 SE^2 + scatter ratio c. The two counts are of the
 * same people, so Poisson's variance is not in it; who asks for the mean that such counts come from adds phi ratio c.
 *
 * Sessions in which both counts agree say that errors are rare, and not that there are none: no error among n persons leaves 3/n
 * of them possible at 95 % (the rule of three; Hanley and Lippman-Hand, JAMA 249, 1983). So scatter is at least 3 / sum manual,
 * and SE at least what that scatter makes of it.
 *
 * Several lines together: their corrections come from different sessions, so variances add up; t has Welch and Satterthwaite's
 * degrees of freedom. Counts under one correction share its error and are added up before they are corrected.
 *
 * Bounds. Below 5 sessions t makes the interval very wide; 10 to 20 sessions over the range of crowding are enough. Sessions only
 * when it is quiet say nothing of when it is full: cameras lose people in crowds. Person and camera making the same mistake is
 * not seen. */
#include "estimate/ratio.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define RULE_OF_THREE 3.0

const char *yk_ratio_state_text(enum yk_ratio_state state)
{
    switch (state) {
    case YK_RATIO_OK:
        return "ok";
    case YK_RATIO_BAD_COUNTS:
        return "a count is negative or not a number";
    case YK_RATIO_TOO_FEW:
        return "fewer than three sessions in which anybody was counted";
    case YK_RATIO_NO_COUNT:
        return "the camera or the person counted nobody";
    }
    return "unknown";
}

enum yk_ratio_state yk_ratio_fit(const struct yk_session_counts *sessions, size_t count, struct yk_ratio *out)
{
    *out = (struct yk_ratio){0};
    double manual = 0, camera = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct yk_session_counts *s = &sessions[i];
        if (!isfinite(s->manual) || !isfinite(s->camera) || s->manual < 0 || s->camera < 0)
            return YK_RATIO_BAD_COUNTS;
        manual += s->manual;
        camera += s->camera;
        n += s->manual > 0 || s->camera > 0;
    }
    if (n < YK_RATIO_SESSIONS_MIN)
        return YK_RATIO_TOO_FEW;
    if (manual <= 0 || camera <= 0)
        return YK_RATIO_NO_COUNT;
    double ratio = manual / camera, squares = 0, relative = 0;
    for (size_t i = 0; i < count; i++) {
        double error = sessions[i].manual - ratio * sessions[i].camera;
        squares += error * error;
        /* Where the camera saw nobody, what the person saw is one count's worth. */
        relative += error * error / fmax(ratio * sessions[i].camera, 1);
    }
    double scatter = fmax(relative / (n - 1), RULE_OF_THREE / manual);
    double se = fmax(sqrt(squares / (n - 1) * n) / camera, sqrt(RULE_OF_THREE / manual * ratio / camera));
    *out = (struct yk_ratio){.ratio = ratio, .se = se, .scatter = scatter, .dof = n - 1, .sessions = (size_t)n};
    return YK_RATIO_OK;
}

struct yk_interval yk_ratio_interval(const struct yk_ratio *r)
{
    double reach = gsl_cdf_tdist_Pinv(0.975, r->dof) * r->se;
    return (struct yk_interval){r->ratio, fmax(0, r->ratio - reach), r->ratio + reach};
}

/* Who passed, where `value` is expected, var_ratio is the variance of that for the ratios' sake, and `scatter` that of a count per
 * person. The score interval as in calibration.c: 0 counted is not 0 for sure. */
static struct yk_interval score(double value, double var_ratio, double scatter, double dof)
{
    double t = gsl_cdf_tdist_Pinv(0.975, dof), half = t * t * scatter / 2;
    double reach = sqrt(half * half + t * t * (var_ratio + scatter * value));
    return (struct yk_interval){value, fmax(0, fmin(value, value + half - reach)), value + half + reach};
}

struct yk_interval yk_ratio_apply(const struct yk_ratio *r, double camera, double phi)
{
    if (!(camera >= 0) || !isfinite(camera) || !(phi >= 0) || !isfinite(phi))
        return (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    return score(r->ratio * camera, camera * camera * r->se * r->se, r->scatter + phi, r->dof);
}

struct yk_interval yk_ratio_sum(const struct yk_corrected_count *counts, size_t count, double exact)
{
    double value = 0, var_ratio = 0, var_count = 0, welch = 0, least_dof = (double)INFINITY, most_scatter = 0;
    for (size_t i = 0; i < count; i++) {
        const struct yk_ratio *r = counts[i].ratio;
        double camera = counts[i].camera, of_ratio = camera * camera * r->se * r->se;
        double of_count = r->scatter * r->ratio * camera;
        value += r->ratio * camera;
        var_ratio += of_ratio;
        var_count += of_count;
        welch += (of_ratio + of_count) * (of_ratio + of_count) / r->dof;
        least_dof = fmin(least_dof, r->dof);
        most_scatter = fmax(most_scatter, r->scatter);
    }
    if (!isfinite(value) || value < 0 || !isfinite(exact) || exact < 0)
        return (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    if (count == 0)
        return (struct yk_interval){exact, exact, exact};
    double variance = var_ratio + var_count;
    struct yk_interval sum = score(value, var_ratio, value > 0 ? var_count / value : most_scatter,
                                   welch > 0 ? variance * variance / welch : least_dof);
    return (struct yk_interval){exact + sum.value, exact + sum.lower, exact + sum.upper};
}
