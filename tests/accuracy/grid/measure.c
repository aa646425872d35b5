/* What is estimated from a record. SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include "estimate/circulation.h"
#include "estimate/interval.h"
#include "estimate/period_spread.h"
#include "estimate/stay_told.h"
#include "observation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Hours at either end of a record that are not told: who is there when it begins looks as if born then. */
#define EDGE_H 1

void grid_periods_measure(const struct yk_lag_histogram lags[YK_ROTATING_COUNT], struct grid_periods *out)
{
    struct yk_lag_histogram all = {0};
    struct yk_rotation_period together;
    memset(out, 0, sizeof *out);
    for (int c = 0; c < YK_ROTATING_COUNT; c++)
        yk_lag_histogram_add(&all, &lags[c]);
    bool all_known = yk_period_estimate(&all, &together, NULL) == YK_PERIOD_OK;
    for (int c = 0; c < YK_ROTATING_COUNT; c++) {
        struct yk_rotation_period own;
        out->known[c] = true;
        if (yk_period_estimate(&lags[c], &own, NULL) == YK_PERIOD_OK) {
            out->of[c] = own;
            out->of[c].slot = (unsigned)c;
        } else if (all_known) {
            out->of[c] = together;
            out->of[c].slot = YK_ROTATING_COUNT;
        } else {
            out->known[c] = false;
        }
    }
}

static const struct yk_rotation_period *period_of(const struct grid_periods *periods, int address_class)
{
    int rotating = address_class == YK_CLASS_RESOLVABLE ? YK_ROTATING_RESOLVABLE : YK_ROTATING_NON_RESOLVABLE;
    return periods->known[rotating] ? &periods->of[rotating] : NULL;
}

void grid_periods_spread(const struct record_place *place, struct grid_periods *periods)
{
    for (int c = 0; c < YK_ROTATING_COUNT; c++) {
        int of = c == YK_ROTATING_RESOLVABLE ? YK_CLASS_RESOLVABLE : YK_CLASS_NON_RESOLVABLE;
        size_t count = place->lives_of_count[c];
        struct yk_shape_life *lives = calloc(count + 1, sizeof *lives);
        if (!lives)
            abort();
        memcpy(lives, place->lives_of[c], count * sizeof *lives);
        if (periods->known[c])
            (void)yk_period_spread(lives, count, yk_rotation_two_g_s(&place->sums.day.class_of[of]), &periods->of[c]);
        free(lives);
    }
}

/* As analytics/kpis/device_visits.c does. */
static bool visits_of(const struct yk_radio_sums *radio, const struct grid_periods *periods, double window_s,
                      struct yk_visits *out)
{
    memset(out, 0, sizeof *out);
    for (int c = 0; c < YK_CLASS_COUNT; c++) {
        struct yk_visits cell;
        if (radio->class_of[c].addresses == 0)
            continue;
        if (c < YK_CLASS_RESOLVABLE)
            yk_visits_exact(radio->class_of[c].addresses, &cell);
        else if (!period_of(periods, c) ||
                 yk_visits_in_window(&radio->class_of[c], period_of(periods, c), window_s, &cell) != YK_VISITS_OK)
            return false;
        yk_visits_add(out, &cell);
    }
    return true;
}

/* SE(R)/R as the rotations of all classes together feel it. */
static double period_error(const struct yk_visits *v)
{
    double square = 0, rotations = v->addresses - v->raw;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++)
        square += (v->shift_down[i] + v->shift_up[i]) * (v->shift_down[i] + v->shift_up[i]) / 4;
    return rotations > 0 ? sqrt(square) / YK_Z95 / rotations : 0;
}

