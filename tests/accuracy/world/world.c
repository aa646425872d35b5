/* A made district. SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#define STAY_MAX_S    21600.0
#define ROTATIONS_MAX 256
#define DAY_SIGMA     0.08
#define BOARDING_S    30.0 /* until all have got in or out of a train */
#define RADIO_DELAY_S 0.01 /* the random 0-10 ms of Bluetooth Core 5.3, Vol 6 Part B 4.4.2.2.1 */
#define FIRST_HOUR    8    /* of the day, at which a record begins */

/* Arrivals by hour of the day, as a share of the busiest. */
static const double course[24] = {0.05, 0.02, 0.02, 0.02, 0.05, 0.15, 0.4, 0.8, 0.9, 0.6,  0.6, 0.8,
                                  1.0,  0.8,  0.7,  0.7,  0.8,  1.0,  1.0, 0.8, 0.5, 0.35, 0.2, 0.1};

struct making {
    const struct world_people *people;
    const struct world_air *air;
    const struct world_day *day;
    double from_s, to_s;
    gsl_rng *rng;
    const struct world_listener *listener;
    uint64_t addresses; /* made so far */
};

static double stay_s(const struct making *m)
{
    double pick = gsl_rng_uniform(m->rng);
    int i = pick < m->day->stays[0].share ? 0 : 1;
    double sigma = m->day->stays[i].sigma;
    return fmin(gsl_ran_lognormal(m->rng, log(m->day->stays[i].mean_s) - sigma * sigma / 2, sigma), STAY_MAX_S);
}

/* Time from a random instant to the next rotation: a uniform part of a length-biased period (by rejection). */
static double residual(gsl_rng *rng, double from, double to)
{
    double period;
    do
        period = gsl_ran_flat(rng, from, to);
    while (gsl_rng_uniform(rng) * to > period);
    return period * gsl_rng_uniform(rng);
}

