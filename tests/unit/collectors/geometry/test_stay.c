/* Slices of stays. SPDX-License-Identifier: GPL-3.0-or-later */
#include "geometry/stay.h"

#include <criterion/criterion.h>

/* x from 0 to 10, endless in y for these tests. */
static const struct yk_polygon band = {4, {{0, -100}, {10, -100}, {10, 100}, {0, 100}}};
#define GAP_US 2000000

struct capture {
    struct yk_zone_slice slices[32];
    size_t count;
};

static enum yk_status capture(void *context, const struct yk_zone_slice *slice, struct yk_error *err)
{
    (void)err;
    struct capture *c = context;
    cr_assert_lt(c->count, 32);
    c->slices[c->count++] = *slice;
    return YK_OK;
}

/* points: x, time in ms. */
static struct capture walk(size_t n, const int64_t (*points)[2])
{
    struct capture c = {.count = 0};
    struct yk_stay_sink sink = {capture, &c};
    struct yk_stay stay = {0};
    struct yk_stay_point before, now;
    for (size_t i = 0; i < n; i++, before = now) {
        now = (struct yk_stay_point){(double)points[i][0], 0, points[i][1] * 1000};
        cr_assert_eq(yk_stay_follow(&band, &stay, i ? &before : NULL, &now, GAP_US, &sink, NULL), YK_OK);
    }
    cr_assert_eq(yk_stay_end(&stay, &sink, NULL), YK_OK);
    return c;
}
#define WALK(...) \
    walk(sizeof((const int64_t[][2]){__VA_ARGS__}) / sizeof(int64_t[2]), (const int64_t[][2]){__VA_ARGS__})

static void expect(const struct capture *c, size_t i, int64_t from, int64_t to, bool entered, bool left)
{
    cr_assert_lt(i, c->count);
    const struct yk_zone_slice *s = &c->slices[i];
    cr_assert_eq(s->from_ms, from, "slice %zu from %lld", i, (long long)s->from_ms);
    cr_assert_eq(s->to_ms, to, "slice %zu to %lld", i, (long long)s->to_ms);
    cr_assert_eq(s->inside_ms, to - from, "slice %zu inside %u", i, s->inside_ms);
    cr_assert_eq(s->entered, entered, "slice %zu entered", i);
    cr_assert_eq(s->left, left, "slice %zu left", i);
}

Test(stay, through)
{
    struct capture c = WALK({-5, 1000}, {5, 2000}, {15, 3000}); /* edges at half of each step */
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 1500, 2500, true, true);
}

Test(stay, through_in_one_step)
{
    struct capture c = WALK({-10, 1000}, {30, 2000});
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 1250, 1500, true, true);
}

Test(stay, never_inside)
{
    cr_assert_eq(WALK({-5, 1000}, {-1, 2000}, {-3, 3000}).count, 0);
    cr_assert_eq(walk(0, NULL).count, 0);
}

Test(stay, begins_and_ends_inside)
{
    struct capture c = WALK({5, 1000}, {6, 1500}, {7, 2250});
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 1000, 2250, true, true);
}

Test(stay, single_sample_is_a_visit_without_time)
{
    struct capture c = WALK({5, 1000});
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 1000, 1000, true, true);
}

Test(stay, out_and_in_again)
{
    struct capture c = WALK({5, 0}, {15, 1000}, {5, 2000}, {5, 3000});
    cr_assert_eq(c.count, 2);
    expect(&c, 0, 0, 500, true, true);
    expect(&c, 1, 1500, 3000, true, true);
}

Test(stay, cut_at_minutes)
{
    struct capture c = WALK({5, 59000}, {5, 60500}, {5, 61500});
    cr_assert_eq(c.count, 2);
    expect(&c, 0, 59000, 60000, true, false);
    expect(&c, 1, 60000, 61500, false, true);
}

