/* Intervals by drawing days again. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method, bounds and measured coverage: bootstrap.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_BOOTSTRAP_H
#define YK_ESTIMATE_BOOTSTRAP_H

#include "estimate/interval.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_BOOTSTRAP_DAYS_MIN 5
#define YK_BOOTSTRAP_BLOCK_S  3600.0

/* What is drawn: days, or with fewer than five of them hours. The unit of a time is (t - first_s) / unit_s. */
struct yk_bootstrap_units {
    double first_s, unit_s;
    size_t count;
};
/* first_s: begin of the first of `days` days (at least 1) of 24 hours, one after the other. */
struct yk_bootstrap_units yk_bootstrap_units(double first_s, unsigned days);
/* Which unit; times outside belong to the nearest. */
size_t yk_bootstrap_unit(const struct yk_bootstrap_units *units, double t_s);

/* Makes `count` numbers of the data with unit i taken times[i] times. z: a standard normal number, drawn with it, for what was
 * measured elsewhere: a period of log-normal error is R exp(z SE/R). A number that can't be told is set to NAN. */
typedef void yk_bootstrap_statistic(const unsigned *times, double z, void *context, double *out);

#define YK_BOOTSTRAP_STATISTICS 8

struct yk_bootstrap_plan {
    size_t units;       /* at least 2 */
    unsigned resamples; /* 200 are enough for a standard error */
    unsigned long seed; /* the same seed gives the same interval */
};

/* 95 % intervals of positive numbers. times: `units` numbers, the caller's. False if there are fewer than two units or no
 * memory for a generator; an interval is NAN where the number, or a tenth of the drawn ones, can't be told. */
bool yk_bootstrap(const struct yk_bootstrap_plan *plan, yk_bootstrap_statistic *statistic, void *context, size_t count,
                  unsigned *times, struct yk_interval *out);

#endif
