/* Received sets per lane and the covered message. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/received.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t magic[5] = {'Y', 'K', 'C', 'V', 1};
#define HEAD_SIZE 77

void yk_received_clear(struct yk_received *received)
{
    for (size_t i = 0; i < received->count; i++)
        yk_intervals_clear(&received->lanes[i].sequences);
    free(received->lanes);
    *received = (struct yk_received){0};
}

static bool same(struct yk_lane_key a, struct yk_lane_key b)
{
    return a.incarnation == b.incarnation && a.group == b.group && a.lane == b.lane && a.stream == b.stream;
}

static struct yk_received_lane *find(const struct yk_received *received, struct yk_lane_key key)
{
    for (size_t i = received->count; i-- > 0;) /* the newest incarnation is asked for most */
        if (same(received->lanes[i].key, key))
            return &received->lanes[i];
    return NULL;
}

struct yk_intervals *yk_received_lane(struct yk_received *received, struct yk_lane_key key, bool make)
{
    struct yk_received_lane *lane = find(received, key);
    if (lane || !make)
        return lane ? &lane->sequences : NULL;
    if (received->count == received->capacity) {
        size_t capacity = received->capacity ? 2 * received->capacity : 4;
        struct yk_received_lane *lanes = realloc(received->lanes, capacity * sizeof *lanes);
        if (!lanes)
            return NULL;
        received->lanes = lanes;
        received->capacity = capacity;
    }
    lane = &received->lanes[received->count++];
    *lane = (struct yk_received_lane){.key = key};
    return &lane->sequences;
}

bool yk_received_has(const struct yk_received *received, const struct yk_frame_header *header)
{
    const struct yk_received_lane *lane = find(received, yk_lane_key_of(header));
    return lane && yk_intervals_contain(&lane->sequences, header->sequence);
}

enum yk_status yk_received_add(struct yk_received *received, const struct yk_frame_header *header)
{
    struct yk_intervals *set = yk_received_lane(received, yk_lane_key_of(header), true);
    if (!set)
        return YK_ERR_MEMORY;
    return yk_intervals_add(set, (struct yk_interval){header->sequence, header->sequence});
}

enum yk_status yk_received_merge(struct yk_received *to, const struct yk_received *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct yk_intervals *set = yk_received_lane(to, from->lanes[i].key, true);
        if (!set)
            return YK_ERR_MEMORY;
        enum yk_status status = yk_intervals_merge(set, &from->lanes[i].sequences);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

static size_t size_bound(const struct yk_received *received)
{
    size_t bound = 10;
    for (size_t i = 0; i < received->count; i++)
        bound += 12 + 10 + 20 * received->lanes[i].sequences.count;
    return bound;
}

static void put_lanes(const struct yk_received *received, struct yk_buffer *b)
{
    yk_buffer_varint(b, received->count);
    for (size_t i = 0; i < received->count; i++) {
        const struct yk_received_lane *lane = &received->lanes[i];
        yk_buffer_le(b, lane->key.incarnation, 8);
        yk_buffer_u8(b, lane->key.group);
        yk_buffer_u8(b, lane->key.lane);
        yk_buffer_le(b, lane->key.stream, 2);
        yk_intervals_encode(&lane->sequences, b);
    }
}

static enum yk_status take_lanes(struct yk_cursor *c, struct yk_received *out)
{
    uint64_t count = yk_cursor_varint(c);
    for (uint64_t i = 0; i < count; i++) {
        struct yk_lane_key key = {.incarnation = yk_cursor_le64(c)};
        key.group = yk_cursor_u8(c);
        key.lane = yk_cursor_u8(c);
        key.stream = yk_cursor_le16(c);
        if (c->failed)
            return YK_ERR_INPUT;
        struct yk_intervals *set = yk_received_lane(out, key, true);
        enum yk_status status = set ? yk_intervals_decode(set, c) : YK_ERR_MEMORY;
        if (status != YK_OK)
            return status;
    }
    return c->failed || c->at != c->end ? YK_ERR_INPUT : YK_OK;
}

enum yk_status yk_received_encode(const struct yk_received *received, uint8_t **out, size_t *size)
{
    size_t bound = size_bound(received);
    *out = malloc(bound);
    if (!*out)
        return YK_ERR_MEMORY;
    struct yk_buffer b = yk_buffer_of(*out, bound);
    put_lanes(received, &b);
    *size = b.length;
    return YK_OK;
}

enum yk_status yk_received_decode(const uint8_t *bytes, size_t size, struct yk_received *out)
{
    struct yk_cursor c = yk_cursor_of(bytes, size);
    enum yk_status status = take_lanes(&c, out);
    if (status != YK_OK)
        yk_received_clear(out);
    return status;
}

static void put_id(struct yk_buffer *b, const char *id)
{
    char field[YK_ID_SIZE] = {0};
    memcpy(field, id, strnlen(id, YK_ID_SIZE - 1));
    yk_buffer_put(b, field, sizeof field);
}

enum yk_status yk_covered_seal(const struct yk_received *received, const char *district, const char *edge,
                               uint64_t counter, const uint8_t secret_key[static YK_FRAME_KEY_SIZE], uint8_t **out,
                               size_t *size)
{
    size_t bound = HEAD_SIZE + size_bound(received) + crypto_sign_BYTES;
    *out = malloc(bound);
    if (!*out)
        return YK_ERR_MEMORY;
    struct yk_buffer b = yk_buffer_of(*out, bound);
    yk_buffer_put(&b, magic, sizeof magic);
    put_id(&b, district);
    put_id(&b, edge);
    yk_buffer_le(&b, counter, 8);
    put_lanes(received, &b);
    crypto_sign_detached(b.bytes + b.length, NULL, b.bytes, b.length, secret_key);
    *size = b.length + crypto_sign_BYTES;
    return YK_OK;
}

static bool take_same_id(struct yk_cursor *c, const char *id)
{
    const uint8_t *p = yk_cursor_take(c, YK_ID_SIZE);
    return p && strnlen((const char *)p, YK_ID_SIZE) == strlen(id) && memcmp(p, id, strlen(id)) == 0;
}

enum yk_status yk_covered_open(const uint8_t *bytes, size_t size, const char *district, const char *edge,
                               const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE], uint64_t *counter,
                               struct yk_received *out)
{
    if (size < HEAD_SIZE + crypto_sign_BYTES || memcmp(bytes, magic, sizeof magic) != 0)
        return YK_ERR_REFUSED;
    size_t covered = size - crypto_sign_BYTES;
    if (crypto_sign_verify_detached(bytes + covered, bytes, covered, district_public) != 0)
        return YK_ERR_REFUSED;
    struct yk_cursor c = yk_cursor_of(bytes + sizeof magic, covered - sizeof magic);
    if (!take_same_id(&c, district) || !take_same_id(&c, edge))
        return YK_ERR_REFUSED;
    uint64_t new_counter = yk_cursor_le64(&c);
    if (new_counter < *counter)
        return YK_ERR_REFUSED;
    enum yk_status status = take_lanes(&c, out);
    if (status != YK_OK) {
        yk_received_clear(out);
        return status;
    }
    *counter = new_counter;
    return YK_OK;
}
