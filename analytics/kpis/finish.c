/* Days to rows to the gate. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/finish.h"

#include "base/calendar.h"
#include "calibrations/line_corrections.h"
#include "kpis/candidates.h"
#include "kpis/kpi.h"
#include "kpis/late_facts.h"
#include "kpis/periods.h"
#include "kpis/place_facts.h"

#include <string.h>

/* After a week in which nothing ran, a day is told as one outage and not quarter by quarter. */
#define ABANDONED_DAYS 7
/* Parts are kept this long after both kinds of rows are final: longer than periods look back (nine epochs). */
#define KEPT_DAYS 14
#define DAY_S     INT64_C(86400)

static void rows_of(const struct yk_facts *facts, enum yk_kpi_day day, int64_t first_s, int64_t as_of_s,
                    struct yk_candidates *table)
{
    if (facts->end_s <= first_s || facts->start_s >= as_of_s)
        return;
    for (size_t i = 0; i < yk_kpi_count(); i++) {
        const struct yk_kpi *kpi = yk_kpi_at(i);
        if (kpi->rows && kpi->day == day && (facts->closed || facts->final || kpi->open_windows))
            kpi->rows(kpi, facts, yk_candidates_give, table);
    }
}

/* A day to be told. late: the epoch is closed, and only the windows that were left open then are told. */
struct day {
    enum yk_kpi_day kind;
    int64_t start_s, end_s;
    int64_t first_s, as_of_s;
    bool final, late;
    bool abandoned;
};

static void give_rows(const struct day *day, const struct yk_facts *facts, struct yk_candidates *table)
{
    /* A day that is told as one outage has its hours and quarters only where an edge told of them after all. */
    bool told = !day->abandoned || facts->resolution == YK_RES_1D || (day->late && facts->radio_cover.ran_s > 0);
    if (told && (!day->late || facts->awaited))
        rows_of(facts, day->kind, day->first_s, day->as_of_s, table);
}

/* One place over one day. */
static enum yk_status finish_place(struct yk_finish *finish, const struct yk_place_question *question,
                                   const struct day *day, struct yk_error *err)
{
    struct yk_place_facts facts;
    struct yk_candidates table = {0};
    bool any = true;
    enum yk_status status = yk_place_facts_read(question, &facts, err);
    if (status == YK_OK && day->late)
        status = yk_late_facts_fill(question, &facts, &any, err);
    else if (status == YK_OK && day->final && day->kind == YK_DAY_EPOCH)
        status = yk_late_facts_await(question, &facts, err);
    if (status == YK_OK && question->district)
        yk_district_facts_place(question->district, question->place_index, facts.day);
    if (status == YK_OK && any) {
        for (size_t i = 0; i < question->span->quarters; i++)
            give_rows(day, &facts.quarter[i], &table);
        for (size_t i = 0; i < question->span->hours; i++)
            give_rows(day, &facts.hour[i], &table);
        give_rows(day, facts.day, &table);
        status = yk_candidates_publish(&table, finish->config, finish->publish, err);
        finish->rows += table.count;
    }
    yk_place_facts_clear(&facts);
    yk_candidates_clear(&table);
    return status;
}

/* What only all places together can tell. */
static enum yk_status finish_district(struct yk_finish *finish, struct yk_district_facts *facts, struct yk_error *err)
{
    struct yk_candidates table = {0};
    facts->rows_lacked_memory = &table.out_of_memory;
    enum yk_status status = yk_district_facts_close(facts, err);
    for (size_t i = 0; i < yk_kpi_count() && status == YK_OK; i++) {
        const struct yk_kpi *kpi = yk_kpi_at(i);
        if (kpi->district_rows)
            kpi->district_rows(kpi, facts, yk_candidates_give, &table);
    }
    if (status == YK_OK)
        status = yk_candidates_publish(&table, finish->config, finish->publish, err);
    finish->rows += table.count;
    yk_candidates_clear(&table);
    return status;
}

static bool first_of_its_id(const struct yk_config *config, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(config->places[k].id, config->places[i].id) == 0)
            return false;
    return true;
}

/* True if some sensor of the district ran. For device days only radios are asked: what cameras tell is accepted for longer
 * than device rows stay open, and must not change them. */
static enum yk_status any_ran(struct yk_finish *finish, enum yk_kpi_day day, int64_t from_s, int64_t to_s, bool *ran,
                              struct yk_error *err)
{
    *ran = false;
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < finish->config->sensor_count && status == YK_OK && !*ran; i++) {
        const struct yk_sensor_config *sensor = &finish->config->sensors[i];
        if (day == YK_DAY_CALENDAR || sensor->family == YK_FAMILY_RADIO)
            status = yk_state_any(finish->store, YK_CELL_HEALTH, sensor->id, from_s, to_s, ran, err);
    }
    return status;
}

