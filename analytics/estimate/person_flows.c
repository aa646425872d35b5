/* Flows of persons between places. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Radios tell how many devices went from i to j; wanted are persons. Persons per device differ from place to place
 * (commuters at the station carry one, their parents at the market do not), so no single ratio turns the one into the other, and
 * where a flow's persons are concerned nobody has counted: counts exist of places.
 *
 * Model. A table of the places and the outside, from rows to columns. Who visits i came from some place or the outside, and
 * goes to some place or the outside, so row and column of a place both sum to its visits V. In devices the table is known: flows
 * f, and what of the visits N is in no flow came from and went to the outside (at least a hundredth of the visits, as flows are
 * estimates too). This pattern in persons is fitted to the V by iterative proportional fitting (proportional_fitting.h): of all tables with these
 * counts the one nearest to it. The outside's own margins are free, for nobody counts there.
 *
 * The pattern in persons: the outside's cells take their place's rho = V/N. A flow takes what its people have, which nobody
 * measured. If kinds of people choose the next place by their kind alone, a flow between two places of many persons per device has
 * more than either: rho_i rho_j over the district's rho. If a flow is people of the one place and of the other in equal parts, it has the
 * geometric mean. Between the two lies (rho_i rho_j)^g rho^(1 - 2g), g = 3/4, which was best or nearly so in all made towns. Where all
 * places have one ratio, any g gives the devices times that ratio; the pattern fits already, whatever is missing from the table.
 *
 * Interval. Parametric bootstrap (Efron and Tibshirani, An introduction to the bootstrap, 1993, 6.5): the fit is made again of
 * drawn counts, flows and visits. Four errors are drawn: of the counts, in part common to all places; of the flows as estimates; of
 * the period, which moves visits up and flows down everywhere at once; and chance in who carries a device: with scatter kappa a
 * flow of F persons has the variance kappa F even if its devices are known exactly. The standard deviation of the
 * logarithm makes the interval, which keeps it above 0. Added to it is what the model is worth: in made towns flows differ from the fit by 0.3
 * to 0.45 times the standard deviation of log rho between places, however many people there are. 0.4 of it is taken; without, the interval of a
 * town of 30,000 holds 48 to 76 %.
 *
 * Limits. (1) People without a device who keep to paths of their own: no count of places shows them. (2) A device is heard
 * wherever it stops; one that passes through a place unheard breaks two flows and makes a wrong third. (3) A flow that cannot be told
 * is taken for two with the outside, which changes the others little. (4) Who returns to the same place was outside in between.
 * Measured in tests/accuracy/test_person_flows.c. Cost: 0.4 s for 200 places with 2,000 flows, 7 s for 1,000 with 10,000. */
#include "estimate/person_flows.h"

#include "estimate/proportional_fitting.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <math.h>
#include <stdlib.h>

#define DRAWS          200  /* enough for a standard deviation */
#define DRAWS_MIN      180  /* of which so many have to settle */
#define LEAST          0.5  /* devices to and from the outside, */
#define LEAST_SHARE    0.01 /* and of the visits: with next to nothing there the fit settles slowly */
#define TOLERANCE      1e-7
#define DRAW_TOLERANCE 1e-4 /* a standard deviation needs no more */
#define ROUNDS         2000
#define TOGETHER       0.75 /* g: 1/2 mean of the places, 1 each kind by itself */
#define MODEL          0.4  /* standard error of a flow's log over that of log rho between places */
#define PERSONS_LEAST  1e-3 /* of a drawn count over the count */

const char *yk_person_flows_state_text(enum yk_person_flows_state state)
{
    switch (state) {
    case YK_PERSON_FLOWS_OK:
        return "ok";
    case YK_PERSON_FLOWS_BAD_NUMBERS:
        return "numbers that are negative or not finite";
    case YK_PERSON_FLOWS_UNSETTLED:
        return "counts and flows that no table has";
    case YK_PERSON_FLOWS_MEMORY:
        return "out of memory";
    }
    return "unknown";
}

void yk_person_place(const struct yk_calibration *calibration, bool pooled, const struct yk_visits *visits,
                     double period_relative_se, struct yk_person_place *out)
{
    struct yk_calibration alone = *calibration;
    alone.period_se = 0;
    if (pooled)
        alone.rho_se = 0;
    struct yk_interval all = yk_calibration_apply_visits(calibration, visits, period_relative_se);
    struct yk_interval own = yk_calibration_apply_visits(&alone, visits, 0);
    double share = (own.upper - own.lower) / (all.upper - all.lower);
    double devices = visits->raw > visits->floor ? visits->raw : visits->floor;
    all.value = fmax(all.value, calibration->rho * visits->floor);
    *out = (struct yk_person_place){.devices = devices,
                                    .period = fmax(visits->addresses - devices, 0) * period_relative_se / devices,
                                    .persons = {all.value, fmin(all.lower, all.value), fmax(all.upper, all.value)},
                                    .common = share < 1 ? 1 - share * share : 0,
                                    .scatter = fmax(calibration->kappa - calibration->rho * calibration->noise, 0)};
}

