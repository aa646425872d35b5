/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/zone_rows.h"

#include <stdio.h>

int yk_zone_views(const struct yk_facts *facts)
{
    return facts->zone_count == 1 ? 2 : (int)facts->zone_count;
}

void yk_zone_candidate(const struct yk_kpi *kpi, const struct yk_facts *facts, int i, struct yk_zone_view *view,
                       struct yk_candidate *out)
{
    bool whole_place = i >= (int)facts->zone_count;
    const struct yk_zone_facts *zone = &facts->zones[whole_place ? 0 : i];
    yk_kpi_candidate(kpi, facts, out);
    if (!whole_place)
        snprintf(out->row.place, sizeof out->row.place, "%s/%s", facts->place->id, zone->id);
    out->row.basis = YK_BASIS_MEASURED;
    out->row.coverage = yk_coverage(&zone->cover);
    *view = (struct yk_zone_view){.zone = zone, .ran = zone->cover.ran_s > 0, .area_m2 = zone->area_m2};
    if (whole_place && !(view->area_m2 > 0))
        view->area_m2 = facts->place->area_m2;
    if (view->ran)
        view->occupancy = (double)zone->inside_ms / 1000.0 / (double)zone->cover.ran_s;
}
