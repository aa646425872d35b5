/* Mean occupancy of camera zones: person-seconds inside per second that the camera ran.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/kpi.h"

#include <stdio.h>

static void give_one(const struct yk_kpi *kpi, const struct yk_facts *facts, const struct yk_zone_facts *zone,
                     bool whole_place, yk_candidate_fn *give, void *context)
{
    struct yk_candidate c;
    yk_kpi_candidate(kpi, facts, &c);
    if (!whole_place)
        snprintf(c.row.place, sizeof c.row.place, "%s/%s", facts->place->id, zone->id);
    c.row.basis = YK_BASIS_MEASURED;
    c.row.coverage = yk_coverage(&zone->cover);
    if (zone->cover.ran_s > 0) {
        c.row.state = YK_STATE_OK;
        c.row.reason = YK_REASON_NONE;
        c.row.value = (double)zone->inside_ms / 1000.0 / (double)zone->cover.ran_s;
    }
    give(context, &c);
}

/* Each zone; and the place itself where it has one zone, which then stands for it. Zones may overlap, so that there is
 * no sum over several. */
static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    for (size_t i = 0; i < facts->zone_count; i++)
        give_one(kpi, facts, &facts->zones[i], false, give, context);
    if (facts->zone_count == 1)
        give_one(kpi, facts, &facts->zones[0], true, give, context);
}

const struct yk_kpi yk_kpi_occupancy_mean = {
    .name = "occupancy_mean",
    .unit = "persons",
    .summary = "mean number of persons in a camera's zone",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
