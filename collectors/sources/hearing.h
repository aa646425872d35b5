/* What a radio source does with what it hears. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every radio source is the same behind its decoder: an advert moves event time, is turned away when it is too weak, and
 * goes to the presence table, which hashes its address. A source hands records to the decoder and says how time goes. */
#ifndef YK_SOURCES_HEARING_H
#define YK_SOURCES_HEARING_H

#include "session.h"

struct yk_hearing;
struct yk_decoder;

/* The session outlives it. Freed by yk_hearing_free (NULL is fine). */
enum yk_status yk_hearing_new(struct yk_session *session, struct yk_hearing **out, struct yk_error *err) YK_MUST_CHECK;
void yk_hearing_free(struct yk_hearing *hearing);

/* The decoder whose adverts are heard; wiped when this is freed. */
struct yk_decoder *yk_hearing_decoder(struct yk_hearing *hearing);
/* What came of the adverts that the decoder has handed over: the first failure. After each record. */
enum yk_status yk_hearing_status(struct yk_hearing *hearing, struct yk_error *err) YK_MUST_CHECK;
/* A record with this stamp came just now: the radio was alive then, whether it was an advert or not. A stamp of
 * YK_TIME_NONE counts as a drop. */
enum yk_status yk_hearing_at(struct yk_hearing *hearing, int64_t stamp_us, struct yk_error *err) YK_MUST_CHECK;
/* Nothing has come. A live radio that hears nothing still runs: its time goes on with the wall clock, as far after it as
 * its last record was and behind_us more, so that ticks close and health is told. Not if its stamps are none of the wall
 * clock's: a recording's time is its own. Failures are kept for yk_hearing_status. */
void yk_hearing_idle(struct yk_hearing *hearing, int64_t behind_us);
/* True when the program was asked to end. */
bool yk_hearing_stopping(const struct yk_hearing *hearing);
/* The radio cannot hear from now on: what it heard is told, and the time until the next record is no health. */
enum yk_status yk_hearing_pause(struct yk_hearing *hearing, struct yk_error *err) YK_MUST_CHECK;
/* The source ends. */
enum yk_status yk_hearing_finish(struct yk_hearing *hearing, struct yk_error *err) YK_MUST_CHECK;

#endif
