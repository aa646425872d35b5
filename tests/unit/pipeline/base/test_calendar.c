/* Civil time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Expected moments come from date(1), asked once and written here, or from counting by hand; one test asks it again. */
#include "base/calendar.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define HOUR        3600

static void open_zone(const char *zone)
{
    struct yk_error err = {0};
    cr_assert_eq(yk_calendar_open(zone, &err), YK_OK, "%s", err.message);
}

static int64_t seconds(const char *text)
{
    struct yk_wall wall;
    cr_assert(yk_time_parse(text, &wall), "%s", text);
    cr_assert_eq(wall.us % 1000000, 0);
    return wall.us / 1000000;
}

static void expect_text(int64_t t, const char *expected)
{
    char text[YK_TIME_TEXT_MAX];
    cr_expect_str_eq(yk_time_format(text, t), expected);
}

Test(calendar, zones)
{
    static const char *const good[] = {"Asia/Tokyo", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires",
                                       "Etc/GMT+9"};
    static const char *const bad[] = {"",
                                      "Asia/Tokio",
                                      "/usr/share/zoneinfo/Asia/Tokyo",
                                      "../zoneinfo/UTC",
                                      "Asia",
                                      ":UTC",
                                      "right/UTC",
                                      "zone.tab",
                                      "Asia/Tokyo ",
                                      "JST-9,M3.2.0"};
    for (size_t i = 0; i < COUNT(good); i++)
        cr_expect(yk_calendar_zone_exists(good[i]), "%s", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct yk_error err = {0};
        cr_expect_not(yk_calendar_zone_exists(bad[i]), "%s", bad[i]);
        cr_expect_eq(yk_calendar_open(bad[i], &err), YK_ERR_CONFIG);
        cr_expect(strstr(err.message, "Asia/Tokyo"), "%s", err.message);
    }
}

Test(calendar, parses_offsets_in_any_zone)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T09:00:00+09:00", 0},
        {"1970-01-01T00:00:00+09:00", -32400000000},
        {"1970-01-01T00:00:00.5+09:00", -32399500000},
        {"2026-04-01T04:00:00+09:00", 1774983600000000},
        {"2026-03-31T19:00:00Z", 1774983600000000},
        {"2026-03-31t19:00:00z", 1774983600000000},
        {"2026-03-31T19:00:00-00:00", 1774983600000000},
        {"2026-04-01T00:30:00+05:30", 1774983600000000},
        {"2026-03-31T19:00:00.1Z", 1774983600100000},
        {"2026-03-31T19:00:00.123456789Z", 1774983600123456},
        {"2026-03-31T19:00:00.000000999Z", 1774983600000000},
        {"2000-02-29T00:00:00Z", 951782400000000},
        {"2017-01-01T00:00:00Z", 1483228800000000},
        {"2016-12-31T23:59:60Z", 1483228800000000},
        {"2017-01-01T08:59:60+09:00", 1483228800000000},
        {"9999-12-31T23:59:59Z", 253402300799000000},
    };
    static const char *const zones[] = {"Asia/Tokyo", "Europe/Berlin", "UTC"};
    for (size_t z = 0; z < COUNT(zones); z++) {
        open_zone(zones[z]);
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct yk_wall wall = {-1};
            cr_expect(yk_time_parse(cases[i].text, &wall), "%s", cases[i].text);
            cr_expect_eq(wall.us, cases[i].us, "%s: %ld", cases[i].text, (long)wall.us);
        }
    }
}

