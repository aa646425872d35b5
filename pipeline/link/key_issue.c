/* Read, make, seal, wipe, record, send: in this order. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/key_issue.h"

#include "base/calendar.h"
#include "base/log.h"
#include "base/text.h"
#include "frame/epoch_key.h"
#include "link/key_record.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAD_MAX_S   3600
#define LEAD_SHARE   24
#define WINDOW_EDGES 64
#define LOOK_BACK    "32" /* entries of a stream of sealing keys, the newest first */
#define NAMES_SIZE   400  /* of edges in one line of the log */

/* What is set for one edge: up to two messages, the newest last. */
struct parcel {
    char edge[YK_ID_SIZE];
    uint8_t bytes[2 * YK_EPOCH_KEY_MESSAGE_SIZE];
    size_t size;
    int64_t epoch_s; /* of the newest */
    bool sent;
};

struct yk_key_issue {
    struct yk_key_issue_options options;
    char district[YK_ID_SIZE];
    struct yk_key_record *record;
    struct parcel *parcels;
    size_t count;
    struct yk_log_once nobody;
};

static int64_t now_s(const struct yk_key_issue *issue)
{
    return yk_wall_now(issue->options.clock).us / 1000000;
}

static int64_t end_of(const struct yk_key_issue *issue, int64_t start_s)
{
    return yk_epoch_end(start_s, issue->options.epoch_hours, issue->options.epoch_start_s);
}

static int64_t present_epoch(const struct yk_key_issue *issue)
{
    return yk_epoch_start(now_s(issue), issue->options.epoch_hours, issue->options.epoch_start_s);
}

enum yk_status yk_key_issue_new(const struct yk_key_issue_options *options, struct yk_key_issue **out,
                                struct yk_error *err)
{
    *out = NULL;
    struct yk_key_issue *issue = sodium_init() < 0 ? NULL : calloc(1, sizeof *issue);
    if (!issue)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    issue->options = *options;
    yk_text_copy(issue->district, sizeof issue->district, options->district);
    enum yk_status status = yk_key_record_open(options->dir, &issue->record, err);
    if (status != YK_OK) {
        yk_key_issue_free(issue);
        return status;
    }
    int64_t epoch_s;
    char edges[NAMES_SIZE], text[YK_TIME_TEXT_MAX];
    if (yk_key_record_unsent(issue->record, present_epoch(issue), &epoch_s, edges, sizeof edges))
        yk_log(YK_LOG_WARNING,
               "epoch %s: its key was made before this start, and perhaps not sent to all of %s; it is not made twice, "
               "and who has none uses a local key",
               yk_time_format(text, epoch_s), edges);
    *out = issue;
    return YK_OK;
}

void yk_key_issue_free(struct yk_key_issue *issue)
{
    if (!issue)
        return;
    yk_key_record_close(issue->record);
    free(issue->parcels);
    free(issue);
}

bool yk_key_issue_due(const struct yk_key_issue *issue)
{
    int64_t start_s = present_epoch(issue), next_s = end_of(issue, start_s);
    int64_t lead_s = (next_s - start_s) / LEAD_SHARE;
    lead_s = lead_s < LEAD_MAX_S ? lead_s : LEAD_MAX_S;
    return now_s(issue) >= start_s + lead_s && !yk_key_record_has(issue->record, next_s);
}

/* --- Reading sealing keys --------------------------------------------------------------------------------------- */

struct candidate {
    const struct yk_enrolled_edge *edge;
    struct yk_sealing_key key;
    bool ready;
};

