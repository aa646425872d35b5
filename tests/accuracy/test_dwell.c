/* Stays against simulated truth, from adverts through measured period and its law to medians and intervals.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Truth is the law that stays are drawn from, so that the tables' sd holds the sampling of visits too. 'Known' has the true law of
 * the period, 'measured' what a record of its own tells: the period from lags, its law from the same lives.
 * YUKIKAI_ACCURACY_SEEDS=N runs N seeds a scene instead of the few that fit an ordinary test run. */
#include "estimate/bootstrap.h"
#include "estimate/period_shape.h"
#include "estimate/stay_mixture.h"
#include "estimate/stay_survivor.h"
#include "presence/lags.h"
#include "rotation/period.h"
#include "rotation_sim.h"

#include <criterion/criterion.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    /* 3,000 visits, the plaza 720 */
    {"street 2 min", 600, 5, 120, {{1, 120, 0.5}}},
    {"shop 4 min", 300, 10, 240, {{1, 240, 0.7}}},
    {"1.5 and 10 min", 300, 10, 294, {{0.6, 90, 0.5}, {0.4, 600, 0.5}}},
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
    {"5-8, 15", {{0.5, 300, 480}, {0.5, 900, 900.001}}},
};
#define POPULATION_COUNT ((int)(sizeof POPULATIONS / sizeof POPULATIONS[0]))

static double longer(const struct place *p, double t)
{
    double sum = 0;
    for (int i = 0; i < SIM_STAYS; i++) {
        const struct sim_stay *s = &p->stays[i];
        if (s->share > 0)
            sum += s->share * gsl_cdf_lognormal_Q(t, log(s->mean_s) - s->sigma * s->sigma / 2, s->sigma);
    }
    return sum;
}

static double quantile(const struct place *p, double q)
{
    double low = 0, high = 1e6;
    for (int i = 0; i < 80; i++) {
        double mid = (low + high) / 2;
        *(longer(p, mid) > 1 - q ? &low : &high) = mid;
    }
    return low;
}

static struct yk_period_law true_law(const struct population *p)
{
    struct yk_law_part parts[2];
    unsigned n = 0;
    for (int i = 0; i < 2; i++)
        if (p->periods[i].share > 0) /* by rotation, not by device */
            parts[n++] = (struct yk_law_part){p->periods[i].share / (p->periods[i].from_s + p->periods[i].to_s),
                                              p->periods[i].from_s, p->periods[i].to_s};
    struct yk_period_law law;
    cr_assert(yk_law_make(parts, n, &law));
    return law;
}

/* What is heard of some records, one after the other, a day apart. */
struct heard {
    struct yk_stay_piece *pieces; /* sorted */
    struct yk_shape_life *lives;
    size_t *day; /* of each piece, as sorted */
    double *work;
    size_t count, room;
    double first_s, gaps, gaps_sq;
    struct yk_lag_histogram lags;
};

static struct heard heard_new(size_t room)
{
    struct heard h = {.room = room};
    h.pieces = calloc(room, sizeof *h.pieces);
    h.lives = calloc(room, sizeof *h.lives);
    h.day = calloc(room, sizeof *h.day);
    h.work = calloc(4 * room, sizeof *h.work);
    cr_assert(h.pieces && h.lives && h.day && h.work);
    return h;
}

static void heard_free(struct heard *h)
{
    free(h->pieces);
    free(h->lives);
    free(h->day);
    free(h->work);
}

static int by_end(const void *a, const void *b)
{
    int64_t x = ((const struct yk_life *)a)->last_ds, y = ((const struct yk_life *)b)->last_ds;
    return (x > y) - (x < y);
}