Test(calendar, parses_local_forms_in_the_districts_zone)
{
    static const struct {
        const char *zone, *text;
        int64_t expected;
    } cases[] = {
        {"Asia/Tokyo", "2026-04-01", 1774969200},
        {"Asia/Tokyo", "2026-04-01T04:00", 1774983600},
        {"Asia/Tokyo", "2026-04-01T04:00:30", 1774983630},
        {"Asia/Kolkata", "2026-04-01", 1774981800},
        {"UTC", "2026-04-01", 1775001600},
        {"Europe/Berlin", "2026-03-29", 1774738800},          /* 23:00Z the day before */
        {"Europe/Berlin", "2026-03-29T01:59:59", 1774745999}, /* one second before the change at 01:00Z */
        {"Europe/Berlin", "2026-03-29T02:00", 1774746000},    /* missing: the moment of the change */
        {"Europe/Berlin", "2026-03-29T02:30", 1774746000},
        {"Europe/Berlin", "2026-03-29T03:00", 1774746000},
        {"Europe/Berlin", "2026-03-30", 1774821600},       /* 22:00Z */
        {"Europe/Berlin", "2026-10-25T02:30", 1792888200}, /* comes twice: the first, 00:30Z */
        {"Europe/Berlin", "2026-10-25T03:00", 1792893600}, /* 02:00Z */
        {"America/Sao_Paulo", "2018-11-04", 1541300400},   /* midnight is missing: 03:00Z = 01:00 */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        open_zone(cases[i].zone);
        cr_expect_eq(seconds(cases[i].text), cases[i].expected, "%s %s: %ld", cases[i].zone, cases[i].text,
                     (long)seconds(cases[i].text));
    }
}

/* mktime() answers by what it was asked before; ours must not. */
Test(calendar, a_time_that_comes_twice_is_always_the_first)
{
    open_zone("Europe/Berlin");
    seconds("2026-01-01");
    cr_expect_eq(seconds("2026-10-25T02:30"), 1792888200);
    seconds("2026-07-01");
    cr_expect_eq(seconds("2026-10-25T02:30"), 1792888200);
}

Test(calendar, refuses_everything_else)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-04",
        "2026-4-1",
        "26-04-01",
        "2026-13-01",
        "2026-00-01",
        "2026-04-00",
        "2026-04-31",
        "2026-02-29",
        "2100-02-29",
        "1969-12-31",
        "02026-04-01",
        "+2026-04-01",
        " 2026-04-01",
        "2026-04-01 ",
        "2026/04/01",
        "20260401",
        "2026-04-01T",
        "2026-04-01T04",
        "2026-04-01T4:00",
        "2026-04-01T24:00",
        "2026-04-01T04:60",
        "2026-04-01T04:00:60",
        "2026-04-01T04:00:61Z",
        "2026-04-01 04:00:00Z",
        "2026-04-01T04:00Z",
        "2026-04-01T04:00:00.Z",
        "2026-04-01T04:00:00.1234567890Z",
        "2026-04-01T04:00:00.5",
        "2026-04-01T04:00:00,5Z",
        "2026-04-01T04:00:00+9:00",
        "2026-04-01T04:00:00+0900",
        "2026-04-01T04:00:00+24:00",
        "2026-04-01T04:00:00+09:60",
        "2026-04-01T04:00:00+09",
        "2026-04-01T04:00:00Zx",
        "2026-04-01T04:00:00+09:00x",
        "2026-04-01T12:00:60Z",
        "2026-04-02T23:59:60Z",
        "2026-04-01T04:00:0\xc2\xb2Z",
        "yesterday",
        "1774983600",
    };
    open_zone("Asia/Tokyo");
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct yk_wall wall;
        cr_expect_not(yk_time_parse(bad[i], &wall), "'%s'", bad[i]);
    }
}

Test(calendar, formats)
{
    char text[YK_TIME_TEXT_MAX];
    open_zone("Asia/Tokyo");
    expect_text(1774983600, "2026-04-01T04:00:00+09:00");
    cr_expect_str_eq(yk_time_format_ms(text, (struct yk_wall){1774983600123999}), "2026-04-01T04:00:00.123+09:00");
    cr_expect_str_eq(yk_time_format_ms(text, (struct yk_wall){-1}), "1970-01-01T08:59:59.999+09:00");
    open_zone("Asia/Kolkata");
    expect_text(1774981800, "2026-04-01T00:00:00+05:30");
    open_zone("America/St_Johns");
    expect_text(1768478400, "2026-01-15T08:30:00-03:30");
    open_zone("UTC");
    expect_text(0, "1970-01-01T00:00:00+00:00");
    expect_text(951782399, "2000-02-28T23:59:59+00:00");
    expect_text(951782400, "2000-02-29T00:00:00+00:00");
    /* Outside the years that can be written: still text, still terminated. */
    cr_expect_eq(strlen(yk_time_format(text, INT64_MIN)), strlen("0001-01-01T00:00:00+00:00"));
    cr_expect_eq(strlen(yk_time_format(text, INT64_MAX)), strlen("0001-01-01T00:00:00+00:00"));
}

