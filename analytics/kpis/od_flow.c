/* Flows between places: how many devices went from one to the next. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The place of a row is FROM>TO. Of each pair of places between which anybody was seen to move over the device day; travel that
 * outlasts the addresses is not observable by Bluetooth and the row says so (estimate/transition.h). A pair without a row: nobody
 * was seen, which beyond the horizon of a few minutes is no zero. */
#include "kpis/kpi.h"
#include "kpis/move_flow.h"

#include <math.h>
#include <stdio.h>

static void give_pair(const struct yk_kpi *kpi, const struct yk_district_facts *facts, const struct yk_move *moves,
                      size_t count, yk_candidate_fn *give, void *context)
{
    struct yk_candidate c;
    struct yk_transition_flow flow;
    double from = yk_coverage(&facts->place_cover[moves->from]), to = yk_coverage(&facts->place_cover[moves->to]);
    yk_kpi_district_candidate(kpi, facts, &c);
    snprintf(c.row.place, sizeof c.row.place, "%s>%s", facts->config->places[moves->from].id,
             facts->config->places[moves->to].id);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = fmin(from, to);
    enum yk_transition_state state = yk_move_flow(moves, count, facts->periods, &flow);
    c.row.reason = yk_move_flow_reason(state);
    c.devices_lower = flow.lower;
    if (facts->keys > 1) { /* who went from one key's radios to another's was not seen */
        c.row.reason = YK_REASON_NOT_OBSERVABLE;
    } else if (state == YK_TRANSITION_OK) {
        c.row.state = YK_STATE_OK;
        c.row.reason = YK_REASON_NONE;
        c.row.value = flow.value;
        c.row.lower = flow.lower;
        c.row.upper = flow.upper;
        c.row.n_low = c.row.n_high = (int64_t)floor(flow.value + 0.5);
    }
    give(context, &c);
}

static void district_rows(const struct yk_kpi *kpi, const struct yk_district_facts *facts, yk_candidate_fn *give,
                          void *context)
{
    for (size_t from = 0, to; from < facts->move_count; from = to) {
        for (to = from + 1; to < facts->move_count && facts->moves[to].from == facts->moves[from].from &&
                            facts->moves[to].to == facts->moves[from].to;)
            to++;
        give_pair(kpi, facts, &facts->moves[from], to - from, give, context);
    }
}

const struct yk_kpi yk_kpi_od_flow = {
    .name = "od_flow",
    .unit = "devices",
    .summary = "devices that went from one place to the next",
    .day = YK_DAY_EPOCH,
    .district_rows = district_rows,
};
