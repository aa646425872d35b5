/* Commands and replies over a wire. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands gather in a buffer and leave together when a reply is asked for, or when there are more than 4 MiB of them.
 * Nothing is read while they leave: Redis holds replies in its own memory until we come for them, so the two ends do
 * not wait for each other. Limits: 20 s for the replies to what was sent, and a second more for each 16 kB of it, so
 * that a window of 2 MB gets through a mobile link of 128 kbit/s; a peer that is gone is noticed by TCP (link/wire.h).
 *
 * A new connection is asked something at once (AUTH, or PING where there is no password). Only then is it known that
 * the other side is a Redis that speaks to us: a server that wants a client certificate says so after the handshake.
 * PING may be forbidden to our user: that is an answer too. */
#include "link/redis.h"

#include "base/text.h"
#include "link/credentials.h"
#include "link/reader.h"
#include "link/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_MS      20000
#define BYTES_PER_MS    16
#define FLUSH_ABOVE     ((size_t)4 * 1024 * 1024)
#define COMMAND_MAX     ((size_t)64 * 1024 * 1024)
#define KEEP_BUFFER     ((size_t)8 * 1024 * 1024) /* a larger one is given back once it is sent */
#define READ_SIZE       ((size_t)256 * 1024)
#define URL_IN_MESSAGES 160

struct yk_redis {
    struct yk_wire *wire;
    struct yk_reader *reader;
    char url[URL_IN_MESSAGES];
    char *out, *in;
    size_t out_size, out_capacity;
    struct yk_mono deadline; /* of the replies to what was sent */
    uint64_t sent, received;
    bool secret; /* the buffer holds a password */
    bool broken;
};

static void key(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *what, const char *edge)
{
    snprintf(out, YK_KEY_SIZE, "yukikai:{%s:%u}:%s%s%s", district, shard, what, edge ? ":" : "", edge ? edge : "");
}

void yk_key_frames(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge)
{
    key(out, district, shard, "frames", edge);
}

void yk_key_covered(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge)
{
    key(out, district, shard, "covered", edge);
}

void yk_key_quarantine(char out[static YK_KEY_SIZE], const char *district, unsigned shard)
{
    key(out, district, shard, "quarantine", NULL);
}

void yk_key_sealing(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge)
{
    key(out, district, shard, "sealing", edge);
}

void yk_key_epoch_key(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge)
{
    key(out, district, shard, "key", edge);
}

/* Puts "Redis at URL: " before a message. */
static enum yk_status at(const char *url, enum yk_status status, struct yk_error *err)
{
    char text[sizeof err->message];
    if (!err)
        return status;
    memcpy(text, err->message, sizeof text);
    return yk_error_set(err, status, "Redis at %s: %s", url, text);
}

/* The stream is of no more use: what comes now could be the answer to something else. */
static enum yk_status broke(struct yk_redis *redis, enum yk_status status, struct yk_error *err)
{
    redis->broken = true;
    return at(redis->url, status, err);
}

static enum yk_status flush(struct yk_redis *redis, struct yk_error *err)
{
    if (redis->out_size == 0)
        return YK_OK;
    redis->deadline = yk_mono_in(COMMAND_MS + (int64_t)(redis->out_size / BYTES_PER_MS));
    enum yk_status status = yk_wire_write(redis->wire, redis->out, redis->out_size, redis->deadline, err);
    redis->sent += status == YK_OK ? redis->out_size : 0;
    if (redis->secret)
        explicit_bzero(redis->out, redis->out_size);
    redis->secret = false;
    redis->out_size = 0;
    if (redis->out_capacity > KEEP_BUFFER) {
        free(redis->out);
        redis->out = NULL;
        redis->out_capacity = 0;
    }
    return status == YK_OK ? YK_OK : broke(redis, status, err);
}

