/* What is said of series over time, from rows whose law is known. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two lines count people by a rhythm of hours and weekdays with negative-binomial noise, drawn here and not by the program; a radio's
 * days are known with their hours. What the rows have to say follows from how they were made. */
#include "base/calendar.h"
#include "followed/followed.h"
#include "kpis/finish.h"
#include "support/public_rows.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S    INT64_C(3600)
#define DAY_S     INT64_C(86400)
#define FIRST_S   INT64_C(1736089200) /* 2025-01-06T00:00:00+09:00, a Monday */
#define DAYS      500                 /* to 2026-05-20 */
#define THETA     30.0
#define FROM(day) (FIRST_S + (day)*DAY_S)

static const char yaml[] =
    "version: 1\n"
    "district: { id: riverside, timezone: Asia/Tokyo }\n"
    "places: [{ id: street }, { id: plaza }]\n"
    "sensors:\n"
    "  - { id: radio-1, place: street, kind: ble_capture }\n"
    "  - { id: cam-1, place: street, kind: camera_file, lines: [{ id: l, points: [[0, 0], [0, 9]] }] }\n"
    "  - { id: cam-2, place: plaza, kind: camera_file, lines: [{ id: l, points: [[0, 0], [0, 9]] }] }\n"
    "kpis:\n"
    "  - { id: street-count, kpi: footfall, place: street, resolution: 1d, base: 3000, target: 6000, fiscal_year: 2026 "
    "}\n"
    "  - { id: plaza-count, kpi: footfall, place: plaza, resolution: 1d }\n"
    "  - { id: street-people, kpi: visitors, place: street, resolution: 1d }\n"
    "events:\n"
    "  - { id: fair, from: 2026-05-09T10:00, to: 2026-05-09T18:00, kpis: [street-count], compare: [plaza-count] }\n";

static struct yk_config *config;
static struct yk_publish *publish;
static struct yk_state_store *state;
static struct yk_error err;
static gsl_rng *rng;
static double *hours[2];       /* of both lines, DAYS * 24 */
static double expected_day[7]; /* of the street, by weekday from Monday: the law's mean */

static double mean_of(int place, int64_t hour)
{
    int64_t day = hour / 24;
    double of_day = hour % 24 < 7 ? 8 : 250 * (1 + 0.8 * sin((double)(hour % 24 - 7) * M_PI / 16));
    return (day % 7 >= 5 ? 1.4 : 1) * (place ? 0.6 : 1) * of_day;
}

static double drawn(double mean)
{
    return (double)gsl_ran_poisson(rng, gsl_ran_gamma(rng, THETA, mean / THETA));
}

static void make_hours(void)
{
    for (int place = 0; place < 2; place++) {
        hours[place] = malloc(DAYS * 24 * sizeof(double));
        for (int64_t h = 0; h < DAYS * 24; h++)
            hours[place][h] = drawn(mean_of(place, h));
    }
    for (int day = 0; day < 7; day++)
        for (int h = 0; h < 24; h++)
            expected_day[day] += mean_of(0, day * 24 + h);
}

static int64_t corrected_from = INT64_MAX; /* the day from which the street's crossings are corrected by 1.25 */

static void put(const char *place, const char *kpi, const char *direction, enum yk_resolution resolution,
                int64_t start_s, double value)
{
    struct yk_kpi_row row = yk_test_row(place, kpi, direction, resolution, start_s, value, "crossings");
    row.coverage = isnan(value) ? 0 : 1;
    row.n_low = row.n_high = isnan(value) ? -1 : (int64_t)value;
    if (strcmp(place, "street") == 0 && corrected_from != INT64_MAX && start_s >= FROM(corrected_from)) {
        row.value *= 1.25;
        snprintf(row.parameters, sizeof row.parameters, "0123456789abcdef C89abcdef");
    }
    if (isnan(value)) {
        row.state = YK_STATE_MISSING;
        row.reason = YK_REASON_OUTAGE;
    }
    cr_assert_eq(yk_test_put(publish, &row, &err), YK_OK, "%s", err.message);
}

