/* Adverts in, one presence observation per pseudonym and tick out. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_PRESENCE_TABLE_H
#define YK_PRESENCE_TABLE_H

#include "base/error.h"

#include <stdint.h>

struct yk_presence_table;
struct yk_raw_id;
struct yk_session;

/* The most addresses that are remembered at once by one sensor. Above it the least recently heard of a few is given up,
 * counted as table_full. About 4 MiB, all of it allocated here. */
#define YK_PRESENCE_CAPACITY 16384

/* The session gives the identity (pseudonyms) and takes the observations; it must outlive the table. */
enum yk_status yk_presence_table_new(struct yk_session *session, struct yk_presence_table **out,
                                     struct yk_error *err) YK_MUST_CHECK;
void yk_presence_table_free(struct yk_presence_table *table);

/* One advert. Times may be out of order by up to a tick; an earlier one is taken as the tick's beginning. A clock that
 * is set back by more starts the table anew. rssi_dbm 127: not available. */
enum yk_status yk_presence_hear(struct yk_presence_table *table, const struct yk_raw_id *id, int64_t time_us,
                                int8_t rssi_dbm, struct yk_error *err) YK_MUST_CHECK;
/* Time has come to here, with or without an advert: closes ticks and lives that lie behind; a clock that was set back
 * closes all. Call it before the session is told of the time, so that what is open is told of the time it was heard in.
 * Nothing before the first advert. */
enum yk_status yk_presence_pass(struct yk_presence_table *table, int64_t time_us, struct yk_error *err) YK_MUST_CHECK;
/* The machine's clock has become known (session.h): every life ends and its lags are told, and what is heard from now
 * on is under another epoch's key. */
enum yk_status yk_presence_turn(struct yk_presence_table *table, struct yk_error *err) YK_MUST_CHECK;
/* The sensor stops: emits what is open. */
enum yk_status yk_presence_finish(struct yk_presence_table *table, struct yk_error *err) YK_MUST_CHECK;

#endif
