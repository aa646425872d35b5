/* The inside of a session. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared by its two files: session.c (event time, health, frames) and session_turn.c (a clock that is not known yet). */
#ifndef YK_COLLECTORS_SESSION_STATE_H
#define YK_COLLECTORS_SESSION_STATE_H

#include "session_private.h"

#include "base/log.h"

#include <pthread.h>

struct yk_session {
    struct yk_session_options options;
    struct yk_frame_writer *writer;
    pthread_mutex_t lock; /* writer: the source's thread and the one that flushes on time */
    struct yk_drops drops, told;
    int64_t now_s;    /* event time; INT64_MIN before the first event */
    int64_t first_s;  /* first event since the start or the last break */
    int64_t health_s; /* beginning of the open health interval */
    int64_t ended_s;  /* last event before the last break */
    bool stray;       /* something was emitted since then, and no event has begun another stretch */
    uint64_t records; /* since the last health */
    _Atomic uint64_t observations;
    struct yk_log_once no_room;
    /* All stamps of a stretch were made by a clock that was offset_us ahead of CLOCK_BOOTTIME. */
    _Atomic bool holding;
    bool decided, turned, has_offset, leap;
    int64_t offset_us;
    int64_t turned_us;    /* CLOCK_BOOTTIME; 0: no late stamp is looked for */
    int64_t late_us;      /* to add to one */
    int64_t told_until_s; /* of what was held: nothing begins before */
    _Atomic uint64_t done, total;
    _Atomic int64_t event_s, arrived_us; /* the newest event's time and when it came; INT64_MIN: none yet */
    _Atomic int64_t lag_us;              /* INT64_MIN: not measured */
    struct yk_drops shown;               /* drops as another thread may see them; under the lock */
    struct yk_adapter_status adapter;    /* likewise */
    void (*fill)(void *context, struct yk_health *health);
    void *fill_context;
};

/* These wait for room on disk, unless the program is to end. While the clock is not known they go to what is held. */
enum yk_status yk_session_add(struct yk_session *session, const struct yk_observation *observation,
                              struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_session_flush(struct yk_session *session, int64_t now_s, bool all,
                                struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_session_begin(struct yk_session *session, int64_t t_s, struct yk_error *err) YK_MUST_CHECK;
/* Tells all that is open; the next time begins another stretch. */
enum yk_status yk_session_break_off(struct yk_session *session, struct yk_error *err) YK_MUST_CHECK;
/* A line or zone travels as its index in the version of the sensor that holds at the event's time, which is how the
 * district reads it; the source counts with the newest version. False: it did not exist then, and is no observation. */
bool yk_session_index_at(const struct yk_session *session, struct yk_observation *o);

#endif
