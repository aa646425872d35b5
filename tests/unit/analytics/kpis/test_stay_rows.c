/* dwell_median_s, dwell_p90_s, stop_rate and the rows of a named practice: from heard windows in the store to published rows.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The figures themselves: tests/unit/analytics/estimate/test_stay_told.c and `yukikai accuracy`. Here 200 devices that keep their
 * address stay for 200 to 390 s, heard every 10 s, and a hundred for three hours in the midst of which the radio is out for
 * one. The latter are longer than anything asked for; taken for what was heard of them they would be two visits each. */
#include "estimate/stay_told.h"
#include "kpis/finish.h"
#include "kpis/kpi.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_S   INT64_C(86400)
#define EPOCH   INT64_C(1775070000) /* 2026-04-02T04:00:00+09:00 */
#define GRACE_S (6 * 3600)
#define OUT_S   (EPOCH + 10 * 3600) /* for an hour */
#define GAP_S   10

static struct yk_config *config;
static struct yk_error err;
static struct yk_state_store *store;
static struct yk_publish *publish;
static uint64_t pseudonym;

static const char yaml[] = "version: 1\n"
                           "district: { id: riverside, timezone: Asia/Tokyo }\n"
                           "places: [{ id: street }]\n"
                           "sensors: [{ id: radio-1, place: street, kind: ble_capture }]\n"
                           "dwell: { stop_s: 305, preset: visitor }\n";

static void start(void)
{
    char path[600];
    scratch_make();
    cr_assert_eq(yk_config_read_bytes("district.yaml", yaml, strlen(yaml), &config, NULL, &err), YK_OK, "%s",
                 err.message);
    snprintf(path, sizeof path, "%s/state", scratch);
    cr_assert_eq(yk_state_open(path, &store, &err), YK_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/kpis.db", scratch);
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_WRITE, &publish, &err), YK_OK, "%s", err.message);
}

static void stop(void)
{
    yk_publish_close(publish);
    yk_state_close(store);
    yk_config_free(config);
    scratch_remove();
}
TestSuite(stay_rows, .init = start, .fini = stop);

static void ran(int64_t from_s, int64_t to_s)
{
    for (int64_t w = from_s; w < to_s; w += YK_WINDOW_S) {
        struct yk_cell *c;
        cr_assert_eq(yk_state_cell(store, YK_CELL_HEALTH, "radio-1", w, 0, &c), YK_OK);
        yk_cell_ran(c, w, w + YK_WINDOW_S);
    }
    yk_state_note(store, "first_s", from_s, YK_FACT_MIN);
    yk_state_note(store, "first_radio_s", from_s, YK_FACT_MIN);
    yk_state_note(store, "last_s", to_s, YK_FACT_MAX);
}

/* An advert every 10 s from from_s to to_s, but for the outage. A life of this length lasted a gap longer. */
static void hear(uint64_t who, int64_t from_s, int64_t to_s)
{
    for (int64_t t = from_s; t <= to_s; t += GAP_S) {
        if (t >= OUT_S && t < OUT_S + 3600)
            continue;
        struct yk_cell *c;
        bool gap = t > from_s && t != OUT_S + 3600;
        int64_t window_s = t - t % YK_WINDOW_S;
        struct yk_presence advert = {.pseudonym = who,
                                     .tick = t / YK_TICK_S,
                                     .address_class = YK_CLASS_STATIC,
                                     .adverts = 1,
                                     .rssi_max_dbm = 127,
                                     .first_ds = (uint8_t)(t % YK_TICK_S * 10),
                                     .last_ds = (uint8_t)(t % YK_TICK_S * 10),
                                     .gap_ds = gap ? 10 * GAP_S : 0,
                                     .gap_sq_ds2 = gap ? 100 * GAP_S * GAP_S : 0};
        cr_assert_eq(yk_state_cell(store, YK_CELL_PRESENCE, "street", window_s, EPOCH, &c), YK_OK);
        cr_assert_eq(yk_cell_hear(c, 5, &advert), YK_OK);
    }
}

static void day_of_visits(void)
{
    struct yk_frame_header header = {.group = YK_GROUP_PRESENCE, .epoch_s = EPOCH};
    cr_assert_eq(yk_state_ready(store, &header, &err), YK_OK);
    ran(EPOCH, OUT_S);
    ran(OUT_S + 3600, EPOCH + DAY_S);
    for (int i = 0; i < 200; i++) {
        int64_t from_s = EPOCH + 4 * 3600 + i % 5 * 3600 + i * 7;
        int64_t ten = 10 * (i % 20); /* 190, 200, ... 380 s heard, ten of each */
        hear(++pseudonym, from_s, from_s + 190 + ten);
    }
    for (int i = 0; i < 100; i++)
        hear(++pseudonym, OUT_S - 5400 + i, OUT_S + 5400 + i);
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK, "%s", err.message);
}

static void finish(int64_t now_s)
{
    struct yk_finish f = {.config = config, .store = store, .publish = publish, .now_s = now_s};
    cr_assert_eq(yk_finish_run(&f, &err), YK_OK, "%s", err.message);
}

