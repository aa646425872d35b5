/* Published rows to a series. SPDX-License-Identifier: GPL-3.0-or-later */
#include "followed/followed.h"

#include "series/series_csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S    INT64_C(3600)
#define WHOLE_DAY 0.98 /* coverage of a day that is taken for whole */

bool yk_followed_can(const struct yk_kpi_config *entry)
{
    static const char *const counts[] = {"footfall", "visitors", "device_visits"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (strcmp(entry->kpi, counts[i]) == 0)
            return entry->resolution != YK_RES_15M;
    return false;
}

struct reading {
    struct yk_followed *followed;
    const char *place;
    double below_k; /* what a row below k counts */
    int64_t to_s;
    double ratio; /* of the last whole day: its sum over that of its hours; NAN before there was one */
    bool out_of_memory;
};

static double value_of(const struct reading *reading, const struct yk_kpi_row *row, double least_coverage)
{
    if (row->state == YK_STATE_SUPPRESSED && row->reason == YK_REASON_BELOW_K)
        return reading->below_k;
    if (row->state != YK_STATE_OK || row->coverage < least_coverage || row->value < 0)
        return (double)NAN;
    return row->coverage < 1 ? row->value / row->coverage : row->value;
}

/* Parameters name the calibration after " C". Of more changes than there is room for, the last ones are not told apart. */
static void note_calibration(struct yk_followed *f, size_t hour, const char *parameters)
{
    const char *named = strstr(parameters, " C");
    char id[sizeof f->segment[0].calibration];
    snprintf(id, sizeof id, "%.8s", named ? named + 2 : "");
    if (f->segment_count > 0 && strcmp(f->segment[f->segment_count - 1].calibration, id) == 0)
        return;
    if (f->segment_count == YK_FOLLOWED_SEGMENTS)
        return;
    struct yk_followed_segment *segment = &f->segment[f->segment_count++];
    segment->from = hour;
    memcpy(segment->calibration, id, sizeof id);
}

static void take_hour(void *context, const struct yk_kpi_row *row)
{
    struct reading *reading = context;
    struct yk_series *hours = &reading->followed->hours;
    if (reading->out_of_memory || strcmp(row->place, reading->place) != 0)
        return;
    if (!hours->value) { /* the first */
        hours->start_s = row->start_s;
        hours->step_s = HOUR_S;
        size_t count = (size_t)((reading->to_s - row->start_s + HOUR_S - 1) / HOUR_S);
        hours->value = malloc((count + 1) * sizeof *hours->value);
        reading->followed->crossings = malloc((count + 1) * sizeof *hours->value);
        if (!hours->value || !reading->followed->crossings) {
            reading->out_of_memory = true;
            return;
        }
        hours->count = count;
        for (size_t i = 0; i < count; i++)
            hours->value[i] = reading->followed->crossings[i] = (double)NAN;
    }
    size_t at = yk_followed_hour(reading->followed, row->start_s);
    if (at >= hours->count)
        return;
    hours->value[at] = value_of(reading, row, YK_SERIES_COVERAGE_MIN);
    if (isnan(hours->value[at]))
        return;
    if (!reading->followed->devices && row->n_low >= 0 && row->n_low == row->n_high)
        reading->followed->crossings[at] = row->coverage < 1 ? (double)row->n_low / row->coverage : (double)row->n_low;
    if (row->state == YK_STATE_OK)
        note_calibration(reading->followed, at, row->parameters);
}

/* Makes the hours of [from, to) add up to the day; where an hour is a gap, or the day, by what the last whole day was. */
static void lay_out(struct reading *reading, int64_t from_s, int64_t to_s, double day)
{
    struct yk_series *hours = &reading->followed->hours;
    double sum = 0;
    for (int64_t t = from_s; t < to_s; t += HOUR_S)
        sum += yk_followed_value(reading->followed, t);
    if (isfinite(sum) && sum > 0 && isfinite(day))
        reading->ratio = day / sum;
    for (int64_t t = from_s; t < to_s; t += HOUR_S) {
        size_t at = yk_followed_hour(reading->followed, t);
        if (at < hours->count)
            hours->value[at] *= reading->ratio;
    }
}

static void take_day(void *context, const struct yk_kpi_row *row)
{
    struct reading *reading = context;
    struct yk_followed *f = reading->followed;
    if (strcmp(row->place, reading->place) != 0)
        return;
    double value = value_of(reading, row, WHOLE_DAY);
    int64_t at = yk_baseline_day(row->start_s) - f->day.first;
    if (at >= 0 && (size_t)at < f->day.count) {
        f->day_sum[at] = value;
        f->day_hour[at] = yk_followed_hour(f, row->start_s);
    }
    if (f->devices && f->by_day)
        lay_out(reading, row->start_s, row->end_s, value);
}

static enum yk_status make_days(struct yk_followed *f, const struct yk_followed_calendar *calendar, int64_t from_s,
                                int64_t to_s, struct yk_error *err)
{
    f->day.first = yk_baseline_day(from_s);
    f->day.count = (size_t)(yk_baseline_day(to_s) - f->day.first + 1);
    f->day_sum = malloc(f->day.count * sizeof *f->day_sum);
    f->day_kind = malloc(f->day.count);
    f->day_hour = malloc(f->day.count * sizeof *f->day_hour);
    if (!f->day_sum || !f->day_kind || !f->day_hour)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < f->day.count; i++) {
        f->day_sum[i] = (double)NAN;
        f->day_hour[i] = SIZE_MAX;
        f->day_kind[i] = yk_followed_calendar_kind(calendar, f->day.first + (int64_t)i);
    }
    f->day.sum = f->day_sum;
    f->day.kind = f->day_kind;
    return YK_OK;
}

