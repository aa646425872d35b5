/* What is to be expected, hour by hour. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. What would have come, had nothing special been? And what is to come by the end of the year? The hours of one
 * week resemble those of another, but an hour's neighbours share its error, weeks share theirs, and the level wanders:
 * taken for independent, a year of hours has a total that is known far too well.
 *
 * Method. Three layers, on the log scale:
 *
 *     log y = log mu + level + residual
 *
 * mu: negative-binomial regression on hour of the week, season, kinds of days and covariates (baseline_design.c), older
 * weeks weighing less: half after HALF_LIFE_WEEKS, since the shape of a week moves over the years. level: by week, a walk
 * with strays (level.c), of the week's total over what the regression says; jumps are found (break_point.c) and taken off
 * first, so that the walk's step does not learn from them. Regression and level are fitted in turns (backfitting; Hastie
 * and Tibshirani, Generalized Additive Models, 1990, chapter 4), begun with the mean over a year around each week.
 * residual: whole weeks, drawn in runs (baseline_paths.c).
 *
 * The residuals are of weeks that the regression had not seen (foretell): of up to three last years, each from a fit to
 * what was before it; in records of less than three years of the rest by leaving out six weeks of each thirty. The fit's
 * own residuals are too small by what it learnt by heart, and know nothing of how one year differs from the next.
 *
 * By how much the shape of a day moves in a year is measured on the same years, with a prior of SHAPE_SD_YEAR that counts
 * like one.
 *
 * Bounds. Ten weeks at least; a season needs nine tenths of a year. With one year of record the season and a drift of the
 * level can't be told apart; the priors on waves (baseline_design.c) settle it. What jumps after the record's end is in
 * no interval: 2013 in Leeds, +34 %, is missed from both origins before it.
 *
 * Tried, over nineteen real years ahead (docs/METHODS.md). Means of the hours' log residuals as the level: hears the
 * night as loudly as the day; -13.0 % against seasonal naive in place of -13.9 %, and one origin 8 % worse than naive.
 * All years weighing the same: -9.4 %. The fit's own residuals: 88 % of the hours in intervals of 95 %. A level
 * without strays: level.c. A level of its own for each of four parts of the day: 93.5 % of the hours in 95 % intervals in place of
 * 92.4, but an error of -13.6 % against naive in place of -13.9 %; events look at the regression alone and don't see it. */
#include "estimate/baseline_private.h"

#include "base/calendar.h"
#include "estimate/break_point.h"

#include <gsl/gsl_statistics_double.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PASSES          3
#define WEEK_LEAST      112  /* hours with a count, of 168: a level */
#define BLOCK_LEAST     140  /* a week that may be drawn */
#define FALSE_BREAK     0.01 /* the chance of a break in a record without any */
#define BREAKS          6
#define BREAK_WEEKS     104 /* in a shorter record a season passes for a break */
#define YEAR_WEEKS      52
#define YEARS_AHEAD     3
#define HALF_LIFE_WEEKS 104.0
#define SHAPE_SD_YEAR   0.2
#define FOLDS           5
#define FOLD_WEEKS      6

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
    free(b->shift);
    free(b->part);
    free(b->filtered);
    free(b->week_start_s);
    free(b->residual);
    free(b->block);
    free(b->whole);
    free(b);
}

/* The record's hours with a count, as rows. */
struct rows {
    size_t count;
    size_t *start;
    uint16_t *column;
    double *value, *y, *weight, *offset;
    uint32_t *week; /* from the record's first */
    uint8_t *slot;
    bool *special; /* of a kind of day */
};

static void rows_clear(struct rows *r)
{
    free(r->start);
    free(r->column);
    free(r->value);
    free(r->y);
    free(r->weight);
    free(r->offset);
    free(r->week);
    free(r->slot);
    free(r->special);
}

