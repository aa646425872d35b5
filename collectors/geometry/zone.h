/* Points and paths in a polygon. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GEOMETRY_ZONE_H
#define YK_GEOMETRY_ZONE_H

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* Half-open ray rule: of two zones that share an edge a point on it is in exactly one. */
bool yk_zone_contains(const struct yk_polygon *zone, double x, double y);

/* What it covers, in the square of the units of its corners. */
double yk_zone_area(const struct yk_polygon *zone);

/* A piece of a straight path, as shares of its length: 0 <= from < to <= 1. */
struct yk_zone_span {
    double from, to;
};

#define YK_ZONE_SPANS_MAX (YK_POINTS_MAX / 2 + 1)

/* The pieces of the straight path from p to q that lie inside, in order and apart from each other; returns their
 * number. A piece that begins at p or ends at q has exactly 0 or 1 there. For p = q it is one whole piece or none. */
size_t yk_zone_path(const struct yk_polygon *zone, const double p[2], const double q[2],
                    struct yk_zone_span spans[YK_ZONE_SPANS_MAX]);

#endif