/* The rows of hours and days as the finisher leaves them. */
static void put_rows(void)
{
    static const char *const places[] = {"street", "plaza"};
    cr_assert_eq(yk_publish_begin(publish, &err), YK_OK);
    for (int place = 0; place < 2; place++)
        for (int64_t day = 0; day < DAYS; day++) {
            double sum = 0;
            for (int64_t h = 24 * day; h < 24 * day + 24; h++) {
                put(places[place], "footfall", "both", YK_RES_1H, FIRST_S + h * HOUR_S, hours[place][h]);
                sum += hours[place][h];
            }
            put(places[place], "footfall", "both", YK_RES_1D, FROM(day), sum);
        }
    cr_assert_eq(yk_publish_commit(publish, &err), YK_OK);
}

static void open_stores(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s.db", scratch, name);
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_WRITE, &publish, &err), YK_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    cr_assert_eq(yk_state_open(path, &state, &err), YK_OK, "%s", err.message);
    yk_state_note(state, "first_s", FIRST_S, YK_FACT_SET);
    yk_state_note(state, "last_s", FROM(DAYS) - 10, YK_FACT_SET);
}

static void close_stores(void)
{
    yk_publish_close(publish);
    yk_state_close(state);
    publish = NULL;
    state = NULL;
}

static void start(void)
{
    scratch_make();
    cr_assert_eq(yk_config_read_bytes("district.yaml", yaml, strlen(yaml), &config, NULL, &err), YK_OK, "%s",
                 err.message);
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20260509);
    make_hours();
    open_stores("a");
}

static void stop(void)
{
    close_stores();
    free(hours[0]);
    free(hours[1]);
    gsl_rng_free(rng);
    yk_config_free(config);
    scratch_remove();
}
TestSuite(followed, .init = start, .fini = stop);

/* Tells days from `day` on, as of now_s. */
static void tell(int64_t day, int64_t now_s)
{
    struct yk_finish finish = {.config = config, .store = state, .publish = publish, .now_s = now_s};
    yk_state_note(state, "followed_final_s", FROM(day), YK_FACT_MAX);
    yk_state_note(state, "followed_device_final_s", FROM(day), YK_FACT_MAX);
    cr_assert_eq(yk_finish_followed(&finish, &err), YK_OK, "%s", err.message);
}

static struct yk_kpi_row found;
static size_t found_count;

static void take(void *context, const struct yk_kpi_row *row)
{
    const char *place = context;
    if (strcmp(row->place, place) == 0) {
        found = *row;
        found_count++;
    }
}

static const struct yk_kpi_row *row_at(const char *place, const char *kpi, enum yk_resolution resolution,
                                       int64_t start_s)
{
    char copy[YK_ROW_PLACE_SIZE];
    snprintf(copy, sizeof copy, "%s", place);
    const struct yk_row_query query = {.kpi = kpi, .resolution = resolution, .from_s = start_s, .to_s = start_s + 1};
    found_count = 0;
    cr_assert_eq(yk_publish_query(publish, &query, take, copy, NULL, &err), YK_OK);
    cr_assert_eq(found_count, 1, "%zu rows of %s at %s", found_count, kpi, place);
    return &found;
}

Test(followed, what_is_expected_is_what_the_law_says)
{
    put_rows();
    tell(DAYS - 14, INT64_MAX);
    int inside = 0, cells = 0;
    for (int64_t day = DAYS - 14; day < DAYS; day++) {
        const struct yk_kpi_row *row = row_at("street/street-count", "expected", YK_RES_1D, FROM(day));
        cr_assert_eq(row->state, YK_STATE_OK);
        cr_assert_eq(row->basis, YK_BASIS_ESTIMATED);
        cr_assert(row->final);
        cr_expect_float_eq(row->value, expected_day[day % 7], 0.05 * expected_day[day % 7], "%f, not %f", row->value,
                           expected_day[day % 7]);
        for (int64_t h = 24 * day; h < 24 * day + 24; h++) {
            row = row_at("street/street-count", "expected", YK_RES_1H, FIRST_S + h * HOUR_S);
            inside += hours[0][h] >= row->lower && hours[0][h] <= row->upper;
            cells++;
        }
    }
    cr_expect(inside > 0.9 * cells && inside < 0.99 * cells, "%d of %d hours inside", inside, cells);
}

