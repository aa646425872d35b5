/* A publish store with rows whose values are known, for the browser test. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   make_store OUT.db          two days of one place, written down below and in dashboard.mjs
 *   make_store OUT.db weeks    the same after four weeks of plausible rows of three places, to look at
 *   make_store OUT.db later    adds one closed quarter hour to a store made before: a live change
 *
 * Times are in Asia/Tokyo. The known place is plaza: Tuesday 2026-04-14 is a finished day; Wednesday 2026-04-15 is
 * known up to 14:45. On both days 02:00-03:00 is a real zero, 05:00-06:00 an outage, and 03:00-04:00 is hidden for
 * device visits. */
#include "base/calendar.h"
#include "support/public_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TUESDAY   1776092400 /* 2026-04-14T00:00:00+09:00 */
#define WEDNESDAY (TUESDAY + 86400)
#define AS_OF     (WEDNESDAY + 14 * 3600 + 47 * 60)
#define CLOSED    (WEDNESDAY + 14 * 3600 + 45 * 60)

struct maker {
    struct yk_publish *store;
    struct yk_error err;
    uint64_t random;
};

static void need(enum yk_status status, const struct yk_error *err)
{
    if (status == YK_OK)
        return;
    fprintf(stderr, "make_store: %s\n", err->message);
    exit(yk_status_exit_code(status));
}

static void put(struct maker *m, struct yk_kpi_row row)
{
    row.final = row.end_s <= WEDNESDAY;
    row.revision = row.final;
    need(yk_test_put(m->store, &row, &m->err), &m->err);
}

static void put_value(struct maker *m, const char *place, const char *kpi, const char *direction,
                      enum yk_resolution resolution, int64_t start, double value, double lower, double upper,
                      const char *unit, enum yk_basis basis, double coverage)
{
    struct yk_kpi_row row = yk_test_row(place, kpi, direction, resolution, start, value, unit);
    row.lower = lower;
    row.upper = upper;
    row.basis = basis;
    row.coverage = coverage;
    put(m, row);
}

static void put_nothing(struct maker *m, const char *place, const char *kpi, const char *direction,
                        enum yk_resolution resolution, int64_t start, const char *unit, enum yk_row_state state,
                        enum yk_reason reason)
{
    struct yk_kpi_row row = yk_test_row(place, kpi, direction, resolution, start, (double)NAN, unit);
    row.state = state;
    row.reason = reason;
    row.coverage = reason == YK_REASON_OUTAGE ? 0 : (double)NAN;
    put(m, row);
}

