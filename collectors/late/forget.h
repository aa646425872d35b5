/* Presence on the disk is forgotten when its epoch and grace are over. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A radio's collector first makes sums of it (late/reduce.h), which are on the disk when the frames go. If the power goes
 * in between, the same sums are told again: of what it is told of a window the district takes the record that covers
 * more, so telling it twice changes nothing.
 *
 * Where sums cannot be made yet, because a segment is being written or there is no room, they are tried for an hour; then
 * the presence goes without, but for a segment that another collector still writes: that one's turn comes. Pseudonyms do not stay for the sake of statistics. A camera's collector has no business with
 * pseudonyms and makes no sums, but an edge's radio may be gone for good: so it erases what is there an hour later than
 * the radio's collector would, and the radio comes first. */
#ifndef YK_LATE_FORGET_H
#define YK_LATE_FORGET_H

#include "base/clock.h"
#include "base/log.h"
#include "late/reduce.h"

#include <stdbool.h>

#define YK_LATE_TRIES_S 3600

struct yk_late {
    struct yk_reduce_options options;
    int grace_hours;
    bool reduces;             /* this is a radio's collector */
    uint64_t frames, windows; /* reduced so far, and told of them */
    struct yk_mono looked;    /* us = 0: never */
    struct yk_log_once waits;
};

/* Looks at most once a minute for epochs whose grace was over at now_s: reduces them, oldest first, and erases them. */
void yk_late_forget(struct yk_late *late, int64_t now_s);

#endif