Test(calendar, civil)
{
    open_zone("Asia/Tokyo");
    struct yk_civil c = yk_calendar_civil(1774983605); /* Wednesday */
    cr_expect(c.year == 2026 && c.month == 4 && c.day == 1 && c.hour == 4 && c.minute == 0 && c.second == 5);
    cr_expect_eq(c.weekday, 3);
    open_zone("UTC");
    c = yk_calendar_civil(-1); /* Wednesday, 31 December 1969 */
    cr_expect(c.year == 1969 && c.month == 12 && c.day == 31 && c.hour == 23 && c.second == 59 && c.weekday == 3);
}

Test(calendar, days_of_23_and_25_hours)
{
    open_zone("Europe/Berlin");
    int64_t spring = seconds("2026-03-29"), autumn = seconds("2026-10-25");
    cr_expect_eq(yk_calendar_day_next(spring, 0) - spring, 23 * HOUR);
    cr_expect_eq(yk_calendar_day_next(autumn, 0) - autumn, 25 * HOUR);
    for (int64_t t = spring; t < spring + 23 * HOUR; t += 900)
        cr_expect_eq(yk_calendar_day_start(t, 0), spring);
    for (int64_t t = autumn; t < autumn + 25 * HOUR; t += 900)
        cr_expect_eq(yk_calendar_day_start(t, 0), autumn);
    cr_expect_eq(yk_calendar_day_start(spring - 1, 0), spring - 24 * HOUR);
    cr_expect_eq(yk_calendar_day_start(autumn + 25 * HOUR, 0), autumn + 25 * HOUR);
    /* From 04:00: the long and the short day are the ones that end after the change. */
    int64_t before_spring = seconds("2026-03-28T04:00");
    cr_expect_eq(yk_calendar_day_next(before_spring, 4 * HOUR) - before_spring, 23 * HOUR);
    cr_expect_eq(yk_calendar_day_start(seconds("2026-03-29T03:59:59"), 4 * HOUR), before_spring);
    int64_t before_autumn = seconds("2026-10-24T04:00");
    cr_expect_eq(yk_calendar_day_next(before_autumn, 4 * HOUR) - before_autumn, 25 * HOUR);
    /* From 02:30, which is missing in spring and comes twice in autumn. */
    cr_expect_eq(yk_calendar_day_start(seconds("2026-03-29T12:00"), 9000), seconds("2026-03-29T03:00"));
    cr_expect_eq(yk_calendar_day_start(seconds("2026-10-25T12:00"), 9000), 1792888200);
}

Test(calendar, a_day_whose_midnight_is_missing)
{
    open_zone("America/Sao_Paulo");
    int64_t start = 1541300400;
    cr_expect_eq(yk_calendar_day_start(start + 5 * HOUR, 0), start);
    cr_expect_eq(yk_calendar_day_start(start - 1, 0), seconds("2018-11-03"));
    cr_expect_eq(yk_calendar_day_next(start, 0) - start, 23 * HOUR);
    cr_expect_eq(yk_calendar_day_next(seconds("2018-11-03"), 0), start);
}

/* Samoa skipped 30 December 2011 whole. */
Test(calendar, a_day_that_is_missing)
{
    open_zone("Pacific/Apia");
    int64_t last = seconds("2011-12-29"), next = seconds("2011-12-31");
    cr_expect_eq(next - last, 24 * HOUR);
    cr_expect_eq(yk_calendar_day_next(last, 0), next);
    cr_expect_eq(yk_calendar_day_start(next, 0), next);
    cr_expect_eq(yk_calendar_day_start(next - 1, 0), last);
    cr_expect_eq(yk_calendar_day_next(next, 0) - next, 24 * HOUR);
}

