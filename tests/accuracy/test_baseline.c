/* A year ahead on real places, from nineteen origins. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Trains on everything before an origin (each 1 January and 1 July with a year of record before and after it), foretells a
 * year of hours, and compares: with the count 52 weeks before (seasonal naive) and with what R's stlm and tbats made of the
 * same years (tests/accuracy/r/baseline_rivals.R). YUKIKAI_ACCURACY_SEEDS=N uses the N-th seed for the paths. */
#include "estimate/baseline.h"
#include "estimate/break_point.h"
#include "base/calendar.h"
#include "data.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGINS_MAX 32
#define FLAGS_MAX   128
#define DAYS_MAX    3700
#define PATHS       300
#define HOUR_S      3600

/* A record on its local clock: count of day d, hour h; the calendar's days beside it. */
struct place {
    const char *name, *zone;
    int64_t first_day;
    size_t days;
    double count[DAYS_MAX * 24];
    uint8_t kind[DAYS_MAX];
};

static int64_t day_of(int year, int month, int day)
{
    char text[40];
    struct yk_wall wall;
    snprintf(text, sizeof text, "%04d-%02d-%02dT12:00", year, month, day);
    cr_assert(yk_time_parse(text, &wall), "%s", text);
    return yk_baseline_day(wall.us / 1000000);
}

static int weekday_of(int64_t day) /* 0 Sunday */
{
    return (int)((day + 4) % 7);
}

static void mark(struct place *p, int year, int month, int day, uint8_t kind)
{
    int64_t at = day_of(year, month, day) - p->first_day;
    if (at >= 0 && at < DAYS_MAX)
        p->kind[at] = kind;
}

static void mark_day(struct place *p, int64_t day, uint8_t kind)
{
    if (day >= p->first_day && day < p->first_day + DAYS_MAX)
        p->kind[day - p->first_day] = kind;
}

static int64_t monday_from(int year, int month, int day) /* the first Monday not before */
{
    int64_t at = day_of(year, month, day);
    return at + (8 - weekday_of(at)) % 7;
}

/* Easter Sunday: the anonymous Gregorian algorithm (Nature, 1876). */
static int64_t easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100, d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7, f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
    return day_of(year, f / 31, f % 31 + 1);
}

#define CHRISTMAS 2
#define NEW_YEAR  3
#define EVE       4 /* 31 December */
#define BOXING    5
#define XMAS_EVE  6

static void calendar(struct place *p)
{
    bool uk = strcmp(p->zone, "Europe/London") == 0;
    for (int year = 2009; year <= 2017; year++) {
        int64_t sunday = easter(year);
        mark_day(p, sunday - 2, YK_DAY_HOLIDAY);
        mark_day(p, sunday + 1, YK_DAY_HOLIDAY);
        if (uk) {
            mark_day(p, sunday, 7); /* shops are shut */
            mark_day(p, monday_from(year, 5, 1), YK_DAY_HOLIDAY);
            mark_day(p, year == 2012 ? day_of(2012, 6, 4) : monday_from(year, 5, 25), YK_DAY_HOLIDAY);
            mark_day(p, monday_from(year, 8, 25), YK_DAY_HOLIDAY);
        } else {
            mark_day(p, monday_from(year, 3, 8), YK_DAY_HOLIDAY); /* Labour Day */
            mark_day(p, monday_from(year, 6, 8), YK_DAY_HOLIDAY); /* the Queen's birthday */
            mark_day(p, monday_from(year, 11, 1) + (weekday_of(day_of(year, 11, 1)) == 2 ? -6 : 1),
                     YK_DAY_HOLIDAY); /* Cup */
            mark(p, year, 4, 25, YK_DAY_HOLIDAY);
            int64_t australia = day_of(year, 1, 26);
            int w = weekday_of(australia);
            mark_day(p, australia, YK_DAY_HOLIDAY);
            mark_day(p, australia + (w == 6 ? 2 : w == 0 ? 1 : 0), YK_DAY_HOLIDAY);
        }
        /* Days in lieu. */
        int64_t christmas = day_of(year, 12, 25), new_year = day_of(year, 1, 1);
        int w = weekday_of(christmas), n = weekday_of(new_year);
        if (w == 5 || w == 6)
            mark_day(p, christmas + (w == 5 ? 3 : 2), YK_DAY_HOLIDAY);
        if (w == 6 || w == 0)
            mark_day(p, christmas + (w == 6 ? 3 : 2), YK_DAY_HOLIDAY);
        if (n == 6 || n == 0)
            mark_day(p, new_year + (n == 6 ? 2 : 1), YK_DAY_HOLIDAY);
        mark(p, year, 12, 25, CHRISTMAS);
        mark(p, year, 12, 26, BOXING);
        mark(p, year, 12, 24, XMAS_EVE);
        mark(p, year, 12, 31, EVE);
        mark(p, year, 1, 1, NEW_YEAR);
    }
    if (uk) {
        mark(p, 2011, 4, 29, YK_DAY_HOLIDAY);
        mark(p, 2012, 6, 5, YK_DAY_HOLIDAY);
    }
}

