/* Wall and monotonic time as two types that cannot be mixed. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Event time (what a record says) is wall time. Waiting and back-off use monotonic time only: a wall clock that is
 * stepped must neither stall nor hurry a daemon. Code that needs the time takes a struct yk_clock, so that a replay
 * runs on event time and a test on a clock of its own. */
#ifndef YK_BASE_CLOCK_H
#define YK_BASE_CLOCK_H

#include <stdint.h>

struct yk_wall {
    int64_t us; /* microseconds since 1970-01-01T00:00:00Z, leap seconds not counted */
};

struct yk_mono {
    int64_t us; /* microseconds since an arbitrary point; never goes back within one boot */
};

struct yk_clock {
    struct yk_wall (*wall)(void *context);
    struct yk_mono (*mono)(void *context);
    void *context;
};

/* CLOCK_REALTIME and CLOCK_MONOTONIC. */
extern const struct yk_clock yk_clock_system;
/* CLOCK_REALTIME and CLOCK_BOOTTIME, whose monotonic side goes on while the machine sleeps. */
extern const struct yk_clock yk_clock_boot;

static inline struct yk_wall yk_wall_now(const struct yk_clock *clock)
{
    return clock->wall(clock->context);
}

static inline struct yk_mono yk_mono_now(const struct yk_clock *clock)
{
    return clock->mono(clock->context);
}

/* A clock that stands still until it is set: for replays and tests. context of the clock points to this struct. */
struct yk_manual_clock {
    struct yk_wall wall;
    struct yk_mono mono;
};
struct yk_clock yk_clock_manual(struct yk_manual_clock *state);

#endif