enum yk_calibration_state grid_calibrate(const struct record *records, size_t count, const struct grid_periods *periods,
                                         struct yk_calibration *out)
{
    size_t room = 1, used = 0;
    *out = (struct yk_calibration){0};
    for (size_t i = 0; i < count; i++)
        room += records[i].span.quarters;
    struct yk_calibration_point *points = calloc(room, sizeof *points);
    if (!points)
        abort();
    for (size_t i = 0; i < count; i++) {
        struct grid_periods mine = *periods;
        grid_periods_spread(&records[i].place[0], &mine);
        for (size_t q = 0; q < records[i].span.quarters; q++) {
            const struct record_truth *truth = &records[i].place[0].quarter[q];
            struct yk_visits visits;
            int64_t start_s = records[i].span.start_s + (int64_t)q * YK_WINDOW_S;
            if (truth->covered && visits_of(&records[i].place[0].sums.quarter[q], &mine, YK_WINDOW_S, &visits))
                points[used++] = (struct yk_calibration_point){.start_s = start_s,
                                                               .end_s = start_s + YK_WINDOW_S,
                                                               .persons = truth->counted,
                                                               .devices = visits.raw,
                                                               .addresses = visits.addresses,
                                                               .variance = visits.variance};
        }
    }
    enum yk_calibration_state state = yk_calibration_fit(points, used, out, NULL);
    free(points);
    return state;
}

struct measuring {
    const struct record *record;
    const struct grid_periods *periods;
    const struct yk_calibration *here, *elsewhere;
    const struct grid_oracle *oracle;
    bool counted;
    grid_item_fn *give;
    void *context;
};

static struct grid_item item_of(enum grid_kpi kpi, double truth, double naive)
{
    double none = (double)NAN;
    return (struct grid_item){kpi, truth, none, none, none, naive, 0, none, none, none, none};
}

/* Whose error is how large. Of theory: persons that carry nothing or two, rotations given how long each device is there, the
 * period's error as far as the calibration has not seen it, the calibration's. */
static void take_apart(const struct measuring *m, const struct yk_radio_sums *radio, const struct record_truth *truth,
                       double window_s, const struct yk_visits *visits, struct grid_item *item)
{
    const struct grid_oracle *o = m->oracle;
    struct yk_visits known;
    if (!o || truth->heard <= 0 || truth->persons <= 0 || !visits_of(radio, &o->periods, window_s, &known))
        return;
    item->exact = o->persons_per_device * truth->heard;
    item->true_period = o->persons_per_device * known.raw;
    item->true_ratio = o->persons_per_device * visits->raw;
    double turns = (visits->addresses - truth->heard) / truth->heard;
    double period = (turns - o->rotations) * period_error(visits);
    item->limit = sqrt(o->kappa / truth->persons + truth->turn_noise / (truth->heard * truth->heard) + period * period +
                       o->calibration_sq);
}

static void tell_visitors(const struct measuring *m, enum grid_kpi kpi, const struct yk_calibration *calibration,
                          const struct yk_radio_sums *radio, const struct record_truth *truth,
                          const struct yk_visits *visits, bool known)
{
    struct grid_item item = item_of(kpi, m->counted ? truth->counted : truth->persons, visits->addresses);
    item.persons = truth->persons;
    if (calibration && known) {
        struct yk_interval v = yk_calibration_apply_visits(calibration, visits, period_error(visits));
        item.value = v.value;
        item.lower = v.lower;
        item.upper = v.upper;
        take_apart(m, radio, truth, kpi == GRID_VISITORS_15M ? YK_WINDOW_S : 3600, visits, &item);
    }
    m->give(m->context, &item);
}

