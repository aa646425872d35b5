/* Data coverage of a place: the share of expected sensor time that health records prove.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Over all sensors of the place alike. 0 is a value here, not an outage of the KPI: that nothing ran is known. */
#include "kpis/kpi.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    struct yk_cover cover = {facts->radio_cover.ran_s + facts->camera_cover.ran_s,
                             facts->radio_cover.expected_s + facts->camera_cover.expected_s};
    if (cover.expected_s == 0)
        return;
    struct yk_candidate c;
    yk_kpi_candidate(kpi, facts, &c);
    c.row.basis = YK_BASIS_MEASURED;
    c.row.state = YK_STATE_OK;
    c.row.reason = YK_REASON_NONE;
    c.row.value = c.row.coverage = yk_coverage(&cover);
    give(context, &c);
}

const struct yk_kpi yk_kpi_coverage = {
    .name = "coverage",
    .unit = "share",
    .summary = "share of expected sensor time that is proven",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
