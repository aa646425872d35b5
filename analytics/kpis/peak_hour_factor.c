/* Peak-hour factor: V / (4 V15). SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How evenly an hour's crossings lie over its quarters: 1 is even, 1/4 is all in one (Highway Capacity Manual 2000, chapter 8). An
 * hour's row speaks of that clock hour, a day's of the busiest four quarters in a row. Both directions; each line, and all of
 * the place. An hour of which a part was not watched would seem uneven, so it has none; neither has one without a crossing. */
#include "kpis/kpi.h"

#include <stdio.h>

static void give_one(const struct yk_kpi *kpi, const struct yk_facts *facts, const char *line,
                     const struct yk_peak *peak, const struct yk_cover *cover, yk_candidate_fn *give, void *context)
{
    struct yk_candidate c;
    yk_kpi_candidate(kpi, facts, &c);
    if (line)
        snprintf(c.row.place, sizeof c.row.place, "%s/%s", facts->place->id, line);
    c.row.basis = YK_BASIS_MEASURED;
    c.row.coverage = yk_coverage(cover);
    /* With n it tells the busiest quarter: where lines are protected it goes with a quarter that is hidden. */
    c.of_lines = true;
    c.ratio = facts->config->privacy.line_k > 0;
    if (peak->hour > 0) {
        c.row.state = YK_STATE_OK;
        c.row.reason = YK_REASON_NONE;
        c.row.value = (double)peak->hour / (4.0 * (double)peak->quarter);
        c.row.n_low = c.row.n_high = peak->hour;
        c.persons = (double)peak->hour;
    } else if (cover->ran_s > 0) {
        c.row.reason = YK_REASON_NOT_OBSERVABLE;
    }
    give(context, &c);
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    struct yk_cover cover = {0, 0};
    if (facts->resolution == YK_RES_15M)
        return;
    for (size_t i = 0; i < facts->line_count; i++) {
        const struct yk_line_facts *line = &facts->lines[i];
        give_one(kpi, facts, line->id, &line->peak, &line->cover, give, context);
        cover.ran_s += line->cover.ran_s;
        cover.expected_s += line->cover.expected_s;
    }
    if (facts->line_count > 0)
        give_one(kpi, facts, NULL, &facts->peak, &cover, give, context);
}

const struct yk_kpi yk_kpi_peak_hour_factor = {
    .name = "peak_hour_factor",
    .unit = "ratio",
    .summary = "how evenly the peak hour's crossings lie over its quarters",
    .day = YK_DAY_CALENDAR,
    .rows = rows,
};
