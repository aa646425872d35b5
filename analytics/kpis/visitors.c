/* Visitors: persons. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Persons are persons per device times device visits. Without a calibration at the place nobody knows the first factor,
 * and the row says so instead of giving a number. */
#include "kpis/kpi.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (!facts->has_radio)
        return;
    struct yk_candidate c;
    yk_kpi_candidate(kpi, facts, &c);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = yk_coverage(&facts->radio_cover);
    if (facts->radio_cover.ran_s > 0)
        c.row.reason = YK_REASON_UNCALIBRATED;
    give(context, &c);
}

const struct yk_kpi yk_kpi_visitors = {
    .name = "visitors",
    .unit = "persons",
    .summary = "persons, from devices and a calibration",
    .day = YK_DAY_EPOCH,
    .rows = rows,
};
