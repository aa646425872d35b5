/* Bodies: the vectors, round trips of random and extreme records, and every contradiction.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buffer.h"
#include "frame/frame.h"

#include "vector.h"

#include <criterion/criterion.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

static struct yk_presence in[YK_FRAME_RECORDS_MAX], out[YK_FRAME_RECORDS_MAX];
static uint8_t body[YK_FRAME_BODY_MAX];
static struct yk_observation seen[1100];
static size_t seen_count;

static void see(void *context, const struct yk_observation *observation)
{
    (void)context;
    cr_assert_lt(seen_count, 1100);
    seen[seen_count++] = *observation;
}

static struct yk_frame frame_of(size_t size, size_t records, int64_t base_s, int64_t last_s)
{
    struct yk_frame frame = {.body = body, .body_size = size};
    frame.header.records = (uint16_t)records;
    frame.header.base_s = base_s;
    frame.header.last_s = last_s;
    return frame;
}

Test(body, vector_of_presence)
{
    static uint8_t bytes[512];
    size_t size = vector_bytes(vector_presence, bytes, sizeof bytes);
    struct yk_frame frame;
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    cr_assert(yk_body_presence_decode(&frame, out));
    const int64_t tick = VECTOR_BASE_S / 10;
    const struct yk_presence expected[3] = {
        {UINT64_C(0x1122334455667788), tick, 2, 3, -210, 3, -60, 5, 95, 90, 4500},
        {UINT64_C(0xfedcba9876543210), tick + 2, 3, 300, -25415, 299, -40, 0, 99, 99, 301},
        {UINT64_C(0x1122334455667788), tick + 1, 2, 1, 0, 0, 127, 7, 7, 12, 144},
    };
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(out[i].pseudonym, expected[i].pseudonym);
        cr_expect_eq(out[i].tick, expected[i].tick);
        cr_expect_eq(out[i].address_class, expected[i].address_class);
        cr_expect_eq(out[i].adverts, expected[i].adverts);
        cr_expect_eq(out[i].rssi_sum_dbm, expected[i].rssi_sum_dbm);
        cr_expect_eq(out[i].rssi_count, expected[i].rssi_count);
        cr_expect_eq(out[i].rssi_max_dbm, expected[i].rssi_max_dbm);
        cr_expect_eq(out[i].first_ds, expected[i].first_ds);
        cr_expect_eq(out[i].last_ds, expected[i].last_ds);
        cr_expect_eq(out[i].gap_ds, expected[i].gap_ds);
        cr_expect_eq(out[i].gap_sq_ds2, expected[i].gap_sq_ds2);
    }
    cr_assert_eq(yk_body_presence_encode(expected, 3, VECTOR_BASE_S, body, sizeof body), frame.body_size);
    cr_expect_eq(memcmp(body, frame.body, frame.body_size), 0);
}

Test(body, vector_of_plain)
{
    static uint8_t bytes[512];
    size_t size = vector_bytes(vector_plain, bytes, sizeof bytes);
    struct yk_frame frame;
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    seen_count = 0;
    cr_assert(yk_body_plain_decode(&frame, see, NULL));
    cr_assert_eq(seen_count, 5);
    const int64_t base_ms = INT64_C(1774987200000);
    cr_expect(seen[0].kind == YK_KIND_CROSSING && seen[0].as.crossing.t_ms == base_ms + 1234);
    cr_expect(seen[0].as.crossing.line == 1 && seen[0].as.crossing.direction == 1);
    cr_expect(seen[1].as.crossing.t_ms == base_ms + 59999 && seen[1].as.crossing.direction == -1);
    const struct yk_zone_slice *z = &seen[2].as.zone;
    cr_expect(seen[2].kind == YK_KIND_ZONE && z->from_ms == base_ms + 500 && z->to_ms == base_ms + 60000);
    cr_expect(z->inside_ms == 40000 && z->zone == 2 && z->entered && z->left);
    const struct yk_count *n = &seen[3].as.count;
    cr_expect(seen[3].kind == YK_KIND_COUNT && n->from_ms == base_ms && n->to_ms == base_ms + 60000);
    cr_expect(n->plus == 300 && n->minus == 2 && n->line == 7);
    const struct yk_health *h = &seen[4].as.health;
    cr_expect(seen[4].kind == YK_KIND_HEALTH && h->t0_s == VECTOR_BASE_S && h->t1_s == VECTOR_BASE_S + 60);
    cr_expect(h->records == 4 && h->drops.count[0] == 9 && h->drops.count[YK_DROP_table_full] == 1);
    cr_expect(h->has_lags && h->lags[0].births == 5 && h->lags[0].gap_sq_ds2 == 58000 && h->lags[0].dropped == 1);
    cr_expect(h->lags[0].lag[0] == 1 && h->lags[0].lag[61] == 200 && h->lags[0].lag[119] == 3 &&
              h->lags[0].lag[60] == 0);
    cr_expect(h->lags[0].gap[3] == 2900 && h->lags[0].gap[60] == 1 && h->lags[1].observed_ds == 600);
    size_t used = 0;
    for (int i = 0; i < 5; i++)
        used += yk_body_plain_encode(&seen[i], VECTOR_BASE_S, body + used, sizeof body - used);
    cr_assert_eq(used, frame.body_size);
    cr_expect_eq(memcmp(body, frame.body, used), 0);
}

static uint64_t extreme(gsl_rng *rng, uint64_t most)
{
    switch (gsl_rng_uniform_int(rng, 4)) {
    case 0:
        return 0;
    case 1:
        return most;
    default:
        return (uint64_t)(gsl_rng_uniform(rng) * (double)most);
    }
}

Test(body, presence_round_trip_on_random_records)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int round = 0; round < 300; round++) {
        size_t count = round == 0 ? YK_FRAME_RECORDS_MAX : 1 + gsl_rng_uniform_int(rng, round % 10 ? 40 : 2000);
        int64_t base_s = (int64_t)gsl_rng_uniform_int(rng, 2000000000) / 10 * 10,
                span = (int64_t)gsl_rng_uniform_int(rng, 400);
        memset(in, 0, sizeof in);
        for (size_t i = 0; i < count; i++) {
            struct yk_presence *p = &in[i];
            p->pseudonym = gsl_rng_uniform_int(rng, 3) ? (uint64_t)gsl_rng_get(rng) << 32 | gsl_rng_get(rng)
                                                       : gsl_rng_uniform_int(rng, 5); /* the same again, and 0 */
            p->tick = base_s / 10 + (int64_t)extreme(rng, (uint64_t)span);
            p->address_class = (uint8_t)gsl_rng_uniform_int(rng, YK_CLASS_COUNT);
            p->adverts = (uint16_t)(1 + extreme(rng, UINT16_MAX - 1));
            p->rssi_count = (uint16_t)extreme(rng, p->adverts);
            p->rssi_sum_dbm = -128 * (int32_t)p->rssi_count + (int32_t)extreme(rng, 254u * p->rssi_count);
            p->rssi_max_dbm = p->rssi_count ? (int8_t)((int)extreme(rng, 254) - 128) : 127;
            p->first_ds = (uint8_t)extreme(rng, 99);
            p->last_ds = (uint8_t)(p->first_ds + extreme(rng, 99u - p->first_ds));
            p->gap_ds = (uint32_t)extreme(rng, 6099);
            p->gap_sq_ds2 = (uint32_t)extreme(rng, (uint64_t)p->gap_ds * p->gap_ds);
        }
        size_t size = yk_body_presence_encode(in, count, base_s, body, sizeof body);
        cr_assert_gt(size, 0);
        struct yk_frame frame = frame_of(size, count, base_s, base_s + span * 10 + 9);
        uint8_t *exact = malloc(size);
        memcpy(exact, body, size);
        frame.body = exact;
        cr_assert(yk_body_presence_decode(&frame, out));
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(memcmp(&in[i], &out[i], offsetof(struct yk_presence, gap_sq_ds2) + 4), 0, "record %zu", i);
        frame.body_size = size - 1;
        cr_assert_not(yk_body_presence_decode(&frame, out));
        free(exact);
        cr_assert_eq(yk_body_presence_encode(in, count, base_s, body, size - 1), 0, "no room for the last byte");
    }
    cr_expect_eq(yk_body_presence_encode(in, 0, 0, body, sizeof body), 0);
    cr_expect_eq(yk_body_presence_encode(in, YK_FRAME_RECORDS_MAX + 1, 0, body, sizeof body), 0);
    gsl_rng_free(rng);
}

