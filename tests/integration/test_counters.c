/* Counters' own messages, from files to footfall. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/rig.h"
#include "support/table.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROM_S    INT64_C(1790816400) /* 2026-10-01T10:00+09:00 */
#define QUARTER_S 900

static const char district[] =
    "version: 1\n"
    "district: { id: riverside, name: { en: Riverside }, timezone: Asia/Tokyo }\n"
    "places:\n"
    "  - { id: plaza, name: { en: Plaza }, area_m2: 100 }\n"
    "  - { id: street, name: { en: Street }, area_m2: 100 }\n"
    "sensors:\n"
    "  - { id: door-1, place: plaza, kind: counter_file, format: hikvision, lines: [{ id: gate, device: \"*\" }] }\n"
    "  - id: door-2\n"
    "    place: street\n"
    "    kind: counter_file\n"
    "    lines: [{ id: north, device: \"1\" }, { id: south, device: \"2\" }]\n";

#define ALERT(time, method, inner, enter, exit)                                                                \
    "--boundary\r\nContent-Type: application/xml\r\n\r\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"        \
    "<EventNotificationAlert version=\"2.0\" xmlns=\"http://www.isapi.org/ver20/XMLSchema\">\r\n"              \
    "<channelID>1</channelID>\r\n<dateTime>2026-10-01T" time "+09:00</dateTime>\r\n"                           \
    "<eventType>PeopleCounting</eventType>\r\n<peopleCounting>\r\n<statisticalMethods>" method                 \
    "</statisticalMethods>\r\n" inner "<enter>" enter "</enter>\r\n<exit>" exit "</exit>\r\n</peopleCounting>" \
    "\r\n</EventNotificationAlert>\r\n"
#define RANGE(from, to, enter, exit)                                                                   \
    ALERT(to, "timeRange",                                                                             \
          "<TimeRange>\r\n<startTime>2026-10-01T" from "+09:00</startTime>\r\n<endTime>2026-10-01T" to \
          "+09:00</endTime>\r\n</TimeRange>\r\n",                                                      \
          enter, exit)
#define NOW(time, enter, exit) ALERT(time, "realTime", "", enter, exit)

/* The second quarter never comes; the third comes late, and the fourth twice. Real time goes on beside it. */
static const char alerts[] = RANGE("10:00:00", "10:15:00", "3", "1") NOW("10:15:01", "103", "51")
    NOW("10:30:01", "110", "60") RANGE("10:45:00", "11:00:00", "5", "0") RANGE("10:45:00", "11:00:00", "5", "0")
        RANGE("10:30:00", "10:45:00", "0", "7") NOW("11:00:01", "120", "70");

static double number(const struct yk_table *table, const char *place, const char *direction, int64_t quarter,
                     const char *column)
{
    ptrdiff_t row = yk_table_find(table, place, "footfall", direction, "15m", FROM_S + quarter * QUARTER_S);
    cr_assert_geq(row, 0, "no row for %s %s", place, direction);
    const char *text = yk_table_get(table, (size_t)row, column);
    char *end;
    double value = strtod(text, &end);
    cr_assert(*text && !*end, "%s of %s %s is '%s'", column, place, direction, text);
    return value;
}

Test(counters, from_files_to_footfall)
{
    static char minutes[32768];
    struct yk_rig rig;
    struct yk_table table;
    size_t used = 0;
    /* Fifteen minutes, of which one never comes; what was counted in all is told beside each. */
    for (int m = 0; m < 15; m++)
        if (m != 7)
            used += (size_t)snprintf(
                minutes + used, sizeof minutes - used,
                "{\"device_info\":{},\"time_info\":{\"start_time\":\"2026-10-01 10:%02d:00\",\"end_time\":\"2026-10-01 "
                "10:%02d:00\",\"time_zone\":\"UTC+9:00\",\"enable_dst\":0},\"line_periodic_data\":[{\"line\":1,"
                "\"total\":"
                "{\"in\":1,\"out\":0}},{\"line\":2,\"total\":{\"in\":0,\"out\":2}}],\"line_total_data\":[{\"line\":1,"
                "\"total\":{\"in_counted\":%d,\"out_counted\":0,\"capacity_counted\":-3}}]}\n",
                m, m + 1, 1000 + m);
    yk_rig_open(&rig);
    rig.district = yk_rig_path(&rig, "district.yaml");
    yk_rig_write(rig.district, district, sizeof district - 1);
    yk_rig_write(yk_rig_path(&rig, "door-1.xml"), alerts, sizeof alerts - 1);
    yk_rig_write(yk_rig_path(&rig, "door-2.jsonl"), minutes, used);
    const char *out = yk_rig_path(&rig, "tables");
    cr_assert_eq(yk_rig_run(&rig, yk_rig_path(&rig, "replay.log"), "replay", rig.district, "--run",
                            yk_rig_path(&rig, "run"), "--out", out, "--input",
                            yk_rig_text(&rig, "door-1=%s/door-1.xml", rig.dir), "--input",
                            yk_rig_text(&rig, "door-2=%s/door-2.jsonl", rig.dir), NULL),
                 0);
    yk_table_read(&table, yk_rig_text(&rig, "%s/kpis.csv", out));

    static const int gate[4][2] = {{3, 1}, {-1, -1}, {0, 7}, {5, 0}};
    for (int64_t q = 0; q < 4; q++) {
        if (gate[q][0] < 0) {
            ptrdiff_t row = yk_table_find(&table, "plaza/gate", "footfall", "plus", "15m", FROM_S + q * QUARTER_S);
            cr_assert_geq(row, 0);
            cr_expect_str_eq(yk_table_get(&table, (size_t)row, "state"), "missing");
            cr_expect_str_eq(yk_table_get(&table, (size_t)row, "reason"), "outage");
            continue;
        }
        cr_expect_eq(number(&table, "plaza/gate", "plus", q, "value"), gate[q][0], "quarter %ld", (long)q);
        cr_expect_eq(number(&table, "plaza/gate", "minus", q, "value"), gate[q][1], "quarter %ld", (long)q);
        cr_expect_eq(number(&table, "plaza/gate", "plus", q, "coverage"), 1, "quarter %ld", (long)q);
    }
    cr_expect_eq(number(&table, "plaza", "both", 0, "value"), 4);

    cr_expect_eq(number(&table, "street/north", "plus", 0, "value"), 14);
    cr_expect_eq(number(&table, "street/north", "minus", 0, "value"), 0);
    cr_expect_eq(number(&table, "street/south", "minus", 0, "value"), 28);
    cr_expect_eq(number(&table, "street", "both", 0, "value"), 42);
    cr_expect_float_eq(number(&table, "street/north", "plus", 0, "coverage"), 14.0 / 15, 0.0011);
    yk_table_free(&table);
    yk_rig_close(&rig);
}