static struct yk_kpi_row got;
static int got_count;

static void keep(void *context, const struct yk_kpi_row *row)
{
    (void)context;
    got = *row;
    got_count++;
}

static int read_day(const char *kpi)
{
    got_count = 0;
    struct yk_row_query query = {
        .place = "street", .kpi = kpi, .resolution = YK_RES_COUNT, .from_s = EPOCH, .to_s = EPOCH + DAY_S};
    cr_assert_eq(yk_publish_query(publish, &query, keep, NULL, NULL, &err), YK_OK, "%s", err.message);
    return got_count;
}

/* Of 300 visits the 150th was there for 340 s and the 151st for 350, and the 270th for three hours, of which no end was seen. For
 * 305 s were there: the hundred of three hours, and of the others those heard for 300 and more, 9 of 20. */
Test(stay_rows, from_what_was_heard)
{
    day_of_visits();
    finish(EPOCH + DAY_S + 60);
    cr_expect_eq(read_day("dwell_median_s"), 0, "not before it is final");
    finish(EPOCH + DAY_S + GRACE_S);
    cr_assert_eq(read_day("dwell_median_s"), 1, "days only");
    cr_assert_eq(got.state, YK_STATE_OK);
    cr_expect_leq(fabs(got.value - 345), 2, "%g", got.value);
    cr_expect(got.lower < got.value && got.upper > got.value && got.lower > 300 && got.upper < 400, "%g to %g",
              got.lower, got.upper);
    cr_expect(got.final && got.basis == YK_BASIS_ESTIMATED && got.resolution == YK_RES_1D);
    cr_expect_str_eq(got.unit, "s");
    cr_assert_eq(read_day("dwell_p90_s"), 1);
    cr_expect(got.state == YK_STATE_MISSING && got.reason == YK_REASON_NOT_OBSERVABLE && isnan(got.value));
    cr_assert_eq(read_day("stop_rate"), 1);
    cr_assert_eq(got.state, YK_STATE_OK);
    cr_expect_leq(fabs(got.value - (100 + 90) / 300.0), 0.001, "%g", got.value);
    cr_expect_str_eq(got.unit, "share");
    cr_expect_eq(got.n_low, 200, "a band: %lld", (long long)got.n_low);
    /* A visitor stays for 15 minutes and more: the hundred, of whom nobody was seen to leave. */
    cr_assert_eq(read_day("fixed_stay_share"), 1);
    cr_assert_eq(got.state, YK_STATE_OK);
    cr_expect_leq(fabs(got.value - 1 / 3.0), 0.001, "%g", got.value);
    cr_expect(got.lower > 0.27 && got.upper < 0.4 && got.n_low == 200, "%g to %g", got.lower, got.upper);
    cr_expect_str_eq(got.unit, "share");
    cr_assert_eq(read_day("fixed_stay_median_s"), 1);
    cr_expect(got.state == YK_STATE_MISSING && got.reason == YK_REASON_NOT_OBSERVABLE && isnan(got.value));
}

/* 120 pass by in two minutes, 40 stay for 20 to 46 minutes, every 40 s, and nine more for two hours: of the 49 the 25th is
 * there for 36 minutes and a gap. */
Test(stay_rows, by_a_named_practice)
{
    struct yk_frame_header header = {.group = YK_GROUP_PRESENCE, .epoch_s = EPOCH};
    cr_assert_eq(yk_state_ready(store, &header, &err), YK_OK);
    ran(EPOCH, EPOCH + DAY_S);
    for (int i = 0; i < 120; i++)
        hear(++pseudonym, EPOCH + 7200 + i * 100, EPOCH + 7200 + i * 100 + 120);
    for (int i = 0; i < 49; i++) {
        int64_t from_s = EPOCH + 4 * 3600 + i * 130, stays_s = i < 40 ? 1200 + 40 * i : 7200;
        hear(++pseudonym, from_s, from_s + stays_s);
    }
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK, "%s", err.message);
    finish(EPOCH + DAY_S + 60);
    cr_expect_eq(read_day("fixed_stay_share"), 0, "not before it is final");
    finish(EPOCH + DAY_S + GRACE_S);
    cr_assert_eq(read_day("fixed_stay_share"), 1);
    cr_expect_leq(fabs(got.value - 49 / 169.0), 1e-6, "%g", got.value);
    cr_expect_eq(got.n_low, 100, "%lld", (long long)got.n_low);
    cr_assert_eq(read_day("fixed_stay_median_s"), 1);
    cr_assert_eq(got.state, YK_STATE_OK);
    cr_expect_leq(fabs(got.value - (1200 + 40 * 24 + GAP_S)), 0.005 * 2160, "%g", got.value);
    cr_expect(got.lower > 1200 && got.upper < 2800 && got.lower < got.value && got.value < got.upper, "%g to %g",
              got.lower, got.upper);
}

/* Nine who stay long are fewer than k: how long is theirs alone, and hidden; so is which share they are, since 9/129 to its last
 * digit says how many of how many. */
