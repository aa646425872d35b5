/* What is to be expected, hour by hour. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ESSAY */
#include "estimate/baseline_private.h"

#include "base/calendar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PASSES      3
#define WEEK_LEAST  112 /* hours with a count, of 168: a level */
#define BLOCK_LEAST 140 /* a block that may be drawn */

const char *yk_baseline_state_text(enum yk_baseline_state state)
{
    switch (state) {
    case YK_BASELINE_OK:
        return "ok";
    case YK_BASELINE_NOT_HOURS:
        return "the series is not of hours";
    case YK_BASELINE_TOO_SHORT:
        return "fewer than ten weeks of counts";
    case YK_BASELINE_NO_PEOPLE:
        return "nothing was ever counted";
    case YK_BASELINE_BAD_COUNT:
        return "a count is negative or infinite";
    case YK_BASELINE_NO_FIT:
        return "the regression did not settle";
    case YK_BASELINE_NO_WINDOW:
        return "the window is empty, before the record or too far after it";
    case YK_BASELINE_MEMORY:
        return "out of memory";
    }
    return "unknown";
}

void yk_baseline_free(struct yk_baseline *b)
{
    if (!b)
        return;
    free(b->coefficient);
    free(b->weekly);
    free(b->filtered);
    free(b->variance);
    free(b->week_start_s);
    free(b->residual);
    free(b->block);
    free(b);
}

/* The record's hours with a count, as rows. */
struct rows {
    size_t count;
    size_t *start;
    uint16_t *column;
    double *value, *y, *offset;
    uint32_t *week; /* from the record's first */
    uint8_t *slot;
};

static void rows_clear(struct rows *r)
{
    free(r->start);
    free(r->column);
    free(r->value);
    free(r->y);
    free(r->offset);
    free(r->week);
    free(r->slot);
}

static bool rows_make(struct rows *r, const struct yk_series *series, const struct yk_baseline_days *days,
                      const struct yk_baseline *b, size_t most)
{
    size_t cells = most * CELLS_MAX;
    r->start = malloc((most + 1) * sizeof *r->start);
    r->column = malloc(cells * sizeof *r->column);
    r->value = malloc(cells * sizeof *r->value);
    r->y = malloc(most * sizeof *r->y);
    r->offset = malloc(most * sizeof *r->offset);
    r->week = malloc(most * sizeof *r->week);
    r->slot = malloc(most * sizeof *r->slot);
    if (!r->start || !r->column || !r->value || !r->y || !r->offset || !r->week || !r->slot)
        return false;
    size_t cell = 0;
    for (size_t i = 0; i < series->count; i++) {
        if (isnan(series->value[i]))
            continue;
        struct hour_place place;
        hour_place(series->start_s + (int64_t)i * HOUR_S, &place);
        size_t n = r->count++;
        r->start[n] = cell;
        cell += columns_row(&b->columns, days, &place, r->column + cell, r->value + cell);
        r->y[n] = series->value[i];
        r->week[n] = (uint32_t)(place.week - b->first_week);
        r->slot[n] = (uint8_t)place.slot;
    }
    r->start[r->count] = cell;
    return true;
}

/* Means of log residuals by week; each hour weighs what it tells, mu/(1 + mu/theta). residual gets the residuals themselves. */
static void weigh_weeks(struct yk_baseline *b, const struct rows *r, const struct yk_design *design, double *weight,
                        unsigned *hours)
{
    memset(hours, 0, b->weeks * sizeof *hours);
    for (size_t k = 0; k < b->weeks; k++)
        b->weekly[k] = weight[k] = 0;
    for (size_t i = 0; i < b->weeks * WEEK_HOURS; i++)
        b->residual[i] = NAN;
    for (size_t n = 0; n < r->count; n++) {
        double mu = exp(b->log_mean + yk_design_row(design, n, b->coefficient));
        double e = log((r->y[n] + SMALL) / (mu + SMALL)), w = mu / (1 + mu / b->theta);
        b->weekly[r->week[n]] += w * e;
        weight[r->week[n]] += w;
        hours[r->week[n]]++;
        b->residual[(size_t)r->week[n] * WEEK_HOURS + r->slot[n]] = e;
    }
    for (size_t k = 0; k < b->weeks; k++)
        b->weekly[k] = hours[k] >= WEEK_LEAST ? b->weekly[k] / weight[k] : (double)NAN;
}

