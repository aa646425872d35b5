/* SPOOL/uplink.status.json: what waits, and whether Redis takes it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     head (status_file.h), part "uplink"
 *     "edge"
 *     "connected", "since_s"           since when it has been so
 *     "reason"                         while away: "unreachable", "refused" or "full"
 *     "backoff_ms"                     while away: the pause before the next attempt
 *     "frames"                         met in the spool since the start; the rest counts frames, too:
 *     "sent"                           each time that one went out
 *     "covered"                        the district said that it has them
 *     "waiting", "unsent"              not covered yet; of these, never sent on this connection
 *     "oldest_s"                       event time at which the oldest waiting frame was cut; null: none waits
 *     "damaged"                        stretches of the spool that hold no whole frame
 *     "free_bytes", "total_bytes"      of the disk that the spool is on
 *     "skew_s", "skew_error_s"         how far our clock is ahead of that of Redis' machine, and how wrong that may be
 *                                      (link/skew.h); null: nothing was sent in the last minutes
 *     "sensors": [{"id", "frames", "sent", "covered", "waiting", "oldest_s"}]
 */
#ifndef YK_STATUS_UPLINK_STATUS_H
#define YK_STATUS_UPLINK_STATUS_H

#include "status/status_file.h"

struct yk_uplink_sensor {
    char id[YK_ID_SIZE];
    uint64_t frames, sent, covered, waiting;
    int64_t oldest_s;
};

struct yk_uplink_status {
    struct yk_status_head head;
    char edge[YK_ID_SIZE], reason[16];
    bool connected;
    int64_t since_s, oldest_s;
    uint64_t backoff_ms, frames, sent, covered, waiting, unsent, damaged, free_bytes, total_bytes;
    double skew_s, skew_error_s;      /* NAN: not known */
    struct yk_uplink_sensor *sensors; /* the caller's when written; freed with _clear when read */
    size_t sensor_count;
};

void yk_uplink_status_path(const char *spool, char out[static 2 * YK_PATH_SIZE]);
/* Why a peer is away, in a word of the file: "unreachable", "refused", "full". */
const char *yk_status_reason(enum yk_status status);
/* Notes whether Redis is there now; since_s moves when that changes. */
void yk_uplink_status_link(struct yk_uplink_status *status, bool connected, enum yk_status why);

void yk_uplink_status_write(struct yk_status_file *file, const struct yk_uplink_status *status);
enum yk_status yk_uplink_status_read(const char *path, struct yk_uplink_status *out,
                                     struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_uplink_status_read_bytes(const char *path, const void *bytes, size_t size,
                                           struct yk_uplink_status *out, struct yk_error *err) YK_MUST_CHECK;
void yk_uplink_status_clear(struct yk_uplink_status *status);

#endif
