/* Lags between deaths and births of addresses, counted at the edge. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Feeds pipeline/lag_histogram.h; the method is in lags.c. One struct yk_lags per sensor, one thread. Times are wall
 * time in tenths of a second since 1970 (ds), cut downwards, the same cut for every advert. */
#ifndef YK_PRESENCE_LAGS_H
#define YK_PRESENCE_LAGS_H

#include "base/error.h"
#include "lag_histogram.h"

#include <stdint.h>

#define YK_LAGS_REACH_DS    300   /* lags from -30 s to +30 s */
#define YK_LAGS_GUARD_DS    300   /* after a start and before a stop: ends there are the record's, not the device's */
#define YK_LAGS_RING_DS     90000 /* 2.5 h: how far back ends are remembered */
#define YK_LAGS_LIFE_MAX_DS 64800 /* 1.8 h: what lives longer does not rotate */

/* A life while it is open, kept by the owner of the table, one per address of a rotating class. About 150 bytes. */
struct yk_life {
    int64_t birth_ds;
    int64_t last_ds;
    uint64_t gap_sq_ds2;             /* sum G^2; sum G is last_ds - birth_ds */
    uint16_t gap_in_ds[YK_GAP_BINS]; /* time in gaps by length, saturating; whole up to YK_LAGS_LIFE_MAX_DS */
};

/* The first advert; then every further one. An advert older than the last is taken as simultaneous with it. The owner
 * ends a life after YK_MERGE_GAP_S of silence, or at yk_lags_stop, and hands it to yk_lags_life; the next advert begins
 * another. */
void yk_life_begin(struct yk_life *life, int64_t t_ds);
void yk_life_heard(struct yk_life *life, int64_t t_ds);

struct yk_lags;

/* About 730 kB, all of it here. *out is freed by yk_lags_free (NULL is allowed). */
enum yk_status yk_lags_new(struct yk_lags **out, struct yk_error *err) YK_MUST_CHECK;
void yk_lags_free(struct yk_lags *lags);

/* Listening begins or ends at t: at the program's start and end, around an outage, and as a stop and a start at the
 * same t where every pseudonym changes at once (a new epoch). Times before an earlier call's are moved up to it. Call
 * stop before the lives that it ends are handed over. Nothing counts before the first start. */
void yk_lags_start(struct yk_lags *lags, int64_t t_ds);
void yk_lags_stop(struct yk_lags *lags, int64_t t_ds);

/* A life has ended. Order of calls is free as long as none comes more than YK_LAGS_RING_DS late; cost is bounded (about
 * 250 additions). */
void yk_lags_life(struct yk_lags *lags, enum yk_rotating_class rotating, const struct yk_life *life);

/* Hands over what was counted since the last call and clears it. now_ds: how far event time has come. */
void yk_lags_take(struct yk_lags *lags, int64_t now_ds, struct yk_lag_histogram out[YK_ROTATING_COUNT]);

#endif
