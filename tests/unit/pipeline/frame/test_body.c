/* Bodies: the vectors, round trips of random and extreme records, and every contradiction.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buffer.h"
#include "frame/frame.h"

#include "vector.h"

#include <criterion/criterion.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

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

static void expect_same(const struct yk_presence *is, const struct yk_presence *expected, size_t number)
{
    cr_expect_eq(is->pseudonym, expected->pseudonym, "record %zu", number);
    cr_expect_eq(is->tick, expected->tick, "record %zu", number);
    cr_expect_eq(is->address_class, expected->address_class, "record %zu", number);
    cr_expect_eq(is->adverts, expected->adverts, "record %zu", number);
    cr_expect_eq(is->rssi_sum_dbm, expected->rssi_sum_dbm, "record %zu", number);
    cr_expect_eq(is->rssi_count, expected->rssi_count, "record %zu", number);
    cr_expect_eq(is->rssi_max_dbm, expected->rssi_max_dbm, "record %zu", number);
    cr_expect_eq(is->first_ds, expected->first_ds, "record %zu", number);
    cr_expect_eq(is->last_ds, expected->last_ds, "record %zu", number);
    cr_expect_eq(is->gap_ds, expected->gap_ds, "record %zu", number);
    cr_expect_eq(is->gap_sq_ds2, expected->gap_sq_ds2, "record %zu", number);
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
        {UINT64_C(0x1122334455667788), tick + 1, 2, 1, 0, 0, 127, 7, 7, 12, 144},
        {UINT64_C(0xfedcba9876543210), tick + 2, 3, 300, -25415, 299, -40, 0, 99, 99, 301},
    };
    for (int i = 0; i < 3; i++)
        expect_same(&out[i], &expected[i], (size_t)i);
    const struct yk_presence given[3] = {expected[0], expected[2], expected[1]};
    cr_assert_eq(yk_body_presence_encode(given, 3, VECTOR_BASE_S, body, sizeof body), frame.body_size);
    cr_expect_eq(memcmp(body, frame.body, frame.body_size), 0);
}

/* Packed by the zstd program; eight pseudonyms in six ticks each. */
Test(body, vector_of_a_packed_frame)
{
    static uint8_t bytes[512], plain_body[1024];
    size_t size = vector_bytes(vector_packed, bytes, sizeof bytes);
    size_t plain_size = vector_bytes(vector_packed_body, plain_body, sizeof plain_body);
    struct yk_unpacker *unpacker = yk_unpacker_new();
    struct yk_frame frame;
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    for (int again = 0; again < 2; again++) { /* what is unpacked stays so */
        cr_assert(yk_frame_unpack(unpacker, &frame));
        cr_assert_eq(frame.body_size, plain_size);
        cr_expect_eq(memcmp(frame.body, plain_body, plain_size), 0);
    }
    cr_assert(yk_body_presence_decode(&frame, out));
    for (unsigned i = 0; i < 48; i++) {
        unsigned m = i / 6, t = i % 6;
        const struct yk_presence expected = {
            .pseudonym = UINT64_C(0x1000000000000001) * (m + 1),
            .tick = VECTOR_BASE_S / 10 + t,
            .address_class = (uint8_t)(1 + m % 3),
            .adverts = 2,
            .rssi_sum_dbm = -140 - 2 * (int32_t)(m % 4) - (int32_t)m,
            .rssi_count = 2,
            .rssi_max_dbm = (int8_t)(-70 - (int)(m % 4)),
            .first_ds = (uint8_t)(3 + m),
            .last_ds = (uint8_t)(53 + m),
            .gap_ds = t ? 100 : 50,
            .gap_sq_ds2 = t ? 5000 : 2500,
        };
        expect_same(&out[i], &expected, i);
    }
    yk_unpacker_free(unpacker);
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

/* What is to come back: by pseudonym and class in order of their first record, each one's records in the order given. */
static void group(const struct yk_presence *given, size_t count, struct yk_presence *grouped)
{
    static bool taken[YK_FRAME_RECORDS_MAX];
    size_t n = 0;
    memset(taken, 0, sizeof taken);
    for (size_t i = 0; i < count; i++) {
        bool first = !taken[i];
        for (size_t k = i; first && k < count; k++)
            if (!taken[k] && given[k].pseudonym == given[i].pseudonym &&
                given[k].address_class == given[i].address_class) {
                grouped[n++] = given[k];
                taken[k] = true;
            }
    }
}

static struct yk_presence random_record(gsl_rng *rng, int64_t base_s, int64_t span)
{
    struct yk_presence p;
    memset(&p, 0, sizeof p); /* the bytes between the fields are compared too */
    p.pseudonym = gsl_rng_uniform_int(rng, 3) ? (uint64_t)gsl_rng_get(rng) << 32 | gsl_rng_get(rng)
                                              : gsl_rng_uniform_int(rng, 5); /* the same again, and 0 */
    p.tick = base_s / 10 + (int64_t)extreme(rng, (uint64_t)span);
    p.address_class = (uint8_t)gsl_rng_uniform_int(rng, YK_CLASS_COUNT);
    p.adverts = (uint16_t)(1 + extreme(rng, UINT16_MAX - 1));
    p.rssi_count = (uint16_t)extreme(rng, p.adverts);
    p.rssi_max_dbm = p.rssi_count ? (int8_t)((int)extreme(rng, 254) - 128) : 127;
    int32_t least = -128 * (int32_t)p.rssi_count, most = p.rssi_max_dbm * (int32_t)p.rssi_count;
    p.rssi_sum_dbm = most - (int32_t)extreme(rng, (uint64_t)(most - least));
    p.first_ds = (uint8_t)extreme(rng, 99);
    p.last_ds = (uint8_t)(p.first_ds + extreme(rng, 99u - p.first_ds));
    p.gap_ds = (uint32_t)extreme(rng, 6100);
    p.gap_sq_ds2 = (uint32_t)extreme(rng, (uint64_t)p.gap_ds * p.gap_ds);
    return p;
}

Test(body, presence_round_trip_on_random_records)
{
    static struct yk_presence grouped[YK_FRAME_RECORDS_MAX];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct yk_packer *packer = yk_packer_new();
    struct yk_unpacker *unpacker = yk_unpacker_new();
    size_t packed = 0;
    for (int round = 0; round < 300; round++) {
        size_t count = round == 0 ? YK_FRAME_RECORDS_MAX : 1 + gsl_rng_uniform_int(rng, round % 10 ? 40 : 2000);
        int64_t base_s = (int64_t)gsl_rng_uniform_int(rng, 2000000000) / 10 * 10,
                span = (int64_t)gsl_rng_uniform_int(rng, 400);
        for (size_t i = 0; i < count; i++) {
            in[i] = random_record(rng, base_s, span);
            if (i > 0 && gsl_rng_uniform_int(rng, 2)) { /* most ids are heard again */
                in[i].pseudonym = in[i - 1].pseudonym;
                in[i].address_class = in[i - 1].address_class;
            }
        }
        group(in, count, grouped);
        size_t size = yk_body_presence_encode(in, count, base_s, body, sizeof body);
        cr_assert_gt(size, 0);
        struct yk_frame frame = frame_of(size, count, base_s, base_s + span * 10 + 9);
        uint8_t *exact = malloc(size);
        memcpy(exact, body, size);
        frame.body = exact;
        memset(out, 0, sizeof out);
        cr_assert(yk_body_presence_decode(&frame, out));
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(memcmp(&grouped[i], &out[i], offsetof(struct yk_presence, gap_sq_ds2) + 4), 0,
                         "round %d record %zu", round, i);

        const uint8_t *small = exact;
        size_t small_size = size;
        frame.header.flags = yk_pack(packer, &small, &small_size);
        cr_assert(frame.header.flags == 0 ? small == exact && small_size == size : small_size < size);
        packed += frame.header.flags != 0;
        frame.body = small;
        frame.body_size = small_size;
        cr_assert(yk_frame_unpack(unpacker, &frame));
        cr_assert_eq(frame.body_size, size);
        cr_assert_eq(memcmp(frame.body, exact, size), 0);

        frame.header.flags = 0;
        frame.body = exact;
        for (size_t cut = 1; cut <= size && cut < 50; cut++) {
            frame.body_size = size - cut;
            cr_assert_not(yk_body_presence_decode(&frame, out));
        }
        free(exact);
        cr_assert_eq(yk_body_presence_encode(in, count, base_s, body, size - 1), 0, "no room for the last byte");
    }
    cr_expect_gt(packed, 100);
    cr_expect_eq(yk_body_presence_encode(in, 0, 0, body, sizeof body), 0);
    cr_expect_eq(yk_body_presence_encode(in, YK_FRAME_RECORDS_MAX + 1, 0, body, sizeof body), 0);
    yk_packer_free(packer);
    yk_unpacker_free(unpacker);
    gsl_rng_free(rng);
}

/* Columns of up to three records, composed here; ticks 100 to 102 are inside the frame. */
struct columns {
    size_t records; /* in the columns */
    uint64_t ids, same, more[3];
    int64_t tick[3];
    uint64_t adverts[3], without[3], lack[3]; /* adverts: minus 1 */
    int64_t gap[3], square[3];
    uint8_t class[3], first[3], length[3], max[3], trailing;
};
static const struct columns good = {.records = 1,
                                    .ids = 1,
                                    .adverts = {4},
                                    .without = {1},
                                    .lack = {40},
                                    .class = {2, 2, 2},
                                    .first = {40},
                                    .length = {59},
                                    .max = {0xC4}};

static size_t compose(const struct columns *c)
{
    struct yk_buffer b = yk_buffer_of(body, sizeof body);
    yk_buffer_varint(&b, c->ids);
    size_t ids = c->ids < 3 ? (size_t)c->ids : 3;
    for (size_t i = 0; i < ids; i++)
        yk_buffer_le(&b, 77 + i, 8);
    yk_buffer_put(&b, c->class, ids);
    for (size_t i = 0; i < ids; i++)
        yk_buffer_varint(&b, c->more[i]);
    for (size_t i = 0; i < c->records; i++)
        yk_buffer_svarint(&b, c->tick[i]);
    yk_buffer_put(&b, c->first, c->records);
    yk_buffer_put(&b, c->length, c->records);
    for (size_t i = 0; i < c->records; i++)
        yk_buffer_varint(&b, c->adverts[i]);
    for (size_t i = 0; i < c->records; i++)
        yk_buffer_varint(&b, c->without[i]);
    yk_buffer_put(&b, c->max, c->records);
    for (size_t i = 0; i < c->records; i++)
        yk_buffer_varint(&b, c->lack[i]);
    for (size_t i = 0; i < c->records; i++)
        yk_buffer_svarint(&b, c->gap[i]);
    for (size_t i = 0; i < c->records; i++)
        yk_buffer_svarint(&b, c->square[i]);
    if (c->trailing)
        yk_buffer_u8(&b, 0);
    cr_assert_not(b.failed);
    return b.length;
}

/* Decodes from memory of exactly that size. */
static bool decodes(struct columns columns, size_t records, int64_t last_s)
{
    size_t size = compose(&columns);
    uint8_t *exact = malloc(size);
    memcpy(exact, body, size);
    struct yk_frame frame = frame_of(size, records, 1000, last_s);
    frame.body = exact;
    bool ok = yk_body_presence_decode(&frame, out);
    free(exact);
    return ok;
}
#define BUT(...)                         \
    decodes(({                           \
                struct columns o = good; \
                __VA_ARGS__;             \
                o;                       \
            }),                          \
            1, 1029)
/* The same with a second record of the same id. */
#define TWO(...)                         \
    decodes(({                           \
                struct columns o = good; \
                o.records = 2;           \
                o.more[0] = 1;           \
                __VA_ARGS__;             \
                o;                       \
            }),                          \
            2, 1029)

Test(body, presence_by_hand)
{
    cr_assert(decodes(good, 1, 1029));
    const struct yk_presence expected = {.pseudonym = 77,
                                         .tick = 100,
                                         .address_class = 2,
                                         .adverts = 5,
                                         .rssi_sum_dbm = -60 * 4 - 40,
                                         .rssi_count = 4,
                                         .rssi_max_dbm = -60,
                                         .first_ds = 40,
                                         .last_ds = 99,
                                         .gap_ds = 59,
                                         .gap_sq_ds2 = 870}; /* 59 * 59 / 4 */
    expect_same(&out[0], &expected, 0);
    /* The next tick's last advert 8.1 s after this one's last; 3 adverts, so 3 gaps: 81 * 81 / 3. */
    cr_assert(TWO(o.adverts[1] = 2; o.first[1] = 10; o.length[1] = 70; o.max[1] = 250; o.lack[1] = 9));
    const struct yk_presence next = {.pseudonym = 77,
                                     .tick = 101,
                                     .address_class = 2,
                                     .adverts = 3,
                                     .rssi_sum_dbm = -66 * 3 - 9,
                                     .rssi_count = 3,
                                     .rssi_max_dbm = -66,
                                     .first_ds = 10,
                                     .last_ds = 80,
                                     .gap_ds = 81,
                                     .gap_sq_ds2 = 2187};
    expect_same(&out[1], &next, 1);
    /* One advert after a silence: one gap; its square is known. */
    cr_assert(TWO(o.tick[1] = 1; o.first[1] = 4));
    cr_expect(out[1].tick == 102 && out[1].adverts == 1 && out[1].gap_ds == 105 && out[1].gap_sq_ds2 == 105 * 105);
    /* The same tick twice (a table that was full): no time between, or less than none. */
    cr_assert(TWO(o.tick[1] = -1; o.first[1] = 99));
    cr_expect(out[1].tick == 100 && out[1].gap_ds == 0 && out[1].gap_sq_ds2 == 0);
    cr_assert(TWO(o.tick[1] = -1; o.first[1] = 50; o.length[1] = 9; o.adverts[1] = 1));
    cr_expect(out[1].tick == 100 && out[1].gap_ds == 9 && out[1].gap_sq_ds2 == 81);
    /* Time that goes back. */
    cr_assert(TWO(o.tick[0] = 2; o.tick[1] = -3; o.length[1] = 7; o.adverts[1] = 1));
    cr_expect(out[0].tick == 102 && out[1].tick == 100 && out[1].gap_ds == 7 && out[1].gap_sq_ds2 == 49);
}

/* Silence of exactly the merge gap still joins; one tenth of a second more, and the next record begins a life. */
Test(body, presence_around_the_end_of_a_life)
{
    struct columns o = good;
    o.records = 2;
    o.more[0] = 1;
    o.tick[1] = 59;
    o.first[1] = 95; /* the last advert of the one before is at 99 */
    o.length[1] = 4;
    cr_assert(decodes(o, 2, 1000 + 609));
    cr_expect(out[1].tick == 160 && out[1].last_ds == 99 && out[1].gap_ds == 6000);
    cr_expect_eq(out[1].gap_sq_ds2, 36000000);
    o.first[0] = 39; /* a tenth more: last at 98 */
    cr_assert(decodes(o, 2, 1000 + 609));
    cr_expect(out[1].last_ds == 99 && out[1].gap_ds == 4);
    cr_expect_eq(out[1].gap_sq_ds2, 16);
}

Test(body, presence_contradictions_are_refused)
{
    cr_assert(decodes(good, 1, 1029));
    cr_expect_not(decodes(good, 0, 1029));
    cr_expect_not(decodes(good, 2, 1029), "columns too short");
    cr_expect_not(BUT(o.ids = 0));
    cr_expect_not(BUT(o.ids = 2), "more ids than records");
    cr_expect_not(BUT(o.ids = UINT64_MAX / 9 + 2), "a product that wraps");
    cr_expect_not(BUT(o.ids = UINT64_MAX));
    cr_expect_not(BUT(o.more[0] = 1), "more records than the header says");
    cr_expect_not(BUT(o.more[0] = UINT64_MAX));
    cr_expect_not(TWO(o.more[0] = 0), "a record without an id");
    cr_expect_not(TWO(o.ids = 2), "an id without a record");
    cr_expect(TWO(o.ids = 2; o.more[0] = 0), "one each");
    cr_expect_not(TWO(o.ids = 2; o.more[0] = 0; o.more[1] = 1));
    cr_expect_not(TWO(o.ids = 2; o.more[0] = 0; o.class[1] = 4));
    cr_expect(BUT(o.tick[0] = 2), "the tick of the last second");
    cr_expect_not(BUT(o.tick[0] = 3), "after the frame's end");
    cr_expect_not(BUT(o.tick[0] = -1), "before its base");
    cr_expect_not(BUT(o.tick[0] = INT64_MAX));
    cr_expect_not(BUT(o.tick[0] = INT64_MIN));
    cr_expect(TWO(o.tick[1] = 1));
    cr_expect_not(TWO(o.tick[1] = 2));
    cr_expect(TWO(o.tick[1] = -1));
    cr_expect_not(TWO(o.tick[1] = -2));
    cr_expect_not(TWO(o.tick[0] = 2; o.tick[1] = 0));
    cr_expect_not(TWO(o.tick[0] = 2; o.tick[1] = -4));
    cr_expect_not(TWO(o.tick[0] = 2; o.tick[1] = INT64_MAX));
    cr_expect_not(TWO(o.tick[1] = INT64_MIN));
    for (unsigned class = 0; class < 256; class ++)
        cr_expect_eq(BUT(o.class[0] = (uint8_t) class), class < 4, "class %u", class);
    cr_expect(BUT(o.adverts[0] = 65534));
    cr_expect_not(BUT(o.adverts[0] = 65535));
    cr_expect_not(BUT(o.adverts[0] = UINT64_MAX));
    cr_expect(BUT(o.without[0] = 5; o.lack[0] = 0));
    cr_expect_not(BUT(o.without[0] = 5; o.lack[0] = 1), "a sum of nothing");
    cr_expect_not(BUT(o.without[0] = 6; o.lack[0] = 0));
    cr_expect_not(BUT(o.without[0] = UINT64_MAX; o.lack[0] = 0));
    cr_expect(BUT(o.lack[0] = 68 * 4), "all at -128 dBm");
    cr_expect_not(BUT(o.lack[0] = 68 * 4 + 1), "less than there is");
    cr_expect_not(BUT(o.lack[0] = UINT64_MAX));
    cr_expect(BUT(o.max[0] = 0x80; o.lack[0] = 0));
    cr_expect_not(BUT(o.max[0] = 0x80; o.lack[0] = 1));
    cr_expect(BUT(o.max[0] = 126; o.lack[0] = 254 * 4));
    cr_expect_not(BUT(o.max[0] = 127), "none, and four of them");
    cr_expect_not(TWO(o.max[1] = 127 + 60), "the same as a difference");
    cr_expect(TWO(o.max[1] = 127 + 60; o.without[1] = 1));
    cr_expect(BUT(o.first[0] = 99; o.length[0] = 0));
    cr_expect_not(BUT(o.first[0] = 100; o.length[0] = 0));
    cr_expect_not(BUT(o.length[0] = 60), "beyond the tick");
    cr_expect_not(BUT(o.first[0] = 99; o.length[0] = 255), "beyond it, round the byte");
    cr_expect(BUT(o.gap[0] = 6041; o.square[0] = 6100 * 6100 - 6100 * 6100 / 5));
    cr_expect_not(BUT(o.gap[0] = 6041; o.square[0] = 6100 * 6100 - 6100 * 6100 / 5 + 1));
    cr_expect_not(BUT(o.gap[0] = 6042), "longer than a life bears, and its tick");
    cr_expect(BUT(o.gap[0] = -59));
    cr_expect_not(BUT(o.gap[0] = -60));
    cr_expect_not(BUT(o.gap[0] = INT64_MAX));
    cr_expect_not(BUT(o.gap[0] = INT64_MIN));
    cr_expect(BUT(o.square[0] = 59 * 59 - 870));
    cr_expect_not(BUT(o.square[0] = 59 * 59 - 870 + 1), "G^2 above the square of the sum");
    cr_expect(BUT(o.square[0] = -870));
    cr_expect_not(BUT(o.square[0] = -871));
    cr_expect_not(BUT(o.square[0] = INT64_MAX));
    cr_expect_not(BUT(o.square[0] = INT64_MIN));
    cr_expect_not(BUT(o.gap[0] = -59; o.square[0] = 1));
    cr_expect_not(BUT(o.trailing = 1));
}

static bool unpacks(const void *bytes, size_t size)
{
    struct yk_unpacker *unpacker = yk_unpacker_new();
    struct yk_frame frame = {.body_size = size};
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    frame.body = exact;
    frame.header.flags = YK_FRAME_ZSTD;
    bool ok = yk_frame_unpack(unpacker, &frame);
    if (!ok)
        cr_expect(frame.body == exact && frame.body_size == size, "what failed changes nothing");
    yk_unpacker_free(unpacker);
    free(exact);
    return ok;
}

/* One zstd frame of that many zeros, with or without a word on its size. */
static size_t zeros(size_t count, bool says_size, uint8_t *packed, size_t capacity)
{
    uint8_t *plain_bytes = calloc(1, count);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, says_size);
    size_t size = ZSTD_compress2(context, packed, capacity, plain_bytes, count);
    cr_assert_not(ZSTD_isError(size));
    ZSTD_freeCCtx(context);
    free(plain_bytes);
    return size;
}

