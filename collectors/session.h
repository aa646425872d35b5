/* A sensor's session: where a source hands over observations. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The session stands between a source and the spool. A source tells it how far event time has come and emits
 * observations; the session counts them, writes a `health` observation for each minute of event time, and packs frames.
 * One session per sensor, used by one thread. */
#ifndef YK_COLLECTORS_SESSION_H
#define YK_COLLECTORS_SESSION_H

#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "observation.h"
#include "status/adapter_state.h"

struct yk_session;
struct yk_identity;

/* Where the process belongs and keeps things. */
struct yk_session_home {
    const char *district, *edge;
    const char *keys;  /* folder of keys and secrets, see link/credentials.h */
    const char *spool; /* folder; a source may keep a small file of its own there */
};

const struct yk_sensor_config *yk_session_sensor(const struct yk_session *session);
const struct yk_session_home *yk_session_home(const struct yk_session *session);
/* Counters that the source's parser counts its rejections in. */
struct yk_drops *yk_session_drops(struct yk_session *session);
/* Pseudonyms under the epoch's key; NULL for cameras. */
struct yk_identity *yk_session_identity(struct yk_session *session);
/* Where a live source may keep what it has to know after a restart: the spool's folder. NULL: nothing is kept. */
const char *yk_session_folder(const struct yk_session *session);
/* True when the program was asked to end: the source returns YK_OK soon. */
bool yk_session_stopping(const struct yk_session *session);
/* True if the input is happening now, and not a recording. */
bool yk_session_live(const struct yk_session *session);

/* The event time of a stamp that came just now. Ask for each, before it is used in any other way: while the machine's
 * clock is not known the answer is the stamp itself, and what becomes of it is held until the clock is known
 * (held/hold.h); for a while after that, it corrects stamps that were made before. */
int64_t yk_session_time(struct yk_session *session, int64_t stamp_us);
/* True when the clock has become known and this session has not turned to it. The source ends all that it follows
 * (tracks, lives), lets the session turn, and goes on as at its start. */
bool yk_session_turning(const struct yk_session *session);
enum yk_status yk_session_turn(struct yk_session *session, struct yk_error *err) YK_MUST_CHECK;
/* Event time has reached t; an earlier t than before is ignored. The first call begins the sensor's health. */
enum yk_status yk_session_advance(struct yk_session *session, struct yk_wall t, struct yk_error *err) YK_MUST_CHECK;
/* The epoch and key under which the presence observations to come were made, and whether it is a local one; radio sources call it before the first. */
enum yk_status yk_session_epoch(struct yk_session *session, int64_t epoch_s, uint64_t key_id, bool local,
                                struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_session_emit(struct yk_session *session, const struct yk_observation *observation,
                               struct yk_error *err) YK_MUST_CHECK;
/* Between two files of one sensor, and while it cannot hear or see: what is open is told, time may go back, and the time
 * until the next event is no health. */
enum yk_status yk_session_break(struct yk_session *session, struct yk_error *err) YK_MUST_CHECK;
/* Tells health up to the newest event now, with what the hook below adds: before a source that has a hook ends. */
enum yk_status yk_session_tell_health(struct yk_session *session, struct yk_error *err) YK_MUST_CHECK;
/* Bytes of input taken so far and in all (0: unknown), for the progress bar. */
void yk_session_progress(struct yk_session *session, uint64_t done, uint64_t total);
/* How the adapter is that a radio listens with, for the status file. */
void yk_session_adapter(struct yk_session *session, const struct yk_adapter_status *adapter);
/* How far this machine's clock was ahead of a device's stamps when they came, in microseconds: what is measured of the
 * device's clock, with the time that a message is under way. For the status file. */
void yk_session_lag(struct yk_session *session, int64_t lag_us);
/* Called before each health observation to let a radio source add its lag histograms. */
void yk_session_on_health(struct yk_session *session, void (*fill)(void *context, struct yk_health *health),
                          void *context);

#endif
