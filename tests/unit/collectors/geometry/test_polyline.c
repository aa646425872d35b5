/* Lines with bends: by hand, and against polygons. SPDX-License-Identifier: GPL-3.0-or-later */
#include "geometry/line.h"
#include "geometry/polyline.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* A roof: up to (0,4) and down again. Plus is above, where (B-A)x(P-A) rises. */
static const struct yk_polygon roof = {3, {{-4, 0}, {0, 4}, {4, 0}}};
/* A doorway's three sides, then away to the right. */
static const struct yk_polygon doorway = {5, {{-6, 0}, {-2, 0}, {-2, 3}, {2, 3}, {2, -1}}};

Test(polyline, distance)
{
    cr_expect_float_eq(yk_polyline_distance(&roof, 0, 9), 5, 1e-12);            /* above the corner */
    cr_expect_float_eq(yk_polyline_distance(&roof, 1, 8), hypot(1, 4), 1e-12);  /* in the corner's outer cone */
    cr_expect_float_eq(yk_polyline_distance(&roof, 0, 0), -4 / sqrt(2), 1e-12); /* inside */
    cr_expect_float_eq(yk_polyline_distance(&roof, -8, -2), sqrt(2),
                       1e-12); /* beside the first segment gone on: y = x + 4 */
    cr_expect_float_eq(yk_polyline_distance(&roof, -8, -6), -sqrt(2), 1e-12);
    cr_expect_float_eq(yk_polyline_distance(&roof, -2, 2), 0, 1e-12);
    cr_expect_float_eq(yk_polyline_distance(&roof, 0, 4), 0, 1e-12);
    cr_expect_float_eq(yk_polyline_distance(&doorway, 0, 1), -2, 1e-12);
    cr_expect_float_eq(yk_polyline_distance(&doorway, -3, 1), 1, 1e-12);
    cr_expect_float_eq(yk_polyline_distance(&doorway, 5, -3), 3, 1e-12); /* the last segment goes on downwards */
}

static bool good(struct yk_polygon line)
{
    const char *why = NULL;
    bool is = yk_polyline_is_good(&line, &why);
    cr_expect_eq(is, why == NULL);
    return is;
}

Test(polyline, what_is_none)
{
    cr_expect(good(roof) && good(doorway));
    cr_expect(good((struct yk_polygon){3, {{0, 0}, {1, 0}, {2, 0}}}));
    cr_expect(good((struct yk_polygon){3, {{0, 0}, {4, 0}, {0, 1}}})); /* sharp */
    cr_expect_not(good((struct yk_polygon){3, {{0, 0}, {2, 0}, {1, 0}}}));
    cr_expect_not(good((struct yk_polygon){3, {{0, 0}, {0, 0}, {1, 0}}}));
    cr_expect_not(good((struct yk_polygon){4, {{0, 0}, {4, 0}, {4, 4}, {2, -1}}}));
    cr_expect_not(good((struct yk_polygon){4, {{0, 0}, {4, 0}, {4, 4}, {2, 0}}})); /* touches */
    cr_expect_not(good((struct yk_polygon){3, {{0, 0}, {1, (double)NAN}, {2, 0}}}));
}

/* --- against polygons: closed far away, the line is one, and its inside is the minus side of these two --- */

#define FAR 1000.0

/* Even-odd rule. */
static bool inside(size_t n, const double (*p)[2], double x, double y)
{
    bool in = false;
    for (size_t i = 0, j = n - 1; i < n; j = i++)
        if ((p[i][1] > y) != (p[j][1] > y) && x < p[j][0] + (y - p[j][1]) / (p[i][1] - p[j][1]) * (p[i][0] - p[j][0]))
            in = !in;
    return in;
}

static double turn(const double a[2], const double b[2], double x, double y)
{
    return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
}

static bool cuts(const double a[2], const double b[2], const double p[2], const double q[2])
{
    return (turn(a, b, p[0], p[1]) > 0) != (turn(a, b, q[0], q[1]) > 0) &&
           (turn(p, q, a[0], a[1]) > 0) != (turn(p, q, b[0], b[1]) > 0);
}

static uint64_t state = 88172645463325252u;
static double uniform(double low, double high)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

