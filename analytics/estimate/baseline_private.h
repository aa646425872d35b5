/* What the parts of the baseline share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_ESTIMATE_BASELINE_PRIVATE_H
#define YK_ESTIMATE_BASELINE_PRIVATE_H

#include "estimate/baseline.h"
#include "estimate/level.h"
#include "estimate/negative_binomial.h"

#define HOUR_S     3600
#define WEEK_HOURS 168
#define SMALL      0.5 /* added to counts and means before logarithms: a zero has a residual, too */

/* Where an hour lies on the local calendar. Weeks begin on Monday. */
struct hour_place {
    int64_t day, week;
    unsigned slot; /* hour of the week, 0..167; the hour that comes twice in autumn twice */
    double year;   /* phase of the year, 0..1 */
};
void hour_place(int64_t t, struct hour_place *out);

/* The regression's columns, and which of them an hour has. */
struct columns {
    unsigned harmonics, shapes; /* annual pairs; of these, so many for each hour of the day by itself */
    unsigned covariates;
    bool kind_known[YK_DAY_KINDS];
    double covariate_mean[YK_BASELINE_COVARIATES], covariate_sd[YK_BASELINE_COVARIATES]; /* sd 0: left out */
    unsigned count, harmonic_at, shape_at, kind_at[YK_DAY_KINDS], covariate_at;
};
#define CELLS_MAX (2 + 2 * 12 + 2 * 4 + YK_BASELINE_COVARIATES)

void columns_plan(const struct yk_series *series, const struct yk_baseline_days *days, unsigned harmonics,
                  struct columns *out);
void columns_penalties(const struct columns *columns, double *penalty);
/* Fills the cells of one hour; how many. */
size_t columns_row(const struct columns *columns, const struct yk_baseline_days *days, const struct hour_place *place,
                   uint16_t column[static CELLS_MAX], double value[static CELLS_MAX]);

struct yk_baseline {
    struct columns columns;
    double *coefficient;
    double log_mean; /* offset of every hour */
    double theta;
    size_t hours;
    int64_t first_s, end_s; /* of the record */
    int64_t first_week;
    size_t weeks;
    double *weekly;              /* mean log residual, NAN: too few hours */
    double *filtered, *variance; /* the level's, by week */
    int64_t *week_start_s, weeks_end_s;
    struct yk_level_law law;
    double drift, drift_sd; /* by week */
    double *residual;       /* [week * 168 + slot], level taken off; NAN: gap */
    size_t *block, blocks;  /* weeks that may be drawn */
};

/* log mu of the regression. */
double baseline_predictor(const struct yk_baseline *baseline, const struct yk_baseline_days *days,
                          const struct hour_place *place);

#endif
