/* Days from calendars and files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "followed/days.h"

#include "base/calendar.h"
#include "config/sections.h"
#include "series/covariate_csv.h"
#include "series/csv_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(YK_COVARIATES_COLUMNS == YK_BASELINE_COVARIATES, "as many as the baseline takes");
_Static_assert(YK_DAY_KEEPS_WEEKDAY + YK_DAY_WORDS_MAX <= YK_DAY_KINDS, "a kind for each word");

static void fill_kinds(struct yk_followed_calendar *c, const struct yk_config *config, int64_t from_s)
{
    int64_t t = yk_calendar_day_start(from_s, 0);
    for (size_t i = 0; i < c->days.count; i++) {
        struct yk_civil date = yk_calendar_civil(t);
        if (yk_holiday(config->calendar.holidays, date.year, date.month, date.day))
            c->kind[i] = YK_DAY_HOLIDAY;
        t = yk_calendar_day_next(t, 0);
    }
    /* What the district says of a day goes before what the calendar says. */
    for (size_t i = 0; i < config->calendar.day_count; i++) {
        const struct yk_special_day_config *day = &config->calendar.days[i];
        int64_t at = yk_baseline_day(day->start_s) - c->days.first;
        if (at >= 0 && (size_t)at < c->days.count)
            c->kind[at] = (uint8_t)(day->like == 0 ? YK_DAY_HOLIDAY : YK_DAY_KEEPS_WEEKDAY + day->like - 1);
    }
}

/* A name that is not absolute lies beside the district's file. */
static void path_of(const struct yk_config *config, char out[static 2 * YK_PATH_SIZE])
{
    const char *slash = strrchr(config->path, '/');
    int folder = config->covariates.file[0] == '/' || !slash ? 0 : (int)(slash + 1 - config->path);
    snprintf(out, (size_t)2 * YK_PATH_SIZE, "%.*s%s", folder, config->path, config->covariates.file);
}

static enum yk_status read_covariates(struct yk_followed_calendar *c, const struct yk_config *config,
                                      struct yk_error *err)
{
    char path[2 * YK_PATH_SIZE], id[17], *text = NULL;
    size_t length = 0;
    const char *column[YK_COVARIATES_COLUMNS];
    unsigned columns = config->covariates.column_count;
    struct yk_covariates read = {0};
    for (unsigned i = 0; i < columns; i++)
        column[i] = config->covariates.column[i];
    path_of(config, path);
    enum yk_status status = yk_csv_load(path, &text, &length, err);
    if (status != YK_OK)
        return status;
    status = yk_covariate_csv_parse(text, length, path, config->covariates.date, column, columns, &read, NULL, err);
    yk_config_version_id(id, text, length);
    free(text);
    if (status != YK_OK)
        return status;
    c->covariate = calloc(c->days.count * columns + 1, sizeof *c->covariate);
    if (!c->covariate) {
        yk_covariates_clear(&read);
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < c->days.count; i++) {
        int64_t at = c->days.first + (int64_t)i - read.first_day;
        bool there = at >= 0 && (size_t)at < read.days;
        for (unsigned k = 0; k < columns; k++)
            c->covariate[i * columns + k] = there ? read.value[(size_t)at * columns + k] : (double)NAN;
    }
    yk_covariates_clear(&read);
    snprintf(c->covariates_id, sizeof c->covariates_id, "%.8s", id);
    c->days.covariate = c->covariate;
    c->days.covariates = columns;
    return YK_OK;
}

enum yk_status yk_followed_calendar_open(struct yk_followed_calendar *calendar, const struct yk_config *config,
                                         int64_t from_s, int64_t to_s, struct yk_error *err)
{
    *calendar = (struct yk_followed_calendar){0};
    calendar->days.first = yk_baseline_day(from_s);
    calendar->days.count = (size_t)(yk_baseline_day(to_s) - calendar->days.first + 1);
    calendar->kind = calloc(calendar->days.count, 1);
    if (!calendar->kind)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    calendar->days.kind = calendar->kind;
    fill_kinds(calendar, config, from_s);
    return config->covariates.file[0] ? read_covariates(calendar, config, err) : YK_OK;
}

void yk_followed_calendar_clear(struct yk_followed_calendar *calendar)
{
    free(calendar->kind);
    free(calendar->covariate);
    *calendar = (struct yk_followed_calendar){0};
}

uint8_t yk_followed_calendar_kind(const struct yk_followed_calendar *calendar, int64_t day)
{
    int64_t at = day - calendar->days.first;
    return at >= 0 && (size_t)at < calendar->days.count ? calendar->kind[at] : YK_DAY_ORDINARY;
}
