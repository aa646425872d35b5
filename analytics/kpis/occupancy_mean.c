/* Mean occupancy of camera zones: person-seconds inside per second that the camera ran.
 * SPDX-License-Identifier: GPL-3.0-or-later */
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
            c.row.value = view.occupancy;
        }
        give(context, &c);
    }
}

const struct yk_kpi yk_kpi_occupancy_mean = {
    .name = "occupancy_mean",
    .unit = "persons",
    .summary = "mean number of persons in a camera's zone",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