/* The body of one record of radio-1 at tick 100, spoilt in one byte or field. */
struct one {
    uint64_t ids, number, adverts, without, gap, square;
    int64_t delta, sum;
    uint8_t class, first, length, trailing;
};
static const struct one good = {.ids = 1,
                                .adverts = 5,
                                .without = 1,
                                .gap = 60,
                                .square = 3600,
                                .delta = 0,
                                .sum = 280,
                                .class = 2,
                                .first = 40,
                                .length = 59};

static bool decodes(struct one one, size_t records)
{
    struct yk_buffer b = yk_buffer_of(body, sizeof body);
    yk_buffer_varint(&b, one.ids);
    for (uint64_t i = 0; i < one.ids && i < 3; i++) {
        yk_buffer_le(&b, 77 + i, 8);
        yk_buffer_u8(&b, one.class);
    }
    yk_buffer_svarint(&b, one.delta);
    yk_buffer_varint(&b, one.number);
    yk_buffer_varint(&b, one.adverts);
    yk_buffer_varint(&b, one.without);
    yk_buffer_svarint(&b, one.sum);
    yk_buffer_u8(&b, 0xC4);
    yk_buffer_u8(&b, one.first);
    yk_buffer_u8(&b, one.length);
    yk_buffer_varint(&b, one.gap);
    yk_buffer_varint(&b, one.square);
    if (one.trailing)
        yk_buffer_u8(&b, 0);
    struct yk_frame frame = frame_of(b.length, records, 1000, 1029);
    return yk_body_presence_decode(&frame, out);
}
#define BUT(...)                     \
    decodes(({                       \
                struct one o = good; \
                __VA_ARGS__;         \
                o;                   \
            }),                      \
            1)

