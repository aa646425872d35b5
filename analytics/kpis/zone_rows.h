/* Zones as rows see them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each zone has a row; and so has the place itself where it has one zone, which then stands for it. Zones may overlap, so that
 * there is no sum over several. */
#ifndef YK_KPIS_ZONE_ROWS_H
#define YK_KPIS_ZONE_ROWS_H

#include "kpis/kpi.h"

struct yk_zone_view {
    const struct yk_zone_facts *zone;
    bool ran;         /* the camera did, at some time of the window */
    double occupancy; /* mean persons while it ran; 0 if it did not */
    double area_m2;   /* 0 = not known */
};

int yk_zone_views(const struct yk_facts *facts);
/* The i-th: its row with place and coverage filled, basis measured, missing (outage) so far. */
void yk_zone_candidate(const struct yk_kpi *kpi, const struct yk_facts *facts, int i, struct yk_zone_view *view,
                       struct yk_candidate *out);

#endif
