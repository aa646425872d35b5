/* Lists of points: lines, zones, polygons. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A line without length has no sides and a zone that crosses itself has no clear inside; both would count silently and
 * wrongly. A ring is closed by itself (the last point joins the first). It is simple when no two edges meet except
 * neighbours at their common end: all pairs of at most 64 edges are tested by the signs of four triangles' areas, with
 * touching counted as meeting. Signs are those of doubles; a ring that comes within rounding of touching itself may be
 * taken for one that does, or not. */
#include "config/shape.h"

#include "config/yaml_scalar.h"

#define COORDINATE_MAX 1e7 /* pixels, or metres: beyond is a slip */

typedef double point[2];

/* Twice the signed area of the triangle a, b, c. */
static double turn(const point a, const point b, const point c)
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static int sign(double v)
{
    return (v > 0) - (v < 0);
}

static bool same(const point a, const point b)
{
    return a[0] == b[0] && a[1] == b[1];
}

static bool within(double a, double b, double v)
{
    return a < b ? a <= v && v <= b : b <= v && v <= a;
}

/* c is known to be on the straight line through a and b. */
static bool between(const point a, const point b, const point c)
{
    return within(a[0], b[0], c[0]) && within(a[1], b[1], c[1]);
}

static bool meet(const point a, const point b, const point c, const point d)
{
    int c_side = sign(turn(a, b, c)), d_side = sign(turn(a, b, d));
    int a_side = sign(turn(c, d, a)), b_side = sign(turn(c, d, b));
    if (c_side * d_side < 0 && a_side * b_side < 0)
        return true;
    return (c_side == 0 && between(a, b, c)) || (d_side == 0 && between(a, b, d)) ||
           (a_side == 0 && between(c, d, a)) || (b_side == 0 && between(c, d, b));
}

/* The edges i and j of a ring; neighbours may share their end but not lie on each other. */
static bool edges_clash(const struct yk_polygon *ring, size_t i, size_t j)
{
    size_t n = ring->count;
    const double *a = ring->points[i], *b = ring->points[(i + 1) % n];
    const double *c = ring->points[j], *d = ring->points[(j + 1) % n];
    if ((i + 1) % n == j)
        return sign(turn(a, b, d)) == 0 && (between(a, b, d) || between(b, d, a));
    if ((j + 1) % n == i)
        return sign(turn(c, d, b)) == 0 && (between(c, d, b) || between(d, b, c));
    return meet(a, b, c, d);
}

static bool check_ring(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const struct yk_polygon *ring)
{
    if (same(ring->points[0], ring->points[ring->count - 1])) {
        yk_yaml_mistake(yaml, node, "%s repeats its first point at the end; leave the last one out", what);
        return false;
    }
    for (size_t i = 0; i + 1 < ring->count; i++)
        for (size_t j = i + 1; j < ring->count; j++)
            if (edges_clash(ring, i, j)) {
                yk_yaml_mistake(
                    yaml, node,
                    "%s crosses or touches itself (the edges after points %zu and %zu); list the corners in "
                    "their order around it",
                    what, i + 1, j + 1);
                return false;
            }
    return true;
}

static bool check_line(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const struct yk_polygon *line)
{
    for (size_t i = 0; i + 1 < line->count; i++)
        if (same(line->points[i], line->points[i + 1])) {
            yk_yaml_mistake(yaml, node, "%s has no length between points %zu and %zu; move one of them", what, i + 1,
                            i + 2);
            return false;
        }
    for (size_t i = 0; i + 2 < line->count; i++) /* edges_clash's wrapped edge, the last, is none of a line's */
        for (size_t j = i + 1; j + 1 < line->count; j++)
            if (edges_clash(line, i, j)) {
                yk_yaml_mistake(
                    yaml, node,
                    "%s crosses, touches or folds back onto itself (after points %zu and %zu); it has no two "
                    "sides then",
                    what, i + 1, j + 1);
                return false;
            }
    return true;
}

static bool read_point(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, enum yk_shape shape,
                       double out[2])
{
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top - node->data.sequence.items.start != 2) {
        yk_yaml_mistake(yaml, node, "%s: a point is written as two numbers, [x, y]", what);
        return false;
    }
    const yaml_node_t *x = yk_yaml_item(yaml, node, 0), *y = yk_yaml_item(yaml, node, 1);
    if (shape != YK_SHAPE_AREA) {
        bool x_read = yk_yaml_number(yaml, x, "x", -COORDINATE_MAX, COORDINATE_MAX, &out[0]);
        return yk_yaml_number(yaml, y, "y", -COORDINATE_MAX, COORDINATE_MAX, &out[1]) && x_read;
    }
    bool x_read = yk_yaml_number(yaml, x, "longitude (it comes first)", -180, 180, &out[0]);
    return yk_yaml_number(yaml, y, "latitude (it comes second)", -90, 90, &out[1]) && x_read;
}

bool yk_yaml_shape(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, enum yk_shape shape,
                   struct yk_polygon *out)
{
    if (!node)
        return false;
    size_t count = yk_yaml_list(yaml, node, what, YK_POINTS_MAX);
    if (count == 0)
        return false;
    size_t least = shape == YK_SHAPE_LINE ? 2 : 3;
    if (count < least) {
        yk_yaml_mistake(yaml, node, "%s has %zu point%s; it needs at least %zu", what, count, count == 1 ? "" : "s",
                        least);
        return false;
    }
    struct yk_polygon points = {.count = count};
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = read_point(yaml, yk_yaml_item(yaml, node, i), what, shape, points.points[i]) && all;
    if (!all || !(shape == YK_SHAPE_LINE ? check_line : check_ring)(yaml, node, what, &points))
        return false;
    *out = points;
    return true;
}
