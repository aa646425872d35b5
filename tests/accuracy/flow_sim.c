/* People on their way between places, whose truth is known. SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow_sim.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_S   1.8e9
#define HEARD_MAX 20000 /* adverts of one walker */
#define SILENCE_S 600   /* ends a life */

struct heard {
    double t;
    int address, place;
};

struct walk {
    struct heard heard[HEARD_MAX];
    size_t count;
};

unsigned flow_law_parts(const struct flow_scene *scene, struct yk_law_part parts[2])
{
    unsigned count = 0;
    for (int i = 0; i < 2; i++) {
        double mean = (scene->periods[i].from_s + scene->periods[i].to_s) / 2;
        if (scene->periods[i].share > 0)
            parts[count++] =
                (struct yk_law_part){scene->periods[i].share / mean, scene->periods[i].from_s, scene->periods[i].to_s};
    }
    return count;
}

static void walk(struct walk *w, const struct flow_scene *scene, double t, gsl_rng *rng)
{
    int make = gsl_rng_uniform(rng) < scene->periods[0].share ? 0 : 1;
    double from = scene->periods[make].from_s, to = scene->periods[make].to_s, period;
    do /* a random instant lies in a long period more often */
        period = gsl_ran_flat(rng, from, to);
    while (gsl_rng_uniform(rng) * to > period);
    double rotation = t + period * gsl_rng_uniform(rng), advert = t + scene->advert_s * gsl_rng_uniform(rng);
    bool been[FLOW_PLACES] = {false};
    int address = 0, visited = 0, place = (int)gsl_rng_uniform_int(rng, (unsigned long)scene->places);
    w->count = 0;
    for (;;) {
        double leave = t + gsl_ran_lognormal(rng, log(scene->stay_s) - 0.125, 0.5);
        been[place] = true;
        visited++;
        for (; advert < leave; advert += scene->advert_s + 0.01 * gsl_rng_uniform(rng)) {
            for (; advert >= rotation; rotation += gsl_ran_flat(rng, from, to))
                address++;
            if (advert >= t && gsl_rng_uniform(rng) >= scene->loss && w->count < HEARD_MAX)
                w->heard[w->count++] = (struct heard){advert, address, place};
        }
        if (visited == scene->places || gsl_rng_uniform(rng) < scene->leave)
            return;
        int next;
        do
            next = (int)gsl_rng_uniform_int(rng, (unsigned long)scene->places);
        while (been[next]);
        double way = gsl_ran_lognormal(rng, log(scene->step_s * abs(next - place)), scene->step_sigma);
        t = leave + way * (gsl_rng_uniform(rng) < scene->wander ? 10 : 1);
        place = next;
    }
}

static void transitions(struct flow_sim *sim, const struct walk *w, double t0, double t1, double horizon_s)
{
    size_t since = 0; /* where the stay of this address at this place begins */
    for (size_t i = 1; i < w->count; i++) {
        const struct heard *a = &w->heard[i - 1], *b = &w->heard[i];
        bool inside = b->t >= t0 && b->t < t1;
        if (a->place != b->place && inside) {
            struct flow_pair *pair = &sim->pair[a->place][b->place];
            pair->went++;
            pair->went_beyond += b->t - a->t > horizon_s;
            if (a->address == b->address) {
                int64_t first = (int64_t)floor(w->heard[since].t * 10), last = (int64_t)floor(a->t * 10);
                int64_t next = (int64_t)floor(b->t * 10);
                yk_transitions_note(&pair->seen, last, next);
                yk_transitions_note(&pair->from_first, first, next);
                if (a->t >= t0)
                    yk_transitions_note(&sim->moves, last, next);
            }
        }
        if (a->place != b->place || a->address != b->address)
            since = i;
    }
}

/* Sums of one place (or all: -1), by brute force over the lives of each address; returns whether the device was heard. */
static bool sums(struct yk_rotation_sums *to, const struct walk *w, int place, double t0, double t1, double acc[3])
{
    bool any = false;
    size_t i = 0;
    while (i < w->count) {
        if (place >= 0 && w->heard[i].place != place) {
            i++;
            continue;
        }
        double first = w->heard[i].t, last = first, gaps = 0, squares = 0;
        bool inside = first >= t0 && first < t1;
        size_t j = i + 1;
        for (; j < w->count; j++) {
            if (place >= 0 && w->heard[j].place != place)
                continue; /* nobody comes back, but the address may be heard elsewhere */
            if (w->heard[j].address != w->heard[i].address || w->heard[j].t - last > SILENCE_S)
                break;
            double gap = w->heard[j].t - last;
            last = w->heard[j].t;
            if (last >= t0 && last < t1) {
                inside = true;
                gaps += gap;
                squares += gap * gap;
            }
        }
        i = j;
        if (!inside)
            continue;
        any = true;
        to->addresses++;
        to->births += first >= t0;
        to->deaths += last < t1;
        to->carried_in += first < t0;
        to->carried_out += last >= t1;
        acc[0] += fmin(last, t1) - fmax(first, t0);
        acc[1] += gaps;
        acc[2] += squares;
    }
    return any;
}

static void round_off(struct yk_rotation_sums *s, const double acc[3])
{
    s->life_ds = llround(acc[0] * 10);
    s->gap_ds = llround(acc[1] * 10);
    s->gap_sq_ds2 = llround(acc[2] * 100);
}

void flow_run(struct flow_sim *sim, const struct flow_scene *scene, double horizon_s, gsl_rng *rng)
{
    memset(sim, 0, sizeof *sim);
    struct walk *w = malloc(sizeof *w);
    if (!w)
        abort();
    double acc[FLOW_PLACES + 1][3] = {{0}};
    double t0 = BEGIN_S + 5 * (scene->stay_s + 3 * scene->step_s), t1 = t0 + scene->hours * 3600;
    double t = BEGIN_S;
    while ((t += gsl_ran_exponential(rng, 3600 / scene->walkers_per_h)) < t1) {
        walk(w, scene, t, rng);
        transitions(sim, w, t0, t1, horizon_s);
        for (int z = 0; z < scene->places; z++)
            sim->place_visits += sums(&sim->place[z], w, z, t0, t1, acc[z]);
        sim->visitors += sums(&sim->district, w, -1, t0, t1, acc[FLOW_PLACES]);
    }
    for (int z = 0; z < scene->places; z++) {
        round_off(&sim->place[z], acc[z]);
        sim->distinct_places += (double)sim->place[z].addresses;
    }
    round_off(&sim->district, acc[FLOW_PLACES]);
    sim->distinct = (double)sim->district.addresses;
    free(w);
}
