/* Presence records as columns, by pseudonym. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In a minute each pseudonym is told up to six times. Its eight random bytes are written once and cannot be made smaller;
 * all else can be guessed from the record before or from the columns before, and what is written is how wrong the guess
 * was: small numbers, mostly zero, which zstd then takes (pack.c).
 *
 *     number m of ids; m times pseudonym (8 bytes); m times class (1 byte); m times number of records of that id, - 1
 *     then column by column, for each record, grouped by id:
 *       tick        the id's first: minus base/10; then minus (the tick before + 1)              signed
 *       first       byte, tenths of a second into the tick
 *       last        byte, minus first
 *       adverts     minus 1
 *       without     adverts that had no RSSI
 *       max RSSI    byte: the id's first as it is, then minus the one before (mod 256)
 *       RSSI lack   max RSSI * adverts with RSSI - sum of RSSI; 0 if none had one                >= 0
 *       G           minus its guess: from the last advert of the id's record before to this one's last advert
 *                   if that is at most the merge gap, else last - first                          signed
 *       G^2         minus its guess: G^2 / k, as if the k gaps were alike, rounded down          signed
 *
 * k is adverts if G is more than last - first (a gap came in from before), else adverts - 1, at least 1. Numbers are
 * LEB128, signed ones in zigzag. */
#include "frame/frame.h"

#include "base/buffer.h"
#include "base/cursor.h"

#include <string.h>

#define HASH_SLOTS 4096 /* a power of two, twice the most records */
#define TICK_DS    (YK_TICK_S * 10)
#define GAP_MAX_DS ((YK_MERGE_GAP_S + YK_TICK_S) * 10)

struct dictionary {
    uint16_t slots[HASH_SLOTS]; /* record number of the first use + 1 */
    uint16_t firsts[YK_FRAME_RECORDS_MAX];
    uint16_t counts[YK_FRAME_RECORDS_MAX + 1];
    uint16_t number_of[YK_FRAME_RECORDS_MAX]; /* by record */
    uint16_t order[YK_FRAME_RECORDS_MAX];     /* records by id */
    size_t count;
};

static void number_ids(struct dictionary *d, const struct yk_presence *records, size_t count)
{
    memset(d->slots, 0, sizeof d->slots);
    memset(d->counts, 0, sizeof d->counts);
    d->count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)records[i].pseudonym & (HASH_SLOTS - 1);
        for (;; slot = (slot + 1) & (HASH_SLOTS - 1)) {
            if (d->slots[slot] == 0) {
                d->slots[slot] = (uint16_t)(i + 1);
                d->number_of[i] = (uint16_t)d->count;
                d->firsts[d->count++] = (uint16_t)i;
                break;
            }
            size_t first = d->slots[slot] - 1u;
            if (records[first].pseudonym == records[i].pseudonym &&
                records[first].address_class == records[i].address_class) {
                d->number_of[i] = d->number_of[first];
                break;
            }
        }
        d->counts[d->number_of[i]]++;
    }
    uint16_t at[YK_FRAME_RECORDS_MAX];
    uint16_t sum = 0;
    for (size_t k = 0; k < d->count; k++) {
        at[k] = sum;
        sum = (uint16_t)(sum + d->counts[k]);
    }
    for (size_t i = 0; i < count; i++)
        d->order[at[d->number_of[i]]++] = (uint16_t)i;
}

/* The guess for G; before is the id's record before this one, or NULL. */
static int64_t guess_gap(const struct yk_presence *before, const struct yk_presence *p)
{
    if (before) {
        int64_t since_ds = (p->tick - before->tick) * TICK_DS + p->last_ds - before->last_ds;
        if (since_ds >= 0 && since_ds <= YK_MERGE_GAP_S * 10)
            return since_ds;
    }
    return p->last_ds - p->first_ds;
}

