/* Rows of what is followed over time, from published rows. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A day is told twice: once when it has ended, from what is there then, and for the last time when nothing of it or of any day before
 * is accepted any more. Final rows are so a function of final rows, whatever was told in between. Calendar days and device
 * days each have their own two marks in the state store. */
#include "kpis/finish.h"

#include "base/calendar.h"
#include "followed/followed.h"
#include "kpis/candidates.h"
#include "kpis/kpi.h"

#include <stdlib.h>

#define DAY_S    INT64_C(86400)
#define AHEAD_S  (2 * 366 * DAY_S) /* to the end of any fiscal year that is under way */
#define BEHIND_S (5 * 366 * DAY_S) /* that series are read back: a fit's record, and a year before it */

/* One of the two kinds of days, and how far it was told. */
struct track {
    bool devices;
    const char *final_mark, *told_mark;
    int64_t from_s, to_s; /* days to be told begin in [from, to) */
    int64_t told_s;       /* those that end by then were told */
};

static int64_t day_start(const struct yk_finish *finish, const struct track *track, int64_t t)
{
    return track->devices
               ? yk_epoch_start(t, finish->config->privacy.epoch_hours, finish->config->privacy.epoch_start_s)
               : yk_calendar_day_start(t, 0);
}

static int64_t day_end(const struct yk_finish *finish, const struct track *track, int64_t start_s)
{
    return track->devices
               ? yk_epoch_end(start_s, finish->config->privacy.epoch_hours, finish->config->privacy.epoch_start_s)
               : yk_calendar_day_next(start_s, 0);
}

/* A day is over when its time is, or in a past that is told as a whole. */
static bool is_over(const struct yk_finish *finish, int64_t end_s, int64_t as_of_s)
{
    return end_s <= as_of_s || finish->now_s == INT64_MAX;
}

static bool wanted(const struct yk_finish *finish, const struct track *track, int64_t end_s, int64_t as_of_s)
{
    return is_over(finish, end_s, as_of_s) &&
           (finish->everything || end_s > track->told_s || yk_finish_past_horizon(finish, end_s));
}

static bool any_wanted(const struct yk_finish *finish, const struct track *track, int64_t as_of_s)
{
    for (int64_t start_s = track->from_s; start_s < track->to_s;) {
        int64_t end_s = day_end(finish, track, start_s);
        if (wanted(finish, track, end_s, as_of_s))
            return true;
        start_s = end_s;
    }
    return false;
}

static enum yk_status tell_day(struct yk_finish *finish, struct yk_followed_day *day, int64_t as_of_s,
                               struct yk_error *err)
{
    struct yk_candidates rows = {0};
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < day->count && status == YK_OK; i++)
        if (day->list[i].devices == day->devices)
            status = yk_followed_prepare(&day->list[i], day, err);
    for (size_t i = 0; i < yk_kpi_count() && status == YK_OK; i++) {
        const struct yk_kpi *kpi = yk_kpi_at(i);
        if (kpi->followed_rows)
            kpi->followed_rows(kpi, day, yk_candidates_give, &rows);
    }
    if (status == YK_OK)
        status = yk_publish_begin(finish->publish, err);
    if (status == YK_OK) {
        status = yk_candidates_publish(&rows, finish->config, finish->publish, err);
        if (status == YK_OK)
            status = yk_publish_set_as_of(finish->publish, as_of_s, err);
        if (status == YK_OK)
            status = yk_publish_commit(finish->publish, err);
        if (status != YK_OK)
            yk_publish_rollback(finish->publish);
    }
    finish->rows += rows.count;
    yk_candidates_clear(&rows);
    return status;
}

