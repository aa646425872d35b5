/* Dwell by both rules, by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "geometry/dwell.h"

#include <criterion/criterion.h>

static const struct yk_polygon square = {4, {{0, 0}, {10, 0}, {10, 10}, {0, 10}}};
/* Two arms, x 0..2 and 8..10, over a foot y 0..2. */
static const struct yk_polygon u_shape = {8, {{0, 0}, {10, 0}, {10, 10}, {8, 10}, {8, 2}, {2, 2}, {2, 10}, {0, 10}}};

#define EDGES 16

struct walk {
    struct yk_dwell dwell;
    struct yk_dwell_edge edges[EDGES];
    size_t count;
};

static struct walk walk(const struct yk_polygon *zone, const struct yk_dwell_point *points, size_t count)
{
    struct walk w = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        struct yk_dwell_edge edges[YK_DWELL_EDGES_MAX];
        size_t n = yk_dwell_follow(zone, &w.dwell, i ? &points[i - 1] : NULL, &points[i], edges);
        for (size_t k = 0; k < n; k++) {
            cr_assert_lt(w.count, EDGES);
            w.edges[w.count++] = edges[k];
        }
    }
    return w;
}

#define WALK(zone, ...)                                      \
    walk(zone, (const struct yk_dwell_point[]){__VA_ARGS__}, \
         sizeof((const struct yk_dwell_point[]){__VA_ARGS__}) / sizeof(struct yk_dwell_point))

static void check_edge(const struct yk_dwell_edge *edge, double t_s, double x, double y, int direction)
{
    cr_assert_float_eq(edge->t_s, t_s, 1e-12, "at %g s, not %g", edge->t_s, t_s);
    cr_assert_float_eq(edge->x, x, 1e-9);
    cr_assert_float_eq(edge->y, y, 1e-9);
    cr_assert_eq(edge->direction, direction);
}

/* From x = -5 to 15 in steps of 10 and of 2 s: in at 1 s, inside at 2 s, out at 3 s. */
Test(dwell, straight_through)
{
    struct walk w = WALK(&square, {-5, 5, 10}, {5, 5, 12}, {15, 5, 14});
    cr_assert_float_eq(w.dwell.interp_s, 2, 1e-12);
    cr_assert_float_eq(w.dwell.hold_s, 2, 1e-12);
    cr_assert_float_eq(w.dwell.path, 10, 1e-12);
    cr_assert_eq(w.dwell.samples, 1);
    cr_assert_eq(w.dwell.visits, 1);
    cr_assert_eq(w.dwell.first_s, 12);
    cr_assert_eq(w.dwell.last_s, 12);
    cr_assert_eq(w.count, 2);
    check_edge(&w.edges[0], 11, 0, 5, 1);
    check_edge(&w.edges[1], 13, 10, 5, -1);
}

/* No sample inside: interp alone knows of it, and there is no visit by samples. */
Test(dwell, between_two_samples)
{
    struct walk w = WALK(&square, {-10, 5, 0}, {20, 5, 3});
    cr_assert_float_eq(w.dwell.interp_s, 1, 1e-9);
    cr_assert_eq(w.dwell.hold_s, 0);
    cr_assert_eq(w.dwell.samples + w.dwell.visits, 0);
    cr_assert(yk_dwell_any(&w.dwell));
    cr_assert_eq(w.count, 2);
}

/* Through both arms of the U in one step: y = 5, x from -1 to 11 in 12 s. */
Test(dwell, twice_in_one_step)
{
    struct walk w = WALK(&u_shape, {-1, 5, 0}, {11, 5, 12});
    cr_assert_float_eq(w.dwell.interp_s, 4, 1e-9);
    const double t_s[] = {1, 3, 9, 11};
    cr_assert_eq(w.count, 4);
    for (size_t i = 0; i < 4; i++)
        check_edge(&w.edges[i], t_s[i], t_s[i] - 1, 5, i % 2 ? -1 : 1);
}

/* Begins and ends inside; a gap of ten minutes is dwell like any other. */
Test(dwell, inside_all_the_time)
{
    struct walk w = WALK(&square, {1, 1, 0}, {1, 1, 1}, {2, 2, 601});
    cr_assert_eq(w.dwell.interp_s, 601);
    cr_assert_eq(w.dwell.hold_s, 601);
    cr_assert_eq(w.dwell.samples, 3);
    cr_assert_eq(w.dwell.visits, 1);
    cr_assert(w.dwell.open);
    cr_assert_eq(w.count, 1);
    check_edge(&w.edges[0], 0, 1, 1, 1);
}

Test(dwell, runs_of_samples_are_visits)
{
    struct walk w = WALK(&square, {5, 5, 0}, {15, 5, 1}, {5, 5, 2}, {6, 5, 3}, {15, 5, 4});
    cr_assert_eq(w.dwell.visits, 2);
    cr_assert_eq(w.dwell.samples, 3);
    cr_assert_eq(w.dwell.last_s, 3);
    cr_assert_eq(w.count, 4);
}

/* The left edge belongs to the zone, the right one does not (half-open). */
Test(dwell, standing_on_the_border)
{
    struct walk w = WALK(&square, {0, 5, 0}, {-1, 5, 1});
    cr_assert_eq(w.dwell.samples, 1);
    cr_assert_eq(w.dwell.interp_s, 0);
    cr_assert_eq(w.dwell.hold_s, 1);
    cr_assert(yk_dwell_any(&w.dwell));
    cr_assert_eq(w.count, 2);
    check_edge(&w.edges[0], 0, 0, 5, 1);
    check_edge(&w.edges[1], 0, 0, 5, -1);
    w = WALK(&square, {10, 5, 0}, {11, 5, 1});
    cr_assert_not(yk_dwell_any(&w.dwell));
    cr_assert_eq(w.count, 0);
}
