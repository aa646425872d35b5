/* Counts from tables: each rule by hand, and real tables against counts made with awk. SPDX-License-Identifier: GPL-3.0-or-later */
#include "series/series_csv.h"

#include "base/calendar.h"
#include "data.h"

#include <math.h>
#include <string.h>

static const struct yk_series_csv_mapping HOURS = {.time = "time", .value = "n", .step_s = 3600, .row_s = 3600};

static void open_zone(const char *zone)
{
    struct yk_error err = {0};
    cr_assert_eq(yk_calendar_open(zone, &err), YK_OK, "%s", err.message);
}

static int64_t seconds(const char *text)
{
    struct yk_wall wall;
    cr_assert(yk_time_parse(text, &wall), "%s", text);
    return wall.us / 1000000;
}

static struct yk_series_csv_report report;

static struct yk_series parse(const char *text, const struct yk_series_csv_mapping *mapping)
{
    struct yk_series s;
    struct yk_error err = {0};
    cr_assert_eq(yk_series_csv_parse(text, strlen(text), "table", mapping, &s, &report, &err), YK_OK, "%s",
                 err.message);
    return s;
}

static void expect(const struct yk_series *s, const double *value, size_t count)
{
    cr_assert_eq(s->count, count, "%zu steps", s->count);
    for (size_t i = 0; i < count; i++)
        cr_expect(isnan(value[i]) ? isnan(s->value[i]) : s->value[i] == value[i], "%zu: %g, not %g", i, s->value[i],
                  value[i]);
}
#define GAP               ((double)NAN)
#define EXPECT(s, ...)    expect(&(s), (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))
#define FATE(name)        ((int)report.count[YK_SERIES_CSV_##name])
#define EXPECT_FATE(f, n) cr_expect_eq(FATE(f), n, #f " %d", FATE(f))

Test(series_csv, mark_crlf_quotes_columns_and_order)
{
    open_zone("Asia/Tokyo");
    struct yk_series s = parse("\xEF\xBB\xBF\"Place\";N;\"time\"\r\n\"a;b\";\"3\";2026-04-01T02:00\r\n"
                               "c;1;2026-04-01 00:00:00\r\n\r\nd;2;\"2026/4/1 1:00\"\r\n",
                               &HOURS);
    EXPECT(s, 1, 2, 3);
    cr_expect_eq(s.start_s, seconds("2026-03-31T15:00:00Z"));
    cr_expect_eq(s.step_s, 3600);
    EXPECT_FATE(TAKEN, 3);
    yk_series_clear(&s);
}

Test(series_csv, date_and_hour_of_one_place)
{
    open_zone("Asia/Tokyo");
    struct yk_series_csv_mapping m = HOURS;
    m.time = "date", m.hour = "hour", m.value = "count", m.filter_column = "location", m.filter_value = "East";
    struct yk_series s = parse("date,hour,location,count\n2026-04-01,23,East,5\n2026-04-01,23,West,9\n"
                               "2026-04-01,24,East,6\n2026-04-02,1:00,East,7\n2026-04-02 00:00:00,2,East,8\n"
                               "2026-04-02,25,East,9\n2026-04-02 01:00,2,East,9\n",
                               &m);
    EXPECT(s, 5, 6, 7, 8);
    EXPECT_FATE(FILTERED, 1);
    EXPECT_FATE(BAD_TIME, 2);
    cr_expect_eq(report.first_bad_line, 7);
    yk_series_clear(&s);
}

