/* How far this machine's clock is from that of Redis' machine. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reply to XADD is an id, "<ms>-<n>": when the server's clock says that the frame came in. That moment lies between
 * our sending and our receiving, so, as in NTP (RFC 5905; the on-wire protocol with one server stamp),
 *
 *     server's clock - our steady clock = ms - (sent + received) / 2,    wrong by half the round trip at most
 *
 * and by half a millisecond for what the id cuts off. Nothing is sent for it. It is the steady clock and not the wall
 * clock that is compared, because a wall clock may be set while a frame is under way; the wall clock is read when
 * somebody asks, so a clock that was just set right is at once told to be right.
 *
 * An id tells the time only when n is 0: while the server's clock stands still or has gone back, Redis goes on under the
 * newest ms that it gave and counts n up. (Frames of one window that come in within a millisecond do that too; there are
 * enough others.) What is no such id, or says a year that no frame can, is passed over.
 *
 * The best of the last five minutes is kept, in a slot per minute. A sample ages by 100 ppm, the drift of a cheap
 * crystal; the best is the one with the smallest error now. */
#ifndef YK_LINK_SKEW_H
#define YK_LINK_SKEW_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_SKEW_MINUTES 5

struct yk_skew_sample {
    int64_t minute; /* of the steady clock, plus 1; 0: empty */
    struct yk_mono at;
    int64_t ahead_us; /* server's clock minus our steady clock */
    int64_t error_us;
};

/* Zero-initialised is empty. The clock's steady side should go on while the machine sleeps: yk_clock_boot. */
struct yk_skew {
    struct yk_skew_sample best[YK_SKEW_MINUTES];
};

/* id: the reply, of `size` bytes. False if it tells no time. */
bool yk_skew_take(struct yk_skew *skew, struct yk_mono sent, struct yk_mono received, const char *id, size_t size);
/* Another server may answer from now on. */
void yk_skew_forget(struct yk_skew *skew);
/* How far our wall clock is ahead, and the most by which that may be wrong, in seconds; false: not known. */
bool yk_skew_now(const struct yk_skew *skew, const struct yk_clock *clock, double *ahead_s, double *error_s);

#endif
