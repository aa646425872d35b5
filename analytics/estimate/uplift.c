/* What an event added. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A festival's street had 2,400 people where the baseline expected 2,000. Is that 20 %, or a Saturday like others? Hours are
 * not independent, so intervals made of hours are too narrow by half (14 to 32 % false alarms).
 *
 * Method. The log ratio of observed to expected, re-levelled on the weeks before:
 *
 *     r(w) = log sum of observed over w / sum of expected over w - the same over the level_weeks weeks before w
 *
 * is taken for the event's window and for PLACEBO windows, the same hours of the week in other weeks. The placebos are the law of r
 * where nothing happened: uplift = exp(r - median) - 1, its interval from their quantiles, p the event's rank among them on
 * both sides, the event counted in, with the part of a rank between two of them: then p is 5 % or less exactly where the interval leaves
 * out 0, and as often as said (whole ranks among 77 placebos would make 5 % into 2.6 %). A rank needs no law and no independence of hours; it needs that the event's
 * week could have been any of the weeks. Abadie, Diamond and Hainmueller, Synthetic Control Methods for Comparative Case Studies, J.
 * Am. Stat. Assoc. 105 (2010), for placebos; Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005), chapter 2,
 * for ranks; quantiles at (n + 1) p.
 *
 * Comparison places. r = a + sum b_j r_j + e over the placebo windows; the event's r is replaced by r - a - sum b_j r_j. With all b_j =
 * 1 that is the difference in differences, which adds the other places' noise and is worse than nothing where places share little;
 * b by least squares cannot be much worse. The placebos' residuals are those of a fit without the window itself (leave one out,
 * e/(1 - h): Allen 1974; Belsley, Kuh and Welsch, Regression Diagnostics, 1980, 2.1), so that a fit with many places does not look
 * better than it is.
 *
 * Power. An uplift u is found if r passes the upper 97.5 % quantile; with a chance of 80 % if log(1 + u) >= q(0.975) - q(0.20).
 *
 * Bounds. Windows with a skipped hour or under three quarters of their hours are no placebos. Placebos that overlap in their
 * level weeks are correlated, which a rank does not mind. What differs from week to week in a way that the baseline does not
 * know (the December before an annual sale) widens the interval of every event of the year; taking placebos of the nearest weeks
 * only (placebo_weeks) keeps it local. */
#include "estimate/uplift.h"

#include "base/calendar.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <gsl/gsl_vector.h>

#include <math.h>

#define WEEK        168
#define PARAMETERS  (1 + YK_UPLIFT_SITES_MAX)
#define ENOUGH      0.75
#define RIDGE       1e-9 /* of the variance: far below any noise, above rounding */
#define LEVEL_WEEKS 4
#define NEAR_WEEKS  104

const char *yk_uplift_state_text(enum yk_uplift_state state)
{
    switch (state) {
    case YK_UPLIFT_OK:
        return "ok";
    case YK_UPLIFT_NO_WINDOW:
        return "the event is longer than a week or not inside the record";
    case YK_UPLIFT_OUTAGE:
        return "too few hours of the event or of the weeks before it were counted";
    case YK_UPLIFT_TOO_FEW:
        return "too few ordinary weeks to compare with";
    case YK_UPLIFT_NO_FIT:
        return "the comparison places cannot be told from each other";
    }
    return "unknown";
}

static bool skipped(const struct yk_uplift_study *s, size_t hour)
{
    return s->skip && s->skip[hour];
}

struct sums {
    double observed, expected;
    size_t hours;
};

/* Over [from, to) without skipped hours (heed_skip) and the event's. */
static struct sums add_up(const struct yk_uplift_study *s, const struct yk_uplift_site *site, size_t from, size_t to,
                          bool heed_skip, const size_t event[2])
{
    struct sums sums = {0};
    for (size_t i = from; i < to; i++) {
        bool out = heed_skip && (skipped(s, i) || (i >= event[0] && i < event[1]));
        if (out || !isfinite(site->observed[i]) || !isfinite(site->expected[i]))
            continue;
        sums.observed += site->observed[i];
        sums.expected += site->expected[i];
        sums.hours++;
    }
    return sums;
}