Test(series_csv, gaps_are_not_zeros_and_bad_rows_have_reasons)
{
    open_zone("UTC");
    struct yk_series s =
        parse("time,n\n2026-04-01T00:00,0\n2026-04-01T01:00,\n2026-04-01T02:00,many\n2026-04-01T03:00,-4\n"
              "2026-04-01T04:00,0x10\n2026-04-01T05:00,nan\n2026-04-01T07:00\n2026-04-31T08:00,3\n"
              "2026-04-01T09:00,1.5\n",
              &HOURS);
    EXPECT(s, 0, GAP, GAP, GAP, GAP, GAP, GAP, GAP, GAP, 1.5);
    EXPECT_FATE(BLANK, 2);
    EXPECT_FATE(BAD_NUMBER, 3);
    EXPECT_FATE(NEGATIVE, 1);
    EXPECT_FATE(BAD_TIME, 1);
    EXPECT_FATE(GAPS, 8);
    cr_expect_eq(report.first_bad_line, 4);
    yk_series_clear(&s);
}

Test(series_csv, the_same_again_and_something_else)
{
    open_zone("UTC");
    struct yk_series s =
        parse("time,n\n2026-04-01T00:00,4\n2026-04-01T01:00,5\n2026-04-01T02:00,6\n2026-04-01T01:00,5\n"
              "2026-04-01T02:00,7\n2026-04-01T00:00Z,4\n2026-04-01T03:00,8\n",
              &HOURS);
    EXPECT(s, 4, 5, GAP, 8);
    EXPECT_FATE(DUPLICATE, 2);
    EXPECT_FATE(CONFLICT, 2);
    EXPECT_FATE(TAKEN, 3);
    cr_expect_eq(report.first_bad_line, 6);
    yk_series_clear(&s);
}

Test(series_csv, offsets_and_the_day_s_end)
{
    open_zone("Asia/Tokyo");
    struct yk_series s = parse("time,n\n2026-04-01T00:00:00+09:00,1\n2026-03-31T16:00:00Z,2\n2026-04-01T02:00:00.5,3\n"
                               "2026-03-31T24:00:00,1\n2026-03-31T18:00:00.25Z,4\n2026-03-31T24:00:01,9\n",
                               &HOURS);
    EXPECT(s, 1, 2, 3, 4);
    EXPECT_FATE(DUPLICATE, 1);
    EXPECT_FATE(BAD_TIME, 1);
    yk_series_clear(&s);
}

/* Berlin: 2026-03-29 has no 2 o'clock, 2026-10-25 has two. */
Test(series_csv, hours_that_never_come_and_come_twice)
{
    open_zone("Europe/Berlin");
    struct yk_series s = parse("time,n\n2026-03-29T01:00,1\n2026-03-29T02:00,0\n2026-03-29T03:00,3\n", &HOURS);
    EXPECT(s, 1, 3);
    EXPECT_FATE(NEVER, 1);
    yk_series_clear(&s);

    s = parse("time,n\n2026-10-25T01:00,1\n2026-10-25T02:00,2\n2026-10-25T02:00,2\n2026-10-25T03:00,4\n", &HOURS);
    EXPECT(s, 1, 2, 2, 4);
    EXPECT_FATE(DUPLICATE, 0);
    yk_series_clear(&s);

    s = parse("time,n\n2026-10-25T03:00,4\n2026-10-25T02:00,3\n2026-10-25T02:00,2\n2026-10-25T01:00,1\n", &HOURS);
    EXPECT(s, 1, 2, 3, 4);
    yk_series_clear(&s);

    s = parse("time,n\n2026-10-25T01:00,1\n2026-10-25T02:00,9\n2026-10-25T03:00,4\n", &HOURS);
    EXPECT(s, 1, GAP, GAP, 4);
    EXPECT_FATE(LONELY, 1);
    yk_series_clear(&s);

    s = parse("time,n\n2026-10-25T01:00+02:00,1\n2026-10-25T02:00+02:00,2\n2026-10-25T03:00+01:00,4\n", &HOURS);
    EXPECT(s, 1, 2, GAP, 4);
    EXPECT_FATE(LONELY, 0);
    yk_series_clear(&s);

    struct yk_series_csv_mapping m = HOURS;
    m.row_s = 1800;
    s = parse(
        "time,n\n2026-10-25T01:30,1\n2026-10-25T01:00,1\n2026-10-25T02:00,1\n2026-10-25T02:30,2\n2026-10-25T02:03,3\n"
        "2026-10-25T02:33,4\n2026-10-25T03:00,5\n2026-10-25T03:30,6\n",
        &m);
    EXPECT(s, 2, 3, 7, 11);
    yk_series_clear(&s);
}

