/* Year end: where an entry with a target will be when its fiscal year is over, as a mean per day or hour of the year, like the
 * target itself. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/followed_rows.h"

static void fill(struct yk_candidate *c, const struct yk_attainment_outlook *outlook)
{
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = outlook->actual.value;
    c->row.lower = outlook->actual.lower;
    c->row.upper = outlook->actual.upper;
}

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    yk_followed_outlook(kpi, day, fill, give, context);
}

const struct yk_kpi yk_kpi_year_end = {
    .name = "year_end",
    .unit = "",
    .summary = "the fiscal year's mean as it will be at its end",
    .followed_rows = followed_rows,
};
