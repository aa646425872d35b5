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

/* What a row tells: read off the curve of all devices, or by the named practice. */
struct question {
    const struct yk_stay_asked *asked; /* or NULL */
    const struct yk_stay_preset *preset;
    enum yk_preset_figure figure;
};

/* What is heard of a window. Sums that an edge made of presence it could not send (late_facts.h) hold no lengths. */
static void fill(const struct yk_facts *facts, const struct question *question, struct yk_candidate *c)
{
    struct yk_stay_told told;
    c->row.reason = YK_REASON_NOT_OBSERVABLE;
    if (!anybody(&facts->radio))
        c->row.reason = YK_REASON_NOT_MEASURABLE;
    if (!anybody(&facts->radio) || !facts->stays)
        return;
    const struct yk_stay_day *day = yk_stay_curves_day(facts->stays);
    enum yk_told_state state = question->asked ? yk_stay_told(facts->stays, question->asked, &told)
                                               : yk_stay_preset_told(day, question->preset, question->figure, &told);
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
    c->devices_lower = told.fewest / (double)(facts->radio.keys > 1 ? facts->radio.keys : 1);
}

static void give_row(const struct yk_kpi *kpi, const struct yk_facts *facts, const struct question *question,
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
        fill(facts, question, &c);
    give(context, &c);
}

void yk_stay_row(const struct yk_kpi *kpi, const struct yk_facts *facts, const struct yk_stay_asked *asked,
                 yk_candidate_fn *give, void *context)
{
    give_row(kpi, facts, &(struct question){.asked = asked}, give, context);
}

void yk_stay_preset_row(const struct yk_kpi *kpi, const struct yk_facts *facts, enum yk_preset_figure figure,
                        yk_candidate_fn *give, void *context)
{
    const struct yk_stay_preset *preset = yk_stay_preset_find(facts->config->dwell.preset);
    if (preset)
        give_row(kpi, facts, &(struct question){.preset = preset, .figure = figure}, give, context);
}
