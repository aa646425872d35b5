/* Frames for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/frames.h"

#include "frame/keys.h"
#include "link/redis.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static void read_segment(void *context, const char *path)
{
    struct yk_test_frames *frames = context;
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".seg") != 0)
        return;
    size_t size, at = 0;
    char *bytes = yk_rig_read(path, &size);
    while (at < size) {
        struct yk_frame frame;
        cr_assert_eq(yk_frame_parse((const uint8_t *)bytes + at, size - at, &frame), YK_FRAME_OK,
                     "no frame at byte %zu of %s", at, path);
        uint8_t *copy = malloc(frame.size);
        frames->list = realloc(frames->list, (frames->count + 1) * sizeof *frames->list);
        cr_assert(copy && frames->list);
        memcpy(copy, bytes + at, frame.size);
        cr_assert_eq(yk_frame_parse(copy, frame.size, &frames->list[frames->count++]), YK_FRAME_OK);
        at += frame.size;
    }
    free(bytes);
}

void yk_test_frames_read(struct yk_test_frames *frames, const char *spool)
{
    memset(frames, 0, sizeof *frames);
    yk_rig_each_file(spool, read_segment, frames);
}

void yk_test_frames_free(struct yk_test_frames *frames)
{
    for (size_t i = 0; i < frames->count; i++)
        free((void *)(uintptr_t)frames->list[i].bytes);
    free(frames->list);
    memset(frames, 0, sizeof *frames);
}

redisContext *yk_test_redis_connect(const char *url)
{
    redisContext *redis = NULL;
    struct yk_error err;
    enum yk_status status = yk_redis_connect(url, &redis, &err);
    cr_assert_eq(status, YK_OK, "%s", status == YK_OK ? "" : err.message);
    return redis;
}

void yk_test_redis_add(redisContext *redis, const char *edge, const void *bytes, size_t size)
{
    char key[YK_KEY_SIZE];
    yk_key_frames(key, "riverside", 0, edge);
    redisReply *reply = redisCommand(redis, "XADD %s * f %b", key, bytes, size);
    cr_assert(reply && reply->type == REDIS_REPLY_STRING, "Redis did not take an entry");
    freeReplyObject(reply);
}

size_t yk_test_redis_length(redisContext *redis, const char *edge)
{
    char key[YK_KEY_SIZE];
    yk_key_frames(key, "riverside", 0, edge);
    redisReply *reply = redisCommand(redis, "XLEN %s", key);
    cr_assert(reply && reply->type == REDIS_REPLY_INTEGER);
    size_t length = (size_t)reply->integer;
    freeReplyObject(reply);
    return length;
}

size_t yk_test_covered(const char *url, const char *keys, const struct yk_test_frames *frames)
{
    redisContext *redis = NULL;
    if (yk_redis_connect(url, &redis, NULL) != YK_OK)
        return 0;
    uint8_t district[YK_FRAME_PUBLIC_SIZE];
    cr_assert_eq(yk_keys_load_public(keys, "district", district, NULL), YK_OK);
    char key[YK_KEY_SIZE];
    yk_key_covered(key, "riverside", 0);
    redisReply *reply = redisCommand(redis, "HGET %s local", key);
    size_t count = 0;
    if (reply && reply->type == REDIS_REPLY_STRING) {
        struct yk_received received = {0};
        uint64_t counter = 0;
        cr_assert_eq(yk_covered_open((const uint8_t *)reply->str, reply->len, "riverside", "local", district, &counter,
                                     &received),
                     YK_OK, "the district signs its covered message");
        for (size_t i = 0; i < frames->count; i++)
            count += yk_received_has(&received, &frames->list[i].header);
        yk_received_clear(&received);
    }
    freeReplyObject(reply);
    redisFree(redis);
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