static void listen(struct heard *h, const struct sim *sim, int day)
{
    struct yk_life *closed = calloc(sim->life_count + 1, sizeof *closed);
    struct yk_lags *lags;
    cr_assert_not_null(closed);
    cr_assert_leq(h->count + sim->life_count, h->room);
    cr_assert_eq(yk_lags_new(&lags, NULL), YK_OK);
    for (size_t i = 0; i < sim->life_count; i++) {
        const struct sim_life *l = &sim->lives[i];
        const double *advert = &sim->adverts[l->first];
        yk_life_begin(&closed[i], (int64_t)floor(advert[0] * 10));
        for (size_t j = 1; j < l->count; j++) {
            yk_life_heard(&closed[i], (int64_t)floor(advert[j] * 10));
            h->gaps += advert[j] - advert[j - 1];
            h->gaps_sq += (advert[j] - advert[j - 1]) * (advert[j] - advert[j - 1]);
        }
        bool first = i == 0 || sim->lives[i - 1].device != l->device;
        bool last = i + 1 == sim->life_count || sim->lives[i + 1].device != l->device;
        h->lives[h->count++] = (struct yk_shape_life){86400.0 * day + (double)closed[i].birth_ds / 10,
                                                      86400.0 * day + (double)closed[i].last_ds / 10,
                                                      first && sim->stays[l->device][0] < sim->record_from_s,
                                                      last && sim->stays[l->device][1] > sim->record_to_s};
    }
    h->first_s = sim->record_from_s;
    qsort(closed, sim->life_count, sizeof *closed, by_end);
    yk_lags_start(lags, (int64_t)floor(sim->record_from_s * 10));
    yk_lags_stop(lags, (int64_t)floor(sim->record_to_s * 10));
    for (size_t i = 0; i < sim->life_count; i++)
        yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &closed[i]);
    struct yk_lag_histogram taken[YK_ROTATING_COUNT];
    yk_lags_take(lags, (int64_t)floor(sim->record_to_s * 10), taken);
    yk_lag_histogram_add(&h->lags, &taken[YK_ROTATING_RESOLVABLE]);
    yk_lags_free(lags);
    free(closed);
}

static int lives_by_length(const void *a, const void *b)
{
    const struct yk_shape_life *p = a, *q = b;
    double x = p->end_s - p->begin_s, y = q->end_s - q->begin_s;
    return (x > y) - (x < y);
}

/* Pieces in order, each with the unit it is drawn with. */
static void sort(struct heard *h, const struct yk_bootstrap_units *units)
{
    qsort(h->lives, h->count, sizeof *h->lives, lives_by_length);
    for (size_t i = 0; i < h->count; i++) {
        const struct yk_shape_life *l = &h->lives[i];
        h->pieces[i] = (struct yk_stay_piece){l->end_s - l->begin_s, l->began_before, l->goes_on};
        h->day[i] = units ? yk_bootstrap_unit(units, l->begin_s) : 0;
    }
    yk_stay_sort(h->pieces, h->count); /* in order already, to rounding */
}

static struct sim_scene scene_of(const struct place *place, const struct population *population, double hours)
{
    struct sim_scene scene = {.arrivals_per_h = place->visits_per_h, .stay_s = place->mean_s, .hours = hours};
    scene.advert_s = 2;
    scene.loss = 0.2;
    for (int i = 0; i < 2; i++) {
        scene.periods[i].share = population->periods[i].share;
        scene.periods[i].from_s = population->periods[i].from_s;
        scene.periods[i].to_s = population->periods[i].to_s;
    }
    return scene;
}

static void record(struct heard *h, const struct sim_scene *scene, const struct place *place, unsigned long seed,
                   int day)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    cr_assert_not_null(rng);
    gsl_rng_set(rng, seed);
    struct sim sim;
    sim_run_stays(&sim, scene, place->stays, rng);
    listen(h, &sim, day);
    sim_free(&sim);
    gsl_rng_free(rng);
}

/* The law as far as the record tells it: its mean, and its shape if that can be known. */
struct measured {
    struct yk_period_law law;
    double known_to_s, relative_se;
    bool shape;
};

static bool measure(struct heard *h, struct measured *m)
{
    struct yk_rotation_period period;
    struct yk_shape_fit fit;
    if (yk_period_estimate(&h->lags, &period, NULL) != YK_PERIOD_OK)
        return false;
    m->relative_se = period.se_s / period.period_s;
    m->shape =
        yk_period_shape(h->lives, h->count, h->work, &period, h->gaps_sq / h->gaps, &m->law, &fit) == YK_SHAPE_OK;
    m->known_to_s = fit.known_to_s;
    if (!m->shape) {
        cr_assert(yk_law_of_period(&period, &m->law));
        m->known_to_s = YK_LAW_KNOWN * period.period_s;
    }
    return true;
}

