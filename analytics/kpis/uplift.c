/* Uplift: how many more came during an event than without it, as a share of those. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Beside it stands the smallest uplift that this study could have found (uplift_detectable): an interval that holds 0 says little
 * where that is large. */
#include "kpis/event_study.h"

static void fill(struct yk_candidate *c, const struct yk_uplift *uplift)
{
    c->row.value = uplift->uplift.value;
    c->row.lower = uplift->uplift.lower;
    c->row.upper = uplift->uplift.upper;
}

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    yk_event_studies(kpi, day, fill, give, context);
}

const struct yk_kpi yk_kpi_uplift = {
    .name = "uplift",
    .unit = "share",
    .summary = "what an event added",
    .followed_rows = followed_rows,
};
