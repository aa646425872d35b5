/* Stays of a day, with the conditions under which they are told. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The curve of stays (stay_survivor.c) is a small difference of many pieces where stays are long, and its scale is a count
 * of arrivals that may be off. Where N comes out at twice the truth half of the stays look shorter than they are; where
 * the period is measured too short, the curve falls far too early. Either gives a median that is 85 to 95 % too low, and
 * looks no different from a true one.
 *
 * Method. A figure is told only if all of this holds:
 *
 *   1. it lies on the curve, which ends where the law of the period is no longer known (at 0.8 R at the most, 0.6 R where its
 *      shape can't be measured) for every kind of address that carries LIGHT or more of the arrivals. Lighter kinds are left
 *      out of the curve and taken into the interval, as if all their stays were shorter or all were longer
 *   2. arrivals are known to a quarter, with the error of the period (rotation.c)
 *   3. the figure is there at both ends of the period's 95 % interval, and in nine of ten draws of hours with the period
 *      drawn along (bootstrap.c). The interval holds all of these, ends on the curve, and is no wider than WIDE either way
 *   4. the visits that scale the curve lie in the interval of the arrivals
 *
 * Periods of several kinds of address are drawn as if their errors were one: they may come from one measurement, and if not, that
 * makes the interval wider.
 *
 * Addresses that keep, where they are all that is heard: product-limit estimate and Greenwood's interval
 * (kaplan_meier.c), no condition but that the figure is reached. */
#include "estimate/stay_told.h"

#include "estimate/bootstrap.h"
#include "estimate/kaplan_meier.h"
#include "estimate/period_shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIGHT     0.05
#define SURE      0.25
#define WIDE      1.5
#define RESAMPLES 200
#define SEED      20270404UL /* any: the same lives give the same interval */

const char *yk_told_state_text(enum yk_told_state state)
{
    switch (state) {
    case YK_TOLD_OK:
        return "ok";
    case YK_TOLD_NO_PERIOD:
        return "the rotation period is not known";
    case YK_TOLD_TOO_FEW:
        return "too few lives of addresses";
    case YK_TOLD_UNSURE:
        return "arrivals are not known well enough";
    case YK_TOLD_BEYOND:
        return "stays are longer than addresses last";
    case YK_TOLD_DISAGREES:
        return "the lengths of lives disagree with the count of arrivals";
    case YK_TOLD_WIDE:
        return "the error of the period and of few stays leaves too much open";
    case YK_TOLD_NO_MEMORY:
        return "out of memory";
    }
    return "unknown";
}

static const struct yk_interval nothing = {(double)NAN, (double)NAN, (double)NAN};

struct yk_stay_curves {
    const struct yk_stay_day *day;
    bool made;
    /* What does not hang on the figure. */
    enum yk_told_state state; /* of all figures, unless OK */
    struct yk_interval all;   /* arrivals */
    bool rotates;
    struct yk_stay_bins bins[YK_STAY_KINDS];
    double two_g_s[YK_STAY_KINDS];
    double arrivals[YK_STAY_KINDS], most[YK_STAY_KINDS]; /* and the upper bound */
    bool used[YK_STAY_KINDS];
    double light;              /* share of the arrivals that is not in the curve */
    unsigned *times, *hour_of; /* draws are of hours in which anybody came */
    unsigned *by_hour;
    size_t units;
    /* Of addresses that rotate. */
    struct yk_stay_survivor whole, bound[2]; /* at the ends of the period's interval */
    bool bounded;
    struct yk_stay_curve *drawn; /* RESAMPLES, after the first figure; no points where a draw has no curve */
};

/* Arrivals of all kinds. Bounds add up as they are: the period's error is most of them, and may be common. */
static bool count_arrivals(struct yk_stay_curves *w, struct yk_interval *all)
{
    *all = (struct yk_interval){0, 0, 0};
    for (int kind = 0; kind < YK_STAY_KINDS; kind++) {
        struct yk_rotation_sums sums = yk_stay_day_sums(w->day, kind);
        struct yk_rotation_flows flows;
        w->two_g_s[kind] = yk_rotation_two_g_s(&sums);
        if (sums.addresses == 0)
            continue;
        if (kind == YK_STAY_FIXED) {
            flows.arrivals.raw = flows.arrivals.lower = flows.arrivals.upper = (double)sums.births;
        } else if (!w->day->known[kind] || yk_rotation_flows(&sums, &w->day->period[kind], &flows) != YK_VISITS_OK) {
            *all = nothing;
            return false;
        }
        w->arrivals[kind] = fmax(flows.arrivals.raw, 0);
        /* More rotations than births is no proof of nobody. */
        w->most[kind] = flows.arrivals.raw > 0 ? fmax(flows.arrivals.upper, w->arrivals[kind]) : (double)sums.births;
        all->value += w->arrivals[kind];
        all->lower += fmin(flows.arrivals.lower, w->arrivals[kind]);
        all->upper += fmax(flows.arrivals.upper, w->arrivals[kind]);
    }
    return true;
}

