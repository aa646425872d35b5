/* Courses of hours that could have been, and what is read off them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method. One path: a course of the level, by week, that agrees with what is known of it and walks on from there; for each week a
 * whole week of the record's residuals, drawn with replacement (block bootstrap: Kuensch, The Jackknife and the Bootstrap for
 * General Stationary Observations, 1989; blocks aligned with the week, as Politis 2001 has it for seasonal series). So an
 * hour's scatter is that of its hour of the week, a wet Saturday stays wet from morning to night, and a total is as uncertain
 * as its weeks are, together. An hour that a drawn week has no residual of takes that of another one.
 *
 *     path = (mu + 1/2) exp(level + residual) - 1/2, to whole persons, never below 0
 *
 * undoes exactly how the residual was taken, zeros included. */
#include "estimate/baseline_private.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_sort_float.h>
#include <gsl/gsl_statistics_double.h>
#include <gsl/gsl_statistics_float.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATHS_USUAL 1000
#define PATHS_MAX   100000
#define YEARS_MAX_S (INT64_C(5) * 366 * 86400)
#define REDRAWS     20

/* A window's hours, prepared once for all paths. */
struct course {
    size_t hours, weeks, known; /* known: weeks of the record of which the level is known */
    size_t from;                /* first week, from the record's first */
    double *mu;
    uint32_t *week; /* from `from` */
    uint8_t *slot;
    double *level; /* of a path, by week */
    size_t *block;
};

static void course_clear(struct course *c)
{
    free(c->mu);
    free(c->week);
    free(c->slot);
    free(c->level);
    free(c->block);
}

static bool in_reach(const struct yk_baseline *b, int64_t from_s, size_t hours)
{
    return hours > 0 && from_s >= b->first_s && hours <= (size_t)(20 * 366 * 24) && from_s < b->end_s + YEARS_MAX_S &&
           from_s + (int64_t)hours * HOUR_S <= b->end_s + YEARS_MAX_S;
}

static enum yk_baseline_state course_make(const struct yk_baseline *b, const struct yk_baseline_days *days,
                                          const struct yk_baseline_window *window, struct course *c)
{
    memset(c, 0, sizeof *c);
    if (!in_reach(b, window->from_s, window->hours))
        return YK_BASELINE_NO_WINDOW;
    /* A week that the record breaks off in is known by what there is of it, if that is most of it. */
    size_t known = 0;
    for (size_t k = 0; k < b->weeks; k++) {
        int64_t end = k + 1 < b->weeks ? b->week_start_s[k + 1] : b->weeks_end_s;
        if ((end < b->end_s ? end : b->end_s) <= window->known_to_s)
            known = k + 1;
    }
    while (known > 0 && isinf(b->variance[known - 1]))
        known--;
    if (known == 0)
        return YK_BASELINE_NO_WINDOW;
    struct hour_place first, last;
    hour_place(window->from_s, &first);
    hour_place(window->from_s + ((int64_t)window->hours - 1) * HOUR_S, &last);
    c->hours = window->hours;
    c->known = known;
    c->from = (size_t)(first.week - b->first_week);
    c->weeks = (size_t)(last.week - first.week) + 1;
    c->mu = malloc(c->hours * sizeof *c->mu);
    c->week = malloc(c->hours * sizeof *c->week);
    c->slot = malloc(c->hours * sizeof *c->slot);
    c->level = malloc(c->weeks * sizeof *c->level);
    c->block = malloc(c->weeks * sizeof *c->block);
    if (!c->mu || !c->week || !c->slot || !c->level || !c->block)
        return YK_BASELINE_MEMORY;
    for (size_t i = 0; i < c->hours; i++) {
        struct hour_place place;
        hour_place(window->from_s + (int64_t)i * HOUR_S, &place);
        c->mu[i] = exp(baseline_predictor(b, days, &place));
        c->week[i] = (uint32_t)(place.week - first.week);
        c->slot[i] = (uint8_t)place.slot;
    }
    return YK_BASELINE_OK;
}

static double residual_at(const struct yk_baseline *b, size_t block, size_t slot, gsl_rng *rng)
{
    double e = b->residual[block * WEEK_HOURS + slot];
    for (int draw = 0; isnan(e) && draw < REDRAWS; draw++)
        e = b->residual[b->block[gsl_rng_uniform_int(rng, b->blocks)] * WEEK_HOURS + slot];
    return isnan(e) ? 0 : e;
}

static void course_walk(const struct yk_baseline *b, struct course *c, gsl_rng *rng, double *path)
{
    yk_level_draw(b->filtered, b->variance, c->known, &b->law, c->from, c->from + c->weeks, rng, c->level);
    double drift = b->drift_sd > 0 ? b->drift + gsl_ran_gaussian(rng, b->drift_sd) : 0;
    for (size_t k = 0; k < c->weeks; k++) {
        c->block[k] = b->block[gsl_rng_uniform_int(rng, b->blocks)];
        if (c->from + k >= c->known)
            c->level[k] += drift * (double)(c->from + k - (c->known - 1));
    }
    for (size_t k = 0; k < c->weeks; k++) /* becomes a factor */
        c->level[k] = exp(fmin(c->level[k], 30));
    for (size_t i = 0; i < c->hours; i++) {
        double e = residual_at(b, c->block[c->week[i]], c->slot[i], rng);
        path[i] = fmax(rint((c->mu[i] + SMALL) * c->level[c->week[i]] * exp(e) - SMALL), 0);
    }
}

