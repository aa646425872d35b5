/* analyze.statistics_vs_duckdb, analyze.worker_vs_duckdb, analyze.bytes_per_open_device, analyze.bytes_per_closed_window, and
 * analyze.linear_1_to_100m. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * 20 million observations of 185 sensors and three hours, whose devices walk from place to place: distinct pseudonyms by
 * place and quarter of an hour, median and 90 % of dwell by place, flows between places. DuckDB works them out with one
 * thread from a table in memory (duckdb/statistics.mjs), loading not counted; bench_statistics from records in memory; and
 * the worker and the finisher do all that they do, from frames in Redis to rows in the publish store. If the rows of the
 * first two differ by a byte, or an order-blind run's do, there is no figure. */
#include "benches.h"
#include "day.h"
#include "supervise/private_redis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EDGES  8
#define PLACES 185
#define HOURS  3

static const char *const modules = YK_BENCH_DUCKDB "/statistics.mjs";

/* --- From frames to rows, by the programs ------------------------------------------------------------------------------ */

struct worked {
    double worker_s, finish_s;
    double state_bytes; /* of the epochs' files, after the worker's end */
};

static double bytes_of_epochs(const char *state)
{
    char line[64] = "", script[YK_BENCH_PATH + 64];
    snprintf(script, sizeof script, "cat %s/epoch-*.db | wc -c", state);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    yk_bench_run(argv, line, sizeof line);
    return strtod(line, NULL);
}

/* Uplinks delete what the district has, so they get copies. */
static struct worked work(const struct yk_bench *bench, const struct yk_day *day)
{
    struct yk_error err = {0};
    static struct yk_private_redis redis;
    struct yk_child worker, finish, uplinks[EDGES];
    struct worked worked;
    char run[YK_BENCH_PATH], state[YK_BENCH_PATH], publish[YK_BENCH_PATH], edges[EDGES][24];
    static char from[YK_BENCH_PATH], spools[EDGES][YK_BENCH_PATH];
    snprintf(run, sizeof run, "%s/redis-duckdb", bench->dir);
    snprintf(state, sizeof state, "%s/duckdb-state", bench->dir);
    snprintf(publish, sizeof publish, "%s/duckdb-publish.db", bench->dir);
    yk_bench_make_folder(run);
    yk_bench_must(yk_private_redis_start(&redis, run, &err), "Redis", &err);
    yk_child_program("analyze", worker.program, sizeof worker.program);
    yk_child_init(&worker, "analyze", NULL);
    yk_child_args(&worker, day->district, "--keys", day->keys, "--state", state, "--redis", redis.url, "--history",
                  "--quiet", NULL);
    yk_bench_must(yk_child_start(&worker, &err), "analyze", &err);
    for (int i = 0; i < day->edges; i++) {
        snprintf(edges[i], sizeof edges[i], "edge-%d", i + 1);
        snprintf(spools[i], sizeof spools[i], "%.500s/copy-edge-%d", bench->dir, i + 1);
        yk_day_spool(day, i + 1, from);
        yk_bench_copy(from, spools[i]);
        yk_child_program("uplink", uplinks[i].program, sizeof uplinks[i].program);
        yk_child_init(&uplinks[i], "uplink", NULL);
        yk_child_args(&uplinks[i], day->district, "--edge", edges[i], "--keys", day->keys, "--spool", spools[i],
                      "--redis", redis.url, "--drain", "--quiet", NULL);
        yk_bench_must(yk_child_start(&uplinks[i], &err), "uplink", &err);
    }
    for (int i = 0; i < day->edges; i++) {
        yk_bench_must(yk_child_wait(&uplinks[i], NULL, &err), "uplink", &err);
        yk_bench_remove(spools[i]);
    }
    worked.worker_s = yk_bench_end(&worker);
    yk_child_end(&redis.child, 5000);
    worked.state_bytes = bytes_of_epochs(state);
    yk_child_program("analyze", finish.program, sizeof finish.program);
    yk_child_init(&finish, "analyze", NULL);
    yk_child_args(&finish, day->district, "--state", state, "--publish", publish, "--finish", "all", "--quiet", NULL);
    worked.finish_s = yk_bench_run(finish.argv, NULL, 0);
    yk_bench_remove(state);
    yk_bench_remove(publish);
    return worked;
}

