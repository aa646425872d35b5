/* What shares a frame and what never does. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/frame_writer.h"

#include "spooled.h"
#include "support/scratch.h"
#include "vector.h"

#include <criterion/criterion.h>

#include <unistd.h>

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

static struct yk_presence heard[20000]; /* of all frames, in order of reading */
static size_t heard_count;
static struct yk_observation got[5000];
static size_t got_count;
static void get(void *context, const struct yk_observation *o)
{
    (void)context;
    got[got_count++] = *o;
}

/* Every frame in the spool decodes; the plain records of all frames are in got[], the others in heard[]. */
static void read_back(void)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    struct yk_unpacker *unpacker = yk_unpacker_new();
    spooled_read(scratch);
    cr_assert_eq(spooled_rest, 0);
    got_count = heard_count = 0;
    for (size_t i = 0; i < spooled_count; i++) {
        struct yk_frame frame = spooled[i].frame;
        cr_assert(yk_frame_unpack(unpacker, &frame));
        if (frame.header.group != YK_GROUP_PRESENCE) {
            cr_assert(yk_body_plain_decode(&frame, get, NULL), "frame %zu", i);
            continue;
        }
        cr_assert(yk_body_presence_decode(&frame, records), "frame %zu", i);
        cr_assert_leq(heard_count + frame.header.records, sizeof heard / sizeof heard[0]);
        memcpy(heard + heard_count, records, frame.header.records * sizeof records[0]);
        heard_count += frame.header.records;
    }
    yk_unpacker_free(unpacker);
}

Test(frame_writer, presence_and_plain_never_share)
{
    cr_assert_eq(yk_frame_writer_epoch(writer, T0, 9, true, &err), YK_OK);
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
        cr_assert_eq(yk_frame_writer_epoch(writer, T0 + epoch * 3600, 9u + (unsigned)epoch, true, &err), YK_OK);
        cr_assert_eq(yk_frame_writer_epoch(writer, T0 + epoch * 3600, 9u + (unsigned)epoch, true, &err), YK_OK,
                     "no change");
        add_presence(1, T0 + epoch * 3600 + 10);
        add_presence(2, T0 + epoch * 3600 + 10);
    }
    cr_assert_eq(yk_frame_writer_epoch(writer, T0 + 2 * 3600, 99, true, &err),
                 YK_OK); /* another key in the same epoch */
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
    cr_assert_eq(yk_frame_writer_epoch(writer, T0, 9, true, &err), YK_OK);
    add_presence(1, T0);
    add_crossing(T0 * 1000);
    flush(T0 + 2, false);
    cr_expect_eq(yk_spool_frames(spool), 0);
    flush(T0 + 3, false);
    cr_expect_eq(yk_spool_frames(spool), 2, "plain after 3 s, and the presence before it");
    add_presence(1, T0 + 10);
    flush(T0 + 69, false);
    cr_expect_eq(yk_spool_frames(spool), 2);
    flush(T0 + 70, false);
    cr_expect_eq(yk_spool_frames(spool), 3, "presence after 60 s");
    for (unsigned i = 0; i < YK_FRAME_RECORDS_MAX; i++)
        add_presence(i, T0 + 70);
    cr_expect_eq(yk_spool_frames(spool), 3);
    add_presence(1, T0 + 70);
    cr_expect_eq(yk_spool_frames(spool), 4, "2,000 records fill a frame");
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

static const struct yk_frame_header *last_of(enum yk_group group)
{
    const struct yk_frame_header *last = NULL;
    spooled_read(scratch);
    for (size_t i = 0; i < spooled_count; i++)
        if (spooled[i].frame.header.group == group && (!last || spooled[i].frame.header.sequence > last->sequence))
            last = &spooled[i].frame.header;
    cr_assert_not_null(last);
    return last;
}

static void expect_told(enum yk_group group, int64_t from_s, int64_t to_s)
{
    const struct yk_frame_header *h = last_of(group);
    cr_expect_eq(h->told_from_s, from_s, "from %d", (int)(h->told_from_s - T0));
    cr_expect_eq(h->told_to_s, to_s, "to %d", (int)(h->told_to_s - T0));
}

