/* The envelope against bytes made elsewhere, and against every way to spoil it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "frame/frame.h"

#include "vector.h"

#include <criterion/criterion.h>

#include <stdio.h>
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
    cr_assert_eq(size, 340);
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
    cr_expect_eq(h->told_from_s, VECTOR_BASE_S - 10);
    cr_expect_eq(h->told_to_s, VECTOR_BASE_S + 30);
    cr_expect_eq(h->lane_from_s, VECTOR_BASE_S - 10);
    cr_expect_eq(h->predecessor, UINT64_C(0xb1b2b3b4b5b6b7b8));
    cr_expect_eq(h->predecessor_sequence, 41);
    cr_expect_eq(h->predecessor_from_s, VECTOR_BASE_S - 86400);
    cr_expect_eq(h->predecessor_to_s, VECTOR_BASE_S - 600);
    cr_expect_eq(h->config_id, UINT64_C(0xc1c2c3c4c5c6c7c8));
    cr_expect_eq(frame.body_size, 52);
    cr_expect(frame.body == bytes + 224);
    uint8_t key[32];
    vector_bytes(vector_public, key, sizeof key);
    cr_expect_eq(memcmp(key, public_key, 32), 0);
    cr_expect(yk_frame_verify(&frame, key));
    key[0] ^= 1;
    cr_expect_not(yk_frame_verify(&frame, key));
}

static struct yk_frame_header header_of(enum yk_group group, const char *sensor, uint64_t sequence)
{
    struct yk_frame_header h = {.group = group,
                                .incarnation = VECTOR_INCARNATION,
                                .sequence = sequence,
                                .base_s = VECTOR_BASE_S,
                                .district = "riverside",
                                .edge = "edge-1",
                                .told_from_s = VECTOR_BASE_S - 10,
                                .lane_from_s = VECTOR_BASE_S - 10,
                                .config_id = UINT64_C(0xc1c2c3c4c5c6c7c8)};
    snprintf(h.sensor, sizeof h.sensor, "%s", sensor);
    if (group == YK_GROUP_PRESENCE) {
        h.epoch_s = VECTOR_EPOCH_S;
        h.key_id = UINT64_C(0xa1a2a3a4a5a6a7a8);
    }
    return h;
}

static void expect_sealed(const char *vector, const struct yk_frame_header *h)
{
    static uint8_t sealed[YK_FRAME_SIZE_MAX];
    size_t size = vector_bytes(vector, bytes, sizeof bytes);
    cr_assert_eq(yk_frame_seal(h, bytes + 224, size - 288, secret_key, NULL, sealed), size);
    for (size_t b = 0; b < size; b++)
        cr_assert_eq(sealed[b], bytes[b], "%.20s.. differs at byte %zu", vector + 448, b);
}

Test(frame, seal_gives_the_vectors_byte_for_byte)
{
    struct yk_frame_header h = header_of(YK_GROUP_PRESENCE, "radio-1", 1);
    h.flags = YK_FRAME_LOCAL_KEY | YK_FRAME_HAS_PREDECESSOR;
    h.records = 3;
    h.last_s = VECTOR_BASE_S + 29;
    h.told_to_s = VECTOR_BASE_S + 30;
    h.predecessor = UINT64_C(0xb1b2b3b4b5b6b7b8);
    h.predecessor_sequence = 41;
    h.predecessor_from_s = VECTOR_BASE_S - 86400;
    h.predecessor_to_s = VECTOR_BASE_S - 600;
    expect_sealed(vector_presence, &h);

    h = header_of(YK_GROUP_PRESENCE, "radio-1", 2);
    h.flags = YK_FRAME_LOCAL_KEY | YK_FRAME_ZSTD;
    h.records = 48;
    h.last_s = VECTOR_BASE_S + 59;
    h.told_from_s = VECTOR_BASE_S + 30;
    h.told_to_s = VECTOR_BASE_S + 90;
    expect_sealed(vector_packed, &h);

    h = header_of(YK_GROUP_PLAIN, "cam-1", 2);
    h.lane = YK_LANE_BACKLOG;
    h.records = 5;
    h.stream = 3;
    h.last_s = VECTOR_BASE_S + 60;
    h.told_from_s = VECTOR_BASE_S - 5;
    h.told_to_s = VECTOR_BASE_S + 61;
    h.lane_from_s = VECTOR_BASE_S - 300;
    expect_sealed(vector_plain, &h);

    h = header_of(YK_GROUP_PRESENCE, "radio-1", 7);
    h.flags = YK_FRAME_LOCAL_KEY | YK_FRAME_TOMBSTONE;
    h.key_id = 0;
    h.base_s = VECTOR_BASE_S + 100;
    h.last_s = VECTOR_BASE_S + 399;
    h.told_from_s = VECTOR_BASE_S + 90;
    h.told_to_s = VECTOR_BASE_S + 390;
    expect_sealed(vector_tombstone, &h);

    static uint8_t body[YK_FRAME_BODY_MAX + 1], sealed[YK_FRAME_SIZE_MAX];
    cr_expect_eq(yk_frame_seal(&h, body, sizeof body, secret_key, NULL, sealed), 0);
    cr_expect_eq(yk_frame_seal(&h, body, sizeof body - 1, secret_key, NULL, sealed), YK_FRAME_SIZE_MAX - 16);
}

/* docs/FRAME.md holds the same vectors; its lines are indented and cut elsewhere. */
Test(frame, the_document_holds_the_vectors)
{
    static char text[64 * 1024];
    FILE *file = fopen(YK_SOURCE_DIR "/docs/FRAME.md", "r");
    cr_assert_not_null(file);
    size_t size = 0;
    for (int c; (c = fgetc(file)) != EOF && size < sizeof text - 1;)
        if (c != ' ' && c != '\n')
            text[size++] = (char)c;
    fclose(file);
    const char *const vectors[] = {vector_public, vector_presence,  vector_packed, vector_packed_body,
                                   vector_plain,  vector_tombstone, vector_covered};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        cr_expect_not_null(strstr(text, vectors[i]), "vector %zu", i);
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
        int vector; /* 0 presence, 1 plain, 2 tombstone */
    } cases[] = {
        {"group 0", 5, 0, 1, 1},
        {"group 5", 5, 5, 1, 1},
        {"group 255", 5, 255, 1, 1},
        {"lane 3", 6, 3, 1, 0},
        {"lane 255", 6, 255, 1, 0},
        {"flag 32", 7, 32, 1, 1},
        {"flag 128", 7, 128, 1, 1},
        {"a packed tombstone", 7, 8 | 2 | 1, 1, 2},
        {"a predecessor that is not told", 7, 4, 1, 1},
        {"a predecessor that is told and none", 184, 0, 8, 0},
        {"its own predecessor", 184, VECTOR_INCARNATION, 8, 0},
        {"a predecessor without its flag", 7, 1, 1, 0},
        {"told from below 0", 160, UINT64_MAX, 8, 0},
        {"told from after 9999", 160, 253402300800, 8, 0},
        {"told to below 0", 168, UINT64_MAX, 8, 1},
        {"told to after 9999", 168, 253402300800, 8, 1},
        {"lane from below 0", 176, (uint64_t)INT64_MIN, 8, 0},
        {"lane from after 9999", 176, 253402300800, 8, 0},
        {"predecessor from below 0", 200, UINT64_MAX, 8, 0},
        {"predecessor from after 9999", 200, 253402300800, 8, 0},
        {"predecessor to below 0", 208, UINT64_MAX, 8, 0},
        {"predecessor to after 9999", 208, 253402300800, 8, 0},
        {"tombstone with a key", 40, 1, 8, 2},
        {"tombstone with records", 12, 1, 2, 2},
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
    const char *const vectors[] = {vector_presence, vector_plain, vector_tombstone};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(with(vectors[cases[i].vector], cases[i].offset, cases[i].value, cases[i].size), YK_FRAME_BAD, "%s",
                     cases[i].what);
    cr_expect_eq(with(vector_plain, 7, 8, 1), YK_FRAME_OK, "the envelope does not unpack");
    cr_expect_eq(with(vector_presence, 168, 253402300799, 8), YK_FRAME_OK);
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

Test(frame, a_tombstone_stands_for_a_run)
{
    struct yk_frame frame;
    uint64_t last = 0;
    size_t size = vector_bytes(vector_tombstone, bytes, sizeof bytes);
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    cr_expect_eq(frame.header.sequence, 7);
    cr_expect_eq(frame.header.records, 0);
    cr_assert(yk_frame_tombstone(&frame, &last));
    cr_expect_eq(last, 11);
    cr_expect_eq(frame.header.told_from_s, VECTOR_BASE_S + 90);
    cr_expect_eq(frame.header.told_to_s, VECTOR_BASE_S + 390);
    size = vector_bytes(vector_presence, bytes, sizeof bytes);
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    cr_expect_not(yk_frame_tombstone(&frame, &last), "a frame that holds records");
    frame.body = (const uint8_t *)"\4";
    frame.body_size = 1;
    cr_expect_not(yk_frame_tombstone(&frame, &last));
}

static bool stands_for(uint64_t sequence, const char *body, size_t size, uint64_t *last)
{
    static uint8_t sealed[YK_FRAME_SIZE_MAX];
    struct yk_frame frame;
    struct yk_frame_header h = header_of(YK_GROUP_PLAIN, "cam-1", sequence);
    h.flags = YK_FRAME_TOMBSTONE;
    h.last_s = h.base_s;
    size_t all = yk_frame_seal(&h, (const uint8_t *)body, size, secret_key, NULL, sealed);
    cr_assert_eq(yk_frame_parse(sealed, all, &frame), YK_FRAME_OK);
    return yk_frame_tombstone(&frame, last);
}

Test(frame, a_tombstones_body_is_one_number)
{
    uint64_t last = 0;
    cr_expect(stands_for(9, "\x00", 1, &last) && last == 9, "itself alone");
    cr_expect(stands_for(9, "\xAC\x02", 2, &last) && last == 309);
    cr_expect(stands_for(UINT64_MAX, "\x00", 1, &last) && last == UINT64_MAX);
    cr_expect(stands_for(1, "\xFE\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, &last) && last == UINT64_MAX);
    last = 77;
    cr_expect_not(stands_for(2, "\xFE\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, &last), "beyond the last number");
    cr_expect_not(stands_for(UINT64_MAX, "\x01", 1, &last));
    cr_expect_not(stands_for(9, "", 0, &last), "none");
    cr_expect_not(stands_for(9, "\x80", 1, &last), "cut");
    cr_expect_not(stands_for(9, "\x04\x00", 2, &last), "a byte too many");
    cr_expect_not(stands_for(9, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, &last), "more than 64 bits");
    cr_expect_eq(last, 77);
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
    struct yk_unpacker *unpacker = yk_unpacker_new();
    cr_assert_not_null(unpacker);
    const char *const vectors[] = {vector_presence, vector_plain, vector_packed, vector_tombstone};
    for (int v = 0; v < 4; v++) {
        uint64_t last;
        size_t size = vector_bytes(vectors[v], bytes, sizeof bytes), parsed = 0;
        for (size_t bit = 0; bit < 8 * size; bit++) {
            uint8_t *copy = malloc(size);
            memcpy(copy, bytes, size);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            struct yk_frame frame;
            if (yk_frame_parse(copy, size, &frame) == YK_FRAME_OK) {
                parsed++;
                cr_assert_not(yk_frame_verify(&frame, public_key), "bit %zu", bit);
                (void)yk_frame_tombstone(&frame, &last);
                if (yk_frame_unpack(unpacker, &frame))
                    (void)yk_body_presence_decode(&frame, records);
                (void)yk_body_plain_decode(&frame, ignore, NULL);
            }
            free(copy);
        }
        cr_expect_gt(parsed, 4 * size, "body and signature bits pass the envelope");
    }
    yk_unpacker_free(unpacker);
}