Test(body, presence_contradictions_are_refused)
{
    cr_assert(decodes(good, 1));
    cr_expect_not(decodes(good, 0));
    cr_expect_not(decodes(good, 2), "columns too short");
    cr_expect_not(BUT(o.ids = 0));
    cr_expect_not(BUT(o.ids = 2), "more ids than records");
    cr_expect_not(BUT(o.ids = UINT64_MAX / 9 + 2), "a product that wraps");
    cr_expect_not(BUT(o.number = 1), "an id that is not there");
    cr_expect_not(BUT(o.number = 1; o.length = 3), "nor one made of the bytes behind, which would have a class");
    cr_expect_not(BUT(o.number = UINT64_MAX));
    cr_expect(BUT(o.delta = 2), "the tick of the last second");
    cr_expect_not(BUT(o.delta = 3), "after the frame's end");
    cr_expect_not(BUT(o.delta = -1), "before its base");
    cr_expect_not(BUT(o.delta = INT64_MAX));
    cr_expect_not(BUT(o.delta = INT64_MIN));
    cr_expect_not(BUT(o.class = 4));
    cr_expect_not(BUT(o.adverts = 0; o.without = 0));
    cr_expect(BUT(o.adverts = 65535));
    cr_expect_not(BUT(o.adverts = 65536));
    cr_expect(BUT(o.without = 5));
    cr_expect_not(BUT(o.without = 6));
    cr_expect_not(BUT(o.sum = 128 * 65535 + 1));
    cr_expect_not(BUT(o.sum = -128 * 65535 - 1));
    cr_expect_not(BUT(o.first = 100; o.length = 0));
    cr_expect_not(BUT(o.length = 60), "beyond the tick");
    cr_expect_not(BUT(o.first = 99; o.length = 255), "beyond it, round the byte");
    cr_expect(BUT(o.gap = 6099; o.square = 6000 * 6000 + 99 * 99));
    cr_expect_not(BUT(o.gap = 6101));
    cr_expect_not(BUT(o.square = 3601), "G^2 above the square of the sum");
    cr_expect_not(BUT(o.trailing = 1));
}

static bool plain(struct yk_buffer b, size_t records)
{
    struct yk_frame frame = frame_of(b.length, records, 60, 119);
    seen_count = 0;
    cr_assert_not(b.failed);
    return yk_body_plain_decode(&frame, see, NULL);
}

static bool plain_of(uint8_t kind, const uint64_t *numbers, size_t count, const char *tail, size_t tail_size)
{
    struct yk_buffer b = yk_buffer_of(body, sizeof body);
    yk_buffer_u8(&b, kind);
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, numbers[i]);
    yk_buffer_put(&b, tail, tail_size);
    return plain(b, 1);
}
#define PLAIN(kind, tail, ...) \
    plain_of(kind, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / 8, tail, sizeof tail - 1)

