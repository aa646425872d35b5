/* What shares a frame and what never does. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/frame_writer.h"

#include "spooled.h"
#include "support/scratch.h"
#include "vector.h"

#include <criterion/criterion.h>

#define T0 INT64_C(1774987200) /* on a full minute */

static uint8_t public_key[32], secret_key[64];
static struct yk_spool *spool;
static struct yk_frame_writer *writer;
static struct yk_error err;

static void start(void)
{
    vector_keys(public_key, secret_key);
    scratch_make();
    struct yk_spool_options options = {
        .dir = scratch, .slot = "radio", .district = "riverside", .edge = "edge-1", .secret_key = secret_key};
    cr_assert_eq(yk_spool_open(&options, &spool, &err), YK_OK);
    cr_assert_eq(yk_frame_writer_new(spool, "radio-1", YK_FLUSH_LIVE, &writer, &err), YK_OK);
}

static void stop(void)
{
    yk_frame_writer_free(writer);
    yk_spool_close(spool);
    scratch_remove();
}
TestSuite(frame_writer, .init = start, .fini = stop);

static void add(const struct yk_observation *o)
{
    cr_assert_eq(yk_frame_writer_add(writer, o, &err), YK_OK, "%s", err.message);
}

static void add_presence(uint64_t pseudonym, int64_t t_s)
{
    struct yk_observation o = {.kind = YK_KIND_PRESENCE};
    o.as.presence = (struct yk_presence){.pseudonym = pseudonym, .tick = t_s / 10, .adverts = 1, .rssi_max_dbm = 127};
    add(&o);
}

static void add_crossing(int64_t t_ms)
{
    struct yk_observation o = {.kind = YK_KIND_CROSSING};
    o.as.crossing = (struct yk_crossing){.t_ms = t_ms, .direction = 1};
    add(&o);
}

static void add_zone(int64_t from_ms, int64_t to_ms)
{
    struct yk_observation o = {.kind = YK_KIND_ZONE};
    o.as.zone = (struct yk_zone_slice){.from_ms = from_ms, .to_ms = to_ms};
    add(&o);
}

static void add_health(int64_t t0_s, int64_t t1_s)
{
    struct yk_observation o = {.kind = YK_KIND_HEALTH};
    o.as.health = (struct yk_health){.t0_s = t0_s, .t1_s = t1_s};
    add(&o);
}

static void flush(int64_t now_s, bool all)
{
    cr_assert_eq(yk_frame_writer_flush(writer, now_s, all, &err), YK_OK);
}

static struct yk_observation got[5000];
static size_t got_count;
static void get(void *context, const struct yk_observation *o)
{
    (void)context;
    got[got_count++] = *o;
}

/* Every frame in the spool decodes; the plain records of all frames are in got[]. */
static void read_back(void)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    spooled_read(scratch);
    cr_assert_eq(spooled_rest, 0);
    got_count = 0;
    for (size_t i = 0; i < spooled_count; i++)
        if (spooled[i].frame.header.group == YK_GROUP_PRESENCE)
            cr_assert(yk_body_presence_decode(&spooled[i].frame, records), "frame %zu", i);
        else
            cr_assert(yk_body_plain_decode(&spooled[i].frame, get, NULL), "frame %zu", i);
}

Test(frame_writer, presence_and_plain_never_share)
{
    cr_assert_eq(yk_frame_writer_epoch(writer, T0, 9, &err), YK_OK);
    for (int i = 0; i < 30; i++) {
        add_presence(1, T0 + i);
        add_crossing((T0 + i) * 1000);
    }
    flush(T0 + 30, true);
    read_back();
    cr_assert_eq(spooled_count, 2);
    cr_expect_eq(got_count, 30);
    for (size_t i = 0; i < 2; i++) {
        const struct yk_frame_header *h = &spooled[i].frame.header;
        cr_expect_eq(h->records, 30);
        cr_expect_eq(h->key_id, h->group == YK_GROUP_PRESENCE ? 9 : 0);
        cr_expect_eq(h->epoch_s, h->group == YK_GROUP_PRESENCE ? T0 : 0);
        cr_expect_str_eq(h->sensor, "radio-1");
    }
}

