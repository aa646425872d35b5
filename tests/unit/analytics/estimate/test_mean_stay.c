/* Mean stays of people drawn here, and the ratio's error as R has it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/mean_stay.h"
#include "support/reference.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static void add(struct yk_mean_stay_parts *parts, double spent_s, double entered)
{
    parts->count++;
    parts->spent_sq += spent_s * spent_s;
    parts->spent_entered += spent_s * entered;
    parts->entered_sq += entered * entered;
}

/* The ratio of tests/accuracy/r/ratio.R: its standard error over it, on the log scale and not on its own. */
Test(mean_stay, error_as_r_has_it)
{
    struct yk_reference_row row;
    struct yk_mean_stay_parts parts = {0};
    double spent = 0, entered = 0;
    FILE *file = yk_reference_open("ratio_sessions.csv");
    while (yk_reference_next(file, &row)) {
        spent += yk_reference_number(&row, 0);
        entered += yk_reference_number(&row, 1);
        add(&parts, yk_reference_number(&row, 0), yk_reference_number(&row, 1));
    }
    fclose(file);
    file = yk_reference_open("ratio_fit.csv");
    cr_assert(yk_reference_next(file, &row));
    double ratio = yk_reference_number(&row, 0), half = yk_reference_number(&row, 3) - ratio;
    fclose(file);
    struct yk_interval mean = yk_mean_stay(spent, entered, &parts);
    cr_expect_float_eq(mean.value, ratio, 1e-12);
    cr_expect_float_eq(log(mean.upper / ratio), half / ratio, 1e-9, "%g", log(mean.upper / ratio));
    cr_expect_float_eq(log(ratio / mean.lower), half / ratio, 1e-9);
}

struct crowd {
    double per_hour, mean_s, sigma;
    int group; /* who come together and stay as long */
};

/* Hours from 9 on; a stay that goes over an hour's end gives its time to both. */
static struct yk_interval watch(gsl_rng *rng, const struct crowd *crowd, int hours, struct yk_mean_stay_parts *parts)
{
    double spent[16] = {0}, entered[16] = {0}, all_spent = 0, all_entered = 0;
    double mu = log(crowd->mean_s) - crowd->sigma * crowd->sigma / 2;
    for (double t = -3600;;) {
        t += gsl_ran_exponential(rng, 3600 * crowd->group / crowd->per_hour);
        if (t >= 3600.0 * hours)
            break;
        double leave = t + gsl_ran_lognormal(rng, mu, crowd->sigma);
        for (int h = 0; h < hours; h++) {
            double from = fmax(t, 3600.0 * h), to = fmin(leave, 3600.0 * (h + 1));
            spent[h] += crowd->group * fmax(to - from, 0);
            entered[h] += t >= 3600.0 * h && t < 3600.0 * (h + 1) ? crowd->group : 0;
        }
    }
    *parts = (struct yk_mean_stay_parts){0};
    for (int h = 0; h < hours; h++) {
        add(parts, spent[h], entered[h]);
        all_spent += spent[h];
        all_entered += entered[h];
    }
    if (hours < 5)
        *parts = (struct yk_mean_stay_parts){0};
    return yk_mean_stay(all_spent, all_entered, parts);
}

Test(mean_stay, intervals_hold_the_mean)
{
    static const struct {
        struct crowd crowd;
        int hours;
        double least, most; /* share of 400 intervals that hold */
    } scenes[] = {
        {{60, 60, 0.5, 1}, 10, 0.91, 0.985},   {{200, 300, 0.8, 1}, 10, 0.91, 0.985},
        {{200, 60, 0.5, 4}, 10, 0.91, 0.985},  /* in fours */
        {{60, 60, 0.8326, 1}, 1, 0.91, 0.985}, /* one hour; varies as exponential stays do */
        {{60, 60, 0.5, 1}, 1, 0.98, 1},        /* varies less: too wide */
    };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 7);
    for (size_t s = 0; s < sizeof scenes / sizeof scenes[0]; s++) {
        int held = 0;
        double bias = 0;
        for (int i = 0; i < 400; i++) {
            struct yk_mean_stay_parts parts;
            struct yk_interval mean = watch(rng, &scenes[s].crowd, scenes[s].hours, &parts);
            held += mean.lower <= scenes[s].crowd.mean_s && scenes[s].crowd.mean_s <= mean.upper;
            bias += mean.value / scenes[s].crowd.mean_s - 1;
        }
        cr_expect(held >= 400 * scenes[s].least && held <= 400 * scenes[s].most, "scene %zu: %d of 400", s, held);
        cr_expect_lt(fabs(bias / 400), 0.02, "scene %zu: %g", s, bias / 400);
    }
    gsl_rng_free(rng);
}

Test(mean_stay, nobody)
{
    struct yk_mean_stay_parts parts = {0};
    cr_expect(isnan(yk_mean_stay(100, 0, &parts).value));
    struct yk_interval none = yk_mean_stay(0, 3, &parts);
    cr_expect(none.value == 0 && none.lower == 0 && none.upper == 0, "who came and were not inside");
}