static int64_t guess_square(const struct yk_presence *p)
{
    int64_t k = p->gap_ds > (uint32_t)(p->last_ds - p->first_ds) ? p->adverts : p->adverts - 1;
    return (int64_t)p->gap_ds * p->gap_ds / (k > 0 ? k : 1);
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
    for (size_t i = 0; i < d.count; i++)
        yk_buffer_le(&b, records[d.firsts[i]].pseudonym, 8);
    for (size_t i = 0; i < d.count; i++)
        yk_buffer_u8(&b, records[d.firsts[i]].address_class);
    for (size_t i = 0; i < d.count; i++)
        yk_buffer_varint(&b, d.counts[i] - 1u);

    const struct yk_presence *sorted[YK_FRAME_RECORDS_MAX], *before[YK_FRAME_RECORDS_MAX]; /* NULL: its id's first */
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &records[d.order[i]];
        before[i] = i > 0 && d.number_of[d.order[i - 1]] == d.number_of[d.order[i]] ? sorted[i - 1] : NULL;
    }
    for (size_t i = 0; i < count; i++)
        yk_buffer_svarint(&b, sorted[i]->tick - (before[i] ? before[i]->tick + 1 : base_s / YK_TICK_S));
    for (size_t i = 0; i < count; i++)
        yk_buffer_u8(&b, sorted[i]->first_ds);
    for (size_t i = 0; i < count; i++)
        yk_buffer_u8(&b, (uint8_t)(sorted[i]->last_ds - sorted[i]->first_ds));
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, sorted[i]->adverts - 1u);
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(&b, (uint64_t)(sorted[i]->adverts - sorted[i]->rssi_count));
    for (size_t i = 0; i < count; i++)
        yk_buffer_u8(&b, (uint8_t)(sorted[i]->rssi_max_dbm - (before[i] ? before[i]->rssi_max_dbm : 0)));
    for (size_t i = 0; i < count; i++)
        yk_buffer_varint(
            &b, (uint64_t)((int64_t)sorted[i]->rssi_max_dbm * sorted[i]->rssi_count - sorted[i]->rssi_sum_dbm));
    for (size_t i = 0; i < count; i++)
        yk_buffer_svarint(&b, (int64_t)sorted[i]->gap_ds - guess_gap(before[i], sorted[i]));
    for (size_t i = 0; i < count; i++)
        yk_buffer_svarint(&b, (int64_t)sorted[i]->gap_sq_ds2 - guess_square(sorted[i]));
    return b.failed ? 0 : b.length;
}

/* Ids, classes and the group each record belongs to. starts[i]: record i is its id's first. */
static bool take_ids(struct yk_cursor *c, struct yk_presence *records, size_t count, bool *starts)
{
    uint64_t ids = yk_cursor_varint(c);
    if (count == 0 || count > YK_FRAME_RECORDS_MAX || ids == 0 || ids > count)
        return false;
    const uint8_t *pseudonyms = yk_cursor_take(c, (size_t)ids * 8), *classes = yk_cursor_take(c, (size_t)ids);
    if (!pseudonyms || !classes)
        return false;
    size_t i = 0;
    for (uint64_t k = 0; k < ids; k++) {
        uint64_t more = yk_cursor_varint(c);
        if (c->failed || classes[k] >= YK_CLASS_COUNT || more >= count - i)
            return false;
        struct yk_cursor id = yk_cursor_of(pseudonyms + 8 * k, 8);
        uint64_t pseudonym = yk_cursor_le64(&id);
        for (uint64_t r = 0; r <= more; r++, i++) {
            records[i].pseudonym = pseudonym;
            records[i].address_class = classes[k];
            starts[i] = r == 0;
        }
        if (i == count && k + 1 < ids) /* ids without a record */
            return false;
    }
    return i == count;
}