static bool rows_room(struct rows *r, size_t most)
{
    size_t cells = most * CELLS_MAX;
    if (most == 0)
        return false;
    r->start = malloc((most + 1) * sizeof *r->start);
    r->column = malloc(cells * sizeof *r->column);
    r->value = malloc(cells * sizeof *r->value);
    r->y = calloc(most, sizeof *r->y);
    r->weight = calloc(most, sizeof *r->weight);
    r->offset = calloc(most, sizeof *r->offset);
    r->week = calloc(most, sizeof *r->week);
    r->slot = calloc(most, sizeof *r->slot);
    r->special = calloc(most, sizeof *r->special);
    return r->start && r->column && r->value && r->y && r->weight && r->offset && r->week && r->slot && r->special;
}

static void rows_make(struct rows *r, const struct yk_series *series, const struct yk_baseline_days *days,
                      const struct yk_baseline *b)
{
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
        r->weight[n] = exp2((double)(place.week - b->first_week - (int64_t)b->weeks + 1) / HALF_LIFE_WEEKS);
        r->week[n] = (uint32_t)(place.week - b->first_week);
        r->slot[n] = (uint8_t)place.slot;
        r->special[n] = columns_kind(&b->columns, days, place.day) != YK_DAY_ORDINARY;
    }
    r->start[r->count] = cell;
}

/* Which weeks a part of the fit learns from, and which are foretold by it. */
struct part {
    size_t learn_to;      /* weeks before this ... */
    size_t foretell_from; /* residuals of weeks from this ... */
    size_t foretell_to;   /* ... to this; */
    int fold;             /* or, from 0 on: of one fold, which is then left out of learning */
};

static bool foretold(const struct part *p, size_t week)
{
    return week >= p->foretell_from && week < p->foretell_to &&
           (p->fold < 0 || (int)(week / FOLD_WEEKS % FOLDS) == p->fold);
}

static void rows_part(struct rows *to, const struct rows *from, const struct part *part)
{
    size_t cell = 0;
    to->count = 0;
    for (size_t n = 0; n < from->count; n++) {
        if (from->week[n] >= part->learn_to || foretold(part, from->week[n]))
            continue;
        size_t cells = from->start[n + 1] - from->start[n];
        memcpy(to->column + cell, from->column + from->start[n], cells * sizeof *to->column);
        memcpy(to->value + cell, from->value + from->start[n], cells * sizeof *to->value);
        to->start[to->count] = cell;
        to->y[to->count] = from->y[n];
        to->weight[to->count] = from->weight[n];
        to->offset[to->count++] = from->offset[n];
        cell += cells;
    }
    to->start[to->count] = cell;
}

static enum yk_day_part part_of(unsigned hour)
{
    return hour < 6 || hour >= 22 ? YK_DAY_PART_NIGHT
           : hour < 12            ? YK_DAY_PART_MORNING
           : hour < 17            ? YK_DAY_PART_AFTERNOON
                                  : YK_DAY_PART_EVENING;
}

/* The same by part of the day, once all is settled; a week that has no level has none of its parts. */
static bool level_parts(struct yk_baseline *b, const struct rows *r)
{
    struct yk_design design = {r->count, b->columns.count, r->start, r->column, r->value};
    size_t cells = YK_DAY_PARTS * b->weeks;
    double *expected = calloc(cells, sizeof *expected);
    if (!expected)
        return false;
    for (size_t n = 0; n < r->count; n++) {
        size_t cell = part_of(r->slot[n] % 24) * b->weeks + r->week[n];
        b->part[cell] += r->y[n] + SMALL;
        expected[cell] += exp(b->log_mean + yk_design_row(&design, n, b->coefficient)) + SMALL;
    }
    for (size_t cell = 0; cell < cells; cell++)
        b->part[cell] = isnan(b->weekly[cell % b->weeks]) || !(expected[cell] > 0)
                            ? (double)NAN
                            : log(b->part[cell] / expected[cell]);
    free(expected);
    return true;
}

/* By week, the logarithm of what was counted over what the regression says, in the same hours: totals, since they are
 * what a level is asked for (means of the hours' logarithms hear the night as loudly as the day). residual gets the
 * hours' own. */
