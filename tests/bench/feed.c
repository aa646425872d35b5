/* XADD and XREAD. SPDX-License-Identifier: GPL-3.0-or-later */
#include "feed.h"

#include "process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The uplink's windows (pipeline/programs/uplink.c). */
#define WINDOW_FRAMES 64
#define WINDOW_BYTES  (2 * 1024 * 1024)
#define PIPELINE      128

static void take_replies(struct yk_redis *redis, size_t count)
{
    struct yk_error err = {0};
    for (size_t i = 0; i < count; i++) {
        redisReply *reply;
        yk_bench_must(yk_redis_reply(redis, &reply, &err), "XADD", &err);
        freeReplyObject(reply);
    }
}

void yk_feed_frames(struct yk_redis *redis, const char *key, const struct yk_spooled *frames)
{
    struct yk_error err = {0};
    for (size_t at = 0; at < frames->count;) {
        size_t sent = 0, bytes = 0;
        for (; sent < WINDOW_FRAMES && bytes < WINDOW_BYTES && at < frames->count; sent++, at++) {
            const struct yk_frame *frame = &frames->list[at];
            const char *argv[] = {"XADD", key, "*", "f", (const char *)frame->bytes};
            const size_t lengths[] = {4, strlen(key), 1, 1, frame->size};
            yk_bench_must(yk_redis_append(redis, 5, argv, lengths, &err), "XADD", &err);
            bytes += frame->size;
        }
        take_replies(redis, sent);
    }
}

/* The last id of the only stream in an answer of XREAD, and how many entries it brought. */
static size_t walk(const redisReply *reply, char id[static 44])
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 || reply->element[0]->elements != 2)
        return 0;
    const redisReply *entries = reply->element[0]->element[1];
    if (entries->elements > 0)
        snprintf(id, 44, "%.43s", entries->element[entries->elements - 1]->element[0]->str);
    return entries->elements;
}

void yk_feed_read(struct yk_redis *redis, const char *key, const char *count, size_t entries)
{
    struct yk_error err = {0};
    char id[44] = "0-0";
    const char *argv[] = {"XREAD", "COUNT", count, "BLOCK", "250", "STREAMS", key, id};
    for (size_t got = 0; got < entries;) {
        redisReply *reply = NULL;
        yk_bench_must(yk_redis_command(redis, 8, argv, NULL, &reply, &err), "XREAD", &err);
        size_t more = walk(reply, id);
        freeReplyObject(reply);
        got += more;
        if (more == 0 || got > entries)
            yk_bench_give_up("a stream does not hold what was put into it", NULL);
    }
}

struct yk_entry_text *yk_feed_texts(const struct yk_spooled *frames, size_t count)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    struct yk_entry_text *texts = calloc(count, sizeof *texts);
    struct yk_unpacker *unpacker = yk_unpacker_new();
    if (!texts || !unpacker)
        yk_bench_give_up("out of memory", NULL);
    size_t made = 0;
    for (size_t f = 0; f < frames->count && made < count; f++) {
        struct yk_frame frame = frames->list[f];
        if (!yk_frame_unpack(unpacker, &frame) || !yk_body_presence_decode(&frame, records))
            yk_bench_give_up("a frame cannot be decoded", NULL);
        for (size_t r = 0; r < frame.header.records && made < count; r++) {
            struct yk_entry_text *t = &texts[made++];
            const struct yk_presence *p = &records[r];
            snprintf(t->sensor, sizeof t->sensor, "%s", frame.header.sensor);
            snprintf(t->pseudonym, sizeof t->pseudonym, "%016" PRIx64, p->pseudonym);
            snprintf(t->tick, sizeof t->tick, "%" PRId64, p->tick);
            snprintf(t->adverts, sizeof t->adverts, "%u", p->adverts);
            snprintf(t->rssi, sizeof t->rssi, "%d", p->rssi_max_dbm);
            snprintf(t->address_class, sizeof t->address_class, "%u", p->address_class & 3U);
        }
    }
    yk_unpacker_free(unpacker);
    if (made < count)
        yk_bench_give_up("there are too few observations", NULL);
    return texts;
}

void yk_feed_entries(struct yk_redis *redis, const char *key, const struct yk_entry_text *texts, size_t count)
{
    struct yk_error err = {0};
    for (size_t at = 0; at < count;) {
        size_t sent = 0;
        for (; sent < PIPELINE && at < count; sent++, at++) {
            const struct yk_entry_text *t = &texts[at];
            const char *argv[] = {"XADD",      key,          "*",     "sensor", t->sensor,
                                  "pseudonym", t->pseudonym, "tick",  t->tick,  "adverts",
                                  t->adverts,  "rssi",       t->rssi, "class",  t->address_class};
            yk_bench_must(yk_redis_append(redis, 15, argv, NULL, &err), "XADD", &err);
        }
        take_replies(redis, sent);
    }
}
