/* Cameras' lines corrected by hand: a simulated day of cameras that do not see one in six, through the real programs. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/rig.h"
#include "support/splitmix.h"
#include "support/table.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define HEADER "start,end,line,direction,count\n"
#define HOUR   3600
#define BEGAN  INT64_C(1727737200) /* 2024-10-01T08:00 in Tokyo */

static struct yk_rig rig;
static const char *state, *publish, *survey, *file, *log_file;

static const struct {
    const char *place, *line, *sensor;
} LINES[] = {{"plaza", "gate", "cam-2"}, {"street", "north", "cam-1"}};

static const char *new_log(void)
{
    static int runs;
    return log_file = yk_rig_text(&rig, "%s/calibrate-%d.log", rig.dir, runs++);
}

static void setup(void)
{
    yk_rig_open(&rig);
    state = yk_rig_path(&rig, "state");
    publish = yk_rig_path(&rig, "publish.db");
    survey = yk_rig_path(&rig, "survey.csv");
    file = yk_rig_path(&rig, "calibrations.json");
}

static void teardown(void)
{
    yk_rig_close(&rig);
}

TestSuite(calibrate_lines, .init = setup, .fini = teardown, .timeout = 200);

static bool unseen(long long track)
{
    return splitmix((uint64_t)track) % 6 == 0;
}

/* Takes one track in six out of a recording, by lot, as if nobody had seen it. */
static void make_blind(const char *path)
{
    const char *beside = yk_rig_text(&rig, "%s.blind", path);
    FILE *in = fopen(path, "r"), *out = fopen(beside, "w");
    char *text = NULL;
    size_t size = 0;
    cr_assert(in && out);
    while (getline(&text, &size, in) > 0) {
        json_t *frame = json_loads(text, 0, NULL), *objects = json_object_get(frame, "objects");
        cr_assert(json_is_array(objects));
        for (size_t i = json_array_size(objects); i-- > 0;)
            if (unseen(atoll(json_string_value(json_array_get(objects, i)))))
                json_array_remove(objects, i);
        cr_assert_eq(json_dumpf(frame, out, JSON_COMPACT), 0);
        fputc('\n', out);
        json_decref(frame);
    }
    free(text);
    fclose(in);
    cr_assert(fclose(out) == 0 && rename(beside, path) == 0);
}

/* What the cameras saw, in the state store; nothing is published. */
static void fill_state(void)
{
    const char *rec = yk_rig_path(&rig, "rec"), *spool = yk_rig_path(&rig, "spool"), *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "simulate", rig.district, "--out", rec, "--scene", "dirty", "--duration", "12h",
                            "--from", "2024-10-01T08:00", "--seed", "11", "--camera-fps", "2", "--advert-interval",
                            "60", "--quiet", NULL),
                 0);
    static const char *const parts[] = {"cam-1", "cam-2", "cam-2.2"};
    for (size_t i = 0; i < 3; i++)
        make_blind(yk_rig_text(&rig, "%s/%s.jsonl", rec, parts[i]));
    cr_assert_eq(yk_rig_run(&rig, log, "collect", rig.district, "--keys", rig.keys, "--spool", spool, "--bulk",
                            "--family", "camera", "--input", yk_rig_text(&rig, "cam-1=%s/cam-1.jsonl", rec), "--input",
                            yk_rig_text(&rig, "cam-2=%s/cam-2.jsonl", rec), "--input",
                            yk_rig_text(&rig, "cam-2=%s/cam-2.2.jsonl", rec), NULL),
                 0, "see %s", log);
    struct yk_private_redis redis;
    struct yk_child analyze;
    yk_rig_redis(&redis, rig.dir);
    yk_rig_start(&rig, &analyze, log, "analyze", rig.district, "--keys", rig.keys, "--state", state, "--redis",
                 redis.url, "--history", NULL);
    cr_assert_eq(yk_rig_run(&rig, log, "uplink", rig.district, "--keys", rig.keys, "--spool", spool, "--redis",
                            redis.url, "--drain", "--resend-after", "2", "--quiet", NULL),
                 0);
    yk_rig_kill(&analyze, SIGTERM);
    yk_rig_kill(&redis.child, SIGTERM);
}

