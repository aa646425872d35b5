/* From the devices of one place and epoch to the sums per window. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_LIVES_WALK_H
#define YK_LIVES_WALK_H

#include "base/error.h"
#include "lives/heard_set.h"
#include "lives/sums.h"

#include <stdbool.h>

/* The windows of one span (an epoch) at every resolution. quarter i begins at start_s + i * 900. */
struct yk_span {
    int64_t start_s, end_s;
    size_t quarters;
    size_t hours;
    size_t *hour_of;     /* by quarter: which hour it belongs to, 0.. */
    int64_t *hour_start; /* by hour */
    int64_t *hour_end;
    bool *closed;                     /* by quarter: in the closed hours, when who is there is no visitor */
    bool *closed_heard;               /* room for the walk: a closed quarter in which anything was heard */
    uint64_t *quarter_key, *hour_key; /* room for the walk: the key met last */
};
/* Closed hours are those of the local clock from 1:00 to 5:00 until yk_span_close says otherwise. */
enum yk_status yk_span_init(struct yk_span *span, int64_t start_s, int64_t end_s) YK_MUST_CHECK;
void yk_span_clear(struct yk_span *span);
/* Sets the closed hours: seconds of the local day, from may lie after to (over midnight); the same twice: there are none. */
void yk_span_close(struct yk_span *span, int from_s, int to_s);

/* One (pseudonym, window) state with its window; sorted by (key_id, pseudonym, window) before the walk. */
struct yk_heard_in_window {
    struct yk_heard device;
    int64_t window_s;
};

/* A life of a pseudonym at one place, tenths of a second since 1970. A silence inside a window is known to the tick. */
struct yk_lived {
    uint64_t key_id, pseudonym;
    int64_t begin_ds, end_ds; /* first and last advert */
    uint64_t gap_sq_ds2;      /* of its gaps; those of a window with two lives are all the first one's */
    uint32_t gap_ds;
    uint8_t address_class; /* under which it is counted: one that lives too long to rotate is static */
};

struct yk_walk_sums {
    struct yk_radio_sums *quarter; /* span.quarters */
    struct yk_radio_sums *hour;    /* span.hours */
    struct yk_radio_sums day;
    /* Optional: told of each life, by key and pseudonym and then by time. A life that touches the span's ends may have begun
     * before or go on after it. */
    void (*life)(void *context, const struct yk_lived *life);
    void *context;
};

/* Infrastructure: televisions, beacons of shops. An address that is public, static or lived too long to rotate, and was heard in
 * more than half of the closed quarters in which the place heard anything, of which there are at least two. */

/* Sorts list in place and fills sums (arrays of the span's sizes, zeroed by the caller). A pseudonym of a key stands in the list at most
 * once for each window. */
void yk_lives_walk(const struct yk_span *span, struct yk_heard_in_window *list, size_t count,
                   struct yk_walk_sums *sums);

#endif
