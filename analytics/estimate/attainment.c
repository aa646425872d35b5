/* How far a target is reached. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Plans for town centres name a base value, a target and a year, and are followed up every year: met, improved, or neither.
 * In June nobody can say which, and a straight line from the first quarter ignores that autumn is busier.
 *
 * Method. Status and share by definition (Cabinet Office, manual for the follow-up of Basic Plans for the Revitalisation of Town
 * Centres). The outlook takes the hours counted so far as they are and the rest of the fiscal year, and every gap in it, from paths of
 * the baseline (baseline_paths.c): the chance is the share of paths whose total meets the target. A gap is not a zero, so an outage
 * in May does not lower the year; the daily mean divides by all days of the year for the same reason.
 *
 * Bounds. The chance knows what the baseline knows: a new station exit next month is not in it. From n paths no chance is told nearer
 * to 0 or 1 than about 1/n. */
#include "estimate/attainment.h"

#include "base/calendar.h"
#include "estimate/compare.h"

#include <math.h>

const char *yk_attainment_status_text(enum yk_attainment_status status)
{
    switch (status) {
    case YK_ATTAINMENT_NOT_YET:
        return "not yet measurable";
    case YK_ATTAINMENT_SHORT:
        return "short";
    case YK_ATTAINMENT_IMPROVED:
        return "improved but short";
    case YK_ATTAINMENT_MET:
        return "met";
    }
    return "unknown";
}

static enum yk_attainment_status status_of(double share)
{
    return share >= 1 ? YK_ATTAINMENT_MET : share > 0 ? YK_ATTAINMENT_IMPROVED : YK_ATTAINMENT_SHORT;
}

struct yk_attainment yk_attainment_of(double base, double target, struct yk_interval actual)
{
    struct yk_attainment a = {YK_ATTAINMENT_NOT_YET, false, {(double)NAN, (double)NAN, (double)NAN}};
    double way = target - base;
    if (!isfinite(actual.value) || !isfinite(way) || way == 0)
        return a;
    bool exact = !isfinite(actual.lower) || !isfinite(actual.upper);
    double lower = exact ? actual.value : actual.lower, upper = exact ? actual.value : actual.upper;
    a.share.value = (actual.value - base) / way;
    a.share.lower = ((way > 0 ? lower : upper) - base) / way;
    a.share.upper = ((way > 0 ? upper : lower) - base) / way;
    a.status = status_of(a.share.value);
    a.sure = status_of(a.share.lower) == a.status && status_of(a.share.upper) == a.status;
    return a;
}

static double days_between(int64_t from_s, int64_t to_s)
{
    double days = 0;
    for (int64_t t = from_s; t < to_s; t = yk_calendar_day_next(t, 0))
        days++;
    return days;
}

enum yk_baseline_state yk_attainment_expect(const struct yk_baseline *baseline, const struct yk_baseline_days *days,
                                            const struct yk_series *observed, int fiscal_year, int start_month,
                                            enum yk_attainment_measure measure, double base, double target,
                                            const struct yk_baseline_draw *draw, struct yk_attainment_outlook *out)
{
    const struct yk_interval unknown = {(double)NAN, (double)NAN, (double)NAN};
    *out = (struct yk_attainment_outlook){
        .at_year_end = yk_attainment_of(base, target, unknown), .actual = unknown, .chance = (double)NAN};
    int64_t from_s, to_s;
    yk_fiscal_year_bounds(fiscal_year, start_month, &from_s, &to_s);
    double unit = measure == YK_ATTAINMENT_DAILY_MEAN ? days_between(from_s, to_s) : 1;
    struct yk_baseline_total total;
    enum yk_baseline_state state =
        yk_baseline_total(baseline, days, observed, from_s, to_s, target * unit, draw, &total);
    if (state != YK_BASELINE_OK)
        return state;
    out->actual = (struct yk_interval){total.total.value / unit, total.total.lower / unit, total.total.upper / unit};
    out->at_year_end = yk_attainment_of(base, target, out->actual);
    out->covered = (double)total.hours_observed / (double)total.hours;
    if (target != base)
        out->chance = target > base ? total.reaches : 1 - total.reaches;
    return state;
}
