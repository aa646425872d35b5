/* Levels that jump and stay. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A camera that was turned, a street that was closed, a shop that opened. Method and sources: break_point.c. */
#ifndef YK_ESTIMATE_BREAK_POINT_H
#define YK_ESTIMATE_BREAK_POINT_H

#include <stddef.h>

#define YK_BREAK_REACH      8 /* weeks compared on either side: nothing is found nearer to an end */
#define YK_BREAK_VALUES_MIN 24
#define YK_BREAKS_MAX       16

struct yk_break {
    size_t at;        /* the first week of the new level */
    double size, se;  /* step of the level (log scale if the values are logarithms: exp(size) - 1 is the change) */
    double statistic; /* |size| in scales of such differences in the same record */
    double critical;  /* what the largest of a record without a break exceeds with chance `false_alarm` */
};

/* Breaks in value[count] (NAN: gap) in order of time, at most `most`; how many. false_alarm: the chance that a record
 * without any shows one, 0.001 to 0.2. None in records that are shorter than YK_BREAK_VALUES_MIN or never vary. */
size_t yk_break_find(const double *value, size_t count, double false_alarm, size_t most, struct yk_break *out);

#endif
