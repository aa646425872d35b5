/* Received sets per lane and the covered message. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lost time. A lane's frames tile event time from its beginning (each frame says it) to its end (its successor says it,
 * or a tombstone reaches further). So with the intervals received, in order:
 *
 *     begin ---- [first interval] ---- gap ---- [interval] ---- ... ---- [last interval] ---- end
 *           lost                       lost                                              lost
 *
 * All of it is a function of the set of frames that came and not of their order. */
#include "frame/received.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t magic[5] = {'Y', 'K', 'C', 'V', 1};
#define HEAD_SIZE 77

struct yk_lane_key yk_lane_key_of(const struct yk_frame_header *header)
{
    struct yk_lane_key key = {
        .incarnation = header->incarnation,
        .group = (uint8_t)header->group,
        .lane = (uint8_t)header->lane,
        .stream = header->stream,
    };
    memcpy(key.sensor, header->sensor, sizeof key.sensor);
    return key;
}

static void clear_lane(struct yk_received_lane *lane)
{
    yk_intervals_clear(&lane->sequences);
    yk_intervals_clear(&lane->given_up);
}

void yk_received_clear(struct yk_received *received)
{
    for (size_t i = 0; i < received->count; i++)
        clear_lane(&received->lanes[i]);
    free(received->lanes);
    *received = (struct yk_received){0};
}

static bool same(const struct yk_lane_key *a, const struct yk_lane_key *b)
{
    return a->incarnation == b->incarnation && a->group == b->group && a->lane == b->lane && a->stream == b->stream &&
           strncmp(a->sensor, b->sensor, sizeof a->sensor) == 0;
}

static struct yk_received_lane *find(const struct yk_received *received, const struct yk_lane_key *key)
{
    for (size_t i = received->count; i-- > 0;) /* the newest incarnation is asked for most */
        if (same(&received->lanes[i].key, key))
            return &received->lanes[i];
    return NULL;
}

/* NULL if memory ran out. */
static struct yk_received_lane *make(struct yk_received *received, const struct yk_lane_key *key)
{
    struct yk_received_lane *lane = find(received, key);
    if (lane)
        return lane;
    if (received->count == received->capacity) {
        size_t capacity = received->capacity ? 2 * received->capacity : 4;
        struct yk_received_lane *lanes = realloc(received->lanes, capacity * sizeof *lanes);
        if (!lanes)
            return NULL;
        received->lanes = lanes;
        received->capacity = capacity;
    }
    lane = &received->lanes[received->count++];
    *lane = (struct yk_received_lane){.key = *key, .from_s = INT64_MAX};
    return lane;
}

/* True if the numbers from first to last lie in one of the two sets, each of them. */
static bool known(const struct yk_received_lane *lane, uint64_t first, uint64_t last)
{
    for (;;) {
        uint64_t reach = 0;
        const struct yk_intervals *sets[] = {&lane->sequences, &lane->given_up};
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < sets[k]->count; i++)
                if (sets[k]->list[i].first <= first && sets[k]->list[i].last >= first && sets[k]->list[i].last > reach)
                    reach = sets[k]->list[i].last;
        if (reach == 0)
            return false;
        if (reach >= last)
            return true;
        first = reach + 1;
    }
}

bool yk_received_has(const struct yk_received *received, const struct yk_frame_header *header, uint64_t last)
{
    struct yk_lane_key key = yk_lane_key_of(header);
    const struct yk_received_lane *lane = find(received, &key);
    if (!lane)
        return false;
    if (header->flags & YK_FRAME_TOMBSTONE)
        return known(lane, header->sequence, last);
    return yk_intervals_contain(&lane->sequences, header->sequence);
}

bool yk_received_covers(const struct yk_received *received, const struct yk_frame_header *header)
{
    struct yk_lane_key key = yk_lane_key_of(header);
    const struct yk_received_lane *lane = find(received, &key);
    return lane && (yk_intervals_contain(&lane->sequences, header->sequence) ||
                    yk_intervals_contain(&lane->given_up, header->sequence));
}

/* The lane before this one ended there. Who restores an old disk tells an earlier end: the furthest counts. */
static void end_lane(struct yk_received_lane *lane, uint64_t sequence, int64_t from_s, int64_t to_s)
{
    if (sequence < lane->end_sequence || (sequence == lane->end_sequence && to_s <= lane->end_to_s))
        return;
    lane->end_sequence = sequence;
    lane->end_from_s = from_s;
    lane->end_to_s = to_s;
}