static void compare(const struct yk_polygon *line, size_t n, const double (*closed)[2], const double first[2],
                    const double last[2])
{
    size_t crossed = 0, around = 0;
    for (int i = 0; i < 200000; i++) {
        double p[2] = {uniform(-9, 9), uniform(-9, 9)}, q[2] = {uniform(-9, 9), uniform(-9, 9)}, f = -1;
        bool p_minus = inside(n, closed, p[0], p[1]), q_minus = inside(n, closed, q[0], q[1]);
        cr_assert_eq(yk_polyline_distance(line, p[0], p[1]) < 0, p_minus, "(%g, %g)", p[0], p[1]);
        if (p_minus == q_minus)
            continue;
        bool by_an_end = cuts(first, line->points[0], p, q) || cuts(line->points[line->count - 1], last, p, q);
        int direction = yk_polyline_meet(line, p, q, &f);
        if (by_an_end) {
            around++;
            continue;
        }
        crossed++;
        cr_assert_eq(direction, p_minus ? 1 : -1, "(%g, %g) to (%g, %g)", p[0], p[1], q[0], q[1]);
        /* Just before and just behind the place the sides are those of the ends. */
        double before = f - 1e-6, behind = f + 1e-6;
        cr_assert_eq(inside(n, closed, p[0] + before * (q[0] - p[0]), p[1] + before * (q[1] - p[1])), p_minus);
        cr_assert_eq(inside(n, closed, p[0] + behind * (q[0] - p[0]), p[1] + behind * (q[1] - p[1])), q_minus);
    }
    cr_expect(crossed > 20000 && around > 1000, "%zu crossed, %zu went around", crossed, around);
}

Test(polyline, a_roof_as_a_polygon)
{
    const double first[2] = {-4 - FAR, -FAR}, last[2] = {4 + FAR, -FAR};
    const double closed[][2] = {{-4 - FAR, -FAR}, {0, 4}, {4 + FAR, -FAR}};
    compare(&roof, 3, closed, first, last);
}

Test(polyline, a_doorway_as_a_polygon)
{
    const double first[2] = {-FAR, 0}, last[2] = {2, -FAR};
    const double closed[][2] = {{-FAR, 0}, {-2, 0}, {-2, 3}, {2, 3}, {2, -FAR}, {-FAR, -FAR}};
    compare(&doorway, 6, closed, first, last);
}

/* Straight through the corners, and along a segment: each crossing is met once. */
Test(polyline, through_the_corners)
{
    double f;
    cr_expect_eq(yk_polyline_meet(&roof, (const double[2]){0, 8}, (const double[2]){0, 0}, &f), -1);
    cr_expect_float_eq(f, 0.5, 1e-12);
    cr_expect_eq(yk_polyline_meet(&roof, (const double[2]){0, 0}, (const double[2]){0, 8}, &f), 1);
    cr_expect_eq(yk_polyline_meet(&doorway, (const double[2]){-4, 5}, (const double[2]){0, 1}, &f), -1);  /* (-2,3) */
    cr_expect_eq(yk_polyline_meet(&doorway, (const double[2]){-4, 2}, (const double[2]){0, -2}, &f), -1); /* (-2,0) */
    cr_expect_eq(yk_polyline_meet(&doorway, (const double[2]){-8, 1}, (const double[2]){-8, -1}, &f), 0);
}

/* The same points with a needless bend in the middle are the same line. */
Test(polyline, a_bend_of_no_degrees_changes_nothing)
{
    const struct yk_polygon two = {2, {{1, 2}, {7, 5}}}, three = {3, {{1, 2}, {3, 3}, {7, 5}}};
    struct yk_line straight, bent;
    cr_assert_eq(yk_line_set(&straight, &two, 0.5, "a", NULL), YK_OK);
    cr_assert_eq(yk_line_set(&bent, &three, 0.5, "b", NULL), YK_OK);
    struct yk_line_track a = {0}, b = {0};
    double x = 4, y = 3;
    size_t raw = 0, counted = 0;
    for (int i = 0; i < 50000; i++) {
        x = fmin(fmax(x + uniform(-2, 2), -2), 10);
        y = fmin(fmax(y + uniform(-2, 2), -2), 9);
        struct yk_line_step sa = yk_line_follow(&straight, &a, x, y, (int64_t)i * 1000000);
        struct yk_line_step sb = yk_line_follow(&bent, &b, x, y, (int64_t)i * 1000000);
        cr_assert_eq(sa.raw.direction, sb.raw.direction);
        cr_assert_eq(sa.counted.direction, sb.counted.direction);
        if (sa.raw.direction)
            cr_assert(llabs(sa.raw.time_us - sb.raw.time_us) <= 1);
        raw += sa.raw.direction != 0;
        counted += sa.counted.direction != 0;
    }
    cr_expect(raw > 2000 && counted > 1000 && counted < raw, "%zu %zu", raw, counted);
}