Test(followed, an_hour_of_many_is_listed_and_ordinary_ones_are_not)
{
    int64_t odd = 24 * (DAYS - 3) + 14, gap = odd + 2;
    hours[0][odd] *= 3;
    hours[0][gap] = (double)NAN;
    put_rows();
    tell(DAYS - 14, INT64_MAX);
    int listed = 0;
    for (int64_t h = 24 * (DAYS - 14); h < 24 * DAYS; h++) {
        const struct yk_kpi_row *row = row_at("street/street-count", "anomaly", YK_RES_1H, FIRST_S + h * HOUR_S);
        if (h == odd)
            cr_expect_float_eq(row->value, 1, 0);
        else if (h == gap)
            cr_expect(row->state == YK_STATE_MISSING && row->reason == YK_REASON_OUTAGE);
        else
            listed += row->value != 0;
    }
    cr_expect_leq(listed, 3, "%d of 334 ordinary hours are listed", listed);
}

Test(followed, an_event_is_found_and_what_it_could_have_been_is_told)
{
    int64_t from = (INT64_C(1778288400) - FIRST_S) / HOUR_S; /* 2026-05-09T10:00 */
    for (int64_t h = from; h < from + 8; h++)
        hours[0][h] = drawn(1.6 * mean_of(0, h));
    put_rows();
    tell(from / 24, FROM(from / 24 + 1)); /* the day after */
    const struct yk_kpi_row *row = row_at("street/street-count/fair", "uplift", YK_RES_1H, FIRST_S + from * HOUR_S);
    cr_assert_eq(row->state, YK_STATE_OK);
    cr_expect_not(row->final);
    cr_expect_eq(row->end_s, row->start_s + 8 * HOUR_S);
    cr_expect_float_eq(row->value, 0.6, 0.15, "%f", row->value);
    cr_expect(row->lower > 0 && row->lower < 0.6 && row->upper > 0.6, "%f to %f", row->lower, row->upper);
    row = row_at("street/street-count/fair", "uplift_detectable", YK_RES_1H, FIRST_S + from * HOUR_S);
    cr_expect(row->value > 0.05 && row->value < 0.6, "%f", row->value);
    /* What is expected of the day knows nothing of the event. */
    row = row_at("street/street-count", "expected", YK_RES_1D, FROM(from / 24));
    cr_expect_float_eq(row->value, expected_day[5], 0.06 * expected_day[5]);
}

Test(followed, a_correction_two_weeks_before_an_event_is_not_its_doing)
{
    corrected_from = (config->events[0].from_s - FIRST_S) / DAY_S - 14;
    put_rows();
    int64_t from = (config->events[0].from_s - FIRST_S) / HOUR_S;
    tell(from / 24, FROM(from / 24 + 1));
    const struct yk_kpi_row *row = row_at("street/street-count/fair", "uplift", YK_RES_1H, FIRST_S + from * HOUR_S);
    cr_assert_eq(row->state, YK_STATE_OK);
    cr_expect_float_eq(row->value, 0, 0.09, "%f", row->value); /* half of the level weeks are 1.25 times less without */
}