/* splitmix64, to a number in [0, 1). */
static double uniform(struct maker *m)
{
    uint64_t z = m->random += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* People in an hour of a week, in arbitrary units: commuters on working days, a broad afternoon at weekends. */
static double rhythm(int weekday, double hour)
{
    bool weekend = weekday == 0 || weekday == 6;
    double night = 0.015;
    double morning = weekend ? 0 : exp(-pow((hour - 8.2) / 1.1, 2));
    double noon = (weekend ? 0.9 : 0.55) * exp(-pow((hour - 13.5) / (weekend ? 3.4 : 2.2), 2));
    double evening = (weekend ? 0.5 : 1.0) * exp(-pow((hour - 18.2) / 1.8, 2));
    return night + morning + noon + evening;
}

struct kpi_plan {
    const char *kpi, *direction, *unit;
    double scale; /* per hour at the height of the day */
    enum yk_basis basis;
    bool adds_up; /* a longer window holds more */
};

static const struct kpi_plan plans[] = {
    {"footfall", "both", "crossings", 620, YK_BASIS_MEASURED, true},
    {"footfall", "plus", "crossings", 330, YK_BASIS_MEASURED, true},
    {"footfall", "minus", "crossings", 290, YK_BASIS_MEASURED, true},
    {"device_visits", "", "devices", 240, YK_BASIS_ESTIMATED, true},
    {"occupancy_mean", "", "persons", 18, YK_BASIS_MEASURED, false},
    {"occupancy_max", "", "persons", 44, YK_BASIS_MEASURED, false},
};

static void put_plausible(struct maker *m, const char *place, double size, const struct kpi_plan *plan,
                          enum yk_resolution resolution, int64_t start, double hours)
{
    struct yk_civil at = yk_calendar_civil(start);
    double level = 0;
    for (double h = 0.125; h < hours; h += 0.25)
        level += rhythm(at.weekday, fmod(at.hour + at.minute / 60.0 + h, 24)) * 0.25;
    double value = size * plan->scale * (plan->adds_up ? level : level / hours) * (0.85 + 0.3 * uniform(m));
    bool camera = strcmp(plan->kpi, "device_visits") != 0;
    if (plan->adds_up || strcmp(plan->kpi, "occupancy_max") == 0)
        value = round(value);
    double half = 1.96 * sqrt(value + 1) * (camera ? 0.6 : 1.3);
    if (!camera && value - half < 10) {
        put_nothing(m, place, plan->kpi, plan->direction, resolution, start, plan->unit, YK_STATE_SUPPRESSED,
                    YK_REASON_BELOW_K);
        return;
    }
    bool bounds = plan->adds_up;
    put_value(m, place, plan->kpi, plan->direction, resolution, start, value,
              bounds ? fmax(0, round(value - half)) : (double)NAN, bounds ? round(value + half) : (double)NAN,
              plan->unit, plan->basis, uniform(m) < 0.9 ? 1 : 0.93);
}

static void put_window(struct maker *m, const char *place, double size, enum yk_resolution resolution, int64_t start,
                       double hours)
{
    struct yk_civil at = yk_calendar_civil(start);
    bool outage = resolution != YK_RES_1D && strcmp(place, "station-front") == 0 && at.day % 9 == 3 && at.hour >= 10 &&
                  at.hour < 13;
    bool camera = strcmp(place, "plaza") == 0;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        bool radio_kpi = strcmp(plans[i].kpi, "device_visits") == 0;
        if (!radio_kpi && !camera)
            continue;
        if (outage)
            put_nothing(m, place, plans[i].kpi, plans[i].direction, resolution, start, plans[i].unit, YK_STATE_MISSING,
                        YK_REASON_OUTAGE);
        else
            put_plausible(m, place, size, &plans[i], resolution, start, hours);
    }
    put_nothing(m, place, "visitors", "", resolution, start, "persons", YK_STATE_MISSING,
                outage ? YK_REASON_OUTAGE : YK_REASON_UNCALIBRATED);
    double coverage = outage ? 0 : uniform(m) < 0.94 ? 1 : 0.6 + 0.35 * uniform(m);
    put_value(m, place, "coverage", "", resolution, start, coverage, (double)NAN, (double)NAN, "share",
              YK_BASIS_MEASURED, coverage);
    if (camera && resolution != YK_RES_1D) {
        put_plausible(m, "plaza/north", size, &plans[1], resolution, start, hours);
        put_plausible(m, "plaza/steps", size * 0.6, &plans[4], resolution, start, hours);
    }
}

static void put_weeks(struct maker *m)
{
    static const struct {
        const char *id;
        double size;
    } places[] = {{"plaza", 1}, {"station-front", 1.7}, {"arcade", 0.5}};
    for (size_t i = 0; i < 3; i++)
        for (int64_t day = TUESDAY - 27 * 86400; day <= WEDNESDAY; day += 86400) {
            for (int64_t t = day; t < day + 86400 && t + 900 <= CLOSED; t += 900)
                put_window(m, places[i].id, places[i].size, YK_RES_15M, t, 0.25);
            for (int64_t t = day; t < day + 86400 && t + 3600 <= CLOSED; t += 3600)
                put_window(m, places[i].id, places[i].size, YK_RES_1H, t, 1);
            if (day < WEDNESDAY)
                put_window(m, places[i].id, places[i].size, YK_RES_1D, day, 24);
        }
}