/* Of all good keys for the epoch the one made last: an edge that lost its memory makes another. */
static void choose(const struct yk_key_issue *issue, const redisReply *entries, const struct yk_key_scope *scope,
                   struct candidate *candidate)
{
    const uint8_t *public_key = yk_enrolled_key_at(candidate->edge, now_s(issue));
    unsigned refused[YK_KEY_FAULT_COUNT] = {0};
    for (size_t i = 0; entries->type == REDIS_REPLY_ARRAY && i < entries->elements && public_key; i++) {
        const redisReply *entry = entries->element[i];
        const redisReply *fields = entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 ? entry->element[1] : NULL;
        if (!fields || fields->type != REDIS_REPLY_ARRAY || fields->elements != 2 ||
            fields->element[1]->type != REDIS_REPLY_STRING)
            continue;
        struct yk_sealing_key key;
        enum yk_key_fault fault = yk_sealing_key_read((const uint8_t *)fields->element[1]->str,
                                                      (size_t)fields->element[1]->len, scope, public_key, &key);
        refused[fault]++;
        if (fault == YK_KEY_OK && (!candidate->ready || key.made_s > candidate->key.made_s)) {
            candidate->key = key;
            candidate->ready = true;
        }
    }
    for (int fault = YK_KEY_OK + 1; fault < YK_KEY_FAULT_COUNT; fault++)
        if (refused[fault] && fault != YK_KEY_EPOCH)
            yk_log(YK_LOG_WARNING, "edge %s: %u sealing keys were refused: %s", candidate->edge->edge, refused[fault],
                   yk_key_fault_text((enum yk_key_fault)fault));
}

static enum yk_status read_window(const struct yk_key_issue *issue, struct yk_redis *redis, int64_t epoch_s,
                                  struct candidate *candidates, size_t count, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        char key[YK_KEY_SIZE];
        yk_key_sealing(key, issue->district, issue->options.shard, candidates[i].edge->edge);
        const char *argv[] = {"XREVRANGE", key, "+", "-", "COUNT", LOOK_BACK};
        status = yk_redis_append(redis, 6, argv, NULL, err);
    }
    enum yk_status worst = status;
    for (size_t i = 0; i < count && status == YK_OK; i++) { /* every reply is taken, also after a refusal */
        redisReply *reply;
        enum yk_status one = yk_redis_reply(redis, &reply, err);
        if (one == YK_OK) {
            const struct yk_key_scope scope = {issue->district, candidates[i].edge->edge, epoch_s,
                                               end_of(issue, epoch_s)};
            choose(issue, reply, &scope, &candidates[i]);
            freeReplyObject(reply);
        } else {
            worst = one;
            if (one == YK_ERR_UNAVAILABLE || yk_redis_broken(redis))
                return one;
        }
    }
    return worst;
}

/* --- Making ----------------------------------------------------------------------------------------------------- */

/* Seals one key to everyone who is ready; the key exists within this function only. */
static enum yk_status make_and_seal(const struct yk_key_issue *issue, int64_t epoch_s, struct candidate *candidates,
                                    size_t count, uint8_t (*messages)[YK_EPOCH_KEY_MESSAGE_SIZE], struct yk_error *err)
{
    struct yk_epoch_secret *secret = sodium_malloc(sizeof *secret);
    if (!secret)
        return yk_error_set(err, YK_ERR_MEMORY, "no locked memory for a key (see ulimit -l)");
    do
        randombytes_buf(&secret->key_id, sizeof secret->key_id);
    while (secret->key_id == 0);
    randombytes_buf(secret->key, sizeof secret->key);
    for (size_t i = 0; i < count; i++) {
        const struct yk_key_scope scope = {issue->district, candidates[i].edge->edge, epoch_s, end_of(issue, epoch_s)};
        candidates[i].ready = candidates[i].ready && yk_epoch_key_seal(&scope, secret, candidates[i].key.public_key,
                                                                       issue->options.district_secret, messages[i]);
    }
    sodium_free(secret); /* wipes it */
    return YK_OK;
}

static struct parcel *parcel_of(struct yk_key_issue *issue, const char *edge)
{
    for (size_t i = 0; i < issue->count; i++)
        if (strcmp(issue->parcels[i].edge, edge) == 0)
            return &issue->parcels[i];
    struct parcel *parcels = realloc(issue->parcels, (issue->count + 1) * sizeof *parcels);
    if (!parcels)
        return NULL;
    issue->parcels = parcels;
    struct parcel *parcel = &parcels[issue->count++];
    *parcel = (struct parcel){.sent = true};
    yk_text_copy(parcel->edge, sizeof parcel->edge, edge);
    return parcel;
}

