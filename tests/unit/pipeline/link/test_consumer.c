/* Reading streams whose writers are not all sound. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/consumer.h"

#include "link/reader.h"
#include "support/scratch.h"
#include "support/secure_redis.h"

#include <criterion/criterion.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define EDGES_MAX 200

static struct yk_secure_redis server;
static struct yk_error err;
static struct yk_redis *admin;
static struct yk_enrolment enrolment;
static struct yk_enrolled_edge edges[EDGES_MAX];
static struct yk_consumer *consumer;

static const struct yk_secure_user users[] = {
    {"analyze", "the worker's", "~yukikai:* +xread +xinfo +xtrim +set"},
};

static void start(void)
{
    scratch_make();
    struct yk_secure_redis_options options = {.dir = scratch, .users = users, .user_count = 1};
    enum yk_status status = yk_secure_redis_start(&server, &options, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
    struct yk_redis_options as = {server.unix_url, server.credentials, "admin"};
    cr_assert_eq(yk_redis_connect(&as, &admin, &err), YK_OK, "%s", err.message);
}

static void stop(void)
{
    yk_consumer_free(consumer);
    yk_redis_free(admin);
    yk_secure_redis_end(&server);
    scratch_remove();
}
TestSuite(consumer, .init = start, .fini = stop);

/* A consumer of so many edges, over TLS, as the user that may do no more than a worker has to. */
static void open_consumer(size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(edges[i].edge, sizeof edges[i].edge, "e%zu", i);
    enrolment.edges = edges;
    enrolment.count = count;
    struct yk_redis_options options = {server.tls_url, server.credentials, "analyze"};
    cr_assert_eq(yk_consumer_new(&options, "d", 0, &enrolment, &consumer, &err), YK_OK, "%s", err.message);
}

static void add(size_t edge, const char *id, const void *bytes, size_t size)
{
    char key[YK_KEY_SIZE], name[16];
    snprintf(name, sizeof name, "e%zu", edge);
    yk_key_frames(key, "d", 0, name);
    const char *argv[] = {"XADD", key, id, "f", bytes};
    const size_t sizes[] = {4, strlen(key), strlen(id), 1, size};
    cr_assert_eq(yk_redis_append(admin, 5, argv, sizes, &err), YK_OK, "%s", err.message);
}

static redisReply *say(const char *first, ...)
{
    const char *argv[16] = {first};
    int argc = 1;
    redisReply *reply = NULL;
    va_list args;
    va_start(args, first);
    for (const char *argument; (argument = va_arg(args, const char *)); argv[argc++] = argument)
        cr_assert_lt(argc, 16);
    va_end(args);
    cr_assert_eq(yk_redis_command(admin, argc, argv, NULL, &reply, &err), YK_OK, "%s", err.message);
    return reply;
}

static void added(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        redisReply *reply;
        cr_assert_eq(yk_redis_reply(admin, &reply, &err), YK_OK, "%s", err.message);
        freeReplyObject(reply);
    }
}

static struct {
    size_t entries, bytes, of[EDGES_MAX], empty, in_batch;
} seen;

static enum yk_status take(void *context, const char *edge, const uint8_t *bytes, size_t size, struct yk_error *e)
{
    (void)context;
    (void)e;
    seen.entries++;
    seen.bytes += size;
    seen.in_batch += size;
    seen.empty += size == 0;
    seen.of[atoi(edge + 1)]++;
    if (size > 0)
        cr_assert_eq(bytes[size - 1], 'x', "the bytes are those of the entry");
    return YK_OK;
}

/* Reads until nothing comes; the largest batch in bytes. */
static size_t read_all(size_t *batches)
{
    size_t entries = 1, largest = 0;
    for (*batches = 0; entries > 0; ++*batches) {
        seen.in_batch = 0;
        enum yk_status status = yk_consumer_read(consumer, 10, take, NULL, &entries, &err);
        cr_assert_eq(status, YK_OK, "%s", err.message);
        largest = seen.in_batch > largest ? seen.in_batch : largest;
    }
    return largest;
}

static char *large(size_t size)
{
    char *bytes = malloc(size);
    cr_assert(bytes);
    memset(bytes, 'x', size);
    return bytes;
}

