/* Rows of followed series: reasons, values, comparisons, outlooks. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/followed_rows.h"

#include <stdio.h>

enum yk_reason yk_followed_reason(enum yk_baseline_state state)
{
    switch (state) {
    case YK_BASELINE_TOO_SHORT:
    case YK_BASELINE_NO_PEOPLE:
    case YK_BASELINE_NO_WINDOW: /* the year began before the record */
        return YK_REASON_TOO_SHORT;
    default:
        return YK_REASON_NOT_OBSERVABLE;
    }
}

void yk_followed_fill(struct yk_candidate *c, const struct yk_followed *followed, struct yk_interval interval)
{
    c->row.state = YK_STATE_OK;
    c->row.reason = followed->level_broke ? YK_REASON_LEVEL_BREAK : YK_REASON_NONE;
    c->row.value = interval.value;
    c->row.lower = interval.lower;
    c->row.upper = interval.upper;
}

void yk_followed_unit(struct yk_candidate *c, const struct yk_followed_day *day, const struct yk_followed *followed)
{
    const struct yk_kpi *of = yk_kpi_find(day->config->kpis[followed->entry].kpi);
    snprintf(c->row.unit, sizeof c->row.unit, "%s", of ? of->unit : "");
}

#define CHANGE_DAYS 400 /* that a comparison may reach back */

/* The last days' sums as they would have been under the calibration of today; false where they cannot be told. */
static bool like_today(const struct yk_followed *f, int64_t today, double sum[static CHANGE_DAYS],
                       struct yk_compare_days *out)
{
    *out = (struct yk_compare_days){.first = today + 1 - CHANGE_DAYS, .count = CHANGE_DAYS, .sum = sum};
    if (out->first < f->day.first || today >= f->day.first + (int64_t)f->day.count)
        return false;
    size_t at = (size_t)(out->first - f->day.first);
    out->kind = f->day.kind + at;
    for (size_t i = 0; i < CHANGE_DAYS; i++)
        sum[i] =
            f->day.sum[at + i] * (f->day_hour[at + i] < f->hours.count ? yk_followed_scale(f, f->day_hour[at + i]) : 1);
    return true;
}

void yk_followed_change(const struct yk_kpi *kpi, const struct yk_followed_day *day, int days, int back,
                        yk_candidate_fn *give, void *context)
{
    int64_t today = yk_baseline_day(day->start_s);
    for (size_t i = 0; i < day->count; i++) {
        const struct yk_followed *f = &day->list[i];
        struct yk_candidate c;
        struct yk_comparison comparison;
        struct yk_compare_days sums;
        double sum[CHANGE_DAYS];
        if (f->devices != day->devices)
            continue;
        yk_kpi_followed_candidate(kpi, day, f, &c);
        if (like_today(f, today, sum, &sums) &&
            yk_compare(&sums, today + 1 - days, today + 1, back, true, &comparison) == YK_COMPARE_OK) {
            yk_followed_fill(&c, f, comparison.change);
            c.row.reason = YK_REASON_NONE; /* of no baseline */
            c.row.coverage = (double)comparison.pairs / days;
        }
        give(context, &c);
    }
}

void yk_followed_outlook(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_outlook_fn *fill,
                         yk_candidate_fn *give, void *context)
{
    for (size_t i = 0; i < day->count; i++) {
        const struct yk_followed *f = &day->list[i];
        struct yk_candidate c;
        if (f->devices != day->devices || !f->has_outlook)
            continue;
        yk_kpi_followed_candidate(kpi, day, f, &c);
        yk_followed_unit(&c, day, f);
        if (kpi->unit[0])
            snprintf(c.row.unit, sizeof c.row.unit, "%s", kpi->unit);
        if (f->outlook_state == YK_BASELINE_OK) {
            fill(&c, &f->outlook);
            c.row.coverage = f->outlook.covered;
            if (f->outlook.covered >= 1)
                c.row.basis = YK_BASIS_MEASURED;
            if (c.row.state == YK_STATE_OK && f->level_broke)
                c.row.reason = YK_REASON_LEVEL_BREAK;
        } else {
            c.row.reason = yk_followed_reason(f->outlook_state);
        }
        give(context, &c);
    }
}
