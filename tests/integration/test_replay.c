/* `yukikai replay`: recordings in, tables out, compared with what the simulator knows.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In a scene without detection errors the cameras' tables are exact: footfall per line and 15 minutes equals the truth,
 * since walks leave no crossing in doubt. Occupancy is person-seconds, of which each entry and exit is known to a
 * frame's length; the greatest number at once is told per second and lies between the truth at whole seconds and within
 * them. */
#include "data.h"
#include "support/rig.h"
#include "support/table.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUARTER_S 900
#define FROM_S    INT64_C(1790816400) /* 2026-10-01T10:00+09:00 */

/* Two hours; radio-1 and cam-1 stand still for two quarters and one. */
#define RADIO_OUT_S (FROM_S + 2 * QUARTER_S)
#define CAM_OUT_S   (FROM_S + 5 * QUARTER_S)

static const char *const keys[] = {"district", "place", "kpi",      "direction", "start",     "end",   "resolution",
                                   "value",    "lower", "upper",    "unit",      "coverage",  "basis", "state",
                                   "reason",   "n",     "revision", "final",     "parameters"};
#define KEYS (sizeof keys / sizeof keys[0])

struct scene {
    struct yk_rig rig;
    json_t *truth;
    struct yk_table table;
    const char *rec, *out;
};

static void simulate(struct scene *s, const char *ble_format)
{
    yk_rig_open(&s->rig);
    s->rec = yk_rig_path(&s->rig, "rec");
    s->out = yk_rig_path(&s->rig, "tables");
    cr_assert_eq(yk_rig_run(&s->rig, yk_rig_path(&s->rig, "simulate.log"), "simulate", s->rig.district, "--out", s->rec,
                            "--scene", "short-stays", "--duration", "2h", "--from", "2026-10-01T10:00", "--ble-format",
                            ble_format, "--outage", "radio-1=2026-10-01T10:30/30m", "--outage",
                            "cam-1=2026-10-01T11:15/15m", NULL),
                 0);
    s->truth = yk_truth_read(yk_rig_text(&s->rig, "%s/truth.json", s->rec));
}

static void replay(struct scene *s, const char *extension)
{
    struct yk_rig *r = &s->rig;
    cr_assert_eq(yk_rig_run(r, yk_rig_path(r, "replay.log"), "replay", r->district, "--run", yk_rig_path(r, "run"),
                            "--out", s->out, "--input", yk_rig_text(r, "radio-1=%s/radio-1.%s", s->rec, extension),
                            "--input", yk_rig_text(r, "radio-1=%s/radio-1.2.%s", s->rec, extension), "--input",
                            yk_rig_text(r, "radio-2=%s/radio-2.%s", s->rec, extension), "--input",
                            yk_rig_text(r, "cam-1=%s/cam-1.jsonl", s->rec), "--input",
                            yk_rig_text(r, "cam-1=%s/cam-1.2.jsonl", s->rec), "--input",
                            yk_rig_text(r, "cam-2=%s/cam-2.jsonl", s->rec), NULL),
                 0);
    yk_table_read(&s->table, yk_rig_text(r, "%s/kpis.csv", s->out));
}

static void done(struct scene *s)
{
    yk_table_free(&s->table);
    json_decref(s->truth);
    yk_rig_close(&s->rig);
}

/* The row has to be there. */
static size_t row_of(const struct yk_table *table, const char *place, const char *kpi, const char *direction,
                     const char *resolution, int64_t start_s)
{
    ptrdiff_t row = yk_table_find(table, place, kpi, direction, resolution, start_s);
    cr_assert_geq(row, 0, "no row for %s %s %s %s at %lld", place, kpi, direction, resolution, (long long)start_s);
    return (size_t)row;
}

static double number(const struct yk_table *table, size_t row, const char *column)
{
    const char *text = yk_table_get(table, row, column);
    char *end;
    double value = strtod(text, &end);
    cr_assert(*text && !*end, "%s is not a number: '%s'", column, text);
    return value;
}