Test(calendar, hours)
{
    open_zone("Asia/Kolkata");
    int64_t midnight = 1774981800; /* 18:30Z */
    cr_expect_eq(yk_calendar_hour_start(midnight), midnight);
    cr_expect_eq(yk_calendar_hour_start(midnight + 3599), midnight);
    cr_expect_eq(yk_calendar_hour_start(midnight - 1), midnight - HOUR);
    /* The hour that comes twice is two hours. */
    open_zone("Europe/Berlin");
    int64_t change = 1792890000; /* 2026-10-25T01:00Z */
    cr_expect_eq(yk_calendar_hour_start(change - 1), change - HOUR);
    cr_expect_eq(yk_calendar_hour_start(change + 1800), change);
    cr_expect_eq(yk_calendar_hour_start(change + HOUR), change + HOUR);
    /* Lord Howe goes back from 02:00 to 01:30 on 5 April 2026 (15:00Z the day before): a piece of half an hour. */
    open_zone("Australia/Lord_Howe");
    change = 1775314800;
    cr_expect_eq(yk_calendar_hour_start(change - 1), change - HOUR);
    cr_expect_eq(yk_calendar_hour_start(change), change);
    cr_expect_eq(yk_calendar_hour_start(change + 900), change);
    cr_expect_eq(yk_calendar_hour_start(change + 1800), change + 1800);
}

Test(calendar, epochs)
{
    open_zone("Asia/Tokyo");
    int64_t four = 1774983600;
    cr_expect_eq(yk_epoch_start(four, 24, 4 * HOUR), four);
    cr_expect_eq(yk_epoch_start(four - 1, 24, 4 * HOUR), four - 24 * HOUR);
    cr_expect_eq(yk_epoch_end(four, 24, 4 * HOUR), four + 24 * HOUR);
    cr_expect_eq(yk_epoch_start(four + 11 * HOUR, 8, 4 * HOUR), four + 8 * HOUR);
    cr_expect_eq(yk_epoch_end(four + 8 * HOUR, 8, 4 * HOUR), four + 16 * HOUR);
    cr_expect_eq(yk_epoch_start(four - 1, 1, 4 * HOUR + 1800), four - 1800);
}

/* Epochs cover time without gap or overlap through every change of the clock, whatever their length. */
Test(calendar, epochs_tile_time)
{
    static const char *const zones[] = {"Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia",
                                        "Asia/Kolkata"};
    static const int64_t around[] = {1774746000, 1792890000, 1541300400, 1775314800, 1325239200};
    static const int lengths[] = {1, 2, 3, 4, 6, 8, 12, 24};
    for (size_t z = 0; z < COUNT(zones); z++) {
        open_zone(zones[z]);
        for (size_t a = 0; a < COUNT(around); a++)
            for (size_t l = 0; l < COUNT(lengths); l++) {
                int64_t start = yk_epoch_start(around[a] - 50 * HOUR, lengths[l], 9000);
                while (start < around[a] + 50 * HOUR) {
                    int64_t end = yk_epoch_end(start, lengths[l], 9000);
                    cr_assert_gt(end, start);
                    cr_assert_leq(end - start, 25 * HOUR);
                    cr_assert_eq(yk_epoch_start(start, lengths[l], 9000), start);
                    cr_assert_eq(yk_epoch_start(end - 1, lengths[l], 9000), start);
                    cr_assert_eq(yk_epoch_start(end, lengths[l], 9000), end);
                    start = end;
                }
            }
    }
}

/* The same against date(1), which reads the zone data with code that nobody here wrote. */
Test(calendar, agrees_with_date)
{
    static const char *const zones[] = {"Asia/Tokyo",        "Europe/Berlin",       "Asia/Kolkata",
                                        "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca"};
    for (size_t z = 0; z < COUNT(zones); z++) {
        char command[256], line[64], text[YK_TIME_TEXT_MAX];
        snprintf(command, sizeof command,
                 "for i in $(seq 0 96); do echo @$((1500000000 + i * 3333337)); done | "
                 "TZ=%s LC_ALL=C date -f - '+%%s %%Y-%%m-%%dT%%H:%%M:%%S%%:z %%w'",
                 zones[z]);
        FILE *date = popen(command, "r");
        cr_assert(date);
        open_zone(zones[z]);
        int read = 0;
        while (fgets(line, sizeof line, date)) {
            long long t;
            char expected[40];
            int weekday;
            cr_assert_eq(sscanf(line, "%lld %39s %d", &t, expected, &weekday), 3);
            cr_expect_str_eq(yk_time_format(text, t), expected);
            cr_expect_eq(yk_calendar_civil(t).weekday, weekday);
            cr_expect_eq(seconds(expected), t);
            read++;
        }
        cr_expect_eq(pclose(date), 0);
        cr_expect_eq(read, 97);
    }
}