/* Lines "DATE...HOUR...,COUNT"; the first of duplicated keys counts, a blank is a gap. */
static void read_place(struct place *p, const char *dir, const char *file_name, const char *sensor)
{
    char path[512], line[256];
    snprintf(path, sizeof path, "%s/counts/%s", dir, file_name);
    FILE *file = fopen(path, "r");
    if (!file)
        cr_skip_test("no %s", path);
    cr_assert_eq(yk_calendar_open(p->zone, NULL), YK_OK);
    for (size_t i = 0; i < DAYS_MAX * 24; i++)
        p->count[i] = NAN;
    while (fgets(line, sizeof line, file)) {
        int year, month, day, hour;
        char separator, *comma = strrchr(line, ',');
        if (!comma || sscanf(line, "%d-%d-%d%c%d", &year, &month, &day, &separator, &hour) != 5)
            continue;
        if (sensor && !strstr(line, sensor))
            continue;
        int64_t at = day_of(year, month, day);
        if (p->days == 0)
            p->first_day = at;
        cr_assert(at >= p->first_day && at - p->first_day < DAYS_MAX);
        size_t d = (size_t)(at - p->first_day);
        p->days = d + 1 > p->days ? d + 1 : p->days;
        char *end;
        double value = strtod(comma + 1, &end);
        if (end != comma + 1 && isnan(p->count[d * 24 + (size_t)hour]))
            p->count[d * 24 + (size_t)hour] = value;
    }
    fclose(file);
    calendar(p);
}

static int64_t moment(const struct place *p, size_t day, int hour)
{
    int64_t noon = (p->first_day + (int64_t)day) * 86400 + 43200; /* UTC: in both zones on that day */
    cr_assert_eq(yk_baseline_day(noon), p->first_day + (int64_t)day);
    struct yk_civil c = yk_calendar_civil(noon);
    char text[40];
    struct yk_wall wall;
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:00", c.year, c.month, c.day, hour);
    cr_assert(yk_time_parse(text, &wall), "%s", text);
    return wall.us / 1000000;
}

/* Days [from, to) as hours UTC. The hour that the clock leaves out has no place; of the one that comes twice, the second is a
 * gap. */
static struct yk_series hours_of(const struct place *p, size_t from, size_t to, size_t *index)
{
    struct yk_series s = {.start_s = moment(p, from, 0), .step_s = HOUR_S};
    s.count = (size_t)((moment(p, to, 0) - s.start_s) / HOUR_S);
    s.value = malloc(s.count * sizeof *s.value);
    cr_assert_not_null(s.value);
    for (size_t i = 0; i < s.count; i++)
        s.value[i] = NAN;
    for (size_t d = from; d < to; d++)
        for (int h = 0; h < 24; h++) {
            size_t at = (size_t)((moment(p, d, h) - s.start_s) / HOUR_S);
            if (index)
                index[(d - from) * 24 + (size_t)h] = at;
            if (at < s.count && isnan(s.value[at]))
                s.value[at] = p->count[d * 24 + (size_t)h];
        }
    return s;
}