Test(followed, a_fit_does_not_see_events)
{
    put_rows();
    struct yk_followed_calendar calendar;
    struct yk_followed street, plaza;
    size_t event = (size_t)((config->events[0].from_s - FIRST_S) / HOUR_S), count = 0;
    cr_assert_eq(yk_followed_calendar_open(&calendar, config, FIRST_S, FROM(DAYS), &err), YK_OK);
    cr_assert_eq(yk_followed_read(&street, config, 0, publish, &calendar, FIRST_S, FROM(DAYS), &err), YK_OK);
    cr_assert_eq(yk_followed_read(&plaza, config, 1, publish, &calendar, FIRST_S, FROM(DAYS), &err), YK_OK);
    double *record = yk_followed_without_events(&street, config, FROM(DAYS - 2), &count);
    cr_assert_eq(count, (DAYS - 2) * 24);
    for (size_t h = 0; h < count; h++)
        cr_assert_eq(isnan(record[h]) != 0, h >= event && h < event + 8, "hour %zu", h);
    free(record);
    record = yk_followed_without_events(&plaza, config, FROM(DAYS), &count); /* which the event does not name */
    for (size_t h = 0; h < count; h++)
        cr_assert_not(isnan(record[h]));
    free(record);
    /* Holidays of 2025: New Year's Day was before the record, 13 January is Coming of Age Day. */
    cr_expect_eq(yk_followed_calendar_kind(&calendar, yk_baseline_day(FROM(7))), YK_DAY_HOLIDAY);
    cr_expect_eq(yk_followed_calendar_kind(&calendar, yk_baseline_day(FROM(8))), YK_DAY_ORDINARY);
    yk_followed_clear(&street);
    yk_followed_clear(&plaza);
    yk_followed_calendar_clear(&calendar);
}

Test(followed, days_and_the_weather_come_from_the_configuration)
{
    static const char with[] = "version: 1\n"
                               "district: { id: riverside, timezone: Asia/Tokyo }\n"
                               "places: [{ id: street }]\n"
                               "sensors: [{ id: radio-1, place: street, kind: ble_capture }]\n"
                               "calendar:\n"
                               "  days:\n"
                               "    - { date: 2025-08-13, to: 2025-08-15, like: holiday }\n"
                               "    - { date: 2025-12-24, like: lights }\n"
                               "    - { date: 2025-01-13, like: lights }\n"
                               "covariates: { file: weather.csv, date: day, columns: [rain] }\n";
    struct yk_config *other;
    struct yk_followed_calendar calendar;
    char path[200];
    snprintf(path, sizeof path, "%s/district.yaml", scratch);
    cr_assert_eq(yk_config_read_bytes(path, with, strlen(with), &other, NULL, &err), YK_OK, "%s", err.message);
    cr_expect_eq(yk_followed_calendar_open(&calendar, other, FIRST_S, FROM(DAYS), &err), YK_ERR_NO_INPUT);
    yk_followed_calendar_clear(&calendar);
    snprintf(path, sizeof path, "%s/weather.csv", scratch);
    FILE *to = fopen(path, "w");
    fputs("day,rain\n2025-01-08,2.5\n2025-01-09,\n", to);
    fclose(to);
    cr_assert_eq(yk_followed_calendar_open(&calendar, other, FIRST_S, FROM(DAYS), &err), YK_OK, "%s", err.message);
    int64_t obon = yk_baseline_day(1755010800); /* 2025-08-13T00:00:00+09:00 */
    for (int64_t day = obon - 1; day <= obon + 3; day++)
        cr_expect_eq(yk_followed_calendar_kind(&calendar, day) == YK_DAY_HOLIDAY, day >= obon && day < obon + 3);
    cr_expect_eq(yk_followed_calendar_kind(&calendar, yk_baseline_day(FROM(7))), YK_DAY_KEEPS_WEEKDAY);
    cr_expect_eq(calendar.days.covariates, 1);
    cr_expect_float_eq(calendar.days.covariate[2], 2.5, 0);
    cr_expect(isnan(calendar.days.covariate[1]) && isnan(calendar.days.covariate[3]));
    cr_expect_eq(strlen(calendar.covariates_id), 8);
    yk_followed_calendar_clear(&calendar);
    yk_config_free(other);
}

