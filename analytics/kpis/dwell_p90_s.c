/* Ninth decile of dwell of a day's device visits. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Without a model of stays, through address rotation, and only where that can tell (estimate/stay_told.h): otherwise the row is
 * missing, not_observable, and dwell_mean_s is what there is. */
#include "kpis/stay_row.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    yk_stay_row(kpi, facts, &(struct yk_stay_asked){.at = 0.9}, give, context);
}

const struct yk_kpi yk_kpi_dwell_p90_s = {
    .name = "dwell_p90_s",
    .unit = "s",
    .summary = "how long a visit lasts: nine in ten visits are shorter",
    .day = YK_DAY_EPOCH,
    .rows = rows,
};
