/* Device visits through the whole pipeline, beside the count of addresses that everybody else publishes.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two scenes of the simulator that differ in how long people stay: 2 minutes and 40. Their recordings go through the
 * real `yukikai replay`; nothing is told to it about rotation. Truth is the heard visits of docs/SIMULATOR.md, per
 * place and full hour. A person who stays 2 minutes shows one or two addresses, one who stays 40 shows five to ten: so
 * the naive count is wrong, and wrong by another factor in each scene, which no calibration carried from one to the
 * other can mend.
 *
 * YUKIKAI_ACCURACY_SEEDS=N runs N seeds a scene instead of the few that fit an ordinary test run. */
#include "support/rig.h"
#include "support/table.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 2 /* replays */

static const char *const places[] = {"street", "plaza"};

struct sums {
    double truth, addresses, visits; /* over the hours */
    double absolute;                 /* sum of |visits/truth - 1| */
    int hours, covered, hidden;
    int medians, in_median; /* told, of a place's day; of them, those whose interval holds the truth */
    double median_error;    /* sum of |median/truth - 1| */
};

struct job {
    struct yk_rig rig;
    struct yk_child child;
    const char *rec, *out;
};

static void begin(struct job *job, const char *scene, int seed)
{
    struct yk_rig *r = &job->rig;
    yk_rig_open(r);
    job->rec = yk_rig_path(r, "rec");
    job->out = yk_rig_path(r, "tables");
    const char *log = yk_rig_path(r, "log");
    cr_assert_eq(yk_rig_run(r, log, "simulate", r->district, "--out", job->rec, "--scene", scene, "--seed",
                            yk_rig_text(r, "%d", seed), "--from", "2026-10-01T10:00", "--duration", "6h",
                            "--camera-fps", "0.5", "--quiet", NULL),
                 0);
    yk_rig_start(r, &job->child, log, "replay", r->district, "--quiet", "--out", job->out, "--format", "csv", "--input",
                 yk_rig_text(r, "radio-1=%s/radio-1.pcap", job->rec), "--input",
                 yk_rig_text(r, "radio-2=%s/radio-2.pcap", job->rec), NULL);
}

static void add_hour(struct sums *sums, const json_t *window, const struct yk_table *table, const char *place)
{
    double truth = (double)yk_truth_integer(json_object_get(window, "device_visits"), "total");
    ptrdiff_t row = yk_table_find(table, place, "device_visits", "", "1h", yk_truth_integer(window, "start"));
    cr_assert_geq(row, 0, "no row of %s", place);
    if (strcmp(yk_table_get(table, (size_t)row, "state"), "ok") != 0) {
        sums->hidden++;
        return;
    }
    double value = atof(yk_table_get(table, (size_t)row, "value"));
    double lower = atof(yk_table_get(table, (size_t)row, "lower")),
           upper = atof(yk_table_get(table, (size_t)row, "upper"));
    sums->hours++;
    sums->truth += truth;
    sums->visits += value;
    sums->addresses += (double)yk_truth_integer(json_object_get(window, "addresses"), "total");
    sums->absolute += fabs(value / truth - 1);
    sums->covered += lower <= truth && truth <= upper;
}

/* Stays of the scene short-stays are log-normal, 120 s on average, sigma 0.5 (docs/SIMULATOR.md): so is their median known. */
static void add_day(struct sums *sums, const struct yk_table *table, const char *place)
{
    const double truth = 120 * exp(-0.5 * 0.5 / 2);
    for (size_t row = 0; row < table->rows; row++) {
        if (strcmp(yk_table_get(table, row, "place"), place) != 0 ||
            strcmp(yk_table_get(table, row, "kpi"), "dwell_median_s") != 0 ||
            strcmp(yk_table_get(table, row, "state"), "ok") != 0)
            continue;
        sums->medians++;
        sums->median_error += fabs(atof(yk_table_get(table, row, "value")) / truth - 1);
        sums->in_median +=
            atof(yk_table_get(table, row, "lower")) <= truth && truth <= atof(yk_table_get(table, row, "upper"));
    }
}