static enum yk_status tell_track(struct yk_finish *finish, const struct track *track, struct yk_followed_day *day,
                                 int64_t as_of_s, struct yk_error *err)
{
    day->devices = track->devices;
    for (int64_t start_s = track->from_s; start_s < track->to_s;) {
        int64_t end_s = day_end(finish, track, start_s);
        if (wanted(finish, track, end_s, as_of_s)) {
            day->start_s = start_s;
            day->end_s = end_s;
            day->final = yk_finish_past_horizon(finish, end_s);
            enum yk_status status = tell_day(finish, day, as_of_s, err);
            if (status != YK_OK)
                return status;
            yk_state_note(finish->store, track->told_mark, end_s, YK_FACT_MAX);
            if (day->final)
                yk_state_note(finish->store, track->final_mark, end_s, YK_FACT_MAX);
        }
        if (finish->progress)
            finish->progress(finish->context, end_s - track->from_s, track->to_s - track->from_s);
        start_s = end_s;
    }
    return YK_OK;
}

/* Reads every followed series of [from, to). */
static enum yk_status open_day(const struct yk_finish *finish, int64_t from_s, int64_t to_s,
                               const struct yk_followed_calendar *calendar, struct yk_followed_day *day,
                               struct yk_error *err)
{
    const struct yk_config *config = finish->config;
    *day = (struct yk_followed_day){.config = config, .calendar = calendar};
    day->list = calloc(config->kpi_count + 1, sizeof *day->list);
    if (!day->list)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < config->kpi_count && status == YK_OK; i++)
        if (yk_followed_can(&config->kpis[i]))
            status =
                yk_followed_read(&day->list[day->count++], config, i, finish->publish, calendar, from_s, to_s, err);
    return status;
}

static bool any_followed(const struct yk_config *config)
{
    for (size_t i = 0; i < config->kpi_count; i++)
        if (yk_followed_can(&config->kpis[i]))
            return true;
    return false;
}

enum yk_status yk_finish_followed(struct yk_finish *finish, struct yk_error *err)
{
    int64_t first_s = yk_state_fact(finish->store, "first_s", INT64_MAX);
    if (first_s == INT64_MAX || !any_followed(finish->config))
        return YK_OK;
    int64_t last_s = yk_state_fact(finish->store, "last_s", first_s);
    int64_t as_of_s = finish->now_s == INT64_MAX || finish->now_s < last_s ? last_s : finish->now_s;
    struct track tracks[] = {
        {.final_mark = "followed_final_s", .told_mark = "followed_told_s"},
        {.devices = true, .final_mark = "followed_device_final_s", .told_mark = "followed_device_told_s"},
    };
    bool any = false;
    int64_t from_s = INT64_MAX;
    for (int i = 0; i < 2; i++) {
        struct track *t = &tracks[i];
        int64_t final_s = yk_state_fact(finish->store, t->final_mark, INT64_MIN);
        t->from_s = day_start(finish, t, final_s > first_s ? final_s : first_s);
        t->to_s = as_of_s;
        t->told_s = yk_state_fact(finish->store, t->told_mark, INT64_MIN);
        any = any || any_wanted(finish, t, as_of_s);
        from_s = t->from_s < from_s ? t->from_s : from_s;
    }
    if (!any)
        return YK_OK;

    struct yk_followed_calendar calendar;
    struct yk_followed_day day = {0};
    int64_t back_s = from_s - BEHIND_S > 0 ? from_s - BEHIND_S : 0;
    enum yk_status status = yk_followed_calendar_open(&calendar, finish->config, back_s, as_of_s + AHEAD_S, err);
    if (status == YK_OK)
        status = open_day(finish, back_s, day_end(finish, &tracks[1], as_of_s), &calendar, &day, err);
    for (int i = 0; i < 2 && status == YK_OK; i++)
        status = tell_track(finish, &tracks[i], &day, as_of_s, err);
    if (status == YK_OK)
        status = yk_state_commit(finish->store, NULL, 0, err);
    for (size_t i = 0; i < day.count; i++)
        yk_followed_clear(&day.list[i]);
    free(day.list);
    yk_followed_calendar_clear(&calendar);
    return status;
}
