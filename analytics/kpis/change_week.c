/* Change over a week: the seven days up to this one against the seven before. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/followed_rows.h"

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    yk_followed_change(kpi, day, 7, YK_COMPARE_WEEK, give, context);
}

const struct yk_kpi yk_kpi_change_week = {
    .name = "change_week",
    .unit = "share",
    .summary = "seven days against the seven before, weekday by weekday",
    .followed_rows = followed_rows,
};
