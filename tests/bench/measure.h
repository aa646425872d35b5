/* Figures and how they are told. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Machines are noisy, so a figure is a ratio against a reference in the same run wherever there is one, in CPU seconds
 * (user and system) of whole processes, taken in turns, and the median of the turns is told. Nothing here passes or fails
 * a test; `met` says whether a stated goal was reached in this run. */
#ifndef YK_BENCH_MEASURE_H
#define YK_BENCH_MEASURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define YK_BENCH_RUNS_MAX 51

/* One call of the program. */
struct yk_bench {
    const char *dir;  /* scratch; script/bench removes it */
    const char *only; /* a prefix of ids; NULL: those that are not slow, or all */
    bool all;
    int runs, hours;
    json_t *results;
};

/* What a goal is for, and on which side of it a figure has to lie. */
enum yk_goal { YK_GOAL_NONE, YK_GOAL_RATIO_MIN, YK_GOAL_RATIO_MAX, YK_GOAL_VALUE_MIN, YK_GOAL_VALUE_MAX };

struct yk_figure {
    const char *id, *unit;
    double value;
    double reference; /* NAN: there is none, and no ratio */
    double ratio;     /* 0: value / reference */
    enum yk_goal goal_is;
    double goal;
    int runs;
};

/* True if the id is to be measured: by --only, by --all, or because it is not slow. */
bool yk_bench_wants(const struct yk_bench *bench, const char *id, bool slow);
/* Prints a result and adds it to the list, unless --only names others. */
void yk_bench_report(struct yk_bench *bench, const struct yk_figure *figure);
/* The same from one value and one reference per turn (figure->runs of them): the medians, and the median of the turns'
 * ratios, since what is measured close together in time is disturbed alike. */
void yk_bench_report_turns(struct yk_bench *bench, const struct yk_figure *figure, const double *values,
                           const double *references);

bool yk_goal_met(enum yk_goal goal_is, double goal, double value, double ratio);
double yk_median(const double *values, size_t count);
/* By the nearest rank: the smallest value that at least this share of them does not exceed; share above 0, up to 1. */
double yk_percentile(const double *values, size_t count, double share);

#endif