/* What goes into the curve. False where addresses rotated and no device is left of them: their period is not theirs. */
static bool choose_kinds(struct yk_stay_curves *w, const struct yk_interval *all, bool *rotates)
{
    *rotates = false;
    for (int kind = 0; kind < YK_STAY_KINDS; kind++) {
        bool light = w->most[kind] < LIGHT * all->value;
        if (!light && !(w->arrivals[kind] > 0))
            return false;
        w->used[kind] = !light;
        w->light += light ? w->most[kind] / all->value : 0;
        *rotates |= !light && kind != YK_STAY_FIXED;
    }
    return true;
}

/* The figure on a curve. */
static bool read_curve(const struct yk_stay_curve *curve, const struct yk_stay_asked *asked, double *out)
{
    if (asked->longer)
        return yk_stay_curve_longer(curve, asked->at, out) == YK_STAY_OBSERVED;
    return yk_stay_curve_quantile(curve, asked->at, out) == YK_STAY_OBSERVED;
}

/* With the bins as they are weighed, and the period's logarithm off by z of its standard errors. */
static bool estimate(const struct yk_stay_curves *w, double z, struct yk_stay_survivor *out)
{
    struct yk_stay_group groups[YK_STAY_KINDS];
    struct yk_period_law law[YK_STAY_KINDS];
    size_t count = 0;
    for (int kind = 0; kind < YK_STAY_KINDS; kind++) {
        const struct yk_rotation_period *period = &w->day->period[kind];
        if (!w->used[kind])
            continue;
        groups[count] = (struct yk_stay_group){w->bins[kind].pieces, w->bins[kind].weight, w->bins[kind].count, NULL, 0,
                                               w->two_g_s[kind]};
        if (kind != YK_STAY_FIXED) {
            double stretch = exp(z * period->se_s / period->period_s);
            if (!yk_law_stretch(&w->day->law[kind], stretch, &law[kind]))
                return false;
            groups[count].law = &law[kind];
            groups[count].known_to_s = w->day->known_to_s[kind] * stretch;
        }
        count++;
    }
    return yk_stay_survivor_pool(groups, count, out) == YK_STAY_OK;
}

static void weigh(struct yk_stay_curves *w, const unsigned *times)
{
    for (size_t u = 0; u < w->units; u++)
        w->by_hour[w->hour_of[u]] = times[u];
    for (int kind = 0; kind < YK_STAY_KINDS; kind++)
        if (w->used[kind])
            yk_stay_bins_weigh(&w->bins[kind], w->by_hour);
}

/* A figure being drawn. The draws are always the same, so the curves of one figure's serve the next. */
struct drawing {
    struct yk_stay_curves *curves;
    const struct yk_stay_asked *asked;
    bool first; /* of the day */
    size_t at;  /* 0 is the day as it was */
};

static void statistic(const unsigned *times, double z, void *context, double *out)
{
    struct drawing *d = context;
    struct yk_stay_curves *w = d->curves;
    const struct yk_stay_curve *curve = d->at == 0 ? &w->whole.curve : &w->drawn[d->at - 1];
    if (d->first && d->at > 0) {
        struct yk_stay_survivor survivor;
        weigh(w, times);
        w->drawn[d->at - 1] = estimate(w, z, &survivor) ? survivor.curve : (struct yk_stay_curve){.count = 0};
    }
    d->at++;
    if (curve->count == 0 || !read_curve(curve, d->asked, out))
        *out = (double)NAN;
}

static void widen(struct yk_interval *interval, double lower, double upper)
{
    interval->lower = fmin(interval->lower, lower);
    interval->upper = fmax(interval->upper, upper);
}

