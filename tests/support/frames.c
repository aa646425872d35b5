/* Frames for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/frames.h"

#include "frame/frame_writer.h"
#include "frame/keys.h"
#include "link/redis.h"
#include "support/grow.h"

#include <criterion/criterion.h>
#include <sodium.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_segment(void *context, const char *path)
{
    struct yk_test_frames *frames = context;
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".seg") != 0)
        return;
    size_t size, at = 0;
    struct yk_unpacker *unpacker = yk_unpacker_new();
    cr_assert(unpacker);
    char *bytes = yk_rig_read(path, &size);
    while (at < size) {
        struct yk_frame frame;
        cr_assert_eq(yk_frame_parse((const uint8_t *)bytes + at, size - at, &frame), YK_FRAME_OK,
                     "no frame at byte %zu of %s", at, path);
        uint8_t *copy = malloc(frame.size);
        frames->list = grow_to(frames->list, frames->count + 1, sizeof *frames->list, &frames->capacity);
        cr_assert(copy && frames->list);
        memcpy(copy, bytes + at, frame.size);
        struct yk_frame *taken = &frames->list[frames->count++];
        cr_assert_eq(yk_frame_parse(copy, frame.size, taken), YK_FRAME_OK);
        cr_assert(yk_frame_unpack(unpacker, taken));
        if (taken->header.flags & YK_FRAME_ZSTD) { /* the unpacker's memory is for one body at a time */
            uint8_t *plain = malloc(taken->body_size);
            cr_assert(plain);
            taken->body = memcpy(plain, taken->body, taken->body_size);
        }
        at += frame.size;
    }
    yk_unpacker_free(unpacker);
    free(bytes);
}

void yk_test_frames_read(struct yk_test_frames *frames, const char *spool)
{
    memset(frames, 0, sizeof *frames);
    yk_rig_each_file(spool, read_segment, frames);
}

void yk_test_frames_free(struct yk_test_frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) {
        if (frames->list[i].header.flags & YK_FRAME_ZSTD)
            free((void *)(uintptr_t)frames->list[i].body);
        free((void *)(uintptr_t)frames->list[i].bytes);
    }
    free(frames->list);
    memset(frames, 0, sizeof *frames);
}

#define SENSORS_MAX 8

struct repack {
    struct yk_spool *spool;
    struct yk_frame_writer *writers[SENSORS_MAX];
    char sensors[SENSORS_MAX][YK_ID_SIZE];
    struct yk_frame_writer *writer; /* of the frame at hand */
    int64_t last_s;
};

static struct yk_frame_writer *writer_of(struct repack *r, const char *sensor)
{
    size_t i = 0;
    while (i < SENSORS_MAX && r->writers[i] && strcmp(r->sensors[i], sensor) != 0)
        i++;
    cr_assert_lt(i, SENSORS_MAX);
    if (!r->writers[i]) {
        snprintf(r->sensors[i], YK_ID_SIZE, "%s", sensor);
        cr_assert_eq(yk_frame_writer_new(r->spool, r->sensors[i], YK_FLUSH_LIVE, &r->writers[i], NULL), YK_OK);
    }
    return r->writers[i];
}

static int64_t time_of(const struct yk_observation *o)
{
    switch (o->kind) {
    case YK_KIND_PRESENCE:
        return o->as.presence.tick * YK_TICK_S;
    case YK_KIND_CROSSING:
        return o->as.crossing.t_ms / 1000;
    case YK_KIND_ZONE:
        return o->as.zone.to_ms / 1000;
    default:
        return o->as.health.t1_s;
    }
}

static void repack_one(void *context, const struct yk_observation *o)
{
    struct repack *r = context;
    r->last_s = time_of(o) > r->last_s ? time_of(o) : r->last_s;
    cr_assert_eq(yk_frame_writer_flush(r->writer, time_of(o), false, NULL), YK_OK);
    cr_assert_eq(yk_frame_writer_add(r->writer, o, NULL), YK_OK);
}

static int by_tick(const void *a, const void *b)
{
    const struct yk_presence *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return (x->pseudonym > y->pseudonym) - (x->pseudonym < y->pseudonym);
}

void yk_test_frames_repack(const char *from, const char *to, const char *keys)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    struct yk_test_frames frames;
    struct repack r = {0};
    uint8_t *key;
    yk_test_frames_read(&frames, from);
    cr_assert_eq(yk_keys_load_secret(keys, "edge", &key, NULL), YK_OK);
    struct yk_spool_options options = {
        .dir = to, .slot = "repacked", .district = "riverside", .edge = "local", .secret_key = key};
    cr_assert_eq(yk_spool_open(&options, &r.spool, NULL), YK_OK);
    for (size_t i = 0; i < frames.count; i++) {
        const struct yk_frame *frame = &frames.list[i];
        r.writer = writer_of(&r, frame->header.sensor);
        if (frame->header.group == YK_GROUP_PLAIN) {
            cr_assert(yk_body_plain_decode(frame, repack_one, &r));
            continue;
        }
        cr_assert(yk_body_presence_decode(frame, records));
        qsort(records, frame->header.records, sizeof records[0], by_tick);
        cr_assert_eq(yk_frame_writer_epoch(r.writer, frame->header.epoch_s, frame->header.key_id, true, NULL), YK_OK);
        for (size_t n = 0; n < frame->header.records; n++) {
            struct yk_observation o = {.kind = YK_KIND_PRESENCE};
            o.as.presence = records[n];
            repack_one(&r, &o);
        }
    }
    for (size_t i = 0; i < SENSORS_MAX && r.writers[i]; i++) {
        cr_assert_eq(yk_frame_writer_flush(r.writers[i], r.last_s, true, NULL), YK_OK);
        yk_frame_writer_free(r.writers[i]);
    }
    yk_spool_close(r.spool);
    sodium_free(key);
    yk_test_frames_free(&frames);
}

