/* Change over a year: the 28 days up to this one against those 52 weeks before. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/followed_rows.h"

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    yk_followed_change(kpi, day, 28, YK_COMPARE_YEAR, give, context);
}

const struct yk_kpi yk_kpi_change_year = {
    .name = "change_year",
    .unit = "share",
    .summary = "four weeks against those a year before, weekday by weekday",
    .followed_rows = followed_rows,
};
