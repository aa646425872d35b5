/* A camera whose adapter adds its messages to a Redis stream. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     input: redis-stream:URL#KEY       URL as in link/address.h; DeepStream's KEY is the topic of its adapter
 *     secret: a file with USER:PASSWORD, or with the password of Redis' default user
 *     ca.crt, client.crt, client.key    in the folder of keys, for tls:// (link/redis.h)
 *
 * An entry's field `metadata` is the message (DeepStream writes it so), or `payload`, or its only field. Nothing is taken
 * away or acknowledged: whoever writes trims the stream. Reading begins with what comes after the first start, and goes on
 * after the last entry that was read. The position is kept when entries have been handed on: a collector that is killed
 * counts nothing twice, and loses what lay in open frames. Entries that were trimmed before they were read are a gap: said,
 * counted as `overrun`, and no health. */
#include "config/endpoint.h"
#include "link/redis.h"
#include "network/backoff.h"
#include "network/secret.h"
#include "network/stream_position.h"
#include "sources/camera_feed.h"
#include "sources/source.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_MAX (1024 * 1024)
#define COUNT_MAX   64
#define BLOCK_MS    "200"
#define STEP_MS     100
#define LOOK_US     1000000

struct reading {
    struct yk_session *session;
    struct yk_camera_feed *feed;
    const char *input;
    struct yk_endpoint at;
    struct yk_redis *redis;
    int spool_fd;
    struct yk_stream_position position;
    struct yk_mono looked;
    unsigned count; /* entries asked for at a time */
    struct yk_log_once away, gap, unsaved;
};

static const char *id_of(const struct reading *r)
{
    return yk_session_sensor(r->session)->id;
}

static bool is_text(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_STRING && reply->str;
}

static bool is_list(const redisReply *reply, size_t least)
{
    return reply && reply->type == REDIS_REPLY_ARRAY && reply->elements >= least;
}

static void save(struct reading *r)
{
    if (yk_stream_position_save(&r->position, r->spool_fd, id_of(r), r->input))
        yk_log_leave(&r->unsaved, "sensor %s: its position in the stream is kept again", id_of(r));
    else
        yk_log_enter(&r->unsaved, "sensor %s: its position in the stream cannot be kept in the spool: %s", id_of(r),
                     strerror(errno));
}

/* --- the stream as a whole --- */

static uint64_t count_of(const redisReply *value)
{
    return value && value->type == REDIS_REPLY_INTEGER && value->integer > 0 ? (uint64_t)value->integer : 0;
}

static void take_info(const redisReply *reply, struct yk_stream_state *state)
{
    memset(state, 0, sizeof *state);
    for (size_t i = 0; is_list(reply, 2) && i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i], *value = reply->element[i + 1];
        if (!is_text(name))
            continue;
        if (strcmp(name->str, "length") == 0)
            state->length = count_of(value);
        if (strcmp(name->str, "last-generated-id") == 0 && is_text(value))
            state->exists = yk_stream_id_parse(value->str, &state->last);
        if (strcmp(name->str, "entries-added") == 0) {
            state->counts = true;
            state->added = count_of(value);
        }
        if (strcmp(name->str, "first-entry") == 0 && is_list(value, 1) && is_text(value->element[0]))
            state->has_first = yk_stream_id_parse(value->element[0]->str, &state->first);
    }
}

static enum yk_status tell_gap(struct reading *r, uint64_t missed, bool unsure, struct yk_error *err)
{
    if (missed == 0 && !unsure) {
        yk_log_leave(&r->gap, "sensor %s: nothing more of its stream is missing", id_of(r));
        return YK_OK;
    }
    yk_session_drops(r->session)->count[YK_DROP_overrun] += missed;
    if (unsure)
        yk_log_enter(&r->gap,
                     "sensor %s: entries of its stream may have been trimmed before they were read; let its writer "
                     "keep more of them",
                     id_of(r));
    else
        yk_log_enter(&r->gap,
                     "sensor %s: %llu entries of its stream were trimmed before they were read; let its writer keep "
                     "more of them",
                     id_of(r), (unsigned long long)missed);
    return yk_camera_feed_pause(r->feed, err);
}

/* Where nothing is told of the stream, because we may not ask or because the answer is too large: from now on. */
static void begin_now(struct reading *r)
{
    int64_t now_us = yk_wall_now(&yk_clock_system).us;
    r->position = (struct yk_stream_position){.known = true, .id = {.ms = (uint64_t)(now_us > 0 ? now_us / 1000 : 0)}};
}

