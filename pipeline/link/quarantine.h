/* What the worker refused, kept for a while for a person to look at. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     yukikai:{DISTRICT:SHARD}:quarantine   stream; fields edge, reason, size, frame (its first 8 KiB)
 *
 * A refused frame may hold pseudonyms, and whoever sends it may send many. So each reason is kept at most once in 30
 * seconds, entries go after 6 hours, and the stream stays below some 50 MB whatever comes. Counting is done elsewhere
 * and misses nothing. */
#ifndef YK_LINK_QUARANTINE_H
#define YK_LINK_QUARANTINE_H

#include "base/clock.h"
#include "link/consumer.h"

#define YK_QUARANTINE_REASONS 16
#define YK_QUARANTINE_KEPT    8192
#define YK_QUARANTINE_HOURS   6

struct yk_quarantine_entry {
    bool waiting;
    char edge[YK_ID_SIZE];
    const char *reason;
    size_t size, kept;
    struct yk_mono sent; /* the last one of this reason; us = 0: never */
    uint8_t bytes[YK_QUARANTINE_KEPT];
};

/* Zero-initialised is empty. */
struct yk_quarantine {
    struct yk_quarantine_entry entries[YK_QUARANTINE_REASONS];
    struct yk_mono swept;
};

/* Remembers one refused entry. reason: 0 to YK_QUARANTINE_REASONS - 1; text is kept by pointer. */
void yk_quarantine_note(struct yk_quarantine *quarantine, unsigned reason, const char *text, const char *edge,
                        const uint8_t *bytes, size_t size, struct yk_mono now);
/* Sends what is remembered, and lets old entries go. */
enum yk_status yk_quarantine_send(struct yk_quarantine *quarantine, struct yk_consumer *consumer, struct yk_mono now,
                                  struct yk_wall wall, struct yk_error *err) YK_MUST_CHECK;

#endif
