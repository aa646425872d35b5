/* Level of service of walkways, by named table. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables share their letters and not their bounds, so a level is never told without the name of its table:
 *
 *     table      in                      A up to   B     C     D     E     F
 *     hcm-flow   persons a min and m     16        23    33    49    75    above
 *     fruin-flow persons a min and m     23        33    49    66    82    above
 *     hcm-space  m2 a person             A above 5.6, B above 3.7, C above 2.2, D above 1.4, E above 0.75, F the rest
 *
 * hcm: Transportation Research Board, Highway Capacity Manual 2000, exhibit 18-3 (average flow on walkways). fruin: Fruin,
 * Pedestrian Planning and Design (1971), walkways. In a table of flow a bound belongs to the better level, in one of space to
 * the worse one, as they are printed. */
#ifndef YK_ESTIMATE_LEVEL_OF_SERVICE_H
#define YK_ESTIMATE_LEVEL_OF_SERVICE_H

#include "estimate/interval.h"

#include <stdbool.h>

struct yk_los_table {
    const char *name, *unit;
    bool space; /* more is better */
    double bound[5];
};

enum yk_los { YK_LOS_A, YK_LOS_B, YK_LOS_C, YK_LOS_D, YK_LOS_E, YK_LOS_F, YK_LOS_UNKNOWN };

/* For live screens: A and B, C and D, E and F. */
enum yk_congestion { YK_CONGESTION_FREE, YK_CONGESTION_BUSY, YK_CONGESTION_CROWDED, YK_CONGESTION_UNKNOWN };

/* NULL: there is none of this name. */
const struct yk_los_table *yk_los_table_of(const char *name);
/* Unknown if the value is negative or no number. Infinite space, nobody there, is A. */
enum yk_los yk_los_of(const struct yk_los_table *table, double value);
/* best to worst: the levels at the two ends of the value's interval. */
enum yk_los yk_los_of_interval(const struct yk_los_table *table, struct yk_interval value, enum yk_los *best,
                               enum yk_los *worst);
enum yk_congestion yk_congestion_of(enum yk_los level);

#endif
