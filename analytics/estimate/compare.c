/* This week and the last, this year and the one before. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. '7 % more than last year' is arithmetic; whether it is more than days scatter is not. And a week with a holiday is
 * compared with one that had none.
 *
 * Method. Days are compared with the same weekday: 7 days back, or 364 (a year back by the date compares Saturdays with Fridays). Each
 * pair has two whole days; a day of which an hour is missing takes its partner with it, so an outage is not a loss. `alike`
 * takes out pairs of which one is a holiday (or another kind that the caller names) and the other is not: in Japan a
 * week of May holds five of them. What was left out is told beside the result. Moving holidays onto each other instead would pair other
 * weekdays, which differ more than holidays do.
 *
 * change = sum now / sum before - 1, the ratio estimator (Cochran, Sampling Techniques, 3rd edition, 1977, 6.3). With d = now - R
 * before of each pair the variance of R is n S / (sum before)^2, S the long-run variance of d: neighbouring days err together. S is the
 * mean square of d's first v cosine transforms, v = max(3, 0.4 n^(2/3)), and the quantile t with v degrees (Lazarus, Lewis, Stock and
 * Watson, HAR inference: recommendations for practice, J. Bus. Econ. Stat. 36, 2018). Newey and West's sum with t(n - 1) held
 * 90 % for a week of independent days and 86 % for four weeks with a correlation of 0.5.
 *
 * Bounds. The interval is about days that scatter inside the period. A change that holds for the whole period, weather or a
 * fair, is in the value and not in the interval: for that there is the baseline. Strong serial correlation is taken in by a part only. */
#include "estimate/compare.h"

#include "base/calendar.h"

#include <gsl/gsl_cdf.h>

#include <math.h>
#include <stdio.h>

const char *yk_compare_state_text(enum yk_compare_state state)
{
    switch (state) {
    case YK_COMPARE_OK:
        return "ok";
    case YK_COMPARE_TOO_FEW:
        return "too few days that are whole and of one kind with their partners";
    case YK_COMPARE_NO_PEOPLE:
        return "nobody was counted in the period before";
    }
    return "unknown";
}

/* Days since 1970-01-01 of the local day that begins at day_start: its digits, read as UTC. */
static int64_t day_number(int64_t day_start)
{
    struct yk_civil c = yk_calendar_civil(day_start);
    char text[YK_TIME_TEXT_MAX];
    struct yk_wall wall = {0};
    snprintf(text, sizeof text, "%04d-%02d-%02dT00:00:00Z", c.year, c.month, c.day);
    if (!yk_time_parse(text, &wall))
        return 0;
    return wall.us / 86400000000;
}

size_t yk_compare_sum_days(const struct yk_series *hours, double *sum, size_t capacity, int64_t *first)
{
    int64_t end = hours->start_s + (int64_t)hours->count * hours->step_s;
    int64_t from = yk_calendar_day_start(hours->start_s, 0);
    size_t count = 0;
    *first = day_number(from);
    for (; from < end && count < capacity; count++) {
        int64_t to = yk_calendar_day_next(from, 0);
        double day = from < hours->start_s || to > end ? (double)NAN : 0;
        for (int64_t t = from; t < to && !isnan(day); t += hours->step_s)
            day += hours->value[(t - hours->start_s) / hours->step_s];
        sum[count] = day;
        from = to;
    }
    return count;
}

/* The day's place in the arrays, or count. */
static size_t place(const struct yk_compare_days *days, int64_t day)
{
    return day < days->first || day - days->first >= (int64_t)days->count ? days->count : (size_t)(day - days->first);
}

enum pair { PAIR, PAIR_GAP, PAIR_UNLIKE };

static enum pair pair_of(const struct yk_compare_days *days, int64_t day, int back, bool alike, double *now,
                         double *before)
{
    size_t a = place(days, day), b = place(days, day - back);
    *now = *before = 0;
    if (a == days->count || b == days->count || !isfinite(days->sum[a]) || !isfinite(days->sum[b]))
        return PAIR_GAP;
    if (alike && days->kind && days->kind[a] != days->kind[b])
        return PAIR_UNLIKE;
    *now = days->sum[a];
    *before = days->sum[b];
    return PAIR;
}

/* Long-run variance of now - ratio before over the pairs, from `cosines` transforms. */
static double long_run(const struct yk_compare_days *days, int64_t from, int64_t to, int back, bool alike, double ratio,
                       double n, int cosines)
{
    double squares = 0;
    for (int j = 1; j <= cosines; j++) {
        double sum = 0, at = 0.5, now, before;
        for (int64_t day = from; day < to; day++)
            if (pair_of(days, day, back, alike, &now, &before) == PAIR)
                sum += (now - ratio * before) * cos(M_PI * j * at++ / n);
        squares += 2 / n * sum * sum;
    }
    return squares / cosines;
}

enum yk_compare_state yk_compare(const struct yk_compare_days *days, int64_t from, int64_t to, int back, bool alike,
                                 struct yk_comparison *out)
{
    *out = (struct yk_comparison){0};
    struct yk_comparison c = {0};
    for (int64_t day = from; day < to; day++) {
        double now, before;
        enum pair pair = pair_of(days, day, back, alike, &now, &before);
        c.pairs += pair == PAIR;
        out->gaps += pair == PAIR_GAP;
        out->unlike += pair == PAIR_UNLIKE;
        c.now += now;
        c.before += before;
    }
    if (c.pairs < YK_COMPARE_PAIRS_MIN)
        return YK_COMPARE_TOO_FEW;
    if (!(c.before > 0))
        return YK_COMPARE_NO_PEOPLE;
    double n = (double)c.pairs, ratio = c.now / c.before;
    int cosines = (int)fmax(3, 0.4 * pow(n, 2.0 / 3));
    double s = long_run(days, from, to, back, alike, ratio, n, cosines);
    double half = gsl_cdf_tdist_Pinv(0.975, cosines) * sqrt(n * s) / c.before;
    c.change = (struct yk_interval){ratio - 1, fmax(ratio - half, 0) - 1, ratio + half - 1};
    c.gaps = out->gaps;
    c.unlike = out->unlike;
    *out = c;
    return YK_COMPARE_OK;
}

void yk_fiscal_year_bounds(int fiscal_year, int start_month, int64_t *from_s, int64_t *to_s)
{
    int64_t *const bound[] = {from_s, to_s};
    for (int i = 0; i < 2; i++) {
        char text[YK_TIME_TEXT_MAX];
        struct yk_wall wall = {0};
        snprintf(text, sizeof text, "%04d-%02d-01", fiscal_year + i, start_month);
        *bound[i] = yk_time_parse(text, &wall) ? wall.us / 1000000 : 0;
    }
}
