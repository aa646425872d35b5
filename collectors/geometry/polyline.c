/* Counting lines with bends. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The problem: a doorway in a corner, a plaza's edge that is no straight line. Of a straight line a point's side is the sign
 * of one product; of a bent one each segment has a sign of its own, and near a corner they contradict each other.
 *
 * The method. The first and the last segment go on for ever, so that the line parts the plane as a straight one does; whoever
 * walks around a drawn end changes side without having crossed anything. The side of a point is its side of the nearest
 * segment; where the nearest place is a corner, the point lies on the corner's outer side, and how the line turns says
 * which that is (the two segments' own signs may differ there):
 *
 *              o  nearest place is the corner, the line turns right there: the plus side
 *             / \
 *      ------/   \------
 *
 * A path crosses a segment when its ends lie on different sides of the segment and the segment's ends on different sides of
 * the path; a point on the path counts as on its plus side, so that of two segments with a common corner exactly one is
 * met. The drawn segments that are met have directions, which alternate along the path; when the two ends of the path lie
 * on different sides, the one that stands for the whole is the last of the direction in which there is one more.
 *
 * Bounds: YK_POINTS_MAX points, all of them looked at for each sample. With two points both agree with line.c. */
#include "geometry/polyline.h"

#include <math.h>

static double cross(const double a[2], const double b[2], const double c[2])
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static bool apart(const double a[2], const double b[2], const double c[2], const double d[2])
{
    double abc = cross(a, b, c), abd = cross(a, b, d), cda = cross(c, d, a), cdb = cross(c, d, b);
    if (abc == 0 && abd == 0) /* on one straight line: apart if their boxes are */
        return fmax(a[0], b[0]) < fmin(c[0], d[0]) || fmax(c[0], d[0]) < fmin(a[0], b[0]) ||
               fmax(a[1], b[1]) < fmin(c[1], d[1]) || fmax(c[1], d[1]) < fmin(a[1], b[1]);
    return (abc > 0 && abd > 0) || (abc < 0 && abd < 0) || (cda > 0 && cdb > 0) || (cda < 0 && cdb < 0);
}

bool yk_polyline_is_good(const struct yk_polygon *line, const char **why)
{
    const double(*p)[2] = line->points;
    for (size_t i = 0; i < line->count; i++)
        if (!isfinite(p[i][0]) || !isfinite(p[i][1])) {
            *why = "a point is not finite";
            return false;
        }
    for (size_t i = 0; i + 1 < line->count; i++)
        if (p[i][0] == p[i + 1][0] && p[i][1] == p[i + 1][1]) {
            *why = "two points in a row are the same";
            return false;
        }
    for (size_t i = 0; i + 2 < line->count; i++) {
        double ahead = (p[i + 1][0] - p[i][0]) * (p[i + 2][0] - p[i + 1][0]) +
                       (p[i + 1][1] - p[i][1]) * (p[i + 2][1] - p[i + 1][1]);
        if (cross(p[i], p[i + 1], p[i + 2]) == 0 && ahead < 0) {
            *why = "it folds back onto itself";
            return false;
        }
        for (size_t j = i + 2; j + 1 < line->count; j++)
            if (!apart(p[i], p[i + 1], p[j], p[j + 1])) {
                *why = "it crosses or touches itself";
                return false;
            }
    }
    return true;
}

double yk_polyline_distance(const struct yk_polygon *line, double x, double y)
{
    const double(*p)[2] = line->points, at[2] = {x, y};
    double best = HUGE_VAL, side = 0;
    size_t last = line->count - 2; /* segment */
    for (size_t i = 0; i <= last; i++) {
        double dx = p[i + 1][0] - p[i][0], dy = p[i + 1][1] - p[i][1];
        double u = ((x - p[i][0]) * dx + (y - p[i][1]) * dy) / (dx * dx + dy * dy);
        size_t corner = u < 0 && i > 0 ? i : u > 1 && i < last ? i + 1 : 0;
        u = u < 0 && i > 0 ? 0 : u > 1 && i < last ? 1 : u;
        double distance = hypot(x - (p[i][0] + u * dx), y - (p[i][1] + u * dy));
        if (distance >= best)
            continue;
        best = distance;
        double turn = corner ? cross(p[corner - 1], p[corner], p[corner + 1]) : 0;
        side = turn != 0 ? -turn : cross(p[i], p[i + 1], at);
    }
    return side > 0 ? best : side < 0 ? -best : 0;
}

int yk_polyline_meet(const struct yk_polygon *line, const double from[2], const double to[2], double *f)
{
    const double(*p)[2] = line->points;
    int sum = 0;
    double last[2] = {-1, -1}; /* minus, plus: the farthest along the path */
    for (size_t i = 0; i + 1 < line->count; i++) {
        bool a_plus = cross(from, to, p[i]) >= 0, b_plus = cross(from, to, p[i + 1]) >= 0;
        if (a_plus == b_plus)
            continue;
        double s0 = cross(p[i], p[i + 1], from), s1 = cross(p[i], p[i + 1], to);
        if ((s0 >= 0) == (s1 >= 0))
            continue;
        bool plus = s1 > s0;
        double along = s0 / (s0 - s1);
        sum += plus ? 1 : -1;
        last[plus] = along > last[plus] ? along : last[plus];
    }
    if (sum == 0)
        return 0;
    *f = last[sum > 0];
    return sum > 0 ? 1 : -1;
}