/* Kinds that are not in the curve: all their stays shorter than the figure, or all longer. */
static bool widen_by_light(const struct yk_stay_curves *w, const struct yk_stay_asked *asked,
                           struct yk_interval *figure)
{
    if (w->light == 0)
        return true;
    if (asked->longer) {
        widen(figure, figure->lower * (1 - w->light), figure->upper * (1 - w->light) + w->light);
        return true;
    }
    struct yk_stay_asked shorter = {.at = (asked->at - w->light) / (1 - w->light)};
    struct yk_stay_asked longer = {.at = asked->at / (1 - w->light)};
    double low, high;
    if (!(shorter.at > 0) || !(longer.at < 1) || !read_curve(&w->whole.curve, &shorter, &low) ||
        !read_curve(&w->whole.curve, &longer, &high))
        return false;
    figure->lower *= low / figure->value;
    figure->upper *= high / figure->value;
    return true;
}

/* A length whose bound lies beyond the curve is told only where it came out short. */
static bool too_wide(const struct yk_stay_curves *w, const struct yk_stay_asked *asked,
                     const struct yk_interval *figure)
{
    if (!asked->longer && figure->upper > yk_stay_curve_horizon_s(&w->whole.curve))
        return true;
    return !(figure->upper <= WIDE * figure->value) || !(figure->value <= WIDE * figure->lower);
}

/* The curve of all lives and those at the ends of the period's interval. */
static enum yk_told_state make_rotating(struct yk_stay_curves *w)
{
    if ((w->all.upper - w->all.lower) / 2 > SURE * w->all.value)
        return YK_TOLD_UNSURE;
    for (size_t u = 0; u < w->units; u++)
        w->times[u] = 1;
    weigh(w, w->times);
    if (!estimate(w, 0, &w->whole))
        return YK_TOLD_TOO_FEW;
    w->bounded = estimate(w, -YK_Z95, &w->bound[0]) && estimate(w, YK_Z95, &w->bound[1]);
    return YK_TOLD_OK;
}

static enum yk_told_state tell_rotating(struct yk_stay_curves *w, const struct yk_stay_asked *asked,
                                        struct yk_interval *out)
{
    struct yk_interval drawn, figure;
    double at[2], visits = w->whole.visits / (1 - w->light);
    if (!read_curve(&w->whole.curve, asked, &figure.value))
        return YK_TOLD_BEYOND;
    if (visits < w->all.lower || visits > w->all.upper)
        return YK_TOLD_DISAGREES;
    if (!w->bounded || !read_curve(&w->bound[0].curve, asked, &at[0]) || !read_curve(&w->bound[1].curve, asked, &at[1]))
        return YK_TOLD_WIDE;
    struct yk_bootstrap_plan plan = {w->units, RESAMPLES, SEED};
    struct drawing drawing = {w, asked, !w->drawn, 0};
    if (!w->drawn)
        w->drawn = calloc(RESAMPLES, sizeof *w->drawn);
    if (!w->drawn)
        return YK_TOLD_NO_MEMORY;
    if (!yk_bootstrap(&plan, statistic, &drawing, 1, w->times, &drawn) || isnan(drawn.value))
        return YK_TOLD_WIDE;
    figure.lower = drawn.lower;
    figure.upper = asked->longer ? fmin(drawn.upper, 1) : drawn.upper;
    widen(&figure, fmin(at[0], at[1]), fmax(at[0], at[1]));
    if (!widen_by_light(w, asked, &figure) || too_wide(w, asked, &figure))
        return YK_TOLD_WIDE;
    *out = figure;
    return YK_TOLD_OK;
}

/* Survivor just before a length. */
static struct yk_interval longer_of(const struct yk_km_step *steps, size_t count, double at_s)
{
    size_t before = 0;
    while (before < count && steps[before].t_s < at_s)
        before++;
    return before > 0 ? yk_km_survivor(steps, before - 1, YK_KM_LOG_LOG) : (struct yk_interval){1, 1, 1};
}

double yk_stay_fewest(double share, double of)
{
    double in = share * of, out = of - in;
    return in < 0.5 ? out : out < 0.5 ? in : fmin(in, out);
}

static enum yk_told_state read_steps(const struct yk_stay_asked *asked, double light, const struct yk_km_step *steps,
                                     size_t count, struct yk_interval *out)
{
    double p = asked->at;
    struct yk_interval low, high;
    if (asked->longer) {
        *out = longer_of(steps, count, p);
        widen(out, out->lower * (1 - light), out->upper * (1 - light) + light);
        return YK_TOLD_OK;
    }
    if (yk_km_quantile(steps, count, p, YK_KM_LOG_LOG, out) != YK_KM_OK)
        return YK_TOLD_BEYOND;
    if (!(p > light) || !(p < 1 - light) ||
        yk_km_quantile(steps, count, (p - light) / (1 - light), YK_KM_LOG_LOG, &low) != YK_KM_OK ||
        yk_km_quantile(steps, count, p / (1 - light), YK_KM_LOG_LOG, &high) != YK_KM_OK)
        return YK_TOLD_WIDE;
    widen(out, low.lower, high.upper);
    return isfinite(out->upper) ? YK_TOLD_OK : YK_TOLD_WIDE;
}

