/* Records to bytes and back. SPDX-License-Identifier: GPL-3.0-or-later */
#include "held/file.h"

#include "frame/frame.h"

#include <sodium.h>
#include <string.h>

#define MAGIC "YKHD\1\0\0"
#define HEAD  8

static uint32_t check_of(const uint8_t *bytes, size_t size)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES];
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash_siphash24(hash, bytes, size, key);
    return (uint32_t)hash[0] | (uint32_t)hash[1] << 8 | (uint32_t)hash[2] << 16 | (uint32_t)hash[3] << 24;
}

void yk_held_write_head(struct yk_buffer *b)
{
    yk_buffer_put(b, MAGIC, HEAD);
}

static void put_presence(struct yk_buffer *b, const struct yk_presence *p)
{
    yk_buffer_le(b, p->pseudonym, 8);
    yk_buffer_le(b, (uint64_t)p->tick, 8);
    yk_buffer_u8(b, p->address_class);
    yk_buffer_le(b, p->adverts, 2);
    yk_buffer_le(b, (uint32_t)p->rssi_sum_dbm, 4);
    yk_buffer_le(b, p->rssi_count, 2);
    yk_buffer_u8(b, (uint8_t)p->rssi_max_dbm);
    yk_buffer_u8(b, p->first_ds);
    yk_buffer_u8(b, p->last_ds);
    yk_buffer_le(b, p->gap_ds, 4);
    yk_buffer_le(b, p->gap_sq_ds2, 4);
}

/* First and last second that a plain record speaks of. */
static void span_of(const struct yk_observation *o, int64_t *first_s, int64_t *last_s)
{
    *first_s = *last_s = -1;
    if (o->kind == YK_KIND_CROSSING)
        *first_s = *last_s = o->as.crossing.t_ms / 1000;
    if (o->kind == YK_KIND_ZONE) {
        *first_s = o->as.zone.from_ms / 1000;
        *last_s = o->as.zone.to_ms / 1000;
    }
    if (o->kind == YK_KIND_COUNT) {
        *first_s = o->as.count.from_ms / 1000;
        *last_s = o->as.count.to_ms / 1000;
    }
    if (o->kind == YK_KIND_HEALTH) {
        *first_s = o->as.health.t0_s;
        *last_s = o->as.health.t1_s;
    }
}

static void put_plain(struct yk_buffer *b, const struct yk_observation *o)
{
    int64_t first_s, last_s;
    span_of(o, &first_s, &last_s);
    if (first_s < 0 || last_s < first_s || last_s - first_s > UINT32_MAX) {
        b->failed = true;
        return;
    }
    yk_buffer_le(b, (uint64_t)first_s, 8);
    yk_buffer_le(b, (uint64_t)(last_s - first_s), 4);
    size_t used = b->failed ? 0 : yk_body_plain_encode(o, first_s, b->bytes + b->length, b->capacity - b->length);
    if (used == 0)
        b->failed = true;
    else
        b->length += used;
}

void yk_held_write(struct yk_buffer *b, const struct yk_held_record *record)
{
    size_t at = b->length;
    yk_buffer_le(b, 0, 2);
    yk_buffer_u8(b, (uint8_t)record->kind);
    switch (record->kind) {
    case YK_HELD_BEGIN:
        yk_buffer_le(b, (uint64_t)record->stamp_s, 8);
        yk_buffer_le(b, (uint64_t)record->offset_us, 8);
        yk_buffer_u8(b, record->fresh);
        break;
    case YK_HELD_ADVANCE:
        yk_buffer_le(b, (uint64_t)record->stamp_s, 8);
        break;
    case YK_HELD_PRESENCE:
        put_presence(b, &record->observation.as.presence);
        break;
    case YK_HELD_PLAIN:
        put_plain(b, &record->observation);
        break;
    }
    size_t size = b->length - at;
    if (b->failed || size - 3 > YK_HELD_RECORD_MAX) {
        b->failed = true;
        return;
    }
    b->bytes[at] = (uint8_t)(size - 3);
    b->bytes[at + 1] = (uint8_t)((size - 3) >> 8);
    yk_buffer_le(b, check_of(b->bytes + at, size), 4);
}

bool yk_held_read_head(struct yk_held_reader *reader, const uint8_t *bytes, size_t size)
{
    *reader = (struct yk_held_reader){yk_cursor_of(bytes, size), false};
    const uint8_t *head = yk_cursor_take(&reader->cursor, HEAD);
    return head && memcmp(head, MAGIC, HEAD) == 0;
}

