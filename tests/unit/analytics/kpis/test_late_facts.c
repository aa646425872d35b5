/* What an edge reduced gives the row that its presence would have given, and opens no other.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two districts hear the same devices. To the one everything comes in time; to the other nothing of the first four hours
 * of its second epoch does, and later come the sums. */
#include "base/calendar.h"
#include "kpis/finish.h"
#include "lives/walk.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S   INT64_C(86400)
#define EPOCH   (INT64_C(1774983600) + DAY_S) /* the epoch that is looked at: 2026-04-02T04:00:00+09:00 */
#define CUT_S   (EPOCH + 4 * 3600)            /* until when nothing came in time */
#define GRACE_S (6 * 3600)
#define PLAIN_S (14 * DAY_S)
#define SENSORS 3 /* radio-1 alone at the street; radio-2 and radio-3 both at the plaza */

static struct yk_config *config;
static struct yk_error err;
static gsl_rng *rng;

static const char yaml[] = "version: 1\n"
                           "district: { id: riverside, name: { en: Riverside }, timezone: Asia/Tokyo }\n"
                           "places:\n"
                           "  - { id: street, name: { en: Street } }\n"
                           "  - { id: plaza, name: { en: Plaza } }\n"
                           "sensors:\n"
                           "  - { id: radio-1, place: street, kind: ble_capture }\n"
                           "  - { id: radio-2, place: plaza, kind: ble_capture }\n"
                           "  - { id: radio-3, place: plaza, kind: ble_capture }\n"
                           "privacy: { epoch_hours: 24, epoch_start: \"04:00\", k: 3 }\n";

static void start(void)
{
    scratch_make();
    char path[512];
    snprintf(path, sizeof path, "%s/district.yaml", scratch);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(yaml, f);
    fclose(f);
    cr_assert_eq(yk_config_load(path, &config, &err), YK_OK, "%s", err.message);
    rng = gsl_rng_alloc(gsl_rng_taus);
}

static void stop(void)
{
    gsl_rng_free(rng);
    yk_config_free(config);
    scratch_remove();
}
TestSuite(late_facts, .init = start, .fini = stop);

struct district {
    struct yk_state_store *store;
    struct yk_publish *publish;
};

static void open_district(struct district *d, const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s-state", scratch, name);
    cr_assert_eq(yk_state_open(path, &d->store, &err), YK_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/%s.db", scratch, name);
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_WRITE, &d->publish, &err), YK_OK, "%s", err.message);
}

static void close_district(struct district *d)
{
    yk_publish_close(d->publish);
    yk_state_close(d->store);
}

static struct yk_cell *cell(struct district *d, enum yk_cell_kind kind, const char *key, int64_t window_s)
{
    struct yk_cell *out;
    cr_assert_eq(yk_state_cell(d->store, kind, key, window_s, EPOCH, &out), YK_OK);
    return out;
}

static void ran(struct district *d, const char *sensor, int64_t from_s, int64_t to_s)
{
    for (int64_t w = from_s; w < to_s; w += YK_WINDOW_S) {
        struct yk_cell *c;
        cr_assert_eq(yk_state_cell(d->store, YK_CELL_HEALTH, sensor, w, 0, &c), YK_OK);
        yk_cell_ran(c, w, w + YK_WINDOW_S);
    }
    yk_state_note(d->store, "first_s", from_s, YK_FACT_MIN);
    yk_state_note(d->store, "first_radio_s", from_s, YK_FACT_MIN);
    yk_state_note(d->store, "last_s", to_s, YK_FACT_MAX);
}

/* What was heard at the street: static devices that stay for a while, each in runs of windows; none in the closed hours, of which
 * an edge that has a part of the night sees a part only (infrastructure). */
static struct yk_heard_in_window *heard;
static size_t heard_count;