/* The message of the epoch that runs stays before it: an edge may have been away, and start in it. */
static void put_into(const struct yk_key_issue *issue, struct parcel *parcel, int64_t epoch_s,
                     const uint8_t message[static YK_EPOCH_KEY_MESSAGE_SIZE])
{
    bool keep = parcel->size > 0 && end_of(issue, parcel->epoch_s) > now_s(issue);
    size_t at = keep ? YK_EPOCH_KEY_MESSAGE_SIZE : 0;
    if (keep)
        memmove(parcel->bytes, parcel->bytes + parcel->size - YK_EPOCH_KEY_MESSAGE_SIZE, YK_EPOCH_KEY_MESSAGE_SIZE);
    memcpy(parcel->bytes + at, message, YK_EPOCH_KEY_MESSAGE_SIZE);
    parcel->size = at + YK_EPOCH_KEY_MESSAGE_SIZE;
    parcel->epoch_s = epoch_s;
    parcel->sent = false;
}

static void say(const struct yk_key_issue_report *report, const char *const *local)
{
    char epoch[YK_TIME_TEXT_MAX], names[NAMES_SIZE] = "";
    size_t length = 0;
    for (size_t i = 0; i < report->local && length < sizeof names; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", local[i]);
    yk_time_format(epoch, report->epoch_s);
    yk_log(YK_LOG_INFO, "epoch %s: key made, sealed to %zu edges, and destroyed", epoch, report->sealed);
    if (report->local)
        yk_log(YK_LOG_WARNING, "epoch %s: no sealing key in time from %zu edges, which use local keys: %s", epoch,
               report->local, names);
}

static enum yk_status issue_to(struct yk_key_issue *issue, struct candidate *candidates, size_t count,
                               struct yk_key_issue_report *report, struct yk_error *err)
{
    uint8_t(*messages)[YK_EPOCH_KEY_MESSAGE_SIZE] = calloc(count, sizeof *messages);
    const char **edges = calloc(count, sizeof *edges), **local = calloc(count, sizeof *local);
    enum yk_status status = YK_ERR_MEMORY;
    if (!messages || !edges || !local) {
        (void)yk_error_set(err, status, "out of memory");
        goto out;
    }
    status = make_and_seal(issue, report->epoch_s, candidates, count, messages, err);
    if (status != YK_OK)
        goto out;
    for (size_t i = 0; i < count; i++) { /* memory for all parcels first: from the record on nothing may fail */
        if (!candidates[i].ready) {
            local[report->local++] = candidates[i].edge->edge;
        } else if (parcel_of(issue, candidates[i].edge->edge)) {
            edges[report->sealed++] = candidates[i].edge->edge;
        } else {
            status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
            goto out;
        }
    }
    if (report->sealed == 0)
        goto out;
    status = yk_key_record_add(issue->record, report->epoch_s, now_s(issue), edges, report->sealed, local,
                               report->local, err);
    if (status != YK_OK)
        goto out;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].ready)
            put_into(issue, parcel_of(issue, candidates[i].edge->edge), report->epoch_s, messages[i]);
    report->made = true;
    say(report, local);
out:
    free(messages);
    free(edges);
    free(local);
    return status;
}

