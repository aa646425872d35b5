/* Named practices of counting stays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method. S: the product-limit survivor just before a length (kaplan_meier.c). Of stays in [a, b)
 *
 *     share = S(a) - S(b) = S(a) (1 - q),     variance = (1 - q)^2 S(a)^2 V(a) + S(a)^2 q^2 [V(b) - V(a)]
 *
 * with q = S(b)/S(a), V Greenwood's variance of log S (whose increments are uncorrelated), and the interval on the scale of
 * log(-log share), as for a survivor: with b at infinity it is Greenwood's. Nobody or everybody in the range: the exact binomial
 * limit of none (all) of n. The median is that of the stays which reach a, come into view there (left truncation; Klein and
 * Moeschberger, Survival Analysis, 2003, chapter 4.6), at the level (1 - q)/2, with the interval of Brookmeyer and Crowley.
 *
 * Bounds. Stays as if independent: who comes in company makes intervals too narrow. The error of q is not in that of a median;
 * q is 0 but for the stays of 12 hours and more. Lengths come in bins of under 0.8 % (stay_tally.h), so that a stay of 897 s may
 * count as one of 900. Limits: Ministry of Land, Infrastructure, Transport and Tourism, guides to people flow data. */
#include "estimate/stay_presets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE  60.0
#define HOUR    3600.0
#define TAIL    0.025 /* on either side */
#define AT_MOST (1 - 1e-12)

const struct yk_stay_preset yk_stay_presets[] = {
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

/* The survivor just before a length, with Greenwood's variance. */
struct level {
    double survivor, greenwood;
};

static struct level just_before(const struct yk_km_step *steps, size_t count, double at_s)
{
    size_t before = 0;
    while (before < count && steps[before].t_s < at_s)
        before++;
    return before > 0 ? (struct level){steps[before - 1].survivor, steps[before - 1].greenwood} : (struct level){1, 0};
}

/* Variance of log survivor, times the survivor squared: 0 at the curve's end, where Greenwood has no value. */
static double variance_of(double survivor, double greenwood)
{
    return survivor > 0 ? survivor * survivor * greenwood : 0;
}

static struct yk_interval share_of(struct level a, struct level b, size_t n)
{
    double q = a.survivor > 0 ? b.survivor / a.survivor : 0, share = a.survivor * (1 - q);
    double few = -expm1(log(TAIL) / (double)n); /* what none of n leaves possible */
    if (!(share > 0))
        return (struct yk_interval){0, 0, few};
    if (share > AT_MOST)
        return (struct yk_interval){1, 1 - few, 1};
    double variance = (1 - q) * (1 - q) * variance_of(a.survivor, a.greenwood);
    if (b.survivor > 0)
        variance += q * q * variance_of(a.survivor, b.greenwood - a.greenwood);
    double stretch = exp(YK_Z95 * sqrt(variance) / (share * -log(share)));
    return (struct yk_interval){share, pow(share, stretch), pow(share, 1 / stretch)};
}

/* stays: sorted; the first of them that reaches from_s. */
static enum yk_told_state median_of(const struct yk_km_stay *stays, size_t count, double from_s, double q,
                                    struct yk_interval *out)
{
    if (count < 2 || !(q < 1))
        return YK_TOLD_TOO_FEW;
    struct yk_km_stay *reach = malloc(count * sizeof *reach);
    struct yk_km_step *steps = malloc(count * sizeof *steps);
    double *work = malloc(count * sizeof *work);
    size_t step_count;
    enum yk_told_state state = YK_TOLD_NO_MEMORY;
    if (reach && steps && work) {
        for (size_t i = 0; i < count; i++)
            reach[i] = (struct yk_km_stay){from_s * AT_MOST, stays[i].length_s, stays[i].ended};
        state = yk_km_fit(reach, count, work, steps, &step_count) != YK_KM_OK ||
                        yk_km_quantile(steps, step_count, (1 - q) / 2, YK_KM_LOG_LOG, out) != YK_KM_OK
                    ? YK_TOLD_BEYOND
                : isfinite(out->upper) ? YK_TOLD_OK
                                       : YK_TOLD_WIDE;
    }
    free(reach);
    free(steps);
    free(work);
    return state;
}

enum yk_told_state yk_stay_preset_read(struct yk_km_stay *stays, size_t count, const struct yk_stay_preset *preset,
                                       enum yk_preset_figure figure, struct yk_stay_told *out)
{
    static const struct yk_interval nothing = {(double)NAN, (double)NAN, (double)NAN};
    out->figure = nothing;
    out->arrivals = (struct yk_interval){(double)count, (double)count, (double)count};
    out->fewest = (double)count;
    if (count < YK_STAY_PIECES_MIN)
        return YK_TOLD_TOO_FEW;
    struct yk_km_step *steps = malloc(count * sizeof *steps);
    size_t step_count, reach = count;
    if (!steps)
        return YK_TOLD_NO_MEMORY;
    yk_km_fit(stays, count, NULL, steps, &step_count); /* without an end all survive */
    struct level a = just_before(steps, step_count, preset->from_s), b = {0, 0};
    if (isfinite(preset->to_s))
        b = just_before(steps, step_count, preset->to_s);
    free(steps);
    double watched_s = stays[count - 1].length_s;
    if ((watched_s < preset->from_s && a.survivor > 0) || (watched_s < preset->to_s && b.survivor > 0))
        return YK_TOLD_BEYOND;
    if (figure == YK_PRESET_SHARE) {
        out->figure = share_of(a, b, count);
        out->fewest = yk_stay_fewest(out->figure.value, (double)count);
        return YK_TOLD_OK;
    }
    while (reach > 0 && stays[reach - 1].length_s >= preset->from_s)
        reach--;
    size_t there = count - reach;
    out->arrivals = (struct yk_interval){(double)there, (double)there, (double)there};
    out->fewest = (double)there;
    double q = a.survivor > 0 ? b.survivor / a.survivor : 1;
    enum yk_told_state state = median_of(stays + reach, there, preset->from_s, q, &out->figure);
    if (state != YK_TOLD_OK)
        out->figure = nothing;
    return state;
}

enum yk_told_state yk_stay_preset_told(const struct yk_stay_day *day, const struct yk_stay_preset *preset,
                                       enum yk_preset_figure figure, struct yk_stay_told *out)
{
    struct yk_rotation_sums sums = yk_stay_day_sums(day, YK_STAY_FIXED);
    struct yk_stay_bins bins = {0};
    struct yk_km_stay *stays = NULL;
    size_t count = 0;
    enum yk_told_state state = YK_TOLD_NO_MEMORY;
    *out = (struct yk_stay_told){{(double)NAN, (double)NAN, (double)NAN}, {0, 0, 0}, 0};
    if (yk_stay_bins_of(day->tally, YK_STAY_FIXED, &bins) &&
        yk_stay_bins_unfold(&bins, yk_rotation_two_g_s(&sums), &stays, &count))
        state = yk_stay_preset_read(stays, count, preset, figure, out);
    free(stays);
    yk_stay_bins_clear(&bins);
    return state;
}