Test(body, bombs_and_lies_of_zstd_are_refused)
{
    static uint8_t packed[64 * 1024];
    cr_expect(unpacks(packed, zeros(YK_FRAME_BODY_MAX, true, packed, sizeof packed)));
    cr_expect_not(unpacks(packed, zeros(YK_FRAME_BODY_MAX + 1, true, packed, sizeof packed)));
    cr_expect_not(unpacks(packed, zeros(100 << 20, true, packed, sizeof packed)), "100 MiB in a few KiB");
    cr_expect_not(unpacks(packed, zeros(1000, false, packed, sizeof packed)), "it doesn't say how much");

    size_t size = zeros(300000, true, packed, sizeof packed); /* 4 bytes of size behind magic and descriptor */
    cr_assert_eq(packed[4] & 0xE0, 0xA0);
    static const uint32_t lies[] = {0, 1, 1000, YK_FRAME_BODY_MAX, 299999, 300001, UINT32_MAX};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        for (size_t k = 0; k < 4; k++)
            packed[5 + k] = (uint8_t)(lies[i] >> 8 * k);
        cr_expect_not(unpacks(packed, size), "says %u", lies[i]);
    }
    size = zeros(1000, true, packed, sizeof packed); /* 2 bytes, 256 less */
    cr_assert_eq(packed[4] & 0xE0, 0x60);
    cr_assert(unpacks(packed, size));
    for (size_t n = 0; n < size; n++)
        cr_expect_not(unpacks(packed, n), "cut at %zu", n);
    memcpy(packed + size, packed, size);
    cr_expect_not(unpacks(packed, 2 * size), "two frames");
    packed[size] = 0;
    cr_expect_not(unpacks(packed, size + 1), "a byte behind it");
    for (unsigned low = 0; low < 256; low++) {
        packed[5] = (uint8_t)low;
        cr_expect_eq(unpacks(packed, size), low == ((1000 - 256) & 0xFF), "says %u", 256 + (512 | low));
    }
    cr_expect_not(unpacks("\x50\x2A\x4D\x18\x00\x00\x00\x00(\xB5/\xFD\x20\x01\x09\x00\x00x", 18),
                  "a frame to skip, and one byte in another");
    cr_expect_not(unpacks("not zstd at all", 15));
    cr_expect_not(unpacks("", 0));
}