static enum yk_status look(struct reading *r, struct yk_error *err)
{
    const char *argv[] = {"XINFO", "STREAM", r->at.rest};
    struct yk_stream_state state = {0};
    redisReply *reply = NULL;
    bool was_known = r->position.known, unsure;
    r->looked = yk_mono_now(&yk_clock_system);
    enum yk_status status = yk_redis_command(r->redis, 3, argv, NULL, &reply, err);
    if (status != YK_OK && (yk_redis_broken(r->redis) || status == YK_ERR_UNAVAILABLE)) {
        if (status == YK_ERR_INPUT && !was_known)
            begin_now(r);
        return status;
    }
    if (status == YK_ERR_REFUSED) {
        if (!was_known)
            begin_now(r);
    } else {
        if (status == YK_OK)
            take_info(reply, &state);
        uint64_t missed = yk_stream_position_look(&r->position, &state, &unsure);
        status = tell_gap(r, missed, unsure, err);
    }
    freeReplyObject(reply);
    if (!was_known)
        save(r);
    return status == YK_ERR_REFUSED ? YK_OK : status;
}

/* --- entries --- */

static const redisReply *message_of(const redisReply *fields)
{
    static const char *const names[] = {"metadata", "payload"};
    if (!is_list(fields, 2))
        return NULL;
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        for (size_t i = 0; i + 1 < fields->elements; i += 2)
            if (is_text(fields->element[i]) && strcmp(fields->element[i]->str, names[n]) == 0)
                return fields->element[i + 1];
    return fields->elements == 2 ? fields->element[1] : NULL;
}

