/* Running bench_make_day. SPDX-License-Identifier: GPL-3.0-or-later */
#include "day.h"

#include <stdio.h>

void yk_day_make(struct yk_day *day, const struct yk_bench *bench, const char *name)
{
    char program[YK_BENCH_PATH], sensors[16], edges[16], hours[16], roam[16];
    yk_bench_beside(program, "bench_make_day");
    snprintf(day->dir, sizeof day->dir, "%s/%s", bench->dir, name);
    snprintf(day->district, sizeof day->district, "%s/district.yaml", day->dir);
    snprintf(day->keys, sizeof day->keys, "%s/keys", day->dir);
    snprintf(sensors, sizeof sensors, "%d", day->sensors);
    snprintf(edges, sizeof edges, "%d", day->edges);
    snprintf(hours, sizeof hours, "%d", day->hours);
    snprintf(roam, sizeof roam, "%d", day->roam);
    const char *argv[] = {program,   "--out", day->dir,    "--sensors", sensors, "--edges", edges,
                          "--hours", hours,   "--devices", "100",       NULL,    NULL,      NULL};
    if (day->roam > 0) {
        argv[11] = "--roam";
        argv[12] = roam;
    }
    yk_bench_run(argv, NULL, 0);
}

void yk_day_spool(const struct yk_day *day, int edge, char out[static YK_BENCH_PATH])
{
    snprintf(out, YK_BENCH_PATH, "%s/edge-%d", day->dir, edge);
}

const struct yk_day *yk_day_small(const struct yk_bench *bench)
{
    static struct yk_day day = {.sensors = 20, .edges = 1, .hours = 5};
    if (!day.dir[0])
        yk_day_make(&day, bench, "day");
    return &day;
}
