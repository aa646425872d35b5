/* What an edge tells about address rotation without linking any two addresses.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Per address class, over one health interval: the histogram of lags birth - death between lives of different
 * addresses, the time spent in silent gaps by their length, and the sums that turn the number of rotations into a
 * period (docs/METHODS.md). A life that closes is paired with all births and deaths near its ends by counting in time
 * slots; which two made a pair is never known. All numbers are integer and add up, so histograms of many sensors and
 * days merge by addition.
 *
 * gap[] holds time and not counts: a rotation falls into a gap with a chance proportional to the gap's length, so
 * gap[k] / life_ds is itself the law of the silence around a rotation, exact for any advert interval, without guessing
 * where inside a bin the gaps lie. Since a life is the sum of its gaps, the bins add up to the time of the lives that
 * they are taken from (life_ds is less where a life reaches into time that was not watched). */
#ifndef YK_LAG_HISTOGRAM_H
#define YK_LAG_HISTOGRAM_H

#include <stdint.h>

#define YK_LAG_BINS   120 /* of 0.5 s, birth - death from -30 s to +30 s: bin k is [-30 + k/2, -29.5 + k/2) s */
#define YK_GAP_BINS   61  /* of 0.5 s from 0 s to 30 s; the last one holds longer gaps */
#define YK_LAG_BIN_DS 5   /* a bin's width in tenths of a second */

struct yk_lag_histogram {
    uint64_t lag[YK_LAG_BINS]; /* pairs of a birth and a death of different addresses */
    uint64_t gap[YK_GAP_BINS]; /* time in gaps of this length, tenths of a second */
    uint64_t births;
    uint64_t deaths;
    uint64_t life_ds;     /* watched time of the lives behind the lags, tenths of a second */
    uint64_t gap_ds;      /* sum G over the gaps inside them: the sum of gap[] */
    uint64_t gap_sq_ds2;  /* sum G^2 */
    uint64_t observed_ds; /* time over which births and deaths were watched */
    uint64_t slow_ds;     /* 0 now: lives heard rarely count like all others; the frame keeps its place */
    uint64_t dropped;     /* lives left out because they are too long or too old to be compared */
};

/* Address classes that rotate. */
enum yk_rotating_class { YK_ROTATING_RESOLVABLE, YK_ROTATING_NON_RESOLVABLE, YK_ROTATING_COUNT };

static inline void yk_lag_histogram_add(struct yk_lag_histogram *to, const struct yk_lag_histogram *from)
{
    for (int i = 0; i < YK_LAG_BINS; i++)
        to->lag[i] += from->lag[i];
    for (int i = 0; i < YK_GAP_BINS; i++)
        to->gap[i] += from->gap[i];
    to->births += from->births;
    to->deaths += from->deaths;
    to->life_ds += from->life_ds;
    to->gap_ds += from->gap_ds;
    to->gap_sq_ds2 += from->gap_sq_ds2;
    to->observed_ds += from->observed_ds;
    to->slow_ds += from->slow_ds;
    to->dropped += from->dropped;
}

#endif
