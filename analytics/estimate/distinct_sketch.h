/* How many distinct ids, in 32 KiB and to half a per cent. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For live screens only: a final row counts its sets exactly and never comes from here. Ids are 64-bit pseudonyms, which
 * are keyed hashes already (collectors/identity), so no second hash is taken; plain numbers would not do. Two sketches of the
 * same ids are the same bytes, in whatever order the ids came and however they were split and merged. Method: the .c. */
#ifndef YK_ESTIMATE_DISTINCT_SKETCH_H
#define YK_ESTIMATE_DISTINCT_SKETCH_H

#include "estimate/interval.h"

#include <stdbool.h>
#include <stdint.h>

#define YK_DISTINCT_BITS      15
#define YK_DISTINCT_REGISTERS (1 << YK_DISTINCT_BITS) /* m; standard error 1.04/sqrt(m) = 0.57 % */
#define YK_DISTINCT_SLOTS     4096
#define YK_DISTINCT_EXACT_MAX 3072 /* counted exactly up to here */

/* All zero: empty. */
struct yk_distinct_sketch {
    uint32_t count; /* of ids, while they are counted exactly */
    bool dense;
    bool has_zero; /* the id 0, which is no entry of ids */
    uint8_t unused[2];
    union {
        uint64_t ids[YK_DISTINCT_SLOTS];
        uint8_t registers[YK_DISTINCT_REGISTERS];
    } as;
};

void yk_distinct_sketch_add(struct yk_distinct_sketch *sketch, uint64_t id);
/* Afterwards `to` is the sketch of both sets together. */
void yk_distinct_sketch_merge(struct yk_distinct_sketch *to, const struct yk_distinct_sketch *from);
/* With its 95 % interval; no width while it is exact. */
struct yk_interval yk_distinct_sketch_count(const struct yk_distinct_sketch *sketch);

#endif