Test(frame_writer, told_times_by_hand)
{
    yk_frame_writer_begin(writer, T0 + 7);
    cr_assert_eq(yk_frame_writer_epoch(writer, T0, 9, true, &err), YK_OK);
    add_presence(1, T0);
    flush(T0 + 65, false);
    expect_told(YK_GROUP_PRESENCE, T0 + 7, T0 + 60); /* the tick of second 65 is not over */
    add_presence(1, T0 + 60);
    add_health(T0 + 7, T0 + 60);
    flush(T0 + 68, false);
    expect_told(YK_GROUP_PRESENCE, T0 + 60, T0 + 70); /* cut in the tick that it tells: to its end */
    expect_told(YK_GROUP_PLAIN, T0 + 7, T0 + 68);
    add_health(T0 + 60, T0 + 120); /* a long silence, and then a word: it spoke of the silence too */
    flush(T0 + 1000, false);
    expect_told(YK_GROUP_PLAIN, T0 + 68, T0 + 1000);
    add_presence(1, T0 + 1000);
    cr_assert_eq(yk_frame_writer_epoch(writer, T0 + 3600, 10, true, &err), YK_OK);
    expect_told(YK_GROUP_PRESENCE, T0 + 70, T0 + 1010);
    add_presence(1, T0 + 3600);
    cr_assert_eq(yk_frame_writer_flush_waiting(writer, T0 + 9000, &err), YK_OK); /* no event has come since */
    expect_told(YK_GROUP_PRESENCE, T0 + 1010, T0 + 3610);
    yk_frame_writer_begin(writer, T0 + 500); /* the clock was set back */
    add_presence(1, T0 + 500);
    add_health(T0 + 500, T0 + 510);
    flush(T0 + 520, true);
    expect_told(YK_GROUP_PRESENCE, T0 + 500, T0 + 520);
    expect_told(YK_GROUP_PLAIN, T0 + 500, T0 + 520);
    flush(T0 + 600, true);
    expect_told(YK_GROUP_PLAIN, T0 + 500, T0 + 520); /* nothing to say, no frame */
}

static uint32_t seed = 99;
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

struct lane_check {
    uint64_t sequence;
    int64_t to_s, from_s; /* of the last frame; of the lane */
};

/* Each frame of a lane begins where the one before ended, except at the given starts; and speaks of its records. */
static void check_tiles(const int64_t *starts, size_t start_count)
{
    struct lane_check lanes[3] = {{0}};
    for (uint64_t n = 1; n <= spooled_count; n++) /* in order of number: presence lies in one folder per epoch */
        for (size_t i = 0; i < spooled_count; i++) {
            const struct yk_frame_header *h = &spooled[i].frame.header;
            struct lane_check *lane = &lanes[h->group];
            if (h->sequence != n || lane->sequence >= n)
                continue;
            cr_assert_eq(lane->sequence, n - 1);
            bool starts_here = n == 1;
            for (size_t k = 0; k < start_count; k++)
                starts_here |= h->told_from_s == starts[k];
            cr_assert(starts_here || h->told_from_s == lane->to_s, "group %d frame %d", (int)h->group, (int)n);
            cr_assert_leq(h->told_from_s, h->told_to_s);
            if (n == 1)
                lane->from_s = h->told_from_s;
            cr_assert_eq(h->lane_from_s, lane->from_s);
            if (h->group == YK_GROUP_PRESENCE) {
                cr_assert_leq(h->told_from_s / 10 * 10, h->base_s, "frame %d", (int)n);
                cr_assert_geq(h->told_to_s, h->last_s / 10 * 10, "frame %d", (int)n);
            }
            lane->sequence = n;
            lane->to_s = h->told_to_s;
        }
}

/* As a session does it: time goes on, ticks are told when they are over, a minute of health after them. */
static void drive(enum yk_flush flush_rule, int breaks)
{
    int64_t starts[8], t_s = T0 + (int64_t)draw(50), health_s = t_s, epoch_s = T0;
    size_t start_count = 0, told = 0, healthy = 0;
    yk_frame_writer_free(writer);
    cr_assert_eq(yk_frame_writer_new(spool, "radio-1", flush_rule, &writer, &err), YK_OK);
    cr_assert_eq(yk_frame_writer_epoch(writer, epoch_s, 1, true, &err), YK_OK);
    yk_frame_writer_begin(writer, starts[start_count++] = t_s);
    for (int step = 0; step < 800; step++) {
        int64_t before_s = t_s;
        t_s += draw(12);
        if (t_s - epoch_s >= 3600)
            cr_assert_eq(yk_frame_writer_epoch(writer, epoch_s = t_s / 3600 * 3600, 1, true, &err), YK_OK);
        for (int64_t tick = before_s / 10; tick < t_s / 10; tick++)
            for (uint32_t n = draw(3); n > 0 && tick * 10 >= epoch_s; n--, told++)
                add_presence(draw(5), tick * 10);
        if (t_s / 60 > health_s / 60) {
            add_health(health_s, t_s / 60 * 60);
            health_s = t_s / 60 * 60;
            healthy++;
        }
        if (draw(20) == 0)
            cr_assert_eq(yk_frame_writer_flush_waiting(writer, t_s + (int64_t)draw(200), &err), YK_OK);
        flush(t_s, draw(30) == 0);
        if (breaks > 0 && draw(100) == 0) {
            flush(t_s, true);
            t_s += breaks-- % 2 ? 5000 : -700; /* silence, or a clock that is set back */
            t_s = t_s > epoch_s ? t_s : epoch_s;
            health_s = t_s;
            cr_assert_lt(start_count, 8);
            yk_frame_writer_begin(writer, starts[start_count++] = t_s);
        }
    }
    flush(t_s, true);
    read_back();
    cr_expect_eq(heard_count, told);
    cr_expect_eq(got_count, healthy);
    cr_assert_lt(spooled_count, SPOOLED_MAX);
    check_tiles(starts, start_count);
}