/* Footfall in quarter q of a known day: 10 + q, a zero at 02:00-03:00, an outage at 05:00-06:00. */
static void put_known_quarter(struct maker *m, int64_t start, int q)
{
    if (q >= 20 && q < 24)
        put_nothing(m, "plaza", "footfall", "both", YK_RES_15M, start, "crossings", YK_STATE_MISSING, YK_REASON_OUTAGE);
    else if (q >= 8 && q < 12)
        put_value(m, "plaza", "footfall", "both", YK_RES_15M, start, 0, 0, 4, "crossings", YK_BASIS_MEASURED, 1);
    else
        put_value(m, "plaza", "footfall", "both", YK_RES_15M, start, 10 + q, 5 + q, 17 + q, "crossings",
                  YK_BASIS_MEASURED, 1);
    if (q >= 20 && q < 24)
        put_nothing(m, "plaza", "device_visits", "", YK_RES_15M, start, "devices", YK_STATE_MISSING, YK_REASON_OUTAGE);
    else if (q >= 12 && q < 16)
        put_nothing(m, "plaza", "device_visits", "", YK_RES_15M, start, "devices", YK_STATE_SUPPRESSED,
                    YK_REASON_BELOW_K);
    else
        put_value(m, "plaza", "device_visits", "", YK_RES_15M, start, 20.5 + q, 15 + q, 27 + q, "devices",
                  YK_BASIS_ESTIMATED, 1);
    put_nothing(m, "plaza", "visitors", "", YK_RES_15M, start, "persons", YK_STATE_MISSING, YK_REASON_UNCALIBRATED);
}

static void put_known(struct maker *m)
{
    for (int64_t day = TUESDAY; day <= WEDNESDAY; day += 86400) {
        for (int q = 0; q < 96 && day + (q + 1) * 900 <= CLOSED; q++)
            put_known_quarter(m, day + q * 900, q);
        for (int h = 0; h < 24 && day + (h + 1) * 3600 <= CLOSED; h++) {
            int64_t start = day + h * 3600;
            if (h == 5)
                put_nothing(m, "plaza", "footfall", "both", YK_RES_1H, start, "crossings", YK_STATE_MISSING,
                            YK_REASON_OUTAGE);
            else
                put_value(m, "plaza", "footfall", "both", YK_RES_1H, start, h == 2 ? 0 : 100 + h, h == 2 ? 0 : 90 + h,
                          h == 2 ? 4 : 112 + h, "crossings", YK_BASIS_MEASURED, h == 9 ? 0.5 : 1);
            put_value(m, "plaza", "coverage", "", YK_RES_1H, start,
                      h == 5   ? 0
                      : h == 9 ? 0.5
                               : 1,
                      (double)NAN, (double)NAN, "share", YK_BASIS_MEASURED,
                      h == 5   ? 0
                      : h == 9 ? 0.5
                               : 1);
        }
    }
    put_value(m, "plaza", "footfall", "both", YK_RES_1D, TUESDAY, 4321, 4210, 4435, "crossings", YK_BASIS_MEASURED,
              0.958);
    put_value(m, "plaza", "device_visits", "", YK_RES_1D, TUESDAY + 4 * 3600, 811.6, 765.8, 860.7, "devices",
              YK_BASIS_ESTIMATED, 0.958);
    put_nothing(m, "plaza", "visitors", "", YK_RES_1D, TUESDAY + 4 * 3600, "persons", YK_STATE_MISSING,
                YK_REASON_UNCALIBRATED);
    put_value(m, "plaza", "occupancy_mean", "", YK_RES_1D, TUESDAY, 12.37, (double)NAN, (double)NAN, "persons",
              YK_BASIS_MEASURED, 0.958);
    put_value(m, "plaza", "occupancy_max", "", YK_RES_1D, TUESDAY, 41, (double)NAN, (double)NAN, "persons",
              YK_BASIS_MEASURED, 0.958);
    put_value(m, "plaza", "coverage", "", YK_RES_1D, TUESDAY, 0.958, (double)NAN, (double)NAN, "share",
              YK_BASIS_MEASURED, 0.958);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[2] : "known";
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: make_store OUT.db [known|weeks|later]\n");
        return 64;
    }
    struct maker m = {.random = 7};
    need(yk_calendar_open("Asia/Tokyo", &m.err), &m.err);
    need(yk_publish_open(argv[1], YK_PUBLISH_WRITE, &m.store, &m.err), &m.err);
    need(yk_publish_begin(m.store, &m.err), &m.err);
    int64_t as_of = AS_OF;
    if (strcmp(what, "later") == 0) {
        put_value(&m, "plaza", "footfall", "both", YK_RES_15M, CLOSED, 777, 750, 805, "crossings", YK_BASIS_MEASURED,
                  1);
        as_of = CLOSED + 16 * 60;
    } else {
        if (strcmp(what, "weeks") == 0)
            put_weeks(&m);
        put_known(&m);
    }
    need(yk_publish_set_as_of(m.store, as_of, &m.err), &m.err);
    need(yk_publish_commit(m.store, &m.err), &m.err);
    yk_publish_close(m.store);
    return 0;
}