static enum yk_status take_entry(struct reading *r, const redisReply *entry, struct yk_error *err)
{
    struct yk_drops *drops = yk_session_drops(r->session);
    struct yk_stream_id id;
    if (!is_list(entry, 2) || !is_text(entry->element[0]) || !yk_stream_id_parse(entry->element[0]->str, &id))
        return YK_OK;
    yk_stream_position_pass(&r->position, &id);
    const redisReply *message = message_of(entry->element[1]);
    if (!is_text(message)) {
        yk_drop(drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (message->len > MESSAGE_MAX) {
        yk_drop(drops, YK_DROP_too_long);
        return YK_OK;
    }
    return yk_camera_feed_message(r->feed, message->str, message->len, err);
}

/* [[KEY, [ENTRY, ...]]], or nil when nothing came. *hurt: the failure is the feed's, and not Redis'. */
static enum yk_status read_some(struct reading *r, bool *hurt, struct yk_error *err)
{
    char id[YK_STREAM_ID_SIZE], count[12];
    yk_stream_id_format(id, &r->position.id);
    snprintf(count, sizeof count, "%u", r->count);
    const char *argv[] = {"XREAD", "COUNT", count, "BLOCK", BLOCK_MS, "STREAMS", r->at.rest, id};
    redisReply *reply = NULL;
    enum yk_status status = yk_redis_command(r->redis, 8, argv, NULL, &reply, err);
    if (status != YK_OK)
        return status;
    const redisReply *stream = is_list(reply, 1) ? reply->element[0] : NULL;
    const redisReply *entries = is_list(stream, 2) ? stream->element[1] : NULL;
    for (size_t i = 0; is_list(entries, 1) && i < entries->elements && status == YK_OK; i++)
        status = take_entry(r, entries->element[i], err);
    *hurt = status != YK_OK;
    if (is_list(entries, 1)) {
        r->count = COUNT_MAX;
        save(r);
    }
    freeReplyObject(reply);
    return status;
}

/* An answer that is larger than is taken: one entry at a time; if it is a single one, what is there is passed over. */
static void pass_giant(struct reading *r)
{
    if (r->count > 1) {
        r->count = 1;
        return;
    }
    yk_log(YK_LOG_WARNING,
           "sensor %s: an entry of its stream is larger than 64 MiB: reading goes on with what comes now", id_of(r));
    yk_drop(yk_session_drops(r->session), YK_DROP_too_long);
    begin_now(r);
    save(r);
}

/* --- the connection --- */

static enum yk_status connect_redis(struct reading *r, struct yk_error *err)
{
    const char *keys = yk_session_home(r->session)->keys;
    struct yk_redis_options options = {.url = r->at.url, .credentials = keys};
    const char *password = NULL;
    struct yk_credential secret;
    enum yk_status status = yk_secret_read(yk_session_sensor(r->session), keys, &secret, err);
    if (status == YK_OK && secret.bytes) {
        options.user = "default";
        password = secret.bytes;
        if (strchr(secret.bytes, ':'))
            status = yk_secret_user(&secret, &options.user, &password, err);
    }
    if (status == YK_OK)
        status = yk_redis_connect_with(&options, password, &r->redis, err);
    yk_credential_wipe(&secret);
    return status;
}

/* Until the connection is lost, or the feed fails (*hurt), or we are to end. */
static enum yk_status attend(struct reading *r, bool *hurt, struct yk_error *err)
{
    enum yk_status status = connect_redis(r, err);
    if (status == YK_OK)
        status = look(r, err);
    if (status == YK_OK)
        yk_log_leave(&r->away, "sensor %s: its stream is read", id_of(r));
    while (status == YK_OK && !yk_session_stopping(r->session)) {
        status = read_some(r, hurt, err);
        if (status == YK_ERR_INPUT && !*hurt)
            pass_giant(r);
        if (status == YK_OK) {
            status = yk_camera_feed_idle(r->feed, err);
            *hurt = status != YK_OK;
        }
        yk_session_progress(r->session, 0, 0); /* shows the drops */
        if (status == YK_OK && yk_mono_now(&yk_clock_system).us - r->looked.us > LOOK_US)
            status = look(r, err);
    }
    yk_redis_free(r->redis);
    r->redis = NULL;
    return status;
}

static enum yk_status wait_ms(struct reading *r, unsigned ms, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (unsigned step = 0; ms > 0 && status == YK_OK && !yk_session_stopping(r->session); ms -= step) {
        step = ms > STEP_MS ? STEP_MS : ms;
        nanosleep(&(struct timespec){.tv_nsec = (long)step * 1000000}, NULL);
        status = yk_camera_feed_turn(r->feed, err);
        yk_session_progress(r->session, 0, 0);
    }
    return status;
}

static enum yk_status go_on(struct reading *r, struct yk_error *err)
{
    struct yk_backoff backoff = {0};
    enum yk_status status = YK_OK;
    while (status == YK_OK && !yk_session_stopping(r->session)) {
        bool hurt = false;
        struct yk_mono begun = yk_mono_now(&yk_clock_system);
        status = attend(r, &hurt, err);
        if (status == YK_OK || hurt || yk_session_stopping(r->session))
            return hurt ? status : YK_OK;
        yk_log_enter(&r->away, "sensor %s: %s; it is tried again", id_of(r), err ? err->message : "no stream");
        if (yk_mono_now(&yk_clock_system).us - begun.us > 10 * LOOK_US)
            backoff.ms = 0;
        status = yk_camera_feed_pause(r->feed, err);
        if (status == YK_OK)
            status = wait_ms(r, yk_backoff_next(&backoff), err);
    }
    return status;
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    struct reading r = {.session = session, .input = input, .count = COUNT_MAX};
    if (!yk_endpoint_parse(input, &r.at) || r.at.kind != YK_ENDPOINT_REDIS)
        return yk_error_set(err, YK_ERR_CONFIG, "this is no stream: %s is expected",
                            yk_endpoint_form(YK_ENDPOINT_REDIS));
    const char *spool = yk_session_home(session)->spool;
    r.spool_fd = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r.spool_fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot open the spool %s", spool);
    yk_stream_position_load(&r.position, r.spool_fd, id_of(&r), input);
    enum yk_status status = yk_camera_feed_new(session, &r.feed, err);
    if (status == YK_OK)
        status = go_on(&r, err);
    if (status == YK_OK)
        status = yk_camera_feed_end(r.feed, err);
    yk_camera_feed_free(r.feed);
    close(r.spool_fd);
    return status;
}

static bool takes(const char *input)
{
    return yk_endpoint_kind(input) == YK_ENDPOINT_REDIS;
}

const struct yk_source yk_source_camera_redis = {
    .name = "camera_redis",
    .summary = "records that a camera's adapter adds to a Redis stream",
    .family = YK_FAMILY_CAMERA,
    .takes = takes,
    .run = run,
};