enum yk_status yk_received_add(struct yk_received *received, const struct yk_frame_header *header, uint64_t last)
{
    struct yk_lane_key key = yk_lane_key_of(header);
    struct yk_received_lane *lane = make(received, &key);
    if (!lane)
        return YK_ERR_MEMORY;
    if (header->lane_from_s < lane->from_s)
        lane->from_s = header->lane_from_s;
    struct yk_sequences interval = {header->sequence, last, header->told_from_s, header->told_to_s};
    enum yk_status status =
        yk_intervals_add(header->flags & YK_FRAME_TOMBSTONE ? &lane->given_up : &lane->sequences, interval);
    if (status != YK_OK || !(header->flags & YK_FRAME_HAS_PREDECESSOR))
        return status;
    key.incarnation = header->predecessor;
    struct yk_received_lane *before = make(received, &key);
    if (!before)
        return YK_ERR_MEMORY;
    /* It ended before this one began. Who says otherwise had a clock that ran ahead: his future is not lost time. */
    int64_t to_s = header->predecessor_to_s < header->lane_from_s ? header->predecessor_to_s : header->lane_from_s;
    end_lane(before, header->predecessor_sequence, header->predecessor_from_s, to_s);
    return YK_OK;
}

enum yk_status yk_received_merge(struct yk_received *to, const struct yk_received *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct yk_received_lane *more = &from->lanes[i];
        struct yk_received_lane *lane = make(to, &more->key);
        if (!lane)
            return YK_ERR_MEMORY;
        if (more->from_s < lane->from_s)
            lane->from_s = more->from_s;
        end_lane(lane, more->end_sequence, more->end_from_s, more->end_to_s);
        enum yk_status status = yk_intervals_merge(&lane->sequences, &more->sequences);
        if (status == YK_OK)
            status = yk_intervals_merge(&lane->given_up, &more->given_up);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

static int64_t last_time(const struct yk_received_lane *lane)
{
    int64_t last_s = lane->end_to_s;
    const struct yk_intervals *sets[] = {&lane->sequences, &lane->given_up};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sets[k]->count; i++)
            last_s = sets[k]->list[i].to_s > last_s ? sets[k]->list[i].to_s : last_s;
    return last_s;
}

void yk_received_prune(struct yk_received *received, int64_t before_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < received->count; i++) {
        if (last_time(&received->lanes[i]) < before_s)
            clear_lane(&received->lanes[i]);
        else
            received->lanes[kept++] = received->lanes[i];
    }
    received->count = kept;
}

static void tell_lost(const struct yk_received_lane *lane, yk_lost_fn *fn, void *context)
{
    int64_t from_s = lane->from_s < INT64_MAX ? lane->from_s : lane->end_from_s;
    uint64_t next = 1;
    for (size_t i = 0; i < lane->sequences.count; i++) {
        const struct yk_sequences *interval = &lane->sequences.list[i];
        if (interval->first > next && interval->from_s > from_s)
            fn(context, from_s, interval->from_s);
        if (interval->last == UINT64_MAX)
            return;
        next = interval->last + 1;
        from_s = interval->to_s;
    }
    int64_t to_s = lane->end_sequence >= next ? lane->end_to_s : INT64_MIN;
    for (size_t i = 0; i < lane->given_up.count; i++)
        if (lane->given_up.list[i].last >= next && lane->given_up.list[i].to_s > to_s)
            to_s = lane->given_up.list[i].to_s;
    if (to_s > from_s)
        fn(context, from_s, to_s);
}

void yk_received_lost(const struct yk_received *received, const char *sensor, enum yk_group group, yk_lost_fn *fn,
                      void *context)
{
    for (size_t i = 0; i < received->count; i++) {
        const struct yk_received_lane *lane = &received->lanes[i];
        if (lane->key.group == (uint8_t)group && strcmp(lane->key.sensor, sensor) == 0)
            tell_lost(lane, fn, context);
    }
}

static size_t size_bound(const struct yk_received *received)
{
    size_t bound = 10;
    for (size_t i = 0; i < received->count; i++)
        bound += 13 + YK_ID_SIZE + 2 * 10 + 40 +
                 40 * (received->lanes[i].sequences.count + received->lanes[i].given_up.count);
    return bound;
}

static void put_key(const struct yk_lane_key *key, struct yk_buffer *b)
{
    yk_buffer_le(b, key->incarnation, 8);
    yk_buffer_u8(b, key->group);
    yk_buffer_u8(b, key->lane);
    yk_buffer_le(b, key->stream, 2);
    size_t length = strnlen(key->sensor, YK_ID_SIZE - 1);
    yk_buffer_u8(b, (uint8_t)length);
    yk_buffer_put(b, key->sensor, length);
}

