/* XREAD from positions of our own. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/consumer.h"
#include "base/text.h"

#include "link/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ENTRIES "64" /* of up to 180 kB each: replies of a few megabytes at the most */

struct yk_consumer {
    redisContext *redis;
    char url[YK_PATH_SIZE];
    char district[YK_ID_SIZE];
    unsigned shard;
    size_t count;
    struct yk_stream_position *positions;
    char (*keys)[YK_KEY_SIZE];
    bool reconnected;
};

enum yk_status yk_consumer_new(const char *url, const char *district, unsigned shard,
                               const struct yk_enrolment *enrolment, struct yk_consumer **out, struct yk_error *err)
{
    struct yk_consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer) {
        consumer->positions = calloc(enrolment->count + 1, sizeof *consumer->positions);
        consumer->keys = calloc(enrolment->count + 1, sizeof *consumer->keys);
    }
    if (!consumer || !consumer->positions || !consumer->keys) {
        yk_consumer_free(consumer);
        *out = NULL;
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    snprintf(consumer->url, sizeof consumer->url, "%s", url);
    snprintf(consumer->district, sizeof consumer->district, "%s", district);
    consumer->shard = shard;
    consumer->count = enrolment->count;
    for (size_t i = 0; i < enrolment->count; i++) {
        yk_text_copy(consumer->positions[i].edge, sizeof consumer->positions[i].edge, enrolment->edges[i].edge);
        yk_text_copy(consumer->positions[i].id, sizeof consumer->positions[i].id, "0-0");
        yk_key_frames(consumer->keys[i], district, shard, enrolment->edges[i].edge);
    }
    return YK_OK;
}

void yk_consumer_free(struct yk_consumer *consumer)
{
    if (!consumer)
        return;
    yk_consumer_disconnect(consumer);
    free(consumer->positions);
    free(consumer->keys);
    free(consumer);
}

void yk_consumer_disconnect(struct yk_consumer *consumer)
{
    redisFree(consumer->redis);
    consumer->redis = NULL;
}

struct yk_stream_position *yk_consumer_positions(struct yk_consumer *consumer, size_t *count)
{
    *count = consumer->count;
    return consumer->positions;
}

bool yk_consumer_reconnected(struct yk_consumer *consumer)
{
    bool was = consumer->reconnected;
    consumer->reconnected = false;
    return was;
}

/* Compares two stream ids "MS-SEQ". */
static int compare_ids(const char *a, const char *b)
{
    uint64_t a_ms = 0, a_seq = 0, b_ms = 0, b_seq = 0;
    char *end;
    a_ms = strtoull(a, &end, 10);
    a_seq = *end == '-' ? strtoull(end + 1, NULL, 10) : 0;
    b_ms = strtoull(b, &end, 10);
    b_seq = *end == '-' ? strtoull(end + 1, NULL, 10) : 0;
    if (a_ms != b_ms)
        return a_ms < b_ms ? -1 : 1;
    return a_seq == b_seq ? 0 : a_seq < b_seq ? -1 : 1;
}

/* The newest id that the stream ever gave out, "0-0" if there is no such stream. XINFO knows it also after a trim. */
static enum yk_status last_id(struct yk_consumer *consumer, size_t i, char out[static YK_STREAM_ID_SIZE],
                              struct yk_error *err)
{
    yk_text_copy(out, YK_STREAM_ID_SIZE, "0-0");
    const char *argv[] = {"XINFO", "STREAM", consumer->keys[i]};
    redisReply *reply;
    enum yk_status status = yk_redis_command(consumer->redis, 3, argv, NULL, &reply, err);
    if (status == YK_ERR_INTERNAL) /* "no such key" */
        return YK_OK;
    if (status != YK_OK)
        return status;
    for (size_t f = 0; f + 1 < reply->elements; f += 2)
        if (reply->element[f]->str && strcmp(reply->element[f]->str, "last-generated-id") == 0 &&
            reply->element[f + 1]->str)
            snprintf(out, YK_STREAM_ID_SIZE, "%s", reply->element[f + 1]->str);
    freeReplyObject(reply);
    return YK_OK;
}

