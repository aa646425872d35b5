/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/stay_row.h"

#include <math.h>

static bool anybody(const struct yk_radio_sums *radio)
{
    for (int class = 0; class < YK_CLASS_COUNT; class ++)
        if (radio->class_of[class].addresses > 0)
            return true;
    return false;
}

/* What is heard of a window. Sums that an edge made of presence it could not send (late_facts.h) hold no lengths. */
static void fill(const struct yk_facts *facts, const struct yk_stay_asked *asked, struct yk_candidate *c)
{
    struct yk_stay_told told;
    c->row.reason = YK_REASON_NOT_OBSERVABLE;
    if (!anybody(&facts->radio))
        c->row.reason = YK_REASON_NOT_MEASURABLE;
    if (!anybody(&facts->radio) || !facts->stays)
        return;
    enum yk_told_state state = yk_stay_told(facts->stays, asked, &told);
    if (state == YK_TOLD_NO_PERIOD)
        c->row.reason = YK_REASON_NOT_MEASURABLE;
    if (state != YK_TOLD_OK)
        return;
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = told.figure.value;
    c->row.lower = told.figure.lower;
    c->row.upper = told.figure.upper;
    c->row.n_low = c->row.n_high = (int64_t)floor(told.arrivals.value + 0.5);
    c->devices_lower = told.arrivals.lower / (double)(facts->radio.keys > 1 ? facts->radio.keys : 1);
}

void yk_stay_row(const struct yk_kpi *kpi, const struct yk_facts *facts, const struct yk_stay_asked *asked,
                 yk_candidate_fn *give, void *context)
{
    struct yk_candidate c;
    bool ran = facts->radio_cover.ran_s > 0;
    if (!facts->has_radio || facts->resolution != YK_RES_1D || (ran && !facts->final))
        return;
    yk_kpi_candidate(kpi, facts, &c);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = yk_coverage(&facts->radio_cover);
    c.ratio = true;
    c.devices_lower = 0;
    if (ran)
        fill(facts, asked, &c);
    give(context, &c);
}