/* r of one window, NAN: not enough hours. Half a person on either side keeps the logarithm of an empty street. */
static double log_ratio(const struct yk_uplift_study *s, const struct yk_uplift_site *site, size_t from, size_t length,
                        const size_t event[2], struct sums *window, double *level)
{
    size_t weeks = s->level_weeks ? s->level_weeks : LEVEL_WEEKS;
    if (from < weeks * WEEK || from + length > s->hours)
        return (double)NAN;
    struct sums before = add_up(s, site, from - weeks * WEEK, from, true, event);
    *window = add_up(s, site, from, from + length, false, event);
    if ((double)window->hours < ENOUGH * (double)length || (double)before.hours < ENOUGH / 2 * (double)(weeks * WEEK) ||
        !(window->expected > 0) || !(before.expected > 0) || !(before.observed > 0))
        return (double)NAN;
    *level = before.observed / before.expected;
    return log((window->observed + 0.5) / (window->expected * *level + 0.5));
}

/* The hour at which the same local hour begins `weeks` weeks later; false outside the record. */
static bool shifted(const struct yk_uplift_study *s, size_t from, int weeks, size_t *out)
{
    int64_t at = s->start_s + (int64_t)from * 3600, moved = at + (int64_t)weeks * WEEK * 3600;
    int turn = yk_calendar_civil(moved).hour - yk_calendar_civil(at).hour; /* summer time between the two */
    if (turn > 12)
        turn -= 24;
    if (turn < -12)
        turn += 24;
    moved -= turn * INT64_C(3600);
    if (moved < s->start_s)
        return false;
    *out = (size_t)((moved - s->start_s) / 3600);
    return *out < s->hours;
}

/* Column 0: the site's r; 1 on: the comparison places'. */
struct placebos {
    size_t count;
    double r[YK_UPLIFT_PLACEBOS_MAX][PARAMETERS];
};

/* False if any place of the window is not known. */
static bool ratios(const struct yk_uplift_study *s, size_t from, size_t length, const size_t event[2],
                   double r[PARAMETERS], struct sums *window, double *level)
{
    r[0] = log_ratio(s, &s->site, from, length, event, window, level);
    bool known = isfinite(r[0]);
    for (unsigned j = 0; j < s->compare_count && known; j++) {
        struct sums other;
        double other_level;
        r[1 + j] = log_ratio(s, &s->compare[j], from, length, event, &other, &other_level);
        known = isfinite(r[1 + j]);
    }
    return known;
}

static bool is_ordinary(const struct yk_uplift_study *s, size_t from, size_t length, const size_t event[2])
{
    if (from + length > s->hours || (from < event[1] && from + length > event[0]))
        return false;
    for (size_t i = from; i < from + length; i++)
        if (skipped(s, i))
            return false;
    return true;
}

/* From the nearest weeks on. */
static void collect(const struct yk_uplift_study *s, const size_t event[2], struct placebos *p)
{
    int far = s->placebo_weeks ? (int)s->placebo_weeks : NEAR_WEEKS;
    size_t length = event[1] - event[0];
    for (int distance = 1; distance <= far; distance++) {
        for (int side = -1; side <= (s->past_only ? -1 : 1); side += 2) {
            size_t from;
            struct sums window;
            double level;
            if (p->count == YK_UPLIFT_PLACEBOS_MAX || !shifted(s, event[0], side * distance, &from) ||
                !is_ordinary(s, from, length, event))
                continue;
            p->count += ratios(s, from, length, event, p->r[p->count], &window, &level);
        }
    }
}