static void weigh_weeks(struct yk_baseline *b, const struct rows *r, const struct yk_design *design, double *expected,
                        unsigned *hours)
{
    for (size_t k = 0; k < b->weeks; k++)
        b->weekly[k] = expected[k] = hours[k] = 0;
    for (size_t i = 0; i < b->weeks * WEEK_HOURS; i++)
        b->residual[i] = (double)NAN;
    for (size_t n = 0; n < r->count; n++) {
        double mu = exp(b->log_mean + yk_design_row(design, n, b->coefficient));
        b->weekly[r->week[n]] += r->y[n] + SMALL;
        expected[r->week[n]] += mu + SMALL;
        hours[r->week[n]]++;
        b->residual[(size_t)r->week[n] * WEEK_HOURS + r->slot[n]] = log((r->y[n] + SMALL) / (mu + SMALL));
    }
    for (size_t k = 0; k < b->weeks; k++)
        b->weekly[k] = hours[k] >= WEEK_LEAST ? log(b->weekly[k] / expected[k]) : (double)NAN;
}

/* Takes the breaks off the weekly means, into shift. */
static void take_breaks(struct yk_baseline *b, bool look)
{
    struct yk_break found[BREAKS];
    b->breaks = !look || b->weeks < BREAK_WEEKS ? 0 : yk_break_find(b->weekly, b->weeks, FALSE_BREAK, BREAKS, found);
    double shift = 0;
    for (size_t k = 0, i = 0; k < b->weeks; k++) {
        for (; i < b->breaks && found[i].at == k; i++)
            shift += found[i].size;
        b->shift[k] = shift;
        b->weekly[k] -= shift;
    }
}

static enum yk_baseline_state regress(const struct yk_baseline *b, const struct rows *r, const double *penalty,
                                      bool warm, unsigned turns, double *theta, double *coefficient)
{
    struct yk_negative_binomial_input input = {
        .design = {r->count, b->columns.count, r->start, r->column, r->value},
        .count = r->y,
        .weight = r->weight,
        .offset = r->offset,
        .penalty = penalty,
        .turns = turns,
    };
    struct yk_negative_binomial fit = {.theta = *theta};
    enum yk_negative_binomial_state state = yk_negative_binomial_fit(&input, warm, &fit, coefficient, NULL);
    *theta = fit.theta;
    return state == YK_NEGATIVE_BINOMIAL_OK       ? YK_BASELINE_OK
           : state == YK_NEGATIVE_BINOMIAL_MEMORY ? YK_BASELINE_MEMORY
                                                  : YK_BASELINE_NO_FIT;
}

/* A first level for records of two years and more: the mean over a year around each week, in which every season is
 * once. Begun at 0, the season takes a jump of the level for its own, and gives little of it back. */
static void first_level(const struct yk_baseline *b, const struct rows *r, double *level, double *sum, unsigned *hours)
{
    for (size_t k = 0; k < b->weeks; k++)
        level[k] = sum[k] = hours[k] = 0;
    if (b->weeks < BREAK_WEEKS)
        return;
    for (size_t n = 0; n < r->count; n++) {
        sum[r->week[n]] += r->y[n];
        hours[r->week[n]]++;
    }
    for (size_t k = 0; k < b->weeks; k++) {
        size_t from = k < YEAR_WEEKS / 2 ? 0 : k - YEAR_WEEKS / 2;
        if (from + YEAR_WEEKS > b->weeks)
            from = b->weeks - YEAR_WEEKS;
        double all = 0, n = 0;
        for (size_t i = from; i < from + YEAR_WEEKS; i++)
            if (hours[i] >= WEEK_LEAST && sum[i] > 0) {
                all += log(sum[i] / hours[i]) - b->log_mean;
                n++;
            }
        level[k] = n > 0 ? all / n : 0;
    }
}

/* Regression and level in turns: what the level explains must not be put down to the season, nor the other way round.
 * room, smooth: of the weeks. */
