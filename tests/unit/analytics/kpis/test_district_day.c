/* Rows of the whole district from heard windows in the store: od_flow, od_flow_persons, circulation.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices that keep their address walk from the street to the plaza, so that flows are counts; what rotation does to them is in
 * test_district.c and tests/accuracy. */
#include "calibrations/calibrations.h"
#include "kpis/finish.h"
#include "kpis/kpi.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define EPOCH INT64_C(1775070000) /* 2026-04-02T04:00:00+09:00 */

static const char yaml[] = "version: 1\n"
                           "district: { id: riverside, timezone: Asia/Tokyo }\n"
                           "places: [{ id: street }, { id: plaza }, { id: park }]\n"
                           "sensors:\n"
                           "  - { id: radio-1, place: street, kind: ble_capture }\n"
                           "  - { id: radio-2, place: plaza, kind: ble_capture }\n"
                           "  - { id: radio-3, place: park, kind: ble_capture }\n";

static struct yk_config *config;
static struct yk_error err;
static struct yk_state_store *store;
static struct yk_publish *publish;
static uint64_t pseudonym;
static struct yk_calibration_entry accepted[2];
static struct yk_calibrations calibrations = {.list = accepted, .count = 2};

static void start(void)
{
    char path[600];
    gsl_set_error_handler_off();
    scratch_make();
    cr_assert_eq(yk_config_read_bytes("district.yaml", yaml, strlen(yaml), &config, NULL, &err), YK_OK, "%s",
                 err.message);
    snprintf(path, sizeof path, "%s/state", scratch);
    cr_assert_eq(yk_state_open(path, &store, &err), YK_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/kpis.db", scratch);
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_WRITE, &publish, &err), YK_OK, "%s", err.message);
    strcpy(calibrations.district, "riverside");
    static const char *const places[] = {"street", "plaza"}, *const ids[] = {"c0ffee10", "c0ffee11"};
    for (int i = 0; i < 2; i++) {
        accepted[i] = (struct yk_calibration_entry){.kind = YK_CALIBRATION_OF_DEVICES,
                                                    .valid_from_s = EPOCH,
                                                    .expires_s = EPOCH + 365 * DAY_S,
                                                    .fit = {.rho = 2.5,
                                                            .rho_se = 0.02,
                                                            .serial = 1,
                                                            .kappa = 0.01,
                                                            .rotations = (double)NAN,
                                                            .dof = 100,
                                                            .ratio = 2.5,
                                                            .period_se = 0.01,
                                                            .points = 100,
                                                            .to_s = EPOCH - DAY_S}};
        snprintf(accepted[i].id, sizeof accepted[i].id, "%s", ids[i]);
        snprintf(accepted[i].place, sizeof accepted[i].place, "%s", places[i]);
    }
    struct yk_frame_header header = {.group = YK_GROUP_PRESENCE, .epoch_s = EPOCH};
    cr_assert_eq(yk_state_ready(store, &header, &err), YK_OK);
}

static void stop(void)
{
    yk_publish_close(publish);
    yk_state_close(store);
    yk_config_free(config);
    scratch_remove();
}
TestSuite(district_day, .init = start, .fini = stop);

static void ran(const char *sensor, int64_t from_s, int64_t to_s)
{
    for (int64_t w = from_s; w < to_s; w += YK_WINDOW_S) {
        struct yk_cell *c;
        cr_assert_eq(yk_state_cell(store, YK_CELL_HEALTH, sensor, w, 0, &c), YK_OK);
        yk_cell_ran(c, w, w + YK_WINDOW_S);
    }
    yk_state_note(store, "first_s", from_s, YK_FACT_MIN);
    yk_state_note(store, "first_radio_s", from_s, YK_FACT_MIN);
    yk_state_note(store, "last_s", to_s, YK_FACT_MAX);
}

/* For two minutes, an advert every 10 s. */
static void hear(const char *place, int64_t from_s)
{
    for (int64_t t = from_s; t <= from_s + 120; t += YK_TICK_S) {
        struct yk_cell *c;
        struct yk_presence advert = {.pseudonym = pseudonym,
                                     .tick = t / YK_TICK_S,
                                     .address_class = YK_CLASS_STATIC,
                                     .adverts = 1,
                                     .rssi_max_dbm = 127,
                                     .gap_ds = t > from_s ? 100 : 0,
                                     .gap_sq_ds2 = t > from_s ? 10000 : 0};
        cr_assert_eq(yk_state_cell(store, YK_CELL_PRESENCE, place, t - t % YK_WINDOW_S, EPOCH, &c), YK_OK);
        cr_assert_eq(yk_cell_hear(c, 5, &advert), YK_OK);
    }
}