struct tally {
    int n;
    double sum, square;
};

static void put(struct tally *t, double x)
{
    t->n++;
    t->sum += x;
    t->square += x * x;
}

static double bias(const struct tally *t)
{
    return t->n > 0 ? t->sum / t->n : 0;
}

static double sd(const struct tally *t)
{
    return t->n > 1 ? sqrt(fmax(t->square / t->n - bias(t) * bias(t), 0) * t->n / (t->n - 1)) : 0;
}

static void show(const struct tally *t, int runs)
{
    if (2 * t->n < runs)
        printf(" | %4s %2d of %2d", "-", t->n, runs);
    else
        printf(" | %+5.1f %5.1f %%", 100 * bias(t), 100 * sd(t));
}

struct errors {
    struct tally median, p90, mean;
};

static void compare(struct errors *e, const struct place *place, const struct yk_stay_curve *curve, double mean_s)
{
    double t;
    if (yk_stay_curve_quantile(curve, 0.5, &t) == YK_STAY_OBSERVED)
        put(&e->median, t / quantile(place, 0.5) - 1);
    if (yk_stay_curve_quantile(curve, 0.9, &t) == YK_STAY_OBSERVED)
        put(&e->p90, t / quantile(place, 0.9) - 1);
    put(&e->mean, mean_s / place->mean_s - 1);
}

/* By what product-limit estimates of the pieces, taken for stays, would be off. */
static void naive(struct tally *t, const struct place *place, const struct heard *h)
{
    size_t half = h->count / 2; /* hardly a piece is cut by the record */
    put(t, h->pieces[half].length_s / quantile(place, 0.5) - 1);
}