Test(stay, ends_and_begins_exactly_at_a_minute)
{
    struct capture c = WALK({5, 59000}, {5, 60000});
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 59000, 60000, true, true);
    c = WALK({5, 60000}, {5, 61000});
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 60000, 61000, true, true);
    /* A sample at the border does not cut twice. */
    c = WALK({5, 59000}, {5, 60000}, {5, 61000});
    cr_assert_eq(c.count, 2);
    expect(&c, 0, 59000, 60000, true, false);
    expect(&c, 1, 60000, 61000, false, true);
    /* Leaves at the border itself. */
    c = WALK({5, 59000}, {15, 61000});
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 59000, 60000, true, true);
}

Test(stay, stands_for_minutes)
{
    struct capture c = {.count = 0};
    struct yk_stay_sink sink = {capture, &c};
    struct yk_stay stay = {0};
    struct yk_stay_point before = {0, 0, 0}, now = {5, 0, 0};
    for (int s = 30; s <= 200; s++, before = now) {
        now.time_us = s * 1000000;
        cr_assert_eq(yk_stay_follow(&band, &stay, s > 30 ? &before : NULL, &now, GAP_US, &sink, NULL), YK_OK);
    }
    cr_assert_eq(yk_stay_end(&stay, &sink, NULL), YK_OK);
    cr_assert_eq(c.count, 4);
    expect(&c, 0, 30000, 60000, true, false);
    expect(&c, 1, 60000, 120000, false, false);
    expect(&c, 2, 120000, 180000, false, false);
    expect(&c, 3, 180000, 200000, false, true);
}

Test(stay, before_1970_minutes_are_cut_alike)
{
    struct capture c = WALK({5, -61000}, {5, -59500});
    cr_assert_eq(c.count, 2);
    expect(&c, 0, -61000, -60000, true, false);
    expect(&c, 1, -60000, -59500, false, true);
}

Test(stay, long_gap_is_not_inside_but_the_same_stay)
{
    struct capture c = WALK({5, 1000}, {5, 2000}, {6, 4001}, {6, 5000}); /* 2.001 s */
    cr_assert_eq(c.count, 2);
    expect(&c, 0, 1000, 2000, true, false);
    expect(&c, 1, 4001, 5000, false, true);
    c = WALK({5, 1000}, {5, 2000}, {6, 4000}); /* exactly 2 s is none */
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 1000, 4000, true, true);
}

Test(stay, gap_and_then_elsewhere)
{
    struct capture c = WALK({5, 1000}, {5, 2000}, {15, 9000}, {16, 9500}); /* gone: left where it was last seen */
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 1000, 2000, true, true);
    c = WALK({-5, 1000}, {5, 9000}, {5, 9500}); /* came in during the gap */
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 9000, 9500, true, true);
}

/* On the band's edges: x = 0 is in it, x = 10 is not (half-open); no stay is torn. */
Test(stay, standing_on_the_border)
{
    struct capture c = WALK({-5, 1000}, {0, 2000}, {5, 3000}, {10, 4000}, {5, 5000}, {15, 6000});
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 2000, 5500, true, true);
    c = WALK({0, 1000}, {-5, 2000}); /* on it and away: a visit without time */
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 1000, 1000, true, true);
}

/* Thirds of a millisecond: rounding of the pieces must not add up. 0 to 10 inside at 1/3 ms per step. */
Test(stay, rounding_does_not_add_up)
{
    struct capture c = {.count = 0};
    struct yk_stay_sink sink = {capture, &c};
    struct yk_stay stay = {0};
    struct yk_stay_point before = {0, 0, 0}, now = {5, 0, 0};
    for (int i = 0; i <= 3000; i++, before = now) {
        now.time_us = i * 1000000LL / 3000;
        cr_assert_eq(yk_stay_follow(&band, &stay, i ? &before : NULL, &now, GAP_US, &sink, NULL), YK_OK);
    }
    cr_assert_eq(yk_stay_end(&stay, &sink, NULL), YK_OK);
    cr_assert_eq(c.count, 1);
    expect(&c, 0, 0, 1000, true, true);
}
