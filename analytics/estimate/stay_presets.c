/* Named practices of counting stays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With G the survivor of stays, of those in [a, b):
 *
 *     mean = [a G(a) - b G(b) + integral of G from a to b] / [G(a) - G(b)],     quantile p at G(t) = G(a) - p [G(a) - G(b)]
 *
 * Bounds. Each figure is observed or not by itself: under address rotation the mean of stays above 15 minutes may be known
 * (the integral of G to infinity is) where their median is not. Limits: Ministry of Land, Infrastructure, Transport and
 * Tourism, guides to people flow data; the surveys that use others take from_s and to_s of their own. */
#include "estimate/stay_presets.h"

#include <math.h>
#include <string.h>

#define MINUTE 60.0
#define HOUR   3600.0

const struct yk_stay_preset yk_stay_presets[] = {
    {"all", "every stay", 0, (double)INFINITY},
    {"dwell", "15 minutes to 12 hours", 15 * MINUTE, 12 * HOUR},
    {"visitor", "15 minutes and more", 15 * MINUTE, (double)INFINITY},
    {"staying", "2 hours and more", 2 * HOUR, (double)INFINITY},
    {NULL, NULL, 0, 0},
};

const struct yk_stay_preset *yk_stay_preset_find(const char *name)
{
    for (const struct yk_stay_preset *p = yk_stay_presets; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

static struct yk_stay_figure quantile(const struct yk_stay_curve *curve, double level)
{
    struct yk_stay_figure figure = {YK_STAY_NOT_OBSERVABLE, 0};
    if (level < 1) /* 1 is held by every length up to the shortest stay */
        figure.answer = yk_stay_curve_quantile(curve, 1 - level, &figure.value);
    return figure;
}

void yk_stay_preset_apply(const struct yk_stay_curve *curve, const struct yk_stay_preset *preset,
                          struct yk_stay_figures *out)
{
    *out = (struct yk_stay_figures){.share = {YK_STAY_NOT_OBSERVABLE, 0},
                                    .mean_s = {YK_STAY_NOT_OBSERVABLE, 0},
                                    .median_s = {YK_STAY_NOT_OBSERVABLE, 0},
                                    .p90_s = {YK_STAY_NOT_OBSERVABLE, 0}};
    double a = preset->from_s, b = preset->to_s, above_a, above_b = 0, between;
    if (yk_stay_curve_longer(curve, a, &above_a) != YK_STAY_OBSERVED)
        return;
    if (isfinite(b) && yk_stay_curve_longer(curve, b, &above_b) != YK_STAY_OBSERVED) {
        out->open_ended = true;
        b = (double)INFINITY;
    }
    double in = above_a - above_b;
    out->share = (struct yk_stay_figure){YK_STAY_OBSERVED, in};
    if (!(in > 0)) {
        out->mean_s.answer = out->median_s.answer = out->p90_s.answer = YK_STAY_NOBODY;
        return;
    }
    if (yk_stay_curve_between(curve, a, b, &between) == YK_STAY_OBSERVED) {
        double ends = isfinite(b) ? b * above_b : 0;
        out->mean_s = (struct yk_stay_figure){YK_STAY_OBSERVED, (a * above_a - ends + between) / in};
    }
    out->median_s = quantile(curve, above_a - 0.5 * in);
    out->p90_s = quantile(curve, above_a - 0.9 * in);
}

size_t yk_stay_merge(double (*spans)[2], size_t count, double gap_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && spans[i][0] - spans[kept - 1][1] < gap_s) {
            spans[kept - 1][1] = fmax(spans[kept - 1][1], spans[i][1]);
            continue;
        }
        spans[kept][0] = spans[i][0];
        spans[kept++][1] = spans[i][1];
    }
    return kept;
}