static void end(struct job *job, struct sums *sums)
{
    cr_assert_eq(yk_rig_wait(&job->child), 0, "see %s/log", job->rig.dir);
    struct yk_table table;
    yk_table_read(&table, yk_rig_text(&job->rig, "%s/kpis.csv", job->out));
    json_t *truth = yk_truth_read(yk_rig_text(&job->rig, "%s/truth.json", job->rec));
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
        size_t i;
        json_t *window;
        json_array_foreach((json_t *)(uintptr_t)yk_truth_windows(truth, "places", places[p], "1h"), i, window)
        {
            if (!json_is_true(json_object_get(window, "partial")))
                add_hour(sums, window, &table, places[p]);
        }
        add_day(sums, &table, places[p]);
    }
    json_decref(truth);
    yk_table_free(&table);
    yk_rig_close(&job->rig);
}

Test(scenes, visits_and_addresses, .timeout = 280)
{
    static const char *const scenes[] = {"short-stays", "long-stays"};
    static struct job jobs[AT_ONCE];
    const char *text = getenv("YUKIKAI_ACCURACY_SEEDS");
    int seeds = text && atoi(text) > 0 ? atoi(text) : 6;
    double distinct[2];
    printf("\nhours of 2 places, 6 h and %d seeds a scene, through yukikai replay\n", seeds);
    printf("%-12s %6s %16s | %18s | %20s %12s %18s %7s\n", "scene", "hours", "truth (visits/h)", "distinct addresses",
           "device_visits, mean", "mean |error|", "in the interval", "hidden");
    for (int s = 0; s < 2; s++) {
        struct sums sums = {0};
        for (int seed = 0; seed < seeds; seed += AT_ONCE) {
            int running = seeds - seed < AT_ONCE ? seeds - seed : AT_ONCE;
            for (int j = 0; j < running; j++)
                begin(&jobs[j], scenes[s], 1001 + seed + j);
            for (int j = 0; j < running; j++)
                end(&jobs[j], &sums);
        }
        cr_assert_gt(sums.hours, 6 * seeds, "hardly an hour was told: %d of %d", sums.hours, 12 * seeds);
        distinct[s] = sums.addresses / sums.truth - 1;
        double error = sums.visits / sums.truth - 1;
        printf("%-12s %6d %16.1f | %+16.1f %% | %+18.1f %% %10.1f %% %9d (%4.1f %%) %7d\n", scenes[s], sums.hours,
               sums.truth / sums.hours, 100 * distinct[s], 100 * error, 100 * sums.absolute / sums.hours, sums.covered,
               100.0 * sums.covered / sums.hours, sums.hidden);
        cr_expect_leq(fabs(error), 0.05, "%s: device_visits are off by %+.1f %%", scenes[s], 100 * error);
        printf("%-12s %d medians of %d days told, off by %.1f %%, %d in the interval\n", scenes[s], sums.medians,
               2 * seeds, sums.medians ? 100 * sums.median_error / sums.medians : 0, sums.in_median);
        if (s == 0) {
            cr_expect_geq(sums.medians, 2 * seeds - 1, "%d of %d days", sums.medians, 2 * seeds);
            cr_expect_leq(sums.median_error, 0.05 * sums.medians);
            cr_expect_geq(sums.in_median, 0.8 * sums.medians, "%d of %d", sums.in_median, sums.medians);
        } else {
            cr_expect_eq(sums.medians, 0, "40 minutes outlast every address");
        }
        cr_expect_gt(distinct[s], 0.1, "%s: addresses over-count by %+.1f %% only", scenes[s], 100 * distinct[s]);
    }
    cr_expect_gt(fabs(distinct[1] - distinct[0]), 0.2, "the scenes do not differ: %+.1f %% and %+.1f %%",
                 100 * distinct[0], 100 * distinct[1]);
}