/* --- The three, in memory ---------------------------------------------------------------------------------------------- */

struct answers {
    char table[YK_BENCH_PATH], ours[YK_BENCH_PATH], shuffled[YK_BENCH_PATH], theirs[YK_BENCH_PATH];
    double observations, states, bytes_per_state; /* of a device in a window */
};

/* The numbers of a line; false if there are fewer. */
static bool numbers(const char *line, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *end;
        out[i] = strtod(line, &end);
        if (end == line)
            return false;
        line = end;
    }
    return true;
}

static double ask_ours(const struct yk_day *day, struct answers *a, const char *option, const char *file,
                       const char *rows)
{
    char program[YK_BENCH_PATH], line[128] = "";
    static char spools[EDGES][YK_BENCH_PATH];
    yk_bench_beside(program, "bench_statistics");
    const char *argv[EDGES + 6] = {program, "--rows", rows};
    int at = 3;
    for (int i = 0; i < day->edges; i++) {
        yk_day_spool(day, i + 1, spools[i]);
        argv[at++] = spools[i];
    }
    if (option)
        argv[at++] = option;
    if (file)
        argv[at++] = file;
    yk_bench_run(argv, line, sizeof line);
    double told[4];
    if (!numbers(line, told, 4))
        yk_bench_give_up("bench_statistics tells nothing", NULL);
    a->observations = told[0];
    a->states = told[2];
    a->bytes_per_state = told[3];
    return told[1];
}

/* The three on their own, and with one table of stays for two of them. */
static double ask_duckdb(const struct answers *a, double *shared)
{
    char line[256] = "";
    double told[5];
    const char *argv[] = {"node", modules, a->table, a->theirs, NULL};
    yk_bench_run(argv, line, sizeof line);
    if (!numbers(line, told, 5) || told[0] != a->observations)
        yk_bench_give_up("DuckDB has other observations than we", NULL);
    *shared = told[4];
    printf(
        "  DuckDB: distinct %.2f s, dwell %.2f s, flows %.2f s; dwell and flows of one table of stays: %.2f s in all\n",
        told[1], told[2], told[3], *shared);
    return told[1] + told[2] + told[3];
}

static void must_be_equal(const char *a, const char *b)
{
    const char *argv[] = {"/usr/bin/cmp", a, b, NULL};
    yk_bench_run(argv, NULL, 0);
}

