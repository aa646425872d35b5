/* Device visits: how many devices were there, whatever addresses they showed. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Per class: public and static addresses are their devices; rotating ones go through the estimator of
 * rotation/rotation.c with the period measured from lag histograms. If a class was heard whose period is not known, the
 * number is not made up: the row is missing, not_measurable. Nothing heard is a measured 0. */
#include "kpis/kpi.h"

#include <math.h>
#include <string.h>

/* The estimate, or false if a class that was heard has no period. */
static bool estimate(const struct yk_facts *facts, struct yk_visits *visits)
{
    memset(visits, 0, sizeof *visits);
    for (int class = 0; class < YK_CLASS_COUNT; class ++) {
        const struct yk_rotation_sums *sums = &facts->radio.class_of[class];
        if (sums->addresses == 0)
            continue;
        struct yk_visits cell;
        if (class == YK_CLASS_PUBLIC || class == YK_CLASS_STATIC) {
            yk_visits_exact(sums->addresses, &cell);
        } else {
            int rotating = class == YK_CLASS_RESOLVABLE ? YK_ROTATING_RESOLVABLE : YK_ROTATING_NON_RESOLVABLE;
            if (!facts->periods->known[rotating] ||
                yk_visits_rotating(sums, &facts->periods->period[rotating], &cell) != YK_VISITS_OK)
                return false;
        }
        yk_visits_add(visits, &cell);
    }
    return true;
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
    if (facts->radio_cover.ran_s == 0) {
        give(context, &c);
        return;
    }
    bool known = estimate(facts, &visits);
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