static bool room(struct yk_redis *redis, size_t more)
{
    size_t wanted = redis->out_size + more, capacity = redis->out_capacity ? redis->out_capacity : 4096;
    while (capacity < wanted)
        capacity *= 2;
    if (capacity == redis->out_capacity)
        return true;
    char *grown = realloc(redis->out, capacity);
    if (!grown)
        return false;
    redis->out = grown;
    redis->out_capacity = capacity;
    return true;
}

enum yk_status yk_redis_append(struct yk_redis *redis, int argc, const char **argv, const size_t *argvlen,
                               struct yk_error *err)
{
    if (redis->broken)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "Redis at %s: the connection is of no more use", redis->url);
    size_t total = 0;
    for (int i = 0; i < argc; i++)
        total += argvlen ? argvlen[i] : strlen(argv[i]);
    if (total > COMMAND_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "a command of %zu bytes is too large for Redis", total);
    char *text = NULL;
    int size = redisFormatCommandArgv(&text, argc, argv, argvlen);
    if (size < 0)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    bool fits = room(redis, (size_t)size);
    if (fits) {
        memcpy(redis->out + redis->out_size, text, (size_t)size);
        redis->out_size += (size_t)size;
    }
    if (redis->secret)
        explicit_bzero(text, (size_t)size);
    redisFreeCommand(text);
    if (!fits)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    return redis->out_size > FLUSH_ABOVE ? flush(redis, err) : YK_OK;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static enum yk_status meaning(const char *text)
{
    static const struct {
        const char *begins;
        enum yk_status status;
    } list[] = {
        {"OOM ", YK_ERR_FULL},
        {"LOADING ", YK_ERR_UNAVAILABLE},
        {"BUSY ", YK_ERR_UNAVAILABLE},
        {"READONLY ", YK_ERR_UNAVAILABLE},
        {"MISCONF ", YK_ERR_UNAVAILABLE},
        {"MASTERDOWN ", YK_ERR_UNAVAILABLE},
        {"CLUSTERDOWN ", YK_ERR_UNAVAILABLE},
        {"TRYAGAIN ", YK_ERR_UNAVAILABLE},
        {"UNBLOCKED ", YK_ERR_UNAVAILABLE},
        {"NOREPLICAS ", YK_ERR_UNAVAILABLE},
        {"ERR max number of clients", YK_ERR_UNAVAILABLE},
        {"NOAUTH ", YK_ERR_REFUSED},
        {"NOPERM ", YK_ERR_REFUSED},
        {"WRONGPASS ", YK_ERR_REFUSED},
        {"DENIED ", YK_ERR_REFUSED},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (begins(text, list[i].begins))
            return list[i].status;
    return YK_ERR_INTERNAL;
}

enum yk_status yk_redis_reply(struct yk_redis *redis, redisReply **reply, struct yk_error *err)
{
    *reply = NULL;
    if (redis->broken)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "Redis at %s: the connection is of no more use", redis->url);
    enum yk_status status = flush(redis, err);
    if (status != YK_OK)
        return status;
    for (;;) {
        status = yk_reader_next(redis->reader, reply, err);
        if (status != YK_OK)
            return broke(redis, status, err);
        if (*reply)
            break;
        size_t got = 0;
        status = yk_wire_read(redis->wire, redis->in, READ_SIZE, redis->deadline, &got, err);
        if (status == YK_OK)
            status = yk_reader_feed(redis->reader, redis->in, got, err);
        if (status != YK_OK)
            return broke(redis, status, err);
        redis->received += got;
    }
    if ((*reply)->type != REDIS_REPLY_ERROR)
        return YK_OK;
    status = meaning((*reply)->str);
    yk_error_set(err, status, "Redis at %s: %s", redis->url, (*reply)->str);
    freeReplyObject(*reply);
    *reply = NULL;
    return status;
}

enum yk_status yk_redis_command(struct yk_redis *redis, int argc, const char **argv, const size_t *argvlen,
                                redisReply **reply, struct yk_error *err)
{
    *reply = NULL;
    enum yk_status status = yk_redis_append(redis, argc, argv, argvlen, err);
    return status == YK_OK ? yk_redis_reply(redis, reply, err) : status;
}

