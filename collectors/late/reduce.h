/* Presence that came too late becomes sums. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The district takes pseudonyms until their epoch's end and grace. What an edge could not send until then is erased, but
 * what the estimators need of it has no pseudonym in it: how many addresses, births, deaths and carried lives, and the time
 * they lived, per window. That the edge can work out itself, with the same code as the district (lives/heard_set.h,
 * lives/walk.h), so from the same records come the same numbers.
 *
 *     SPOOL/presence-<epoch>/x.seg           first pass: which frames lie where, each signature checked, each number once
 *       sensor by sensor, window by window   second pass: bodies -> devices of the window -> one list per sensor
 *         the list                           -> lives -> sums per quarter, hour and epoch
 *     SPOOL/reduced-<UTC day>/x.seg          one frame per sensor, when all sensors are through
 *
 * A window is told when the frames' told times reach it, wholly or in part, with the seconds that they do: a quiet window
 * has sums of zero and its full time, which is another thing than a window of which nothing is known. Class and length
 * of life are judged over all of the sensor's records of the epoch.
 *
 * Bounds: the devices of one sensor, counted once for each window in which they were heard, are at most 1,000,000 (72 MB;
 * a window's own are there once more, 64 bytes each, while it is read); a sensor with more is given up without sums, and
 * the others are not. Nothing but the frames is written, and memory that held pseudonyms is wiped before it is freed. */
#ifndef YK_LATE_REDUCE_H
#define YK_LATE_REDUCE_H

#include "base/error.h"
#include "config/config.h"
#include "frame/spool.h"

#include <stddef.h>
#include <stdint.h>

#define YK_LATE_PAIRS_MAX 1000000

struct yk_reduce_options {
    struct yk_spool *spool; /* where the sums go */
    const char *dir;        /* its folder, where the presence lies */
    const char *district, *edge;
    const uint8_t *public_key;      /* the edge's: what it did not sign is not counted */
    int epoch_hours, epoch_start_s; /* how the district lays its epochs */
    const struct yk_config *config; /* for the closed hours of a sensor's place; NULL: as where none are configured */
    size_t pairs_max;               /* 0: YK_LATE_PAIRS_MAX */
};

struct yk_reduce_report {
    uint64_t frames;  /* of which sums were made */
    uint64_t refused; /* not ours, rotten, or not of this epoch: in no sum */
    uint64_t given_up_frames;
    size_t sensors, windows; /* told */
    size_t given_up_sensors; /* had more devices than fit */
};

/* Appends the sums of what the spool holds of the epoch that begins at epoch_s; erases nothing. YK_ERR_UNAVAILABLE if a
 * segment is being written or was sent just now, YK_ERR_FULL if there is no room: nothing or a part of the sums was
 * told, and all of it can be tried again. */
enum yk_status yk_late_reduce(const struct yk_reduce_options *options, int64_t epoch_s, struct yk_reduce_report *report,
                              struct yk_error *err) YK_MUST_CHECK;

#endif
