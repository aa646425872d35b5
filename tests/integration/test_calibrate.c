/* `yukikai calibrate` on a simulated day whose persons are known, with the state store and after it has forgotten.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/calibrations.h"
#include "support/rig.h"
#include "support/table.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct yk_rig rig;
static const char *state, *publish, *survey, *file;

static const char *new_log(void)
{
    static int runs;
    return yk_rig_text(&rig, "%s/calibrate-%d.log", rig.dir, runs++);
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

TestSuite(calibrate, .init = setup, .fini = teardown, .timeout = 200);

/* Persons of each full quarter, as somebody with a clicker would have counted; returns persons per device of the truth. */
static void write_survey(const char *truth_path, double ratio[static 2])
{
    static const char *const places[] = {"plaza", "street"};
    json_t *truth = yk_truth_read(truth_path);
    FILE *out = fopen(survey, "w");
    fprintf(out, "start,end,place,persons\r\n");
    for (int p = 0; p < 2; p++) {
        double persons = 0, devices = 0;
        size_t i;
        json_t *window;
        json_array_foreach((json_t *)(uintptr_t)yk_truth_windows(truth, "places", places[p], "15m"), i, window)
        {
            if (json_is_true(json_object_get(window, "partial")))
                continue;
            char text[2][32];
            for (int k = 0; k < 2; k++) {
                time_t t = (time_t)yk_truth_integer(window, k ? "end" : "start");
                strftime(text[k], sizeof text[k], "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
            }
            double counted = (double)yk_truth_integer(window, "persons");
            fprintf(out, "%s,%s,%s,%.0f\r\n", text[0], text[1], places[p], counted);
            persons += counted;
            devices += (double)yk_truth_integer(json_object_get(window, "device_visits"), "total");
        }
        ratio[p] = persons / devices;
    }
    fclose(out);
    json_decref(truth);
}

/* Frames of the radios in the state store, the epoch still open. */
static void fill_state(const char *from, double ratio[static 2])
{
    const char *rec = yk_rig_path(&rig, "rec"), *spool = yk_rig_path(&rig, "spool"), *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "simulate", rig.district, "--out", rec, "--scene", "short-stays", "--duration",
                            "12h", "--from", from, "--seed", "11", "--camera-fps", "0.5", "--quiet", NULL),
                 0);
    cr_assert_eq(yk_rig_run(&rig, log, "collect", rig.district, "--keys", rig.keys, "--spool", spool, "--bulk",
                            "--family", "radio", "--input", yk_rig_text(&rig, "radio-1=%s/radio-1.pcap", rec),
                            "--input", yk_rig_text(&rig, "radio-2=%s/radio-2.pcap", rec), NULL),
                 0);
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
    write_survey(yk_rig_text(&rig, "%s/truth.json", rec), ratio);
}

static json_t *calibrate_json(void)
{
    const char *json = yk_rig_path(&rig, "fit.json"), *svg = yk_rig_path(&rig, "fit.svg"), *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "calibrate", rig.district, "--counts", survey, "--state", state, "--publish",
                            publish, "--json", json, "--svg", svg, NULL),
                 0, "see %s", log);
    cr_expect(yk_rig_file_says(log, "other places"), "the pooled line");
    cr_expect(yk_rig_file_says(svg, "<circle") && yk_rig_file_says(svg, "</svg>"));
    json_t *root = json_load_file(json, 0, NULL);
    cr_assert(root);
    cr_assert_eq(access(file, F_OK), -1, "nothing is accepted unasked");
    json_t *places = json_incref(json_object_get(root, "places"));
    json_decref(root);
    return places; /* the caller's */
}

static double number_of(const json_t *places, size_t i, const char *key)
{
    return json_number_value(json_object_get(json_array_get(places, i), key));
}

static void expect_truth(const json_t *places, const double ratio[static 2])
{
    cr_assert_eq(json_array_size(places), 2);
    for (size_t i = 0; i < 2; i++) {
        double rho = number_of(places, i, "rho");
        cr_expect_lt(fabs(rho / ratio[i] - 1), 0.06, "place %zu: %g, truly %g", i, rho, ratio[i]);
        cr_expect(number_of(places, i, "lower") < ratio[i] * 1.02 && number_of(places, i, "upper") > ratio[i] * 0.98);
        cr_expect_geq(number_of(places, i, "points"), 40);
    }
}