/* quarter: of an hour, or a full one. */
static void tell_window(const struct measuring *m, const struct yk_radio_sums *radio, const struct record_truth *truth,
                        bool quarter)
{
    struct yk_visits visits;
    if (!truth->covered)
        return;
    bool known = visits_of(radio, m->periods, quarter ? YK_WINDOW_S : 3600, &visits);
    if (!known) {
        visits.addresses = 0;
        for (int c = 0; c < YK_CLASS_COUNT; c++)
            visits.addresses += (double)radio->class_of[c].addresses;
    }
    struct grid_item item = item_of(quarter ? GRID_VISITS_15M : GRID_VISITS_1H, truth->heard, visits.addresses);
    if (known) {
        item.value = visits.raw;
        item.lower = visits.lower;
        item.upper = visits.upper;
    }
    m->give(m->context, &item);
    tell_visitors(m, quarter ? GRID_VISITORS_15M : GRID_VISITORS_1H, m->here, radio, truth, &visits, known);
    tell_visitors(m, quarter ? GRID_CARRIED_15M : GRID_CARRIED_1H, m->elsewhere, radio, truth, &visits, known);
}

/* Sums of arrivals: rotating classes by the estimator, the others by their births. Intervals of classes add as squares. */
static void tell_arrivals(const struct measuring *m, const struct yk_radio_sums *radio,
                          const struct record_truth *truth)
{
    double births = 0, value = 0, down = 0, up = 0;
    if (!truth->covered)
        return;
    for (int c = 0; c < YK_CLASS_COUNT; c++) {
        struct yk_rotation_flows flows;
        const struct yk_rotation_sums *sums = &radio->class_of[c];
        births += (double)sums->births;
        if (c < YK_CLASS_RESOLVABLE) {
            value += (double)sums->births;
            continue;
        }
        if (sums->addresses == 0)
            continue;
        if (!period_of(m->periods, c) ||
            yk_flows_in_window(sums, period_of(m->periods, c), 3600, &flows) != YK_VISITS_OK) {
            value = (double)NAN;
            continue;
        }
        value += flows.arrivals.raw;
        down += pow(flows.arrivals.raw - flows.arrivals.lower, 2);
        up += pow(flows.arrivals.upper - flows.arrivals.raw, 2);
    }
    struct grid_item item = item_of(GRID_ARRIVALS_1H, truth->arrivals, births);
    item.value = value;
    item.lower = value - sqrt(down);
    item.upper = value + sqrt(up);
    m->give(m->context, &item);
}

/* Over the whole record but its edges, and all that rotates. */
static void tell_stay(const struct measuring *m, const struct record_place *place)
{
    struct yk_rotation_sums sum = {0};
    struct yk_rotation_flows flows;
    const struct yk_rotation_period *period = period_of(m->periods, YK_CLASS_RESOLVABLE);
    double stays_s = 0, ends = 0;
    size_t last = m->record->span.hours - EDGE_H - 1;
    for (size_t hour = EDGE_H; hour <= last; hour++) {
        if (!place->hour[hour].covered)
            return;
        stays_s += place->hour[hour].rotating_s;
        ends += place->hour[hour].rotating_ends;
        for (int c = YK_CLASS_RESOLVABLE; c < YK_CLASS_COUNT; c++) {
            const struct yk_rotation_sums *s = &place->sums.hour[hour].class_of[c];
            sum.addresses += s->addresses - (hour > EDGE_H ? s->carried_in : 0);
            sum.births += s->births;
            sum.deaths += s->deaths;
            sum.carried_in += hour == EDGE_H ? s->carried_in : 0;
            sum.carried_out += hour == last ? s->carried_out : 0;
            sum.life_ds += s->life_ds;
            sum.gap_ds += s->gap_ds;
            sum.gap_sq_ds2 += s->gap_sq_ds2;
        }
    }
    if (ends == 0 || sum.addresses == 0)
        return;
    struct grid_item item = item_of(GRID_STAY, stays_s / ends, (double)sum.life_ds / 10 / (double)sum.addresses);
    if (period && yk_rotation_flows(&sum, period, &flows) == YK_VISITS_OK)
        item.value = flows.mean_stay_s;
    m->give(m->context, &item);
}

