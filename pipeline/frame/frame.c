/* The envelope: header and signature. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/frame.h"

#include "base/buffer.h"
#include "base/cursor.h"
#include "frame/tag.h"

#include <sodium.h>
#include <string.h>

static const uint8_t magic[4] = {'Y', 'K', 'F', 'R'};

static bool take_id(struct yk_cursor *c, char out[static YK_ID_SIZE], bool may_be_empty)
{
    const uint8_t *p = yk_cursor_take(c, YK_ID_SIZE);
    if (!p || p[YK_ID_SIZE - 1] != 0)
        return false;
    size_t n = strnlen((const char *)p, YK_ID_SIZE);
    for (size_t i = 0; i < YK_ID_SIZE; i++) {
        bool ok = i < n ? (p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '-' : p[i] == 0;
        if (!ok)
            return false;
        out[i] = (char)p[i];
    }
    return n > 0 || may_be_empty;
}

static bool time_ok(int64_t t)
{
    return t >= 0 && t <= YK_FRAME_TIME_MAX_S;
}

enum yk_frame_fault yk_frame_parse(const uint8_t *bytes, size_t length, struct yk_frame *frame)
{
    memset(frame, 0, sizeof *frame);
    if (length < sizeof magic + 1)
        return memcmp(bytes, magic, length < sizeof magic ? length : sizeof magic) == 0 ? YK_FRAME_SHORT : YK_FRAME_BAD;
    if (memcmp(bytes, magic, sizeof magic) != 0 || bytes[4] == 0)
        return YK_FRAME_BAD;
    if (bytes[4] > YK_FRAME_VERSION)
        return YK_FRAME_NEWER;
    if (length < YK_FRAME_HEADER_SIZE + YK_FRAME_SIGNATURE_SIZE)
        return YK_FRAME_SHORT;

    struct yk_frame_header *h = &frame->header;
    struct yk_cursor c = yk_cursor_of(bytes + 5, YK_FRAME_HEADER_SIZE - 5);
    uint8_t group = yk_cursor_u8(&c);
    uint8_t lane = yk_cursor_u8(&c);
    h->flags = yk_cursor_u8(&c);
    uint32_t body_size = yk_cursor_le32(&c);
    h->records = yk_cursor_le16(&c);
    h->stream = yk_cursor_le16(&c);
    h->incarnation = yk_cursor_le64(&c);
    h->sequence = yk_cursor_le64(&c);
    h->epoch_s = (int64_t)yk_cursor_le64(&c);
    h->key_id = yk_cursor_le64(&c);
    h->base_s = (int64_t)yk_cursor_le64(&c);
    h->last_s = (int64_t)yk_cursor_le64(&c);
    bool ids = take_id(&c, h->district, false) && take_id(&c, h->edge, false) && take_id(&c, h->sensor, false);
    h->told_from_s = (int64_t)yk_cursor_le64(&c);
    h->told_to_s = (int64_t)yk_cursor_le64(&c);
    h->lane_from_s = (int64_t)yk_cursor_le64(&c);
    h->predecessor = yk_cursor_le64(&c);
    h->predecessor_sequence = yk_cursor_le64(&c);
    h->predecessor_from_s = (int64_t)yk_cursor_le64(&c);
    h->predecessor_to_s = (int64_t)yk_cursor_le64(&c);
    h->config_id = yk_cursor_le64(&c);
    h->group = (enum yk_group)group;
    h->lane = (enum yk_lane)lane;

    bool tombstone = h->flags & YK_FRAME_TOMBSTONE;
    bool pseudonymous = group == YK_GROUP_PRESENCE && !tombstone;
    bool times = time_ok(h->epoch_s) && time_ok(h->base_s) && time_ok(h->last_s) && h->last_s >= h->base_s &&
                 time_ok(h->told_from_s) && time_ok(h->told_to_s) && time_ok(h->lane_from_s) &&
                 time_ok(h->predecessor_from_s) && time_ok(h->predecessor_to_s);
    bool known = h->flags & YK_FRAME_HAS_PREDECESSOR;
    if (!ids || !times || group < YK_GROUP_PRESENCE || group >= YK_GROUP_COUNT || lane > YK_LANE_SIGHTING ||
        h->flags > 31 || body_size > YK_FRAME_BODY_MAX || h->records > YK_FRAME_RECORDS_MAX || h->incarnation == 0 ||
        h->sequence == 0 || tombstone != (h->records == 0) || (tombstone && (h->flags & YK_FRAME_ZSTD)) ||
        pseudonymous != (h->key_id != 0) || (group != YK_GROUP_PRESENCE && h->epoch_s != 0) ||
        known != (h->predecessor != 0) || (known && h->predecessor == h->incarnation))
        return YK_FRAME_BAD;
    size_t size = YK_FRAME_HEADER_SIZE + (size_t)body_size + YK_FRAME_SIGNATURE_SIZE +
                  (h->flags & YK_FRAME_TAGGED ? YK_FRAME_TAG_SIZE : 0);
    if (length < size)
        return YK_FRAME_SHORT;
    frame->bytes = bytes;
    frame->size = size;
    frame->body = bytes + YK_FRAME_HEADER_SIZE;
    frame->body_size = body_size;
    return YK_FRAME_OK;
}

bool yk_frame_verify(const struct yk_frame *frame, const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE])
{
    size_t tag = frame->header.flags & YK_FRAME_TAGGED ? YK_FRAME_TAG_SIZE : 0;
    size_t covered = frame->size - tag - YK_FRAME_SIGNATURE_SIZE;
    return crypto_sign_verify_detached(frame->bytes + covered, frame->bytes, covered, public_key) == 0;
}

static void put_id(struct yk_buffer *b, const char id[static YK_ID_SIZE])
{
    uint8_t *p = yk_buffer_reserve(b, YK_ID_SIZE);
    memset(p, 0, YK_ID_SIZE);
    memcpy(p, id, strnlen(id, YK_ID_SIZE - 1));
}

size_t yk_frame_seal(const struct yk_frame_header *h, const uint8_t *body, size_t body_size,
                     const uint8_t secret_key[static YK_FRAME_KEY_SIZE], const uint8_t *tag_key, uint8_t *out)
{
    if (body_size > YK_FRAME_BODY_MAX)
        return 0;
    struct yk_buffer b = yk_buffer_of(out, YK_FRAME_SIZE_MAX);
    yk_buffer_put(&b, magic, sizeof magic);
    yk_buffer_u8(&b, YK_FRAME_VERSION);
    yk_buffer_u8(&b, (uint8_t)h->group);
    yk_buffer_u8(&b, (uint8_t)h->lane);
    yk_buffer_u8(&b, (uint8_t)(tag_key ? h->flags | YK_FRAME_TAGGED : h->flags & ~YK_FRAME_TAGGED));
    yk_buffer_le(&b, body_size, 4);
    yk_buffer_le(&b, h->records, 2);
    yk_buffer_le(&b, h->stream, 2);
    yk_buffer_le(&b, h->incarnation, 8);
    yk_buffer_le(&b, h->sequence, 8);
    yk_buffer_le(&b, (uint64_t)h->epoch_s, 8);
    yk_buffer_le(&b, h->key_id, 8);
    yk_buffer_le(&b, (uint64_t)h->base_s, 8);
    yk_buffer_le(&b, (uint64_t)h->last_s, 8);
    put_id(&b, h->district);
    put_id(&b, h->edge);
    put_id(&b, h->sensor);
    yk_buffer_le(&b, (uint64_t)h->told_from_s, 8);
    yk_buffer_le(&b, (uint64_t)h->told_to_s, 8);
    yk_buffer_le(&b, (uint64_t)h->lane_from_s, 8);
    yk_buffer_le(&b, h->predecessor, 8);
    yk_buffer_le(&b, h->predecessor_sequence, 8);
    yk_buffer_le(&b, (uint64_t)h->predecessor_from_s, 8);
    yk_buffer_le(&b, (uint64_t)h->predecessor_to_s, 8);
    yk_buffer_le(&b, h->config_id, 8);
    yk_buffer_put(&b, body, body_size);
    crypto_sign_detached(out + b.length, NULL, out, b.length, secret_key);
    size_t size = b.length + YK_FRAME_SIGNATURE_SIZE;
    if (!tag_key)
        return size;
    yk_tag_make(out, size, tag_key, out + size);
    return size + YK_FRAME_TAG_SIZE;
}

bool yk_frame_tombstone(const struct yk_frame *frame, uint64_t *last)
{
    struct yk_cursor c = yk_cursor_of(frame->body, frame->body_size);
    uint64_t more = yk_cursor_varint(&c);
    if (!(frame->header.flags & YK_FRAME_TOMBSTONE) || c.failed || c.at != c.end ||
        more > UINT64_MAX - frame->header.sequence)
        return false;
    *last = frame->header.sequence + more;
    return true;
}
