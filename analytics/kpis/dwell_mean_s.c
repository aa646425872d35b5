/* Mean dwell: how long a visit lasts. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices: the time that was spent over those who came and left (rotation/rotation.h), classes together; that needs windows much
 * longer than a stay, so an hour or a day that is not five times as long as the answer has none. Its interval is that of the
 * arrivals and departures, whose error is most of it. 'Detections less than 10 minutes apart are one stay' is how lives are made, here as everywhere. */
#include "kpis/kpi.h"

#include <math.h>

#define WINDOW_OVER_STAY 5

struct dwell {
    double spent_s;             /* by all who passed */
    double passed, least, most; /* who came and left, halved; its interval */
};

static double half(double a, double b)
{
    return (a + b) / 2;
}

/* False if a class that was heard has no period. */
static bool add_class(struct dwell *dwell, const struct yk_facts *facts, int class)
{
    const struct yk_rotation_sums *sums = &facts->radio.class_of[class];
    if (sums->addresses == 0)
        return true;
    double two_g_s = yk_rotation_two_g_s(sums);
    if (class == YK_CLASS_PUBLIC || class == YK_CLASS_STATIC) {
        double passed = half((double)sums->births, (double)sums->deaths);
        dwell->spent_s += (double)sums->life_ds / 10 + two_g_s * passed;
        dwell->passed += passed;
        dwell->least += passed;
        dwell->most += passed;
        return true;
    }
    int rotating = class == YK_CLASS_RESOLVABLE ? YK_ROTATING_RESOLVABLE : YK_ROTATING_NON_RESOLVABLE;
    struct yk_rotation_flows flows;
    if (!facts->periods->known[rotating] ||
        yk_rotation_flows(sums, &facts->periods->period[rotating], &flows) != YK_VISITS_OK)
        return false;
    double passed = half(flows.arrivals.raw, flows.departures.raw);
    dwell->spent_s += flows.mean_stay_s * fmax(passed, 0);
    dwell->passed += passed;
    dwell->least += half(flows.arrivals.lower, flows.departures.lower);
    dwell->most += half(flows.arrivals.upper, flows.departures.upper);
    return true;
}

static void give_devices(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    struct dwell dwell = {0};
    struct yk_candidate c;
    yk_kpi_candidate(kpi, facts, &c);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = yk_coverage(&facts->radio_cover);
    c.ratio = true;
    c.devices_lower = 0;
    if (facts->radio_cover.ran_s > 0) {
        bool known = true;
        for (int class = 0; class < YK_CLASS_COUNT; class ++)
            known = add_class(&dwell, facts, class) && known;
        double mean_s = dwell.passed > 0 ? dwell.spent_s / dwell.passed : 0;
        c.devices_lower = dwell.least / (double)(facts->radio.keys > 1 ? facts->radio.keys : 1);
        if (!known || !(dwell.passed > 0) || !(dwell.least > 0))
            c.row.reason = YK_REASON_NOT_MEASURABLE;
        else if (WINDOW_OVER_STAY * mean_s > (double)(facts->end_s - facts->start_s))
            c.row.reason = YK_REASON_NOT_OBSERVABLE;
        else {
            c.row.state = YK_STATE_OK;
            c.row.reason = YK_REASON_NONE;
            c.row.value = mean_s;
            c.row.lower = fmin(dwell.spent_s / dwell.most, mean_s);
            c.row.upper = fmax(dwell.spent_s / dwell.least, mean_s);
            c.row.n_low = c.row.n_high = (int64_t)floor(dwell.passed + 0.5);
        }
    }
    give(context, &c);
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (facts->has_radio && facts->resolution != YK_RES_15M)
        give_devices(kpi, facts, give, context);
}

const struct yk_kpi yk_kpi_dwell_mean_s = {
    .name = "dwell_mean_s",
    .unit = "s",
    .summary = "how long a visit lasts, on average",
    .day = YK_DAY_EPOCH,
    .rows = rows,
};
