/* From crossings to persons. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and its error: estimate/ratio.c; which correction holds: calibrations/line_corrections.h. What nobody corrects stays an
 * exact count of what the camera reported. */
#include "kpis/corrected.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void yk_corrected_add_line(struct yk_corrected_sum *sum, const struct yk_facts *facts, const struct yk_line_facts *line,
                           bool plus, bool minus)
{
    struct yk_line_correction correction = yk_line_corrections_of(facts->corrections, line->id);
    if (plus)
        yk_corrected_add(sum, correction.plus, line->plus);
    if (minus)
        yk_corrected_add(sum, correction.minus, line->minus);
}

int64_t yk_corrected_crossings(const struct yk_corrected_sum *sum)
{
    int64_t crossings = sum->exact;
    for (size_t i = 0; i < sum->count; i++)
        crossings += sum->camera[i];
    return crossings;
}

struct yk_interval yk_corrected_factor(const struct yk_corrected_sum *sum)
{
    double crossings = (double)yk_corrected_crossings(sum);
    if (sum->count == 0)
        return (struct yk_interval){1, 1, 1};
    if (!(crossings > 0))
        return yk_ratio_interval(&sum->entry[0]->line_fit.ratio);
    struct yk_interval persons = yk_corrected_interval(sum);
    return (struct yk_interval){persons.value / crossings, persons.lower / crossings, persons.upper / crossings};
}

void yk_corrected_name(const struct yk_corrected_sum *sum, struct yk_candidate *c)
{
    char id[YK_CALIBRATION_ID_SIZE];
    c->row.basis = YK_BASIS_ESTIMATED;
    yk_corrected_id(sum, id);
    size_t length = strlen(c->row.parameters);
    snprintf(c->row.parameters + length, sizeof c->row.parameters - length, " C%s", id);
}

bool yk_corrected_row(const struct yk_corrected_sum *sum, struct yk_candidate *c, struct yk_interval *persons)
{
    *persons = yk_corrected_interval(sum);
    if (sum->count == 0)
        return false;
    c->persons = fmin(persons->value, (double)yk_corrected_crossings(sum));
    yk_corrected_name(sum, c);
    return true;
}