/* What truly crossed in a direction ("both": either) within an hour. */
static int64_t crossed(json_t *truth, size_t line, int64_t start_s, const char *direction)
{
    json_t *entry, *window;
    size_t i, k;
    int64_t sum = 0;
    json_array_foreach(json_object_get(truth, "lines"), i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "sensor")), LINES[line].sensor) != 0)
            continue;
        json_array_foreach(json_object_get(json_object_get(entry, "windows"), "15m"), k, window)
        {
            int64_t at_s = yk_truth_integer(window, "start");
            if (at_s < start_s || at_s >= start_s + HOUR)
                continue;
            sum += strcmp(direction, "minus") ? yk_truth_integer(window, "plus") : 0;
            sum += strcmp(direction, "plus") ? yk_truth_integer(window, "minus") : 0;
        }
    }
    return sum;
}

static bool outage_in(json_t *truth, size_t line, int64_t start_s)
{
    json_t *sensor, *outage;
    size_t i, k;
    json_array_foreach(json_object_get(truth, "sensors"), i, sensor)
    {
        if (strcmp(json_string_value(json_object_get(sensor, "id")), LINES[line].sensor) != 0)
            continue;
        json_array_foreach(json_object_get(sensor, "outages"), k, outage)
        {
            if (json_number_value(json_object_get(outage, "from")) < (double)(start_s + HOUR) &&
                json_number_value(json_object_get(outage, "to")) > (double)start_s)
                return true;
        }
    }
    return false;
}

static void write_time(FILE *out, int64_t t_s)
{
    char text[32];
    time_t t = (time_t)t_s;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
    fprintf(out, "%s,", text);
}

/* Somebody counts at both lines in every other hour: the 1st, 3rd, ... Returns the sessions that an outage spoils. */
static size_t write_survey(json_t *truth, size_t line_count)
{
    size_t spoilt = 0;
    int64_t from_s = BEGAN;
    FILE *out = fopen(survey, "w");
    cr_assert_not_null(out);
    fputs("\xEF\xBB\xBF" HEADER, out);
    for (size_t line = 0; line < line_count; line++)
        for (int hour = 0; hour < 12; hour += 2) {
            int64_t start_s = from_s + hour * HOUR;
            write_time(out, start_s);
            write_time(out, start_s + HOUR);
            fprintf(out, "%s/%s,both,%lld\n", LINES[line].place, LINES[line].line,
                    (long long)crossed(truth, line, start_s, "both"));
            spoilt += outage_in(truth, line, start_s);
        }
    fclose(out);
    return spoilt;
}

static json_t *calibrate_json(void)
{
    const char *json = yk_rig_path(&rig, "fit.json"), *svg = yk_rig_path(&rig, "fit.svg");
    cr_assert_eq(yk_rig_run(&rig, new_log(), "calibrate", rig.district, "--counts", survey, "--state", state,
                            "--publish", publish, "--json", json, "--svg", svg, NULL),
                 0, "see %s", log_file);
    cr_expect(yk_rig_file_says(svg, "plaza/gate both") && yk_rig_file_says(svg, "<circle") &&
              yk_rig_file_says(svg, "crossings an hour"));
    json_t *root = json_load_file(json, 0, NULL);
    cr_assert(root);
    json_t *lines = json_incref(json_object_get(root, "lines"));
    json_decref(root);
    cr_assert_eq(json_array_size(lines), 2);
    return lines; /* the caller's */
}

static double number_of(const json_t *lines, size_t i, const char *key)
{
    return json_number_value(json_object_get(json_array_get(lines, i), key));
}

static int accept_past(const char *store, const char *place)
{
    return yk_rig_run(&rig, new_log(), "calibrate", rig.district, "--counts", survey, "--state", state, "--publish",
                      store, "--calibrations", file, "--accept", "--by", "clicker", "--valid-from", "2024-10-01",
                      "--expires", "2024-11-01", "--for-the-past", place ? "--place" : NULL, place, NULL);
}

