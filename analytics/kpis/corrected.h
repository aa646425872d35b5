/* Counts of lines, corrected where somebody counted beside the camera. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_CORRECTED_H
#define YK_KPIS_CORRECTED_H

#include "calibrations/line_corrections.h"
#include "kpis/kpi.h"

/* Adds a line's crossings in the wanted directions, each under the correction that it has. */
void yk_corrected_add_line(struct yk_corrected_sum *sum, const struct yk_facts *facts, const struct yk_line_facts *line,
                           bool plus, bool minus);
/* The cameras' own count of the sum. */
int64_t yk_corrected_crossings(const struct yk_corrected_sum *sum);
/* True where something of the sum is corrected: basis and parameters of the row say so, and line_k is tested on the persons
 * or on the crossings, whichever are fewer. *persons has the count either way, as a point where nothing is corrected. */
bool yk_corrected_row(const struct yk_corrected_sum *sum, struct yk_candidate *c, struct yk_interval *persons);

#endif
