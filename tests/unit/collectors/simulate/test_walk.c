/* Walks against a plain sampled recount. SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate/walk.h"

#include <criterion/criterion.h>

#include <stdio.h>

static struct yk_line_config lines[2];
static struct yk_zone_config zone;
static struct yk_sensor_config sensor;

static void set(struct yk_polygon *p, size_t n, const double (*points)[2])
{
    p->count = n;
    for (size_t i = 0; i < n; i++) {
        p->points[i][0] = points[i][0];
        p->points[i][1] = points[i][1];
    }
}

static void make_sensor(void)
{
    static const double a[][2] = {{700, 0}, {760, 1080}}, b[][2] = {{1300, 200}, {1250, 900}};
    static const double z[][2] = {{1400, 300}, {1800, 350}, {1700, 900}, {1450, 800}};
    set(&lines[0].points, 2, a);
    set(&lines[1].points, 2, b);
    set(&zone.points, 4, z);
    lines[0].hysteresis = 15;
    sensor = (struct yk_sensor_config){.lines = lines, .line_count = 2, .zones = &zone, .zone_count = 1};
}

Test(walk, direction_plus_is_where_the_cross_product_rises)
{
    make_sensor();
    struct yk_view view = yk_view_of(&sensor, 5);
    struct yk_rng rng = yk_rng_of(1, 1, 1);
    int drawn = 0, net[2] = {0};
    for (int i = 0; i < 400; i++) {
        struct yk_walk walk;
        int direction = i % 2 ? 1 : -1;
        if (!yk_walk_draw(&walk, &view, &rng, direction, 0, 0))
            continue;
        drawn++;
        for (int k = 0; k < walk.crossing_count; k++) {
            /* Line 0 runs downwards; (B-A)x(P-A) > 0 means to its left. */
            if (walk.crossings[k].line != 0)
                continue;
            double x0, y0, x1, y1;
            yk_walk_at(&walk, walk.crossings[k].time_us - 100000, &x0, &y0);
            yk_walk_at(&walk, walk.crossings[k].time_us + 100000, &x1, &y1);
            cr_assert(walk.crossings[k].direction > 0 ? x1 < x0 : x1 > x0);
            net[i % 2] += walk.crossings[k].direction;
        }
    }
    cr_assert_gt(drawn, 350);
    cr_assert_gt(net[1], 100);
    cr_assert_lt(net[0], -100);
}

/* Crossings and stays recounted from the position every millisecond. */
Test(walk, marks_agree_with_the_way)
{
    make_sensor();
    struct yk_view view = yk_view_of(&sensor, 5);
    struct yk_rng rng = yk_rng_of(2, 2, 2);
    int stops = 0, crossings = 0;
    for (int i = 0; i < 60; i++) {
        struct yk_walk walk;
        if (!yk_walk_draw(&walk, &view, &rng, i % 2 ? 1 : -1, 0.5, 1000000))
            continue;
        stops += walk.knots == 4;
        int64_t inside_ms = 0, stay_us = 0;
        int found = 0;
        double x, y, side[2] = {0};
        for (int64_t t = walk.time_us[0]; t < walk.time_us[walk.knots - 1]; t += 1000) {
            yk_walk_at(&walk, t, &x, &y);
            inside_ms += yk_walk_inside(&zone.points, x, y);
            for (int n = 0; n < 2; n++) {
                const double *a = lines[n].points.points[0], *b = lines[n].points.points[1];
                double s = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
                bool within = y >= a[1] && y <= b[1];
                if (side[n] != 0 && (s > 0) != (side[n] > 0) && within) {
                    cr_assert_lt(found, walk.crossing_count, "a crossing that is not told");
                    cr_assert_eq(walk.crossings[found].line, n);
                    cr_assert_eq(walk.crossings[found].direction, s > 0 ? 1 : -1);
                    cr_assert(walk.crossings[found].time_us <= t && walk.crossings[found].time_us >= t - 1001);
                    found++;
                }
                side[n] = s;
            }
        }
        cr_assert_eq(found, walk.crossing_count);
        crossings += found;
        for (int k = 0; k < walk.stay_count; k++)
            stay_us += walk.stays[k].to_us - walk.stays[k].from_us;
        cr_assert_float_eq((double)stay_us / 1000, (double)inside_ms, 8);
    }
    cr_assert_gt(stops, 10);
    cr_assert_gt(crossings, 40);
}

/* The same ways, whatever the device has of its own beside what is drawn; only the numbers of lines and zones move on. */
Test(walk, the_devices_own_lines_lead_nobody)
{
    make_sensor();
    struct yk_line_config with[4] = {{.device = "own"}, lines[0], {.device = "other"}, lines[1]};
    struct yk_zone_config zones[2] = {{.device = "own"}, zone};
    struct yk_sensor_config more = {.lines = with, .line_count = 4, .zones = zones, .zone_count = 2};
    struct yk_view view = yk_view_of(&sensor, 5), wide = yk_view_of(&more, 5);
    cr_expect(view.x0 == wide.x0 && view.x1 == wide.x1 && view.y0 == wide.y0 && view.y1 == wide.y1);
    struct yk_rng rng = yk_rng_of(3, 3, 3), same = rng;
    int crossings = 0, stays = 0;
    for (int i = 0; i < 200; i++) {
        struct yk_walk walk, other;
        bool drawn = yk_walk_draw(&walk, &view, &rng, 1, 0.5, 0);
        cr_assert_eq(yk_walk_draw(&other, &wide, &same, 1, 0.5, 0), drawn);
        if (!drawn)
            continue;
        cr_assert_eq(other.crossing_count, walk.crossing_count);
        cr_assert_eq(other.stay_count, walk.stay_count);
        for (int k = 0; k < walk.crossing_count; k++, crossings++) {
            cr_assert_eq(other.crossings[k].time_us, walk.crossings[k].time_us);
            cr_assert_eq(other.crossings[k].line, 2 * walk.crossings[k].line + 1);
        }
        for (int k = 0; k < walk.stay_count; k++, stays++)
            cr_assert(other.stays[k].zone == 1 && other.stays[k].from_us == walk.stays[k].from_us);
    }
    cr_assert(crossings > 100 && stays > 30, "%d %d", crossings, stays);
}

/* Nothing is drawn at all: people pass as before a camera that counts nothing. */
Test(walk, nothing_but_the_devices_own)
{
    struct yk_line_config own = {.device = "own"};
    struct yk_zone_config own_zone = {.device = "own"};
    struct yk_sensor_config bare = {.lines = &own, .line_count = 1, .zones = &own_zone, .zone_count = 1};
    struct yk_view view = yk_view_of(&bare, 5);
    struct yk_rng rng = yk_rng_of(4, 4, 4);
    cr_expect(view.x1 == 1920 && view.y1 == 1080);
    for (int i = 0; i < 50; i++) {
        struct yk_walk walk;
        cr_assert(yk_walk_draw(&walk, &view, &rng, 1, 1, 0));
        cr_expect(walk.knots == 2 && walk.crossing_count == 0 && walk.stay_count == 0);
    }
}
