/* A busy district's day, as bench_make_day makes it. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_BENCH_DAY_H
#define YK_BENCH_DAY_H

#include "measure.h"
#include "process.h"

#define YK_DAY_DISTRICT "day"

struct yk_day {
    int sensors, edges, hours; /* 100 devices in each tick of each sensor */
    int roam;                  /* per cent of those that leave come to another place; 0: none */
    char dir[YK_BENCH_PATH / 2];
    char district[YK_BENCH_PATH], keys[YK_BENCH_PATH]; /* its file, its folder */
};

/* Makes DIR/name. */
void yk_day_make(struct yk_day *day, const struct yk_bench *bench, const char *name);
/* The spool of edge 1, 2, ... */
void yk_day_spool(const struct yk_day *day, int edge, char out[static YK_BENCH_PATH]);

/* The 20 sensors of one edge for 5 hours that all stream benches have in common: made once. */
const struct yk_day *yk_day_small(const struct yk_bench *bench);

#endif
