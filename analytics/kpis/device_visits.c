/* Device visits: how many devices were there, whatever addresses they showed. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Per class: public and static addresses are their devices; rotating ones go through the estimator of
 * rotation/rotation.c with the period measured from lag histograms. If a class was heard whose period is not known, the
 * number is not made up: the row is missing, not_measurable. Nothing heard is a measured 0. */
#include "kpis/device_number.h"
#include "kpis/kpi.h"

#include <math.h>

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (!facts->has_radio)
        return;
    struct yk_candidate c;
    struct yk_visits visits;
    yk_kpi_candidate(kpi, facts, &c);
    c.row.basis = YK_BASIS_ESTIMATED;
    c.row.coverage = yk_coverage(&facts->radio_cover);
    if (facts->radio_cover.ran_s == 0) {
        give(context, &c);
        return;
    }
    bool known = yk_device_number(facts, &visits);
    /* One device that was heard under two keys (two collectors, or one that was started anew) stands twice in the sum.
     * k is tested on what is certain: no key saw more devices than there were. */
    c.devices_lower = visits.lower / (double)(facts->radio.keys > 1 ? facts->radio.keys : 1);
    if (!known) {
        c.row.reason = YK_REASON_NOT_MEASURABLE;
    } else {
        c.row.state = YK_STATE_OK;
        c.row.reason = YK_REASON_NONE;
        c.row.value = visits.value;
        c.row.lower = visits.lower;
        c.row.upper = visits.upper;
        c.row.n_low = c.row.n_high = (int64_t)floor(visits.value + 0.5);
    }
    give(context, &c);
}

const struct yk_kpi yk_kpi_device_visits = {
    .name = "device_visits",
    .unit = "devices",
    .summary = "devices that were there, estimated through address rotation",
    .day = YK_DAY_EPOCH,
    .rows = rows,
};