enum yk_status yk_followed_read(struct yk_followed *f, const struct yk_config *config, size_t entry,
                                struct yk_publish *publish, const struct yk_followed_calendar *calendar, int64_t from_s,
                                int64_t to_s, struct yk_error *err)
{
    const struct yk_kpi_config *asked = &config->kpis[entry];
    *f = (struct yk_followed){.entry = entry, .week_s = INT64_MIN};
    f->devices = strcmp(asked->kpi, "footfall") != 0;
    f->by_hour = !f->devices || asked->resolution == YK_RES_1H;
    f->by_day = !f->devices || asked->resolution == YK_RES_1D;
    struct reading reading = {.followed = f,
                              .place = config->places[asked->place].id,
                              .below_k = (f->devices ? config->privacy.k : config->privacy.line_k) / 2.0,
                              .to_s = to_s,
                              .ratio = (double)NAN};
    struct yk_row_query query = {.place = reading.place,
                                 .kpi = asked->kpi,
                                 .direction = f->devices ? NULL : "both",
                                 .resolution = YK_RES_1H,
                                 .from_s = from_s,
                                 .to_s = to_s};
    enum yk_status status = make_days(f, calendar, from_s, to_s, err);
    if (status == YK_OK)
        status = yk_publish_query(publish, &query, take_hour, &reading, NULL, err);
    query.resolution = YK_RES_1D;
    if (status == YK_OK)
        status = yk_publish_query(publish, &query, take_day, &reading, NULL, err);
    if (status == YK_OK && reading.out_of_memory)
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    return status;
}

void yk_followed_clear(struct yk_followed *f)
{
    yk_series_clear(&f->hours);
    free(f->crossings);
    free(f->day_sum);
    free(f->day_kind);
    free(f->day_hour);
    free(f->path);
    yk_baseline_free(f->baseline);
    *f = (struct yk_followed){.week_s = INT64_MIN};
}

size_t yk_followed_hour(const struct yk_followed *f, int64_t t_s)
{
    int64_t at = t_s - f->hours.start_s;
    return f->hours.value && at >= 0 && at % HOUR_S == 0 && (size_t)(at / HOUR_S) < f->hours.count
               ? (size_t)(at / HOUR_S)
               : SIZE_MAX;
}

double yk_followed_value(const struct yk_followed *f, int64_t t_s)
{
    size_t at = yk_followed_hour(f, t_s);
    return f->hours.value && at < f->hours.count ? f->hours.value[at] : (double)NAN;
}
