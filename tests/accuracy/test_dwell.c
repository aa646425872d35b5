/* Stays against simulated truth. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/period_shape.h"
#include "estimate/stay_survivor.h"
#include "rotation_sim.h"

#include <criterion/criterion.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ALIKE             \
    {                     \
        {                 \
            0, 0, 0, 0, 0 \
        }                 \
    }

static int seeds(int usual)
{
    const char *text = getenv("YUKIKAI_ACCURACY_SEEDS");
    return text && atoi(text) > 0 ? atoi(text) : usual;
}

struct place {
    const char *name;
    double visits_per_h, hours, mean_s;
    struct sim_stay stays[SIM_STAYS];
};
static const struct place PLACES[] = {
    {"street 2 min", 600, 5, 120, {{1, 120, 0.5}}},
    {"shop 4 min", 300, 10, 240, {{1, 240, 0.7}}},
    {"mixed 1.5 and 10 min", 300, 10, 300, {{0.6, 90, 0.5}, {0.4, 600, 0.5}}},
    {"plaza 40 min", 60, 12, 2400, {{1, 2400, 0.5}}},
};
#define PLACE_COUNT ((int)(sizeof PLACES / sizeof PLACES[0]))
struct population {
    const char *name;
    struct {
        double share, from_s, to_s;
    } periods[2];
};
static const struct population POPULATIONS[] = {
    {"5-8", {{1, 300, 480}}},
    {"7-15", {{1, 420, 900}}},
    {"15", {{1, 900, 900.001}}},
    {"5-8|15", {{0.5, 300, 480}, {0.5, 900, 900.001}}},
};
#define POPULATION_COUNT 4

static double longer(const struct place *p, double t)
{
    double sum = 0;
    for (int i = 0; i < SIM_STAYS; i++)
        if (p->stays[i].share > 0)
            sum += p->stays[i].share *
                   gsl_cdf_lognormal_Q(t, log(p->stays[i].mean_s) - p->stays[i].sigma * p->stays[i].sigma / 2,
                                       p->stays[i].sigma);
    return sum;
}
static double quantile(const struct place *p, double q)
{
    double lo = 0, hi = 1e6;
    for (int i = 0; i < 80; i++) {
        double mid = (lo + hi) / 2;
        *(longer(p, mid) > 1 - q ? &lo : &hi) = mid;
    }
    return lo;
}
static double mean_of(const struct place *p)
{
    double sum = 0;
    for (int i = 0; i < SIM_STAYS; i++)
        sum += p->stays[i].share * p->stays[i].mean_s;
    return sum;
}
static struct yk_period_law true_law(const struct population *p)
{
    struct yk_law_part parts[2];
    unsigned n = 0;
    for (int i = 0; i < 2; i++)
        if (p->periods[i].share > 0)
            parts[n++] = (struct yk_law_part){p->periods[i].share / (p->periods[i].from_s + p->periods[i].to_s),
                                              p->periods[i].from_s, p->periods[i].to_s};
    struct yk_period_law law;
    cr_assert(yk_law_make(parts, n, &law));
    return law;
}
struct heard {
    struct yk_stay_piece *pieces;
    struct yk_shape_life *lives;
    double *work;
    size_t count;
    double two_g_s, longest;
};
static struct heard hear(const struct sim *sim)
{
    struct heard h = {.count = sim->life_count};
    h.pieces = calloc(h.count + 1, sizeof *h.pieces);
    h.lives = calloc(h.count + 1, sizeof *h.lives);
    h.work = calloc(4 * h.count + 1, sizeof *h.work);
    double g = 0, gg = 0;
    for (size_t i = 0; i < h.count; i++) {
        const struct sim_life *l = &sim->lives[i];
        const double *a = &sim->adverts[l->first];
        for (size_t j = 1; j < l->count; j++)
            g += a[j] - a[j - 1], gg += (a[j] - a[j - 1]) * (a[j] - a[j - 1]);
        double b = floor(a[0] * 10) / 10, e = floor(a[l->count - 1] * 10) / 10;
        bool first = i == 0 || sim->lives[i - 1].device != l->device;
        bool last = i + 1 == h.count || sim->lives[i + 1].device != l->device;
        bool before = first && sim->stays[l->device][0] < sim->record_from_s;
        bool on = last && sim->stays[l->device][1] > sim->record_to_s;
        h.lives[i] = (struct yk_shape_life){b, e, before, on};
        h.pieces[i] = (struct yk_stay_piece){e - b, before, on};
    }
    h.two_g_s = gg / g;
    yk_stay_sort(h.pieces, h.count);
    return h;
}

struct tally {
    double n, sum, sq;
};
static void put(struct tally *t, double x)
{
    t->n++, t->sum += x, t->sq += x * x;
}
static void show(const struct tally *t, int runs)
{
    if (t->n < runs * 0.5) {
        printf(" %7s %5.0f", "-", t->n);
        return;
    }
    double m = t->sum / t->n;
    printf(" %+6.1f%% %4.1f%%", 100 * m, 100 * sqrt(fmax(t->sq / t->n - m * m, 0)));
}

Test(dwell, table, .timeout = 1000)
{
    int runs = seeds(3);
    for (int p = 0; p < PLACE_COUNT; p++)
        for (int q = 0; q < POPULATION_COUNT; q++) {
            const struct place *place = &PLACES[p];
            const struct population *pop = &POPULATIONS[q];
            struct sim_scene scene = {.arrivals_per_h = place->visits_per_h,
                                      .stay_s = place->mean_s,
                                      .advert_s = 2,
                                      .loss = 0.2,
                                      .hours = place->hours};
            for (int i = 0; i < 2; i++)
                scene.periods[i].share = pop->periods[i].share, scene.periods[i].from_s = pop->periods[i].from_s,
                scene.periods[i].to_s = pop->periods[i].to_s;
            struct tally med[3] = {0}, p90[3] = {0}, mean[3] = {0}, fe[3] = {0};
            int states[4] = {0};
            double known = 0, law_mean = 0;
            double m = quantile(place, 0.5), n = quantile(place, 0.9), mu = mean_of(place);
            struct yk_period_law truth = true_law(pop);
            for (int seed = 1; seed <= runs; seed++) {
                gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
                gsl_rng_set(rng, 777 + seed * 1000 + p * 10 + q);
                struct sim sim;
                sim_run_stays(&sim, &scene, place->stays, rng);
                struct heard h = hear(&sim);
                struct yk_period_law laws[3] = {truth};
                struct yk_rotation_period period = {.period_s = truth.mean_s, .cv = 0.3};
                cr_assert(yk_law_of_period(&period, &laws[1]));
                struct yk_shape_fit fit;
                states[yk_period_shape(h.lives, h.count, h.work, &period, h.two_g_s, &laws[2], &fit)]++;
                known += fit.known_to_s;
                law_mean += laws[2].mean_s;
                for (int l = 0; l < 3; l++) {
                    if (laws[l].count == 0)
                        continue;
                    for (double t = truth.mean_s * .8; t < truth.mean_s; t += truth.mean_s)
                        put(&fe[l], yk_law_equilibrium(&laws[l], t) - yk_law_equilibrium(&truth, t));
                    struct yk_stay_survivor s;
                    int st = yk_stay_survivor_estimate(h.pieces, NULL, h.count, &laws[l], h.two_g_s, &s);
                    if (st) {
                        printf("state %d\n", st);
                        continue;
                    }
                    double t;
                    if (yk_stay_curve_quantile(&s.curve, 0.5, &t) == YK_STAY_OBSERVED)
                        put(&med[l], t / m - 1);
                    if (yk_stay_curve_quantile(&s.curve, 0.9, &t) == YK_STAY_OBSERVED)
                        put(&p90[l], t / n - 1);
                    put(&mean[l], s.mean_s / mu - 1);
                }
                free(h.pieces), free(h.lives), free(h.work);
                sim_free(&sim);
                gsl_rng_free(rng);
            }
            printf("%-20s %-6s R %4.0f med %4.0f p90 %4.0f known %4.0f st %d/%d/%d/%d", place->name, pop->name,
                   truth.mean_s, m, n, known / runs, states[0], states[1], states[2], states[3]);
            for (int l = 0; l < 3; l++) {
                printf("\n      %d fe", l);
                show(&fe[l], runs);
                printf(" | med");
                show(&med[l], runs);
                printf(" | p90");
                show(&p90[l], runs);
                printf(" | mean");
                show(&mean[l], runs);
            }
            printf("\n");
            fflush(stdout);
        }
}