enum yk_status yk_key_issue_next(struct yk_key_issue *issue, struct yk_redis *redis,
                                 const struct yk_enrolment *enrolment, struct yk_key_issue_report *report,
                                 struct yk_error *err)
{
    char text[YK_TIME_TEXT_MAX];
    *report = (struct yk_key_issue_report){.epoch_s = end_of(issue, present_epoch(issue))};
    yk_time_format(text, report->epoch_s);
    report->before = yk_key_record_has(issue->record, report->epoch_s);
    if (report->before)
        return yk_key_issue_send(issue, redis, false, err);
    struct candidate *candidates = calloc(enrolment->count + 1, sizeof *candidates);
    if (!candidates)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    size_t count = 0;
    for (size_t i = 0; i < enrolment->count; i++) /* active now, and when the epoch begins */
        if (yk_enrolled_key_at(&enrolment->edges[i], now_s(issue)) &&
            yk_enrolled_key_at(&enrolment->edges[i], report->epoch_s))
            candidates[count++].edge = &enrolment->edges[i];
    enum yk_status status = YK_OK;
    for (size_t at = 0; at < count && status == YK_OK; at += WINDOW_EDGES)
        status = read_window(issue, redis, report->epoch_s, candidates + at,
                             count - at < WINDOW_EDGES ? count - at : WINDOW_EDGES, err);
    size_t ready = 0;
    for (size_t i = 0; i < count; i++)
        ready += candidates[i].ready;
    if (status == YK_OK && ready == 0) {
        report->local = count;
        yk_log_enter(&issue->nobody, "epoch %s: none of %zu active edges has left a sealing key yet", text, count);
    } else if (status == YK_OK) {
        yk_log_leave(&issue->nobody, "epoch %s: there are sealing keys", text);
        status = issue_to(issue, candidates, count, report, err);
        if (status == YK_OK && report->made)
            status = yk_key_issue_send(issue, redis, false, err);
    }
    free(candidates);
    return status;
}

/* --- Sending ---------------------------------------------------------------------------------------------------- */

static void drop_ended(struct yk_key_issue *issue)
{
    for (size_t i = issue->count; i-- > 0;)
        if (issue->parcels[i].size > 0 && end_of(issue, issue->parcels[i].epoch_s) <= now_s(issue))
            issue->parcels[i] = issue->parcels[--issue->count];
}

static enum yk_status set_window(struct yk_key_issue *issue, struct yk_redis *redis, struct parcel **parcels,
                                 size_t count, struct yk_error *err)
{
    for (size_t i = 0; i < count; i++) {
        char key[YK_KEY_SIZE];
        yk_key_epoch_key(key, issue->district, issue->options.shard, parcels[i]->edge);
        const char *argv[] = {"SET", key, (const char *)parcels[i]->bytes, "NX"};
        const size_t lengths[] = {3, strlen(key), parcels[i]->size, 2};
        enum yk_status status = yk_redis_append(redis, parcels[i]->sent ? 4 : 3, argv, lengths, err);
        if (status != YK_OK)
            return status;
    }
    enum yk_status worst = YK_OK;
    for (size_t i = 0; i < count; i++) {
        redisReply *reply;
        enum yk_status status = yk_redis_reply(redis, &reply, err);
        freeReplyObject(reply);
        if (status == YK_OK)
            parcels[i]->sent = true;
        else
            worst = status;
        if (status == YK_ERR_UNAVAILABLE || (status != YK_OK && yk_redis_broken(redis)))
            return status;
    }
    return worst;
}

enum yk_status yk_key_issue_send(struct yk_key_issue *issue, struct yk_redis *redis, bool again, struct yk_error *err)
{
    struct parcel *window[WINDOW_EDGES];
    drop_ended(issue);
    enum yk_status status = YK_OK;
    int64_t moved_s = INT64_MIN; /* the epoch of what is sent now */
    for (size_t i = 0; i < issue->count && status == YK_OK;) {
        size_t count = 0;
        for (; i < issue->count && count < WINDOW_EDGES; i++)
            if (issue->parcels[i].size > 0 && (again || !issue->parcels[i].sent)) {
                if (!issue->parcels[i].sent)
                    moved_s = issue->parcels[i].epoch_s;
                window[count++] = &issue->parcels[i];
            }
        status = set_window(issue, redis, window, count, err);
    }
    if (status == YK_OK && moved_s != INT64_MIN)
        status = yk_key_record_sent(issue->record, moved_s, err);
    return status;
}
