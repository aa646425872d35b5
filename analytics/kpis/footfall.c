/* Footfall: line crossings by direction. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each line of a place, and the place as the sum over its lines, in direction plus, minus and both. An exact count of
 * what the cameras reported: no interval, coverage beside it. A camera that ran and saw nobody gives 0; one that did
 * not run gives an outage. */
#include "kpis/kpi.h"

#include <stdio.h>

static void give_three(const struct yk_kpi *kpi, const struct yk_facts *facts, const char *line, int64_t plus,
                       int64_t minus, const struct yk_cover *cover, yk_candidate_fn *give, void *context)
{
    static const char *const directions[] = {"plus", "minus", "both"};
    const int64_t counts[] = {plus, minus, plus + minus};
    for (int d = 0; d < 3; d++) {
        struct yk_candidate c;
        yk_kpi_candidate(kpi, facts, &c);
        if (line)
            snprintf(c.row.place, sizeof c.row.place, "%s/%s", facts->place->id, line);
        snprintf(c.row.direction, sizeof c.row.direction, "%s", directions[d]);
        c.row.basis = YK_BASIS_MEASURED;
        c.row.coverage = yk_coverage(cover);
        if (cover->ran_s > 0) {
            c.row.state = YK_STATE_OK;
            c.row.reason = YK_REASON_NONE;
            c.row.value = (double)counts[d];
            c.row.n_low = c.row.n_high = counts[d];
        }
        give(context, &c);
    }
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    int64_t plus = 0, minus = 0;
    struct yk_cover cover = {0, 0};
    for (size_t i = 0; i < facts->line_count; i++) {
        const struct yk_line_facts *line = &facts->lines[i];
        give_three(kpi, facts, line->id, line->plus, line->minus, &line->cover, give, context);
        plus += line->plus;
        minus += line->minus;
        cover.ran_s += line->cover.ran_s;
        cover.expected_s += line->cover.expected_s;
    }
    if (facts->line_count > 0)
        give_three(kpi, facts, NULL, plus, minus, &cover, give, context);
}

const struct yk_kpi yk_kpi_footfall = {
    .name = "footfall",
    .unit = "crossings",
    .summary = "line crossings by direction, counted by cameras",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
