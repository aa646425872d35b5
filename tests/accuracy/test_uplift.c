/* Event uplift on real and simulated streets: false alarms where nothing was added, and how often an event of the published
 * size is found. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YUKIKAI_ACCURACY_SEEDS=N takes N times as many events. Real counts are read from YUKIKAI_TEST_DATA. Bands are about three
 * standard errors of the ordinary run wide around 5 % and 80 %; events of one series share their placebos. */
#include "base/calendar.h"
#include "data.h"
#include "estimate/baseline.h"
#include "estimate/uplift.h"
#include "series/series_csv.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#define WEEK 168

static int times(void)
{
    const char *text = getenv("YUKIKAI_ACCURACY_SEEDS");
    return text && atoi(text) > 0 ? atoi(text) : 1;
}

#define BLOCK  (8 * WEEK) /* hours: events of neighbouring weeks share their level and their placebos */
#define BLOCKS 64

struct tally {
    int events, alarms, found, covered;
    int block_events[BLOCKS], block_alarms[BLOCKS];
    double sd, sd_alone, up, down;
};

/* Standard error of the share of alarms, from what it is in blocks of weeks. */
static double alarms_se(const struct tally *t)
{
    double share = (double)t->alarms / t->events, square = 0, blocks = 0;
    for (int i = 0; i < BLOCKS; i++) {
        square += pow(t->block_alarms[i] - share * t->block_events[i], 2);
        blocks += t->block_events[i] > 0;
    }
    return blocks > 1 ? sqrt(blocks / (blocks - 1) * square) / t->events : (double)NAN;
}

static void print(const char *name, const struct tally *t)
{
    printf("%-44s %5d  alarms %5.1f%% (se %.1f)  planted found %5.1f%%  interval holds it %5.1f%%  sd %.3f alone %.3f  "
           "detectable %+.0f%% "
           "%+.0f%%\n",
           name, t->events, 100.0 * t->alarms / t->events, 100 * alarms_se(t), 100.0 * t->found / t->events,
           100.0 * t->covered / t->events, t->sd / t->events, t->sd_alone / t->events, 100 * t->up / t->events,
           100 * t->down / t->events);
}

/* One event at which nothing happened, and the same with the detectable uplift planted. observed is put back. */
static void try_event(const struct yk_uplift_study *study, double *observed, size_t from, size_t length,
                      struct tally *t)
{
    struct yk_uplift u, planted;
    if (yk_uplift_estimate(study, from, length, &u) != YK_UPLIFT_OK)
        return;
    double kept[YK_UPLIFT_HOURS_MAX];
    for (size_t i = 0; i < length; i++) {
        kept[i] = observed[from + i];
        observed[from + i] *= 1 + u.detectable_up;
    }
    cr_assert_eq(yk_uplift_estimate(study, from, length, &planted), YK_UPLIFT_OK);
    for (size_t i = 0; i < length; i++)
        observed[from + i] = kept[i];
    bool rare = u.p <= 0.05, outside = (u.uplift.lower > 0) | (u.uplift.upper < 0);
    cr_expect(rare == outside || fabs(u.p - 0.05) < 1e-9, "p %g [%g, %g]", u.p, u.uplift.lower, u.uplift.upper);
    cr_expect(u.uplift.lower <= u.uplift.value && u.uplift.value <= u.uplift.upper);
    t->events++;
    t->alarms += u.p <= 0.05 + 1e-9;
    size_t block = from / BLOCK < BLOCKS ? from / BLOCK : BLOCKS - 1;
    t->block_events[block]++;
    t->block_alarms[block] += u.p <= 0.05 + 1e-9;
    t->found += planted.p <= 0.05 + 1e-9 && planted.uplift.value > 0;
    t->covered += planted.uplift.lower <= u.detectable_up && u.detectable_up <= planted.uplift.upper;
    t->sd += u.placebo_sd;
    t->sd_alone += u.placebo_sd_alone;
    t->up += u.detectable_up;
    t->down += u.detectable_down;
}

/* --- Simulated: hours of the week, a level that walks, noise that lasts hours, shared with two other places ------------------
 */

#define SIM_WEEKS 110
#define SIM_HOURS ((size_t)SIM_WEEKS * WEEK)

struct street {
    double observed[SIM_HOURS], expected[SIM_HOURS];
};

