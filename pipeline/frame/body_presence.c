/* Presence records as columns with a local dictionary of ids. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In a minute each pseudonym is told up to six times: its eight random bytes are written once, and the columns that
 * follow are small numbers. Column order keeps like beside like, which is what makes a later compression pay. */
#include "frame/frame.h"

#include "base/buffer.h"
#include "base/cursor.h"

#include <string.h>

#define HASH_SLOTS 4096 /* a power of two, twice the most records */
#define ID_BYTES   9

struct dictionary {
    uint16_t slots[HASH_SLOTS]; /* record number of the first use + 1 */
    uint16_t ids[YK_FRAME_RECORDS_MAX];
    uint16_t number_of[YK_FRAME_RECORDS_MAX]; /* by record */
    size_t count;
};

static void number_ids(struct dictionary *d, const struct yk_presence *records, size_t count)
{
    memset(d->slots, 0, sizeof d->slots);
    d->count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)records[i].pseudonym & (HASH_SLOTS - 1);
        for (;; slot = (slot + 1) & (HASH_SLOTS - 1)) {
            if (d->slots[slot] == 0) {
                d->slots[slot] = (uint16_t)(i + 1);
                d->number_of[i] = (uint16_t)d->count;
                d->ids[d->count++] = (uint16_t)i;
                break;
            }
            size_t first = d->slots[slot] - 1u;
            if (records[first].pseudonym == records[i].pseudonym &&
                records[first].address_class == records[i].address_class) {
                d->number_of[i] = d->number_of[first];
                break;
            }
        }
    }
}

size_t yk_body_presence_encode(const struct yk_presence *records, size_t count, int64_t base_s, uint8_t *out,
                               size_t capacity)
{
    if (count == 0 || count > YK_FRAME_RECORDS_MAX)
        return 0;
    struct dictionary d;
    number_ids(&d, records, count);
    struct yk_buffer b = yk_buffer_of(out, capacity);
    yk_buffer_varint(&b, d.count);
    for (size_t i = 0; i < d.count; i++) {
        yk_buffer_le(&b, records[d.ids[i]].pseudonym, 8);
        yk_buffer_u8(&b, records[d.ids[i]].address_class);
    }
    int64_t tick = base_s / YK_TICK_S;
    for (size_t i = 0; i < count; i++) {
        yk_buffer_svarint(&b, records[i].tick - tick);
        tick = records[i].tick;
    }
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, d.number_of[i]);
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, records[i].adverts);
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, (uint64_t)(records[i].adverts - records[i].rssi_count));
    for (size_t i = 0; i < count; i++)
        yk_buffer_svarint(&b, -(int64_t)records[i].rssi_sum_dbm);
    for (size_t i = 0; i < count; i++)
        yk_buffer_u8(&b, (uint8_t)records[i].rssi_max_dbm);
    for (size_t i = 0; i < count; i++)
        yk_buffer_u8(&b, records[i].first_ds);
    for (size_t i = 0; i < count; i++)
        yk_buffer_u8(&b, (uint8_t)(records[i].last_ds - records[i].first_ds));
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, records[i].gap_ds);
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, records[i].gap_sq_ds2);
    return b.failed ? 0 : b.length;
}

bool yk_body_presence_decode(const struct yk_frame *frame, struct yk_presence records[static YK_FRAME_RECORDS_MAX])
{
    const struct yk_frame_header *h = &frame->header;
    size_t count = h->records;
    struct yk_cursor c = yk_cursor_of(frame->body, frame->body_size);
    uint64_t ids = yk_cursor_varint(&c);
    if (count == 0 || count > YK_FRAME_RECORDS_MAX || ids == 0 || ids > count)
        return false;
    const uint8_t *dictionary = yk_cursor_take(&c, (size_t)ids * ID_BYTES);
    if (!dictionary)
        return false;

    int64_t first_tick = h->base_s / YK_TICK_S, last_tick = h->last_s / YK_TICK_S, tick = first_tick;
    for (size_t i = 0; i < count; i++) {
        int64_t delta = yk_cursor_svarint(&c);
        if (c.failed || delta < first_tick - tick || delta > last_tick - tick)
            return false;
        tick += delta;
        records[i].tick = tick;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t number = yk_cursor_varint(&c);
        if (number >= ids)
            return false;
        struct yk_cursor id = yk_cursor_of(dictionary + number * ID_BYTES, ID_BYTES);
        records[i].pseudonym = yk_cursor_le64(&id);
        records[i].address_class = yk_cursor_u8(&id);
        if (records[i].address_class >= YK_CLASS_COUNT)
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t adverts = yk_cursor_varint(&c);
        if (adverts == 0 || adverts > UINT16_MAX)
            return false;
        records[i].adverts = (uint16_t)adverts;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t without = yk_cursor_varint(&c);
        if (without > records[i].adverts)
            return false;
        records[i].rssi_count = (uint16_t)(records[i].adverts - without);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t sum = yk_cursor_svarint(&c);
        if (sum < -128 * (int64_t)UINT16_MAX || sum > 128 * (int64_t)UINT16_MAX)
            return false;
        records[i].rssi_sum_dbm = (int32_t)-sum;
    }
    for (size_t i = 0; i < count; i++)
        records[i].rssi_max_dbm = (int8_t)yk_cursor_u8(&c);
    for (size_t i = 0; i < count; i++) {
        records[i].first_ds = yk_cursor_u8(&c);
        if (records[i].first_ds >= YK_TICK_S * 10)
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned last = records[i].first_ds + (unsigned)yk_cursor_u8(&c);
        if (last >= YK_TICK_S * 10)
            return false;
        records[i].last_ds = (uint8_t)last;
    }
    /* Gaps that end in one tick: the first began at most the merge gap before it, the others lie inside it. */
    for (size_t i = 0; i < count; i++) {
        uint64_t gap = yk_cursor_varint(&c);
        if (gap > (YK_MERGE_GAP_S + YK_TICK_S) * 10)
            return false;
        records[i].gap_ds = (uint32_t)gap;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t square = yk_cursor_varint(&c);
        if (square > (uint64_t)records[i].gap_ds * records[i].gap_ds)
            return false;
        records[i].gap_sq_ds2 = (uint32_t)square;
    }
    return !c.failed && c.at == c.end;
}
