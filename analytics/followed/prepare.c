/* A followed series made ready for a day. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The baseline of a day is fitted to what lies before its week, so that a week of days costs one fit, a day's expectation has
 * never seen the day, and a final row depends on final rows alone. A break of the level is looked for as docs/METHODS.md
 * measured it: 5 % for the whole day, a quarter of that for each of its four parts. */
#include "followed/followed.h"

#include "base/calendar.h"
#include "estimate/break_point.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S        INT64_C(3600)
#define RECORD_S      (4 * 366 * INT64_C(86400)) /* that a fit looks back; older weeks would weigh a quarter */
#define YEAR_S        (365 * INT64_C(86400))
#define OUTLOOK_PATHS 400
#define BREAKS        8
#define WHOLE_BREAK   0.05
#define PART_BREAK    0.0125

static size_t segment_at(const struct yk_followed *f, size_t hour)
{
    size_t i = 0;
    while (i + 1 < f->segment_count && f->segment[i + 1].from <= hour)
        i++;
    return i;
}

/* What a segment's calibration makes of a crossing, as far as the day knows; NAN: it is not told. */
static double ratio_of(const struct yk_followed *f, size_t i)
{
    double value = 0, crossings = 0;
    size_t end = i + 1 < f->segment_count && f->segment[i + 1].from < f->known ? f->segment[i + 1].from : f->known;
    for (size_t hour = f->segment[i].from; hour < end; hour++)
        if (isfinite(f->hours.value[hour]) && isfinite(f->crossings[hour])) {
            value += f->hours.value[hour];
            crossings += f->crossings[hour];
        }
    return crossings > 0 ? value / crossings : (double)NAN;
}

double yk_followed_scale(const struct yk_followed *f, size_t hour)
{
    size_t then = segment_at(f, hour);
    if (f->segment_count == 0 || then == f->now)
        return 1;
    double scale = ratio_of(f, f->now) / ratio_of(f, then);
    return isfinite(scale) && scale > 0 ? scale : 1;
}

void yk_followed_like_now(const struct yk_followed *f, size_t count, double *out)
{
    for (size_t i = 0, end; i < count; i = end) { /* a segment at a time */
        size_t at = segment_at(f, i);
        double scale = yk_followed_scale(f, i);
        end = at + 1 < f->segment_count && f->segment[at + 1].from < count ? f->segment[at + 1].from : count;
        for (size_t k = i; k < end; k++)
            out[k] = f->hours.value[k] * scale;
    }
}

double *yk_followed_without_events(const struct yk_followed *f, const struct yk_config *config, int64_t t_s,
                                   size_t *count)
{
    int64_t hours = (t_s - f->hours.start_s) / HOUR_S;
    *count = !f->hours.value || hours <= 0 ? 0 : (size_t)hours < f->hours.count ? (size_t)hours : f->hours.count;
    double *copy = malloc((*count + 1) * sizeof *copy);
    if (!copy)
        return NULL;
    yk_followed_like_now(f, *count, copy);
    for (size_t i = 0; i < config->event_count; i++) {
        const struct yk_event_config *event = &config->events[i];
        bool touches = false;
        for (size_t k = 0; k < event->kpi_count; k++)
            touches = touches || event->kpis[k] == f->entry;
        for (int64_t t = event->from_s; touches && t < event->to_s; t += HOUR_S) {
            size_t at = yk_followed_hour(f, t);
            if (at < *count)
                copy[at] = (double)NAN;
        }
    }
    return copy;
}

static int64_t monday_of(int64_t t)
{
    int64_t day_s = yk_calendar_day_start(t, 0);
    while (yk_calendar_civil(day_s).weekday != 1)
        day_s = yk_calendar_day_start(day_s - 1, 0);
    return day_s;
}

static bool any_break(const double *level, const int64_t *start_s, size_t weeks, double false_alarm, int64_t since_s)
{
    struct yk_break found[BREAKS];
    size_t count = yk_break_find(level, weeks, false_alarm, BREAKS, found);
    for (size_t i = 0; i < count; i++)
        if (start_s[found[i].at] >= since_s)
            return true;
    return false;
}

/* A calibration that changed where nothing tells what the new one would have made of the old counts. */
static bool calibration_broke(const struct yk_followed *f, int64_t since_s)
{
    for (size_t i = 1; i < f->segment_count && f->segment[i].from < f->known; i++)
        if (f->hours.start_s + (int64_t)f->segment[i].from * HOUR_S >= since_s &&
            !isfinite(ratio_of(f, i) / ratio_of(f, i - 1)))
            return true;
    return false;
}

static bool level_broke(const struct yk_baseline *baseline, int64_t since_s)
{
    size_t weeks = yk_baseline_weeks(baseline);
    double *level = malloc((weeks + 1) * sizeof *level);
    int64_t *start_s = malloc((weeks + 1) * sizeof *start_s);
    bool broke = false;
    if (level && start_s) {
        yk_baseline_levels(baseline, level, start_s);
        broke = any_break(level, start_s, weeks, WHOLE_BREAK, since_s);
        for (int part = 0; part < YK_DAY_PARTS && !broke; part++) {
            yk_baseline_part_levels(baseline, (enum yk_day_part)part, level);
            broke = any_break(level, start_s, weeks, PART_BREAK, since_s);
        }
    }
    free(level);
    free(start_s);
    return broke;
}

