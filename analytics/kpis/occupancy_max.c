/* Most persons at once in a camera zone, by the second. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/zone_rows.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    for (int i = 0; i < yk_zone_views(facts); i++) {
        struct yk_zone_view view;
        struct yk_candidate c;
        yk_zone_candidate(kpi, facts, i, &view, &c);
        if (view.ran) {
            c.row.state = YK_STATE_OK;
            c.row.reason = YK_REASON_NONE;
            c.row.value = (double)view.zone->most;
            c.row.n_low = c.row.n_high = view.zone->most;
        }
        give(context, &c);
    }
}

const struct yk_kpi yk_kpi_occupancy_max = {
    .name = "occupancy_max",
    .unit = "persons",
    .summary = "most persons at once in a camera's zone",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
