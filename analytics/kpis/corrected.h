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
/* By what the count of the sum has to be multiplied, with the error of both, for what is made of such counts; 1 for what nobody
 * corrects. Of nobody counted: the ratio's own, of the first correction in the sum. */
struct yk_interval yk_corrected_factor(const struct yk_corrected_sum *sum);
/* Names the corrections of a sum in a row: basis and parameters. */
void yk_corrected_name(const struct yk_corrected_sum *sum, struct yk_candidate *c);
/* True where something of the sum is corrected: basis and parameters of the row say so, and line_k is tested on the persons
 * or on the crossings, whichever are fewer. *persons has the count either way, as a point where nothing is corrected. */
bool yk_corrected_row(const struct yk_corrected_sum *sum, struct yk_candidate *c, struct yk_interval *persons);

#endif