/* An hour of twelve rows; the other one has `rows`. */
static struct yk_series with_rows(int rows, struct yk_series_csv_mapping m)
{
    char text[4096] = "time,n\n";
    for (int i = 0; i < 12 + rows; i++) {
        char line[64];
        snprintf(line, sizeof line, "2026-04-01T0%d:%02d:07,2\n", i < 12 ? 0 : 1, i % 12 * 5);
        strcat(text, line);
    }
    return parse(text, &m);
}

Test(series_csv, five_minutes_make_hours)
{
    open_zone("UTC");
    struct yk_series_csv_mapping m = HOURS;
    m.row_s = 0;
    struct yk_series s = with_rows(12, m);
    EXPECT(s, 24, 24);
    cr_expect_eq(report.row_s, 300);
    EXPECT_FATE(SCALED, 0);
    yk_series_clear(&s);
    s = with_rows(9, m); /* three quarters */
    EXPECT(s, 24, 24);
    EXPECT_FATE(SCALED, 1);
    yk_series_clear(&s);
    s = with_rows(8, m);
    EXPECT(s, 24);
    EXPECT_FATE(THIN, 1);
    yk_series_clear(&s);
    m.coverage_min = 0.5;
    s = with_rows(6, m);
    EXPECT(s, 24, 24);
    yk_series_clear(&s);
    m.row_ends = true; /* the row of 00:00:07 belongs to the hour before */
    m.step_s = 900;
    s = with_rows(3, m);
    EXPECT(s, 6, 6, 6, 6, 6);
    cr_expect_eq(s.start_s, seconds("2026-04-01T00:00:00Z"));
    EXPECT_FATE(THIN, 1);
    yk_series_clear(&s);
}

Test(series_csv, half_hour_zones_begin_at_the_half)
{
    open_zone("Asia/Kolkata");
    struct yk_series s = parse("time,n\n2026-04-01T00:00,1\n2026-04-01T01:00,2\n", &HOURS);
    EXPECT(s, 1, 2);
    cr_expect_eq(s.start_s, seconds("2026-03-31T18:30:00Z"));
    yk_series_clear(&s);
}

static void expect_error(const char *text, const struct yk_series_csv_mapping *m, const char *part)
{
    struct yk_series s;
    struct yk_error err = {0};
    cr_expect_neq(yk_series_csv_parse(text, strlen(text), "table", m, &s, NULL, &err), YK_OK, "%s", part);
    cr_expect_not_null(strstr(err.message, part), "'%s' is not in '%s'", part, err.message);
    cr_expect_null(s.value);
}

Test(series_csv, errors_say_where)
{
    open_zone("UTC");
    struct yk_series_csv_mapping m = HOURS;
    expect_error("", &m, "empty");
    expect_error("\xEF\xBB\xBF", &m, "empty");
    expect_error("time,count\n", &m, "table:1: there is no column 'n'");
    expect_error("time,n\n", &m, "no row with a count");
    expect_error("time,n\n2026-04-01T00:00,\n", &m, "no row with a count");
    expect_error("time,n\n\nyesterday,5\n", &m, "table:3:");
    expect_error("time,n\n2026-04-01T00:00,5\n9999-04-01T00:00,5\n", &m, "(line 3) it is more than 50 years");
    expect_error("time,n\n2026-04-01T00:00,5\n2026-04-01T00:00,6\n", &m, "contradict");
    m.row_s = 0;
    expect_error("time,n\n2026-04-01,5\n2026-04-02,5\n2026-04-03,5\n", &m, "86400 s apart");
    m.filter_column = "time", m.filter_value = "elsewhere";
    expect_error("time,n\n2026-04-01T00:00,5\n", &m, "'elsewhere'");
    struct yk_series s;
    struct yk_error err = {0};
    cr_expect_eq(yk_series_csv_read("/nonexistent/table.csv", &m, &s, NULL, &err), YK_ERR_NO_INPUT);
    cr_expect_eq(yk_series_csv_read("/dev/zero", &m, &s, NULL, &err), YK_ERR_NO_INPUT);
}

