/* Point in polygon, and the part of a path inside. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A point is inside when a ray to the right meets an odd number of edges; an edge owns its lower end and not its upper
 * one (half-open), so that a ray through a vertex is counted right and neighbouring zones share no point.
 *
 * A path: the places where it meets an edge cut it into pieces; each piece lies wholly inside or outside, which its
 * middle tells. That needs no case analysis for vertices and for edges along the path: a cut too many does no harm.
 * Cuts nearer to each other or to an end than 1e-9 of the path are one (a step of 2 s: 2 ns), or rounding at a vertex
 * would tear one piece in two.
 *
 * Bounds: at most one cut per edge, so YK_POINTS_MAX + 2 places with both ends; time O(edges) per step plus an
 * insertion sort of the cuts, of which a step in practice has two at the most. */
#include "geometry/zone.h"

#include <math.h>

#define SAME 1e-9

bool yk_zone_contains(const struct yk_polygon *zone, double x, double y)
{
    bool inside = false;
    for (size_t i = 0, j = zone->count - 1; i < zone->count; j = i++) {
        const double *a = zone->points[i], *b = zone->points[j];
        if ((a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
            inside = !inside;
    }
    return inside;
}

double yk_zone_area(const struct yk_polygon *zone)
{
    double twice = 0; /* from the first corner: places far from the origin keep their digits */
    for (size_t i = 1; i + 1 < zone->count; i++) {
        const double *o = zone->points[0], *a = zone->points[i], *b = zone->points[i + 1];
        twice += (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
    }
    return fabs(twice) / 2;
}

/* The share of the path p + f r at which it meets the edge a-b, or -1. */
static double cut(const double p[2], const double r[2], const double a[2], const double b[2])
{
    double ex = b[0] - a[0], ey = b[1] - a[1];
    double denominator = r[0] * ey - r[1] * ex;
    if (denominator == 0) /* parallel: its neighbours cut at its ends */
        return -1;
    double ax = a[0] - p[0], ay = a[1] - p[1];
    double u = (ax * r[1] - ay * r[0]) / denominator;
    if (u < -SAME || u > 1 + SAME)
        return -1;
    return (ax * ey - ay * ex) / denominator;
}

size_t yk_zone_path(const struct yk_polygon *zone, const double p[2], const double q[2],
                    struct yk_zone_span spans[YK_ZONE_SPANS_MAX])
{
    double r[2] = {q[0] - p[0], q[1] - p[1]};
    double cuts[YK_POINTS_MAX + 2] = {0};
    size_t count = 1;
    for (size_t i = 0, j = zone->count - 1; i < zone->count; j = i++) {
        double f = cut(p, r, zone->points[j], zone->points[i]);
        if (f <= SAME || f >= 1 - SAME)
            continue;
        size_t at = count++;
        for (; cuts[at - 1] > f; at--)
            cuts[at] = cuts[at - 1];
        cuts[at] = f;
    }
    cuts[count++] = 1;

    size_t n = 0;
    double from = 0;
    for (size_t i = 1; i < count; i++) {
        double to = cuts[i];
        if (to - from <= SAME)
            continue;
        double middle = (from + to) / 2;
        if (yk_zone_contains(zone, p[0] + middle * r[0], p[1] + middle * r[1])) {
            if (n && spans[n - 1].to == from)
                spans[n - 1].to = to;
            else
                spans[n++] = (struct yk_zone_span){from, to};
        }
        from = to;
    }
    return n;
}