Test(followed, changes_are_of_the_same_weekdays)
{
    int64_t day = DAYS - 1;
    for (int64_t h = 24 * (day - 27); h <= 24 * day + 23; h++)
        hours[0][h] = floor(hours[0][h] * 1.25);
    hours[0][24 * (day - 2) + 5] = (double)NAN; /* takes its day out, and the day a week before it */
    put_rows();
    tell(day, INT64_MAX);
    double now = 0, before = 0;
    for (int64_t d = day - 6; d <= day; d++) {
        double a = 0, b = 0;
        for (int h = 0; h < 24; h++) {
            a += hours[0][24 * d + h];
            b += hours[0][24 * (d - 7) + h];
        }
        if (!isnan(a)) {
            now += a;
            before += b;
        }
    }
    const struct yk_kpi_row *row = row_at("street/street-count", "change_week", YK_RES_1D, FROM(day));
    cr_assert_eq(row->state, YK_STATE_OK);
    cr_expect_float_eq(row->value, now / before - 1, 1e-12);
    cr_expect_float_eq(row->coverage, 6 / 7.0, 1e-12);
    row = row_at("street/street-count", "change_year", YK_RES_1D, FROM(day));
    cr_expect_eq(row->state, YK_STATE_OK);
    cr_expect_float_eq(row->value, 0.25, 0.05, "%f", row->value);
}

Test(followed, a_correction_that_begins_is_no_change)
{
    corrected_from = DAYS - 10;
    put_rows();
    tell(DAYS - 3, INT64_MAX);
    for (int64_t day = DAYS - 3; day < DAYS; day++) {
        const struct yk_kpi_row *row = row_at("street/street-count", "expected", YK_RES_1D, FROM(day));
        cr_expect_float_eq(row->value, 1.25 * expected_day[day % 7], 0.05 * expected_day[day % 7], "%f, not %f",
                           row->value, 1.25 * expected_day[day % 7]);
        cr_expect_eq(row->reason, YK_REASON_NONE);
    }
    double now = 0, before = 0;
    for (int64_t h = 24 * (DAYS - 7); h < 24 * DAYS; h++) {
        now += hours[0][h];
        before += hours[0][h - 168];
    }
    const struct yk_kpi_row *row = row_at("street/street-count", "change_week", YK_RES_1D, FROM(DAYS - 1));
    cr_expect_float_eq(row->value, now / before - 1, 1e-9, "%f", row->value);
}

Test(followed, the_year_of_a_target_is_told_as_it_will_be)
{
    put_rows();
    tell(DAYS - 1, INT64_MAX);
    double year = 0; /* a mean day of the law; the year from April 2026 on has 365 days */
    for (int d = 0; d < 7; d++)
        year += expected_day[d] / 7;
    struct yk_kpi_row row = *row_at("street/street-count", "year_end", YK_RES_1D, FROM(DAYS - 1));
    cr_assert_eq(row.state, YK_STATE_OK);
    cr_expect_str_eq(row.unit, "crossings");
    cr_expect_float_eq(row.value, year, 0.05 * year, "%f, not %f", row.value, year);
    cr_expect(row.lower < year && row.upper > year, "%f to %f", row.lower, row.upper);
    cr_expect_float_eq(row.coverage, 50 / 365.0, 0.001, "%f", row.coverage); /* from 1 April to 20 May */
    struct yk_kpi_row share = *row_at("street/street-count", "attainment", YK_RES_1D, FROM(DAYS - 1));
    cr_expect_float_eq(share.value, (row.value - 3000) / 3000, 1e-9);
    cr_expect_float_eq(share.lower, (row.lower - 3000) / 3000, 1e-9);
    struct yk_kpi_row chance = *row_at("street/street-count", "target_chance", YK_RES_1D, FROM(DAYS - 1));
    cr_expect(chance.value >= 0 && chance.value <= 1);
    cr_expect_eq(chance.value > 0.975, row.lower > 6000, "%f with %f", chance.value, row.lower);
    cr_expect_eq(chance.value < 0.025, row.upper < 6000);
}

Test(followed, a_short_record_says_so)
{
    put_rows();
    yk_state_note(state, "last_s", FROM(40) - 10, YK_FACT_SET);
    tell(20, FROM(40)); /* weeks three to six */
    const struct yk_kpi_row *row = row_at("street/street-count", "expected", YK_RES_1D, FROM(39));
    cr_expect(row->state == YK_STATE_MISSING && row->reason == YK_REASON_TOO_SHORT);
    row = row_at("street/street-count", "anomaly", YK_RES_1D, FROM(39));
    cr_expect(row->state == YK_STATE_MISSING && row->reason == YK_REASON_TOO_SHORT);
    row = row_at("street/street-count", "change_week", YK_RES_1D, FROM(39));
    cr_expect_eq(row->state, YK_STATE_OK);
    row = row_at("street/street-count", "change_year", YK_RES_1D, FROM(39));
    cr_expect(row->state == YK_STATE_MISSING && row->reason == YK_REASON_TOO_SHORT);
}

