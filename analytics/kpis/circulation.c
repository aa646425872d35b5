/* Circulation: how many places a visitor goes to. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Place visits per visitor over the device day: visits of all places over visits less the moves between them
 * (estimate/circulation.h). A district of one place has none. A row of the whole district. */
#include "estimate/circulation.h"
#include "kpis/device_number.h"
#include "kpis/kpi.h"
#include "kpis/move_flow.h"

#include <math.h>

/* Visits of all places; false if one of them cannot be told. places: how many have radios; worst: the least coverage. */
static bool all_visits(const struct yk_district_facts *facts, struct yk_visits *sum, size_t *places, double *worst)
{
    *sum = (struct yk_visits){0};
    *places = 0;
    *worst = 1;
    bool known = true;
    for (size_t i = 0; i < facts->config->place_count; i++) {
        struct yk_visits visits;
        if (facts->place_cover[i].expected_s == 0)
            continue;
        (*places)++;
        *worst = fmin(*worst, yk_coverage(&facts->place_cover[i]));
        known = yk_device_number_of(&facts->place[i], facts->periods, &visits) && known;
        yk_visits_add(sum, &visits);
    }
    return known;
}

/* Rotating devices were there and none was seen to move: they may have gone where their addresses did not last. */
static bool blind(const struct yk_district_facts *facts)
{
    bool there = false;
    for (size_t i = 0; i < facts->config->place_count; i++)
        there |= facts->place[i].class_of[YK_CLASS_RESOLVABLE].addresses > 0 ||
                 facts->place[i].class_of[YK_CLASS_NON_RESOLVABLE].addresses > 0;
    for (size_t i = 0; i < facts->move_count; i++)
        if (facts->moves[i].address_class == YK_CLASS_RESOLVABLE ||
            facts->moves[i].address_class == YK_CLASS_NON_RESOLVABLE)
            return false;
    return there;
}

static void district_rows(const struct yk_kpi *kpi, const struct yk_district_facts *facts, yk_candidate_fn *give,
                          void *context)
{
    struct yk_visits visits;
    struct yk_transition_flow moves;
    struct yk_circulation circulation;
    struct yk_candidate c;
    size_t places;
    double worst;
    bool known = all_visits(facts, &visits, &places, &worst);
    if (places < 2)
        return;
    yk_kpi_district_candidate(kpi, facts, &c);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = worst;
    c.ratio = true;
    enum yk_transition_state state = yk_move_flow(facts->moves, facts->move_count, facts->periods, &moves);
    c.devices_lower = fmax(visits.lower - moves.upper, 0);
    if (worst == 0) {
        c.row.reason = YK_REASON_OUTAGE;
    } else if (facts->keys > 1 || blind(facts) || state == YK_TRANSITION_BEYOND || state == YK_TRANSITION_NO_FIT) {
        c.row.reason = YK_REASON_NOT_OBSERVABLE;
    } else if (!known || state != YK_TRANSITION_OK ||
               yk_circulation_of_moves(&visits, &moves, &circulation) != YK_CIRCULATION_OK) {
        c.row.reason = YK_REASON_NOT_MEASURABLE;
    } else {
        c.row.state = YK_STATE_OK;
        c.row.reason = YK_REASON_NONE;
        c.row.value = circulation.per_visitor.value;
        c.row.lower = circulation.per_visitor.lower;
        c.row.upper = circulation.per_visitor.upper;
        c.row.n_low = c.row.n_high = (int64_t)floor(fmax(circulation.visitors, 1) + 0.5);
    }
    give(context, &c);
}

const struct yk_kpi yk_kpi_circulation = {
    .name = "circulation",
    .unit = "places",
    .summary = "place visits per visitor of the district",
    .day = YK_DAY_EPOCH,
    .district_rows = district_rows,
};
