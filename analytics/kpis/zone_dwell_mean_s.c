/* Mean dwell in a camera's zone: person-seconds inside over persons who entered. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Persons are a camera's tracks: one that is lost and found again under another name has come twice, and the mean is too short
 * by as much. As with devices, time that is spent by who came before the window and time that is left over for the next one offset each other
 * only in windows much longer than a stay. Hours and days. */
#include "estimate/mean_stay.h"
#include "kpis/zone_rows.h"

#include <math.h>

#define WINDOW_OVER_STAY 5

static void fill(const struct yk_facts *facts, const struct yk_zone_facts *zone, struct yk_candidate *c)
{
    struct yk_mean_stay_parts parts = {(double)zone->parts.count, (double)zone->parts.inside_sq,
                                       (double)zone->parts.inside_entered, (double)zone->parts.entered_sq};
    struct yk_interval mean = yk_mean_stay((double)zone->inside_ms / 1000, (double)zone->entered, &parts);
    if (isnan(mean.value)) {
        c->row.reason = YK_REASON_NOT_MEASURABLE; /* nobody has no dwell */
    } else if (WINDOW_OVER_STAY * mean.value > (double)(facts->end_s - facts->start_s)) {
        c->row.reason = YK_REASON_NOT_OBSERVABLE;
    } else {
        c->row.state = YK_STATE_OK;
        c->row.reason = YK_REASON_NONE;
        c->row.value = mean.value;
        c->row.lower = mean.lower;
        c->row.upper = mean.upper;
        c->row.n_low = c->row.n_high = zone->entered;
        c->persons = (double)zone->entered;
    }
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (facts->resolution == YK_RES_15M)
        return;
    for (int i = 0; i < yk_zone_views(facts); i++) {
        struct yk_zone_view view;
        struct yk_candidate c;
        yk_zone_candidate(kpi, facts, i, &view, &c);
        if (view.ran)
            fill(facts, view.zone, &c);
        give(context, &c);
    }
}

const struct yk_kpi yk_kpi_zone_dwell_mean_s = {
    .name = "zone_dwell_mean_s",
    .unit = "s",
    .summary = "how long a person stays in a camera's zone, on average",
    .day = YK_DAY_CALENDAR,
    .rows = rows,
};
