/* XREAD from positions of our own. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/consumer.h"

#include "base/log.h"
#include "base/text.h"
#include "frame/frame.h"
#include "link/entries.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_AIM   ((uint64_t)2 * 1024 * 1024)
#define REPLY_LARGE ((uint64_t)3 * 1024 * 1024)
#define COUNT_MAX   512u
#define WAIT_MAX_MS 10000 /* well below a command's time limit */
#define ASK_AT_ONCE 16u   /* XINFO brings the first and the last entry along */

/* Where the arguments of XREAD are. */
enum { ARG_COUNT = 2, ARG_BLOCK = 4, ARG_HEAD = 6 };

struct yk_consumer {
    struct yk_redis *redis;
    struct yk_redis_options options; /* of the texts below */
    char url[YK_PATH_SIZE + 16], credentials[YK_PATH_SIZE], user[64];
    char district[YK_ID_SIZE];
    unsigned shard;
    size_t count;
    struct yk_stream_position *positions;
    char (*keys)[YK_KEY_SIZE];
    uint32_t *sizes;   /* of an entry, by stream: what was seen, large ones remembered longer */
    const char **argv; /* of XREAD: it points to keys and ids, which stay where they are */
    char entries[12], block[12];
    unsigned limit; /* for COUNT, from the last reply that was too large */
    bool reconnected;
};

static void copy_options(struct yk_consumer *consumer, const struct yk_redis_options *options)
{
    yk_text_copy(consumer->url, sizeof consumer->url, options->url);
    consumer->options.url = consumer->url;
    if (options->credentials) {
        yk_text_copy(consumer->credentials, sizeof consumer->credentials, options->credentials);
        consumer->options.credentials = consumer->credentials;
    }
    if (options->user) {
        yk_text_copy(consumer->user, sizeof consumer->user, options->user);
        consumer->options.user = consumer->user;
    }
}

