/* Attainment: (actual - base) / (target - base) at the fiscal year's end, as it is expected on this day and measured when the year
 * is over: 1 and more is met, between 0 and 1 improved but short, 0 and less short (estimate/attainment.h). Only of entries with
 * a base and a target. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/followed_rows.h"

#include <math.h>

static void fill(struct yk_candidate *c, const struct yk_attainment_outlook *outlook)
{
    const struct yk_interval *share = &outlook->at_year_end.share;
    c->row.reason = YK_REASON_NOT_OBSERVABLE;
    if (isnan(share->value))
        return;
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = share->value;
    c->row.lower = share->lower;
    c->row.upper = share->upper;
}

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    yk_followed_outlook(kpi, day, fill, give, context);
}

const struct yk_kpi yk_kpi_attainment = {
    .name = "attainment",
    .unit = "share",
    .summary = "how much of the way from base to target is made at the year's end",
    .followed_rows = followed_rows,
};
