/* Visitors: persons. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Persons are persons per device times device visits. The first factor was measured where persons were counted beside devices
 * (estimate/calibration.h) and accepted by somebody (calibrations/calibrations.h); what holds when the epoch begins holds all
 * through it, and the row names it. Without any, nobody knows the factor and the row says so instead of giving a number. */
#include "calibrations/calibrations.h"
#include "kpis/device_number.h"
#include "kpis/kpi.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void fill(struct yk_candidate *c, const struct yk_calibration_in_force *in_force, const struct yk_visits *visits)
{
    const struct yk_calibration *calibration = &in_force->calibration;
    struct yk_interval v = yk_calibration_apply_visits(calibration, visits, yk_device_period_se(visits));
    /* Somebody was heard: never a 0, which the gate would take for nobody. */
    double least = calibration->rho * visits->floor;
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = fmax(v.value, least);
    c->row.lower = fmin(v.lower, c->row.value);
    c->row.upper = fmax(v.upper, c->row.value);
    c->row.n_low = c->row.n_high = (int64_t)floor(visits->value + 0.5);
    size_t length = strlen(c->row.parameters);
    snprintf(c->row.parameters + length, sizeof c->row.parameters - length, " C%s", in_force->id);
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (!facts->has_radio)
        return;
    struct yk_candidate c;
    struct yk_visits visits;
    yk_kpi_candidate(kpi, facts, &c);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = yk_coverage(&facts->radio_cover);
    if (facts->radio_cover.ran_s > 0) {
        bool calibrated = facts->calibration && facts->calibration->basis != YK_CALIBRATED_NOT;
        bool known = yk_device_number(facts, &visits);
        c.devices_lower = visits.lower / (double)(facts->radio.keys > 1 ? facts->radio.keys : 1);
        c.row.reason = known ? YK_REASON_UNCALIBRATED : YK_REASON_NOT_MEASURABLE;
        if (known && calibrated)
            fill(&c, facts->calibration, &visits);
    }
    give(context, &c);
}

const struct yk_kpi yk_kpi_visitors = {
    .name = "visitors",
    .unit = "persons",
    .summary = "persons, from devices and a calibration",
    .day = YK_DAY_EPOCH,
    .rows = rows,
};
