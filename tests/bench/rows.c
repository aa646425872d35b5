/* stream.frames_to_rows: frames through Redis into states, and states to rows, against decoding the frames alone.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What counts is the worker, Redis and the finisher together; the uplink is not in it. */
#include "benches.h"
#include "recording.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static double redis_seconds(const struct yk_machine *machine)
{
    struct yk_error err;
    struct yk_redis *redis;
    const struct yk_redis_options options = {.url = machine->redis.url};
    yk_bench_must(yk_redis_connect(&options, &redis, &err), "Redis", &err);
    double seconds = yk_bench_server_seconds(redis);
    yk_redis_free(redis);
    return seconds;
}

/* Both radios' recordings as a spool. */
static void collect(const struct yk_bench *bench, struct yk_machine *machine)
{
    char inputs[2][YK_BENCH_PATH];
    for (int i = 0; i < 2; i++)
        snprintf(inputs[i], sizeof inputs[i], "radio-%d=%.500s/radio-%d.pcap", i + 1, bench->dir, i + 1);
    yk_bench_remove(machine->spool);
    struct yk_child child;
    yk_machine_collect(machine, &child, "radio");
    yk_child_args(&child, "--bulk", "--quiet", "--input", inputs[0], "--input", inputs[1], NULL);
    yk_bench_run(child.argv, NULL, 0);
}

void yk_bench_rows(struct yk_bench *bench)
{
    double worker[YK_BENCH_RUNS_MAX], redis[YK_BENCH_RUNS_MAX], rows[YK_BENCH_RUNS_MAX], decode[YK_BENCH_RUNS_MAX];
    double total[YK_BENCH_RUNS_MAX];
    struct yk_error err = {0};
    struct yk_machine *machine = yk_bench_recording(bench);
    size_t runs = (size_t)bench->runs;
    char line[64] = "", saved[YK_BENCH_PATH], decode_loop[YK_BENCH_PATH];
    yk_bench_beside(decode_loop, "bench_decode_loop");
    snprintf(saved, sizeof saved, "%s/spool-saved", bench->dir);
    collect(bench, machine);
    yk_bench_copy(machine->spool, saved);
    const char *reference[] = {decode_loop, saved, NULL};
    for (size_t i = 0; i < runs; i++) {
        yk_bench_remove(machine->state);
        unlink(machine->publish);
        yk_bench_remove(machine->spool);
        yk_bench_copy(saved, machine->spool);
        decode[i] = yk_bench_run(reference, line, sizeof line);
        yk_bench_must(yk_private_redis_start(&machine->redis, machine->run, &err), "Redis", &err);
        struct yk_child analyze, uplink, finish;
        yk_machine_analyze(machine, &analyze);
        yk_child_args(&analyze, "--history", "--quiet", NULL);
        yk_machine_uplink(machine, &uplink);
        yk_child_args(&uplink, "--drain", "--quiet", NULL);
        yk_bench_must(yk_child_start(&analyze, &err), "analyze", &err);
        yk_bench_must(yk_child_start(&uplink, &err), "uplink", &err);
        yk_bench_must(yk_child_wait(&uplink, NULL, &err), "uplink", &err);
        worker[i] = yk_bench_end(&analyze);
        redis[i] = redis_seconds(machine);
        yk_child_end(&machine->redis.child, 5000);
        yk_machine_analyze(machine, &finish);
        yk_child_args(&finish, "--finish", "all", "--quiet", NULL);
        rows[i] = yk_bench_run(finish.argv, NULL, 0);
        total[i] = worker[i] + redis[i] + rows[i];
    }
    double observations = strtod(line, NULL);
    for (size_t i = 0; i < runs; i++) {
        total[i] = observations / total[i];
        decode[i] = observations / decode[i];
    }
    yk_bench_report_turns(
        bench,
        &(struct yk_figure){.id = "stream.frames_to_rows", .unit = "observations per CPU second", .runs = bench->runs},
        total, decode);
    printf("  of it: worker %.3f s, Redis %.3f s, rows %.3f s for %.0f observations\n", yk_median(worker, runs),
           yk_median(redis, runs), yk_median(rows, runs), observations);
}
