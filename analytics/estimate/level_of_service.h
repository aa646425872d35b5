/* Level of service of walkways, by named table. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables share the letters A to F and not the bounds, so a grade without its table's name says nothing.
 *
 *     hcm-flow    Highway Capacity Manual 2000, exhibit 11-8: flow, persons/min/m
 *     hcm-space   the same: space, m2 per person
 *     fruin-flow  Fruin, Pedestrian Planning and Design (1971): flow on walkways, persons/min/m */
#ifndef YK_ESTIMATE_LEVEL_OF_SERVICE_H
#define YK_ESTIMATE_LEVEL_OF_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

struct yk_los_table {
    const char *name;
    const char *unit;
    bool is_space; /* more is better; otherwise a flow, and less is better */
    double bound
        [5]; /* where A, B, C, D and E end: a flow at its bound still has the grade, a space at its bound the next one */
};

size_t yk_los_table_count(void);
const struct yk_los_table *yk_los_table_at(size_t i);
const struct yk_los_table *yk_los_table_find(const char *name); /* NULL: none of that name */

/* 1 (A) to 6 (F); value >= 0, an infinite space is A. */
int yk_los_grade(const struct yk_los_table *table, double value);
/* Three steps for screens: 1 free (A, B), 2 busy (C, D), 3 crowded (E, F). */
int yk_los_congestion(int grade);

#endif
