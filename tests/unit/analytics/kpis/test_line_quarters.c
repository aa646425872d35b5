/* From cells to rows that are made of a day's quarters. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A camera's crossings of one day go into the state as the worker puts them; what comes out of the store is compared with sums
 * over what went in. */
#include "base/calendar.h"
#include "kpis/finish.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY      INT64_C(1809529200) /* TZ=Asia/Tokyo date -d 2027-05-06 +%s */
#define QUARTERS 96
#define DOWN     50 /* the quarter in which the camera stood still for a second */

static const char yaml[] =
    "version: 1\n"
    "district: { id: riverside, timezone: Asia/Tokyo }\n"
    "places: [{ id: plaza }]\n"
    "sensors:\n"
    "- id: cam-1\n"
    "  place: plaza\n"
    "  kind: camera_file\n"
    "  lines: [{ id: street, points: [[0,0],[1,1]] }, { id: door, points: [[5,0],[5,1]] }]\n"
    "turn_ins: [{ id: shop, place: plaza, entries: door, entries_direction: plus, passers: street }]\n"
    "surveys:\n"
    "- { id: street-10-18, place: plaza, line: street, from: \"10:00\", to: \"18:00\", days: weekdays }\n"
    "- { id: evening, place: plaza, from: \"18:00\", to: \"22:00\", days: [2027-05-06], counted_minutes: 30 }\n"
    "- { id: sunday, place: plaza, from: \"10:00\", to: \"18:00\", days: weekends }\n";

static struct yk_config *config;
static struct yk_state_store *store;
static struct yk_publish *publish;
static struct yk_error err;
static struct yk_kpi_row rows[400];
static size_t row_count;

static void start(void)
{
    char path[600];
    gsl_set_error_handler_off();
    scratch_make();
    cr_assert_eq(yk_config_read_bytes("d.yaml", yaml, sizeof yaml - 1, &config, NULL, &err), YK_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/state", scratch);
    cr_assert_eq(yk_state_open(path, &store, &err), YK_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/publish.db", scratch);
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_WRITE, &publish, &err), YK_OK, "%s", err.message);
}

static void stop(void)
{
    yk_publish_close(publish);
    yk_state_close(store);
    yk_config_free(config);
    scratch_remove();
}
TestSuite(line_quarters, .init = start, .fini = stop);

static struct yk_cell *cell(enum yk_cell_kind kind, const char *key, int64_t window_s)
{
    struct yk_cell *out;
    cr_assert_eq(yk_state_cell(store, kind, key, window_s, 0, &out), YK_OK);
    return out;
}

static int64_t street_of(int q)
{
    return 20 + q % 7;
}

static int64_t door_of(int q)
{
    return q % 5;
}

static void keep(void *context, const struct yk_kpi_row *row)
{
    (void)context;
    if (strcmp(row->kpi, "turn_in_rate") != 0 && strcmp(row->kpi, "footfall_survey") != 0)
        return;
    cr_assert_lt(row_count, sizeof rows / sizeof rows[0]);
    rows[row_count++] = *row;
}

static void finish(void)
{
    for (int q = 0; q < QUARTERS; q++) {
        int64_t w = DAY + q * YK_WINDOW_S;
        yk_cell_ran(cell(YK_CELL_HEALTH, "cam-1", w), w, w + YK_WINDOW_S - (q == DOWN));
        struct yk_cell *street = cell(YK_CELL_CROSSING, "plaza/street", w),
                       *door = cell(YK_CELL_CROSSING, "plaza/door", w);
        street->as.crossing.plus = (uint64_t)street_of(q) - 3;
        street->as.crossing.minus = 3;
        door->as.crossing.plus = (uint64_t)door_of(q);
        door->as.crossing.minus = 1;
    }
    yk_state_note(store, "first_s", DAY, YK_FACT_MIN);
    yk_state_note(store, "last_s", DAY + 86400, YK_FACT_MAX);
    struct yk_finish f = {.config = config, .store = store, .publish = publish, .now_s = INT64_MAX, .everything = true};
    cr_assert_eq(yk_finish_run(&f, &err), YK_OK, "%s", err.message);
    const struct yk_row_query query = {.resolution = YK_RES_COUNT, .from_s = INT64_MIN, .to_s = INT64_MAX};
    cr_assert_eq(yk_publish_query(publish, &query, keep, NULL, NULL, &err), YK_OK);
}

static const struct yk_kpi_row *row_at(const char *place, enum yk_resolution resolution, int64_t start_s)
{
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].place, place) == 0 && rows[i].resolution == resolution && rows[i].start_s == start_s)
            return &rows[i];
    cr_assert(false, "no row of %s at %ld", place, (long)start_s);
    return NULL;
}

Test(line_quarters, reach_hours_and_the_day)
{
    finish();
    cr_expect_eq(row_count, 24 + 1 + 2, "a rate an hour and one of the day, and two surveys");
    double in = 0, by = 0;
    for (int h = 0; h < 24; h++) {
        double hour_in = 0, hour_by = 0;
        for (int q = 4 * h; q < 4 * h + 4; q++)
            if (q != DOWN) {
                hour_in += (double)door_of(q);
                hour_by += (double)street_of(q);
            }
        const struct yk_kpi_row *row = row_at("plaza/shop", YK_RES_1H, DAY + h * 3600);
        cr_expect_float_eq(row->value, hour_in / hour_by, 1e-12, "hour %d", h);
        cr_expect_eq(row->n_low, (int64_t)hour_by);
        cr_expect_float_eq(row->coverage, h == DOWN / 4 ? 0.75 : 1, 1e-12);
        in += hour_in;
        by += hour_by;
    }
    const struct yk_kpi_row *day = row_at("plaza/shop", YK_RES_1D, DAY);
    cr_expect_float_eq(day->value, in / by, 1e-12);
    cr_expect_float_eq(day->coverage, 95.0 / 96, 1e-12);
    cr_expect(day->final && day->revision == 1 && day->lower < day->value && day->upper > day->value);

    double counted = 0, hour = 0;
    for (int q = 40; q < 72; q++)
        if (q / 4 != DOWN / 4)
            counted += (double)street_of(q);
        else if (q != DOWN)
            hour += (double)street_of(q);
    const struct yk_kpi_row *survey = row_at("plaza/street-10-18", YK_RES_1D, DAY);
    cr_expect_float_eq(survey->value, counted + hour * 4 / 3, 1e-9);
    cr_expect(survey->basis == YK_BASIS_ESTIMATED && survey->coverage == 31.0 / 32);
    counted = 0;
    for (int q = 72; q < 88; q++)
        if (q % 4 < 2)
            counted += (double)(street_of(q) + door_of(q) + 1);
    const struct yk_kpi_row *evening = row_at("plaza/evening", YK_RES_1D, DAY);
    cr_expect_float_eq(evening->value, 2 * counted, 1e-9, "both lines, each half hour stands for its hour");
    cr_expect(evening->coverage == 0.5 && evening->n_low == (int64_t)counted);
}
