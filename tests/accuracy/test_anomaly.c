/* Lists of unusual hours: how much of them is wrong where the truth is known, and how long they are on real streets.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YUKIKAI_ACCURACY_SEEDS=N simulates N streets. Each is fitted once; its last weeks are told hour by hour from paths that know what
 * came before the week, once as they were and once with twelve hours changed by a factor of 3. */
#include "base/calendar.h"
#include "data.h"
#include "estimate/anomaly.h"
#include "estimate/baseline.h"
#include "series/series_csv.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#define WEEK    168
#define WEEKS   80
#define TOLD    8
#define PATHS   1000
#define PLANTED 12
#define Q       0.1

static int seeds(int usual)
{
    const char *text = getenv("YUKIKAI_ACCURACY_SEEDS");
    return text && atoi(text) > 0 ? atoi(text) : usual;
}

struct tally {
    int weeks, hours;
    int quiet_lists, quiet_listed;             /* where nothing was planted: weeks with a list, and hours on it */
    double wrong_share;                        /* with planted hours: sum over weeks */
    int planted, found, by_interval, in_hours; /* hours outside their own 95 % interval */
};

/* Twelve different hours of those with people enough to lose. */
static void plant(double *observed, const struct yk_anomaly_cell *cell, bool *changed, gsl_rng *rng)
{
    for (int k = 0; k < PLANTED;) {
        size_t hour = gsl_rng_uniform_int(rng, WEEK);
        if (changed[hour] || !(cell[hour].expected > 30) || isnan(observed[hour]))
            continue;
        observed[hour] = floor(observed[hour] * (k % 2 ? 3 : 1 / 3.0));
        changed[hour] = true;
        k++;
    }
}

/* The week from hour `from` of the record on. */
static void tell_week(const struct yk_baseline *baseline, const struct yk_series *s, size_t from, gsl_rng *rng,
                      double *path, struct tally *t)
{
    struct yk_anomaly_cell cell[WEEK];
    double observed[WEEK];
    bool changed[WEEK] = {false};
    struct yk_baseline_window window = {s->start_s + (int64_t)from * 3600, WEEK, s->start_s + (int64_t)from * 3600};
    for (size_t k = 0; k < PATHS; k++)
        cr_assert_eq(yk_baseline_path(baseline, NULL, &window, rng, path + k * WEEK), YK_BASELINE_OK);
    for (size_t i = 0; i < WEEK; i++)
        observed[i] = s->value[from + i];
    if (yk_anomaly_find(path, PATHS, observed, WEEK, YK_DISCOVERY_BH, Q, cell) != YK_ANOMALY_OK)
        return;
    int listed = 0;
    for (size_t i = 0; i < WEEK; i++) {
        listed += cell[i].listed;
        t->hours += !isnan(cell[i].p);
        t->by_interval += cell[i].p <= 0.05;
    }
    t->weeks++;
    t->quiet_listed += listed;
    t->quiet_lists += listed > 0;
    plant(observed, cell, changed, rng);
    cr_assert_eq(yk_anomaly_find(path, PATHS, observed, WEEK, YK_DISCOVERY_BH, Q, cell), YK_ANOMALY_OK);
    int wrong = 0, right = 0;
    for (size_t i = 0; i < WEEK; i++)
        *(changed[i] ? &right : &wrong) += cell[i].listed;
    t->planted += PLANTED;
    t->found += right;
    t->wrong_share += wrong ? (double)wrong / (wrong + right) : 0;
}

static void tell(const struct yk_series *s, int weeks, gsl_rng *rng, struct tally *t)
{
    struct yk_baseline *baseline;
    double *path = malloc(sizeof *path * PATHS * WEEK);
    cr_assert_not_null(path);
    enum yk_baseline_state state = yk_baseline_fit(s, NULL, NULL, &baseline);
    cr_assert_eq(state, YK_BASELINE_OK, "%s", yk_baseline_state_text(state));
    for (int week = 1; week <= weeks; week++)
        tell_week(baseline, s, s->count - (size_t)week * WEEK, rng, path, t);
    yk_baseline_free(baseline);
    free(path);
}