static struct yk_kpi_row got;

static void keep(void *context, const struct yk_kpi_row *row)
{
    got = *row;
    ++*(int *)context;
}

static int read_day(const char *kpi, const char *place)
{
    int count = 0;
    struct yk_row_query query = {
        .place = place, .kpi = kpi, .resolution = YK_RES_COUNT, .from_s = EPOCH, .to_s = EPOCH + DAY_S};
    cr_assert_eq(yk_publish_query(publish, &query, keep, &count, NULL, &err), YK_OK, "%s", err.message);
    return count;
}

/* 80 walk from the street to the plaza, 12 on to the park, 9 from the park to the street, 100 only pass along the street. Nobody
 * counted in the park. */
Test(district_day, from_what_was_heard)
{
    static const struct {
        int count;
        const char *way[3];
    } kinds[] = {
        {68, {"street", "plaza"}}, {12, {"street", "plaza", "park"}}, {9, {"park", "street"}}, {100, {"street"}}};
    for (int s = 1; s <= 3; s++) {
        char sensor[32];
        snprintf(sensor, sizeof sensor, "radio-%d", s);
        ran(sensor, EPOCH, EPOCH + DAY_S);
    }
    int64_t at = EPOCH + 4 * 3600;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (int i = 0; i < kinds[k].count; i++, at += 70, pseudonym++)
            for (int step = 0; step < 3 && kinds[k].way[step]; step++)
                hear(kinds[k].way[step], (at + step * 240) / YK_TICK_S * YK_TICK_S);
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK, "%s", err.message);
    struct yk_finish f = {
        .config = config, .store = store, .publish = publish, .calibrations = &calibrations, .now_s = INT64_MAX};
    cr_assert_eq(yk_finish_run(&f, &err), YK_OK, "%s", err.message);

    cr_assert_eq(read_day("od_flow", "street>plaza"), 1);
    cr_expect(got.state == YK_STATE_OK && got.value == 80 && got.final, "%g", got.value);
    cr_assert_eq(read_day("od_flow", "park>street"), 1);
    cr_expect(got.state == YK_STATE_SUPPRESSED && isnan(got.value), "nine are below k");
    cr_assert_eq(read_day("od_flow_persons", "street>plaza"), 1);
    cr_assert_eq(got.state, YK_STATE_OK, "%d", (int)got.reason);
    double to_plaza = got.upper / got.lower;
    cr_expect_float_eq(got.value, 200, 4, "2.5 persons a device: %g", got.value);
    cr_expect(got.lower < 200 && got.upper > 200 && to_plaza < 1.25, "%g to %g", got.lower, got.upper);
    cr_expect_str_eq(got.unit, "persons");
    cr_expect(strstr(got.parameters, " C") != NULL, "%s", got.parameters);
    cr_assert_eq(read_day("od_flow_persons", "plaza>park"), 1);
    cr_expect_float_eq(got.value, 30, 3, "%g", got.value);
    cr_expect_gt(got.upper / got.lower, 1.5 * to_plaza, "nobody counted in the park: %g to %g", got.lower, got.upper);
    cr_assert_eq(read_day("circulation", "*"), 1);
    /* 189 + 80 + 21 visits of 189 devices. */
    cr_expect_float_eq(got.value, 290 / 189.0, 1e-9, "%g", got.value);
}

Test(district_day, without_calibrations)
{
    for (int s = 1; s <= 2; s++) {
        char sensor[32];
        snprintf(sensor, sizeof sensor, "radio-%d", s);
        ran(sensor, EPOCH, EPOCH + DAY_S);
    }
    for (int i = 0; i < 50; i++, pseudonym++) {
        int64_t at = EPOCH + 4 * 3600 + i * 70;
        hear("street", at / YK_TICK_S * YK_TICK_S);
        hear("plaza", (at + 240) / YK_TICK_S * YK_TICK_S);
    }
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK, "%s", err.message);
    struct yk_finish f = {.config = config, .store = store, .publish = publish, .now_s = INT64_MAX};
    cr_assert_eq(yk_finish_run(&f, &err), YK_OK, "%s", err.message);
    cr_assert_eq(read_day("od_flow", "street>plaza"), 1);
    cr_expect_eq(got.value, 50);
    cr_assert_eq(read_day("od_flow_persons", "street>plaza"), 1);
    cr_expect(got.state == YK_STATE_MISSING && got.reason == YK_REASON_UNCALIBRATED && isnan(got.value));
}