/* The fit of a week, from the hours before its Monday. */
static enum yk_status fit(struct yk_followed *f, const struct yk_followed_day *day, int64_t monday_s,
                          struct yk_error *err)
{
    yk_baseline_free(f->baseline);
    f->baseline = NULL;
    f->week_s = monday_s;
    f->state = YK_BASELINE_TOO_SHORT;
    f->level_broke = false;
    size_t count = 0, skip = 0;
    double *record = yk_followed_without_events(f, day->config, monday_s, &count);
    if (!record)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (f->hours.start_s < monday_s - RECORD_S)
        skip = (size_t)((monday_s - RECORD_S - f->hours.start_s) / HOUR_S);
    if (count > skip) {
        struct yk_series series = {.start_s = f->hours.start_s + (int64_t)skip * HOUR_S,
                                   .step_s = HOUR_S,
                                   .count = count - skip,
                                   .value = record + skip};
        f->state = yk_baseline_fit(&series, &day->calendar->days, NULL, &f->baseline);
    }
    free(record);
    if (f->state == YK_BASELINE_MEMORY)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (f->state == YK_BASELINE_OK)
        f->level_broke = level_broke(f->baseline, monday_s - YEAR_S) || calibration_broke(f, monday_s - YEAR_S);
    return YK_OK;
}

/* The same for the same day of the same entry, whenever it is worked out: FNV-1a (Fowler, Noll, Vo). */
static unsigned long seed_of(const struct yk_kpi_config *entry, int64_t start_s)
{
    uint32_t hash = 2166136261U;
    for (const char *p = entry->id; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619U;
    for (int i = 0; i < 8; i++)
        hash = (hash ^ ((uint64_t)start_s >> (8 * i) & 0xff)) * 16777619U;
    return hash;
}

static enum yk_status draw(struct yk_followed *f, const struct yk_followed_day *day, unsigned long seed,
                           struct yk_error *err)
{
    struct yk_baseline_window window = {.from_s = day->start_s, .hours = f->day_hours, .known_to_s = INT64_MAX};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    f->path = malloc((YK_FOLLOWED_PATHS * f->day_hours + 1) * sizeof *f->path);
    if (!rng || !f->path) {
        gsl_rng_free(rng);
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    gsl_rng_set(rng, seed);
    for (size_t i = 0; i < YK_FOLLOWED_PATHS && f->state == YK_BASELINE_OK; i++)
        f->state = yk_baseline_path(f->baseline, &day->calendar->days, &window, rng, f->path + i * f->day_hours);
    gsl_rng_free(rng);
    return YK_OK;
}

static void look_ahead(struct yk_followed *f, const struct yk_followed_day *day, unsigned long seed)
{
    const struct yk_kpi_config *entry = &day->config->kpis[f->entry];
    int64_t from_s, to_s;
    if (!isfinite(entry->target) || entry->fiscal_year == 0)
        return;
    yk_fiscal_year_bounds(entry->fiscal_year, day->config->fiscal_year_start, &from_s, &to_s);
    if (day->start_s < from_s || day->start_s >= to_s)
        return;
    f->has_outlook = true;
    f->outlook_state = f->state;
    if (f->state != YK_BASELINE_OK)
        return;
    /* Targets by the hour are 24 a day. Without a base there is no attainment, and the target is one to be reached from below. */
    double unit = entry->resolution == YK_RES_1H ? 24 : 1,
           base = isfinite(entry->base) ? entry->base : (double)-INFINITY;
    struct yk_series known = f->hours;
    known.count = f->known;
    f->outlook_state =
        yk_attainment_expect(f->baseline, &day->calendar->days, &known, entry->fiscal_year,
                             day->config->fiscal_year_start, YK_ATTAINMENT_DAILY_MEAN, base * unit,
                             entry->target * unit, &(struct yk_baseline_draw){OUTLOOK_PATHS, seed + 1}, &f->outlook);
    f->outlook.actual.value /= unit;
    f->outlook.actual.lower /= unit;
    f->outlook.actual.upper /= unit;
}

enum yk_status yk_followed_prepare(struct yk_followed *f, const struct yk_followed_day *day, struct yk_error *err)
{
    int64_t monday_s = monday_of(day->start_s);
    unsigned long seed = seed_of(&day->config->kpis[f->entry], day->start_s);
    enum yk_status status = YK_OK;
    free(f->path);
    f->path = NULL;
    f->has_outlook = false;
    int64_t known = (day->end_s - f->hours.start_s) / HOUR_S;
    f->known = !f->hours.value || known < 0 ? 0 : (size_t)known < f->hours.count ? (size_t)known : f->hours.count;
    size_t before = f->now;
    f->now = f->known > 0 ? segment_at(f, f->known - 1) : 0;
    if (f->week_s != monday_s || f->now != before)
        status = fit(f, day, monday_s, err);
    f->day_hours = (size_t)((day->end_s - day->start_s) / HOUR_S);
    if (f->day_hours > YK_FOLLOWED_HOURS)
        f->day_hours = YK_FOLLOWED_HOURS;
    for (size_t i = 0; i < f->day_hours; i++)
        f->observed[i] = yk_followed_value(f, day->start_s + (int64_t)i * HOUR_S);
    if (status == YK_OK && f->state == YK_BASELINE_OK)
        status = draw(f, day, seed, err);
    if (status == YK_OK)
        look_ahead(f, day, seed);
    return status;
}
