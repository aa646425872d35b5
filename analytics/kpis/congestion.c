/* Congestion in three steps, for screens: 1 free, 2 busy, 3 crowded. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The level of service of the space a person has, two grades a step. In quarters only: a screen shows now. */
#include "estimate/level_of_service.h"
#include "kpis/zone_rows.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    const struct yk_los_table *table = yk_los_table_find(facts->config->los.space);
    if (!table || facts->resolution != YK_RES_15M)
        return;
    for (int i = 0; i < yk_zone_views(facts); i++) {
        struct yk_zone_view view;
        struct yk_candidate c;
        yk_zone_candidate(kpi, facts, i, &view, &c);
        if (!(view.area_m2 > 0))
            continue;
        if (view.ran) {
            double space = view.occupancy > 0 ? view.area_m2 / view.occupancy : (double)INFINITY;
            c.row.state = YK_STATE_OK;
            c.row.reason = YK_REASON_NONE;
            c.row.value = yk_los_congestion(yk_los_grade(table, space));
            c.persons = view.occupancy;
        }
        give(context, &c);
    }
}

const struct yk_kpi yk_kpi_congestion = {
    .name = "congestion",
    .unit = "step",
    .summary = "1 free, 2 busy, 3 crowded, by the space a person has",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
