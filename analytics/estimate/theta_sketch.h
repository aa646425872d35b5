/* How many ids are in both of two sets. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For live screens only (who was at the station and in the park today); a final row counts exactly and never comes from here.
 * Ids are 64-bit pseudonyms under one key, keyed hashes already. Two sketches of the same ids are the same bytes. Method: the .c. */
#ifndef YK_ESTIMATE_THETA_SKETCH_H
#define YK_ESTIMATE_THETA_SKETCH_H

#include "estimate/interval.h"

#include <stdint.h>

#define YK_THETA_K 4096 /* standard error of a set 1/sqrt(k) = 1.6 % */

/* 32 KiB. Begun with yk_theta_sketch_clear. */
struct yk_theta_sketch {
    uint64_t limit;               /* theta as a part of 2^64; UINT64_MAX: everything is kept */
    uint32_t count, unused;       /* of ids kept */
    uint64_t ids[YK_THETA_K + 1]; /* all that are below the limit, in order; zeros behind them */
};

void yk_theta_sketch_clear(struct yk_theta_sketch *sketch);
void yk_theta_sketch_add(struct yk_theta_sketch *sketch, uint64_t id);
/* Afterwards `to` is the sketch of both sets together, or of what is in both. What an intersection gave may be united and
 * intersected again. */
void yk_theta_sketch_unite(struct yk_theta_sketch *to, const struct yk_theta_sketch *from);
void yk_theta_sketch_intersect(struct yk_theta_sketch *to, const struct yk_theta_sketch *from);
/* With its 95 % interval; no width while all ids are kept. */
struct yk_interval yk_theta_sketch_count(const struct yk_theta_sketch *sketch);

#endif
