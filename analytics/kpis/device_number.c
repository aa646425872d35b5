/* Device numbers of a window. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/device_number.h"

#include "estimate/interval.h"

#include <math.h>
#include <string.h>

/* window_s: 0 where it is not known that all of the window was heard. */
static bool count(const struct yk_radio_sums *radio, const struct yk_periods *periods, double window_s,
                  struct yk_visits *visits)
{
    memset(visits, 0, sizeof *visits);
    for (int class = 0; class < YK_CLASS_COUNT; class ++) {
        const struct yk_rotation_sums *sums = &radio->class_of[class];
        if (sums->addresses == 0)
            continue;
        struct yk_visits cell;
        if (class == YK_CLASS_PUBLIC || class == YK_CLASS_STATIC) {
            yk_visits_exact(sums->addresses, &cell);
        } else {
            int rotating = class == YK_CLASS_RESOLVABLE ? YK_ROTATING_RESOLVABLE : YK_ROTATING_NON_RESOLVABLE;
            if (!periods->known[rotating] ||
                yk_visits_in_window(sums, &periods->period[rotating], window_s, &cell) != YK_VISITS_OK)
                return false;
        }
        yk_visits_add(visits, &cell);
    }
    return true;
}

bool yk_device_number(const struct yk_facts *facts, struct yk_visits *visits)
{
    bool whole = facts->radio_cover.expected_s > 0 && facts->radio_cover.ran_s == facts->radio_cover.expected_s;
    return count(&facts->radio, facts->periods, whole ? (double)(facts->end_s - facts->start_s) : 0, visits);
}

bool yk_device_number_of(const struct yk_radio_sums *radio, const struct yk_periods *periods, struct yk_visits *visits)
{
    return count(radio, periods, 0, visits);
}

double yk_device_period_se(const struct yk_visits *visits)
{
    double squares = 0, rotations = visits->addresses - visits->raw;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        double shift = (visits->shift_down[i] + visits->shift_up[i]) / 2;
        squares += shift * shift;
    }
    return rotations > 0 ? sqrt(squares) / YK_Z95 / rotations : 0;
}