Test(dwell, stays, .timeout = 1800)
{
    gsl_set_error_handler_off();
    const int runs = seeds(8);
    printf("\nstays, %d seeds a scene: bias and sd of median, p90 and mean; '-': not observable\n", runs);
    printf("%-15s %-8s %-10s | %-14s | %-13s | %-13s | %-13s | %s\n", "place", "periods", "law", "pieces' median",
           "median", "p90", "mean", "shape known, error of Fe' there, up to 0.8 R");
    for (int p = 0; p < PLACE_COUNT; p++)
        for (int q = 0; q < POPULATION_COUNT; q++) {
            const struct place *place = &PLACES[p];
            struct sim_scene scene = scene_of(place, &POPULATIONS[q], place->hours);
            struct yk_period_law truth = true_law(&POPULATIONS[q]);
            struct errors known = {0}, measured = {0}, smooth = {0};
            struct tally pieces = {0}, kept = {0};
            int shapes = 0, periods = 0;
            for (int seed = 1; seed <= runs; seed++) {
                struct heard h = heard_new(60000);
                record(&h, &scene, place, 20271101UL + 7919UL * (unsigned long)(seed * 100 + p * 10 + q), 0);
                struct measured m;
                bool have = measure(&h, &m);
                periods += have;
                sort(&h, NULL);
                naive(&pieces, place, &h);
                double two_g = h.gaps_sq / h.gaps;
                struct yk_stay_survivor s;
                struct yk_stay_mixture mixture;
                cr_assert_eq(yk_stay_survivor_estimate(h.pieces, NULL, h.count, &truth, (double)INFINITY, two_g, &s),
                             YK_STAY_OK);
                compare(&known, place, &s.curve, s.mean_s);
                if (have &&
                    yk_stay_survivor_estimate(h.pieces, NULL, h.count, &m.law, m.known_to_s, two_g, &s) == YK_STAY_OK)
                    compare(&measured, place, &s.curve, s.mean_s);
                if (have && yk_stay_mixture_fit(h.pieces, NULL, h.count, &m.law, two_g, &mixture) == YK_MIXTURE_OK)
                    compare(&smooth, place, &mixture.curve, mixture.mean_s);
                if (have && m.shape) {
                    shapes++;
                    double far = fmin(0.8 * truth.mean_s, m.known_to_s);
                    put(&kept, yk_law_equilibrium(&m.law, far) - yk_law_equilibrium(&truth, far));
                }
                heard_free(&h);
            }
            const struct {
                const char *name;
                const struct errors *errors;
            } rows[] = {{"known", &known}, {"measured", &measured}, {"two kinds", &smooth}};
            for (int r = 0; r < 3; r++) {
                printf("%-15s %-8s %-10s", place->name, POPULATIONS[q].name, rows[r].name);
                show(&pieces, runs);
                show(&rows[r].errors->median, runs);
                show(&rows[r].errors->p90, runs);
                show(&rows[r].errors->mean, runs);
                if (r == 1)
                    printf(" | %2d of %2d, %+.3f +- %.3f", shapes, periods, bias(&kept), sd(&kept));
                printf("\n");
            }
            fflush(stdout);
            double m = quantile(place, 0.5) / truth.mean_s;
            if (m < 0.6) {
                cr_expect_eq(known.median.n, runs, "%s: the median is observable", place->name);
                cr_expect_lt(fabs(bias(&known.median)), 0.04 + 2 * sd(&known.median) / sqrt(runs), "%s, %s: %g",
                             place->name, POPULATIONS[q].name, bias(&known.median));
                cr_expect_lt(sd(&known.median), 0.1, "%s", place->name);
                cr_expect_lt(fabs(bias(&measured.median)), 0.05 + 2 * sd(&measured.median) / sqrt(runs), "%s, %s: %g",
                             place->name, POPULATIONS[q].name, bias(&measured.median));
                cr_expect_lt(fabs(bias(&smooth.median)), 0.06 + 2 * sd(&smooth.median) / sqrt(runs), "%s, %s: %g",
                             place->name, POPULATIONS[q].name, bias(&smooth.median));
            } else if (m > 1.5) {
                cr_expect_eq(known.median.n + measured.median.n, 0, "%s: beyond every horizon", place->name);
            }
            if (2 * known.p90.n > runs)
                cr_expect_lt(fabs(bias(&known.p90)), 0.06 + 2 * sd(&known.p90) / sqrt(runs), "%s", place->name);
            cr_expect_lt(fabs(bias(&known.mean)), 0.02 + 2 * sd(&known.mean) / sqrt(runs), "%s, %s: %g", place->name,
                         POPULATIONS[q].name, bias(&known.mean));
            cr_expect_lt(fabs(bias(&measured.mean)), 0.04 + 2 * sd(&measured.mean) / sqrt(runs), "%s, %s: %g",
                         place->name, POPULATIONS[q].name, bias(&measured.mean));
            if (shapes > 1)
                cr_expect_lt(fabs(bias(&kept)), 0.03, "%s, %s: %g", place->name, POPULATIONS[q].name, bias(&kept));
        }
}

struct drawing {
    const struct heard *h;
    const struct measured *m;
    unsigned *weight;
};

static void statistic(const unsigned *times, double z, void *context, double *out)
{
    struct drawing *d = context;
    for (size_t i = 0; i < d->h->count; i++)
        d->weight[i] = times[d->h->day[i]];
    out[0] = out[1] = (double)NAN;
    double stretch = exp(z * d->m->relative_se);
    struct yk_law_part parts[YK_LAW_PARTS];
    for (unsigned i = 0; i < d->m->law.count; i++)
        parts[i] = (struct yk_law_part){d->m->law.part[i].share, d->m->law.part[i].from_s * stretch,
                                        d->m->law.part[i].to_s * stretch};
    struct yk_period_law law;
    struct yk_stay_survivor s;
    if (!yk_law_make(parts, d->m->law.count, &law) ||
        yk_stay_survivor_estimate(d->h->pieces, d->weight, d->h->count, &law, d->m->known_to_s * stretch,
                                  d->h->gaps_sq / d->h->gaps, &s) != YK_STAY_OK)
        return;
    if (yk_stay_curve_quantile(&s.curve, 0.5, &out[0]) != YK_STAY_OBSERVED)
        out[0] = (double)NAN;
    out[1] = s.mean_s;
}

