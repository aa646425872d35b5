/* Density: persons in a zone over its area. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only in metres: a zone that is drawn in metres (its camera has a homography) has its own area; the place itself, where it has
 * one zone that stands for it, has area_m2 of the configuration if the zone has none. */
#include "kpis/zone_rows.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    for (int i = 0; i < yk_zone_views(facts); i++) {
        struct yk_zone_view view;
        struct yk_candidate c;
        yk_zone_candidate(kpi, facts, i, &view, &c);
        if (!(view.area_m2 > 0))
            continue;
        if (view.ran) {
            c.row.state = YK_STATE_OK;
            c.row.reason = YK_REASON_NONE;
            c.row.value = view.occupancy / view.area_m2;
            c.persons = view.occupancy;
        }
        give(context, &c);
    }
}

const struct yk_kpi yk_kpi_density = {
    .name = "density",
    .unit = "persons/m2",
    .summary = "mean number of persons per square metre of a camera's zone",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