/* 200 streams with 40 entries of 5 kB each: 40 MB, in replies of a few megabytes, though COUNT is per stream. */
Test(consumer, replies_of_many_streams_stay_small)
{
    char *bytes = large(180000);
    size_t batches;
    open_consumer(200);
    for (size_t e = 0; e < 200; e++)
        for (size_t n = 0; n < 40; n++)
            add(e, "*", bytes, 5000);
    added(200 * 40);
    size_t largest = read_all(&batches);
    cr_expect_eq(seen.entries, 8000);
    cr_expect_eq(seen.bytes, 40000000);
    cr_expect_leq(largest, 3 * 1024 * 1024, "%zu bytes", largest);
    printf("200 streams: %zu batches, the largest of %zu bytes\n", batches, largest);

    /* Then large ones, all at once. */
    for (size_t e = 0; e < 200; e++)
        for (size_t n = 0; n < 2; n++)
            add(e, "*", bytes, 180000);
    added(400);
    largest = read_all(&batches);
    cr_expect_eq(seen.entries, 8400);
    cr_expect_leq(largest, 400 * 180000);
    printf("large ones: %zu batches, the largest of %zu bytes\n", batches, largest);
    free(bytes);
}

/* One stream alone comes in large portions. */
Test(consumer, replies_of_one_stream_are_not_tiny)
{
    char *bytes = large(5000);
    size_t batches;
    open_consumer(1);
    for (size_t n = 0; n < 8000; n++)
        add(0, "*", bytes, 5000);
    added(8000);
    size_t largest = read_all(&batches);
    cr_expect_eq(seen.entries, 8000);
    cr_expect(largest >= 500000 && largest <= 3 * 1024 * 1024, "%zu bytes", largest);
    printf("one stream: %zu batches, the largest of %zu bytes\n", batches, largest);
    cr_expect_lt(batches, 80);
    free(bytes);
}

/* An entry larger than any reply may be. */
static void add_too_large(size_t edge)
{
    char key[YK_KEY_SIZE], name[16], size[32];
    snprintf(name, sizeof name, "e%zu", edge);
    yk_key_frames(key, "d", 0, name);
    snprintf(size, sizeof size, "%zu", YK_REPLY_BYTES_MAX);
    freeReplyObject(
        say("EVAL", "return redis.call('XADD', KEYS[1], '*', 'f', string.rep('x', ARGV[1]))", "1", key, size, NULL));
}

static long long length_of(const char *edge)
{
    char key[YK_KEY_SIZE];
    yk_key_frames(key, "d", 0, edge);
    redisReply *reply = say("XLEN", key, NULL);
    long long length = reply->integer;
    freeReplyObject(reply);
    return length;
}

/* Each could be read, all together could not. */
Test(consumer, entries_too_large_together)
{
    char *bytes = large(YK_REPLY_BYTES_MAX);
    size_t batches;
    open_consumer(3);
    for (int turn = 0; turn < 2; turn++) { /* before the first connection, and while there is one */
        memset(&seen, 0, sizeof seen);
        for (size_t n = 0; n < 10; n++)
            add(0, "*", bytes, 100);
        for (size_t n = 0; n < 2; n++)
            add(1, "*", bytes, YK_REPLY_BYTES_MAX / 2 - 1000);
        for (size_t n = 0; n < 2; n++)
            add(2, "*", bytes, YK_REPLY_BYTES_MAX / 2 - 1000);
        added(14);
        read_all(&batches);
        cr_expect_eq(seen.of[0], 10);
        cr_expect_eq(seen.of[1], 2);
        cr_expect_eq(seen.of[2], 2);
        freeReplyObject(say("FLUSHALL", NULL));
    }
    free(bytes);
}

/* An edge that puts entries too large to read into its stream loses what is in its own, and holds up nobody else. */
Test(consumer, entries_too_large_to_read)
{
    size_t batches;
    open_consumer(3);
    for (int turn = 0; turn < 3; turn++) { /* first: seen when connecting; then by XREAD; then when connecting again */
        memset(&seen, 0, sizeof seen);
        for (size_t n = 0; n < 10; n++)
            add(0, "*", "x", 1);
        added(10);
        add_too_large(1);
        for (size_t n = 0; n < 10; n++)
            add(2, "*", "x", 1);
        added(10);
        if (turn == 2)
            yk_consumer_disconnect(consumer);
        read_all(&batches);
        cr_expect_eq(seen.of[0], 10);
        cr_expect_eq(seen.of[1], 0);
        cr_expect_eq(seen.of[2], 10);
        cr_expect_eq(length_of("e1"), 0);
        cr_expect_gt(length_of("e2"), 0, "the others keep theirs");
        add(1, "*", "x", 1); /* an honest entry behind it arrives */
        added(1);
        read_all(&batches);
        cr_expect_eq(seen.of[1], 1);
    }
}