struct yk_redis *yk_test_redis_connect_as(const struct yk_redis_options *options)
{
    struct yk_redis *redis = NULL;
    struct yk_error err;
    enum yk_status status = yk_redis_connect(options, &redis, &err);
    cr_assert_eq(status, YK_OK, "%s", status == YK_OK ? "" : err.message);
    return redis;
}

struct yk_redis *yk_test_redis_connect(const char *url)
{
    return yk_test_redis_connect_as(&(struct yk_redis_options){.url = url});
}

static redisReply *command(struct yk_redis *redis, int argc, const char **argv, const size_t *sizes)
{
    redisReply *reply = NULL;
    struct yk_error err;
    enum yk_status status = yk_redis_command(redis, argc, argv, sizes, &reply, &err);
    cr_assert_eq(status, YK_OK, "%s: %s", argv[0], status == YK_OK ? "" : err.message);
    return reply;
}

redisReply *yk_test_redis_do(struct yk_redis *redis, ...)
{
    const char *argv[16];
    int argc = 0;
    va_list args;
    va_start(args, redis);
    for (const char *argument; (argument = va_arg(args, const char *)); argv[argc++] = argument)
        cr_assert_lt(argc, 16);
    va_end(args);
    return command(redis, argc, argv, NULL);
}

void yk_test_redis_add(struct yk_redis *redis, const char *edge, const void *bytes, size_t size)
{
    char key[YK_KEY_SIZE];
    yk_key_frames(key, "riverside", 0, edge);
    const char *argv[] = {"XADD", key, "*", "f", bytes};
    const size_t sizes[] = {4, strlen(key), 1, 1, size};
    freeReplyObject(command(redis, 5, argv, sizes));
}

size_t yk_test_redis_length(struct yk_redis *redis, const char *edge)
{
    char key[YK_KEY_SIZE];
    yk_key_frames(key, "riverside", 0, edge);
    redisReply *reply = yk_test_redis_do(redis, "XLEN", key, NULL);
    cr_assert(reply->type == REDIS_REPLY_INTEGER);
    size_t length = (size_t)reply->integer;
    freeReplyObject(reply);
    return length;
}

size_t yk_test_covered(const char *url, const char *keys, const struct yk_test_frames *frames)
{
    struct yk_redis *redis = NULL;
    if (yk_redis_connect(&(struct yk_redis_options){.url = url}, &redis, NULL) != YK_OK)
        return 0;
    uint8_t district[YK_FRAME_PUBLIC_SIZE];
    cr_assert_eq(yk_keys_load_public(keys, "district", district, NULL), YK_OK);
    char key[YK_KEY_SIZE];
    yk_key_covered(key, "riverside", 0, "local");
    const char *argv[] = {"GET", key};
    redisReply *reply = NULL;
    size_t count = 0; /* a Redis that is killed meanwhile is no fault */
    if (yk_redis_command(redis, 2, argv, NULL, &reply, NULL) == YK_OK && reply->type == REDIS_REPLY_STRING) {
        struct yk_received received = {0};
        uint64_t counter = 0;
        cr_assert_eq(yk_covered_open((const uint8_t *)reply->str, reply->len, "riverside", "local", district, &counter,
                                     &received),
                     YK_OK, "the district signs its covered message");
        for (size_t i = 0; i < frames->count; i++)
            count += yk_received_covers(&received, &frames->list[i].header);
        yk_received_clear(&received);
    }
    freeReplyObject(reply);
    yk_redis_free(redis);
    return count;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

size_t yk_test_pseudonyms(const struct yk_test_frames *frames, uint64_t **out)
{
    struct yk_presence *records = calloc(YK_FRAME_RECORDS_MAX, sizeof *records);
    uint64_t *list = NULL;
    size_t count = 0;
    for (size_t i = 0; i < frames->count; i++) {
        if (frames->list[i].header.group != YK_GROUP_PRESENCE)
            continue;
        cr_assert(yk_body_presence_decode(&frames->list[i], records));
        list = realloc(list, (count + frames->list[i].header.records) * sizeof *list);
        cr_assert(list);
        for (size_t r = 0; r < frames->list[i].header.records; r++)
            list[count++] = records[r].pseudonym;
    }
    free(records);
    cr_assert_gt(count, 0, "no presence in the spool");
    qsort(list, count, sizeof *list, by_value);
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[distinct++] = list[i];
    *out = list;
    return distinct;
}
