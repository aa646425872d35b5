/* A street or plaza of rotating devices whose truth is known. SPDX-License-Identifier: GPL-3.0-or-later */
#include "rotation_sim.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_S 1.8e9 /* a second since 1970, so that tenths are as large as in real life */

static void *grow(void *memory, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return memory;
    *room = *room ? *room * 2 : 1024;
    memory = realloc(memory, *room * size);
    if (!memory)
        abort();
    return memory;
}

double sim_true_period_s(const struct sim_scene *scene)
{
    double rate = 0;
    for (int i = 0; i < 3; i++)
        if (scene->periods[i].share > 0)
            rate += scene->periods[i].share * 2 / (scene->periods[i].from_s + scene->periods[i].to_s);
    return 1 / rate;
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

static void heard(struct sim *sim, size_t *life, size_t device, double t)
{
    if (t < sim->record_from_s || t >= sim->record_to_s)
        return;
    if (*life == SIZE_MAX) {
        sim->lives = grow(sim->lives, sim->life_count, &sim->life_room, sizeof *sim->lives);
        *life = sim->life_count++;
        sim->lives[*life] = (struct sim_life){device, sim->advert_count, 0};
    }
    sim->adverts = grow(sim->adverts, sim->advert_count, &sim->advert_room, sizeof *sim->adverts);
    sim->adverts[sim->advert_count++] = t;
    sim->lives[*life].count++;
}

static double draw_stay(const struct sim_scene *scene, const struct sim_stay *stays, gsl_rng *rng)
{
    if (!stays)
        return gsl_ran_lognormal(rng, log(scene->stay_s) - 0.125, 0.5);
    double pick = gsl_rng_uniform(rng);
    const struct sim_stay *kind = stays;
    while (kind < &stays[SIM_STAYS - 1] && pick >= kind->share)
        pick -= kind++->share;
    return gsl_ran_lognormal(rng, log(kind->mean_s) - kind->sigma * kind->sigma / 2, kind->sigma);
}

static void device(struct sim *sim, const struct sim_scene *scene, const struct sim_stay *stays, gsl_rng *rng,
                   double arrival)
{
    double stay = draw_stay(scene, stays, rng);
    double pick = gsl_rng_uniform(rng);
    int law = 0;
    while (law < 2 && pick >= scene->periods[law].share) {
        pick -= scene->periods[law].share;
        law++;
    }
    double from = scene->periods[law].from_s, to = scene->periods[law].to_s;
    int slow = gsl_rng_uniform(rng) < scene->slow_share;
    int restart = gsl_rng_uniform(rng) < scene->restart_share;
    double every = slow ? 10 : scene->advert_s, loss = slow ? 0.5 : scene->loss;
    if (scene->speeds[0].share > 0) {
        const struct sim_speed *speed = scene->speeds;
        pick = gsl_rng_uniform(rng);
        while (speed < &scene->speeds[SIM_SPEEDS - 1] && pick >= speed->share)
            pick -= speed++->share;
        every = speed->from_s * pow(speed->to_s / speed->from_s, gsl_rng_uniform(rng));
        loss = gsl_ran_flat(rng, speed->loss_from, speed->loss_to);
    }
    double leave = arrival + stay, t = arrival + every * gsl_rng_uniform(rng);
    double rotation = arrival + residual(rng, from, to);
    sim->stays = grow(sim->stays, sim->device_count, &sim->device_room, sizeof *sim->stays);
    sim->stays[sim->device_count][0] = arrival;
    sim->stays[sim->device_count][1] = leave;
    size_t id = sim->device_count++, life = SIZE_MAX;
    while (t < leave) {
        if (t >= rotation) { /* the address changed between the last advert and this one */
            if (restart)
                t = rotation;
            rotation += gsl_ran_flat(rng, from, to);
            life = SIZE_MAX;
        }
        if (gsl_rng_uniform(rng) >= loss)
            heard(sim, &life, id, t);
        t += every + 0.01 * gsl_rng_uniform(rng);
    }
}

void sim_run(struct sim *sim, const struct sim_scene *scene, gsl_rng *rng)
{
    sim_run_stays(sim, scene, NULL, rng);
}

void sim_run_stays(struct sim *sim, const struct sim_scene *scene, const struct sim_stay *stays, gsl_rng *rng)
{
    memset(sim, 0, sizeof *sim);
    sim->record_from_s = BEGIN_S + 3 * scene->stay_s;
    sim->record_to_s = sim->record_from_s + scene->hours * 3600;
    double t = BEGIN_S;
    while ((t += gsl_ran_exponential(rng, 3600 / scene->arrivals_per_h)) < sim->record_to_s)
        device(sim, scene, stays, rng, t);
}

void sim_free(struct sim *sim)
{
    free(sim->adverts);
    free(sim->lives);
    free(sim->stays);
    memset(sim, 0, sizeof *sim);
}

void sim_window(const struct sim *sim, double t0, double t1, struct yk_rotation_sums *sums, struct sim_truth *truth)
{
    memset(sums, 0, sizeof *sums);
    memset(truth, 0, sizeof *truth);
    /* First and last advert by device, in the record and whether one is in the window. */
    double(*span)[2] = calloc(sim->device_count + 1, sizeof *span);
    char *seen = calloc(sim->device_count + 1, 1);
    if (!span || !seen)
        abort();
    double gaps = 0, gaps_sq = 0, time = 0;
    for (size_t i = 0; i < sim->life_count; i++) {
        const double *advert = &sim->adverts[sim->lives[i].first];
        size_t n = sim->lives[i].count, d = sim->lives[i].device;
        double first = advert[0], last = advert[n - 1];
        if (span[d][0] == 0)
            span[d][0] = first;
        span[d][1] = last;
        if (last < t0 || first >= t1)
            continue;
        int inside = 0;
        for (size_t j = 0; j < n; j++) {
            if (advert[j] < t0 || advert[j] >= t1)
                continue;
            inside = 1;
            if (j > 0) {
                gaps += advert[j] - advert[j - 1];
                gaps_sq += (advert[j] - advert[j - 1]) * (advert[j] - advert[j - 1]);
            }
        }
        if (!inside)
            continue;
        sums->addresses++;
        sums->births += first >= t0;
        sums->deaths += last < t1;
        sums->carried_in += first < t0;
        sums->carried_out += last >= t1;
        time += fmin(last, t1) - fmax(first, t0);
        seen[d] = 1;
    }
    for (size_t d = 0; d < sim->device_count; d++) {
        truth->devices += seen[d];
        truth->arrivals += span[d][0] >= t0 && span[d][0] < t1;
        truth->departures += span[d][1] >= t0 && span[d][1] < t1;
        truth->present_s += fmax(fmin(sim->stays[d][1], t1) - fmax(sim->stays[d][0], t0), 0);
    }
    free(span);
    free(seen);
    sums->life_ds = llround(time * 10);
    sums->gap_ds = llround(gaps * 10);
    sums->gap_sq_ds2 = llround(gaps_sq * 100);
}
