/* From heard windows in the store to the facts of a place. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * 700 devices stay for 40 minutes and change their address every 900 s to the second. */
#include "kpis/place_facts.h"

#include "base/calendar.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S    INT64_C(86400)
#define EPOCH    INT64_C(1775070000) /* 2026-04-02T04:00:00+09:00 */
#define DEVICES  700
#define STAY_S   2400
#define PERIOD_S 900

static const char yaml[] = "version: 1\n"
                           "district: { id: riverside, timezone: Asia/Tokyo }\n"
                           "places: [{ id: street }]\n"
                           "sensors: [{ id: radio-1, place: street, kind: ble_capture }]\n";

static struct yk_state_store *store;
static struct yk_config *config;
static struct yk_error err;

static void start(void)
{
    char path[600];
    scratch_make();
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    cr_assert_eq(yk_config_read_bytes("district.yaml", yaml, strlen(yaml), &config, NULL, &err), YK_OK, "%s",
                 err.message);
    snprintf(path, sizeof path, "%s/state", scratch);
    cr_assert_eq(yk_state_open(path, &store, &err), YK_OK, "%s", err.message);
    struct yk_frame_header header = {.group = YK_GROUP_PRESENCE, .epoch_s = EPOCH};
    cr_assert_eq(yk_state_ready(store, &header, &err), YK_OK);
}

static void stop(void)
{
    yk_state_close(store);
    yk_config_free(config);
    scratch_remove();
}
TestSuite(place_facts, .init = start, .fini = stop);

/* An advert every 2 s, told tick by tick. */
static void hear(uint64_t who, int64_t from_s, int64_t to_s)
{
    for (int64_t tick = from_s / YK_TICK_S; tick * YK_TICK_S < to_s; tick++) {
        int64_t begin_s = tick * YK_TICK_S > from_s ? tick * YK_TICK_S : from_s;
        int64_t end_s = (tick + 1) * YK_TICK_S < to_s ? (tick + 1) * YK_TICK_S : to_s;
        uint8_t adverts = (uint8_t)((end_s - begin_s + 1) / 2), gaps = (uint8_t)(adverts - (begin_s == from_s));
        struct yk_cell *c;
        struct yk_presence told = {.pseudonym = who,
                                   .tick = tick,
                                   .address_class = YK_CLASS_RESOLVABLE,
                                   .adverts = adverts,
                                   .rssi_max_dbm = 127,
                                   .first_ds = (uint8_t)((begin_s - tick * YK_TICK_S) * 10),
                                   .last_ds = (uint8_t)((begin_s - tick * YK_TICK_S + 2 * (adverts - 1)) * 10),
                                   .gap_ds = (uint16_t)(20 * gaps),
                                   .gap_sq_ds2 = (uint32_t)(400 * gaps)};
        int64_t window_s = tick * YK_TICK_S - tick * YK_TICK_S % YK_WINDOW_S;
        cr_assert_eq(yk_state_cell(store, YK_CELL_PRESENCE, "street", window_s, EPOCH, &c), YK_OK);
        cr_assert_eq(yk_cell_hear(c, 5, &told), YK_OK);
    }
}

static void day_of_visits(void)
{
    uint64_t pseudonym = 0;
    srand(3);
    for (int i = 0; i < DEVICES; i++) {
        int64_t at = EPOCH + 3600 + rand() % 60000, leave = at + STAY_S, turn = at + rand() % PERIOD_S;
        for (int64_t born = at; born < leave; born = turn, turn += PERIOD_S)
            if (turn > born)
                hear(++pseudonym, born, turn < leave ? turn : leave);
    }
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK, "%s", err.message);
}

/* How far periods vary is measured in the place's own lives, and is what its facts point to; the question's stay as they are. */
Test(place_facts, variation_of_periods_is_measured_in_the_place)
{
    struct yk_span span;
    struct yk_periods periods = {0};
    periods.known[YK_ROTATING_RESOLVABLE] = true;
    periods.period[YK_ROTATING_RESOLVABLE] = (struct yk_rotation_period){
        .period_s = PERIOD_S, .se_s = 5, .cv = YK_ROTATION_CV, .cv_between = YK_ROTATION_CV_BETWEEN};
    cr_assert_eq(yk_span_init(&span, EPOCH, EPOCH + DAY_S), YK_OK);
    struct yk_place_question question = {.config = config,
                                         .store = store,
                                         .place = "street",
                                         .span = &span,
                                         .periods = &periods,
                                         .as_of_s = EPOCH + DAY_S,
                                         .devices = true,
                                         .final = true};
    struct yk_place_facts facts;
    day_of_visits();
    cr_assert_eq(yk_place_facts_read(&question, &facts, &err), YK_OK, "%s", err.message);
    const struct yk_rotation_period *here = &facts.day->periods->period[YK_ROTATING_RESOLVABLE];
    cr_expect_eq(facts.day->periods, &facts.periods);
    cr_expect(here->cv < 0.15 && here->cv_between < 0.1, "they are all alike: %g, %g", here->cv, here->cv_between);
    cr_expect_eq(here->period_s, PERIOD_S);
    cr_expect_eq(periods.period[YK_ROTATING_RESOLVABLE].cv, YK_ROTATION_CV, "of the question");
    cr_expect_eq(facts.quarter[20].periods, &facts.periods);
    yk_place_facts_clear(&facts);
    yk_span_clear(&span);
}