static void simulate(gsl_rng *rng, struct street *street, int count, double shared)
{
    double level[3] = {0}, own[3] = {0}, common = 0;
    for (size_t i = 0; i < SIM_HOURS; i++) {
        common = 0.9 * common + gsl_ran_gaussian(rng, 0.1 * sqrt(1 - 0.81)) * shared;
        for (int k = 0; k < count; k++) {
            if (i % WEEK == 0)
                level[k] += gsl_ran_gaussian(rng, 0.03);
            own[k] = 0.9 * own[k] + gsl_ran_gaussian(rng, 0.1 * sqrt(1 - 0.81)) * sqrt(1 - shared * shared);
            double hour = (double)(i % 24), day = (double)(i / 24 % 7);
            double mu = (20 + 15 * k) * exp(1.5 * sin((hour - 8) / 24 * 6.2832)) * (day < 5 ? 1 : 1.6);
            street[k].expected[i] = mu;
            street[k].observed[i] = gsl_ran_poisson(rng, mu * exp(level[k] + common + own[k]));
        }
    }
}

Test(uplift, simulated)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    gsl_set_error_handler_off();
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 20260502);
    struct street *street = calloc(3, sizeof *street);
    cr_assert_not_null(street);
    struct tally alone = {0}, compared = {0}, useless = {0}, past = {0};
    for (int series = 0; series < 40 * times(); series++) {
        struct yk_uplift_site compare[2] = {{street[1].observed, street[1].expected},
                                            {street[2].observed, street[2].expected}};
        struct yk_uplift_study study = {.start_s = 1767193200, /* 2026-01-01 in Tokyo */
                                        .hours = SIM_HOURS,
                                        .site = {street[0].observed, street[0].expected}};
        simulate(rng, street, 3, 0.9);
        for (int e = 0; e < 10; e++) {
            size_t from = (size_t)(4 * 7 + (int)gsl_rng_uniform_int(rng, (SIM_WEEKS - 5) * 7)) * 24 + 10;
            study.compare = NULL, study.compare_count = 0;
            try_event(&study, street[0].observed, from, 8, &alone);
            study.past_only = true; /* some have too few weeks before them */
            try_event(&study, street[0].observed, from, 8, &past);
            study.past_only = false;
            study.compare = compare, study.compare_count = 2;
            try_event(&study, street[0].observed, from, 8, &compared);
        }
        simulate(rng, street, 3, 0);
        for (int e = 0; e < 10; e++) {
            size_t from = (size_t)(4 * 7 + (int)gsl_rng_uniform_int(rng, (SIM_WEEKS - 5) * 7)) * 24 + 10;
            try_event(&study, street[0].observed, from, 8, &useless);
        }
    }
    print("simulated, alone", &alone);
    print("simulated, past only", &past);
    print("simulated, two places that share noise", &compared);
    print("simulated, two places that share none", &useless);
    const struct tally *all[] = {&alone, &past, &compared, &useless};
    for (int i = 0; i < 4; i++) {
        double n = all[i]->events, three = 3.5 * sqrt(0.05 * 0.95 / n);
        cr_expect_float_eq(all[i]->alarms / n, 0.05, three, "false alarms");
        cr_expect_float_eq(all[i]->found / n, 0.80, 3.5 * sqrt(0.8 * 0.2 / n), "power");
        cr_expect_float_eq(all[i]->covered / n, 0.95, three, "coverage");
    }
    cr_expect_lt(compared.sd, 0.8 * compared.sd_alone, "shared noise is taken out");
    cr_expect_lt(useless.sd, 1.03 * useless.sd_alone, "what is not shared costs next to nothing");
    free(street);
    gsl_rng_free(rng);
}

/* --- Real ------------------------------------------------------------------------------------------------------------------
 */

static struct yk_series read_counts(const char *dir, const char *file, struct yk_series_csv_mapping mapping)
{
    char path[512];
    struct yk_series s;
    struct yk_error err = {0};
    snprintf(path, sizeof path, "%s/counts/%s", dir, file);
    mapping.step_s = 3600;
    cr_assert_eq(yk_series_csv_read(path, &mapping, &s, NULL, &err), YK_OK, "%s", err.message);
    return s;
}

/* Hours around the end of a year, which no street takes for ordinary. */
static void skip_year_ends(const struct yk_series *s, bool *skip)
{
    for (size_t i = 0; i < s->count; i++) {
        struct yk_civil c = yk_calendar_civil(s->start_s + (int64_t)i * 3600);
        skip[i] = (c.month == 12 && c.day >= 21) || (c.month == 1 && c.day <= 3);
    }
}

/* The mean of hours before `to` from a fit to those before `known`. */
static void expect_all(const struct yk_series *s, size_t known, size_t to, double *mean)
{
    struct yk_series part = *s;
    struct yk_baseline *baseline;
    part.count = known;
    enum yk_baseline_state state = yk_baseline_fit(&part, NULL, NULL, &baseline);
    cr_assert_eq(state, YK_BASELINE_OK, "%s", yk_baseline_state_text(state));
    cr_assert_eq(yk_baseline_mean(baseline, NULL, s->start_s, to, mean), YK_BASELINE_OK);
    yk_baseline_free(baseline);
}

