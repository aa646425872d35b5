/* Counting lines with bends. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GEOMETRY_POLYLINE_H
#define YK_GEOMETRY_POLYLINE_H

#include "config/config.h"

/* Three points or more, finite, no two in a row the same, none that folds back onto the segment before it, no two segments
 * that meet but at their common point. False otherwise, and *why says which (a static text). */
bool yk_polyline_is_good(const struct yk_polygon *line, const char **why);

/* Signed distance of a point to the line whose first and last segments go on straight for ever: above 0 where it lies to
 * the side of rising (B-A)x(P-A) of the nearest segment. */
double yk_polyline_distance(const struct yk_polygon *line, double x, double y);

/* The straight path between two places, which lie on different sides: +1 or -1, the direction in which it crosses what is drawn;
 * 0 if it goes around an end. *f, 0 to 1, says how far along the path that was, the last time if several times. */
int yk_polyline_meet(const struct yk_polygon *line, const double from[2], const double to[2], double *f);

#endif