enum yk_status yk_consumer_new(const struct yk_redis_options *options, const char *district, unsigned shard,
                               const struct yk_enrolment *enrolment, struct yk_consumer **out, struct yk_error *err)
{
    static const char *const head[] = {"XREAD", "COUNT", NULL, "BLOCK", NULL, "STREAMS"};
    size_t count = enrolment->count;
    struct yk_consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer) {
        consumer->positions = calloc(count + 1, sizeof *consumer->positions);
        consumer->keys = calloc(count + 1, sizeof *consumer->keys);
        consumer->sizes = calloc(count + 1, sizeof *consumer->sizes);
        consumer->argv = calloc(ARG_HEAD + 2 * count, sizeof *consumer->argv);
    }
    if (!consumer || !consumer->positions || !consumer->keys || !consumer->sizes || !consumer->argv) {
        yk_consumer_free(consumer);
        *out = NULL;
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    copy_options(consumer, options);
    snprintf(consumer->district, sizeof consumer->district, "%s", district);
    consumer->shard = shard;
    consumer->count = count;
    consumer->limit = COUNT_MAX;
    memcpy(consumer->argv, head, sizeof head);
    consumer->argv[ARG_COUNT] = consumer->entries;
    consumer->argv[ARG_BLOCK] = consumer->block;
    for (size_t i = 0; i < count; i++) {
        yk_text_copy(consumer->positions[i].edge, sizeof consumer->positions[i].edge, enrolment->edges[i].edge);
        yk_text_copy(consumer->positions[i].id, sizeof consumer->positions[i].id, "0-0");
        yk_key_frames(consumer->keys[i], district, shard, enrolment->edges[i].edge);
        consumer->sizes[i] = YK_FRAME_SIZE_MAX;
        consumer->argv[ARG_HEAD + i] = consumer->keys[i];
        consumer->argv[ARG_HEAD + count + i] = consumer->positions[i].id;
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
    free(consumer->sizes);
    free(consumer->argv);
    free(consumer);
}

void yk_consumer_disconnect(struct yk_consumer *consumer)
{
    yk_redis_free(consumer->redis);
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
static void last_id(const redisReply *reply, char out[static YK_STREAM_ID_SIZE])
{
    yk_text_copy(out, YK_STREAM_ID_SIZE, "0-0");
    for (size_t f = 0; reply && reply->type == REDIS_REPLY_ARRAY && f + 1 < reply->elements; f += 2)
        if (reply->element[f]->str && strcmp(reply->element[f]->str, "last-generated-id") == 0 &&
            reply->element[f + 1]->str)
            yk_text_copy(out, YK_STREAM_ID_SIZE, reply->element[f + 1]->str);
}

/* After a reply that was too large: the connection is of no more use, and stream i holds what nobody takes. */
static enum yk_status empty(struct yk_consumer *consumer, size_t i, struct yk_error *err)
{
    yk_consumer_disconnect(consumer);
    redisReply *reply = NULL;
    const char *argv[] = {"XTRIM", consumer->keys[i], "MAXLEN", "0"};
    enum yk_status status = yk_redis_connect(&consumer->options, &consumer->redis, err);
    if (status == YK_OK)
        status = yk_redis_command(consumer->redis, 4, argv, NULL, &reply, err);
    freeReplyObject(reply);
    if (status == YK_OK)
        yk_log(YK_LOG_WARNING, "the stream of %s held an entry too large to read and was emptied; is that edge sound?",
               consumer->positions[i].edge);
    return status;
}

/* Looks whether streams were emptied while we were away, from `from` on; *done: how many it got through. */
static enum yk_status look_at(struct yk_consumer *consumer, size_t from, size_t *done, struct yk_error *err)
{
    size_t asked = 0;
    enum yk_status status = YK_OK;
    *done = 0;
    for (; asked < ASK_AT_ONCE && from + asked < consumer->count && status == YK_OK; asked++) {
        const char *argv[] = {"XINFO", "STREAM", consumer->keys[from + asked]};
        status = yk_redis_append(consumer->redis, 3, argv, NULL, err);
    }
    while (status == YK_OK && *done < asked) {
        char id[YK_STREAM_ID_SIZE];
        redisReply *reply;
        struct yk_stream_position *position = &consumer->positions[from + *done];
        status = yk_redis_reply(consumer->redis, &reply, err);
        if (status == YK_ERR_INTERNAL) /* "no such key" */
            status = YK_OK;
        if (status == YK_OK) {
            last_id(reply, id);
            if (compare_ids(id, position->id) < 0)
                yk_text_copy(position->id, sizeof position->id, "0-0");
            ++*done;
        }
        freeReplyObject(reply);
    }
    return status;
}

static enum yk_status connect_again(struct yk_consumer *consumer, struct yk_error *err)
{
    enum yk_status status = yk_redis_connect(&consumer->options, &consumer->redis, err);
    size_t emptied = 0;
    for (size_t i = 0; i < consumer->count && status == YK_OK;) {
        size_t done;
        status = look_at(consumer, i, &done, err);
        i += done;
        if (status == YK_ERR_INPUT && emptied++ < consumer->count)
            status = empty(consumer, i, err);
    }
    if (status == YK_ERR_INPUT) /* somebody fills streams as fast as they are emptied */
        status = YK_ERR_UNAVAILABLE;
    if (status != YK_OK)
        yk_consumer_disconnect(consumer);
    else
        consumer->reconnected = true;
    return status;
}

struct handing {
    struct yk_consumer *consumer;
    size_t first; /* the stream that the reply's first key is */
    yk_entry_fn *fn;
    void *context;
    size_t *entries;
};

static const char *key_of(void *context, size_t i)
{
    const struct handing *h = context;
    return h->consumer->keys[h->first + i];
}

static enum yk_status hand_over(void *context, const struct yk_stream_entry *entry, struct yk_error *err)
{
    struct handing *h = context;
    struct yk_stream_position *position = &h->consumer->positions[h->first + entry->stream];
    uint32_t *seen = &h->consumer->sizes[h->first + entry->stream];
    uint32_t size = entry->size < 256 ? 256 : (uint32_t)entry->size; /* below the reply's bound: it fits */
    *seen = size >= *seen ? size : *seen - (*seen - size) / 8;
    enum yk_status status = h->fn(h->context, position->edge, entry->bytes, entry->size, err);
    if (status == YK_OK) {
        yk_text_copy(position->id, sizeof position->id, entry->id);
        ++*h->entries;
    }
    return status;
}

/* How many entries of each stream: a reply is as large as aimed at when every stream has that many. */
static unsigned choose_count(const struct yk_consumer *consumer)
{
    uint64_t one_of_each = 1;
    for (size_t i = 0; i < consumer->count; i++)
        one_of_each += consumer->sizes[i];
    uint64_t count = REPLY_AIM / one_of_each;
    if (count > consumer->limit)
        count = consumer->limit;
    return count < 1 ? 1 : (unsigned)count;
}

static enum yk_status ask(struct yk_consumer *consumer, struct handing *handing, size_t streams, int argc,
                          const char **argv, uint64_t *bytes, struct yk_error *err)
{
    redisReply *reply = NULL;
    uint64_t sent, before, after;
    yk_redis_traffic(consumer->redis, &sent, &before);
    enum yk_status status = yk_redis_command(consumer->redis, argc, argv, NULL, &reply, err);
    yk_redis_traffic(consumer->redis, &sent, &after);
    *bytes = after - before;
    if (status == YK_OK)
        status = yk_entries_walk(reply, streams, key_of, hand_over, handing, err);
    freeReplyObject(reply);
    return status;
}

/* One turn of one entry each, so that what is too large is found. */
static enum yk_status read_one_by_one(struct yk_consumer *consumer, struct handing *handing, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    yk_consumer_disconnect(consumer);
    for (size_t i = 0; i < consumer->count && status == YK_OK; i++) {
        const char *argv[] = {"XREAD", "COUNT", "1", "STREAMS", consumer->keys[i], consumer->positions[i].id};
        uint64_t bytes;
        if (!consumer->redis)
            status = connect_again(consumer, err);
        handing->first = i;
        if (status == YK_OK)
            status = ask(consumer, handing, 1, 6, argv, &bytes, err);
        if (status == YK_ERR_INPUT && consumer->redis && yk_redis_broken(consumer->redis))
            status = empty(consumer, i, err);
    }
    return status;
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
    struct handing handing = {consumer, 0, fn, context, entries};
    unsigned count = choose_count(consumer);
    uint64_t bytes = 0;
    snprintf(consumer->entries, sizeof consumer->entries, "%u", count);
    snprintf(consumer->block, sizeof consumer->block, "%d", /* 0 would wait for ever */
             wait_ms < 1             ? 1
             : wait_ms > WAIT_MAX_MS ? WAIT_MAX_MS
                                     : wait_ms);
    enum yk_status status =
        ask(consumer, &handing, consumer->count, (int)(ARG_HEAD + 2 * consumer->count), consumer->argv, &bytes, err);
    /* What an entry costs may not show in its value (many fields, say): the reply's size has the last word. */
    if (bytes > REPLY_LARGE)
        consumer->limit = (unsigned)(count * REPLY_AIM / bytes);
    else if (bytes < REPLY_AIM / 2 && consumer->limit < COUNT_MAX)
        consumer->limit = consumer->limit * 2 + 1;
    if (status == YK_ERR_INPUT && yk_redis_broken(consumer->redis))
        status = read_one_by_one(consumer, &handing, err);
    if (consumer->redis && (status == YK_ERR_UNAVAILABLE || yk_redis_broken(consumer->redis)))
        yk_consumer_disconnect(consumer);
    return status;
}

enum yk_status yk_consumer_announce(struct yk_consumer *consumer, const char *edge, const uint8_t *message, size_t size,
                                    const char *up_to_id, struct yk_error *err)
{
    if (!consumer->redis)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "no connection to Redis");
    char covered[YK_KEY_SIZE], frames[YK_KEY_SIZE];
    yk_key_covered(covered, consumer->district, consumer->shard, edge);
    yk_key_frames(frames, consumer->district, consumer->shard, edge);
    const char *set[] = {"SET", covered, (const char *)message};
    size_t set_size[] = {3, strlen(covered), size};
    /* MINID cuts what is older than the id given: the one after the position. */
    char after[YK_STREAM_ID_SIZE + 4];
    const char *dash = strchr(up_to_id, '-');
    snprintf(after, sizeof after, "%.*s-%" PRIu64, (int)(dash ? dash - up_to_id : 1), up_to_id,
             dash ? (uint64_t)strtoull(dash + 1, NULL, 10) + 1 : 0);
    const char *trim[] = {"XTRIM", frames, "MINID", after};
    redisReply *replies[2] = {NULL, NULL};
    enum yk_status status = yk_redis_append(consumer->redis, 3, set, set_size, err);
    if (status == YK_OK)
        status = yk_redis_append(consumer->redis, 4, trim, NULL, err);
    if (status == YK_OK) {
        struct yk_error second;
        status = yk_redis_reply(consumer->redis, &replies[0], err);
        enum yk_status trimmed = yk_redis_reply(consumer->redis, &replies[1], status == YK_OK ? err : &second);
        status = status == YK_OK ? trimmed : status;
    }
    freeReplyObject(replies[0]);
    freeReplyObject(replies[1]);
    if (status == YK_ERR_UNAVAILABLE)
        yk_consumer_disconnect(consumer);
    return status;
}

enum yk_status yk_consumer_quarantine(struct yk_consumer *consumer, int argc, const char **argv, const size_t *lengths,
                                      struct yk_error *err)
{
    if (!consumer->redis)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "no connection to Redis");
    char key[YK_KEY_SIZE];
    const char *texts[16];
    size_t sizes[16];
    assert(argc > 1 && (size_t)argc <= sizeof texts / sizeof texts[0]);
    memcpy(texts, argv, (size_t)argc * sizeof texts[0]);
    memcpy(sizes, lengths, (size_t)argc * sizeof sizes[0]);
    yk_key_quarantine(key, consumer->district, consumer->shard);
    texts[1] = key;
    sizes[1] = strlen(key);
    redisReply *reply = NULL;
    enum yk_status status = yk_redis_command(consumer->redis, argc, texts, sizes, &reply, err);
    freeReplyObject(reply);
    if (yk_redis_broken(consumer->redis))
        yk_consumer_disconnect(consumer);
    return status;
}
