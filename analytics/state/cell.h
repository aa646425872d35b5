/* States that merge. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A cell is what is known of one thing in one window: integers, bitmaps and sets whose merging is a sum, an OR or a
 * minimum. Merging is commutative and associative, so neither the order of frames nor the way they were cut into
 * commits can show in a table. A commit writes the cells that changed since the last one as parts; whoever reads a cell
 * merges its parts.
 *
 *     kind      key          window                 content
 *     presence  place        15 minutes             per (key id, pseudonym) a struct yk_heard
 *     crossing  place/line   15 minutes             plus, minus: crossings, and what counters counted
 *     zone      place/zone   15 minutes             milliseconds inside, entries, exits, net change per second
 *     health    sensor       15 minutes             the seconds it ran, its records, its drops
 *     lags      sensor       the epoch's start      lag histograms
 *     reduced   sensor       15 minutes, hour, day  sums that an edge made of presence which it could not send in time
 *     awaited   place        15 minutes, hour, day  at which lengths a closed epoch's row may still come from such sums
 *     late      sensor       15 minutes             health of a radio that came when its epoch was closed: the seconds it ran */
#ifndef YK_STATE_CELL_H
#define YK_STATE_CELL_H

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/error.h"
#include "lives/heard_set.h"
#include "observation.h"

enum yk_cell_kind {
    YK_CELL_PRESENCE = 1,
    YK_CELL_CROSSING = 2,
    YK_CELL_ZONE = 3,
    YK_CELL_HEALTH = 4,
    YK_CELL_LAGS = 5,
    YK_CELL_REDUCED = 6,
    YK_CELL_AWAITED = 7,
    YK_CELL_LATE_HEALTH = 8,
};

#define YK_CELL_KEY_SIZE 64

struct yk_crossing_cell {
    uint64_t plus, minus;
};

struct yk_zone_cell {
    uint64_t inside_ms, entered, left;
    int32_t change[YK_WINDOW_S + 1]; /* persons more or fewer from this second of the window on */
};

struct yk_health_cell {
    uint64_t ran[(YK_WINDOW_S + 63) / 64]; /* bit i: the sensor ran in second i */
    uint64_t records;
    struct yk_drops drops;
};

struct yk_lags_cell {
    struct yk_lag_histogram lags[YK_ROTATING_COUNT];
};

/* The windows that begin at one time, shortest first. Of two that speak of the same window the one that covers more of it
 * stands: an edge that was killed between telling sums and forgetting what they were made of tells them again. */
#define YK_REDUCED_LENGTHS 4 /* a quarter, an hour, a day, and one for an epoch that was configured otherwise */
struct yk_reduced_cell {
    unsigned count;
    struct {
        uint32_t length_s, covered_s;
        struct yk_radio_sums radio;
    } list[YK_REDUCED_LENGTHS];
};

struct yk_awaited_cell {
    uint64_t resolutions; /* bit i: of enum yk_resolution i */
};

struct yk_cell {
    enum yk_cell_kind kind;
    char key[YK_CELL_KEY_SIZE];
    int64_t window_s;
    int64_t epoch_s; /* presence only: which state file it belongs to */
    union {          /* what is large stands apart: a district awaits ten thousands of cells at once */
        struct yk_heard_set devices;
        struct yk_crossing_cell crossing;
        struct yk_zone_cell *zone;
        struct yk_health_cell health;
        struct yk_lags_cell *lags;
        struct yk_reduced_cell *reduced;
        struct yk_awaited_cell awaited;
    } as;
};

/* An empty cell of the kind. Free its content with yk_cell_clear. */
enum yk_status yk_cell_init(struct yk_cell *cell, enum yk_cell_kind kind, const char *key,
                            int64_t window_s) YK_MUST_CHECK;
void yk_cell_clear(struct yk_cell *cell);

/* Adds one tick of one pseudonym to a presence cell; the tick lies in the cell's window. */
enum yk_status yk_cell_hear(struct yk_cell *cell, uint64_t key_id, const struct yk_presence *presence) YK_MUST_CHECK;
/* The same for a run of records that all have the first one's pseudonym and lie in the cell's window, in any order. */
enum yk_status yk_cell_hear_run(struct yk_cell *cell, uint64_t key_id, const struct yk_presence *run,
                                size_t count) YK_MUST_CHECK;
/* Adds the part of a slice, or of a health interval, that lies in the cell's window. */
void yk_cell_stay(struct yk_cell *cell, const struct yk_zone_slice *slice);
void yk_cell_ran(struct yk_cell *cell, int64_t t0_s, int64_t t1_s);
/* Takes sums of a window that begins with the cell's. */
void yk_cell_reduce(struct yk_cell *cell, const struct yk_presence_sums *sums);

/* The cell as a part: *out is malloc'd. Devices stand in it in the order of their list. */
enum yk_status yk_cell_encode(const struct yk_cell *cell, uint8_t **out, size_t *size) YK_MUST_CHECK;
/* Merges a part into the cell; YK_ERR_INPUT if the bytes are not one. */
enum yk_status yk_cell_merge(struct yk_cell *cell, const uint8_t *bytes, size_t size) YK_MUST_CHECK;

/* Most persons at once over the window's seconds, and seconds in which the sensor ran. */
int64_t yk_zone_cell_max(const struct yk_zone_cell *zone);
int yk_health_cell_seconds(const struct yk_health_cell *health);

#endif