enum yk_baseline_state yk_baseline_mean(const struct yk_baseline *b, const struct yk_baseline_days *days,
                                        int64_t from_s, size_t hours, double *mean)
{
    if (!in_reach(b, from_s, hours))
        return YK_BASELINE_NO_WINDOW;
    for (size_t i = 0; i < hours; i++) {
        struct hour_place place;
        hour_place(from_s + (int64_t)i * HOUR_S, &place);
        mean[i] = exp(baseline_predictor(b, days, &place));
    }
    return YK_BASELINE_OK;
}

enum yk_baseline_state yk_baseline_path(const struct yk_baseline *b, const struct yk_baseline_days *days,
                                        const struct yk_baseline_window *window, gsl_rng *rng, double *path)
{
    struct course course;
    enum yk_baseline_state state = course_make(b, days, window, &course);
    if (state == YK_BASELINE_OK)
        course_walk(b, &course, rng, path);
    course_clear(&course);
    return state;
}

static unsigned paths_of(const struct yk_baseline_draw *draw)
{
    unsigned paths = draw && draw->paths ? draw->paths : PATHS_USUAL;
    return paths < PATHS_MAX ? paths : PATHS_MAX;
}

static gsl_rng *generator_of(const struct yk_baseline_draw *draw)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (rng)
        gsl_rng_set(rng, draw ? draw->seed : 0);
    return rng;
}

enum yk_baseline_state yk_baseline_expect(const struct yk_baseline *b, const struct yk_baseline_days *days,
                                          const struct yk_baseline_window *window, const struct yk_baseline_draw *draw,
                                          struct yk_interval *hourly)
{
    struct course course;
    enum yk_baseline_state state = course_make(b, days, window, &course);
    if (state != YK_BASELINE_OK) {
        course_clear(&course);
        return state;
    }
    size_t paths = paths_of(draw), hours = course.hours;
    gsl_rng *rng = generator_of(draw);
    double *path = malloc(hours * sizeof *path);
    float *all = malloc(hours * paths * sizeof *all); /* by hour: floats, for a year of a thousand paths is much */
    state = YK_BASELINE_MEMORY;
    if (rng && path && all) {
        for (size_t p = 0; p < paths; p++) {
            course_walk(b, &course, rng, path);
            for (size_t i = 0; i < hours; i++)
                all[i * paths + p] = (float)path[i];
        }
        for (size_t i = 0; i < hours; i++) {
            float *of = all + i * paths;
            gsl_sort_float(of, 1, paths);
            hourly[i] = (struct yk_interval){gsl_stats_float_median_from_sorted_data(of, 1, paths),
                                             gsl_stats_float_quantile_from_sorted_data(of, 1, paths, 0.025),
                                             gsl_stats_float_quantile_from_sorted_data(of, 1, paths, 0.975)};
        }
        state = YK_BASELINE_OK;
    }
    free(all);
    free(path);
    if (rng)
        gsl_rng_free(rng);
    course_clear(&course);
    return state;
}

enum yk_baseline_state yk_baseline_total(const struct yk_baseline *b, const struct yk_baseline_days *days,
                                         const struct yk_series *observed, int64_t from_s, int64_t to_s, double target,
                                         const struct yk_baseline_draw *draw, struct yk_baseline_total *out)
{
    memset(out, 0, sizeof *out);
    if (to_s <= from_s || (observed && observed->step_s != HOUR_S))
        return to_s <= from_s ? YK_BASELINE_NO_WINDOW : YK_BASELINE_NOT_HOURS;
    struct yk_baseline_window window = {from_s, (size_t)((to_s - from_s) / HOUR_S), INT64_MAX};
    struct course course;
    enum yk_baseline_state state = course_make(b, days, &window, &course);
    size_t hours = state == YK_BASELINE_OK ? course.hours : 0, paths = paths_of(draw);
    gsl_rng *rng = generator_of(draw);
    double *path = malloc((hours + 1) * sizeof *path), *total = calloc(paths, sizeof *total);
    bool *seen = calloc(hours + 1, sizeof *seen);
    if (state == YK_BASELINE_OK && !(rng && path && total && seen))
        state = YK_BASELINE_MEMORY;
    if (state == YK_BASELINE_OK) {
        out->hours = hours;
        for (size_t i = 0; observed && i < hours; i++) {
            int64_t at = (from_s + (int64_t)i * HOUR_S - observed->start_s) / HOUR_S;
            if (from_s + (int64_t)i * HOUR_S < observed->start_s || (uint64_t)at >= observed->count ||
                isnan(observed->value[at]))
                continue;
            seen[i] = true;
            out->observed += observed->value[at];
            out->hours_observed++;
        }
        double reaches = 0;
        for (size_t p = 0; p < paths; p++) {
            course_walk(b, &course, rng, path);
            total[p] = out->observed;
            for (size_t i = 0; i < hours; i++)
                total[p] += seen[i] ? 0 : path[i];
            reaches += total[p] >= target;
        }
        out->reaches = isnan(target) ? target : reaches / (double)paths;
        out->total.value = gsl_stats_mean(total, 1, paths);
        gsl_sort(total, 1, paths);
        out->total.lower = gsl_stats_quantile_from_sorted_data(total, 1, paths, 0.025);
        out->total.upper = gsl_stats_quantile_from_sorted_data(total, 1, paths, 0.975);
    }
    free(seen);
    free(total);
    free(path);
    if (rng)
        gsl_rng_free(rng);
    course_clear(&course);
    return state;
}