bool yk_redis_broken(const struct yk_redis *redis)
{
    return redis->broken;
}

void yk_redis_traffic(const struct yk_redis *redis, uint64_t *sent, uint64_t *received)
{
    *sent = redis->sent;
    *received = redis->received;
}

static enum yk_status introduce(struct yk_redis *redis, const struct yk_redis_options *options, const char *given,
                                struct yk_error *err)
{
    struct yk_credential password = {0};
    enum yk_status status =
        options->user && !given ? yk_credential_password(options->credentials, options->user, &password, err) : YK_OK;
    if (status != YK_OK)
        return status;
    redisReply *reply = NULL;
    const char *secret = given ? given : password.bytes;
    const char *auth[] = {"AUTH", options->user, secret}, *ping[] = {"PING"};
    bool known = options->user && secret;
    redis->secret = known;
    status = yk_redis_command(redis, known ? 3 : 1, known ? auth : ping, NULL, &reply, err);
    freeReplyObject(reply);
    yk_credential_wipe(&password);
    /* A private Redis has no list of users, and whoever reaches its socket may use it: then none is needed. Where there
     * is a list, the next answer says so. */
    if (known && status == YK_ERR_REFUSED && !redis->broken && strncmp(options->url, "unix:", 5) == 0) {
        struct yk_error ignored;
        enum yk_status open = yk_redis_command(redis, 1, ping, NULL, &reply, &ignored);
        freeReplyObject(reply);
        return open == YK_OK ? YK_OK : status;
    }
    if (known && status == YK_ERR_REFUSED && !redis->broken)
        return yk_error_set(
            err, status,
            "Redis at %s does not take the password of user %s (WRONGPASS): is it loaded with what 'yukikai "
            "keys acl' lists, and was its list renewed?",
            redis->url, options->user);
    if (redis->broken || known || status != YK_ERR_REFUSED)
        return status;
    if (err && strstr(err->message, "NOPERM"))
        return YK_OK;
    if (err && strstr(err->message, "NOAUTH"))
        return yk_error_set(err, YK_ERR_REFUSED, "Redis at %s asks for a password: put it into %s/%s.password",
                            redis->url, options->credentials ? options->credentials : "KEYS",
                            options->user ? options->user : "USER");
    return status;
}

enum yk_status yk_redis_connect(const struct yk_redis_options *options, struct yk_redis **out, struct yk_error *err)
{
    return yk_redis_connect_with(options, NULL, out, err);
}

enum yk_status yk_redis_connect_with(const struct yk_redis_options *options, const char *password,
                                     struct yk_redis **out, struct yk_error *err)
{
    *out = NULL;
    struct yk_error mine; /* what an answer says is looked at, also for a caller who does not want to know */
    if (!err)
        err = &mine;
    struct yk_redis *redis = calloc(1, sizeof *redis);
    if (!redis || !(redis->in = malloc(READ_SIZE))) {
        free(redis);
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    enum yk_status status = yk_reader_new(&redis->reader, err);
    if (status == YK_OK) {
        status = yk_wire_open(options->url, options->credentials, &redis->wire, err);
        if (status == YK_OK || status == YK_ERR_UNAVAILABLE || status == YK_ERR_REFUSED)
            yk_text_copy(redis->url, sizeof redis->url, options->url);
        if (redis->url[0] && status != YK_OK)
            at(redis->url, status, err);
    }
    if (status == YK_OK)
        status = introduce(redis, options, password, err);
    if (status != YK_OK) {
        yk_redis_free(redis);
        return status;
    }
    *out = redis;
    return YK_OK;
}

void yk_redis_free(struct yk_redis *redis)
{
    if (!redis)
        return;
    yk_wire_close(redis->wire);
    yk_reader_free(redis->reader);
    if (redis->secret && redis->out)
        explicit_bzero(redis->out, redis->out_size);
    free(redis->out);
    free(redis->in);
    free(redis);
}