static void tell_occupancy(const struct measuring *m, const struct yk_radio_sums *radio,
                           const struct record_truth *truth)
{
    double value = 0, lives_s = 0;
    if (!truth->covered || truth->present_s <= 0)
        return;
    for (int c = 0; c < YK_CLASS_COUNT; c++) {
        value += yk_rotation_occupancy(&radio->class_of[c], YK_WINDOW_S);
        lives_s += (double)radio->class_of[c].life_ds / 10;
    }
    struct grid_item item = item_of(GRID_OCCUPANCY_15M, truth->present_s / YK_WINDOW_S, lives_s / YK_WINDOW_S);
    item.value = value;
    m->give(m->context, &item);
}

static double two_g_of(const struct yk_radio_sums *radio)
{
    struct yk_rotation_sums sum = radio->class_of[YK_CLASS_RESOLVABLE];
    sum.gap_ds += radio->class_of[YK_CLASS_NON_RESOLVABLE].gap_ds;
    sum.gap_sq_ds2 += radio->class_of[YK_CLASS_NON_RESOLVABLE].gap_sq_ds2;
    return yk_rotation_two_g_s(&sum);
}

/* The law of the period from a place's lives, or the one that its mean stands for. */
static bool law_of(const struct measuring *m, const struct record_place *place, struct yk_period_law *law,
                   double *known_to_s)
{
    const struct yk_rotation_period *period = period_of(m->periods, YK_CLASS_RESOLVABLE);
    struct yk_shape_fit fit;
    if (!period)
        return false;
    struct yk_shape_life *lives = calloc(place->life_count + 1, sizeof *lives);
    double *work = calloc(4 * place->life_count + 4, sizeof *work);
    if (!lives || !work)
        abort();
    memcpy(lives, place->lives, place->life_count * sizeof *lives);
    bool good =
        yk_period_shape(lives, place->life_count, work, period, two_g_of(&place->sums.day), law, &fit) == YK_SHAPE_OK;
    *known_to_s = good ? fit.known_to_s : YK_LAW_KNOWN * period->period_s;
    free(lives);
    free(work);
    return good || yk_law_of_period(period, law);
}

#define STOP_S 180 /* as a district has it that says nothing else */

static double longer(const double *sorted, size_t count, double than)
{
    size_t shorter = 0;
    while (shorter < count && sorted[shorter] < than)
        shorter++;
    return (double)(count - shorter) / (double)count;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How long devices stay, as analytics/kpis/stay_row.c tells it. naive: of the lives of rotating addresses. */
static void tell_stays(const struct measuring *m, const struct record_place *place)
{
    static const struct {
        enum grid_kpi kpi;
        struct yk_stay_asked asked;
    } figures[] = {
        {GRID_DWELL, {.at = 0.5}}, {GRID_DWELL_P90, {.at = 0.9}}, {GRID_STOP, {.longer = true, .at = STOP_S}}};
    size_t n = place->stay_count, lives = place->life_count;
    if (!place->day.covered || n == 0 || lives == 0)
        return;
    double *pieces = calloc(lives, sizeof *pieces);
    if (!pieces)
        abort();
    for (size_t i = 0; i < lives; i++)
        pieces[i] = place->lives[i].end_s - place->lives[i].begin_s;
    qsort(pieces, lives, sizeof *pieces, by_size);
    qsort(place->stays_s, n, sizeof *place->stays_s, by_size);
    struct yk_stay_day day;
    if (!yk_stay_day_init(&day, &place->stays, &place->sums.day, period_of(m->periods, YK_CLASS_RESOLVABLE),
                          period_of(m->periods, YK_CLASS_NON_RESOLVABLE)))
        abort();
    struct yk_stay_curves *curves = yk_stay_curves_new(&day);
    if (!curves)
        abort();
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        const struct yk_stay_asked *asked = &figures[i].asked;
        struct yk_stay_told told;
        struct grid_item item = item_of(
            figures[i].kpi, asked->longer ? longer(place->stays_s, n, STOP_S) : place->stays_s[(size_t)(asked->at * n)],
            fmax(asked->longer ? longer(pieces, lives, STOP_S) : pieces[(size_t)(asked->at * lives)], 0.001));
        if (yk_stay_told(curves, asked, &told) == YK_TOLD_OK) {
            item.value = told.figure.value;
            item.lower = told.figure.lower;
            item.upper = told.figure.upper;
        }
        m->give(m->context, &item);
    }
    yk_stay_curves_free(curves);
    free(pieces);
}

