/* A file of observations whose time is not known yet. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     file    "YKHD", version (1), 3 bytes 0, then records end to end; the first is a begin
 *     record  length of the payload (2), kind (1), payload, check (4)
 *     check   the first 4 bytes of SipHash-2-4 with a key of zeros over length, kind and payload: against torn tails and
 *             rot, not against people. A file ends before its first record that does not check.
 *
 *     kind 1  begin     stamp (8, seconds), offset (8, microseconds), fresh (1): the sensor's records to come carry stamps
 *                       of a clock that is `offset` ahead of CLOCK_BOOTTIME. fresh 0: only this file begins, and the
 *                       sensor goes on as it was in the one before
 *     kind 2  advance   stamp (8): all up to here has been told
 *     kind 3  presence  pseudonym (8), tick (8), class (1), adverts (2), sum of RSSI (4), adverts with RSSI (2), greatest
 *                       RSSI (1), first (1), last (1), G (4), G^2 (4), as in observation.h
 *     kind 4  plain     base (8, seconds), span (4, seconds), then the record as in a plain frame of that base
 *
 * Numbers are little-endian. All times are stamps: what the machine's wrong clock showed. No key and no address is in
 * here; pseudonyms are under a key that exists in the collector's memory only. */
#ifndef YK_HELD_FILE_H
#define YK_HELD_FILE_H

#include "base/buffer.h"
#include "base/cursor.h"
#include "observation.h"

#define YK_HELD_RECORD_MAX 32768

enum yk_held_kind { YK_HELD_BEGIN = 1, YK_HELD_ADVANCE = 2, YK_HELD_PRESENCE = 3, YK_HELD_PLAIN = 4 };

struct yk_held_record {
    enum yk_held_kind kind;
    int64_t stamp_s;                   /* begin, advance */
    int64_t offset_us;                 /* begin */
    bool fresh;                        /* begin */
    struct yk_observation observation; /* presence, plain */
};

/* Appends; b->failed if there is no room, or an observation that no frame could carry. */
void yk_held_write_head(struct yk_buffer *b);
void yk_held_write(struct yk_buffer *b, const struct yk_held_record *record);

struct yk_held_reader {
    struct yk_cursor cursor;
    bool begun;
};
/* False if this is no file of ours. */
bool yk_held_read_head(struct yk_held_reader *reader, const uint8_t *bytes, size_t size);
/* False at the end, which may be a torn one: the cursor stands before it. */
bool yk_held_read(struct yk_held_reader *reader, struct yk_held_record *record);

#endif