Test(frame_writer, an_epoch_ends_its_frame)
{
    for (int epoch = 0; epoch < 3; epoch++) {
        cr_assert_eq(yk_frame_writer_epoch(writer, T0 + epoch * 3600, 9u + (unsigned)epoch, &err), YK_OK);
        cr_assert_eq(yk_frame_writer_epoch(writer, T0 + epoch * 3600, 9u + (unsigned)epoch, &err), YK_OK, "no change");
        add_presence(1, T0 + epoch * 3600 + 10);
        add_presence(2, T0 + epoch * 3600 + 10);
    }
    cr_assert_eq(yk_frame_writer_epoch(writer, T0 + 2 * 3600, 99, &err), YK_OK); /* another key in the same epoch */
    add_presence(1, T0 + 2 * 3600 + 20);
    flush(T0, true);
    flush(T0, true);
    read_back();
    cr_assert_eq(spooled_count, 4);
    for (size_t i = 0; i < 4; i++) {
        char folder[64];
        snprintf(folder, sizeof folder, "presence-%lld", (long long)(T0 + (int64_t)(i < 2 ? i : 2) * 3600));
        cr_expect_str_eq(spooled[i].folder, folder);
        cr_expect_eq(spooled[i].frame.header.key_id, i < 3 ? 9 + i : 99);
        cr_expect_eq(spooled[i].frame.header.records, i < 3 ? 2 : 1);
        cr_expect_eq(spooled[i].frame.header.sequence, i + 1);
    }
}

Test(frame_writer, flushes_when_it_is_time)
{
    cr_assert_eq(yk_frame_writer_epoch(writer, T0, 9, &err), YK_OK);
    add_presence(1, T0);
    add_crossing(T0 * 1000);
    flush(T0 + 4, false);
    cr_expect_eq(yk_spool_frames(spool), 0);
    flush(T0 + 5, false);
    cr_expect_eq(yk_spool_frames(spool), 1, "plain after 5 s");
    flush(T0 + 59, false);
    cr_expect_eq(yk_spool_frames(spool), 1);
    flush(T0 + 60, false);
    cr_expect_eq(yk_spool_frames(spool), 2, "presence after 60 s");
    for (unsigned i = 0; i < YK_FRAME_RECORDS_MAX; i++)
        add_presence(i, T0 + 70);
    cr_expect_eq(yk_spool_frames(spool), 2);
    add_presence(1, T0 + 70);
    cr_expect_eq(yk_spool_frames(spool), 3, "2,000 records fill a frame");
}

Test(frame_writer, late_and_far_records_find_a_frame)
{
    add_crossing((T0 + 1000) * 1000);
    add_zone((T0 + 900) * 1000, (T0 + 905) * 1000); /* a slice told when its track ended */
    add_zone((T0 + 300) * 1000, (T0 + 359) * 1000); /* older than the frame's reach */
    add_crossing((T0 + 1000) * 1000 + 999);
    add_crossing((T0 + 9000) * 1000); /* far ahead */
    add_crossing(0);                  /* the first millisecond of 1970 */
    add_health(T0, T0 + 3600);
    add_health(T0 + 2900, T0 + 2900 + 3600);
    flush(0, true);
    read_back();
    cr_assert_eq(got_count, 8);
    int64_t zones = 0, crossings = 0, healthy = 0;
    for (size_t i = 0; i < got_count; i++) {
        if (got[i].kind == YK_KIND_ZONE)
            zones += got[i].as.zone.from_ms;
        else if (got[i].kind == YK_KIND_CROSSING)
            crossings += got[i].as.crossing.t_ms;
        else
            healthy += got[i].as.health.t1_s - got[i].as.health.t0_s;
    }
    cr_expect_eq(zones, (2 * T0 + 1200) * 1000);
    cr_expect_eq(crossings, (3 * T0 + 11000) * 1000 + 999);
    cr_expect_eq(healthy, 7200);
    struct yk_observation o = {.kind = YK_KIND_CROSSING};
    o.as.crossing = (struct yk_crossing){.t_ms = -1000, .direction = 1};
    cr_expect_eq(yk_frame_writer_add(writer, &o, &err), YK_ERR_INPUT, "before 1970");
}

Test(frame_writer, every_health_span_up_to_an_hour_comes_back)
{
    for (int length = 1; length <= 3600; length += length < 100 ? 1 : 97)
        for (int offset = 0; offset < 3100; offset += 1033)
            add_health(T0 + offset, T0 + offset + length);
    flush(0, true);
    read_back();
    size_t i = 0; /* frames of one segment are read in order of writing */
    for (int length = 1; length <= 3600; length += length < 100 ? 1 : 97)
        for (int offset = 0; offset < 3100; offset += 1033, i++) {
            cr_assert_eq(got[i].as.health.t0_s, T0 + offset);
            cr_assert_eq(got[i].as.health.t1_s, T0 + offset + length);
        }
    cr_expect_eq(i, got_count);
}

/* 5,000 of the longest records: frames are cut before they overflow. */
Test(frame_writer, long_records_are_cut_into_frames)
{
    static struct yk_observation o;
    o.kind = YK_KIND_HEALTH;
    o.as.health = (struct yk_health){.t0_s = T0, .t1_s = T0 + 60, .has_lags = true};
    memset(o.as.health.lags, 0xFF, sizeof o.as.health.lags);
    for (int i = 0; i < 200; i++)
        add(&o);
    flush(0, true);
    read_back();
    cr_expect_eq(got_count, 200);
    cr_expect_gt(spooled_count, 3);
}