struct sums {
    double error, naive, hours; /* hours with both */
    double covered, told;       /* hours with a count */
    int origins, totals_covered;
    struct {
        int64_t from_s, to_s;
        double covered, error, hours;
        const char *place;
        int year, month;
    } year[ORIGINS_MAX];
    int64_t flagged_s[FLAGS_MAX]; /* breaks that any fit of this place found */
    int flags, unflagged;
};

/* What break_point finds at 5 % in the weekly level of a fit and, at a quarter of that each, in its parts of the day. */
static void flag(struct sums *sums, const struct yk_baseline *baseline)
{
    static const char *const name[] = {"night", "morning", "afternoon", "evening", "whole day"};
    static double level[1000];
    static int64_t start_s[1000];
    struct yk_break found[8];
    size_t weeks = yk_baseline_weeks(baseline);
    cr_assert_lt(weeks, 1000);
    char text[YK_TIME_TEXT_MAX];
    for (int part = YK_DAY_PARTS; part >= 0; part--) {
        yk_baseline_levels(baseline, level, start_s);
        if (part < YK_DAY_PARTS)
            yk_baseline_part_levels(baseline, (enum yk_day_part)part, level);
        size_t count = yk_break_find(level, weeks, part < YK_DAY_PARTS ? 0.0125 : 0.05, 8, found);
        for (size_t i = 0; i < count && sums->flags < FLAGS_MAX; i++) {
            sums->flagged_s[sums->flags++] = start_s[found[i].at];
            fprintf(stderr, "             break in the week of %.10s, %s, %+.0f %% (statistic %.2f, critical %.2f)\n",
                    yk_time_format(text, start_s[found[i].at]), name[part], 100 * expm1(found[i].size),
                    found[i].statistic, found[i].critical);
        }
    }
}

static void origin(const struct place *p, int year, int month, unsigned long seed, struct sums *all)
{
    size_t from = (size_t)(day_of(year, month, 1) - p->first_day);
    size_t to = (size_t)(day_of(year + 1, month, 1) - p->first_day);
    struct yk_series record = hours_of(p, 0, from, NULL);
    static size_t index[367 * 24];
    struct yk_series ahead = hours_of(p, from, to, index);
    struct yk_baseline_days days = {p->first_day, DAYS_MAX, p->kind, NULL, 0};
    struct yk_baseline *baseline;
    enum yk_baseline_state state = yk_baseline_fit(&record, &days, NULL, &baseline);
    cr_assert_eq(state, YK_BASELINE_OK, "%s", yk_baseline_state_text(state));
    flag(all, baseline);
    struct yk_baseline_window window = {ahead.start_s, ahead.count, INT64_MAX};
    struct yk_baseline_draw draw = {PATHS, seed};
    struct yk_interval *hourly = malloc(ahead.count * sizeof *hourly);
    cr_assert_not_null(hourly);
    cr_assert_eq(yk_baseline_expect(baseline, &days, &window, &draw, hourly), YK_BASELINE_OK);

    struct sums one = {0};
    double actual_total = 0, bias = 0;
    /* The total of the hours that were counted: what was not observed is left out of both. */
    struct yk_series unseen = {ahead.start_s, HOUR_S, ahead.count, malloc(ahead.count * sizeof(double))};
    cr_assert_not_null(unseen.value);
    for (size_t i = 0; i < ahead.count; i++) {
        unseen.value[i] = isnan(ahead.value[i]) ? 0 : NAN;
        if (isnan(ahead.value[i]))
            continue;
        actual_total += ahead.value[i];
        bias += hourly[i].value - ahead.value[i];
        one.told++;
        one.covered += hourly[i].lower <= ahead.value[i] && ahead.value[i] <= hourly[i].upper;
    }
    for (size_t d = from; d < to; d++)
        for (size_t h = 0; h < 24; h++) {
            double actual = p->count[d * 24 + h], before = p->count[(d - 364) * 24 + h];
            if (isnan(actual) || isnan(before))
                continue;
            one.hours++;
            one.error += fabs(actual - hourly[index[(d - from) * 24 + h]].value);
            one.naive += fabs(actual - before);
        }
    struct yk_baseline_total total;
    cr_assert_eq(yk_baseline_total(baseline, &days, &unseen, window.from_s,
                                   window.from_s + (int64_t)window.hours * HOUR_S, NAN, &draw, &total),
                 YK_BASELINE_OK);
    bool covered = total.total.lower <= actual_total && actual_total <= total.total.upper;
    struct yk_baseline_facts facts;
    yk_baseline_facts(baseline, &facts);
    fprintf(stderr,
            "%-12s %d-%02d  %7.1f %7.1f %+6.1f %%   %5.1f %%   %9.0f [%9.0f %9.0f] %9.0f %-6s  %4.1f step %.4f stray "
            "%.3f %4.1f noise %.3f shape %.3f breaks %zu %+5.1f\n",
            p->name, year, month, one.error / one.hours, one.naive / one.hours, 100 * (one.error / one.naive - 1),
            100 * one.covered / one.told, total.total.value, total.total.lower, total.total.upper, actual_total,
            covered ? "" : "MISSED", facts.theta, facts.level_sd_week, facts.stray_sd, facts.stray_weeks,
            facts.noise_sd_week, facts.shape_sd_year, facts.breaks, 100 * bias / actual_total);
    all->year[all->origins].from_s = window.from_s;
    all->year[all->origins].to_s = window.from_s + (int64_t)window.hours * HOUR_S;
    all->year[all->origins].covered = one.covered / one.told;
    all->year[all->origins].error = one.error;
    all->year[all->origins].hours = one.hours;
    all->year[all->origins].place = p->name;
    all->year[all->origins].year = year;
    all->year[all->origins].month = month;
    all->error += one.error;
    all->naive += one.naive;
    all->hours += one.hours;
    all->covered += one.covered;
    all->told += one.told;
    all->origins++;
    all->totals_covered += covered;
    free(unseen.value);
    free(hourly);
    yk_baseline_free(baseline);
    yk_series_clear(&record);
    yk_series_clear(&ahead);
}