Test(calibrate, from_the_state_and_from_rows)
{
    double ratio[2];
    fill_state("2026-10-01T08:00", ratio);
    json_t *early = calibrate_json();
    expect_truth(early, ratio);
    /* 2-minute stays and periods of 5 to 15 minutes: a fifth of a rotation a device. */
    for (size_t i = 0; i < 2; i++) {
        double rotations = number_of(early, i, "rotations");
        cr_expect(rotations > 0.05 && rotations < 0.5, "%g", rotations);
        cr_expect_gt(number_of(early, i, "period_se"), 0);
    }
    const char *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "analyze", rig.district, "--keys", rig.keys, "--state", state, "--publish",
                            publish, "--finish", "all", NULL),
                 0);
    json_t *late = calibrate_json(); /* the epoch's pseudonyms are gone: rows */
    expect_truth(late, ratio);
    for (size_t i = 0; i < 2; i++) {
        cr_expect(json_is_null(json_object_get(json_array_get(late, i), "rotations")));
        cr_expect_float_eq(number_of(late, i, "rho") / number_of(early, i, "rho"), 1, 0.02, "the same devices");
    }
    json_decref(early);
    json_decref(late);
    cr_assert_eq(yk_rig_run(&rig, log, "calibrate", rig.district, "--counts", survey, "--state", state, "--publish",
                            publish, "--calibrations", file, "--accept", "--by", "clicker at the gate", NULL),
                 0);
    json_t *accepted = json_load_file(file, 0, NULL);
    cr_assert(accepted);
    json_t *list = json_object_get(accepted, "calibrations");
    cr_assert_eq(json_array_size(list), 2);
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "place")), "plaza");
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(list, 1), "by")), "clicker at the gate");
    cr_expect_not_null(
        strstr(json_string_value(json_object_get(json_array_get(list, 0), "valid_from")), "T04:00:00+09:00"),
        "an epoch begins then");
    json_decref(accepted);
    /* A file that is wrong is not touched. */
    yk_rig_write(file, "{}\n", 3);
    cr_expect_eq(yk_rig_run(&rig, log, "calibrate", rig.district, "--counts", survey, "--state", state, "--publish",
                            publish, "--calibrations", file, "--accept", "--by", "x", NULL),
                 78);
    cr_expect(yk_rig_file_says(file, "{}"));
}

/* What was fitted, accepted in time: long before the day began. */
static void accept_in_time(const json_t *places)
{
    static const char *const ids[] = {"plaza", "street"};
    struct yk_calibration_entry entries[2];
    struct yk_error err = {0};
    memset(entries, 0, sizeof entries);
    for (size_t i = 0; i < 2; i++) {
        snprintf(entries[i].place, sizeof entries[i].place, "%s", ids[i]);
        snprintf(entries[i].by, sizeof entries[i].by, "clicker at the gate");
        entries[i].accepted_s = 1785000000;
        entries[i].valid_from_s = 1785006000;
        entries[i].expires_s = entries[i].valid_from_s + YK_CALIBRATION_YEAR_S;
        double rho = number_of(places, i, "rho"), reach = log(number_of(places, i, "upper") / rho); /* t is nearly 2 */
        entries[i].fit = (struct yk_calibration){.rho = rho,
                                                 .rho_se = rho * reach / 2 / sqrt(number_of(places, i, "serial")),
                                                 .serial = number_of(places, i, "serial"),
                                                 .kappa = number_of(places, i, "kappa"),
                                                 .rotations = number_of(places, i, "rotations"),
                                                 .dof = number_of(places, i, "points") - 1,
                                                 .ratio = number_of(places, i, "ratio"),
                                                 .points = (size_t)number_of(places, i, "points"),
                                                 .from_s = 1784000000,
                                                 .to_s = 1784900000};
        cr_assert(entries[i].fit.rho > 0 && entries[i].fit.rho_se > 0 && entries[i].fit.kappa > 0 &&
                  entries[i].fit.serial >= 1);
    }
    cr_assert_eq(yk_calibrations_accept(file, "riverside", entries, 2, &err), YK_OK, "%s", err.message);
}

/* Persons of each full hour against what the rows say, once a calibration holds; and without it nobody knows. */
Test(calibrate, visitors_where_one_was_accepted)
{
    static const char *const places[] = {"plaza", "street"};
    double ratio[2];
    fill_state("2026-10-01T08:00", ratio);
    json_t *places_fitted = calibrate_json();
    accept_in_time(places_fitted);
    json_decref(places_fitted);
    const char *log = new_log(), *out = yk_rig_path(&rig, "tables");
    cr_assert_eq(yk_rig_run(&rig, log, "analyze", rig.district, "--keys", rig.keys, "--state", state, "--publish",
                            publish, "--finish", "all", "--calibrations", file, NULL),
                 0);
    cr_assert_eq(yk_rig_run(&rig, log, "export", "--store", publish, "--config", rig.district, "--out", out, NULL), 0);
    struct yk_table table;
    yk_table_read(&table, yk_rig_text(&rig, "%s/kpis.csv", out));
    json_t *truth = yk_truth_read(yk_rig_text(&rig, "%s/rec/truth.json", rig.dir));
    int hours = 0, held = 0;
    double sum = 0, sum_truth = 0;
    for (int p = 0; p < 2; p++) {
        size_t i;
        json_t *window;
        json_array_foreach((json_t *)(uintptr_t)yk_truth_windows(truth, "places", places[p], "1h"), i, window)
        {
            if (json_is_true(json_object_get(window, "partial")))
                continue;
            ptrdiff_t row = yk_table_find(&table, places[p], "visitors", "", "1h", yk_truth_integer(window, "start"));
            cr_assert_geq(row, 0);
            if (strcmp(yk_table_get(&table, (size_t)row, "state"), "ok") != 0)
                continue;
            double persons = (double)yk_truth_integer(window, "persons");
            double value = atof(yk_table_get(&table, (size_t)row, "value"));
            hours++;
            held += atof(yk_table_get(&table, (size_t)row, "lower")) <= persons &&
                    persons <= atof(yk_table_get(&table, (size_t)row, "upper"));
            sum += value;
            sum_truth += persons;
            cr_expect_not_null(strstr(yk_table_get(&table, (size_t)row, "parameters"), " C"));
            cr_expect_str_eq(yk_table_get(&table, (size_t)row, "basis"), "estimated");
        }
    }
    cr_assert_geq(hours, 18);
    cr_expect_lt(fabs(sum / sum_truth - 1), 0.03, "%g persons, truly %g", sum, sum_truth);
    cr_expect_geq(held, hours * 8 / 10, "%d of %d hours", held, hours);
    json_decref(truth);
    yk_table_free(&table);
}