static enum yk_told_state tell_fixed(const struct yk_stay_curves *w, const struct yk_stay_asked *asked,
                                     struct yk_stay_told *out)
{
    struct yk_km_stay *stays;
    size_t count, step_count;
    if (!yk_stay_bins_unfold(&w->bins[YK_STAY_FIXED], w->two_g_s[YK_STAY_FIXED], &stays, &count))
        return YK_TOLD_NO_MEMORY;
    struct yk_km_step *steps = calloc(count + 1, sizeof *steps);
    enum yk_told_state state = YK_TOLD_NO_MEMORY;
    if (count < YK_STAY_PIECES_MIN)
        state = YK_TOLD_TOO_FEW;
    else if (steps)
        state = yk_km_fit(stays, count, NULL, steps, &step_count) == YK_KM_OK
                    ? read_steps(asked, w->light, steps, step_count, &out->figure)
                    : YK_TOLD_BEYOND;
    if (state == YK_TOLD_OK && asked->longer)
        out->fewest = fmin(out->fewest, yk_stay_fewest(out->figure.value, (double)count));
    free(stays);
    free(steps);
    return state;
}

/* Hours in which anybody came; of one alone nothing can be drawn. */
static bool find_units(struct yk_stay_curves *w)
{
    size_t hours = w->day->tally->hours;
    w->times = calloc(hours + 1, sizeof *w->times);
    w->hour_of = calloc(hours + 1, sizeof *w->hour_of);
    w->by_hour = calloc(hours + 1, sizeof *w->by_hour);
    if (!w->times || !w->hour_of || !w->by_hour)
        return false;
    for (size_t hour = 0; hour < hours; hour++) {
        uint64_t came = 0;
        for (int kind = 0; kind < YK_STAY_KINDS; kind++)
            for (size_t i = 0; i < w->bins[kind].count && w->used[kind]; i++)
                came += w->bins[kind].by_hour[i * hours + hour];
        if (came > 0)
            w->hour_of[w->units++] = (unsigned)hour;
    }
    return true;
}

static enum yk_told_state make(struct yk_stay_curves *w)
{
    bool memory = true;
    if (!count_arrivals(w, &w->all))
        return YK_TOLD_NO_PERIOD;
    if (!(w->all.value > 0))
        return YK_TOLD_TOO_FEW;
    if (!choose_kinds(w, &w->all, &w->rotates))
        return YK_TOLD_UNSURE;
    for (int kind = 0; kind < YK_STAY_KINDS; kind++)
        memory = memory && (!w->used[kind] || yk_stay_bins_of(w->day->tally, kind, &w->bins[kind]));
    if (!memory || !find_units(w))
        return YK_TOLD_NO_MEMORY;
    return w->rotates ? make_rotating(w) : YK_TOLD_OK;
}

struct yk_stay_curves *yk_stay_curves_new(const struct yk_stay_day *day)
{
    struct yk_stay_curves *w = calloc(1, sizeof *w);
    if (w)
        w->day = day;
    return w;
}

void yk_stay_curves_free(struct yk_stay_curves *curves)
{
    if (!curves)
        return;
    for (int kind = 0; kind < YK_STAY_KINDS; kind++)
        yk_stay_bins_clear(&curves->bins[kind]);
    free(curves->times);
    free(curves->hour_of);
    free(curves->by_hour);
    free(curves->drawn);
    free(curves);
}

const struct yk_stay_day *yk_stay_curves_day(const struct yk_stay_curves *curves)
{
    return curves->day;
}

enum yk_told_state yk_stay_told(struct yk_stay_curves *curves, const struct yk_stay_asked *asked,
                                struct yk_stay_told *out)
{
    if (!curves->made)
        curves->state = make(curves);
    curves->made = true;
    *out = (struct yk_stay_told){nothing, curves->all, curves->state == YK_TOLD_NO_PERIOD ? 0 : curves->all.lower};
    if (curves->state != YK_TOLD_OK)
        return curves->state;
    enum yk_told_state state =
        curves->rotates ? tell_rotating(curves, asked, &out->figure) : tell_fixed(curves, asked, out);
    if (state != YK_TOLD_OK)
        out->figure = nothing;
    return state;
}
