/* What a counter watched and counted, into its session. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A camera that sends frames proves with each of them that it runs. A counter proves it with its intervals, and of what lies
 * between them it says nothing. So event time goes from an interval's beginning to its end, the counts come on the way, each
 * before the time at which it ends (so that one frame carries both), and the health is told of watched time and no other:
 *
 *     intervals      [-----)[-----)        [--....)     [--------)       .... fewer samples than expected
 *     health         [------------)        [-)          [--------)
 *
 * Another line's interval of the same time changes nothing about the health, which is the device's; an interval that comes
 * late begins a stretch of its own. */
#ifndef YK_SOURCES_WATCHED_H
#define YK_SOURCES_WATCHED_H

#include "session.h"
#include "sources/counters.h"

struct yk_watched {
    struct yk_session *session;
    int64_t from_us, to_us; /* what was told as watched last; the same: nothing */
};

/* The interval's counts are laid on quarters of an hour (count_quarters.h). */
enum yk_status yk_watched_tell(struct yk_watched *watched, const struct yk_counted *counted,
                               struct yk_error *err) YK_MUST_CHECK;
/* A count that was told at once when it changed: it belongs to the moment before it was told. Event time is somebody
 * else's business. */
enum yk_status yk_watched_tell_moment(struct yk_watched *watched, const struct yk_counted *counted,
                                      struct yk_error *err) YK_MUST_CHECK;
/* The device is not heard any more: the session breaks. */
enum yk_status yk_watched_break(struct yk_watched *watched, struct yk_error *err) YK_MUST_CHECK;

#endif