static void print(const char *name, const struct tally *t)
{
    printf("%-22s %4d weeks  outside their interval %4.1f%% of hours  nothing planted: a list in %4.1f%% of weeks, "
           "%.2f%% of "
           "hours on it  planted: found %4.1f%%, wrong share %.3f\n",
           name, t->weeks, 100.0 * t->by_interval / t->hours, 100.0 * t->quiet_lists / t->weeks,
           100.0 * t->quiet_listed / t->hours, 100.0 * t->found / t->planted, t->wrong_share / t->weeks);
}

/* A level that walks by 2 % a week, noise of 10 % that lasts hours, Poisson counts. */
static void simulate(gsl_rng *rng, struct yk_series *s)
{
    double level = 0, noise = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (i % WEEK == 0)
            level += gsl_ran_gaussian(rng, 0.02);
        noise = 0.8 * noise + gsl_ran_gaussian(rng, 0.1 * 0.6);
        double mu = 200 * exp(1.5 * sin(((double)(i % 24) - 8) / 24 * 6.2832)) * (i / 24 % 7 < 5 ? 1 : 1.6);
        s->value[i] = gsl_ran_poisson(rng, mu * exp(level + noise));
    }
}

Test(anomaly, simulated)
{
    gsl_set_error_handler_off();
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 20261001);
    struct yk_series s = {.start_s = 1767193200, .step_s = 3600, .count = (size_t)WEEKS * WEEK};
    s.value = calloc(s.count, sizeof *s.value);
    cr_assert_not_null(s.value);
    struct tally t = {0};
    for (int seed = 0; seed < seeds(6); seed++) {
        simulate(rng, &s);
        tell(&s, TOLD, rng, &t);
    }
    print("simulated", &t);
    /* q = 0.1 for both; three standard errors of 48 weeks. Wrong shares are of lists of a dozen. */
    cr_expect_leq((double)t.quiet_lists / t.weeks, 0.1 + 3 * sqrt(0.09 / t.weeks), "%d of %d", t.quiet_lists, t.weeks);
    cr_expect_leq(t.wrong_share / t.weeks, 0.12);
    cr_expect_geq((double)t.found / t.planted, 0.9);
    cr_expect_float_eq((double)t.by_interval / t.hours, 0.05, 0.03);
    yk_series_clear(&s);
    gsl_rng_free(rng);
}

/* Real streets have unusual hours; a list may be no longer than the interval's, and must hold what was planted. */
Test(anomaly, real_streets)
{
    YK_NEED_TEST_DATA(dir);
    gsl_set_error_handler_off();
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    static const struct {
        const char *name, *zone, *file;
        struct yk_series_csv_mapping mapping;
    } street[] = {
        {"Leeds", "Europe/London", "leeds_briggate_hourly.csv", {.time = "date", .hour = "hour", .value = "count"}},
        {"Melbourne 4",
         "Australia/Melbourne",
         "melbourne_hourly_sensors_4_18.csv",
         {.time = "datetime_local", .value = "count", .filter_column = "sensor_id", .filter_value = "4"}},
        {"Melbourne 18",
         "Australia/Melbourne",
         "melbourne_hourly_sensors_4_18.csv",
         {.time = "datetime_local", .value = "count", .filter_column = "sensor_id", .filter_value = "18"}},
    };
    for (int i = 0; i < 3; i++) {
        struct tally t = {0};
        struct yk_series s;
        struct yk_series_csv_mapping mapping = street[i].mapping;
        char path[512];
        mapping.step_s = 3600;
        snprintf(path, sizeof path, "%s/counts/%s", dir, street[i].file);
        cr_assert_eq(yk_calendar_open(street[i].zone, NULL), YK_OK);
        cr_assert_eq(yk_series_csv_read(path, &mapping, &s, NULL, NULL), YK_OK);
        gsl_rng_set(rng, 20261002);
        tell(&s, 12, rng, &t);
        print(street[i].name, &t);
        cr_expect_lt(t.quiet_listed, t.by_interval);
        yk_series_clear(&s);
    }
    gsl_rng_free(rng);
}