static bool take_ticks(struct yk_cursor *c, const struct yk_frame_header *h, struct yk_presence *records,
                       const bool *starts)
{
    int64_t first = h->base_s / YK_TICK_S, last = h->last_s / YK_TICK_S;
    for (size_t i = 0; i < h->records; i++) {
        int64_t from = starts[i] ? first : records[i - 1].tick + 1;
        int64_t delta = yk_cursor_svarint(c);
        if (c->failed || delta < first - from || delta > last - from)
            return false;
        records[i].tick = from + delta;
    }
    return true;
}

static bool take_times(struct yk_cursor *c, struct yk_presence *records, size_t count)
{
    const uint8_t *first = yk_cursor_take(c, count), *length = yk_cursor_take(c, count);
    if (!first || !length)
        return false;
    for (size_t i = 0; i < count; i++) {
        unsigned last = first[i] + (unsigned)length[i];
        if (first[i] >= TICK_DS || last >= TICK_DS)
            return false;
        records[i].first_ds = first[i];
        records[i].last_ds = (uint8_t)last;
    }
    return true;
}

static bool take_rssi(struct yk_cursor *c, struct yk_presence *records, size_t count, const bool *starts)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t adverts = yk_cursor_varint(c);
        if (adverts >= UINT16_MAX)
            return false;
        records[i].adverts = (uint16_t)(adverts + 1);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t without = yk_cursor_varint(c);
        if (without > records[i].adverts)
            return false;
        records[i].rssi_count = (uint16_t)(records[i].adverts - without);
    }
    const uint8_t *max = yk_cursor_take(c, count);
    for (size_t i = 0; max && i < count; i++)
        records[i].rssi_max_dbm = (int8_t)(uint8_t)(max[i] + (starts[i] ? 0 : (uint8_t)records[i - 1].rssi_max_dbm));
    for (size_t i = 0; i < count; i++) {
        uint64_t lack = yk_cursor_varint(c);
        int64_t most = ((int64_t)records[i].rssi_max_dbm + 128) * records[i].rssi_count; /* all but one at -128 dBm */
        if (lack > (uint64_t)most || (records[i].rssi_count > 0 && records[i].rssi_max_dbm == INT8_MAX))
            return false;
        records[i].rssi_sum_dbm = (int32_t)((int64_t)records[i].rssi_max_dbm * records[i].rssi_count - (int64_t)lack);
    }
    return !c->failed;
}

/* Gaps that end in one tick: the first began at most the merge gap before it, the others lie inside it. */
static bool take_gaps(struct yk_cursor *c, struct yk_presence *records, size_t count, const bool *starts)
{
    for (size_t i = 0; i < count; i++) {
        int64_t wrong = yk_cursor_svarint(c);
        if (wrong < -GAP_MAX_DS || wrong > GAP_MAX_DS)
            return false;
        int64_t gap = guess_gap(starts[i] ? NULL : &records[i - 1], &records[i]) + wrong;
        if (gap < 0 || gap > GAP_MAX_DS)
            return false;
        records[i].gap_ds = (uint32_t)gap;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t most = (int64_t)records[i].gap_ds * records[i].gap_ds;
        int64_t wrong = yk_cursor_svarint(c);
        if (wrong < -most || wrong > most)
            return false;
        int64_t square = guess_square(&records[i]) + wrong;
        if (square < 0 || square > most)
            return false;
        records[i].gap_sq_ds2 = (uint32_t)square;
    }
    return !c->failed;
}

bool yk_body_presence_decode(const struct yk_frame *frame, struct yk_presence records[static YK_FRAME_RECORDS_MAX])
{
    const struct yk_frame_header *h = &frame->header;
    bool starts[YK_FRAME_RECORDS_MAX];
    struct yk_cursor c = yk_cursor_of(frame->body, frame->body_size);
    return take_ids(&c, records, h->records, starts) && take_ticks(&c, h, records, starts) &&
           take_times(&c, records, h->records) && take_rssi(&c, records, h->records, starts) &&
           take_gaps(&c, records, h->records, starts) && !c.failed && c.at == c.end;
}