Test(stay_rows, few_of_many_are_hidden)
{
    struct yk_frame_header header = {.group = YK_GROUP_PRESENCE, .epoch_s = EPOCH};
    cr_assert_eq(yk_state_ready(store, &header, &err), YK_OK);
    ran(EPOCH, EPOCH + DAY_S);
    for (int i = 0; i < 129; i++)
        hear(++pseudonym, EPOCH + 7200 + i * 100, EPOCH + 7200 + i * 100 + (i < 9 ? 1200 + 60 * i : 120));
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK, "%s", err.message);
    finish(EPOCH + DAY_S + GRACE_S);
    cr_assert_eq(read_day("fixed_stay_median_s"), 1);
    cr_expect(got.state == YK_STATE_SUPPRESSED && isnan(got.value) && isnan(got.lower) && isnan(got.upper), "%d %g",
              (int)got.state, got.value);
    cr_assert_eq(read_day("fixed_stay_share"), 1);
    cr_expect(got.state == YK_STATE_SUPPRESSED && isnan(got.value));
    cr_assert_eq(read_day("stop_rate"), 1);
    cr_expect(got.state == YK_STATE_SUPPRESSED && isnan(got.value), "of addresses that keep alone it is counted, too");
    cr_assert_eq(read_day("dwell_median_s"), 1);
    cr_expect_eq(got.state, YK_STATE_OK);
}

static struct yk_candidate candidate;

static void give(void *context, const struct yk_candidate *c)
{
    (void)context;
    candidate = *c;
    got_count++;
}

static void ask(const char *name, const struct yk_facts *facts)
{
    got_count = 0;
    yk_kpi_find(name)->rows(yk_kpi_find(name), facts, give, NULL);
}

Test(stay_rows, reasons)
{
    static const char *const names[] = {"dwell_median_s", "dwell_p90_s", "stop_rate"};
    static struct yk_facts facts;
    static struct yk_periods periods;
    facts = (struct yk_facts){.config = config,
                              .place = config->places,
                              .periods = &periods,
                              .resolution = YK_RES_1D,
                              .closed = true,
                              .final = true,
                              .has_radio = true,
                              .radio_cover = {43200, 86400},
                              .end_s = DAY_S};
    struct yk_stay_tally tally;
    struct yk_stay_day day;
    const struct yk_rotation_period period = {.period_s = 390, .se_s = 5, .cv = 0.3};
    cr_assert(yk_stay_tally_init(&tally, 0, DAY_S));
    for (int i = 0; i < 3; i++) {
        facts.radio_cover.ran_s = 0;
        ask(names[i], &facts);
        cr_assert_eq(got_count, 1);
        cr_expect(candidate.row.reason == YK_REASON_OUTAGE && candidate.ratio && candidate.row.coverage == 0);
        facts.radio_cover.ran_s = 43200;
        ask(names[i], &facts);
        cr_expect_eq(candidate.row.reason, YK_REASON_NOT_MEASURABLE, "nobody has no dwell");
        facts.radio.class_of[YK_CLASS_RESOLVABLE] =
            (struct yk_rotation_sums){.addresses = 99, .births = 99, .deaths = 99, .life_ds = 99000};
        ask(names[i], &facts);
        cr_expect_eq(candidate.row.reason, YK_REASON_NOT_OBSERVABLE, "an edge's sums hold no lengths");
        cr_assert(yk_stay_day_init(&day, &tally, &facts.radio, NULL, NULL));
        cr_assert_not_null(facts.stays = yk_stay_curves_new(&day));
        ask(names[i], &facts);
        cr_expect_eq(candidate.row.reason, YK_REASON_NOT_MEASURABLE, "no period");
        yk_stay_curves_free(facts.stays);
        cr_assert(yk_stay_day_init(&day, &tally, &facts.radio, &period, NULL));
        cr_assert_not_null(facts.stays = yk_stay_curves_new(&day));
        ask(names[i], &facts);
        cr_expect_eq(candidate.row.reason, YK_REASON_NOT_OBSERVABLE, "lives that the sums don't show");
        cr_expect(candidate.row.state == YK_STATE_MISSING && candidate.row.coverage == 0.5 &&
                  candidate.devices_lower == 0);
        ask("fixed_stay_share", &facts);
        cr_expect(got_count == 1 && candidate.row.reason == YK_REASON_NOT_OBSERVABLE, "no address that keeps");
        strcpy(config->dwell.preset, "");
        ask("fixed_stay_share", &facts);
        cr_expect_eq(got_count, 0, "no practice is named");
        strcpy(config->dwell.preset, "visitor");
        facts.resolution = YK_RES_1H;
        ask(names[i], &facts);
        cr_expect_eq(got_count, 0);
        facts.resolution = YK_RES_1D;
        yk_stay_curves_free(facts.stays);
        facts.stays = NULL;
        memset(&facts.radio, 0, sizeof facts.radio);
    }
    yk_stay_tally_clear(&tally);
}
