/* Flows between places in persons. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of od_flow (`FROM>TO`, where anybody was seen to move over the device day), fitted to what the calibrations say of the
 * visitors of each place (estimate/person_flows.h: the model, and what it cannot see). The table holds the calibrated places between
 * which a flow is told. The rest of the world is one outside, also places without a calibration and pairs whose flow is not told:
 * their rows are missing, the others do not depend on them by more than the model's own error.
 *
 * To and from the outside no row is told: with those, a hidden flow would follow from the visitors of its place. */
#include "calibrations/calibrations.h"
#include "estimate/person_flows.h"
#include "kpis/device_number.h"
#include "kpis/kpi.h"
#include "kpis/move_flow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pair of places between which somebody was seen to move. */
struct pair {
    const struct yk_move *moves;
    struct yk_transition_flow flow;
    enum yk_reason reason; /* NONE: it is in the table */
    size_t at;             /* there */
};

struct district {
    const struct yk_district_facts *facts;
    struct pair *pairs;
    size_t pair_count;
    struct yk_person_place *places; /* those in the table; their number, and by place of the configuration which one */
    size_t place_count, *place_at;
    struct yk_person_flow *flows;
    struct yk_interval *persons;
    size_t flow_count;
};

#define NOWHERE SIZE_MAX

/* How many devices were at the place, and what persons per device are: NONE if both are known. */
static enum yk_reason place_of(const struct yk_district_facts *facts, size_t place, struct yk_person_place *out)
{
    const struct yk_calibration_in_force *in_force = &facts->calibration[place];
    struct yk_visits visits;
    if (!yk_device_number_of(&facts->place[place], facts->periods, &visits) || !(visits.floor > 0))
        return YK_REASON_NOT_MEASURABLE;
    if (in_force->basis == YK_CALIBRATED_NOT)
        return YK_REASON_UNCALIBRATED;
    yk_person_place(&in_force->calibration, in_force->basis == YK_CALIBRATED_POOLED, &visits,
                    yk_device_period_se(&visits), out);
    return YK_REASON_NONE;
}

static double period_error(const struct yk_transition_flow *flow)
{
    double squares = 0;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        double shift = (flow->shift_down[i] + flow->shift_up[i]) / 2;
        squares += shift * shift;
    }
    return sqrt(squares) / YK_Z95 / flow->value;
}

static enum yk_reason pair_reason(const struct district *d, const struct pair *pair, enum yk_transition_state state)
{
    struct yk_person_place unused;
    if (d->facts->keys > 1) /* who went from one key's radios to another's was not seen */
        return YK_REASON_NOT_OBSERVABLE;
    if (state != YK_TRANSITION_OK || !(pair->flow.value > 0))
        return yk_move_flow_reason(state);
    enum yk_reason reason = place_of(d->facts, pair->moves->from, &unused);
    return reason != YK_REASON_NONE ? reason : place_of(d->facts, pair->moves->to, &unused);
}

static void read_pairs(struct district *d)
{
    const struct yk_district_facts *facts = d->facts;
    for (size_t from = 0, to; from < facts->move_count; from = to) {
        const struct yk_move *moves = &facts->moves[from];
        for (to = from + 1;
             to < facts->move_count && facts->moves[to].from == moves->from && facts->moves[to].to == moves->to;)
            to++;
        struct pair *pair = &d->pairs[d->pair_count++];
        pair->moves = moves;
        enum yk_transition_state state = yk_move_flow(moves, to - from, facts->periods, &pair->flow);
        pair->reason = pair_reason(d, pair, state);
    }
}

static size_t table_place(struct district *d, uint32_t place)
{
    if (d->place_at[place] == NOWHERE) {
        (void)place_of(d->facts, place, &d->places[d->place_count]);
        d->place_at[place] = d->place_count++;
    }
    return d->place_at[place];
}

/* False if there was no memory. */
static bool fit(struct district *d)
{
    for (size_t i = 0; i < d->facts->config->place_count; i++)
        d->place_at[i] = NOWHERE;
    for (size_t i = 0; i < d->pair_count; i++) {
        struct pair *pair = &d->pairs[i];
        if (pair->reason != YK_REASON_NONE)
            continue;
        pair->at = d->flow_count;
        d->flows[d->flow_count++] = (struct yk_person_flow){.from = table_place(d, pair->moves->from),
                                                            .to = table_place(d, pair->moves->to),
                                                            .devices = pair->flow.value,
                                                            .variance = pair->flow.variance,
                                                            .period = period_error(&pair->flow)};
    }
    /* The window is the seed: the same facts give the same row. */
    enum yk_person_flows_state state = yk_person_flows(d->places, d->place_count, d->flows, d->flow_count,
                                                       (unsigned long)d->facts->start_s, d->persons);
    for (size_t i = 0; i < d->pair_count && state != YK_PERSON_FLOWS_OK; i++)
        if (d->pairs[i].reason == YK_REASON_NONE)
            d->pairs[i].reason = YK_REASON_NOT_OBSERVABLE;
    return state != YK_PERSON_FLOWS_MEMORY;
}

static void give_pair(const struct yk_kpi *kpi, const struct district *d, const struct pair *pair,
                      yk_candidate_fn *give, void *context)
{
    const struct yk_district_facts *facts = d->facts;
    size_t from = pair->moves->from, to = pair->moves->to;
    struct yk_candidate c;
    yk_kpi_district_candidate(kpi, facts, &c);
    snprintf(c.row.place, sizeof c.row.place, "%s>%s", facts->config->places[from].id, facts->config->places[to].id);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = fmin(yk_coverage(&facts->place_cover[from]), yk_coverage(&facts->place_cover[to]));
    c.row.reason = pair->reason;
    c.devices_lower = pair->flow.lower;
    if (pair->reason == YK_REASON_NONE) {
        const struct yk_interval *persons = &d->persons[pair->at];
        c.row.state = YK_STATE_OK;
        c.row.value = persons->value;
        c.row.lower = persons->lower;
        c.row.upper = persons->upper;
        c.row.n_low = c.row.n_high = (int64_t)floor(pair->flow.value + 0.5);
        size_t length = strlen(c.row.parameters);
        snprintf(c.row.parameters + length, sizeof c.row.parameters - length, " C%s", facts->calibration[from].id);
    }
    give(context, &c);
}

static void district_rows(const struct yk_kpi *kpi, const struct yk_district_facts *facts, yk_candidate_fn *give,
                          void *context)
{
    size_t places = facts->config->place_count, most = facts->move_count + 1;
    struct district d = {.facts = facts,
                         .pairs = calloc(most, sizeof *d.pairs),
                         .places = calloc(places + 1, sizeof *d.places),
                         .place_at = calloc(places + 1, sizeof *d.place_at),
                         .flows = calloc(most, sizeof *d.flows),
                         .persons = calloc(most, sizeof *d.persons)};
    bool memory = d.pairs && d.places && d.place_at && d.flows && d.persons;
    if (memory)
        read_pairs(&d);
    memory = memory && fit(&d);
    for (size_t i = 0; i < d.pair_count && memory; i++)
        give_pair(kpi, &d, &d.pairs[i], give, context);
    if (!memory && facts->rows_lacked_memory)
        *facts->rows_lacked_memory = true;
    free(d.persons);
    free(d.flows);
    free(d.place_at);
    free(d.places);
    free(d.pairs);
}

const struct yk_kpi yk_kpi_od_flow_persons = {
    .name = "od_flow_persons",
    .unit = "persons",
    .summary = "persons that went from one place to the next, from devices and calibrations",
    .day = YK_DAY_EPOCH,
    .district_rows = district_rows,
};