static enum yk_status finish_day(struct yk_finish *finish, struct day *day, struct yk_error *err)
{
    struct yk_periods periods;
    struct yk_span span;
    yk_periods_none(finish->config, &periods);
    enum yk_status status = YK_OK;
    if (day->kind == YK_DAY_EPOCH)
        status = yk_periods_of_epoch(finish->config, finish->store, day->start_s, &periods, err);
    bool ran = false;
    if (status == YK_OK)
        status = any_ran(finish, day->kind, day->start_s - ABANDONED_DAYS * DAY_S, day->end_s, &ran, err);
    day->abandoned = !ran;
    if (status != YK_OK)
        return status;
    if (yk_span_init(&span, day->start_s, day->end_s) != YK_OK)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    /* Lives are asked for once their day is over, and where all of them can have come. */
    struct yk_district_facts district = {0};
    bool whole =
        day->kind == YK_DAY_EPOCH && !day->late && !day->abandoned && (day->final || day->end_s <= day->as_of_s);
    if (whole)
        status = yk_district_facts_open(&district, finish->config, &periods, &span, day->final, err);
    if (status == YK_OK)
        status = yk_publish_begin(finish->publish, err);
    for (size_t i = 0; i < finish->config->place_count && status == YK_OK; i++) {
        if (!first_of_its_id(finish->config, i))
            continue;
        struct yk_place_question question = {.config = finish->config,
                                             .store = finish->store,
                                             .place = finish->config->places[i].id,
                                             .span = &span,
                                             .periods = &periods,
                                             .as_of_s = day->as_of_s,
                                             .devices = day->kind == YK_DAY_EPOCH,
                                             .final = day->final,
                                             .district = whole ? &district : NULL,
                                             .place_index = i};
        struct yk_calibration_in_force in_force = {0};
        if (finish->calibrations && day->kind == YK_DAY_EPOCH) {
            yk_calibrations_in_force(finish->calibrations, question.place, day->start_s, &in_force);
            question.calibration = &in_force;
        }
        struct yk_line_corrections corrections = {0};
        if (finish->calibrations && day->kind == YK_DAY_CALENDAR) {
            if (yk_line_corrections_at(finish->calibrations, question.place, day->start_s, &corrections) != YK_OK) {
                status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
                break;
            }
            question.corrections = &corrections;
        }
        const struct yk_place_config *place = yk_config_place_at(finish->config, question.place, day->start_s);
        place = place ? place : &finish->config->places[i];
        yk_span_close(&span, place->closed_from_s, place->closed_to_s);
        status = finish_place(finish, &question, day, err);
        yk_line_corrections_clear(&corrections);
    }
    if (status == YK_OK && whole)
        status = finish_district(finish, &district, err);
    if (status == YK_OK)
        status = yk_publish_set_as_of(finish->publish, day->as_of_s, err);
    if (status == YK_OK)
        status = yk_publish_commit(finish->publish, err);
    if (status != YK_OK) /* also after a commit that failed: the next try begins anew */
        yk_publish_rollback(finish->publish);
    yk_district_facts_clear(&district);
    yk_span_clear(&span);
    return status;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static enum yk_status finish_devices(struct yk_finish *finish, int64_t first_s, int64_t as_of_s, int64_t changed_s,
                                     struct yk_error *err)
{
    const struct yk_config *config = finish->config;
    int hours = config->privacy.epoch_hours, offset_s = config->privacy.epoch_start_s;
    int64_t epoch_s =
        yk_epoch_start(later(first_s, yk_state_fact(finish->store, "device_final_s", INT64_MIN)), hours, offset_s);
    while (epoch_s < as_of_s) {
        int64_t end_s = yk_epoch_end(epoch_s, hours, offset_s);
        if (yk_state_epoch_closed(finish->store, epoch_s)) { /* told before; a crash came before that was noted */
            yk_state_note(finish->store, "device_final_s", end_s, YK_FACT_MAX);
            epoch_s = end_s;
            continue;
        }
        bool final = finish->now_s >= end_s + config->privacy.grace_hours * 3600;
        if (final || end_s > changed_s || finish->everything) {
            struct day day = {.kind = YK_DAY_EPOCH,
                              .start_s = epoch_s,
                              .end_s = end_s,
                              .first_s = first_s,
                              .as_of_s = as_of_s,
                              .final = final};
            enum yk_status status = finish_day(finish, &day, err);
            if (status != YK_OK)
                return status;
        }
        if (final) { /* the rows are out, and which of them are open is written down; now the pseudonyms go */
            enum yk_status status = yk_state_commit(finish->store, NULL, 0, err);
            if (status == YK_OK)
                status = yk_state_close_epoch(finish->store, epoch_s, err);
            if (status != YK_OK)
                return status;
            yk_state_note(finish->store, "device_final_s", end_s, YK_FACT_MAX);
        }
        if (finish->progress)
            finish->progress(finish->context, epoch_s - first_s, 2 * (as_of_s - first_s));
        epoch_s = end_s;
    }
    return YK_OK;
}

/* Rows of closed epochs that wait for what edges reduced: told again when such sums came, and for the last time when none
 * are taken any more. */
static enum yk_status finish_late(struct yk_finish *finish, int64_t first_s, int64_t as_of_s, int64_t changed_s,
                                  struct yk_error *err)
{
    const struct yk_config *config = finish->config;
    int hours = config->privacy.epoch_hours, offset_s = config->privacy.epoch_start_s;
    int64_t closed_s = yk_state_fact(finish->store, "device_final_s", INT64_MIN);
    int64_t epoch_s =
        yk_epoch_start(later(first_s, yk_state_fact(finish->store, "late_final_s", INT64_MIN)), hours, offset_s);
    while (epoch_s < closed_s) {
        int64_t end_s = yk_epoch_end(epoch_s, hours, offset_s);
        struct day day = {.kind = YK_DAY_EPOCH,
                          .start_s = epoch_s,
                          .end_s = end_s,
                          .first_s = first_s,
                          .as_of_s = as_of_s,
                          .final = yk_finish_past_horizon(finish, end_s),
                          .late = true};
        bool awaited = false;
        enum yk_status status = yk_state_any(finish->store, YK_CELL_AWAITED, NULL, epoch_s, end_s, &awaited, err);
        if (status == YK_OK && awaited && (day.final || finish->everything || end_s > changed_s))
            status = finish_day(finish, &day, err);
        if (status != YK_OK)
            return status;
        if (day.final)
            yk_state_note(finish->store, "late_final_s", end_s, YK_FACT_MAX);
        epoch_s = end_s;
    }
    return YK_OK;
}

static enum yk_status finish_cameras(struct yk_finish *finish, int64_t first_s, int64_t as_of_s, int64_t changed_s,
                                     struct yk_error *err)
{
    int64_t day_s = yk_calendar_day_start(later(first_s, yk_state_fact(finish->store, "plain_final_s", INT64_MIN)), 0);
    while (day_s < as_of_s) {
        int64_t end_s = yk_calendar_day_next(day_s, 0);
        bool final = yk_finish_past_horizon(finish, end_s);
        if (final || end_s > changed_s || finish->everything) {
            struct day day = {.kind = YK_DAY_CALENDAR,
                              .start_s = day_s,
                              .end_s = end_s,
                              .first_s = first_s,
                              .as_of_s = as_of_s,
                              .final = final};
            enum yk_status status = finish_day(finish, &day, err);
            if (status != YK_OK)
                return status;
        }
        if (final)
            yk_state_note(finish->store, "plain_final_s", end_s, YK_FACT_MAX);
        if (finish->progress)
            finish->progress(finish->context, as_of_s + day_s - 2 * first_s, 2 * (as_of_s - first_s));
        day_s = end_s;
    }
    return YK_OK;
}

/* What is final twice over, for devices and cameras, and too old for a rotation period to be taken from it. */
static enum yk_status expire(struct yk_finish *finish, struct yk_error *err)
{
    int64_t devices_s = yk_state_fact(finish->store, "device_final_s", INT64_MAX);
    int64_t cameras_s = yk_state_fact(finish->store, "plain_final_s", INT64_MIN);
    int64_t final_s = devices_s < cameras_s ? devices_s : cameras_s;
    enum yk_status status = YK_OK;
    if (final_s != INT64_MIN) {
        yk_state_prune(finish->store, final_s - DAY_S); /* frames of that age are late, whoever sends them again */
        status = yk_state_expire(finish->store, final_s - KEPT_DAYS * DAY_S, err);
    }
    if (status == YK_OK && finish->now_s != INT64_MAX) /* a replay of old recordings keeps what it came for */
        status = yk_publish_expire(finish->publish, finish->now_s - finish->config->retention.rows_days * DAY_S, err);
    return status;
}

enum yk_status yk_finish_run(struct yk_finish *finish, struct yk_error *err)
{
    /* What was taken and not committed yet has to be in its file before an epoch's file can go. */
    enum yk_status status = yk_state_commit(finish->store, NULL, 0, err);
    int64_t first_s = yk_state_fact(finish->store, "first_s", INT64_MAX);
    if (status != YK_OK || first_s == INT64_MAX)
        return status; /* no sensor has ever run */
    int64_t first_radio_s = yk_state_fact(finish->store, "first_radio_s", INT64_MAX);
    int64_t last_s = yk_state_fact(finish->store, "last_s", first_s);
    int64_t as_of_s = finish->now_s == INT64_MAX ? last_s : later(last_s, finish->now_s);
    int64_t plain_s, device_s;
    yk_state_take_changed(finish->store, &plain_s, &device_s);
    /* The days that hold now change with time itself. */
    int64_t today_s = as_of_s - 1;
    if (first_radio_s != INT64_MAX)
        status = finish_devices(finish, first_radio_s, as_of_s, device_s < today_s ? device_s : today_s, err);
    if (first_radio_s != INT64_MAX && status == YK_OK)
        status = finish_late(finish, first_radio_s, as_of_s, plain_s, err);
    if (status == YK_OK)
        status = finish_cameras(finish, first_s, as_of_s, plain_s < today_s ? plain_s : today_s, err);
    if (status == YK_OK)
        status = yk_state_commit(finish->store, NULL, 0, err);
    if (status == YK_OK)
        return expire(finish, err);
    yk_state_give_back_changed(finish->store, plain_s, device_s);
    return status;
}