static void draw_devices(void)
{
    enum { DEVICES = 400, MOST = 40 };
    heard = calloc((size_t)DEVICES * MOST, sizeof *heard);
    for (int i = 0; i < DEVICES; i++) {
        int64_t from = 4 + (int64_t)gsl_rng_uniform_int(rng, 60),
                count = 1 + (int64_t)gsl_rng_uniform_int(rng, MOST - 1);
        for (int64_t w = from; w < from + count && w < 84; w++) {
            struct yk_heard *h = &heard[heard_count].device;
            h->key_id = 5;
            h->pseudonym = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(i + 1);
            h->address_class = (uint8_t)(i % 2); /* public and static: no period is needed */
            h->ticks[0] = h->ticks[1] = 0;
            for (int t = 0; t < 90; t += 1 + (int)gsl_rng_uniform_int(rng, 20))
                h->ticks[t / 64] |= UINT64_C(1) << (t % 64);
            int last = h->ticks[1] ? 127 - __builtin_clzll(h->ticks[1]) : 63 - __builtin_clzll(h->ticks[0]);
            h->first_ds = (uint16_t)gsl_rng_uniform_int(rng, 50);
            h->last_ds = (uint16_t)(last * 100 + 50);
            h->adverts = 9;
            h->gap_ds = 40;
            h->gap_sq_ds2 = 900;
            heard[heard_count++].window_s = EPOCH + w * YK_WINDOW_S;
        }
    }
}

static void deliver_presence(struct district *d, int64_t from_s)
{
    struct yk_frame_header header = {.group = YK_GROUP_PRESENCE, .epoch_s = EPOCH};
    cr_assert_eq(yk_state_ready(d->store, &header, &err), YK_OK);
    for (size_t i = 0; i < heard_count; i++)
        if (heard[i].window_s >= from_s)
            cr_assert_eq(yk_heard_set_merge(&cell(d, YK_CELL_PRESENCE, "street", heard[i].window_s)->as.devices,
                                            &heard[i].device),
                         YK_OK);
    cr_assert_eq(yk_state_commit(d->store, NULL, 0, &err), YK_OK, "%s", err.message);
}

static void tell(struct district *d, const char *sensor, int64_t start_s, int64_t length_s, int64_t covered_s,
                 const struct yk_radio_sums *radio)
{
    struct yk_presence_sums sums = {start_s, (uint32_t)length_s, (uint32_t)covered_s, *radio};
    struct yk_cell *c;
    cr_assert_eq(yk_state_cell(d->store, YK_CELL_REDUCED, sensor, start_s, 0, &c), YK_OK);
    yk_cell_reduce(c, &sums);
}

/* As the edge does it: every window up to CUT_S at each length, also that of the epoch, of which a sixth is covered. */
static void deliver_sums(struct district *d, const char *sensor)
{
    struct yk_span span;
    cr_assert_eq(yk_span_init(&span, EPOCH, EPOCH + DAY_S), YK_OK);
    struct yk_walk_sums sums = {.quarter = calloc(span.quarters + 1, sizeof *sums.quarter),
                                .hour = calloc(span.hours + 1, sizeof *sums.hour)};
    size_t count = 0;
    struct yk_heard_in_window *list = calloc(heard_count, sizeof *list);
    for (size_t i = 0; i < heard_count; i++)
        if (heard[i].window_s < CUT_S)
            list[count++] = heard[i];
    yk_lives_walk(&span, list, count, &sums);
    for (size_t i = 0; i < span.quarters; i++)
        if (EPOCH + (int64_t)i * 900 < CUT_S)
            tell(d, sensor, EPOCH + (int64_t)i * 900, 900, 900, &sums.quarter[i]);
    for (size_t i = 0; i < span.hours; i++)
        if (span.hour_start[i] < CUT_S)
            tell(d, sensor, span.hour_start[i], 3600, 3600, &sums.hour[i]);
    tell(d, sensor, EPOCH, DAY_S, CUT_S - EPOCH, &sums.day);
    free(list);
    free(sums.quarter);
    free(sums.hour);
    yk_span_clear(&span);
    cr_assert_eq(yk_state_commit(d->store, NULL, 0, &err), YK_OK);
}

static void finish(struct district *d, int64_t now_s)
{
    struct yk_finish f = {.config = config, .store = d->store, .publish = d->publish, .now_s = now_s};
    cr_assert_eq(yk_finish_run(&f, &err), YK_OK, "%s", err.message);
}

#define ROWS_MAX 4096
struct rows {
    struct yk_kpi_row list[ROWS_MAX];
    size_t count;
};
static struct rows in_time, late;

static void keep(void *context, const struct yk_kpi_row *row)
{
    struct rows *rows = context;
    cr_assert_lt(rows->count, ROWS_MAX);
    rows->list[rows->count++] = *row;
}

