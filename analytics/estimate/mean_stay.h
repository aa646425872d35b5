/* Mean stay from time spent and persons who came. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and bounds: mean_stay.c. */
#ifndef YK_ESTIMATE_MEAN_STAY_H
#define YK_ESTIMATE_MEAN_STAY_H

#include "estimate/interval.h"

/* Sums over parts of a window, such as the hours of a day: seconds spent T and entries E of each. */
struct yk_mean_stay_parts {
    double count;
    double spent_sq, spent_entered, entered_sq; /* sums of T^2, T E, E^2 */
};

/* spent_s over entered with its 95 % interval; NAN in all three if nobody entered. */
struct yk_interval yk_mean_stay(double spent_s, double entered, const struct yk_mean_stay_parts *parts);

#endif