void yk_bench_duckdb(struct yk_bench *bench)
{
    static struct yk_day day = {.sensors = PLACES, .edges = EDGES, .hours = HOURS, .roam = 50};
    static struct answers a;
    double statistics[YK_BENCH_RUNS_MAX], workers[YK_BENCH_RUNS_MAX], duckdb[YK_BENCH_RUNS_MAX],
        shared[YK_BENCH_RUNS_MAX];
    struct worked worked = {0};
    struct stat there;
    size_t runs = (size_t)bench->runs;
    if (stat(modules, &there) != 0)
        yk_bench_give_up("DuckDB is not there: build the target bench_duckdb", NULL);
    yk_day_make(&day, bench, "walks");
    snprintf(a.table, sizeof a.table, "%s/walks.csv", bench->dir);
    snprintf(a.ours, sizeof a.ours, "%s/rows-ours", bench->dir);
    snprintf(a.shuffled, sizeof a.shuffled, "%s/rows-shuffled", bench->dir);
    snprintf(a.theirs, sizeof a.theirs, "%s/rows-duckdb", bench->dir);
    double blind = ask_ours(&day, &a, "--shuffled", NULL, a.shuffled);
    for (size_t i = 0; i < runs; i++) {
        statistics[i] = ask_ours(&day, &a, i == 0 ? "--table" : NULL, i == 0 ? a.table : NULL, a.ours);
        duckdb[i] = ask_duckdb(&a, &shared[i]);
        must_be_equal(a.ours, a.theirs);
        must_be_equal(a.ours, a.shuffled);
        worked = work(bench, &day);
        workers[i] = worked.worker_s + worked.finish_s;
        printf("  statistics %.2f s; the worker %.2f s, the finisher %.2f s\n", statistics[i], worked.worker_s,
               worked.finish_s);
    }
    double speed[YK_BENCH_RUNS_MAX], of_worker[YK_BENCH_RUNS_MAX], reference[YK_BENCH_RUNS_MAX],
        ratio[YK_BENCH_RUNS_MAX], worker_ratio[YK_BENCH_RUNS_MAX];
    for (size_t i = 0; i < runs; i++) {
        speed[i] = a.observations / statistics[i];
        of_worker[i] = a.observations / workers[i];
        reference[i] = a.observations / duckdb[i];
        ratio[i] = shared[i] / statistics[i];
        worker_ratio[i] = shared[i] / workers[i];
    }
    yk_bench_report_turns(bench,
                          &(struct yk_figure){.id = "analyze.statistics_vs_duckdb",
                                              .unit = "observations per CPU second",
                                              .goal_is = YK_GOAL_RATIO_MIN,
                                              .goal = 10,
                                              .runs = bench->runs},
                          speed, reference);
    yk_bench_report_turns(bench,
                          &(struct yk_figure){.id = "analyze.worker_vs_duckdb",
                                              .unit = "observations per CPU second",
                                              .goal_is = YK_GOAL_RATIO_MIN,
                                              .goal = 4,
                                              .runs = bench->runs},
                          of_worker, reference);
    printf(
        "  against DuckDB with one table of stays: statistics %.1f, worker %.1f; the same rows from observations in no "
        "order in %.2f s\n",
        yk_median(ratio, runs), yk_median(worker_ratio, runs), blind);
    yk_bench_report(bench, &(struct yk_figure){.id = "analyze.bytes_per_open_device",
                                               .unit = "bytes of memory, of a device in a window",
                                               .value = a.bytes_per_state,
                                               .reference = (double)NAN,
                                               .runs = 1});
    yk_bench_report(bench, &(struct yk_figure){.id = "analyze.bytes_per_closed_window",
                                               .unit = "bytes of the state store, of a place's window",
                                               .value = worked.state_bytes / (PLACES * HOURS * 4),
                                               .reference = (double)NAN,
                                               .runs = 1});
    printf("  %.0f observations, %.0f devices in windows, %.1f bytes of the state store each\n", a.observations,
           a.states, worked.state_bytes / a.states);
    yk_bench_remove(a.table);
    yk_bench_remove(day.dir);
}

/* --- The same district for 1, 10 and 100 hours ------------------------------------------------------------------------- */

#define LINEAR_SENSORS 28 /* a million observations in an hour */

void yk_bench_linear(struct yk_bench *bench)
{
    static const int hours[] = {1, 10, 100};
    double per_million[3];
    for (size_t i = 0; i < 3; i++) {
        static struct yk_day day;
        day = (struct yk_day){.sensors = LINEAR_SENSORS, .edges = EDGES, .hours = hours[i], .roam = 50};
        fprintf(stderr, "making %d hours of %d sensors\n", day.hours, day.sensors);
        yk_day_make(&day, bench, "linear");
        struct worked worked = work(bench, &day);
        double million = LINEAR_SENSORS * 100 * 360e-6 * hours[i];
        per_million[i] = (worked.worker_s + worked.finish_s) / million;
        printf("  about %.0f million observations: worker %.2f s, finisher %.2f s, %.3f s a million\n", million,
               worked.worker_s, worked.finish_s, per_million[i]);
        yk_bench_remove(day.dir);
    }
    yk_bench_report(bench, &(struct yk_figure){.id = "analyze.linear_1_to_100m",
                                               .unit = "CPU s a million, of 100 million",
                                               .value = per_million[2],
                                               .reference = per_million[0],
                                               .goal_is = YK_GOAL_RATIO_MAX,
                                               .goal = 1.2,
                                               .runs = 1});
}