static void read_rows(struct yk_table *table, const char *store)
{
    const char *out = yk_rig_path(&rig, "tables");
    cr_assert_eq(yk_rig_run(&rig, new_log(), "export", "--store", store, "--config", rig.district, "--out", out, NULL),
                 0);
    yk_table_read(table, yk_rig_text(&rig, "%s/kpis.csv", out));
}

static void finish_into(const char *store)
{
    cr_assert_eq(yk_rig_run(&rig, new_log(), "analyze", rig.district, "--keys", rig.keys, "--state", state, "--publish",
                            store, "--calibrations", file, "--finish", "all", "--quiet", NULL),
                 0, "see %s", log_file);
}

static double cell(const struct yk_table *table, size_t row, const char *column)
{
    return atof(yk_table_get(table, row, column));
}

static size_t row_of(const struct yk_table *table, const char *place, const char *direction, int64_t start_s)
{
    ptrdiff_t row = yk_table_find(table, place, "footfall", direction, "1h", start_s);
    cr_assert_geq(row, 0, "%s %s", place, direction);
    return (size_t)row;
}

/* The hours in which nobody counted, in each direction, against what truly crossed. */
static void expect_truth(const struct yk_table *table, json_t *truth)
{
    static const char *const directions[] = {"plus", "minus", "both"};
    int held = 0, told = 0;
    double persons = 0, crossings = 0, passed = 0;
    for (size_t line = 0; line < 2; line++)
        for (int hour = 1; hour < 12; hour += 2)
            for (int d = 0; d < 3; d++) {
                int64_t start_s = BEGAN + hour * HOUR;
                const char *place = yk_rig_text(&rig, "%s/%s", LINES[line].place, LINES[line].line);
                size_t row = row_of(table, place, directions[d], start_s);
                if (outage_in(truth, line, start_s))
                    continue;
                double real = (double)crossed(truth, line, start_s, directions[d]);
                told++;
                held += cell(table, row, "lower") <= real && real <= cell(table, row, "upper");
                cr_expect_str_eq(yk_table_get(table, row, "basis"), "estimated");
                cr_expect_not_null(strstr(yk_table_get(table, row, "parameters"), " C"));
                cr_expect_lt(cell(table, row, "n"), cell(table, row, "value"), "n is the camera's own count");
                if (d < 2)
                    continue;
                persons += cell(table, row, "value");
                crossings += cell(table, row, "n");
                passed += real;
            }
    cr_assert_geq(told, 30);
    cr_expect_geq(held, told * 85 / 100, "%d of %d", held, told);
    cr_expect_lt(fabs(crossings / passed * 6 / 5 - 1), 0.03, "five in six: %g", crossings / passed);
    cr_expect_lt(fabs(persons / passed - 1), 0.03, "%g persons, truly %g", persons, passed);
}