static void read_rows(struct district *d, const char *place, const char *kpi, struct rows *rows)
{
    rows->count = 0;
    struct yk_row_query query = {
        .place = place, .kpi = kpi, .resolution = YK_RES_COUNT, .from_s = EPOCH, .to_s = EPOCH + DAY_S};
    cr_assert_eq(yk_publish_query(d->publish, &query, keep, rows, NULL, &err), YK_OK, "%s", err.message);
}

static const struct yk_kpi_row *twin(const struct rows *rows, const struct yk_kpi_row *row)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->list[i].start_s == row->start_s && rows->list[i].resolution == row->resolution)
            return &rows->list[i];
    cr_assert(false, "a row is missing");
    return NULL;
}

static void same_number(const struct yk_kpi_row *a, const struct yk_kpi_row *b)
{
    cr_assert_eq(a->state, b->state);
    cr_assert_eq(a->reason, b->reason);
    cr_assert(a->value == b->value || (isnan(a->value) && isnan(b->value)), "%g and %g from %lld on, %d", a->value,
              b->value, (long long)(a->start_s - EPOCH), (int)a->resolution);
    cr_assert(a->lower == b->lower || (isnan(a->lower) && isnan(b->lower)));
    cr_assert(a->upper == b->upper || (isnan(a->upper) && isnan(b->upper)));
    cr_assert(a->coverage == b->coverage || (isnan(a->coverage) && isnan(b->coverage)));
    cr_assert(a->n_low == b->n_low && a->n_high == b->n_high && a->final == b->final && a->revision == b->revision);
}

/* The other sensors, and the time after the cut, are told in time in both. */
static void prepare(struct district *d, const char *name, int64_t from_s)
{
    open_district(d, name);
    ran(d, "radio-1", EPOCH - 2 * DAY_S, EPOCH);
    ran(d, "radio-2", EPOCH - 2 * DAY_S, EPOCH + DAY_S);
    ran(d, "radio-3", EPOCH - 2 * DAY_S, EPOCH);
    ran(d, "radio-1", from_s, EPOCH + DAY_S);
    ran(d, "radio-3", from_s, EPOCH + DAY_S);
    deliver_presence(d, from_s);
}

Test(late_facts, sums_give_the_rows_that_presence_gives)
{
    struct district a, b;
    draw_devices();
    prepare(&a, "in-time", EPOCH);
    prepare(&b, "late", CUT_S);
    int64_t closed_s = EPOCH + DAY_S + GRACE_S;
    finish(&a, closed_s);
    finish(&b, closed_s);
    cr_assert(yk_state_epoch_closed(b.store, EPOCH));

    read_rows(&a, "street", "device_visits", &in_time);
    read_rows(&b, "street", "device_visits", &late);
    cr_assert_eq(late.count, 96 + 24 + 1);
    size_t open = 0;
    for (size_t i = 0; i < late.count; i++) {
        const struct yk_kpi_row *row = &late.list[i];
        bool cut = row->end_s <= CUT_S;
        cr_assert_eq(row->final, !cut, "what nothing is known of stays open, and only that");
        cr_assert_eq(row->state == YK_STATE_MISSING && row->reason == YK_REASON_OUTAGE, cut);
        open += cut;
    }
    cr_assert_eq(open, 16 + 4);

    /* Sums of a place with two radios change nothing: a device may be in both. */
    read_rows(&b, "plaza", "device_visits", &late);
    for (size_t i = 0; i < late.count; i++)
        cr_assert(late.list[i].final);

    deliver_sums(&b, "radio-1");
    deliver_sums(&b, "radio-3");
    finish(&b, closed_s + 3600);
    finish(&b, closed_s + 7200); /* nothing new: as it was */
    read_rows(&b, "street", "device_visits", &late);
    size_t shown = 0;
    for (size_t i = 0; i < late.count; i++)
        if (late.list[i].end_s <= CUT_S) {
            cr_assert_not(late.list[i].final);
            shown += late.list[i].state == YK_STATE_OK;
            cr_assert(late.list[i].state != YK_STATE_OK || fmod(late.list[i].value, 5) == 0, "provisional: in fives");
        }
    cr_assert_geq(shown, 10);

    finish(&b, EPOCH + DAY_S + PLAIN_S);
    finish(&a, EPOCH + DAY_S + PLAIN_S);
    read_rows(&a, "street", "device_visits", &in_time);
    read_rows(&b, "street", "device_visits", &late);
    cr_assert_eq(late.count, in_time.count);
    for (size_t i = 0; i < late.count; i++)
        if (late.list[i].end_s <= CUT_S || (late.list[i].start_s >= CUT_S && late.list[i].resolution != YK_RES_1D))
            same_number(&late.list[i], twin(&in_time, &late.list[i]));
    /* Proven time is proven time, whichever way it came; the epoch's row is of what came in time. */
    read_rows(&a, "street", "coverage", &in_time);
    read_rows(&b, "street", "coverage", &late);
    for (size_t i = 0; i < late.count; i++)
        if (late.list[i].final) /* the calendar day of the cut; the next one is not over yet */
            cr_assert_eq(late.list[i].value, twin(&in_time, &late.list[i])->value);
    cr_assert(late.list[0].final && late.list[0].start_s == EPOCH && late.list[0].value == 1);
    free(heard);
    close_district(&a);
    close_district(&b);
}

