/* Cells that were not as expected. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Which hours of last week were unusual? Each hour has an interval from the baseline's paths, and 5 % of hours lie
 * outside though nothing happened.
 *
 * Method. A cell's p comes from its place among the paths' values there, on both sides: 2 min(1 + #above, 1 + #below)/(n + 1), those
 * equal on both sides. Paths, not the regression's negative binomial: the level's walk and the streets' bad weeks are in them, and the
 * negative binomial's theta knows neither. But n paths know no p below 1/(n + 1), and the first entry of a list over m cells needs q/m. Where
 * fewer than TAIL_FEW paths lie beyond the cell, the tail beyond the outermost 5 % of the paths is a generalised Pareto law on the log
 * scale (Knijnenburg, Wessels, Reinders and Shmulevich, Fewer permutations, more accurate P-values, Bioinformatics 25, 2009),
 * fitted by probability-weighted moments (Hosking and Wallis, Parameter and quantile estimation for the generalized Pareto
 * distribution, Technometrics 29, 1987, eq. 4). Its shape is never taken lighter than the exponential: a bounded tail would give p = 0 to
 * what lies a little beyond the worst week on record. Then Benjamini and Hochberg over all cells (discovery.c).
 *
 * Bounds. The level is part of every cell of a place: when it broke, a whole week is listed, which is right, and is the business
 * of a break, not of hours. Cells in which paths are mostly 0 have no lower tail: 0 people at night is never listed. */
#include "estimate/anomaly.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define TAIL_SHARE 0.05
#define TAIL_FEW   10
#define TAIL_P_MIN 1e-12

const char *yk_anomaly_state_text(enum yk_anomaly_state state)
{
    switch (state) {
    case YK_ANOMALY_OK:
        return "ok";
    case YK_ANOMALY_NOTHING:
        return "nothing was counted";
    case YK_ANOMALY_FEW_PATHS:
        return "too few paths for the tails";
    case YK_ANOMALY_MEMORY:
        return "no memory";
    }
    return "unknown";
}

static double log_of(double value)
{
    return log(value + 0.5);
}

/* The chance of lying `beyond` over the threshold, given over it, from sorted excesses. */
static double pareto_tail(const double *excess, size_t n, double beyond)
{
    double a0 = 0, a1 = 0;
    for (size_t i = 0; i < n; i++) {
        a0 += excess[i] / (double)n;
        a1 += excess[i] * (1 - ((double)i + 0.65) / (double)n) /
              (double)n; /* plotting positions (i - 0.35)/n, i from 1 */
    }
    if (!(a0 > 0))
        return beyond > 0 ? 0 : 1;
    double k = a0 / (a0 - 2 * a1) - 2, scale = 2 * a0 * a1 / (a0 - 2 * a1);
    if (!(k < 0) || !(scale > 0)) /* lighter than exponential, or no spread to tell */
        return exp(-beyond / a0);
    return pow(1 - k * beyond / scale, 1 / k);
}

/* One-sided p of the upper (sign 1) or lower (-1) tail; draws sorted upwards. */
static double one_side(const double *draw, size_t count, double observed, int sign)
{
    size_t beyond = 0;
    while (beyond < count && sign * (sign > 0 ? draw[count - 1 - beyond] : draw[beyond]) >= sign * observed)
        beyond++;
    double rank = (double)(beyond + 1) / (double)(count + 1);
    if (beyond >= TAIL_FEW)
        return rank;
    double excess[1024];
    size_t tail = (size_t)(TAIL_SHARE * (double)count);
    if (tail > sizeof excess / sizeof excess[0])
        tail = sizeof excess / sizeof excess[0];
    double inner = log_of(sign > 0 ? draw[count - 1 - tail] : draw[tail]);
    double outer = log_of(sign > 0 ? draw[count - tail] : draw[tail - 1]);
    double threshold = (inner + outer) / 2;
    for (size_t i = 0; i < tail; i++)
        excess[i] = sign * (log_of(sign > 0 ? draw[count - tail + i] : draw[tail - 1 - i]) - threshold);
    double over = sign * (log_of(observed) - threshold);
    if (over <= 0) /* ties at the threshold */
        return rank;
    double p = (double)tail / (double)count * pareto_tail(excess, tail, over);
    return fmax(p, TAIL_P_MIN);
}

double yk_anomaly_p(double *draw, size_t count, double observed)
{
    if (!isfinite(observed) || observed < 0 || count < YK_ANOMALY_DRAWS_MIN)
        return (double)NAN;
    gsl_sort(draw, 1, count);
    return fmin(2 * fmin(one_side(draw, count, observed, 1), one_side(draw, count, observed, -1)), 1);
}

enum yk_anomaly_state yk_anomaly_find(const double *path, size_t paths, const double *observed, size_t cells,
                                      enum yk_discovery_rule rule, double q, struct yk_anomaly_cell *out)
{
    if (paths < YK_ANOMALY_DRAWS_MIN)
        return YK_ANOMALY_FEW_PATHS;
    enum yk_anomaly_state state = YK_ANOMALY_MEMORY;
    double *draw = malloc(paths * sizeof *draw), *p = calloc(cells + 1, sizeof *p);
    size_t *order = calloc(cells + 1, sizeof *order), tested = 0;
    if (!draw || !p || !order)
        goto end;
    for (size_t i = 0; i < cells; i++) {
        for (size_t k = 0; k < paths; k++)
            draw[k] = path[k * cells + i];
        p[i] = yk_anomaly_p(draw, paths, observed[i]);
        out[i] = (struct yk_anomaly_cell){.p = p[i], .expected = (double)NAN};
        if (isnan(p[i]))
            continue;
        tested++;
        out[i].expected = gsl_stats_median_from_sorted_data(draw, 1, paths);
        out[i].direction = (observed[i] > out[i].expected) - (observed[i] < out[i].expected);
    }
    state = tested > 0 ? YK_ANOMALY_OK : YK_ANOMALY_NOTHING;
    bool within = yk_discovery_adjust(rule, p, cells, p, order);
    assert(within); /* p is in [0, 1] or NAN by construction */
    (void)within;
    for (size_t i = 0; i < cells; i++) {
        out[i].adjusted = p[i];
        out[i].listed = p[i] <= q;
    }
end:
    free(draw);
    free(p);
    free(order);
    return state;
}