/* Least squares of column 0 on a constant and the others; e: leave-one-out residuals; r: what is left of the event's. */
static bool adjust(const struct placebos *p, unsigned sites, const double event[PARAMETERS], double *e, double *r,
                   double slope[YK_UPLIFT_SITES_MAX])
{
    double mean[PARAMETERS] = {0}, square[PARAMETERS * PARAMETERS] = {0}, right[PARAMETERS] = {0}, n = (double)p->count;
    for (size_t i = 0; i < p->count; i++)
        for (unsigned j = 0; j <= sites; j++)
            mean[j] += p->r[i][j] / n;
    if (sites > 0) {
        for (size_t i = 0; i < p->count; i++)
            for (unsigned j = 0; j < sites; j++) {
                double x = p->r[i][1 + j] - mean[1 + j];
                right[j] += x * (p->r[i][0] - mean[0]);
                for (unsigned k = 0; k < sites; k++)
                    square[j * sites + k] += x * (p->r[i][1 + k] - mean[1 + k]);
            }
        for (unsigned j = 0; j < sites; j++) {
            if (!(square[j * sites + j] > 0))
                return false;
            square[j * sites + j] *= 1 + RIDGE;
        }
        gsl_matrix_view a = gsl_matrix_view_array(square, sites, sites);
        gsl_vector_view b = gsl_vector_view_array(right, sites), x = gsl_vector_view_array(slope, sites);
        if (gsl_linalg_cholesky_decomp1(&a.matrix) != GSL_SUCCESS ||
            gsl_linalg_cholesky_solve(&a.matrix, &b.vector, &x.vector) != GSL_SUCCESS ||
            gsl_linalg_cholesky_invert(&a.matrix) != GSL_SUCCESS)
            return false;
    }
    *r = event[0] - mean[0];
    for (unsigned j = 0; j < sites; j++)
        *r -= slope[j] * (event[1 + j] - mean[1 + j]);
    for (size_t i = 0; i < p->count; i++) {
        double leverage = 1 / n;
        e[i] = p->r[i][0] - mean[0];
        for (unsigned j = 0; j < sites; j++) {
            double x = p->r[i][1 + j] - mean[1 + j];
            e[i] -= slope[j] * x;
            for (unsigned k = 0; k < sites; k++)
                leverage += x * square[j * sites + k] * (p->r[i][1 + k] - mean[1 + k]);
        }
        if (!(leverage < 1))
            return false;
        e[i] /= 1 - leverage;
    }
    return true;
}

/* At (n + 1) p of sorted values, n >= YK_UPLIFT_PLACEBOS_MIN and 1/40 <= p <= 39/40: inside by construction. */
static double quantile(const double *sorted, size_t n, double p)
{
    double at = (double)(n + 1) * p - 1;
    size_t i = (size_t)at;
    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

/* The share p at which quantile() gives r, from 1/(n + 1) to n/(n + 1): r's rank, with the part of a rank between two placebos. */
static double rank_of(const double *sorted, size_t n, double r)
{
    if (!(r > sorted[0]))
        return 1 / (double)(n + 1);
    if (!(r < sorted[n - 1]))
        return (double)n / (double)(n + 1);
    size_t i = 0;
    while (sorted[i + 1] < r)
        i++;
    return ((double)i + 1 + (r - sorted[i]) / (sorted[i + 1] - sorted[i])) / (double)(n + 1);
}

enum yk_uplift_state yk_uplift_estimate(const struct yk_uplift_study *s, size_t from, size_t length,
                                        struct yk_uplift *out)
{
    *out = (struct yk_uplift){0};
    if (length == 0 || length > YK_UPLIFT_HOURS_MAX || from >= s->hours || length > s->hours - from ||
        s->compare_count > YK_UPLIFT_SITES_MAX)
        return YK_UPLIFT_NO_WINDOW;
    const size_t event[2] = {from, from + length};
    struct placebos p;
    p.count = 0;
    double r[PARAMETERS] = {0}, e[YK_UPLIFT_PLACEBOS_MAX], level = 0, left = 0;
    struct sums window = {0};
    if (!ratios(s, from, length, event, r, &window, &level))
        return YK_UPLIFT_OUTAGE;
    collect(s, event, &p);
    if (p.count < YK_UPLIFT_PLACEBOS_MIN)
        return YK_UPLIFT_TOO_FEW;
    struct yk_uplift u = {.observed = window.observed, .placebos = p.count};
    if (!adjust(&p, 0, r, e, &left, u.slope))
        return YK_UPLIFT_NO_FIT;
    u.placebo_sd_alone = gsl_stats_sd(e, 1, p.count);
    if (s->compare_count > 0 && !adjust(&p, s->compare_count, r, e, &left, u.slope))
        return YK_UPLIFT_NO_FIT;
    u.placebo_sd = gsl_stats_sd(e, 1, p.count);
    gsl_sort(e, 1, p.count);
    double rank = rank_of(e, p.count, left);
    u.p = 2 * fmin(rank, 1 - rank);
    double middle = quantile(e, p.count, 0.5), low = quantile(e, p.count, 0.025), high = quantile(e, p.count, 0.975);
    u.uplift = (struct yk_interval){expm1(left - middle), expm1(left - high), expm1(left - low)};
    u.expected = u.observed / exp(left - middle);
    u.detectable_up = expm1(high - quantile(e, p.count, 0.20));
    u.detectable_down = expm1(low - quantile(e, p.count, 0.80));
    *out = u;
    return YK_UPLIFT_OK;
}
