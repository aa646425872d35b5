/* Detectable uplift: the smallest that the study of an event finds with a chance of 80 %. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/event_study.h"

static void fill(struct yk_candidate *c, const struct yk_uplift *uplift)
{
    c->row.value = uplift->detectable_up;
}

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    yk_event_studies(kpi, day, fill, give, context);
}

const struct yk_kpi yk_kpi_uplift_detectable = {
    .name = "uplift_detectable",
    .unit = "share",
    .summary = "the smallest uplift that an event's study finds in four of five cases",
    .followed_rows = followed_rows,
};