/* As it was seen from a year's end. */
static void flag_at(const struct place *p, int64_t end_s, struct sums *all)
{
    size_t to = (size_t)(yk_baseline_day(end_s - HOUR_S) + 1 - p->first_day);
    struct yk_series record = hours_of(p, 0, to, NULL);
    struct yk_baseline_days days = {p->first_day, DAYS_MAX, p->kind, NULL, 0};
    struct yk_baseline *baseline;
    cr_assert_eq(yk_baseline_fit(&record, &days, NULL, &baseline), YK_BASELINE_OK);
    char text[YK_TIME_TEXT_MAX];
    fprintf(stderr, "%-12s the record to %.10s\n", p->name, yk_time_format(text, end_s));
    flag(all, baseline);
    yk_baseline_free(baseline);
    yk_series_clear(&record);
}

/* R's methods over the origins that they have figures of (baseline_rivals.R). */
static void rivals(const struct sums *all)
{
    static const char *const method[] = {"stlm", "stlm_log", "tbats"};
    for (int m = 0; m < 3; m++) {
        char line[256];
        double theirs = 0, ours = 0;
        int origins = 0;
        FILE *file = fopen(YK_REFERENCE_DIR "/baseline_rivals.csv", "r");
        cr_assert_not_null(file);
        while (fgets(line, sizeof line, file)) {
            char name[32], how[32];
            int year, month;
            double hours, mae;
            if (sscanf(line, "%31[^,],%d-%d-01,%31[^,],%lf,%lf", name, &year, &month, how, &hours, &mae) != 6 ||
                strcmp(how, method[m]) != 0)
                continue;
            for (int i = 0; i < all->origins; i++)
                if (strcmp(all->year[i].place, name) == 0 && all->year[i].year == year && all->year[i].month == month) {
                    cr_expect_float_eq(hours, all->year[i].hours, 30, "the same hours: %s %d-%02d", name, year, month);
                    theirs += hours * mae;
                    ours += all->year[i].error;
                    origins++;
                }
        }
        fclose(file);
        fprintf(stderr, "%-9s over %d origins: ours is %+.1f %%\n", method[m], origins, 100 * (ours / theirs - 1));
        cr_expect_geq(origins, 12);
        cr_expect_lt(ours, theirs, "%s", method[m]);
    }
}

