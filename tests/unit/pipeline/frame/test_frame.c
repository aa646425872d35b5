/* The envelope against bytes made elsewhere, and against every way to spoil it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "frame/frame.h"

#include "vector.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static uint8_t bytes[2 * YK_FRAME_SIZE_MAX];
static uint8_t public_key[32], secret_key[64];

static void start(void)
{
    vector_keys(public_key, secret_key);
}
TestSuite(frame, .init = start);

/* Parses a copy of exactly that many bytes, so that a sanitizer sees a read beyond them. */
static enum yk_frame_fault parse(const uint8_t *from, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    memcpy(copy, from, length);
    struct yk_frame frame;
    enum yk_frame_fault fault = yk_frame_parse(copy, length, &frame);
    free(copy);
    return fault;
}

static void put_le(size_t offset, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

Test(frame, vector_of_presence)
{
    size_t size = vector_bytes(vector_presence, bytes, sizeof bytes);
    cr_assert_eq(size, 304);
    struct yk_frame frame;
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    const struct yk_frame_header *h = &frame.header;
    cr_expect_eq(h->group, YK_GROUP_PRESENCE);
    cr_expect_eq(h->lane, YK_LANE_LIVE);
    cr_expect_eq(h->flags, YK_FRAME_LOCAL_KEY | YK_FRAME_HAS_PREDECESSOR);
    cr_expect_eq(h->records, 3);
    cr_expect_eq(h->stream, 0);
    cr_expect_eq(h->incarnation, VECTOR_INCARNATION);
    cr_expect_eq(h->sequence, 1);
    cr_expect_eq(h->epoch_s, VECTOR_EPOCH_S);
    cr_expect_eq(h->key_id, UINT64_C(0xa1a2a3a4a5a6a7a8));
    cr_expect_eq(h->base_s, VECTOR_BASE_S);
    cr_expect_eq(h->last_s, VECTOR_BASE_S + 29);
    cr_expect_str_eq(h->district, "riverside");
    cr_expect_str_eq(h->edge, "edge-1");
    cr_expect_str_eq(h->sensor, "radio-1");
    cr_expect_eq(h->predecessor, UINT64_C(0xb1b2b3b4b5b6b7b8));
    cr_expect_eq(h->predecessor_sequence, 41);
    cr_expect_eq(h->config_id, UINT64_C(0xc1c2c3c4c5c6c7c8));
    cr_expect_eq(frame.body_size, 56);
    cr_expect(frame.body == bytes + 184);
    uint8_t key[32];
    vector_bytes(vector_public, key, sizeof key);
    cr_expect_eq(memcmp(key, public_key, 32), 0);
    cr_expect(yk_frame_verify(&frame, key));
    key[0] ^= 1;
    cr_expect_not(yk_frame_verify(&frame, key));
}

Test(frame, seal_gives_the_vectors_byte_for_byte)
{
    static uint8_t sealed[YK_FRAME_SIZE_MAX];
    const char *const vectors[] = {vector_presence, vector_plain};
    for (int i = 0; i < 2; i++) {
        size_t size = vector_bytes(vectors[i], bytes, sizeof bytes);
        struct yk_frame_header h = {.group = YK_GROUP_PRESENCE,
                                    .lane = YK_LANE_LIVE,
                                    .flags = 5,
                                    .records = 3,
                                    .incarnation = VECTOR_INCARNATION,
                                    .sequence = 1,
                                    .epoch_s = VECTOR_EPOCH_S,
                                    .key_id = UINT64_C(0xa1a2a3a4a5a6a7a8),
                                    .base_s = VECTOR_BASE_S,
                                    .last_s = VECTOR_BASE_S + 29,
                                    .district = "riverside",
                                    .edge = "edge-1",
                                    .sensor = "radio-1",
                                    .predecessor = UINT64_C(0xb1b2b3b4b5b6b7b8),
                                    .predecessor_sequence = 41,
                                    .config_id = UINT64_C(0xc1c2c3c4c5c6c7c8)};
        if (i == 1)
            h = (struct yk_frame_header){.group = YK_GROUP_PLAIN,
                                         .lane = YK_LANE_BACKLOG,
                                         .records = 5,
                                         .stream = 3,
                                         .incarnation = VECTOR_INCARNATION,
                                         .sequence = 2,
                                         .base_s = VECTOR_BASE_S,
                                         .last_s = VECTOR_BASE_S + 60,
                                         .district = "riverside",
                                         .edge = "edge-1",
                                         .sensor = "cam-1",
                                         .config_id = UINT64_C(0xc1c2c3c4c5c6c7c8)};
        cr_assert_eq(yk_frame_seal(&h, bytes + 184, size - 248, secret_key, sealed), size);
        for (size_t b = 0; b < size; b++)
            cr_assert_eq(sealed[b], bytes[b], "vector %d differs at byte %zu", i, b);
    }
    struct yk_frame_header h = {.group = YK_GROUP_PLAIN};
    static uint8_t body[YK_FRAME_BODY_MAX + 1];
    cr_expect_eq(yk_frame_seal(&h, body, sizeof body, secret_key, sealed), 0);
    cr_expect_eq(yk_frame_seal(&h, body, sizeof body - 1, secret_key, sealed), YK_FRAME_SIZE_MAX);
}

Test(frame, every_truncation_is_short)
{
    size_t size = vector_bytes(vector_plain, bytes, sizeof bytes);
    for (size_t n = 0; n < size; n++)
        cr_assert_eq(parse(bytes, n), YK_FRAME_SHORT, "%zu bytes", n);
    cr_expect_eq(parse(bytes, size), YK_FRAME_OK);
    bytes[size] = 0xEE; /* what follows belongs to the next frame */
    struct yk_frame frame;
    cr_expect_eq(yk_frame_parse(bytes, size + 1, &frame), YK_FRAME_OK);
    cr_expect_eq(frame.size, size);
    cr_expect(yk_frame_verify(&frame, public_key));
}

Test(frame, something_else_is_bad_at_once)
{
    for (size_t n = 1; n <= 400; n++) {
        memset(bytes, 'x', n);
        cr_assert_eq(parse(bytes, n), YK_FRAME_BAD);
    }
    memcpy(bytes, "YKFX", 4);
    cr_expect_eq(parse(bytes, 3), YK_FRAME_SHORT);
    cr_expect_eq(parse(bytes, 4), YK_FRAME_BAD);
    memcpy(bytes, "YKFR\0", 5);
    cr_expect_eq(parse(bytes, 5), YK_FRAME_BAD, "there is no version 0");
}

Test(frame, newer_versions_are_told_apart)
{
    size_t size = vector_bytes(vector_plain, bytes, sizeof bytes);
    for (int version = 2; version < 256; version++) {
        bytes[4] = (uint8_t)version;
        cr_assert_eq(parse(bytes, size), YK_FRAME_NEWER);
        cr_assert_eq(parse(bytes, 5), YK_FRAME_NEWER, "known from five bytes on");
    }
}

/* One field of the good presence or plain frame set to a value that is out of range. */
static enum yk_frame_fault with(const char *vector, size_t offset, uint64_t value, size_t size)
{
    size_t length = vector_bytes(vector, bytes, sizeof bytes);
    put_le(offset, value, size);
    return parse(bytes, length);
}

Test(frame, each_field_out_of_range_is_refused)
{
    static const struct {
        const char *what;
        size_t offset;
        uint64_t value;
        size_t size;
        int plain; /* 0 the presence vector, 1 the plain one */
    } cases[] = {
        {"group 0", 5, 0, 1, 1},
        {"group 4", 5, 4, 1, 1},
        {"group 255", 5, 255, 1, 1},
        {"lane 3", 6, 3, 1, 0},
        {"lane 255", 6, 255, 1, 0},
        {"flag 16", 7, 16, 1, 1},
        {"flag 128", 7, 128, 1, 1},
        {"zstd is reserved", 7, 8, 1, 1},
        {"body too long", 8, YK_FRAME_BODY_MAX + 1, 4, 0},
        {"body absurd", 8, UINT32_MAX, 4, 0},
        {"records 2001", 12, 2001, 2, 0},
        {"records 65535", 12, 65535, 2, 0},
        {"no records and no tombstone", 12, 0, 2, 0},
        {"tombstone with records", 7, 2, 1, 1},
        {"incarnation 0", 16, 0, 8, 0},
        {"sequence 0", 24, 0, 8, 0},
        {"epoch below 0", 32, UINT64_MAX, 8, 0},
        {"epoch after 9999", 32, 253402300800, 8, 0},
        {"epoch in a plain frame", 32, VECTOR_EPOCH_S, 8, 1},
        {"presence without a key", 40, 0, 8, 0},
        {"key in a plain frame", 40, 1, 8, 1},
        {"presence fields under a plain group", 5, 2, 1, 0},
        {"plain fields under presence", 5, 1, 1, 1},
        {"base below 0", 48, (uint64_t)INT64_MIN, 8, 0},
        {"base after 9999", 48, 253402300800, 8, 0},
        {"last after 9999", 56, 253402300800, 8, 0},
        {"last before base", 56, VECTOR_BASE_S - 1, 8, 0},
        {"empty district", 64, 0, 8, 1},
        {"id without an end", 127, 'a', 1, 1},
        {"text after an id's end", 96 + 20, 'a', 1, 1},
        {"text after an id's end", 64 + 30, 'a', 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(
            with(cases[i].plain ? vector_plain : vector_presence, cases[i].offset, cases[i].value, cases[i].size),
            YK_FRAME_BAD, "%s", cases[i].what);
    cr_expect_eq(with(vector_presence, 56, 253402300799, 8), YK_FRAME_OK, "the last second of 9999");
    cr_expect_eq(with(vector_presence, 12, 2000, 2), YK_FRAME_OK, "the envelope does not look into the body");
    cr_expect_eq(with(vector_plain, 5, 3, 1), YK_FRAME_OK, "sightings have an envelope");
}

Test(frame, characters_of_identifiers)
{
    for (size_t field = 64; field <= 128; field += 32)
        for (int c = 1; c < 256; c++) {
            bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
            cr_assert_eq(with(vector_plain, field + 2, (uint64_t)c, 1), allowed ? YK_FRAME_OK : YK_FRAME_BAD,
                         "byte %d at %zu", c, field + 2);
        }
}

Test(frame, tombstones_hold_nothing)
{
    static uint8_t sealed[YK_FRAME_SIZE_MAX];
    struct yk_frame_header h = {.group = YK_GROUP_PRESENCE,
                                .flags = YK_FRAME_TOMBSTONE,
                                .incarnation = 1,
                                .sequence = 1,
                                .key_id = 1,
                                .district = "d",
                                .edge = "e",
                                .sensor = "s"};
    cr_expect_eq(parse(sealed, yk_frame_seal(&h, NULL, 0, secret_key, sealed)), YK_FRAME_OK);
    cr_expect_eq(parse(sealed, yk_frame_seal(&h, (const uint8_t *)"x", 1, secret_key, sealed)), YK_FRAME_BAD);
}

static void ignore(void *context, const struct yk_observation *observation)
{
    (void)context;
    (void)observation;
}

/* No flipped bit may crash a reader or pass for the sender's word. */
Test(frame, every_flipped_bit_breaks_the_signature)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    const char *const vectors[] = {vector_presence, vector_plain};
    for (int v = 0; v < 2; v++) {
        size_t size = vector_bytes(vectors[v], bytes, sizeof bytes), parsed = 0;
        for (size_t bit = 0; bit < 8 * size; bit++) {
            uint8_t *copy = malloc(size);
            memcpy(copy, bytes, size);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            struct yk_frame frame;
            if (yk_frame_parse(copy, size, &frame) == YK_FRAME_OK) {
                parsed++;
                cr_assert_not(yk_frame_verify(&frame, public_key), "bit %zu", bit);
                (void)yk_body_presence_decode(&frame, records);
                (void)yk_body_plain_decode(&frame, ignore, NULL);
            }
            free(copy);
        }
        cr_expect_gt(parsed, 4 * size, "body and signature bits pass the envelope");
    }
}
