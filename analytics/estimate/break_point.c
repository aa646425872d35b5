/* Breaks in a weekly level. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A baseline that was fitted across a jump is wrong on both sides of it, and takes the jump for the way in which
 * levels walk: its intervals then are several times too wide for years. The usual tests (sup-F, Andrews 1993; Bai and
 * Perron 1998; CUSUM, Brown, Durbin and Evans 1975) suppose independent errors about a level that stands still. Weekly
 * levels of streets wander, and weeks resemble their neighbours: with 0.7 between neighbours a sup-F test at 5 % finds a
 * break in 78 % of such records (three years of weeks, 2,000 made).
 *
 * Method. A moving comparison (MOSUM; Chu, Hornik and Kuan 1995): the mean of the YK_BREAK_REACH weeks from k on minus
 * that of those before it, D[k]. Its scale is measured on the record itself, as the median of |D|/0.6745 over all k: it
 * so holds whatever walk and likeness of neighbours there is, and a few breaks don't move it. The statistic is the
 * largest |D|/scale; the critical value is the quantile of that in made records of the same length and gaps, the largest
 * over three laws without a break: independent weeks, an autoregression of 0.7, and a walk with steps of a third of the
 * noise. What is found is taken off as a step, the scale measured again, and the search goes on.
 *
 * A jump of which less than half is left when LASTING weeks on either side are compared came and went (snow, a strike): it
 * is not reported. The date is where two means fit best, by least squares over the weeks compared.
 *
 * Bounds. Of two breaks less than YK_BREAK_REACH weeks apart one is found, or their sum. A slow rise over months is
 * not a break. A break in a record of half a year moves the scale as well and must be about twice as large. */
#include "estimate/break_point.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define REACH     YK_BREAK_REACH
#define RECORDS   400 /* made, for a critical value */
#define LAWS      3
#define LIKENESS  0.7
#define WALK      (1.0 / 3)
#define MAD_SIGMA 0.674489750196082
#define LASTING   26
#define TRIES     32
#define SEED      20260401UL

/* D[k]; NAN where the record does not reach so far, or fewer than half of the weeks on a side are there. */
static void compare(const double *value, size_t count, double *difference)
{
    for (size_t k = 0; k < count; k++) {
        difference[k] = (double)NAN;
        if (k < REACH || k + REACH > count)
            continue;
        double sum[2] = {0, 0};
        int n[2] = {0, 0};
        for (size_t i = k - REACH; i < k + REACH; i++)
            if (!isnan(value[i])) {
                sum[i >= k] += value[i];
                n[i >= k]++;
            }
        if (n[0] >= REACH / 2 && n[1] >= REACH / 2)
            difference[k] = sum[1] / n[1] - sum[0] / n[0];
    }
}

/* The largest |D|/scale and where; room: of count. 0 where nothing can be said. */
static double largest(const double *difference, size_t count, double *room, size_t *at, double *scale)
{
    size_t n = 0;
    double most = -1;
    for (size_t k = 0; k < count; k++) {
        if (isnan(difference[k]))
            continue;
        double size = fabs(difference[k]);
        room[n++] = size;
        if (size > most) {
            most = size;
            *at = k;
        }
    }
    if (n < REACH)
        return 0;
    gsl_sort(room, 1, n);
    *scale = gsl_stats_median_from_sorted_data(room, 1, n) / MAD_SIGMA;
    return *scale > 0 ? most / *scale : 0;
}

static void make(gsl_rng *rng, int law, const double *like, size_t count, double *value)
{
    double state = law == 1 ? gsl_ran_ugaussian(rng) / sqrt(1 - LIKENESS * LIKENESS) : 0;
    for (size_t k = 0; k < count; k++) {
        double noise = gsl_ran_ugaussian(rng);
        switch (law) {
        case 0:
            value[k] = noise;
            break;
        case 1:
            value[k] = state = LIKENESS * state + noise;
            break;
        default:
            state += WALK * gsl_ran_ugaussian(rng);
            value[k] = state + noise;
        }
        if (isnan(like[k]))
            value[k] = (double)NAN;
    }
}