Test(calibrate, mistakes_are_told)
{
    static const char wrong[] =
        "start,end,place,persons\n2026-10-01T10:00,2026-10-01T09:00,plaza,4\n"
        "tomorrow,2026-10-01T09:00,plaza,4\n2026-10-01T10:00,2026-10-01T10:15,lake,many\nplaza,4\n";
    const char *log = new_log();
    cr_expect_eq(yk_rig_run(&rig, log, "calibrate", rig.district, "--state", state, "--publish", publish, NULL), 66);
    cr_expect(yk_rig_file_says(log, "say where with --state and --publish"));
    cr_expect_eq(yk_rig_run(&rig, log, "calibrate", rig.district, "--accept", NULL), 64, "nobody accepts");
    yk_rig_write(survey, wrong, sizeof wrong - 1);
    yk_rig_write(publish, "", 0);
    cr_expect_eq(yk_rig_run(&rig, log, "calibrate", rig.district, "--counts", survey, "--state", state, "--publish",
                            publish, NULL),
                 65);
    static const char *const told[] = {":2",
                                       "ends before it begins",
                                       ":3",
                                       "'tomorrow' is no time",
                                       ":4",
                                       "no place 'lake'",
                                       "'many' is no number",
                                       ":5",
                                       "four fields"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        cr_expect(yk_rig_file_says(log, told[i]), "'%s' is not told", told[i]);
}

static int accept_past(const char *place, const char *log)
{
    return yk_rig_run(&rig, log, "calibrate", rig.district, "--counts", survey, "--state", state, "--publish", publish,
                      "--calibrations", file, "--accept", "--by", "clicker", "--place", place, "--valid-from",
                      "2024-10-01", "--expires", "2024-12-01", "--for-the-past", NULL);
}

/* Before anything of it is out. Afterwards not even the other place, whose persons per device would draw on this one's. */
Test(calibrate, a_past_that_is_replayed)
{
    double ratio[2];
    fill_state("2024-10-01T08:00", ratio);
    cr_assert_eq(accept_past("plaza", new_log()), 0);
    json_t *accepted = json_load_file(file, 0, NULL), *list = json_object_get(accepted, "calibrations");
    cr_assert_eq(json_array_size(list), 1);
    const json_t *entry = json_array_get(list, 0);
    cr_expect_str_eq(json_string_value(json_object_get(entry, "place")), "plaza");
    cr_expect_str_eq(json_string_value(json_object_get(entry, "valid_from")), "2024-10-01T04:00:00+09:00");
    cr_expect_str_eq(json_string_value(json_object_get(entry, "expires")), "2024-12-01T04:00:00+09:00");
    json_decref(accepted);
    const char *log = new_log(), *out = yk_rig_path(&rig, "tables");
    cr_assert_eq(yk_rig_run(&rig, log, "analyze", rig.district, "--keys", rig.keys, "--state", state, "--publish",
                            publish, "--finish", "all", "--calibrations", file, NULL),
                 0);
    cr_assert_eq(yk_rig_run(&rig, log, "export", "--store", publish, "--config", rig.district, "--out", out, NULL), 0);
    struct yk_table table;
    yk_table_read(&table, yk_rig_text(&rig, "%s/kpis.csv", out));
    ptrdiff_t row = yk_table_find(&table, "plaza", "visitors", "", "1h", 1727751600); /* noon */
    cr_assert_geq(row, 0);
    cr_expect_str_eq(yk_table_get(&table, (size_t)row, "state"), "ok");
    row = yk_table_find(&table, "street", "visitors", "", "1h", 1727751600);
    cr_assert_geq(row, 0);
    cr_expect_str_eq(yk_table_get(&table, (size_t)row, "reason"), "uncalibrated");
    yk_table_free(&table);
    log = new_log();
    cr_expect_eq(accept_past("street", log), 77);
    cr_expect(yk_rig_file_says(log, "has final rows of that time (visitors of plaza,"), "see %s", log);
}
