/* Footfall: line crossings by direction. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each line of a place, and the place as the sum over its lines, in direction plus, minus and both. An exact count of
 * what the cameras reported: no interval, coverage beside it. A camera that ran and saw nobody gives 0; one that did
 * not run gives an outage.
 *
 * Where somebody counted by hand beside a line and the correction was accepted (calibrations/line_corrections.h), the row tells
 * persons with their interval, basis estimated, and names the correction; n stays the camera's own count. A sum over lines adds
 * what is corrected and what is not. */
#include "kpis/corrected.h"

#include <stdio.h>

static const char *const directions[] = {"plus", "minus", "both"};
#define DIRECTIONS 3

static void give_one(const struct yk_kpi *kpi, const struct yk_facts *facts, const char *line, int direction,
                     const struct yk_corrected_sum *sum, const struct yk_cover *cover, yk_candidate_fn *give,
                     void *context)
{
    struct yk_candidate c;
    yk_kpi_candidate(kpi, facts, &c);
    if (line)
        snprintf(c.row.place, sizeof c.row.place, "%s/%s", facts->place->id, line);
    snprintf(c.row.direction, sizeof c.row.direction, "%s", directions[direction]);
    c.row.basis = YK_BASIS_MEASURED;
    c.row.coverage = yk_coverage(cover);
    if (cover->ran_s > 0) {
        struct yk_interval persons;
        c.row.state = YK_STATE_OK;
        c.row.reason = YK_REASON_NONE;
        if (yk_corrected_row(sum, &c, &persons)) {
            c.row.lower = persons.lower;
            c.row.upper = persons.upper;
        }
        c.row.value = persons.value;
        c.row.n_low = c.row.n_high = yk_corrected_crossings(sum);
    }
    give(context, &c);
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    struct yk_cover cover = {0, 0};
    struct yk_corrected_sum place[DIRECTIONS];
    for (int d = 0; d < DIRECTIONS; d++)
        yk_corrected_begin(&place[d]);
    for (size_t i = 0; i < facts->line_count; i++) {
        const struct yk_line_facts *line = &facts->lines[i];
        for (int d = 0; d < DIRECTIONS; d++) {
            struct yk_corrected_sum sum;
            yk_corrected_begin(&sum);
            yk_corrected_add_line(&sum, facts, line, d != 1, d != 0);
            /* Of a line whose camera did not run nothing is known, also not that its correction errs. */
            if (line->cover.ran_s > 0 || line->plus + line->minus > 0)
                yk_corrected_add_line(&place[d], facts, line, d != 1, d != 0);
            give_one(kpi, facts, line->id, d, &sum, &line->cover, give, context);
        }
        cover.ran_s += line->cover.ran_s;
        cover.expected_s += line->cover.expected_s;
    }
    for (int d = 0; d < DIRECTIONS && facts->line_count > 0; d++)
        give_one(kpi, facts, NULL, d, &place[d], &cover, give, context);
}

const struct yk_kpi yk_kpi_footfall = {
    .name = "footfall",
    .unit = "crossings",
    .summary = "line crossings by direction, counted by cameras",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
