/* Received, replayed, refused. SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks.h"

#include "link/redis.h"
#include "state/state_store.h"
#include "supervise/private_redis.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool same_lane(const struct yk_frame_header *a, const struct yk_frame_header *b)
{
    return a->incarnation == b->incarnation && a->group == b->group && a->lane == b->lane && a->stream == b->stream &&
           strcmp(a->sensor, b->sensor) == 0;
}

static bool is_given_up(const struct yk_ledger_frame *frame, const struct yk_ledger_frame *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((all[i].header.flags & YK_FRAME_TOMBSTONE) && all[i].edge == frame->edge &&
            same_lane(&all[i].header, &frame->header) && all[i].header.sequence <= frame->header.sequence &&
            all[i].last >= frame->header.sequence)
            return true;
    return false;
}

static uint64_t numbers(const struct yk_received *received)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < received->count; i++)
        for (size_t k = 0; k < received->lanes[i].sequences.count; k++)
            sum += received->lanes[i].sequences.list[k].last - received->lanes[i].sequences.list[k].first + 1;
    return sum;
}

void yk_check_received(struct yk_fault_district *d, struct yk_ledger_frame *frames, size_t count,
                       struct yk_check_figures *figures)
{
    struct yk_state_store *store;
    struct yk_error err = {0};
    if (yk_state_open(d->state, &store, &err) != YK_OK)
        yk_fault_fail("%s", err.message);
    for (int e = 0; e < EDGES; e++) {
        struct yk_received received = {0};
        uint64_t ours = 0;
        if (yk_state_received(store, d->edges[e].id, &received) != YK_OK)
            yk_fault_fail("cannot read what was received of %s", d->edges[e].id);
        for (size_t i = 0; i < count; i++) {
            struct yk_ledger_frame *f = &frames[i];
            if (f->edge != e)
                continue;
            f->received = yk_received_has(&received, &f->header, f->last);
            if (f->header.flags & YK_FRAME_TOMBSTONE) {
                figures->tombstones++;
                if (!f->received && !f->removed)
                    yk_fault_wrong("%s: a tombstone for %" PRIu64 " to %" PRIu64 " of %s never came", d->edges[e].id,
                                   f->header.sequence, f->last, f->header.sensor);
                continue;
            }
            figures->frames++;
            figures->received += f->received;
            ours += f->received;
            if (f->received)
                continue;
            if (is_given_up(f, frames, count))
                figures->given_up++;
            else if (f->removed)
                figures->removed++;
            else if (d->edges[e].fate == YK_FATE_SMALL_DISK && f->header.group == YK_GROUP_PRESENCE)
                figures->untold++;
            else
                yk_fault_wrong("%s: frame %" PRIu64 " of %s (incarnation %016" PRIx64 ", group %d) never came",
                               d->edges[e].id, f->header.sequence, f->header.sensor, f->header.incarnation,
                               f->header.group);
        }
        if (numbers(&received) != ours)
            yk_fault_wrong("%s: %" PRIu64 " frames count as received, %" PRIu64 " of them were seen in its spool",
                           d->edges[e].id, numbers(&received), ours);
        yk_received_clear(&received);
    }
    yk_state_close(store);
}

void yk_check_tables(struct yk_fault_district *d, const char *server, const char *state, const char *publish)
{
    char log[200], out[200];
    snprintf(log, sizeof log, "%s/finish.log", server);
    snprintf(out, sizeof out, "%s/tables", server);
    yk_fault_run(log, "analyze", d->yaml, "--keys", d->keys, "--state", state, "--publish", publish, "--finish", "all",
                 "--quiet", NULL);
    yk_fault_run(log, "export", "--store", publish, "--config", d->yaml, "--out", out, NULL);
}

static size_t waiting(struct yk_redis *redis, const struct yk_fault_district *d)
{
    size_t sum = 0;
    for (int e = 0; e < EDGES; e++) {
        char key[YK_KEY_SIZE];
        yk_key_frames(key, d->config->district, 0, d->edges[e].id);
        const char *argv[] = {"XLEN", key};
        redisReply *reply = NULL;
        if (yk_redis_command(redis, 2, argv, NULL, &reply, NULL) != YK_OK)
            yk_fault_fail("the quiet Redis does not answer");
        sum += (size_t)reply->integer;
        freeReplyObject(reply);
    }
    return sum;
}

void yk_check_replay(struct yk_fault_district *d, const struct yk_ledger_frame *frames, size_t count)
{
    static struct yk_private_redis redis;
    static struct yk_child worker;
    char dir[140], state[160], publish[160], log[160];
    struct yk_error err = {0};
    struct yk_redis *connection;
    snprintf(dir, sizeof dir, "%s/quiet", d->dir);
    snprintf(state, sizeof state, "%s/state", dir);
    snprintf(publish, sizeof publish, "%s/publish.db", dir);
    snprintf(log, sizeof log, "%s/analyze.log", dir);
    yk_fault_mkdir(dir);
    if (yk_private_redis_start(&redis, dir, &err) != YK_OK ||
        yk_redis_connect(&(struct yk_redis_options){.url = redis.url}, &connection, &err) != YK_OK)
        yk_fault_fail("%s", err.message);
    for (size_t i = 0; i < count; i++) {
        char key[YK_KEY_SIZE];
        yk_key_frames(key, d->config->district, 0, d->edges[frames[i].edge].id);
        const char *argv[] = {"XADD", key, "*", "f", (const char *)frames[i].bytes};
        const size_t lengths[] = {4, strlen(key), 1, 1, frames[i].size};
        redisReply *reply = NULL;
        if (!frames[i].received)
            continue;
        if (yk_redis_command(connection, 5, argv, lengths, &reply, &err) != YK_OK)
            yk_fault_fail("%s", err.message);
        freeReplyObject(reply);
    }
    snprintf(worker.program, sizeof worker.program, "%s/yukikai-analyze", YK_BIN_DIR);
    yk_child_init(&worker, "analyze", NULL);
    worker.log_path = log;
    yk_child_args(&worker, d->yaml, "--keys", d->keys, "--state", state, "--publish", publish, "--redis", redis.url,
                  NULL);
    if (yk_child_start(&worker, &err) != YK_OK)
        yk_fault_fail("%s", err.message);
    double end_s = yk_fault_now_s() + 120;
    while (waiting(connection, d) > 0) {
        if (!yk_child_running(&worker) || yk_fault_now_s() > end_s)
            yk_fault_fail("the quiet replay does not get through; see %s", log);
        yk_fault_wait_ms(50);
    }
    yk_redis_free(connection);
    yk_district_end(&worker, log);
    yk_child_end(&redis.child, 5000);
    yk_check_tables(d, dir, state, publish);
}

void yk_check_same(struct yk_fault_district *d, struct yk_check_figures *figures)
{
    char path[200];
    size_t hindered_size = 0, quiet_size = 0, at = 0, line = 0;
    snprintf(path, sizeof path, "%s/tables/kpis.csv", d->server);
    char *hindered = yk_fault_read(path, &hindered_size);
    snprintf(path, sizeof path, "%s/quiet/tables/kpis.csv", d->dir);
    char *quiet = yk_fault_read(path, &quiet_size);
    if (!hindered || !quiet)
        yk_fault_fail("a table is missing");
    while (at < hindered_size && at < quiet_size && hindered[at] == quiet[at]) {
        figures->rows += hindered[at] == '\n';
        line = hindered[at] == '\n' ? at + 1 : line;
        at++;
    }
    if (at < hindered_size || at < quiet_size)
        yk_fault_wrong("the table is not the quiet replay's, from byte %zu on:\n  %.*s\n  %.*s", at,
                       (int)strcspn(hindered + line, "\r\n"), hindered + line, (int)strcspn(quiet + line, "\r\n"),
                       quiet + line);
    free(hindered);
    free(quiet);
}

/* Also what is told only as a sum, in a closing line. */
static bool is_refusal(const char *line)
{
    static const char *const reasons[] = {"not a whole frame", "newer version",         "in another edge's stream",
                                          "was revoked",       "not enrolled for",      "a time in the future",
                                          "after its horizon", "contradicts its header"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strstr(line, reasons[i]))
            return true;
    return false;
}

void yk_check_refusals(struct yk_fault_district *d, bool forged)
{
    char *text = yk_fault_read(d->worker_log, NULL), *rest = text;
    bool refused_forgery = false;
    for (char *line; (line = strsep(&rest, "\n"));) {
        refused_forgery |= strstr(line, "signed by somebody else") != NULL;
        if (is_refusal(line))
            yk_fault_wrong("the worker refused an honest frame: %s", line);
    }
    if (forged && !refused_forgery)
        yk_fault_wrong("no forgery was refused; see %s", d->worker_log);
    free(text);
}
