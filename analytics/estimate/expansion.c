/* Expansion of sampled time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Surveys by hand count ten minutes of each hour and multiply by six. The number that comes out looks like a count;
 * it is an estimate whose error is the difference between the minutes that were and were not counted.
 *
 * Method. Each stratum (hour) h is expanded by its own factor F = length / time counted, total = sum F x (Cochran, Sampling
 * techniques, 1977, 5.3). If counts of equal intervals have variance phi times their mean, (F - 1) x - (the rest) has variance F (F
 * - 1) phi mean: Var = sum F (F - 1) phi x, with the finite population correction in it; nothing at F = 1. One interval an hour has
 * no spread of its own, so phi comes from neighbours in time, phi = mean of (x - y)^2/(x + y) (successive differences: von Neumann
 * and others, The mean square successive difference, 1941; for systematic samples Wolter, Introduction to variance estimation,
 * 1985, 7.2), with lengths taken into account where they differ. Its degrees of freedom are 2/3 of the pairs, each interval being in
 * two. phi is at least 1: who was not counted is at least as random as independent people.
 *
 * Bounds. The course of the day between neighbours counts as spread: too wide, not too narrow. The sampled minutes must not be in
 * step with the traffic (the same minute after each train): no variance shows that. Hours without an interval are a hole and
 * are not filled. */
#include "estimate/expansion.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

const char *yk_expansion_state_text(enum yk_expansion_state state)
{
    switch (state) {
    case YK_EXPANSION_OK:
        return "ok";
    case YK_EXPANSION_BAD_COUNTS:
        return "intervals that are no counts, not in order, or reach over an hour or the window";
    case YK_EXPANSION_HOLE:
        return "an hour in which nothing was counted";
    case YK_EXPANSION_TOO_FEW:
        return "too few intervals to tell how much they differ";
    }
    return "unknown";
}

static bool good(const struct yk_survey_count *c, const struct yk_survey_count *before, int64_t from_s, int64_t to_s,
                 int64_t stratum_s)
{
    return isfinite(c->count) && c->count >= 0 && c->start_s >= from_s && c->end_s > c->start_s && c->end_s <= to_s &&
           (!before || c->start_s >= before->end_s) &&
           (c->start_s - from_s) / stratum_s == (c->end_s - 1 - from_s) / stratum_s;
}

/* Mean of squared differences of neighbours over what they would be if people came independently; NAN if nobody came. */
static double successive(const struct yk_survey_count *counts, size_t count, double *pairs)
{
    double sum = 0;
    *pairs = 0;
    for (size_t i = 1; i < count; i++) {
        const struct yk_survey_count *x = &counts[i], *y = &counts[i - 1];
        double x_s = (double)(x->end_s - x->start_s), y_s = (double)(y->end_s - y->start_s), share = x_s / y_s;
        double rate = (x->count + y->count) / (x_s + y_s), off = x->count - share * y->count;
        if (rate <= 0)
            continue;
        sum += off * off / (rate * x_s * (1 + share));
        ++*pairs;
    }
    return *pairs > 0 ? sum / *pairs : (double)NAN;
}

enum yk_expansion_state yk_expansion(const struct yk_survey_count *counts, size_t count, int64_t from_s, int64_t to_s,
                                     int64_t stratum_s, struct yk_expansion *out)
{
    *out = (struct yk_expansion){0};
    if (to_s <= from_s || stratum_s <= 0)
        return YK_EXPANSION_BAD_COUNTS;
    for (size_t i = 0; i < count; i++)
        if (!good(&counts[i], i > 0 ? &counts[i - 1] : NULL, from_s, to_s, stratum_s))
            return YK_EXPANSION_BAD_COUNTS;
    struct yk_expansion e = {.window_s = to_s - from_s, .counts = count};
    double total = 0, expanded = 0; /* the latter: sum F (F - 1) x */
    size_t next = 0;
    for (int64_t start_s = from_s; start_s < to_s; start_s += stratum_s) {
        int64_t end_s = start_s + stratum_s < to_s ? start_s + stratum_s : to_s, counted_s = 0;
        double persons = 0;
        for (; next < count && counts[next].start_s < end_s; next++) {
            counted_s += counts[next].end_s - counts[next].start_s;
            persons += counts[next].count;
        }
        if (counted_s == 0)
            return YK_EXPANSION_HOLE;
        double factor = (double)(end_s - start_s) / (double)counted_s;
        total += factor * persons;
        expanded += factor * (factor - 1) * fmax(persons, factor > 1 ? 1 : 0); /* nobody in ten minutes is not nobody */
        e.highest_factor = fmax(e.highest_factor, factor);
        e.counted += persons;
        e.counted_s += counted_s;
    }
    e.factor = (double)e.window_s / (double)e.counted_s;
    e.basis = e.counted_s < e.window_s ? YK_EXPANSION_SAMPLED : YK_EXPANSION_NONE;
    e.phi = 1;
    e.total = (struct yk_interval){total, total, total};
    if (e.basis == YK_EXPANSION_SAMPLED) {
        double pairs, phi = successive(counts, count, &pairs);
        if (count < YK_EXPANSION_COUNTS_MIN)
            return YK_EXPANSION_TOO_FEW;
        e.phi = phi > 1 ? phi : 1;
        e.dof = fmax(1, 2 * pairs / 3);
        double reach = gsl_cdf_tdist_Pinv(0.975, e.dof) * sqrt(e.phi * expanded);
        /* Those who were counted passed, whatever the others did. */
        e.total = (struct yk_interval){total, fmin(total, fmax(e.counted, total - reach)), total + reach};
    }
    *out = e;
    return YK_EXPANSION_OK;
}
