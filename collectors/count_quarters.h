/* A counted interval, cut at the quarters of an hour. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The district keeps states per quarter of an hour, so no count that leaves a collector crosses the border of one. Devices
 * count over longer intervals, or over ones that lie across a border. What they counted is then laid on the quarters in
 * proportion to time, by rounding the running sum: up to the end of piece k, t_k into an interval of T, there are
 * N t_k / T persons to the nearest, halves up. So each piece is within one person of its share, and the pieces add up to
 * exactly what was counted. */
#ifndef YK_COLLECTORS_COUNT_QUARTERS_H
#define YK_COLLECTORS_COUNT_QUARTERS_H

#include "observation.h"

#define YK_COUNT_LONGEST_MS INT64_C(86400000) /* the longest interval that a count may have */

/* The piece after the one that *piece holds; begin with piece->to_ms = whole->from_ms. False behind the last. An interval
 * without length, which is a moment, is no piece. */
bool yk_count_next_quarter(const struct yk_count *whole, struct yk_count *piece);

#endif
