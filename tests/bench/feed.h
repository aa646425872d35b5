/* Streams filled and read, in the two ways that are compared. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     frames      XADD key * f BYTES, in windows of 64 frames or 2 MiB, as the uplink sends them; XREAD COUNT 16
 *     entries     XADD key * sensor S pseudonym P tick T adverts N rssi R class C, one per observation, at a pipeline
 *                 of 128; XREAD COUNT 1000 */
#ifndef YK_BENCH_FEED_H
#define YK_BENCH_FEED_H

#include "link/redis.h"
#include "spooled.h"

void yk_feed_frames(struct yk_redis *redis, const char *key, const struct yk_spooled *frames);
/* Reads the stream to its end; ends the bench unless it holds that many entries. */
void yk_feed_read(struct yk_redis *redis, const char *key, const char *count, size_t entries);

/* Observations as texts, prepared before anything is measured. */
struct yk_entry_text {
    char sensor[YK_ID_SIZE], pseudonym[17], tick[12], adverts[8], rssi[8], address_class[4];
};
struct yk_entry_text *yk_feed_texts(const struct yk_spooled *frames, size_t count); /* free() */
void yk_feed_entries(struct yk_redis *redis, const char *key, const struct yk_entry_text *texts, size_t count);

#endif
