/* Expected: what a day, and each of its hours, would have brought had nothing been special. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Of each followed series, from what lies before the day's week (estimate/baseline.h); the interval is that in which 95 of 100 such
 * hours or days lie. Days of what adds up to days; hours of what is told by hours. */
#include "kpis/followed_rows.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

static struct yk_interval middle(double *draw)
{
    gsl_sort(draw, 1, YK_FOLLOWED_PATHS);
    return (struct yk_interval){gsl_stats_median_from_sorted_data(draw, 1, YK_FOLLOWED_PATHS),
                                gsl_stats_quantile_from_sorted_data(draw, 1, YK_FOLLOWED_PATHS, 0.025),
                                gsl_stats_quantile_from_sorted_data(draw, 1, YK_FOLLOWED_PATHS, 0.975)};
}

static void give_series(const struct yk_kpi *kpi, const struct yk_followed_day *day, const struct yk_followed *f,
                        yk_candidate_fn *give, void *context)
{
    double draw[YK_FOLLOWED_PATHS], total[YK_FOLLOWED_PATHS];
    struct yk_candidate c;
    yk_kpi_followed_candidate(kpi, day, f, &c);
    yk_followed_unit(&c, day, f);
    if (f->state != YK_BASELINE_OK) {
        c.row.reason = yk_followed_reason(f->state);
        give(context, &c);
        return;
    }
    for (size_t p = 0; p < YK_FOLLOWED_PATHS; p++)
        total[p] = 0;
    for (size_t h = 0; h < f->day_hours; h++) {
        for (size_t p = 0; p < YK_FOLLOWED_PATHS; p++)
            total[p] += draw[p] = f->path[p * f->day_hours + h];
        struct yk_candidate hour = c;
        hour.row.resolution = YK_RES_1H;
        hour.row.start_s = day->start_s + (int64_t)h * 3600;
        hour.row.end_s = hour.row.start_s + 3600;
        yk_followed_fill(&hour, f, middle(draw));
        if (f->by_hour)
            give(context, &hour);
    }
    yk_followed_fill(&c, f, middle(total));
    if (f->by_day)
        give(context, &c);
}

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    for (size_t i = 0; i < day->count; i++)
        if (day->list[i].devices == day->devices)
            give_series(kpi, day, &day->list[i], give, context);
}

const struct yk_kpi yk_kpi_expected = {
    .name = "expected",
    .unit = "",
    .summary = "what was to be expected of a followed count",
    .followed_rows = followed_rows,
};
