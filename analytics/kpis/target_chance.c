/* Target chance: how probable it is, on this day, that the target is met when the fiscal year ends. A probability has no interval;
 * it is told from 400 courses that the rest of the year may take, so it is good to about 0.05. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/followed_rows.h"

#include <math.h>

static void fill(struct yk_candidate *c, const struct yk_attainment_outlook *outlook)
{
    c->row.reason = YK_REASON_NOT_OBSERVABLE;
    if (isnan(outlook->chance))
        return;
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = outlook->chance;
}

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    yk_followed_outlook(kpi, day, fill, give, context);
}

const struct yk_kpi yk_kpi_target_chance = {
    .name = "target_chance",
    .unit = "probability",
    .summary = "the chance that the target is met by the fiscal year's end",
    .followed_rows = followed_rows,
};