/* Regression and level in turns: what the level explains must not be put down to the season, nor the other way round. */
static enum yk_baseline_state alternate(struct yk_baseline *b, const struct rows *r, double *penalty, double *weight,
                                        unsigned *hours, double *level, double *variance)
{
    struct yk_negative_binomial_input input = {
        .design = {r->count, b->columns.count, r->start, r->column, r->value},
        .count = r->y,
        .offset = r->offset,
        .penalty = penalty,
    };
    for (size_t k = 0; k < b->weeks; k++)
        level[k] = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t n = 0; n < r->count; n++)
            r->offset[n] = b->log_mean + level[r->week[n]];
        struct yk_negative_binomial fit;
        enum yk_negative_binomial_state state = yk_negative_binomial_fit(&input, pass > 0, &fit, b->coefficient, NULL);
        if (state == YK_NEGATIVE_BINOMIAL_MEMORY)
            return YK_BASELINE_MEMORY;
        if (state != YK_NEGATIVE_BINOMIAL_OK)
            return YK_BASELINE_NO_FIT;
        b->theta = fit.theta;
        weigh_weeks(b, r, &input.design, weight, hours);
        if (!yk_level_fit(b->weekly, b->weeks, &b->law))
            return YK_BASELINE_TOO_SHORT;
        yk_level_filter(b->weekly, b->weeks, &b->law, b->filtered, b->variance);
        memcpy(level, b->filtered, b->weeks * sizeof *level);
        memcpy(variance, b->variance, b->weeks * sizeof *variance);
        yk_level_smooth(b->weeks, &b->law, level, variance);
    }
    return YK_BASELINE_OK;
}

/* Residuals off the smoothed level; weeks that are whole enough to be drawn. */
static bool make_blocks(struct yk_baseline *b, const double *level, const unsigned *hours)
{
    for (size_t k = 0; k < b->weeks; k++) {
        for (size_t s = 0; s < WEEK_HOURS; s++)
            b->residual[k * WEEK_HOURS + s] -= level[k];
        if (hours[k] >= BLOCK_LEAST)
            b->block[b->blocks++] = k;
    }
    return b->blocks >= YK_BASELINE_WEEKS_MIN;
}

static void drift_of(struct yk_baseline *b, const double *level)
{
    double steps = (double)b->weeks - 1;
    b->drift = (level[b->weeks - 1] - level[0]) / steps;
    b->drift_sd = b->law.step_sd / sqrt(steps);
}