static struct yk_series read_real(const char *dir, const char *file, const struct yk_series_csv_mapping *m)
{
    char path[512];
    struct yk_series s;
    struct yk_error err = {0};
    snprintf(path, sizeof path, "%s/counts/%s", dir, file);
    cr_assert_eq(yk_series_csv_read(path, m, &s, &report, &err), YK_OK, "%s", err.message);
    cr_expect_eq(s.count, (size_t)((s.start_s + (int64_t)s.count * s.step_s - s.start_s) / s.step_s));
    return s;
}

static double total(const struct yk_series *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += isnan(s->value[i]) ? 0 : s->value[i];
    return sum;
}

/* Sums by awk over the sorted and unique rows; the clock's changes from the calendar. */
Test(series_csv, leeds)
{
    YK_NEED_TEST_DATA(dir);
    open_zone("Europe/London");
    const struct yk_series_csv_mapping m = {.time = "date",
                                            .hour = "hour",
                                            .value = "count",
                                            .filter_column = "location",
                                            .filter_value = "Briggate",
                                            .step_s = 3600};
    struct yk_series s = read_real(dir, "leeds_briggate_hourly.csv", &m);
    EXPECT_FATE(DUPLICATE, 72);
    EXPECT_FATE(CONFLICT, 0);
    EXPECT_FATE(NEVER, 8);
    EXPECT_FATE(LONELY, 8);
    EXPECT_FATE(TAKEN, 69816 - 8);
    cr_expect_eq(s.start_s, seconds("2009-01-01T00:00:00Z"));
    cr_expect_eq(s.start_s + (int64_t)s.count * 3600, seconds("2017-01-01T00:00:00Z"));
    cr_expect_eq(total(&s), 93104103 - 2021 - 12231);
    yk_series_clear(&s);
}

Test(series_csv, melbourne)
{
    YK_NEED_TEST_DATA(dir);
    open_zone("Australia/Melbourne");
    struct yk_series_csv_mapping m = {
        .time = "datetime_local", .value = "count", .filter_column = "sensor_id", .filter_value = "4", .step_s = 3600};
    struct yk_series s = read_real(dir, "melbourne_hourly_sensors_4_18.csv", &m);
    EXPECT_FATE(BLANK, 1);
    EXPECT_FATE(NEVER, 1);
    EXPECT_FATE(LONELY, 3);
    EXPECT_FATE(TAKEN, 27025 - 2);
    cr_expect_eq(total(&s), 41596343 - 1463 - 259);
    yk_series_clear(&s);
    m.filter_value = "18";
    s = read_real(dir, "melbourne_hourly_sensors_4_18.csv", &m);
    EXPECT_FATE(TAKEN, 27361 - 1);
    cr_expect_eq(total(&s), 9160159 - 126 - 37);
    yk_series_clear(&s);
}

Test(series_csv, fukui)
{
    YK_NEED_TEST_DATA(dir);
    open_zone("Asia/Tokyo");
    const struct yk_series_csv_mapping m = {.time = "dt", .value = "n", .step_s = 3600};
    struct yk_series s = read_real(dir, "fukui_8981040000001404800_5min.csv", &m);
    cr_expect_eq(report.row_s, 300, "rows are 299 s apart");
    EXPECT_FATE(SCALED, 65);
    EXPECT_FATE(THIN, 4);
    cr_expect_float_eq(total(&s), 150491.169697, 1e-3);
    yk_series_clear(&s);
}