struct text {
    char *at;
    size_t size;
    FILE *to;
};

static void write_row(void *context, const struct yk_kpi_row *row)
{
    struct text *text = context;
    struct yk_kpi_row_text fields;
    if (!row->final || !strchr(row->place, '/'))
        return;
    yk_kpi_row_text(row, &fields);
    for (int i = 0; i < YK_KPI_ROW_KEYS; i++)
        fprintf(text->to, "%s,", fields.field[i]);
    fputc('\n', text->to);
}

static char *final_rows(void)
{
    struct text text = {0};
    const struct yk_row_query query = {.resolution = YK_RES_COUNT, .from_s = FROM(DAYS - 22), .to_s = FROM(DAYS - 15)};
    text.to = open_memstream(&text.at, &text.size);
    cr_assert_eq(yk_publish_query(publish, &query, write_row, &text, NULL, &err), YK_OK);
    fclose(text.to);
    return text.at;
}

Test(followed, final_rows_do_not_depend_on_when_days_were_told)
{
    put_rows();
    tell(DAYS - 22, INT64_MAX);
    char *at_once = final_rows();
    cr_assert_gt(strlen(at_once), 10000);
    close_stores();
    open_stores("b");
    put_rows();
    for (int64_t day = DAYS - 9; day <= DAYS; day += 9) { /* provisional first, each final in its time */
        yk_state_note(state, "last_s", FROM(day) + 6000, YK_FACT_SET);
        tell(DAYS - 22, FROM(day) + 7000);
    }
    char *day_by_day = final_rows();
    cr_expect_str_eq(at_once, day_by_day);
    free(at_once);
    free(day_by_day);
}

Test(followed, days_of_devices_are_laid_out_over_their_hours)
{
    /* Hourly visitors add up to more than the day's, who stay over several hours; small hours are below k. */
    cr_assert_eq(yk_publish_begin(publish, &err), YK_OK);
    for (int64_t day = 0; day < DAYS; day++) {
        double sum = 0;
        for (int64_t h = 24 * day + 4; h < 24 * day + 28; h++) {
            double value = drawn(mean_of(0, h));
            struct yk_kpi_row row =
                yk_test_row("street", "visitors", "", YK_RES_1H, FIRST_S + h * HOUR_S, value, "persons");
            row.coverage = 1;
            if (value < 10) {
                row.state = YK_STATE_SUPPRESSED;
                row.reason = YK_REASON_BELOW_K;
                row.value = row.coverage = (double)NAN;
            }
            sum += value;
            cr_assert_eq(yk_test_put(publish, &row, &err), YK_OK);
        }
        struct yk_kpi_row row =
            yk_test_row("street", "visitors", "", YK_RES_1D, FROM(day) + 4 * HOUR_S, 0.7 * sum, "persons");
        row.coverage = 1;
        cr_assert_eq(yk_test_put(publish, &row, &err), YK_OK);
    }
    cr_assert_eq(yk_publish_commit(publish, &err), YK_OK);
    tell(DAYS - 8, INT64_MAX);
    for (int64_t day = DAYS - 8; day < DAYS - 1; day++) {
        const struct yk_kpi_row *row = row_at("street/street-people", "expected", YK_RES_1D, FROM(day) + 4 * HOUR_S);
        cr_assert_eq(row->state, YK_STATE_OK);
        cr_expect_str_eq(row->unit, "persons");
        double law = 0;
        for (int64_t h = 24 * day + 4; h < 24 * day + 28; h++)
            law += 0.7 * mean_of(0, h);
        cr_expect_float_eq(row->value, law, 0.06 * law, "%f, not %f", row->value, law);
    }
}