static enum yk_baseline_state alternate(struct yk_baseline *b, const struct rows *r, const double *penalty,
                                        double *level, unsigned *hours, double *room, struct yk_level_state *smooth)
{
    struct yk_design design = {r->count, b->columns.count, r->start, r->column, r->value};
    first_level(b, r, level, room, hours);
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t n = 0; n < r->count; n++)
            r->offset[n] = b->log_mean + level[r->week[n]];
        enum yk_baseline_state state =
            regress(b, r, penalty, pass > 0, pass + 1 < PASSES ? 2 : 0, &b->theta, b->coefficient);
        if (state != YK_BASELINE_OK)
            return state;
        weigh_weeks(b, r, &design, room, hours);
        take_breaks(b, pass > 0);
        if (!yk_level_fit(b->weekly, b->weeks, &b->law))
            return YK_BASELINE_TOO_SHORT;
        yk_level_filter(b->weekly, b->weeks, &b->law, b->filtered);
        memcpy(smooth, b->filtered, b->weeks * sizeof *smooth);
        yk_level_smooth(b->weeks, &b->law, smooth);
        for (size_t k = 0; k < b->weeks; k++)
            level[k] = smooth[k].level + smooth[k].stray + b->shift[k];
    }
    return YK_BASELINE_OK;
}

/* Residuals of the weeks that a part of the fit foretells. Days of a kind keep the fit's own: without its only Christmas a
 * regression has none. */
static enum yk_baseline_state foretell(struct yk_baseline *b, const struct rows *r, const double *penalty,
                                       const struct part *part, struct rows *room, double *coefficient)
{
    struct yk_design design = {r->count, b->columns.count, r->start, r->column, r->value};
    rows_part(room, r, part);
    memcpy(coefficient, b->coefficient, b->columns.count * sizeof *coefficient);
    double theta = b->theta;
    enum yk_baseline_state state = regress(b, room, penalty, true, 1, &theta, coefficient);
    for (size_t n = 0; state == YK_BASELINE_OK && n < r->count; n++) {
        if (!foretold(part, r->week[n]) || r->special[n])
            continue;
        double mu = exp(b->log_mean + yk_design_row(&design, n, coefficient));
        b->residual[(size_t)r->week[n] * WEEK_HOURS + r->slot[n]] = log((r->y[n] + SMALL) / (mu + SMALL));
    }
    return state;
}

/* By how much the shape of a day moves in a year: what each hour of the day was off, over a year that was foretold. A prior of
 * SHAPE_SD_YEAR counts like one such year. */
static double shape_drift(const struct yk_baseline *b, const double *level, size_t from)
{
    double square = SHAPE_SD_YEAR * SHAPE_SD_YEAR;
    size_t years = 1;
    for (size_t first = from; first + YEAR_WEEKS <= b->weeks; first += YEAR_WEEKS, years++) {
        double off[24];
        for (size_t hour = 0; hour < 24; hour++) {
            double sum = 0, n = 0;
            for (size_t i = first * WEEK_HOURS + hour; i < (first + YEAR_WEEKS) * WEEK_HOURS; i += 24)
                if (!isnan(b->residual[i])) {
                    sum += b->residual[i] - level[i / WEEK_HOURS];
                    n++;
                }
            off[hour] = n > 0 ? sum / n : 0;
        }
        square += gsl_stats_variance(off, 1, 24);
    }
    return sqrt(square / (double)years);
}

static enum yk_baseline_state unseen_residuals(struct yk_baseline *b, const struct rows *r, const double *penalty,
                                               const double *level, struct rows *room, double *coefficient)
{
    if (!rows_room(room, r->count))
        return YK_BASELINE_MEMORY;
    size_t from = b->weeks;
    enum yk_baseline_state state = YK_BASELINE_OK;
    for (int years = 0; years < YEARS_AHEAD && from >= 2 * YEAR_WEEKS && state == YK_BASELINE_OK; years++) {
        struct part year = {from - YEAR_WEEKS, from - YEAR_WEEKS, from, -1};
        state = foretell(b, r, penalty, &year, room, coefficient);
        from -= YEAR_WEEKS;
    }
    b->shape_sd = shape_drift(b, level, from);
    bool enough = b->weeks - from >= 2 * YEAR_WEEKS;
    for (int fold = 0; !enough && fold < FOLDS && state == YK_BASELINE_OK; fold++) {
        struct part left_out = {from, 0, from, fold};
        state = foretell(b, r, penalty, &left_out, room, coefficient);
    }
    b->drawn_from = enough ? from : 0;
    return state;
}