/* In whatever order sums and the end of the epoch come, the final rows are the same. */
Test(late_facts, sums_before_the_epoch_closes)
{
    struct district early, after;
    draw_devices();
    prepare(&early, "early", CUT_S);
    prepare(&after, "after", CUT_S);
    deliver_sums(&early, "radio-1");
    deliver_sums(&early, "radio-3");
    finish(&early, EPOCH + DAY_S + GRACE_S - 1);
    finish(&early, EPOCH + DAY_S + GRACE_S);
    finish(&after, EPOCH + DAY_S + GRACE_S);
    deliver_sums(&after, "radio-3");
    deliver_sums(&after, "radio-1");
    deliver_sums(&after, "radio-1");
    finish(&early, INT64_MAX);
    finish(&after, EPOCH + DAY_S + PLAIN_S - 1);
    finish(&after, INT64_MAX);
    static const char *const places[] = {"street", "plaza"}, *const kpis[] = {"device_visits", "visitors", "coverage"};
    for (size_t i = 0; i < 6; i++) {
        read_rows(&early, places[i / 3], kpis[i % 3], &in_time);
        read_rows(&after, places[i / 3], kpis[i % 3], &late);
        cr_assert_eq(late.count, in_time.count);
        cr_assert_gt(late.count, 0);
        for (size_t r = 0; r < late.count; r++) {
            cr_assert(late.list[r].final);
            same_number(&late.list[r], twin(&in_time, &late.list[r]));
        }
    }
    free(heard);
    close_district(&early);
    close_district(&after);
}

/* A sensor that was away for longer than a week, and a whole epoch that was reduced. */
Test(late_facts, a_whole_epoch)
{
    struct district d;
    draw_devices();
    open_district(&d, "whole");
    ran(&d, "radio-1", EPOCH - 20 * DAY_S, EPOCH - 10 * DAY_S);
    cr_assert_eq(yk_state_commit(d.store, NULL, 0, &err), YK_OK);
    finish(&d, EPOCH + DAY_S + GRACE_S);
    read_rows(&d, "street", "device_visits", &late);
    cr_assert_eq(late.count, 1, "told as one outage");
    cr_assert_not(late.list[0].final);
    struct yk_radio_sums day = {.keys = 1};
    day.class_of[YK_CLASS_STATIC] =
        (struct yk_rotation_sums){.addresses = 321, .births = 321, .deaths = 321, .life_ds = 9};
    tell(&d, "radio-1", EPOCH, DAY_S, DAY_S, &day);
    day.class_of[YK_CLASS_STATIC].addresses = 60;
    tell(&d, "radio-1", EPOCH + 3600, 3600, 1800, &day);
    cr_assert_eq(yk_state_commit(d.store, NULL, 0, &err), YK_OK);
    finish(&d, EPOCH + DAY_S + PLAIN_S);
    read_rows(&d, "street", "device_visits", &late);
    cr_assert_eq(late.count, 2);
    for (size_t i = 0; i < 2; i++) {
        bool hour = late.list[i].resolution == YK_RES_1H;
        cr_assert(late.list[i].final && late.list[i].state == YK_STATE_OK);
        cr_assert_eq(late.list[i].value, hour ? 60 : 321);
        cr_assert_eq(late.list[i].coverage, hour ? 0.5 : 1.0);
    }
    free(heard);
    close_district(&d);
}
