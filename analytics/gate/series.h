/* Rows of one series, linked. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts and wholes are rows of one KPI, place and direction: they are looked for among those and not among all rows of a day. */
#ifndef YK_GATE_SERIES_H
#define YK_GATE_SERIES_H

#include "gate/candidate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_GATE_NO_ROW UINT32_MAX

/* By row, in the order of the rows. */
struct yk_gate_series {
    uint32_t *first; /* of its series */
    uint32_t *next;  /* of its series; YK_GATE_NO_ROW at the end */
};

/* False without memory, or with more than 2^32 - 2 rows. Free with yk_gate_series_clear in any case. */
bool yk_gate_series_link(struct yk_gate_series *series, const struct yk_candidate *rows, size_t count);
void yk_gate_series_clear(struct yk_gate_series *series);

#endif