/* Residuals off the smoothed level; weeks that are whole enough to be drawn. */
static bool make_blocks(struct yk_baseline *b, const double *level, const unsigned *hours)
{
    for (size_t k = 0; k < b->weeks; k++) {
        for (size_t s = 0; s < WEEK_HOURS; s++)
            b->residual[k * WEEK_HOURS + s] -= level[k];
        b->whole[k] = k >= b->drawn_from && hours[k] >= BLOCK_LEAST;
        if (b->whole[k])
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

static void date_weeks(struct yk_baseline *b)
{
    struct hour_place place;
    hour_place(b->first_s, &place);
    int64_t start = yk_calendar_day_start(b->first_s, 0);
    for (unsigned back = place.slot / 24; back > 0; back--)
        start = yk_calendar_day_start(start - 1, 0);
    for (size_t k = 0; k < b->weeks; k++) {
        b->week_start_s[k] = start;
        for (int day = 0; day < 7; day++)
            start = yk_calendar_day_next(start, 0);
    }
    b->weeks_end_s = start;
}

static enum yk_baseline_state fit(struct yk_baseline *b, const struct yk_series *series,
                                  const struct yk_baseline_days *days, bool trend, struct rows rows[2])
{
    size_t weeks = b->weeks, columns = b->columns.count;
    b->coefficient = calloc(columns, sizeof *b->coefficient);
    b->weekly = calloc(weeks, sizeof *b->weekly);
    b->shift = malloc(weeks * sizeof *b->shift);
    b->part = calloc(YK_DAY_PARTS * weeks, sizeof *b->part);
    b->filtered = malloc(weeks * sizeof *b->filtered);
    b->week_start_s = malloc(weeks * sizeof *b->week_start_s);
    b->residual = malloc(weeks * WEEK_HOURS * sizeof *b->residual);
    b->block = malloc(weeks * sizeof *b->block);
    b->whole = malloc(weeks * sizeof *b->whole);
    double *penalty = malloc(2 * columns * sizeof *penalty);
    double *level = calloc(2 * weeks, sizeof *level);
    struct yk_level_state *smooth = malloc(weeks * sizeof *smooth);
    unsigned *hours = calloc(weeks, sizeof *hours);
    enum yk_baseline_state state = YK_BASELINE_MEMORY;
    if (b->coefficient && b->weekly && b->shift && b->part && b->filtered && b->week_start_s && b->residual &&
        b->block && b->whole && penalty && level && smooth && hours && rows_room(&rows[0], b->hours)) {
        rows_make(&rows[0], series, days, b);
        columns_penalties(&b->columns, penalty);
        date_weeks(b);
        state = alternate(b, &rows[0], penalty, level, hours, level + weeks, smooth);
        if (state == YK_BASELINE_OK && !level_parts(b, &rows[0]))
            state = YK_BASELINE_MEMORY;
        if (state == YK_BASELINE_OK)
            state = unseen_residuals(b, &rows[0], penalty, level, &rows[1], penalty + columns);
        if (state == YK_BASELINE_OK && !make_blocks(b, level, hours))
            state = YK_BASELINE_TOO_SHORT;
        if (state == YK_BASELINE_OK && trend)
            drift_of(b, level);
    }
    free(penalty);
    free(level);
    free(smooth);
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
    struct rows rows[2] = {{0}, {0}};
    enum yk_baseline_state state = fit(b, series, days, options->trend, rows);
    rows_clear(&rows[0]);
    rows_clear(&rows[1]);
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
                                      .stray_sd = b->law.stray_sd,
                                      .stray_weeks = -1 / log(b->law.keep),
                                      .shape_sd_year = b->shape_sd,
                                      .breaks = b->breaks,
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
    for (size_t k = 0; k < b->weeks; k++)
        level[k] = b->weekly[k] + b->shift[k];
    memcpy(start_s, b->week_start_s, b->weeks * sizeof *start_s);
}

void yk_baseline_part_levels(const struct yk_baseline *b, enum yk_day_part part, double *level)
{
    memcpy(level, b->part + part * b->weeks, b->weeks * sizeof *level);
}