/* A year of which fewer than 85 % of the hours were covered must have a flag in it. */
static void check_years(const struct place *p, struct sums *all, int first)
{
    for (int i = first; i < all->origins; i++) {
        bool flagged = false;
        for (int f = 0; f < all->flags; f++)
            flagged = flagged || (all->flagged_s[f] >= all->year[i].from_s && all->flagged_s[f] < all->year[i].to_s);
        all->unflagged += all->year[i].covered < 0.85 && !flagged;
        if (all->year[i].covered < 0.85)
            fprintf(stderr, "%-12s %d-%02d: %.1f %% covered; break %s\n", p->name, all->year[i].year,
                    all->year[i].month, 100 * all->year[i].covered, flagged ? "flagged" : "NOT FLAGGED");
    }
    all->flags = 0;
}

Test(baseline, a_year_ahead_on_real_places)
{
    YK_NEED_TEST_DATA(dir)
    gsl_set_error_handler_off();
    const char *text = getenv("YUKIKAI_ACCURACY_SEEDS");
    unsigned long seed = text ? strtoul(text, NULL, 10) : 1;
    static struct place places[3] = {{.name = "leeds", .zone = "Europe/London"},
                                     {.name = "melbourne_4", .zone = "Australia/Melbourne"},
                                     {.name = "melbourne_18", .zone = "Australia/Melbourne"}};
    static const char *file[] = {"leeds_briggate_hourly.csv", "melbourne_hourly_sensors_4_18.csv",
                                 "melbourne_hourly_sensors_4_18.csv"};
    static const char *sensor[] = {NULL, ",4,", ",18,"};
    struct sums all = {0};
    fprintf(stderr, "place         origin      MAE   naive            covered  a year's total\n");
    for (int i = 0; i < 3; i++) {
        read_place(&places[i], dir, file[i], sensor[i]);
        struct sums here = all;
        for (int year = 2010; year <= 2016; year++)
            for (int month = 1; month <= 7; month += 6) {
                int64_t at = day_of(year, month, 1), first = places[i].first_day;
                if (at >= day_of(i == 0 ? 2010 : 2013, 1, 1) &&
                    day_of(year + 1, month, 1) <= first + (int64_t)places[i].days)
                    origin(&places[i], year, month, seed, &all);
            }
        /* The ends of the last two years are no origins: what was seen from there is not told yet. */
        for (int last = all.origins - 2; last < all.origins; last++)
            flag_at(&places[i], all.year[last].to_s, &all);
        check_years(&places[i], &all, here.origins);
        fprintf(stderr, "%-12s          %7.1f %7.1f %+6.1f %%   %5.1f %%\n", places[i].name,
                (all.error - here.error) / (all.hours - here.hours),
                (all.naive - here.naive) / (all.hours - here.hours),
                100 * ((all.error - here.error) / (all.naive - here.naive) - 1),
                100 * (all.covered - here.covered) / (all.told - here.told));
    }
    fprintf(stderr, "all                   %7.1f %7.1f %+6.1f %%   %5.1f %%   totals %d of %d\n", all.error / all.hours,
            all.naive / all.hours, 100 * (all.error / all.naive - 1), 100 * all.covered / all.told, all.totals_covered,
            all.origins);
    rivals(&all);
    cr_expect_lt(all.error / all.naive, 0.9, "the error is to be 10 %% below seasonal naive");
    cr_expect(all.covered / all.told >= 0.92 && all.covered / all.told <= 0.98, "%.4f", all.covered / all.told);
    cr_expect_geq(all.totals_covered, 0.85 * all.origins);
    /* The goal is none. Leeds from July 2015: its nights faded over a year, which is no break (docs/METHODS.md). */
    cr_expect_leq(all.unflagged, 1);
    cr_expect_geq(all.origins, 12);
}
