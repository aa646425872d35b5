/* yukikai simulate, once. SPDX-License-Identifier: GPL-3.0-or-later */
#include "recording.h"

#include <stdio.h>

struct yk_machine *yk_bench_recording(const struct yk_bench *bench)
{
    static struct yk_machine machine;
    static char district[YK_BENCH_PATH];
    if (machine.config)
        return &machine;
    struct yk_error err = {0};
    struct yk_config *config = NULL;
    char run[YK_BENCH_PATH], program[YK_BENCH_PATH], hours[16];
    snprintf(district, sizeof district, "%s/examples/riverside.yaml", YK_SOURCE_DIR);
    snprintf(run, sizeof run, "%s/run", bench->dir);
    yk_bench_must(yk_config_read(district, &config, NULL, &err), "preparing", &err);
    yk_bench_must(yk_machine_open(&machine, config, district, run, &err), "preparing", &err);
    machine.own_redis = true;
    snprintf(machine.redis.url, sizeof machine.redis.url, "unix:%.200s/redis.sock", run);
    fprintf(stderr, "simulating %d hours\n", bench->hours);
    yk_child_program("simulate", program, sizeof program);
    snprintf(hours, sizeof hours, "%dh", bench->hours);
    const char *argv[] = {program,      district, "--out",  bench->dir, "--from",       "2026-10-01T04:00:00+09:00",
                          "--duration", hours,    "--seed", "1",        "--camera-fps", "1",
                          "--quiet",    NULL};
    yk_bench_run(argv, NULL, 0);
    return &machine;
}
