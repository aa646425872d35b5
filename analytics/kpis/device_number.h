/* How many devices the facts of a window tell of. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_DEVICE_NUMBER_H
#define YK_KPIS_DEVICE_NUMBER_H

#include "kpis/facts.h"

/* The sum over classes, or false if a class that was heard has no period. */
bool yk_device_number(const struct yk_facts *facts, struct yk_visits *visits);
/* The same of sums that stand for themselves. */
bool yk_device_number_of(const struct yk_radio_sums *radio, const struct yk_periods *periods, struct yk_visits *visits);
/* SE(R)/R as these visits were hit by it: the error of the rotations that were taken off, over their number. 0 without any. */
double yk_device_period_se(const struct yk_visits *visits);

#endif