static bool take_key(struct yk_cursor *c, struct yk_lane_key *key)
{
    memset(key, 0, sizeof *key);
    key->incarnation = yk_cursor_le64(c);
    key->group = yk_cursor_u8(c);
    key->lane = yk_cursor_u8(c);
    key->stream = yk_cursor_le16(c);
    uint8_t length = yk_cursor_u8(c);
    const uint8_t *id = length < YK_ID_SIZE ? yk_cursor_take(c, length) : NULL;
    if (!id || memchr(id, 0, length))
        return false;
    memcpy(key->sensor, id, length);
    return true;
}

enum yk_status yk_received_encode(const struct yk_received *received, uint8_t **out, size_t *size)
{
    size_t bound = size_bound(received);
    *out = malloc(bound);
    if (!*out)
        return YK_ERR_MEMORY;
    struct yk_buffer b = yk_buffer_of(*out, bound);
    yk_buffer_varint(&b, received->count);
    for (size_t i = 0; i < received->count; i++) {
        const struct yk_received_lane *lane = &received->lanes[i];
        put_key(&lane->key, &b);
        yk_buffer_le(&b, (uint64_t)lane->from_s, 8);
        yk_buffer_varint(&b, lane->end_sequence);
        yk_buffer_le(&b, (uint64_t)lane->end_from_s, 8);
        yk_buffer_le(&b, (uint64_t)lane->end_to_s, 8);
        yk_intervals_encode(&lane->sequences, true, &b);
        yk_intervals_encode(&lane->given_up, true, &b);
    }
    *size = b.length;
    return YK_OK;
}

static enum yk_status take_lane(struct yk_cursor *c, struct yk_received *out)
{
    struct yk_lane_key key;
    if (!take_key(c, &key))
        return YK_ERR_INPUT;
    struct yk_received_lane *lane = make(out, &key);
    if (!lane)
        return YK_ERR_MEMORY;
    lane->from_s = (int64_t)yk_cursor_le64(c);
    lane->end_sequence = yk_cursor_varint(c);
    lane->end_from_s = (int64_t)yk_cursor_le64(c);
    lane->end_to_s = (int64_t)yk_cursor_le64(c);
    enum yk_status status = yk_intervals_decode(&lane->sequences, true, c);
    return status == YK_OK ? yk_intervals_decode(&lane->given_up, true, c) : status;
}

enum yk_status yk_received_decode(const uint8_t *bytes, size_t size, struct yk_received *out)
{
    struct yk_cursor c = yk_cursor_of(bytes, size);
    uint64_t count = yk_cursor_varint(&c);
    enum yk_status status = YK_OK;
    for (uint64_t i = 0; i < count && status == YK_OK; i++)
        status = take_lane(&c, out);
    if (status == YK_OK && (c.failed || c.at != c.end))
        status = YK_ERR_INPUT;
    if (status != YK_OK)
        yk_received_clear(out);
    return status;
}

/* What an edge may delete: received or given up, as one set. */
static enum yk_status put_covered(const struct yk_received *received, struct yk_buffer *b)
{
    size_t lanes = 0;
    for (size_t i = 0; i < received->count; i++) /* a lane of which only its end is known covers nothing */
        lanes += received->lanes[i].sequences.count > 0 || received->lanes[i].given_up.count > 0;
    yk_buffer_varint(b, lanes);
    for (size_t i = 0; i < received->count; i++) {
        const struct yk_received_lane *lane = &received->lanes[i];
        if (lane->sequences.count == 0 && lane->given_up.count == 0)
            continue;
        struct yk_intervals both = {0};
        enum yk_status status = yk_intervals_merge(&both, &lane->sequences);
        if (status == YK_OK)
            status = yk_intervals_merge(&both, &lane->given_up);
        if (status == YK_OK) {
            put_key(&lane->key, b);
            yk_intervals_encode(&both, false, b);
        }
        yk_intervals_clear(&both);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

static enum yk_status take_covered(struct yk_cursor *c, struct yk_received *out)
{
    uint64_t count = yk_cursor_varint(c);
    for (uint64_t i = 0; i < count; i++) {
        struct yk_lane_key key;
        if (!take_key(c, &key))
            return YK_ERR_INPUT;
        struct yk_received_lane *lane = make(out, &key);
        enum yk_status status = lane ? yk_intervals_decode(&lane->sequences, false, c) : YK_ERR_MEMORY;
        if (status != YK_OK)
            return status;
    }
    return c->failed || c->at != c->end ? YK_ERR_INPUT : YK_OK;
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
    enum yk_status status = put_covered(received, &b);
    if (status != YK_OK) {
        free(*out);
        *out = NULL;
        return status;
    }
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
    enum yk_status status = take_covered(&c, out);
    if (status != YK_OK) {
        yk_received_clear(out);
        return status;
    }
    *counter = new_counter;
    return YK_OK;
}
