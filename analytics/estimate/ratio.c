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
 * Bounds. Below 5 sessions t makes the interval very wide; 10 to 20 sessions over the range of crowding are enough. Sessions only
 * when it is quiet say nothing of when it is full: cameras lose people in crowds. Person and camera making the same mistake is
 * not seen. */
#include "estimate/ratio.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

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
    double se = sqrt(squares / (n - 1) * n) / camera;
    double reach = gsl_cdf_tdist_Pinv(0.975, n - 1) * se;
    *out = (struct yk_ratio){.ratio = ratio,
                             .se = se,
                             .scatter = relative / (n - 1),
                             .dof = n - 1,
                             .sessions = (size_t)n,
                             .interval = {ratio, fmax(0, ratio - reach), ratio + reach}};
    return YK_RATIO_OK;
}

struct yk_interval yk_ratio_apply(const struct yk_ratio *r, double camera, double phi)
{
    if (!(camera >= 0) || !isfinite(camera) || !(phi >= 0) || !isfinite(phi))
        return (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    double value = r->ratio * camera, t = gsl_cdf_tdist_Pinv(0.975, r->dof);
    double half = t * t * (r->scatter + phi) / 2; /* score interval, as in calibration.c: 0 counted is not 0 for sure */
    double reach = sqrt(half * half + t * t * (camera * camera * r->se * r->se + (r->scatter + phi) * value));
    return (struct yk_interval){value, fmax(0, fmin(value, value + half - reach)), value + half + reach};
}