static enum yk_baseline_state fit(struct yk_baseline *b, const struct yk_series *series,
                                  const struct yk_baseline_days *days, bool trend, struct rows *rows)
{
    size_t weeks = b->weeks;
    b->coefficient = calloc(b->columns.count, sizeof *b->coefficient);
    b->weekly = malloc(weeks * sizeof *b->weekly);
    b->filtered = malloc(weeks * sizeof *b->filtered);
    b->variance = malloc(weeks * sizeof *b->variance);
    b->week_start_s = malloc(weeks * sizeof *b->week_start_s);
    b->residual = malloc(weeks * WEEK_HOURS * sizeof *b->residual);
    b->block = malloc(weeks * sizeof *b->block);
    double *penalty = malloc(b->columns.count * sizeof *penalty);
    double *room = malloc(3 * weeks * sizeof *room);
    unsigned *hours = malloc(weeks * sizeof *hours);
    enum yk_baseline_state state = YK_BASELINE_MEMORY;
    if (b->coefficient && b->weekly && b->filtered && b->variance && b->week_start_s && b->residual && b->block &&
        penalty && room && hours && rows_make(rows, series, days, b, b->hours)) {
        columns_penalties(&b->columns, penalty);
        double *level = room + weeks;
        state = alternate(b, rows, penalty, room, hours, level, room + 2 * weeks);
        if (state == YK_BASELINE_OK && !make_blocks(b, level, hours))
            state = YK_BASELINE_TOO_SHORT;
        if (state == YK_BASELINE_OK && trend)
            drift_of(b, level);
        int64_t start = yk_calendar_day_start(b->first_s, 0);
        struct hour_place place;
        hour_place(b->first_s, &place);
        for (unsigned back = place.slot / 24; back > 0; back--)
            start = yk_calendar_day_start(start - 1, 0);
        for (size_t k = 0; k < weeks; k++) {
            b->week_start_s[k] = start;
            for (int day = 0; day < 7; day++)
                start = yk_calendar_day_next(start, 0);
        }
        b->weeks_end_s = start;
    }
    free(penalty);
    free(room);
    free(hours);
    return state;
}

enum yk_baseline_state yk_baseline_fit(const struct yk_series *series, const struct yk_baseline_days *days,
                                       const struct yk_baseline_options *options, struct yk_baseline **out)
{
    static const struct yk_baseline_options usual = {0};
    if (!options)
        options = &usual;
    *out = NULL;
    if (series->step_s != HOUR_S)
        return YK_BASELINE_NOT_HOURS;
    double sum = 0;
    size_t hours = 0, first = series->count, last = 0;
    for (size_t i = 0; i < series->count; i++) {
        double y = series->value[i];
        if (isnan(y))
            continue;
        if (y < 0 || isinf(y))
            return YK_BASELINE_BAD_COUNT;
        sum += y;
        hours++;
        first = first < i ? first : i;
        last = i;
    }
    if (hours < YK_BASELINE_WEEKS_MIN * (size_t)WEEK_LEAST)
        return YK_BASELINE_TOO_SHORT;
    if (sum <= 0)
        return YK_BASELINE_NO_PEOPLE;
    struct yk_baseline *b = calloc(1, sizeof *b);
    if (!b)
        return YK_BASELINE_MEMORY;
    b->hours = hours;
    b->log_mean = log(sum / (double)hours);
    b->first_s = series->start_s + (int64_t)first * HOUR_S;
    b->end_s = series->start_s + (int64_t)(last + 1) * HOUR_S;
    struct hour_place from, to;
    hour_place(b->first_s, &from);
    hour_place(b->end_s - HOUR_S, &to);
    b->first_week = from.week;
    b->weeks = (size_t)(to.week - from.week) + 1;
    columns_plan(series, days, options->harmonics, &b->columns);
    struct rows rows = {0};
    enum yk_baseline_state state = fit(b, series, days, options->trend, &rows);
    rows_clear(&rows);
    if (state == YK_BASELINE_OK)
        *out = b;
    else
        yk_baseline_free(b);
    return state;
}

void yk_baseline_facts(const struct yk_baseline *b, struct yk_baseline_facts *out)
{
    *out = (struct yk_baseline_facts){.theta = b->theta,
                                      .columns = b->columns.count,
                                      .level_sd_week = b->law.step_sd,
                                      .noise_sd_week = b->law.noise_sd,
                                      .hours = b->hours};
    for (size_t k = 0; k < b->weeks; k++)
        out->weeks += !isnan(b->weekly[k]);
}

size_t yk_baseline_weeks(const struct yk_baseline *b)
{
    return b->weeks;
}

void yk_baseline_levels(const struct yk_baseline *b, double *level, int64_t *start_s)
{
    memcpy(level, b->weekly, b->weeks * sizeof *level);
    memcpy(start_s, b->week_start_s, b->weeks * sizeof *start_s);
}