/* Events of 8 hours from 10 on of days in [from, to). */
static void try_days(const struct yk_uplift_study *study, double *observed, size_t from, size_t to, int count,
                     gsl_rng *rng, struct tally *t)
{
    for (int e = 0; e < count; e++) {
        size_t at = from + gsl_rng_uniform_int(rng, to - from);
        while (at + 8 < to && yk_calendar_civil(study->start_s + (int64_t)at * 3600).hour != 10)
            at++;
        if (at + 8 < to && !study->skip[at])
            try_event(study, observed, at, 8, t);
    }
}

static void try_series(const char *name, struct yk_series *s, const struct yk_series *other, int origins,
                       struct tally *after_all, struct tally *before_all)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 20260503);
    double *mean = calloc(s->count, sizeof *mean), *other_mean = calloc(s->count, sizeof *mean);
    bool *skip = calloc(s->count, sizeof *skip);
    cr_assert(mean && other_mean && skip);
    skip_year_ends(s, skip);
    expect_all(s, s->count, s->count, mean);
    struct yk_uplift_study study = {.start_s = s->start_s, .hours = s->count, .site = {s->value, mean}, .skip = skip};
    struct tally after = {0}, before = {0}, compared = {0};
    char text[96];
    try_days(&study, s->value, 0, s->count, 150 * times(), rng, &after);
    snprintf(text, sizeof text, "%s, afterwards", name);
    print(text, &after);
    if (other) {
        expect_all(other, other->count, other->count, other_mean);
        struct yk_uplift_site site = {other->value, other_mean};
        study.compare = &site, study.compare_count = 1;
        try_days(&study, s->value, 0, s->count, 150 * times(), rng, &compared);
        snprintf(text, sizeof text, "%s, with the other street", name);
        print(text, &compared);
        cr_expect_lt(compared.sd, 1.02 * compared.sd_alone, "%s", name);
        study.compare = NULL, study.compare_count = 0;
    }
    study.past_only = true;
    for (int i = 1; i <= origins; i++) {
        size_t known = s->count / (size_t)(origins + 1) * (size_t)i, to = known + 26 * WEEK;
        to = to < s->count ? to : s->count;
        expect_all(s, known, to, mean);
        try_days(&study, s->value, known, to, 60 * times(), rng, &before);
    }
    snprintf(text, sizeof text, "%s, told the day after", name);
    print(text, &before);
    after_all->events += after.events, after_all->alarms += after.alarms, after_all->found += after.found;
    before_all->events += before.events, before_all->alarms += before.alarms, before_all->found += before.found;
    free(mean);
    free(other_mean);
    free(skip);
    gsl_rng_free(rng);
}

Test(uplift, real_streets)
{
    YK_NEED_TEST_DATA(dir);
    gsl_set_error_handler_off();
    struct tally after = {0}, before = {0};
    cr_assert_eq(yk_calendar_open("Europe/London", NULL), YK_OK);
    struct yk_series s = read_counts(dir, "leeds_briggate_hourly.csv",
                                     (struct yk_series_csv_mapping){.time = "date", .hour = "hour", .value = "count"});
    try_series("Leeds", &s, NULL, 4, &after, &before);
    yk_series_clear(&s);
    cr_assert_eq(yk_calendar_open("Australia/Melbourne", NULL), YK_OK);
    struct yk_series_csv_mapping melbourne = {
        .time = "datetime_local", .value = "count", .filter_column = "sensor_id", .filter_value = "4"};
    s = read_counts(dir, "melbourne_hourly_sensors_4_18.csv", melbourne);
    melbourne.filter_value = "18";
    struct yk_series other = read_counts(dir, "melbourne_hourly_sensors_4_18.csv", melbourne);
    cr_assert(s.start_s == other.start_s && s.count == other.count);
    try_series("Melbourne 4", &s, &other, 2, &after, &before);
    try_series("Melbourne 18", &other, &s, 2, &after, &before);
    yk_series_clear(&s);
    yk_series_clear(&other);
    cr_expect_float_eq((double)after.alarms / after.events, 0.05, 0.02, "false alarms afterwards %.3f",
                       (double)after.alarms / after.events);
    cr_expect_float_eq((double)before.alarms / before.events, 0.05, 0.03, "false alarms the day after %.3f",
                       (double)before.alarms / before.events);
    cr_expect_float_eq((double)after.found / after.events, 0.80, 0.07);
}