Test(body, packing_pays_or_is_left)
{
    struct yk_packer *packer = yk_packer_new();
    static uint8_t bytes[YK_FRAME_BODY_MAX];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
    const uint8_t *is = bytes;
    size_t size = sizeof bytes;
    cr_expect_eq(yk_pack(packer, &is, &size), 0, "noise does not get smaller");
    cr_expect(is == bytes && size == sizeof bytes);
    memset(bytes, 7, sizeof bytes);
    size = 10;
    cr_expect_eq(yk_pack(packer, &is, &size), 0, "short");
    cr_expect(is == bytes && size == 10);
    size = sizeof bytes;
    cr_assert_eq(yk_pack(packer, &is, &size), YK_FRAME_ZSTD);
    cr_expect_lt(size, 100);
    cr_assert_eq(ZSTD_getFrameContentSize(is, size), sizeof bytes);
    static uint8_t back[YK_FRAME_BODY_MAX];
    cr_assert_eq(ZSTD_decompress(back, sizeof back, is, size), sizeof back);
    cr_expect_eq(memcmp(back, bytes, sizeof back), 0);
    yk_packer_free(packer);
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

/* --- Reduced presence ------------------------------------------------------------------------------------------- */

/* Bytes put together by hand from the layout in body_plain.c: base 1774987200, which is a full quarter. */
static const uint8_t sums_by_hand[] = {
    7,    0,    0x84, 0x07, 0xbc, 0x05, 2,             /* from the base on, 900 s long, 700 s covered, two keys */
    1,    2,    3,    1,    0,    0x80, 0x01, 5,    9, /* public: A 1, B 2, D 3, c0 1, c1 0, T 128, G 5, G^2 9 */
    0,    0,    0,    0,    0,    0,    0,    0,       /* static: nothing */
    0xff, 0x7f, 0,    0,    0,    0,    0,    0,    0, /* resolvable: A 16383 */
    0,    0,    0,    0,    0,    0,    0,    0x7f,    /* non-resolvable: G^2 127 */
};

static struct yk_frame sums_frame(size_t size, int64_t last_s)
{
    struct yk_frame frame = frame_of(size, 1, VECTOR_BASE_S, last_s);
    frame.header.group = YK_GROUP_REDUCED;
    return frame;
}

Test(body, sums_are_what_the_layout_says)
{
    memcpy(body, sums_by_hand, sizeof sums_by_hand);
    struct yk_frame frame = sums_frame(sizeof sums_by_hand, VECTOR_BASE_S + 899);
    seen_count = 0;
    cr_assert(yk_body_plain_decode(&frame, see, NULL));
    cr_assert_eq(seen_count, 1);
    const struct yk_presence_sums *sums = &seen[0].as.sums;
    const struct yk_rotation_sums *public = &sums->radio.class_of[YK_CLASS_PUBLIC];
    cr_expect(seen[0].kind == YK_KIND_SUMS && sums->start_s == VECTOR_BASE_S);
    cr_expect(sums->length_s == 900 && sums->covered_s == 700 && sums->radio.keys == 2);
    cr_expect(public->addresses == 1 && public->births == 2 && public->deaths == 3 && public->carried_in == 1);
    cr_expect(public->carried_out == 0 && public->life_ds == 128 && public->gap_ds == 5 && public->gap_sq_ds2 == 9);
    cr_expect_eq(sums->radio.class_of[YK_CLASS_RESOLVABLE].addresses, 16383);
    cr_expect_eq(sums->radio.class_of[YK_CLASS_NON_RESOLVABLE].gap_sq_ds2, 127);
    static uint8_t again[sizeof sums_by_hand];
    cr_assert_eq(yk_body_plain_encode(&seen[0], VECTOR_BASE_S, again, sizeof again), sizeof again);
    cr_expect_arr_eq(again, sums_by_hand, sizeof again);
    cr_expect_eq(yk_body_plain_encode(&seen[0], VECTOR_BASE_S, again, sizeof again - 1), 0);
}

static bool sums_of(uint64_t from, uint64_t length, uint64_t covered, uint64_t number, int64_t last_s)
{
    struct yk_buffer b = yk_buffer_of(body, sizeof body);
    yk_buffer_u8(&b, YK_KIND_SUMS);
    yk_buffer_varint(&b, from);
    yk_buffer_varint(&b, length);
    yk_buffer_varint(&b, covered);
    for (int i = 0; i < 1 + 4 * 8; i++)
        yk_buffer_varint(&b, number);
    struct yk_frame frame = sums_frame(b.length, last_s);
    return yk_body_plain_decode(&frame, see, NULL);
}

Test(body, sums_out_of_range_are_refused)
{
    int64_t week = VECTOR_BASE_S + 7 * 86400 - 1;
    cr_expect(sums_of(0, 900, 900, 0, VECTOR_BASE_S + 899));
    cr_expect_not(sums_of(0, 900, 900, 0, VECTOR_BASE_S + 898), "beyond the frame's last second");
    cr_expect_not(sums_of(900, 900, 900, 0, VECTOR_BASE_S + 899), "after it");
    cr_expect_not(sums_of(UINT64_MAX, 900, 900, 0, week));
    cr_expect_not(sums_of(UINT64_MAX - 899, 900, 900, 0, week), "a sum that wraps");
    cr_expect_not(sums_of(0, UINT64_MAX, 900, 0, week));
    cr_expect_not(sums_of(0, 0, 0, 0, week), "no time");
    cr_expect_not(sums_of(1, 900, 900, 0, week), "no full quarter");
    cr_expect_not(sums_of(0, 900, 901, 0, week), "more covered than there was");
    cr_expect(sums_of(0, 7 * 86400, 1, UINT64_C(1) << 56, week));
    cr_expect_not(sums_of(0, 7 * 86400 + 1, 1, 0, week + 1), "longer than any epoch");
    cr_expect_not(sums_of(0, 900, 900, (UINT64_C(1) << 56) + 1, week));
    cr_expect_not(sums_of(0, 900, 900, UINT64_MAX, week), "negative");
}

Test(body, reduced_frames_hold_nothing_else)
{
    struct yk_observation o = {.kind = YK_KIND_CROSSING,
                               .as.crossing = {.t_ms = VECTOR_BASE_S * INT64_C(1000), .direction = 1}};
    size_t size = yk_body_plain_encode(&o, VECTOR_BASE_S, body, sizeof body);
    struct yk_frame frame = sums_frame(size, VECTOR_BASE_S + 899);
    cr_expect_not(yk_body_plain_decode(&frame, see, NULL));
    frame.header.group = YK_GROUP_PLAIN;
    cr_expect(yk_body_plain_decode(&frame, see, NULL));
}
