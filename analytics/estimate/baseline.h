/* What is to be expected, hour by hour, and how sure that is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A baseline is fitted to a record of hourly counts and then makes paths: whole courses of hours that could have been, in the
 * future or in any window of the record. Whatever is asked is read off the paths, since hours are not independent: intervals of
 * hours, totals, the chance of reaching a target. The time zone is the process's (base/calendar.h). Method, sources and measured
 * errors: baseline.c and docs/METHODS.md.
 *
 *     yk_baseline_fit(&series, &days, NULL, &baseline)             once a night
 *     yk_baseline_expect(baseline, &days, &window, &draw, hours)   an interval for each hour
 *     yk_baseline_total(baseline, &days, &series, from, to, ...)   a fiscal year's total, and the chance of a target
 *     yk_baseline_path(baseline, &days, &window, rng, path)        one path, for whatever else */
#ifndef YK_ESTIMATE_BASELINE_H
#define YK_ESTIMATE_BASELINE_H

#include "estimate/interval.h"
#include "series/series.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_DAY_ORDINARY        0
#define YK_DAY_HOLIDAY         1
#define YK_DAY_KEEPS_WEEKDAY   4
#define YK_DAY_KINDS           8
#define YK_BASELINE_COVARIATES 8
#define YK_BASELINE_WEEKS_MIN  10

/* What is known of local days, past and future. Kinds below YK_DAY_KEEPS_WEEKDAY are Sundays with hours of their own, those from it on
 * (an event on a Saturday stays a Saturday) their weekday with hours of their own; 2 to 7 are the caller's to use. A kind that the record has no day of, and days outside, are ordinary; a
 * covariate that is NAN or outside is at its mean over the record. The caller keeps the arrays as long as he calls. */
struct yk_baseline_days {
    int64_t first; /* local days since 1970-01-01: yk_baseline_day */
    size_t count;
    const uint8_t *kind;     /* of `count`; may be NULL */
    const double *covariate; /* [day * covariates + i]; may be NULL */
    unsigned covariates;     /* at most YK_BASELINE_COVARIATES */
};
/* The number of the local day that holds t. */
int64_t yk_baseline_day(int64_t t);

struct yk_baseline_options {
    unsigned harmonics; /* annual Fourier pairs; 0: as many as suit the record's length */
    bool trend;         /* the level drifts on as it did over the record; without, it stays where it is */
};

enum yk_baseline_state {
    YK_BASELINE_OK,
    YK_BASELINE_NOT_HOURS, /* the step is not an hour */
    YK_BASELINE_TOO_SHORT, /* fewer than YK_BASELINE_WEEKS_MIN weeks with most of their hours */
    YK_BASELINE_NO_PEOPLE, /* nothing was ever counted */
    YK_BASELINE_BAD_COUNT, /* a count is negative or infinite */
    YK_BASELINE_NO_FIT,    /* the regression did not settle */
    YK_BASELINE_NO_WINDOW, /* an empty window, one before the record, or one that ends five years after it */
    YK_BASELINE_MEMORY,
};
const char *yk_baseline_state_text(enum yk_baseline_state state);

struct yk_baseline;
/* options may be NULL. On YK_BASELINE_OK *out is to be freed with yk_baseline_free; NULL otherwise. */
enum yk_baseline_state yk_baseline_fit(const struct yk_series *series, const struct yk_baseline_days *days,
                                       const struct yk_baseline_options *options, struct yk_baseline **out);
void yk_baseline_free(struct yk_baseline *baseline);

/* What a person may want to see of a fit. */
struct yk_baseline_facts {
    double theta;         /* of the negative binomial; variance = mu + mu^2/theta; INFINITY: Poisson */
    unsigned columns;     /* of the regression */
    double level_sd_week; /* by how much the level walks in a week, log scale */
    double noise_sd_week; /* by how much a week lies off its level */
    size_t weeks;         /* with most of their hours */
    size_t hours;         /* with a count */
};
void yk_baseline_facts(const struct yk_baseline *baseline, struct yk_baseline_facts *out);

/* The weekly level for break_point.h: mean log residual of each local week from Monday on, NAN where there are too few hours.
 * Both arrays of *count (yk_baseline_weeks); start_s: the moment at which the week begins. */
size_t yk_baseline_weeks(const struct yk_baseline *baseline);
void yk_baseline_levels(const struct yk_baseline *baseline, double *level, int64_t *start_s);

/* Hours from_s + i 3600. What is known of the level are the weeks of the record that end by known_to_s: INT64_MAX for all of
 * them (the future; what fits a window of the record), from_s for what could have been said just before the window (a
 * placebo, an event). */
struct yk_baseline_window {
    int64_t from_s;
    size_t hours;
    int64_t known_to_s;
};

/* The regression alone, without level and residuals: mu of each hour. For pictures; not what is to be expected. */
enum yk_baseline_state yk_baseline_mean(const struct yk_baseline *baseline, const struct yk_baseline_days *days,
                                        int64_t from_s, size_t hours, double *mean);
/* One path. The same generator in the same state gives the same path. */
enum yk_baseline_state yk_baseline_path(const struct yk_baseline *baseline, const struct yk_baseline_days *days,
                                        const struct yk_baseline_window *window, gsl_rng *rng, double *path);

/* How many paths, and which. */
struct yk_baseline_draw {
    unsigned paths; /* 0: 1000 */
    unsigned long seed;
};

/* Each hour's median and 95 % interval over the paths. */
enum yk_baseline_state yk_baseline_expect(const struct yk_baseline *baseline, const struct yk_baseline_days *days,
                                          const struct yk_baseline_window *window, const struct yk_baseline_draw *draw,
                                          struct yk_interval *hourly);

struct yk_baseline_total {
    struct yk_interval total; /* observed hours as they are, the others from paths; value: the mean */
    double observed;          /* the observed part, without an error */
    size_t hours_observed, hours;
    double reaches; /* the chance that the total is at least `target`; NAN where no target was given */
};
/* The total of [from_s, to_s), whole hours: a week, a fiscal year that is under way, one to come. observed (may be NULL) are the
 * counts so far; its gaps and what it does not hold come from paths. target: NAN for none. */
enum yk_baseline_state yk_baseline_total(const struct yk_baseline *baseline, const struct yk_baseline_days *days,
                                         const struct yk_series *observed, int64_t from_s, int64_t to_s, double target,
                                         const struct yk_baseline_draw *draw, struct yk_baseline_total *out);

#endif
