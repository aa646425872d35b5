/* Lives of a day by length: what the lengths of stays are estimated from. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The estimators want to know how many lives are longer than each length, hour by hour of their begin (bootstrap.h), and
 * not whose they were. So lives are counted into bins and forgotten. Bins are a tenth of a second wide up to 25.6 s and then a
 * 128th of their octave, under 0.8 % of the length, which is less than the cells that stay_survivor.c cuts it into. Integers:
 * the order of lives does not show. An hour in which anybody came takes 52 kB, however many did.
 *
 * The law of the period needs the times of lives that rotate as well (period_shape.h): twelve bytes each, and nothing of whose. */
#ifndef YK_ESTIMATE_STAY_TALLY_H
#define YK_ESTIMATE_STAY_TALLY_H

#include "estimate/kaplan_meier.h"
#include "estimate/stay_survivor.h"
#include "lives/sums.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of addresses that don't share a period. */
enum yk_stay_kind { YK_STAY_FIXED, YK_STAY_RESOLVABLE, YK_STAY_NON_RESOLVABLE, YK_STAY_KINDS };
enum yk_stay_kind yk_stay_kind_of(enum yk_address_class address_class);

#define YK_STAY_BINS \
    2176 /* 256 of them a tenth of a second, then 15 octaves, to 9 days; what is longer is in the last one */

struct yk_stay_life {
    uint32_t begin_ds, end_ds; /* since the span's start */
    uint8_t kind;
    bool began_before, goes_on;
};

struct yk_stay_hour {
    uint32_t count[YK_STAY_KINDS][YK_STAY_BINS][2];
};

struct yk_stay_tally {
    int64_t start_s, end_s;
    size_t hours; /* or what lies of the last one in the span */
    /* By hour of the begin and kind: lives seen to end, and lives cut off while they went on. */
    struct yk_stay_hour **hour; /* NULL: nobody began in it */
    struct yk_stay_life *lives; /* of rotating addresses, as they came */
    size_t life_count, life_capacity;
    bool out_of_memory;
};

/* False without memory. Free with yk_stay_tally_clear. */
bool yk_stay_tally_init(struct yk_stay_tally *tally, int64_t start_s, int64_t end_s);
void yk_stay_tally_clear(struct yk_stay_tally *tally);
/* A life, tenths of a second since 1970. One first heard at the span's start, or after an outage (began_before), is of unknown age
 * and not counted; one last heard at its end, or before an outage (goes_on), is counted as cut off. Without memory
 * out_of_memory is set. */
void yk_stay_tally_add(struct yk_stay_tally *tally, enum yk_address_class address_class, int64_t begin_ds,
                       int64_t end_ds, bool began_before, bool goes_on);

/* The bins that hold anything, as pieces in order of length; weights are made for each draw. */
struct yk_stay_bins {
    struct yk_stay_piece *pieces;
    unsigned *weight;  /* as yk_stay_bins_weigh was told last; every life once at first */
    unsigned *by_hour; /* hours a piece, one piece after the other */
    size_t count, hours;
};
/* False without memory. Free with yk_stay_bins_clear. */
bool yk_stay_bins_of(const struct yk_stay_tally *tally, enum yk_stay_kind kind, struct yk_stay_bins *out);
void yk_stay_bins_clear(struct yk_stay_bins *bins);
/* Lives out of their bins again, one by one as they are weighed, for product-limit estimates: a stay begins and ends half a gap
 * outside its adverts. *out is the caller's to free. False without memory. */
bool yk_stay_bins_unfold(const struct yk_stay_bins *bins, double two_g_s, struct yk_km_stay **out, size_t *count);
/* Lives of hour i count times[i] times. */
void yk_stay_bins_weigh(struct yk_stay_bins *bins, const unsigned *times);

#endif