static uint64_t next_address(struct making *m)
{
    uint64_t x = ++m->addresses * UINT64_C(0x9e3779b97f4a7c15); /* spread out as a keyed hash would */
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* When a device that is there from..to changes its address. */
static size_t rotations(const struct making *m, double from, double to, double out[ROTATIONS_MAX])
{
    double pick = gsl_rng_uniform(m->rng);
    int law = 0;
    while (law < WORLD_PARTS - 1 && pick >= m->people->periods[law].share)
        pick -= m->people->periods[law++].share;
    double shortest = m->people->periods[law].from_s, longest = m->people->periods[law].to_s;
    size_t count = 0;
    double t = from + residual(m->rng, shortest, longest);
    while (t < to && count < ROTATIONS_MAX) {
        out[count++] = t;
        t += gsl_ran_flat(m->rng, shortest, longest);
    }
    return count;
}

#define TURN_DRAWS 20000

void world_turn_variance(const struct world_people *people, gsl_rng *rng, double step_s, size_t count, double *out)
{
    struct making m = {.people = people, .rng = rng};
    double turns[ROTATIONS_MAX], mean = world_period_s(people);
    memset(out, 0, count * sizeof *out);
    for (int draw = 0; draw < TURN_DRAWS; draw++) {
        size_t found = rotations(&m, 0, (double)count * step_s, turns), so_far = 0;
        for (size_t i = 0; i < count; i++) {
            double tau = (double)(i + 1) * step_s;
            while (so_far < found && turns[so_far] < tau)
                so_far++;
            double off = (double)so_far - tau / mean;
            out[i] += off * off / TURN_DRAWS;
        }
    }
}

static void stream(struct making *m, const struct world_person *person, enum yk_address_class address_class,
                   const double *turns, size_t turn_count)
{
    const struct world_listener *to = m->listener;
    to->device(to->context, person, address_class);
    to->address(to->context, next_address(m));
    double pick = gsl_rng_uniform(m->rng);
    int i = 0;
    while (i < WORLD_PARTS - 1 && pick >= m->air->speeds[i].share)
        pick -= m->air->speeds[i++].share;
    double every =
        m->air->speeds[i].from_s * pow(m->air->speeds[i].to_s / m->air->speeds[i].from_s, gsl_rng_uniform(m->rng));
    double loss = gsl_ran_flat(m->rng, m->air->speeds[i].loss_from, m->air->speeds[i].loss_to);
    double t = person->stays[0].from_s + every * gsl_rng_uniform(m->rng);
    double end = fmin(person->stays[person->count - 1].to_s, m->to_s);
    size_t turn = 0, stay = 0;
    while (t < end) {
        double luck = gsl_rng_uniform(m->rng); /* one draw for both: its later digits are the radio's delay */
        while (person->stays[stay].to_s <= t)
            stay++;
        if (luck >= loss && t >= m->from_s && person->stays[stay].from_s <= t) {
            bool turned = false;
            for (; turn < turn_count && turns[turn] <= t; turn++)
                turned = true;
            if (turned)
                to->address(to->context, next_address(m));
            to->advert(to->context, person->stays[stay].place, t);
        }
        t += every + RADIO_DELAY_S * (1000 * luck - floor(1000 * luck));
    }
    to->device_end(to->context);
}

static void device(struct making *m, const struct world_person *person)
{
    double turns[ROTATIONS_MAX], pick = gsl_rng_uniform(m->rng);
    int address_class = 0;
    while (address_class < YK_CLASS_COUNT - 1 && pick >= m->people->classes[address_class])
        pick -= m->people->classes[address_class++];
    if (address_class < YK_CLASS_RESOLVABLE) {
        stream(m, person, (enum yk_address_class)address_class, NULL, 0);
        return;
    }
    double from = person->stays[0].from_s, to = person->stays[person->count - 1].to_s;
    bool two = m->people->several > 0 && gsl_rng_uniform(m->rng) < m->people->several;
    size_t count = rotations(m, from, to, turns);
    stream(m, person, (enum yk_address_class)address_class, turns, count);
    if (!two)
        return;
    if (!m->people->in_step)
        count = rotations(m, from, to, turns);
    stream(m, person, (enum yk_address_class)address_class, turns, count);
}

/* Somebody who is at a first place from..to, and perhaps goes on. */
static void person(struct making *m, double from, double to)
{
    struct world_person p = {.counted = 1};
    size_t place = m->day->places > 1 ? gsl_rng_uniform_int(m->rng, m->day->places) : 0;
    p.stays[p.count++] = (struct world_stay){place, from, to};
    bool been[WORLD_PLACES] = {false};
    been[place] = true;
    while (p.count < m->day->places && gsl_rng_uniform(m->rng) < m->day->go_on) {
        while (been[place])
            place = gsl_rng_uniform_int(m->rng, m->day->places);
        been[place] = true;
        from = to + gsl_ran_lognormal(m->rng, log(m->day->walk_s), m->day->walk_sigma);
        to = from + stay_s(m);
        p.stays[p.count++] = (struct world_stay){place, from, to};
    }
    double luck = gsl_rng_uniform(m->rng);
    if (luck < 2 * WORLD_MISCOUNTED)
        p.counted = luck < WORLD_MISCOUNTED ? 0 : 2;
    int devices = gsl_rng_uniform(m->rng) < m->people->carry;
    devices += devices && gsl_rng_uniform(m->rng) < m->people->second;
    if (to < m->from_s)
        return;
    m->listener->person(m->listener->context, &p);
    for (int i = 0; i < devices; i++)
        device(m, &p);
}

static double share_of_hour(const struct making *m, double t)
{
    if (!m->day->course)
        return 1;
    double hour = FIRST_HOUR + (t - m->from_s) / 3600 + 24;
    int at = (int)floor(hour);
    return course[at % 24] + (hour - at) * (course[(at + 1) % 24] - course[at % 24]);
}

/* Half of the people come with a train and walk away, half wait for one. */
static void by_train(struct making *m, double t, double begin)
{
    double train = begin + ceil((t - begin) / m->day->train_s) * m->day->train_s + BOARDING_S * gsl_rng_uniform(m->rng);
    if (gsl_rng_uniform(m->rng) < 0.5)
        person(m, train, train + stay_s(m));
    else
        person(m, t, train);
}

void world_run(const struct world_people *people, const struct world_air *air, const struct world_day *day,
               double from_s, double to_s, gsl_rng *rng, const struct world_listener *listener)
{
    struct making m = {people, air, day, from_s, to_s, rng, listener, gsl_rng_get(rng)};
    double longest = fmax(day->stays[0].mean_s, day->stays[1].mean_s);
    double begin = from_s - fmax(3600, 3 * longest) * (day->places > 1 ? 2 : 1);
    double per_s = day->arrivals_per_h / 3600 * (day->course ? gsl_ran_lognormal(rng, 0, DAY_SIGMA) : 1);
    for (double t = begin; (t += gsl_ran_exponential(rng, 1 / per_s)) < to_s;) {
        if (gsl_rng_uniform(rng) >= share_of_hour(&m, t))
            continue;
        if (day->train_s > 0)
            by_train(&m, t, begin);
        else
            person(&m, t, t + stay_s(&m));
    }
    for (int i = 0; i < day->beacons; i++) {
        struct world_person beacon = {.stays = {{(size_t)i % day->places, from_s - 60, to_s + 60}}, .count = 1};
        listener->person(listener->context, NULL);
        stream(&m, &beacon, i % 2 ? YK_CLASS_STATIC : YK_CLASS_PUBLIC, NULL, 0);
    }
}