/* Days of few visits, as many as there are; the truth is the law, which all days share. */
Test(dwell, intervals, .timeout = 1800)
{
    gsl_set_error_handler_off();
    const int runs = seeds(10);
    static const int days[] = {1, 3, 5, 10};
    printf("\nintervals by drawing days, or hours below %d; %d seeds a scene, period and law measured\n",
           YK_BOOTSTRAP_DAYS_MIN, runs);
    printf("%-15s %-8s %5s %8s | %-25s | %-25s | %-25s | %s\n", "place", "periods", "days", "visits",
           "median holds, width", "mean", "median, law known", "mean, law known");
    int all[2] = {0}, all_in[2] = {0};
    for (int p = 0; p < 3; p += 2)
        for (int q = 0; q < POPULATION_COUNT; q += 3)
            for (size_t k = 0; k < sizeof days / sizeof days[0]; k++) {
                const struct place *place = &PLACES[p];
                double hours = days[k] < YK_BOOTSTRAP_DAYS_MIN ? 10 : 5;
                struct sim_scene scene = scene_of(place, &POPULATIONS[q], hours);
                scene.arrivals_per_h = 2400 / hours / days[k]; /* about as many in all */
                scene.arrivals_per_h = fmax(scene.arrivals_per_h, 60);
                double truth[2] = {quantile(place, 0.5), place->mean_s}, width[4] = {0};
                int n[4] = {0}, in[4] = {0}; /* median and mean, then the same with the law known */
                for (int seed = 1; seed <= runs; seed++) {
                    struct heard h = heard_new(60000);
                    for (int day = 0; day < days[k]; day++)
                        record(&h, &scene, place,
                               71260507UL +
                                   7919UL * (unsigned long)(seed * 10000 + p * 1000 + q * 100 + (int)k * 20 + day),
                               day);
                    struct measured m;
                    if (measure(&h, &m)) {
                        struct yk_bootstrap_units units = yk_bootstrap_units(h.first_s, (unsigned)days[k]);
                        if (days[k] < YK_BOOTSTRAP_DAYS_MIN) { /* the hours listened to, one after the other */
                            units.count = (size_t)hours * (size_t)days[k];
                            for (size_t i = 0; i < h.count; i++) {
                                double day = floor((h.lives[i].begin_s - h.first_s) / 86400);
                                h.lives[i].begin_s -= day * (86400 - hours * 3600);
                                h.lives[i].end_s -= day * (86400 - hours * 3600);
                            }
                        }
                        sort(&h, &units);
                        unsigned times[256];
                        struct drawing drawing = {&h, &m, calloc(h.count + 1, sizeof(unsigned))};
                        cr_assert_not_null(drawing.weight);
                        struct yk_interval interval[4];
                        struct yk_bootstrap_plan plan = {units.count, 100, (unsigned long)seed};
                        struct measured exact = {true_law(&POPULATIONS[q]), (double)INFINITY, 0, true};
                        cr_assert(yk_bootstrap(&plan, statistic, &drawing, 2, times, interval));
                        drawing.m = &exact;
                        cr_assert(yk_bootstrap(&plan, statistic, &drawing, 2, times, interval + 2));
                        for (int i = 0; i < 4; i++) {
                            if (isnan(interval[i].value))
                                continue;
                            n[i]++;
                            in[i] += interval[i].lower <= truth[i % 2] && truth[i % 2] <= interval[i].upper;
                            width[i] += log(interval[i].upper / interval[i].lower) / 2;
                        }
                        free(drawing.weight);
                    }
                    heard_free(&h);
                }
                printf("%-15s %-8s %5d %8.0f", place->name, POPULATIONS[q].name, days[k],
                       scene.arrivals_per_h * hours * days[k]);
                for (int i = 0; i < 4; i++) {
                    printf(" | %5.1f %% of %3d, +- %4.1f %%", 100.0 * in[i] / n[i], n[i], 100 * width[i] / n[i]);
                    all[i / 2] += n[i];
                    all_in[i / 2] += in[i];
                }
                printf("\n");
                fflush(stdout);
            }
    for (int i = 0; i < 2; i++)
        cr_expect_gt(all_in[i], 0.9 * all[i], "%d of %d", all_in[i], all[i]);
}
