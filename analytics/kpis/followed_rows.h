/* What the KPIs of followed series have in common. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_FOLLOWED_ROWS_H
#define YK_KPIS_FOLLOWED_ROWS_H

#include "kpis/kpi.h"

/* Why there is no value; never for YK_BASELINE_OK. */
enum yk_reason yk_followed_reason(enum yk_baseline_state state);
/* Fills value, bounds and state. A level that jumped lately is told beside them. */
void yk_followed_fill(struct yk_candidate *c, const struct yk_followed *followed, struct yk_interval interval);
/* The unit of the entry's own KPI. */
void yk_followed_unit(struct yk_candidate *c, const struct yk_followed_day *day, const struct yk_followed *followed);

/* The last `days` days against those `back` days before, holidays and special days with their like. */
void yk_followed_change(const struct yk_kpi *kpi, const struct yk_followed_day *day, int days, int back,
                        yk_candidate_fn *give, void *context);

/* Calls with each entry that has a target for the year of this day; the candidate is missing so far. */
typedef void yk_outlook_fn(struct yk_candidate *c, const struct yk_attainment_outlook *outlook);
/* basis: estimated, or measured once all of the year was counted. */
void yk_followed_outlook(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_outlook_fn *fill,
                         yk_candidate_fn *give, void *context);

#endif