static enum yk_status connect_again(struct yk_consumer *consumer, struct yk_error *err)
{
    enum yk_status status = yk_redis_connect(consumer->url, &consumer->redis, err);
    for (size_t i = 0; i < consumer->count && status == YK_OK; i++) {
        char id[YK_STREAM_ID_SIZE];
        status = last_id(consumer, i, id, err);
        if (status == YK_OK && compare_ids(id, consumer->positions[i].id) < 0)
            yk_text_copy(consumer->positions[i].id, sizeof consumer->positions[i].id, "0-0");
    }
    if (status != YK_OK)
        yk_consumer_disconnect(consumer);
    else
        consumer->reconnected = true;
    return status;
}

static enum yk_status hand_over(struct yk_consumer *consumer, const redisReply *streams, yk_entry_fn *fn, void *context,
                                size_t *entries, struct yk_error *err)
{
    for (size_t s = 0; s < streams->elements; s++) {
        const redisReply *stream = streams->element[s];
        size_t i = 0;
        while (i < consumer->count && strcmp(consumer->keys[i], stream->element[0]->str) != 0)
            i++;
        for (size_t e = 0; i < consumer->count && e < stream->element[1]->elements; e++) {
            const redisReply *entry = stream->element[1]->element[e];
            const redisReply *fields = entry->element[1];
            if (fields->type == REDIS_REPLY_ARRAY && fields->elements == 2) {
                enum yk_status status = fn(context, consumer->positions[i].edge,
                                           (const uint8_t *)fields->element[1]->str, fields->element[1]->len, err);
                if (status != YK_OK)
                    return status;
            }
            snprintf(consumer->positions[i].id, sizeof consumer->positions[i].id, "%s", entry->element[0]->str);
            ++*entries;
        }
    }
    return YK_OK;
}

enum yk_status yk_consumer_read(struct yk_consumer *consumer, int wait_ms, yk_entry_fn *fn, void *context,
                                size_t *entries, struct yk_error *err)
{
    *entries = 0;
    if (!consumer->redis) {
        enum yk_status status = connect_again(consumer, err);
        if (status != YK_OK)
            return status;
    }
    size_t argc = 6 + 2 * consumer->count;
    const char **argv = calloc(argc, sizeof *argv);
    if (!argv)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    char block[16];
    snprintf(block, sizeof block, "%d", wait_ms > 0 ? wait_ms : 1); /* 0 would wait for ever */
    const char *head[] = {"XREAD", "COUNT", BATCH_ENTRIES, "BLOCK", block, "STREAMS"};
    memcpy(argv, head, sizeof head);
    for (size_t i = 0; i < consumer->count; i++) {
        argv[6 + i] = consumer->keys[i];
        argv[6 + consumer->count + i] = consumer->positions[i].id;
    }
    redisReply *reply = NULL;
    enum yk_status status = yk_redis_command(consumer->redis, (int)argc, argv, NULL, &reply, err);
    free(argv);
    if (status == YK_OK && reply->type == REDIS_REPLY_ARRAY)
        status = hand_over(consumer, reply, fn, context, entries, err);
    else if (status == YK_ERR_UNAVAILABLE)
        yk_consumer_disconnect(consumer);
    freeReplyObject(reply);
    return status;
}

enum yk_status yk_consumer_announce(struct yk_consumer *consumer, const char *edge, const uint8_t *message, size_t size,
                                    const char *up_to_id, struct yk_error *err)
{
    if (!consumer->redis)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "no connection to Redis");
    char covered[YK_KEY_SIZE], frames[YK_KEY_SIZE];
    yk_key_covered(covered, consumer->district, consumer->shard);
    yk_key_frames(frames, consumer->district, consumer->shard, edge);
    const char *set[] = {"HSET", covered, edge, (const char *)message};
    size_t set_size[] = {4, strlen(covered), strlen(edge), size};
    /* MINID cuts what is older than the id given: the one after the position. */
    char after[YK_STREAM_ID_SIZE + 4];
    const char *dash = strchr(up_to_id, '-');
    snprintf(after, sizeof after, "%.*s-%" PRIu64, (int)(dash ? dash - up_to_id : 1), up_to_id,
             dash ? (uint64_t)strtoull(dash + 1, NULL, 10) + 1 : 0);
    const char *trim[] = {"XTRIM", frames, "MINID", after};
    redisReply *reply = NULL;
    enum yk_status status = yk_redis_command(consumer->redis, 4, set, set_size, &reply, err);
    freeReplyObject(reply);
    if (status == YK_OK) {
        status = yk_redis_command(consumer->redis, 4, trim, NULL, &reply, err);
        freeReplyObject(reply);
    }
    if (status == YK_ERR_UNAVAILABLE)
        yk_consumer_disconnect(consumer);
    return status;
}
