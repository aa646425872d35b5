/* analyze.day_cpu_s, analyze.day_rss_mib: a busy day of a large district through the worker.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * 200 sensors with 100 devices in each tick, 24 hours: 173 million observations in frames of a minute, from 8 edges, by
 * real uplinks through a real Redis into `yukikai analyze --history`. CPU seconds and memory are the worker's alone; the
 * reference decodes the same frames and does nothing with them. Uplinks and Redis run beside it and disturb it as they
 * would on a server of two cores. */
#include "benches.h"
#include "day.h"
#include "server.h"
#include "supervise/private_redis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EDGES 8

struct parts {
    struct yk_private_redis redis;
    struct yk_child worker, uplinks[EDGES];
    char edges[EDGES][24], spools[EDGES][YK_BENCH_PATH], state[YK_BENCH_PATH];
};

static void start(const struct yk_bench *bench, const struct yk_day *day, struct parts *parts)
{
    struct yk_error err = {0};
    char run[YK_BENCH_PATH];
    snprintf(run, sizeof run, "%s/redis-day", bench->dir);
    snprintf(parts->state, sizeof parts->state, "%s/state", day->dir);
    yk_bench_make_folder(run);
    yk_bench_must(yk_private_redis_start(&parts->redis, run, &err), "Redis", &err);
    struct yk_child *worker = &parts->worker;
    yk_child_program("analyze", worker->program, sizeof worker->program);
    yk_child_init(worker, "analyze", NULL);
    yk_child_args(worker, day->district, "--keys", day->keys, "--state", parts->state, "--redis", parts->redis.url,
                  "--history", "--quiet", NULL);
    yk_bench_must(yk_child_start(worker, &err), "analyze", &err);
    for (int i = 0; i < EDGES; i++) {
        struct yk_child *uplink = &parts->uplinks[i];
        snprintf(parts->edges[i], sizeof parts->edges[i], "edge-%d", i + 1);
        yk_day_spool(day, i + 1, parts->spools[i]);
        yk_child_program("uplink", uplink->program, sizeof uplink->program);
        yk_child_init(uplink, "uplink", NULL);
        yk_child_args(uplink, day->district, "--edge", parts->edges[i], "--keys", day->keys, "--spool",
                      parts->spools[i], "--redis", parts->redis.url, "--drain", "--quiet", NULL);
        yk_bench_must(yk_child_start(uplink, &err), "uplink", &err);
    }
}

void yk_bench_analyze_day(struct yk_bench *bench)
{
    static struct yk_day day = {.sensors = 200, .edges = EDGES, .hours = 24};
    static struct parts parts;
    struct yk_error err = {0};
    char line[64] = "", decode_loop[YK_BENCH_PATH];
    yk_bench_beside(decode_loop, "bench_decode_loop");
    fprintf(stderr, "making a day of %d sensors\n", day.sensors);
    yk_day_make(&day, bench, "large-day");
    const char *argv[EDGES + 2] = {decode_loop};
    for (int i = 0; i < EDGES; i++) {
        yk_day_spool(&day, i + 1, parts.spools[i]);
        argv[i + 1] = parts.spools[i];
    }
    double decode = yk_bench_run(argv, line, sizeof line); /* first: an uplink deletes what the district has */
    double began = yk_bench_now_s();
    start(bench, &day, &parts);
    for (int i = 0; i < EDGES; i++)
        yk_bench_must(yk_child_wait(&parts.uplinks[i], NULL, &err), "uplink", &err);
    double wall = yk_bench_now_s() - began;
    /* Not what wait4() tells: a child's peak there begins with that of the process that forked it. */
    double peak_mib = (double)yk_bench_proc_kb(parts.worker.pid, "status", "VmHWM:") / 1024;
    double seconds = yk_bench_end(&parts.worker);
    yk_child_end(&parts.redis.child, 5000);
    double observations = strtod(line, NULL);
    yk_bench_report(bench, &(struct yk_figure){.id = "analyze.day_cpu_s",
                                               .unit = "CPU seconds of the worker",
                                               .value = seconds,
                                               .reference = decode,
                                               .goal_is = YK_GOAL_VALUE_MAX,
                                               .goal = 60,
                                               .runs = 1});
    yk_bench_report(bench, &(struct yk_figure){.id = "analyze.day_rss_mib",
                                               .unit = "MiB, the worker's peak",
                                               .value = peak_mib,
                                               .reference = (double)NAN,
                                               .runs = 1});
    printf("  %.0f observations in %.0f s by the clock\n", observations, wall);
    fprintf(stderr, "working out its tables\n");
    char publish[YK_BENCH_PATH];
    snprintf(publish, sizeof publish, "%s/publish.db", day.dir);
    struct yk_child finish = {0};
    yk_child_program("analyze", finish.program, sizeof finish.program);
    yk_child_init(&finish, "analyze", NULL);
    yk_child_args(&finish, day.district, "--state", parts.state, "--publish", publish, "--finish", "all", "--quiet",
                  NULL);
    printf("  its tables afterwards: %.1f CPU seconds\n", yk_bench_run(finish.argv, NULL, 0));
    yk_bench_remove(day.dir);
}