static bool is_time(int64_t t_s)
{
    return t_s >= 0 && t_s <= YK_FRAME_TIME_MAX_S;
}

/* The same limits as a frame's body has: what is written later must be taken there. */
static bool take_presence(struct yk_cursor *c, struct yk_presence *p)
{
    memset(p, 0, sizeof *p);
    p->pseudonym = yk_cursor_le64(c);
    p->tick = (int64_t)yk_cursor_le64(c);
    p->address_class = yk_cursor_u8(c);
    p->adverts = yk_cursor_le16(c);
    p->rssi_sum_dbm = (int32_t)yk_cursor_le32(c);
    p->rssi_count = yk_cursor_le16(c);
    p->rssi_max_dbm = (int8_t)yk_cursor_u8(c);
    p->first_ds = yk_cursor_u8(c);
    p->last_ds = yk_cursor_u8(c);
    p->gap_ds = yk_cursor_le32(c);
    p->gap_sq_ds2 = yk_cursor_le32(c);
    if (c->failed || p->tick < 0 || p->tick > YK_FRAME_TIME_MAX_S / YK_TICK_S || p->address_class >= YK_CLASS_COUNT ||
        p->adverts == 0 || p->rssi_count > p->adverts || p->first_ds > p->last_ds || p->last_ds > 99 ||
        p->gap_ds > 6100 || p->gap_sq_ds2 > p->gap_ds * p->gap_ds)
        return false;
    int64_t sum = p->rssi_sum_dbm, most = (int64_t)p->rssi_max_dbm * p->rssi_count;
    return p->rssi_count == 0 ? sum == 0 && p->rssi_max_dbm == 127
                              : sum <= most && sum >= -128 * (int64_t)p->rssi_count;
}

struct taken {
    struct yk_observation *to;
    unsigned count;
};

static void take_one(void *context, const struct yk_observation *observation)
{
    struct taken *taken = context;
    *taken->to = *observation;
    taken->count++;
}

static bool take_plain(struct yk_cursor *c, struct yk_observation *o)
{
    int64_t base_s = (int64_t)yk_cursor_le64(c), span_s = (int64_t)yk_cursor_le32(c);
    size_t size = yk_cursor_left(c);
    const uint8_t *body = yk_cursor_take(c, size);
    if (c->failed || !is_time(base_s) || !is_time(base_s + span_s))
        return false;
    struct taken taken = {o, 0};
    struct yk_frame frame = {
        .header = {.group = YK_GROUP_PLAIN, .records = 1, .base_s = base_s, .last_s = base_s + span_s},
        .body = body,
        .body_size = size};
    return yk_body_plain_decode(&frame, take_one, &taken) && taken.count == 1;
}

bool yk_held_read(struct yk_held_reader *reader, struct yk_held_record *record)
{
    struct yk_cursor c = reader->cursor;
    const uint8_t *start = c.at;
    size_t size = yk_cursor_le16(&c);
    memset(record, 0, sizeof *record);
    record->kind = (enum yk_held_kind)yk_cursor_u8(&c);
    const uint8_t *payload = yk_cursor_take(&c, size);
    uint32_t check = yk_cursor_le32(&c);
    if (c.failed || size > YK_HELD_RECORD_MAX || check != check_of(start, size + 3))
        return false;
    struct yk_cursor in = yk_cursor_of(payload, size);
    bool ok = reader->begun || record->kind == YK_HELD_BEGIN;
    switch (record->kind) {
    case YK_HELD_BEGIN: {
        record->stamp_s = (int64_t)yk_cursor_le64(&in);
        record->offset_us = (int64_t)yk_cursor_le64(&in);
        uint8_t fresh = yk_cursor_u8(&in);
        record->fresh = fresh;
        ok &= is_time(record->stamp_s) && fresh <= 1 && record->offset_us <= YK_FRAME_TIME_MAX_S * 1000000 &&
              record->offset_us >= -YK_FRAME_TIME_MAX_S * 1000000;
        break;
    }
    case YK_HELD_ADVANCE:
        record->stamp_s = (int64_t)yk_cursor_le64(&in);
        ok &= is_time(record->stamp_s);
        break;
    case YK_HELD_PRESENCE:
        record->observation.kind = YK_KIND_PRESENCE;
        ok = ok && take_presence(&in, &record->observation.as.presence);
        break;
    case YK_HELD_PLAIN:
        ok = ok && take_plain(&in, &record->observation);
        break;
    default:
        return false;
    }
    if (!ok || in.failed || in.at != in.end)
        return false;
    reader->begun = true;
    reader->cursor = c;
    return true;
}