Test(frame_writer, told_times_tile_live)
{
    drive(YK_FLUSH_LIVE, 0);
}

Test(frame_writer, told_times_tile_live_with_breaks)
{
    drive(YK_FLUSH_LIVE, 6);
}

Test(frame_writer, told_times_tile_in_bulk)
{
    drive(YK_FLUSH_BULK, 6);
}

/* While its presence can't be written, no health of that time is: in whichever way the plain frame comes about. */
static void health_waits(enum yk_flush flush_rule, int way)
{
    char path[300];
    int64_t epoch_s = T0 + 3600 * (way + 1) + (flush_rule == YK_FLUSH_BULK ? 86400 : 0);
    yk_frame_writer_free(writer);
    cr_assert_eq(yk_frame_writer_new(spool, "radio-1", flush_rule, &writer, &err), YK_OK);
    yk_frame_writer_begin(writer, epoch_s);
    cr_assert_eq(yk_frame_writer_epoch(writer, epoch_s, 3, true, &err), YK_OK);
    uint64_t before = yk_spool_frames(spool);
    snprintf(path, sizeof path, "%s/presence-%lld", scratch, (long long)epoch_s);
    FILE *file = fopen(path, "wb"); /* where the folder of that epoch should be */
    cr_assert_not_null(file);
    fclose(file);

    add_presence(1, epoch_s);
    add_health(epoch_s, epoch_s + 60);
    enum yk_status status = YK_OK;
    struct yk_observation far = {.kind = YK_KIND_HEALTH};
    far.as.health = (struct yk_health){.t0_s = epoch_s + 7200, .t1_s = epoch_s + 7260};
    if (way == 0)
        status = yk_frame_writer_flush(writer, epoch_s + 3500, false, &err);
    else if (way == 1)
        status = yk_frame_writer_flush(writer, epoch_s + 60, true, &err);
    else if (way == 2)
        status = yk_frame_writer_flush_waiting(writer, epoch_s + 4000, &err);
    else
        status = yk_frame_writer_add(writer, &far, &err); /* it needs a new frame */
    cr_expect_neq(status, YK_OK, "way %d", way);
    cr_expect_eq(yk_spool_frames(spool), before, "way %d", way);
    cr_assert_eq(unlink(path), 0);
    if (way == 3)
        add(&far);
    flush(epoch_s + 8000, true);
    cr_expect_eq(yk_spool_frames(spool), before + (way == 3 ? 3 : 2), "way %d", way);
    read_back();
    bool found = false;
    for (size_t i = 0; i < got_count; i++)
        found |= got[i].as.health.t0_s == epoch_s;
    cr_expect(found);
}

Test(frame_writer, health_never_before_its_presence)
{
    for (int way = 0; way < 4; way++) {
        health_waits(YK_FLUSH_LIVE, way);
        health_waits(YK_FLUSH_BULK, way);
    }
}

/* A frame that could not be written is written later, under the same number and from the same time. */
Test(frame_writer, a_failed_flush_moves_nothing)
{
    char path[300];
    cr_assert_eq(yk_frame_writer_epoch(writer, T0, 9, true, &err), YK_OK);
    yk_frame_writer_begin(writer, T0);
    snprintf(path, sizeof path, "%s/presence-%lld", scratch, (long long)T0);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    fclose(file);
    add_presence(1, T0);
    for (int i = 0; i < 3; i++)
        cr_expect_neq(yk_frame_writer_flush(writer, T0 + 60 + i * 60, false, &err), YK_OK);
    cr_assert_eq(unlink(path), 0);
    add_presence(2, T0 + 200);
    flush(T0 + 240, false);
    cr_assert_eq(yk_spool_frames(spool), 1);
    expect_told(YK_GROUP_PRESENCE, T0, T0 + 240);
    cr_expect_eq(last_of(YK_GROUP_PRESENCE)->sequence, 1);
    cr_expect_eq(last_of(YK_GROUP_PRESENCE)->records, 2);
}
