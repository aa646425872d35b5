/* Events that ended on a day, and what they did to what they name. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_EVENT_STUDY_H
#define YK_KPIS_EVENT_STUDY_H

#include "estimate/uplift.h"
#include "kpis/kpi.h"

/* Fills value and state from a study that was possible. */
typedef void yk_event_fill_fn(struct yk_candidate *c, const struct yk_uplift *uplift);

/* A row for each event that ended on the day and each entry that it names, at PLACE/ENTRY/EVENT over the event's own time. What is
 * known is what was counted by its end: nothing that came later is asked, so the row never changes for that reason. */
void yk_event_studies(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_event_fill_fn *fill,
                      yk_candidate_fn *give, void *context);

#endif