Test(calibrate_lines, hours_that_nobody_counted)
{
    fill_state();
    json_t *truth = yk_truth_read(yk_rig_text(&rig, "%s/rec/truth.json", rig.dir));
    size_t spoilt = write_survey(truth, 2);
    json_t *early = calibrate_json();
    cr_expect_eq(number_of(early, 0, "used") + number_of(early, 0, "unwatched"), 6);
    cr_expect_eq(number_of(early, 0, "unwatched") + number_of(early, 1, "unwatched"), spoilt);
    cr_assert_eq(access(file, F_OK), -1, "nothing is accepted unasked");

    /* The past, before anything of it is out; then the rows are persons, also as a sum of two lines. */
    cr_expect_eq(yk_rig_run(&rig, new_log(), "calibrate", rig.district, "--counts", survey, "--state", state,
                            "--publish", publish, "--calibrations", file, "--accept", "--by", "x", "--valid-from",
                            "2024-10-01", NULL),
                 77);
    cr_expect(yk_rig_file_says(log_file, "--for-the-past"));
    cr_assert_eq(access(file, F_OK), -1);
    cr_assert_eq(accept_past(publish, NULL), 0, "see %s", log_file);
    cr_expect(yk_rig_file_says(log_file, "plaza/gate both, from 2024-10-01T00:00:00+09:00 on"));
    finish_into(publish);
    struct yk_table table;
    read_rows(&table, publish);
    expect_truth(&table, truth);
    int64_t noon_s = BEGAN + 4 * HOUR;
    size_t line = row_of(&table, "street/north", "both", noon_s), whole = row_of(&table, "street", "both", noon_s);
    static const char *const same[] = {"value", "lower", "upper", "n", "parameters", "basis"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        cr_expect_str_eq(yk_table_get(&table, line, same[i]), yk_table_get(&table, whole, same[i]), "%s", same[i]);
    yk_table_free(&table);

    /* Now it is out. */
    cr_expect_eq(accept_past(publish, NULL), 77);
    cr_expect(yk_rig_file_says(log_file, "has final rows of that time (footfall of plaza"));
    /* From rows alone, and from corrected ones: the cameras' own counts are the same. */
    cr_assert_eq(rename(state, yk_rig_path(&rig, "elsewhere")), 0);
    json_t *late = calibrate_json();
    for (size_t i = 0; i < 2; i++)
        cr_expect_eq(number_of(late, i, "ratio"), number_of(early, i, "ratio"));
    json_decref(early);
    json_decref(late);
    json_decref(truth);
}

/* Without an accepted correction a line is what the camera counted. */
Test(calibrate_lines, one_place_of_two)
{
    fill_state();
    json_t *truth = yk_truth_read(yk_rig_text(&rig, "%s/rec/truth.json", rig.dir));
    write_survey(truth, 2);
    cr_assert_eq(accept_past(publish, "street"), 0, "see %s", log_file);
    finish_into(publish);
    struct yk_table table;
    read_rows(&table, publish);
    int64_t noon_s = BEGAN + 4 * HOUR;
    size_t gate = row_of(&table, "plaza/gate", "both", noon_s), north = row_of(&table, "street/north", "both", noon_s);
    cr_expect_str_eq(yk_table_get(&table, gate, "basis"), "measured");
    cr_expect_str_eq(yk_table_get(&table, gate, "upper"), "");
    cr_expect_str_eq(yk_table_get(&table, gate, "value"), yk_table_get(&table, gate, "n"));
    cr_expect_str_eq(yk_table_get(&table, north, "basis"), "estimated");
    yk_table_free(&table);
    json_decref(truth);
}

static bool both_wait(void *context)
{
    const char *const *logs = context;
    return yk_rig_file_says(logs[0], "waiting") && yk_rig_file_says(logs[1], "waiting");
}

/* Two people accept in the same moment. The test holds the lock until both stand before it. */
Test(calibrate_lines, two_at_once)
{
    fill_state();
    json_t *truth = yk_truth_read(yk_rig_text(&rig, "%s/rec/truth.json", rig.dir));
    write_survey(truth, 2);
    int lock = open(yk_rig_text(&rig, "%s.lock", file), O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    cr_assert(lock >= 0 && flock(lock, LOCK_EX) == 0);
    static const char *const places[] = {"plaza", "street"};
    struct yk_child child[2];
    const char *logs[2];
    for (int i = 0; i < 2; i++) {
        logs[i] = new_log();
        yk_rig_start(&rig, &child[i], logs[i], "calibrate", rig.district, "--counts", survey, "--state", state,
                     "--publish", publish, "--calibrations", file, "--accept", "--by", "two at once", "--place",
                     places[i], NULL);
    }
    cr_expect(yk_rig_until(both_wait, logs, YK_RIG_DEADLINE_S), "nobody waits");
    cr_expect_eq(access(file, F_OK), -1, "nothing was written over somebody's lock");
    close(lock);
    for (int i = 0; i < 2; i++)
        cr_expect_eq(yk_rig_wait(&child[i]), 0, "see %s", logs[i]);
    json_t *accepted = json_load_file(file, 0, NULL), *list = json_object_get(accepted, "calibrations");
    cr_assert_eq(json_array_size(list), 2, "one was lost");
    for (size_t i = 0; i < 2; i++) {
        const char *place = json_string_value(json_object_get(json_array_get(list, i), "place"));
        const char *other = json_string_value(json_object_get(json_array_get(list, 1 - i), "place"));
        const char *from = json_string_value(json_object_get(json_array_get(list, i), "valid_from"));
        cr_expect(place && other && strcmp(place, other) != 0);
        cr_expect_not_null(strstr(from, "T00:00:00+09:00"), "camera days begin at midnight: %s", from);
    }
    json_decref(accepted);
    json_decref(truth);
}

Test(calibrate_lines, mistakes_are_told)
{
    static const char wrong[] = HEADER "2024-10-01T10:00,2024-10-01T10:20,plaza/gate,both,4\n"
                                       "2024-10-01T10:00,2024-10-01T10:15,plaza,both,4\n"
                                       "2024-10-01T10:00,2024-10-01T10:15,plaza/north,both,4\n"
                                       "2024-10-01T10:00,2024-10-01T10:15,plaza/gate,in,4\n"
                                       "2024-10-01T10:00,2024-10-01T10:15,plaza/gate,both,4.5\n"
                                       "2024-10-01T10:00,2024-10-01T11:00,plaza/gate,both,4\n"
                                       "2024-10-01T10:30,2024-10-01T10:45,plaza/gate,both,4\n"
                                       "2024-10-01T12:30,2024-10-01T12:45,plaza/gate,plus,4\n"
                                       "2024-10-01T10:30,2024-10-03T10:45,street/north,plus,4\n"
                                       "2024-10-01T10:30,street/north,plus,4\n";
    static const char *const told[] = {":2:0: a session has to begin and end with a quarter",
                                       ":3:0: there is no line 'plaza'",
                                       ":4:0: there is no line 'plaza/north'",
                                       ":5:0: 'in' is no direction",
                                       ":6:0: '4.5' is no count",
                                       ":8:0: this time was counted in line 7 already",
                                       ":9:0: direction plus, but both in line 7",
                                       ":10:0: the session is longer than a day",
                                       ":11:0: five fields are expected: start,end,line"};
    yk_rig_write(survey, wrong, sizeof wrong - 1);
    yk_rig_write(publish, "", 0);
    cr_expect_eq(yk_rig_run(&rig, new_log(), "calibrate", rig.district, "--counts", survey, "--state", state,
                            "--publish", publish, NULL),
                 65);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        cr_expect(yk_rig_file_says(log_file, told[i]), "'%s' is not told", told[i]);
    static const char other[] = "from,to,gate\n";
    yk_rig_write(survey, other, sizeof other - 1);
    cr_expect_eq(yk_rig_run(&rig, new_log(), "calibrate", rig.district, "--counts", survey, "--state", state,
                            "--publish", publish, NULL),
                 65);
    cr_expect(yk_rig_file_says(log_file, "start,end,place,persons") &&
              yk_rig_file_says(log_file, "start,end,line,direction"));
}

Test(calibrate_lines, wrong_arguments)
{
    static const struct {
        const char *const option[5];
        int code;
        const char *told;
    } cases[] = {{{"--for-the-past"}, 64, "--for-the-past needs --valid-from"},
                 {{"--valid-from", "tomorrow"}, 64, "--valid-from takes a date"},
                 {{"--valid-from", "2099-02-30"}, 64, "--valid-from takes a date"},
                 {{"--expires", "2099-01-01T00:00"}, 64, "--expires takes a date"},
                 {{"--valid-from", "2099-03-01", "--expires", "2099-03-01"}, 64, "--expires has to be after"},
                 {{"--valid-from", "2024-10-01"}, 77, "2024-10-01 has begun"},
                 {{"--place", "lake"}, 64, "there is no place 'lake'"},
                 {{"--place", "street"}, 65, "no session at street"}};
    static const char one[] = HEADER "2024-10-01T10:00,2024-10-01T10:15,plaza/gate,both,4\n";
    yk_rig_write(survey, one, sizeof one - 1);
    yk_rig_write(publish, "", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const *o = cases[i].option;
        cr_expect_eq(yk_rig_run(&rig, new_log(), "calibrate", rig.district, "--counts", survey, "--state", state,
                                "--publish", publish, o[0], o[1], o[2], o[3], NULL),
                     cases[i].code, "%s %s", o[0], o[1] ? o[1] : "");
        cr_expect(yk_rig_file_says(log_file, cases[i].told), "'%s' is not told", cases[i].told);
    }
}