/* What one fit is made of: as it was told, or drawn. By place, and by flow. */
struct table {
    const struct yk_person_place *places;
    const struct yk_person_flow *flows;
    size_t place_count, flow_count;
    double *devices, *persons, *to_outside, *from_outside; /* place_count */
    double *moved;                                         /* flow_count: devices */
    double *margin;                                        /* place_count + 1 */
    double *cell;                                          /* (place_count + 1) squared */
};

static bool sound(const struct yk_person_place *places, size_t place_count, const struct yk_person_flow *flows,
                  size_t flow_count)
{
    bool ok = true;
    for (size_t i = 0; i < place_count; i++) {
        const struct yk_person_place *p = &places[i];
        ok = ok && isfinite(p->devices) && p->devices > 0 && isfinite(p->persons.value) && p->persons.value > 0 &&
             isfinite(p->persons.upper) && p->persons.lower <= p->persons.value &&
             p->persons.upper >= p->persons.value && isfinite(p->period) && p->common >= 0 && p->common <= 1 &&
             isfinite(p->scatter) && p->scatter >= 0;
    }
    for (size_t k = 0; k < flow_count; k++) {
        const struct yk_person_flow *f = &flows[k];
        ok = ok && f->from < place_count && f->to < place_count && f->from != f->to && isfinite(f->devices) &&
             f->devices > 0 && isfinite(f->variance) && f->variance >= 0 && isfinite(f->period);
    }
    return ok;
}

/* What of the visits is in no flow. */
static void find_outside(struct table *t)
{
    for (size_t i = 0; i < t->place_count; i++)
        t->to_outside[i] = t->from_outside[i] = t->devices[i];
    for (size_t k = 0; k < t->flow_count; k++) {
        t->to_outside[t->flows[k].from] -= t->moved[k];
        t->from_outside[t->flows[k].to] -= t->moved[k];
    }
    for (size_t i = 0; i < t->place_count; i++) {
        double least = fmax(LEAST, LEAST_SHARE * t->devices[i]);
        t->to_outside[i] = fmax(t->to_outside[i], least);
        t->from_outside[i] = fmax(t->from_outside[i], least);
    }
}

static bool fit(struct table *t, double tolerance)
{
    size_t n = t->place_count + 1, outside = t->place_count;
    double persons = 0, devices = 0;
    for (size_t i = 0; i < t->place_count; i++) {
        persons += t->persons[i];
        devices += t->devices[i];
    }
    struct yk_fitting_options options = {.tolerance = tolerance, .rounds = ROUNDS};
    for (size_t i = 0; i < n * n; i++)
        t->cell[i] = 0;
    for (size_t i = 0; i < t->place_count; i++) {
        double rho = t->persons[i] / t->devices[i];
        t->margin[i] = t->persons[i];
        t->cell[i * n + outside] = rho * t->to_outside[i];
        t->cell[outside * n + i] = rho * t->from_outside[i];
    }
    t->margin[outside] = (double)NAN;
    for (size_t k = 0; k < t->flow_count; k++) {
        size_t from = t->flows[k].from, to = t->flows[k].to;
        double both = t->persons[from] / t->devices[from] * (t->persons[to] / t->devices[to]);
        t->cell[from * n + to] = t->moved[k] * pow(both, TOGETHER) * pow(persons / devices, 1 - 2 * TOGETHER);
    }
    return yk_proportional_fitting(t->cell, n, n, t->margin, t->margin, &options, NULL) == YK_FITTING_OK;
}

static double fitted(const struct table *t, size_t k)
{
    return t->cell[t->flows[k].from * (t->place_count + 1) + t->flows[k].to];
}

static void as_told(struct table *t)
{
    for (size_t i = 0; i < t->place_count; i++) {
        t->devices[i] = t->places[i].devices;
        t->persons[i] = t->places[i].persons.value;
    }
    for (size_t k = 0; k < t->flow_count; k++)
        t->moved[k] = t->flows[k].devices;
    find_outside(t);
}

/* A factor with this relative variance, whatever its size above 0. */
static double factor(gsl_rng *rng, double relative_variance)
{
    return exp(gsl_ran_ugaussian(rng) * sqrt(log1p(relative_variance)));
}

/* Devices that stand for kappa-scattered persons: variance kappa over rho per device. */
static double carried(gsl_rng *rng, double devices, double scatter, double rho)
{
    return devices * factor(rng, scatter / (rho * devices));
}