static double critical_value(const double *value, size_t count, double false_alarm, double *room)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!rng)
        return (double)INFINITY;
    gsl_rng_set(rng, SEED);
    double *made = room, *difference = room + count, *sorted = room + 2 * count, most[RECORDS], critical = 0;
    for (int law = 0; law < LAWS; law++) {
        for (size_t r = 0; r < RECORDS; r++) {
            size_t at;
            double scale;
            make(rng, law, value, count, made);
            compare(made, count, difference);
            most[r] = largest(difference, count, sorted, &at, &scale);
        }
        gsl_sort(most, 1, RECORDS);
        critical = fmax(critical, gsl_stats_quantile_from_sorted_data(most, 1, RECORDS, 1 - false_alarm));
    }
    gsl_rng_free(rng);
    return critical;
}

/* Where two means fit best, near k: the least sum of squares over [k - REACH, k + REACH). */
static size_t date(const double *value, size_t count, size_t k)
{
    size_t from = k > REACH ? k - REACH : 0, to = k + REACH < count ? k + REACH : count, best = k;
    double most = -1;
    for (size_t at = from + 2; at + 2 <= to; at++) {
        double sum[2] = {0, 0}, n[2] = {0, 0};
        for (size_t i = from; i < to; i++)
            if (!isnan(value[i])) {
                sum[i >= at] += value[i];
                n[i >= at]++;
            }
        if (!(n[0] > 0 && n[1] > 0))
            continue;
        double between = sum[0] * sum[0] / n[0] + sum[1] * sum[1] / n[1]; /* what the two means explain */
        if (between > most) {
            most = between;
            best = at;
        }
    }
    return best;
}

/* The means of up to LASTING weeks on either side, after minus before. */
static double lasting_change(const double *value, size_t count, size_t at)
{
    double sum[2] = {0, 0}, n[2] = {0, 0};
    for (size_t i = at > LASTING ? at - LASTING : 0; i < count && i < at + LASTING; i++)
        if (!isnan(value[i])) {
            sum[i >= at] += value[i];
            n[i >= at]++;
        }
    return n[0] > 0 && n[1] > 0 ? sum[1] / n[1] - sum[0] / n[0] : 0;
}

static int by_week(const void *a, const void *b)
{
    size_t x = ((const struct yk_break *)a)->at, y = ((const struct yk_break *)b)->at;
    return (x > y) - (x < y);
}

size_t yk_break_find(const double *value, size_t count, double false_alarm, size_t most, struct yk_break *out)
{
    if (count < YK_BREAK_VALUES_MIN || most == 0)
        return 0;
    if (most > YK_BREAKS_MAX)
        most = YK_BREAKS_MAX;
    double *room = malloc(5 * count * sizeof *room);
    if (!room)
        return 0;
    double *rest = room + 3 * count, *difference = room + 4 * count, scale, critical = 0;
    memcpy(rest, value, count * sizeof *rest);
    size_t found = 0, tries = 0;
    bool *passing = calloc(count, sizeof *passing); /* of a dip that came and went: looked at no more */
    while (passing && found < most && tries++ < TRIES) {
        size_t at = 0;
        compare(rest, count, difference);
        for (size_t k = 0; k < count; k++)
            if (passing[k])
                difference[k] = (double)NAN;
        double statistic = largest(difference, count, room, &at, &scale);
        if (statistic <= 0)
            break;
        if (critical <= 0)
            critical = critical_value(value, count, false_alarm, room);
        if (!(statistic > critical))
            break;
        size_t first = date(rest, count, at);
        double size = isnan(difference[first]) ? difference[at] : difference[first];
        if (lasting_change(rest, count, first) * (size > 0 ? 1 : -1) < fabs(size) / 2) {
            for (size_t k = first > REACH ? first - REACH : 0; k < count && k <= first + REACH; k++)
                passing[k] = true;
            continue;
        }
        out[found++] = (struct yk_break){first, size, scale, statistic, critical};
        for (size_t k = first; k < count; k++)
            rest[k] -= size;
    }
    free(passing);
    free(room);
    qsort(out, found, sizeof *out, by_week);
    return found;
}
