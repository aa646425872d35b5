/* Makes an epoch's key and issues it to the edges of a district. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The key of epoch e+1 is made in epoch e, after a lead of an hour (or a 24th of the epoch where that is less): by then
 * edges that were away have left sealing keys for it, and nearly a whole epoch remains for the messages to arrive. It
 * is sealed to each edge whose sealing key the edge signed, wiped, and exists nowhere on the server from then on: what
 * is held and sent is messages that only the edges can open. An edge without a sealing key in time, or one that is
 * enrolled later, has a local key in that epoch.
 *
 * An epoch has one key. That it was made is written to KEYS/epochs.json, and synced, before the first message leaves:
 *
 *     {"version": 1, "epochs": [{"epoch": "2026-04-02T04:00:00+09:00", "start_s": 1775070000, "made": "...",
 *                                "edges": ["edge-1"], "local": ["edge-3"], "sent": true}]}
 *
 * If this program ends between the two, or before Redis took all messages, the rest of the edges have local keys: a
 * second key for the epoch would be worse, since nobody could tell which of them compare. The next start says so.
 * While it runs, messages are kept and set again where Redis has none (it has no disk and may come back empty). */
#ifndef YK_LINK_KEY_ISSUE_H
#define YK_LINK_KEY_ISSUE_H

#include "base/clock.h"
#include "base/error.h"
#include "frame/enrolment.h"
#include "link/redis.h"

struct yk_key_issue;

struct yk_key_issue_options {
    const char *dir;      /* KEYS; copied */
    const char *district; /* copied */
    unsigned shard;
    int epoch_hours, epoch_start_s;
    const uint8_t *district_secret; /* YK_FRAME_KEY_SIZE; outlives this, as the clock */
    const struct yk_clock *clock;
};

/* Reads the record, and holds KEYS/epochs.lock from now on: YK_ERR_UNAVAILABLE if another process does. */
enum yk_status yk_key_issue_new(const struct yk_key_issue_options *options, struct yk_key_issue **out,
                                struct yk_error *err) YK_MUST_CHECK;
void yk_key_issue_free(struct yk_key_issue *issue);

/* The lead of this epoch has passed and the next one has no key yet. */
bool yk_key_issue_due(const struct yk_key_issue *issue);

struct yk_key_issue_report {
    int64_t epoch_s;      /* the next epoch's start */
    bool made;            /* now; false: it has a key already, or nobody could be given one */
    bool before;          /* it had one already */
    size_t sealed, local; /* edges */
};
/* Makes the next epoch's key now, unless it has one, and sends what is to be sent. With YK_ERR_UNAVAILABLE (and others
 * of Redis) the messages are kept: yk_key_issue_send goes on. */
enum yk_status yk_key_issue_next(struct yk_key_issue *issue, struct yk_redis *redis,
                                 const struct yk_enrolment *enrolment, struct yk_key_issue_report *report,
                                 struct yk_error *err) YK_MUST_CHECK;
/* Sends what was not sent; with `again`, also sets what was sent where Redis has nothing. */
enum yk_status yk_key_issue_send(struct yk_key_issue *issue, struct yk_redis *redis, bool again,
                                 struct yk_error *err) YK_MUST_CHECK;

#endif