static void draw(struct table *t, gsl_rng *rng)
{
    double period = gsl_ran_ugaussian(rng), common = gsl_ran_ugaussian(rng);
    for (size_t i = 0; i < t->place_count; i++) {
        const struct yk_person_place *p = &t->places[i];
        double z = sqrt(p->common) * common + sqrt(1 - p->common) * gsl_ran_ugaussian(rng);
        double side = z < 0 ? p->persons.value - p->persons.lower : p->persons.upper - p->persons.value;
        t->devices[i] = p->devices * exp(period * p->period);
        t->persons[i] = fmax(p->persons.value + z * side / YK_Z95, PERSONS_LEAST * p->persons.value);
    }
    for (size_t k = 0; k < t->flow_count; k++) {
        const struct yk_person_flow *f = &t->flows[k];
        t->moved[k] = f->devices * exp(-period * f->period) * factor(rng, f->variance / (f->devices * f->devices));
    }
    find_outside(t);
    for (size_t k = 0; k < t->flow_count; k++) {
        const struct yk_person_place *a = &t->places[t->flows[k].from], *b = &t->places[t->flows[k].to];
        double rho = sqrt(a->persons.value / a->devices * (b->persons.value / b->devices));
        t->moved[k] = carried(rng, t->moved[k], (a->scatter + b->scatter) / 2, rho);
    }
    for (size_t i = 0; i < t->place_count; i++) {
        const struct yk_person_place *p = &t->places[i];
        double rho = p->persons.value / p->devices;
        t->to_outside[i] = carried(rng, t->to_outside[i], p->scatter, rho);
        t->from_outside[i] = carried(rng, t->from_outside[i], p->scatter, rho);
    }
}

/* Variance of log rho between the places, by persons. */
static double between(const struct table *t)
{
    double persons = 0, mean = 0, square = 0;
    for (size_t i = 0; i < t->place_count; i++) {
        double weight = t->persons[i], off = log(t->persons[i] / t->devices[i]) - mean;
        persons += weight;
        mean += off * weight / persons;
        square += weight * off * (log(t->persons[i] / t->devices[i]) - mean);
    }
    return square / persons;
}

/* Mean and squares of a logarithm over the draws. */
struct spread {
    double count, mean, square;
};

static void note(struct spread *s, double x)
{
    double off = x - s->mean;
    s->count++;
    s->mean += off / s->count;
    s->square += off * (x - s->mean);
}

static enum yk_person_flows_state bootstrap(struct table *t, gsl_rng *rng, struct spread *spread,
                                            struct yk_interval *out)
{
    int settled = 0;
    as_told(t);
    double model = MODEL * MODEL * between(t);
    if (!fit(t, TOLERANCE))
        return YK_PERSON_FLOWS_UNSETTLED;
    for (size_t k = 0; k < t->flow_count; k++)
        out[k].value = fitted(t, k);
    for (int d = 0; d < DRAWS; d++) {
        draw(t, rng);
        if (!fit(t, DRAW_TOLERANCE))
            continue;
        settled++;
        for (size_t k = 0; k < t->flow_count; k++)
            note(&spread[k], log(fmax(fitted(t, k), 1e-300)));
    }
    if (settled < DRAWS_MIN)
        return YK_PERSON_FLOWS_UNSETTLED;
    for (size_t k = 0; k < t->flow_count; k++) {
        double wide = exp(YK_Z95 * sqrt(spread[k].square / (spread[k].count - 1) + model));
        out[k].lower = out[k].value / wide;
        out[k].upper = out[k].value * wide;
    }
    return YK_PERSON_FLOWS_OK;
}

enum yk_person_flows_state yk_person_flows(const struct yk_person_place *places, size_t place_count,
                                           const struct yk_person_flow *flows, size_t flow_count, unsigned long seed,
                                           struct yk_interval *out)
{
    enum yk_person_flows_state state = YK_PERSON_FLOWS_MEMORY;
    if (!sound(places, place_count, flows, flow_count)) {
        state = YK_PERSON_FLOWS_BAD_NUMBERS;
        goto none;
    }
    if (flow_count == 0)
        return YK_PERSON_FLOWS_OK;
    size_t n = place_count + 1;
    double *numbers = calloc(5 * n + flow_count + n * n, sizeof *numbers);
    struct spread *spread = calloc(flow_count, sizeof *spread);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (numbers && spread && rng) {
        struct table t = {.places = places,
                          .flows = flows,
                          .place_count = place_count,
                          .flow_count = flow_count,
                          .devices = numbers,
                          .persons = numbers + n,
                          .to_outside = numbers + 2 * n,
                          .from_outside = numbers + 3 * n,
                          .margin = numbers + 4 * n,
                          .moved = numbers + 5 * n,
                          .cell = numbers + 5 * n + flow_count};
        gsl_rng_set(rng, seed);
        state = bootstrap(&t, rng, spread, out);
    }
    if (rng)
        gsl_rng_free(rng);
    free(spread);
    free(numbers);
none:
    for (size_t k = 0; k < flow_count && state != YK_PERSON_FLOWS_OK; k++)
        out[k] = (struct yk_interval){(double)NAN, (double)NAN, (double)NAN};
    return state;
}