Test(body, plain_contradictions_are_refused)
{
    cr_expect(PLAIN(2, "\x00\x01", 59999));
    cr_expect_not(PLAIN(2, "\x00\x01", 60000), "after the frame's last second");
    cr_expect_not(PLAIN(2, "\x00\x01", UINT64_MAX));
    cr_expect_not(PLAIN(2, "\x00\x02", 5), "a direction between the two");
    cr_expect_not(PLAIN(2, "\x00", 5), "cut");
    cr_expect_not(PLAIN(2, "\x00\x01\x00", 5), "a byte too many");
    cr_expect(PLAIN(3, "\x00\x03", 0, 60000, 60000));
    cr_expect_not(PLAIN(3, "\x00\x03", 0, 60001, 5), "longer than a minute");
    cr_expect_not(PLAIN(3, "\x00\x03", 1, 60000, 5), "over a minute's border");
    cr_expect(PLAIN(3, "\x00\x03", 1, 59999, 59999), "up to the border");
    cr_expect_not(PLAIN(3, "\x00\x03", 0, 100, 101), "inside for longer than it lasted");
    cr_expect_not(PLAIN(3, "\x00\x04", 0, 100, 100), "a flag that is not");
    cr_expect_not(PLAIN(3, "\x00\x03", 60000, 0, 0), "after the frame's end");
    cr_expect(PLAIN(4, "\x00", 0, 86400000, UINT32_MAX, UINT32_MAX));
    cr_expect_not(PLAIN(4, "\x00", 0, 86400001, 1, 1), "more than a day");
    cr_expect_not(PLAIN(4, "\x00", 0, 1, (uint64_t)UINT32_MAX + 1, 1));
    cr_expect_not(PLAIN(4, "\x00", 0, 1, 1, (uint64_t)UINT32_MAX + 1));
    cr_expect(PLAIN(6, "", 0, 60, 9, 0, 0), "t1 may be the second after the last");
    cr_expect_not(PLAIN(6, "", 0, 61, 9, 0, 0), "ran on after the frame's end");
    cr_expect_not(PLAIN(6, "", 0, 0, 9, 0, 0), "an empty interval");
    cr_expect_not(PLAIN(6, "", 3601, 1, 9, 0, 0));
    cr_expect_not(PLAIN(6, "", 0, UINT64_MAX, 9, 0, 0));
    cr_expect_not(PLAIN(6, "", 0, 60, 9, 65, 0), "more reasons than could be");
    cr_expect_not(PLAIN(6, "", 0, 60, 9, 0, 1), "one histogram of two");
    cr_expect_not(PLAIN(6, "", 0, 60, 9, 0, 3));
    for (int kind = 0; kind < 256; kind++)
        if (kind != 2 && kind != 3 && kind != 4 && kind != 6)
            cr_expect_not(PLAIN((uint8_t)kind, "\x00\x01", 5), "kind %d", kind);
    struct yk_buffer b = yk_buffer_of(body, sizeof body);
    cr_expect(plain(b, 0));
    cr_expect_not(plain(b, 1));
}

Test(body, unknown_drop_reasons_are_left_out)
{
    cr_assert(PLAIN(6, "", 0, 60, 9, 3, 2, 7, 200, 1000, UINT64_MAX, 1000, 0));
    cr_expect_eq(seen[0].as.health.drops.count[2], 7);
    uint64_t all = 0;
    for (int i = 0; i < YK_DROP_COUNT; i++)
        all += seen[0].as.health.drops.count[i];
    cr_expect_eq(all, 7);
}

/* 2^64 - 1 in every bin and sum: the longest record there is. */
Test(body, health_at_its_extremes)
{
    static struct yk_observation o;
    o.kind = YK_KIND_HEALTH;
    o.as.health = (struct yk_health){.t0_s = 60, .t1_s = 61, .records = UINT64_MAX, .has_lags = true};
    memset(o.as.health.lags, 0xFF, sizeof o.as.health.lags);
    memset(&o.as.health.drops, 0xFF, sizeof o.as.health.drops);
    size_t size = yk_body_plain_encode(&o, 60, body, sizeof body);
    cr_assert_gt(size, 3000);
    for (size_t room = 0; room < size; room += 7)
        cr_assert_eq(yk_body_plain_encode(&o, 60, body, room), 0);
    size = yk_body_plain_encode(&o, 60, body, sizeof body);
    struct yk_frame frame = frame_of(size, 1, 60, 60);
    seen_count = 0;
    cr_assert(yk_body_plain_decode(&frame, see, NULL));
    cr_expect_eq(memcmp(&seen[0].as.health.lags, &o.as.health.lags, sizeof o.as.health.lags), 0);
    cr_expect_eq(memcmp(&seen[0].as.health.drops, &o.as.health.drops, sizeof o.as.health.drops), 0);
    cr_expect_eq(seen[0].as.health.records, UINT64_MAX);
    o.kind = YK_KIND_PRESENCE;
    cr_expect_eq(yk_body_plain_encode(&o, 60, body, sizeof body), 0, "presence never goes among plain records");
}