/* An outage: no value, no bounds, no n, and the reason; never 0. */
static void expect_outage(const struct yk_table *table, size_t row)
{
    cr_expect_str_eq(yk_table_get(table, row, "state"), "missing");
    cr_expect_str_eq(yk_table_get(table, row, "reason"), "outage");
    static const char *const empty[] = {"value", "lower", "upper", "n"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
        cr_expect_str_empty(yk_table_get(table, row, empty[i]), "%s of an outage is '%s'", empty[i],
                            yk_table_get(table, row, empty[i]));
    cr_expect_eq(number(table, row, "coverage"), 0);
}

static void check_lines(const struct scene *s)
{
    static const char *const lines[][3] = {{"north", "street", "street/north"}, {"gate", "plaza", "plaza/gate"}};
    static const char *const directions[] = {"plus", "minus"};
    int64_t counted = 0;
    for (size_t l = 0; l < 2; l++) {
        const json_t *windows = yk_truth_windows(s->truth, "lines", lines[l][0], "15m");
        cr_assert_eq(json_array_size(windows), 8);
        for (size_t w = 0; w < 8; w++) {
            const json_t *window = json_array_get(windows, w);
            int64_t start_s = yk_truth_integer(window, "start"), both = 0;
            cr_assert_eq(start_s, FROM_S + (int64_t)w * QUARTER_S);
            bool out = l == 0 && start_s == CAM_OUT_S;
            for (size_t d = 0; d < 2; d++) {
                int64_t truth = yk_truth_integer(window, directions[d]);
                size_t row = row_of(&s->table, lines[l][2], "footfall", directions[d], "15m", start_s);
                if (out) {
                    expect_outage(&s->table, row);
                    continue;
                }
                cr_expect_str_eq(yk_table_get(&s->table, row, "state"), "ok");
                cr_expect_eq(number(&s->table, row, "value"), (double)truth, "%s %s at %lld: %s, truth %lld",
                             lines[l][2], directions[d], (long long)start_s, yk_table_get(&s->table, row, "value"),
                             (long long)truth);
                cr_expect_eq(number(&s->table, row, "coverage"), 1);
                both += truth;
                counted += truth;
            }
            size_t row = row_of(&s->table, lines[l][1], "footfall", "both", "15m", start_s);
            if (out)
                expect_outage(&s->table, row);
            else
                cr_expect_eq(number(&s->table, row, "value"), (double)both);
        }
    }
    cr_assert_gt(counted, 500, "a scene with people");
}

/* Hours and days add up from the quarters that were covered, and say how much that was. */
static void check_sums(const struct scene *s)
{
    const json_t *windows = yk_truth_windows(s->truth, "lines", "north", "15m");
    double hour[2] = {0}, day = 0;
    for (size_t w = 0; w < 8; w++) {
        const json_t *window = json_array_get(windows, w);
        if (yk_truth_integer(window, "start") == CAM_OUT_S)
            continue;
        hour[w / 4] += (double)yk_truth_integer(window, "plus");
        day += (double)yk_truth_integer(window, "plus");
    }
    for (int h = 0; h < 2; h++) {
        size_t row = row_of(&s->table, "street/north", "footfall", "plus", "1h", FROM_S + h * 3600);
        cr_expect_eq(number(&s->table, row, "value"), hour[h]);
        cr_expect_float_eq(number(&s->table, row, "coverage"), h == 0 ? 1 : 0.75, 1e-9);
    }
    size_t row = row_of(&s->table, "street/north", "footfall", "plus", "1d", FROM_S - 10 * 3600);
    cr_expect_eq(number(&s->table, row, "value"), day);
    cr_expect_float_eq(number(&s->table, row, "coverage"), 6300.0 / 86400, 1e-9);
}

static void check_zones(const struct scene *s)
{
    static const char *const zones[][2] = {{"shopfronts", "street/shopfronts"}, {"square", "plaza/square"}};
    for (size_t z = 0; z < 2; z++) {
        const json_t *windows = yk_truth_windows(s->truth, "zones", zones[z][0], "15m");
        for (size_t w = 0; w < 8; w++) {
            const json_t *window = json_array_get(windows, w);
            int64_t start_s = yk_truth_integer(window, "start");
            size_t mean = row_of(&s->table, zones[z][1], "occupancy_mean", "", "15m", start_s);
            size_t most = row_of(&s->table, zones[z][1], "occupancy_max", "", "15m", start_s);
            if (z == 0 && start_s == CAM_OUT_S) {
                expect_outage(&s->table, mean);
                expect_outage(&s->table, most);
                continue;
            }
            /* An entry or exit lies at most a frame (0.2 s) from where it was seen, evenly to both sides: 100 of them
             * are off by 0.06 s each, together by 0.6 s in 900. Three times that. */
            double truth = json_number_value(json_object_get(window, "mean")), value = number(&s->table, mean, "value");
            cr_expect_float_eq(value, truth, 0.002, "%s at %lld: %g, truth %g", zones[z][1], (long long)start_s, value,
                               truth);
            double max = number(&s->table, most, "value");
            cr_expect(max >= (double)yk_truth_integer(window, "max") &&
                          max <= (double)yk_truth_integer(window, "max_in_second"),
                      "%s at %lld: at most %g at once", zones[z][1], (long long)start_s, max);
        }
    }
}

/* The mean dwell of an hour and of the day: the truth's person-seconds over its entries, of the quarters that the camera
 * ran. */
static void check_zone_dwell(const struct scene *s)
{
    static const char *const zones[][2] = {{"shopfronts", "street/shopfronts"}, {"square", "plaza/square"}};
    for (size_t z = 0; z < 2; z++) {
        const json_t *windows = yk_truth_windows(s->truth, "zones", zones[z][0], "15m");
        double spent = 0, entered = 0;
        for (size_t w = 0; w < 8; w++) {
            const json_t *window = json_array_get(windows, w);
            if (z == 0 && yk_truth_integer(window, "start") == CAM_OUT_S)
                continue;
            spent += json_number_value(json_object_get(window, "person_s"));
            entered += (double)yk_truth_integer(window, "entered");
        }
        cr_assert_gt(entered, 50);
        size_t row = row_of(&s->table, zones[z][1], "zone_dwell_mean_s", "", "1d", FROM_S - 10 * 3600);
        double value = number(&s->table, row, "value"), lower = number(&s->table, row, "lower"),
               upper = number(&s->table, row, "upper");
        cr_expect_lt(fabs(value / (spent / entered) - 1), 0.02, "%s: %g, truth %g", zones[z][1], value,
                     spent / entered);
        cr_expect(lower < value && value < upper && lower > 0.7 * value && upper < 1.4 * value, "%g to %g", lower,
                  upper);
    }
}

static void check_radio_and_coverage(const struct scene *s)
{
    static const char *const places[] = {"street", "plaza"};
    int told = 0;
    for (size_t p = 0; p < 2; p++) {
        const json_t *windows = yk_truth_windows(s->truth, "places", places[p], "15m");
        for (size_t w = 0; w < 8; w++) {
            const json_t *window = json_array_get(windows, w);
            int64_t start_s = yk_truth_integer(window, "start");
            bool radio_out = p == 0 && start_s >= RADIO_OUT_S && start_s < RADIO_OUT_S + 2 * QUARTER_S;
            bool cam_out = p == 0 && start_s == CAM_OUT_S;
            size_t coverage = row_of(&s->table, places[p], "coverage", "", "15m", start_s);
            cr_expect_eq(number(&s->table, coverage, "value"), radio_out || cam_out ? 0.5 : 1,
                         "%s at %lld: coverage %s", places[p], (long long)start_s,
                         yk_table_get(&s->table, coverage, "value"));
            size_t visits = row_of(&s->table, places[p], "device_visits", "", "15m", start_s);
            size_t visitors = row_of(&s->table, places[p], "visitors", "", "15m", start_s);
            cr_expect_str_empty(yk_table_get(&s->table, visitors, "value"));
            cr_expect_str_eq(yk_table_get(&s->table, visitors, "state"), "missing");
            if (radio_out) {
                expect_outage(&s->table, visits);
                continue;
            }
            cr_expect_str_eq(yk_table_get(&s->table, visitors, "reason"), "uncalibrated");
            cr_assert_str_eq(yk_table_get(&s->table, visits, "state"), "ok");
            cr_expect_str_eq(yk_table_get(&s->table, visits, "basis"), "estimated");
            double truth = (double)yk_truth_integer(json_object_get(window, "device_visits"), "total");
            double value = number(&s->table, visits, "value");
            cr_expect(number(&s->table, visits, "lower") <= value && value <= number(&s->table, visits, "upper"));
            /* Single quarters scatter; their mean error is what tests/accuracy is about. */
            cr_expect_float_eq(value, truth, 0.3 * truth, "%s at %lld: %g visits, truth %g", places[p],
                               (long long)start_s, value, truth);
            told++;
        }
    }
    cr_expect_eq(told, 14);
    /* What lies outside of the recordings was not measured either. */
    for (size_t r = 0; r < s->table.rows; r++) {
        int64_t start_s = yk_table_start_s(&s->table, r);
        if (strcmp(yk_table_get(&s->table, r, "resolution"), "15m") == 0 &&
            strcmp(yk_table_get(&s->table, r, "kpi"), "coverage") != 0 &&
            (start_s < FROM_S || start_s >= FROM_S + 8 * QUARTER_S))
            cr_expect_str_empty(yk_table_get(&s->table, r, "value"), "a value at %s",
                                yk_table_get(&s->table, r, "start"));
    }
}

/* Every row whole, every combination of the keys in a closed set, and CSV and JSON cell by cell the same. */
static void check_rows(const struct scene *s)
{
    const struct yk_table *t = &s->table;
    cr_assert_eq(t->columns, KEYS);
    for (size_t c = 0; c < KEYS; c++)
        cr_expect_str_eq(t->cells[c], keys[c]);
    json_error_t error;
    json_t *json = json_load_file(yk_rig_text((struct yk_rig *)(uintptr_t)&s->rig, "%s/kpis.json", s->out), 0, &error);
    cr_assert(json, "kpis.json: %s", error.text);
    const json_t *rows = json_is_array(json) ? json : json_object_get(json, "rows");
    cr_assert_eq(json_array_size(rows), t->rows);
    for (size_t r = 0; r < t->rows; r++) {
        const json_t *object = json_array_get(rows, r);
        cr_assert_eq(json_object_size(object), KEYS);
        for (size_t c = 0; c < KEYS; c++) {
            const char *text = t->cells[(r + 1) * KEYS + c];
            const json_t *value = json_object_get(object, keys[c]);
            cr_assert(value, "row %zu of kpis.json has no %s", r, keys[c]);
            bool same = json_is_string(value)    ? strcmp(json_string_value(value), text) == 0
                        : json_is_number(value)  ? json_number_value(value) == strtod(text, NULL) && *text
                        : json_is_boolean(value) ? strcmp(text, json_is_true(value) ? "true" : "false") == 0
                                                 : json_is_null(value) && !*text;
            cr_expect(same, "row %zu: %s is '%s' in CSV and otherwise in JSON", r, keys[c], text);
        }
        const char *state = yk_table_get(t, r, "state");
        bool ok = strcmp(state, "ok") == 0;
        cr_expect(ok || strcmp(state, "missing") == 0 || strcmp(state, "suppressed") == 0, "state '%s'", state);
        cr_expect_eq(ok, *yk_table_get(t, r, "value") != '\0', "row %zu: a value goes with ok, and only with ok", r);
        cr_expect_eq(ok, *yk_table_get(t, r, "reason") == '\0', "row %zu: all else has a reason", r);
        cr_expect_str_eq(yk_table_get(t, r, "final"), "true");
        cr_expect_str_eq(yk_table_get(t, r, "district"), "riverside");
        static const char *const full[] = {"place", "kpi", "start", "end", "resolution", "unit", "basis", "parameters"};
        for (size_t i = 0; i < sizeof full / sizeof full[0]; i++)
            cr_expect(*yk_table_get(t, r, full[i]), "row %zu has no %s", r, full[i]);
    }
    json_decref(json);
}

Test(replay, equals_the_truth, .timeout = 200)
{
    static struct scene s;
    simulate(&s, "pcap256");
    replay(&s, "pcap");
    check_lines(&s);
    check_sums(&s);
    check_zones(&s);
    check_zone_dwell(&s);
    check_radio_and_coverage(&s);
    check_rows(&s);
    done(&s);
}

/* The same district heard through a sniffer, a controller's events in pcap, and a phone's btsnoop log. */
Test(replay, is_the_same_through_every_format, .timeout = 200)
{
    static struct scene s[3];
    static const char *const formats[][2] = {{"pcap256", "pcap"}, {"pcap201", "pcap"}, {"btsnoop", "btsnoop"}};
    for (int i = 0; i < 3; i++) {
        simulate(&s[i], formats[i][0]);
        replay(&s[i], formats[i][1]);
    }
    for (int i = 1; i < 3; i++)
        yk_rig_same_bytes(yk_rig_text(&s[0].rig, "%s/kpis.csv", s[0].out),
                          yk_rig_text(&s[i].rig, "%s/kpis.csv", s[i].out));
    for (int i = 0; i < 3; i++)
        done(&s[i]);
}

/* Names of folders as people type them: relative to where they stand. And a second run into the same folder, which goes
 * on. */
Test(replay, takes_relative_paths, .timeout = 200)
{
    static struct scene s;
    simulate(&s, "pcap256");
    cr_assert_eq(chdir(s.rig.dir), 0);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(yk_rig_run(&s.rig, "replay.log", "replay", s.rig.district, "--run", "run", "--out", "tables",
                                "--input", "cam-2=rec/cam-2.jsonl", "--format", "csv", NULL),
                     0, "see %s/replay.log", s.rig.dir);
    cr_expect_eq(access("tables/kpis.csv", R_OK), 0);
    cr_expect_neq(access("tables/kpis.json", F_OK), 0, "only the format that was asked for");
    cr_assert_eq(chdir("/"), 0);
    json_decref(s.truth);
    yk_rig_close(&s.rig);
}

static const char real_district[] = "version: 1\n"
                                    "district: { id: riverside, name: { en: R }, timezone: Asia/Tokyo }\n"
                                    "places:\n"
                                    "  - { id: hall, name: { en: Hall }, area_m2: 100 }\n"
                                    "  - { id: walk, name: { en: Walk }, area_m2: 100 }\n"
                                    "sensors:\n"
                                    "  - { id: radio-1, place: hall, kind: ble_capture }\n"
                                    "  - id: cam-1\n"
                                    "    place: walk\n"
                                    "    kind: camera_file\n"
                                    "    format: deepstream\n"
                                    "    fps: 30\n"
                                    "    lines: [{ id: middle, points: [[1200, 0], [1200, 1080]], hysteresis: 15 }]\n";

/* Sum of a column over the 15-minute rows of a place and KPI that are ok. */
static double sum_of(const struct yk_table *table, const char *place, const char *kpi, const char *direction)
{
    double sum = 0;
    for (size_t r = 0; r < table->rows; r++)
        if (strcmp(yk_table_get(table, r, "place"), place) == 0 && strcmp(yk_table_get(table, r, "kpi"), kpi) == 0 &&
            strcmp(yk_table_get(table, r, "direction"), direction) == 0 &&
            strcmp(yk_table_get(table, r, "resolution"), "15m") == 0 &&
            strcmp(yk_table_get(table, r, "state"), "ok") == 0)
            sum += number(table, r, "value");
    return sum;
}

/* Captures and events that nobody here wrote. The camera's crossings have an independent reference (1 plus, 8 minus);
 * of the radios the address counts are known, which bound the visits from above. */
Test(replay, real_recordings, .timeout = 200)
{
    YK_NEED_TEST_DATA(data);
    static const struct {
        const char *file;
        double addresses;
    } captures[] = {
        {"bluetooth-pcap-test__bluetooth.pcap", 108},
        {"MachineSpiritTimetable__btsnoop_abcdefg.log", 100},
        {"Tesi_BLE__capture.pcapng", 38},
        {"Blue2thprinting__Analysis_tests_fixtures_import.snoop", 24},
    };
    static struct yk_rig rig;
    yk_rig_open(&rig);
    const char *district = yk_rig_path(&rig, "district.yaml");
    yk_rig_write(district, real_district, strlen(real_district));
    for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++) {
        const char *out = yk_rig_text(&rig, "%s/tables-%zu", rig.dir, i);
        int code =
            yk_rig_run(&rig, yk_rig_path(&rig, "replay.log"), "replay", district, "--out", out, "--input",
                       yk_rig_text(&rig, "radio-1=%s/ble/%s", data, captures[i].file), "--input",
                       yk_rig_text(&rig, "cam-1=%s/camera/vectors/mot17-09_deepstream_minimal.jsonl", data), NULL);
        cr_assert_eq(code, 0, "%s: exit code %d, see %s/replay.log", captures[i].file, code, rig.dir);
        struct yk_table table;
        yk_table_read(&table, yk_rig_text(&rig, "%s/kpis.csv", out));
        cr_expect_eq(sum_of(&table, "walk/middle", "footfall", "plus"), 1);
        cr_expect_eq(sum_of(&table, "walk/middle", "footfall", "minus"), 8);
        int told = 0;
        for (size_t r = 0; r < table.rows; r++) {
            if (strcmp(yk_table_get(&table, r, "kpi"), "device_visits") != 0)
                continue;
            told++;
            if (*yk_table_get(&table, r, "value"))
                cr_expect_leq(number(&table, r, "value"), captures[i].addresses, "%s", captures[i].file);
        }
        cr_expect_gt(told, 0, "%s: no row of device_visits", captures[i].file);
        yk_table_free(&table);
    }
    yk_rig_close(&rig);
}