/* Moves between all places over the record, and place visits a visitor. naive: addresses heard at two places; addresses of
 * places over addresses of the district. */
static void tell_moves(const struct measuring *m)
{
    const struct record *r = m->record;
    const struct yk_rotation_period *period = period_of(m->periods, YK_CLASS_RESOLVABLE);
    struct yk_transition_flow moves = {0}, flow;
    struct yk_visits places = {0}, cell;
    struct yk_period_law law;
    struct yk_travel travel;
    double known_to_s, truth = 0;
    int64_t seen = yk_transitions_count(&r->moves_rotating);
    struct grid_item item = item_of(GRID_FLOW, r->went_rotating + r->went_fixed, (double)(seen + r->moves_fixed));
    bool known = period && law_of(m, &r->place[0], &law, &known_to_s) &&
                 yk_travel_fit(&r->moves_rotating, &law, &travel) == YK_TRANSITION_OK &&
                 yk_transition_estimate(&r->moves_rotating, &law, period, &travel, &flow) == YK_TRANSITION_OK;
    if (known) {
        yk_transition_add(&moves, &flow);
        yk_transition_exact(r->moves_fixed, &flow);
        yk_transition_add(&moves, &flow);
        item.value = moves.value;
        item.lower = moves.lower;
        item.upper = moves.upper;
    }
    m->give(m->context, &item);
    for (size_t p = 0; p < r->places && known; p++) {
        known = visits_of(&r->place[p].sums.day, m->periods, 0, &cell);
        truth += r->place[p].day.heard;
        yk_visits_add(&places, &cell);
    }
    struct yk_circulation circulation;
    item = item_of(GRID_CIRCULATION, truth / r->place[r->places].day.heard, 1);
    struct yk_visits district;
    if (!known || !visits_of(&r->place[r->places].sums.day, m->periods, 0, &district))
        return;
    item.naive = places.addresses / district.addresses;
    if (yk_circulation_of_moves(&places, &moves, &circulation) == YK_CIRCULATION_OK) {
        item.value = circulation.raw;
        item.lower = circulation.per_visitor.lower;
        item.upper = circulation.per_visitor.upper;
    }
    m->give(m->context, &item);
}

void grid_measure(const struct record *record, const struct grid_periods *periods, const struct yk_calibration *here,
                  const struct yk_calibration *elsewhere, const struct grid_oracle *oracle, bool counted,
                  grid_item_fn *give, void *context)
{
    const struct measuring all = {record, periods, here, elsewhere, oracle, counted, give, context};
    for (size_t p = 0; p < record->places; p++) {
        const struct record_place *place = &record->place[p];
        struct grid_periods spread = *periods;
        struct measuring m = all;
        m.periods = &spread;
        if (!counted) /* factors have no interval */
            grid_periods_spread(place, &spread);
        for (size_t q = EDGE_H * 4; q + EDGE_H * 4 < record->span.quarters; q++) {
            tell_window(&m, &place->sums.quarter[q], &place->quarter[q], true);
            tell_occupancy(&m, &place->sums.quarter[q], &place->quarter[q]);
        }
        for (size_t i = EDGE_H; i + EDGE_H < record->span.hours; i++) {
            tell_window(&m, &place->sums.hour[i], &place->hour[i], false);
            tell_arrivals(&m, &place->sums.hour[i], &place->hour[i]);
        }
        tell_stay(&m, place);
        tell_stays(&m, place);
    }
    if (record->places > 1)
        tell_moves(&all);
}