/* Other shapes than one field with a value are seen, as what no frame is, and passed. */
Test(consumer, other_shapes)
{
    size_t batches;
    open_consumer(1);
    freeReplyObject(say("XADD", "yukikai:{d:0}:frames:e0", "1-1", "f", "x", "g", "x", NULL));
    freeReplyObject(say("XADD", "yukikai:{d:0}:frames:e0", "1-2", "f", "", NULL));
    freeReplyObject(say("XADD", "yukikai:{d:0}:frames:e0", "1-3", "f", "x", NULL));
    read_all(&batches);
    cr_expect_eq(seen.entries, 3);
    cr_expect_eq(seen.empty, 2);
    size_t count;
    cr_expect_str_eq(yk_consumer_positions(consumer, &count)->id, "1-3");
}

/* The largest id there is: later entries can't be added, which hurts that edge alone. */
Test(consumer, largest_id)
{
    size_t batches;
    open_consumer(2);
    add(0, "18446744073709551615-18446744073709551615", "x", 1);
    add(1, "5-1", "x", 1);
    added(2);
    read_all(&batches);
    cr_expect_eq(seen.entries, 2);
    size_t count;
    struct yk_stream_position *positions = yk_consumer_positions(consumer, &count);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(yk_consumer_announce(consumer, positions[i].edge, (const uint8_t *)"m", 1, positions[i].id, &err),
                     YK_OK, "%s", err.message);
    add(1, "6-1", "x", 1);
    added(1);
    read_all(&batches);
    cr_expect_eq(seen.of[1], 2);
}

Test(consumer, covered_and_trimmed)
{
    size_t batches;
    open_consumer(2);
    for (int n = 1; n <= 5; n++) {
        char id[16];
        snprintf(id, sizeof id, "%d-0", n);
        add(1, id, "x", 1);
    }
    added(5);
    read_all(&batches);
    cr_assert_eq(yk_consumer_announce(consumer, "e1", (const uint8_t *)"a\0b", 3, "3-0", &err), YK_OK, "%s",
                 err.message);
    redisReply *reply = say("GET", "yukikai:{d:0}:covered:e1", NULL);
    cr_expect(reply->type == REDIS_REPLY_STRING && reply->len == 3 && memcmp(reply->str, "a\0b", 3) == 0);
    freeReplyObject(reply);
    reply = say("XRANGE", "yukikai:{d:0}:frames:e1", "-", "+", NULL);
    cr_assert_eq(reply->elements, 2);
    cr_expect_str_eq(reply->element[0]->element[0]->str, "4-0");
    freeReplyObject(reply);
}

/* After Redis came back empty, a stream is read from its start; one that was only trimmed is not. */
Test(consumer, emptied_and_trimmed_streams)
{
    size_t batches, count;
    open_consumer(2);
    struct yk_stream_position *positions = yk_consumer_positions(consumer, &count);
    add(0, "9-0", "x", 1);
    add(1, "9-0", "x", 1);
    added(2);
    read_all(&batches);
    cr_expect_str_eq(positions[0].id, "9-0");
    cr_expect(yk_consumer_reconnected(consumer));
    cr_expect_not(yk_consumer_reconnected(consumer));
    freeReplyObject(say("XTRIM", "yukikai:{d:0}:frames:e0", "MAXLEN", "0", NULL));
    freeReplyObject(say("DEL", "yukikai:{d:0}:frames:e1", NULL));
    add(1, "3-0", "x", 1);
    added(1);
    yk_consumer_disconnect(consumer);
    memset(&seen, 0, sizeof seen);
    read_all(&batches);
    cr_expect(yk_consumer_reconnected(consumer));
    cr_expect_eq(seen.of[0], 0);
    cr_expect_eq(seen.of[1], 1);
    cr_expect_str_eq(positions[0].id, "9-0");
    cr_expect_str_eq(positions[1].id, "3-0");
}
