/* Drawing ways whose crossings are beyond doubt. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The truth about a crossing has to be exact, and independent of the code that is to be tested with it. What a
 * camera sees is a sampled and trembling way; if the way ends near a line, or meets it at its very end, the answer
 * depends on rules and luck.
 *
 * Method. A way is two or three straight legs from border to border of the view, aimed through a random inner point of
 * one line within 35 degrees of its normal, perhaps by way of a point in a zone where the person stands for a while. It
 * is drawn again until, for every line,
 *
 *     - each knot is further from the straight line through A and B than 1.5 hysteresis + trembling + one frame's step
 *       (so that the stable side is known at each knot, and each leg changes it at most once), and
 *     - each meeting of a leg with that straight line is clearly within the segment, or clearly outside.
 *
 * Then a crossing of the true way is a crossing under every sensible rule. A leg from P to Q meets the line at
 * s = dP/(dP - dQ) of the leg, d being (B-A)x(P-A); direction is plus when d rises. Times inside zones are cut from the
 * true way: all meetings of a leg with the zone's edges, sorted, and each piece's middle asked whether it is inside.
 *
 * Lines and zones that are the device's own have no points; nobody is led to them.
 *
 * Bounds. 80 draws; a camera whose lines leave no room has no walkers (said in docs/SIMULATOR.md). */
#include "simulate/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS      80
#define SEE_S      13.0 /* a person at mean speed crosses the view's width in that time */
#define STOP_S     30.0 /* mean time standing in a zone */
#define PI         3.14159265358979323846
#define MEETINGS   (2 * YK_POINTS_MAX)
#define CLEAR      0.03 /* of a line's length */
#define STANDING_S 1.0  /* shortest stop */

struct yk_view yk_view_of(const struct yk_sensor_config *sensor, double fps)
{
    double x0 = HUGE_VAL, y0 = HUGE_VAL, x1 = -HUGE_VAL, y1 = -HUGE_VAL;
    for (size_t i = 0; i < sensor->line_count + sensor->zone_count; i++) {
        const struct yk_polygon *p =
            i < sensor->line_count ? &sensor->lines[i].points : &sensor->zones[i - sensor->line_count].points;
        for (size_t k = 0; k < p->count; k++) {
            x0 = fmin(x0, p->points[k][0]);
            x1 = fmax(x1, p->points[k][0]);
            y0 = fmin(y0, p->points[k][1]);
            y1 = fmax(y1, p->points[k][1]);
        }
    }
    struct yk_view view = {.sensor = sensor, .x0 = 0, .y0 = 0, .x1 = 1920, .y1 = 1080, .frame_s = 1 / fps};
    bool full_hd = !(x0 < 0 || y0 < 0 || x1 > 1920 || y1 > 1080) && (x1 > 100 || y1 > 100 || x1 < x0);
    if (!full_hd) { /* other units: room around what is configured */
        double margin = fmax(fmax(x1 - x0, y1 - y0), 1e-6) * 0.6;
        view.x0 = x0 - margin;
        view.x1 = x1 + margin;
        view.y0 = y0 - margin;
        view.y1 = y1 + margin;
    }
    view.walk_speed = (view.x1 - view.x0) / SEE_S;
    view.jitter = (view.x1 - view.x0) / 1000;
    return view;
}

bool yk_walk_inside(const struct yk_polygon *zone, double x, double y)
{
    bool inside = false;
    for (size_t i = 0, j = zone->count - 1; i < zone->count; j = i++) {
        const double *a = zone->points[i], *b = zone->points[j];
        if ((a[1] > y) != (b[1] > y) && x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
            inside = !inside;
    }
    return inside;
}

static double cross(const double a[2], const double b[2], double x, double y)
{
    return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
}

/* Follows a ray from (x, y) inside the view to its border. */
static void to_border(const struct yk_view *v, double *x, double *y, double dx, double dy)
{
    double s = HUGE_VAL;
    if (dx != 0)
        s = fmin(s, ((dx > 0 ? v->x1 : v->x0) - *x) / dx);
    if (dy != 0)
        s = fmin(s, ((dy > 0 ? v->y1 : v->y0) - *y) / dy);
    *x += s * dx;
    *y += s * dy;
}

/* A point at least `margin` inside the zone. */
static bool point_in(const struct yk_polygon *zone, double margin, struct yk_rng *rng, double *x, double *y)
{
    double x0 = HUGE_VAL, y0 = HUGE_VAL, x1 = -HUGE_VAL, y1 = -HUGE_VAL;
    for (size_t k = 0; k < zone->count; k++) {
        x0 = fmin(x0, zone->points[k][0]);
        x1 = fmax(x1, zone->points[k][0]);
        y0 = fmin(y0, zone->points[k][1]);
        y1 = fmax(y1, zone->points[k][1]);
    }
    for (int i = 0; i < DRAWS; i++) {
        *x = yk_rng_between(rng, x0, x1);
        *y = yk_rng_between(rng, y0, y1);
        if (yk_walk_inside(zone, *x, *y) && yk_walk_inside(zone, *x - margin, *y) &&
            yk_walk_inside(zone, *x + margin, *y) && yk_walk_inside(zone, *x, *y - margin) &&
            yk_walk_inside(zone, *x, *y + margin))
            return true;
    }
    return false;
}

/* Adds the leg from knot i to i + 1 to the crossings; false if there is any doubt. */
static bool cross_lines(struct yk_walk *walk, const struct yk_view *view, int i, double speed)
{
    for (size_t n = 0; n < view->sensor->line_count; n++) {
        const struct yk_line_config *line = &view->sensor->lines[n];
        const double *a = line->points.points[0], *b = line->points.points[1];
        double length = hypot(b[0] - a[0], b[1] - a[1]);
        if (line->points.count < 2 || !(length > 0))
            continue;
        double p = cross(a, b, walk->x[i], walk->y[i]) / length;
        double q = cross(a, b, walk->x[i + 1], walk->y[i + 1]) / length;
        double clear = 1.5 * line->hysteresis + 3 * view->jitter + speed * view->frame_s;
        if (fabs(p) < clear || fabs(q) < clear)
            return false;
        if ((p > 0) == (q > 0))
            continue;
        double s = p / (p - q);
        double x = walk->x[i] + s * (walk->x[i + 1] - walk->x[i]), y = walk->y[i] + s * (walk->y[i + 1] - walk->y[i]);
        double u = ((x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1])) / (length * length);
        if (fabs(u) < CLEAR || fabs(u - 1) < CLEAR)
            return false;
        if (u < 0 || u > 1)
            continue;
        if (walk->crossing_count == YK_WALK_MARKS)
            return false;
        walk->crossings[walk->crossing_count++] = (struct yk_walk_crossing){
            walk->time_us[i] + (int64_t)(s * (double)(walk->time_us[i + 1] - walk->time_us[i])), (uint16_t)n,
            (int8_t)(q > p ? 1 : -1)};
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Adds the time of leg i inside a zone, joining it to what the leg before added. */
static void stay_in(struct yk_walk *walk, const struct yk_polygon *zone, uint16_t number, int i)
{
    double at[MEETINGS + 2], px = walk->x[i], py = walk->y[i], dx = walk->x[i + 1] - px, dy = walk->y[i + 1] - py;
    int n = 0;
    at[n++] = 0;
    for (size_t e = 0, f = zone->count - 1; e < zone->count; f = e++) {
        const double *a = zone->points[e], *b = zone->points[f];
        double ex = b[0] - a[0], ey = b[1] - a[1], den = dx * ey - dy * ex;
        double s = den != 0 ? ((a[0] - px) * ey - (a[1] - py) * ex) / den : -1;
        if (s > 0 && s < 1)
            at[n++] = s;
    }
    at[n++] = 1;
    qsort(at, (size_t)n, sizeof at[0], by_value);
    double span = (double)(walk->time_us[i + 1] - walk->time_us[i]);
    for (int k = 0; k + 1 < n; k++) {
        double middle = (at[k] + at[k + 1]) / 2;
        if (!yk_walk_inside(zone, px + middle * dx, py + middle * dy))
            continue;
        int64_t from = walk->time_us[i] + (int64_t)(at[k] * span), to = walk->time_us[i] + (int64_t)(at[k + 1] * span);
        struct yk_walk_stay *last = NULL;
        for (int m = 0; m < walk->stay_count; m++)
            if (walk->stays[m].zone == number && walk->stays[m].to_us == from)
                last = &walk->stays[m];
        if (last)
            last->to_us = to;
        else if (to > from && walk->stay_count < YK_WALK_MARKS)
            walk->stays[walk->stay_count++] = (struct yk_walk_stay){from, to, number};
    }
}

static int earlier(const void *a, const void *b)
{
    const struct yk_walk_crossing *x = a, *y = b;
    return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

/* One of those that are drawn, by a share of 1; NULL if none is: the others are the device's own. */
static const struct yk_polygon *pick_line(const struct yk_sensor_config *sensor, double share)
{
    size_t drawn = 0, at = 0;
    for (size_t i = 0; i < sensor->line_count; i++)
        drawn += sensor->lines[i].points.count > 0;
    at = (size_t)(share * (double)drawn);
    for (size_t i = 0; i < sensor->line_count; i++)
        if (sensor->lines[i].points.count > 0 && at-- == 0)
            return &sensor->lines[i].points;
    return NULL;
}

static const struct yk_polygon *pick_zone(const struct yk_sensor_config *sensor, double share)
{
    size_t drawn = 0, at = 0;
    for (size_t i = 0; i < sensor->zone_count; i++)
        drawn += sensor->zones[i].points.count > 0;
    at = (size_t)(share * (double)drawn);
    for (size_t i = 0; i < sensor->zone_count; i++)
        if (sensor->zones[i].points.count > 0 && at-- == 0)
            return &sensor->zones[i].points;
    return NULL;
}

/* From border to border, through a random point of a random line. */
static void draw_ends(struct yk_walk *walk, const struct yk_view *view, struct yk_rng *rng, int direction)
{
    double x = yk_rng_between(rng, view->x0, view->x1), y = yk_rng_between(rng, view->y0, view->y1);
    double heading = (direction > 0 ? 0 : PI) + yk_rng_between(rng, -0.6, 0.6);
    double pick = yk_rng_unit(rng), along = yk_rng_between(rng, 0.15, 0.85);
    const struct yk_polygon *line = pick_line(view->sensor, pick);
    if (line) {
        const double *a = line->points[0], *b = line->points[1];
        x = a[0] + along * (b[0] - a[0]);
        y = a[1] + along * (b[1] - a[1]);
        heading += atan2(b[0] - a[0], -(b[1] - a[1])); /* the normal to the plus side */
    }
    x = fmin(view->x1, fmax(view->x0, x));
    y = fmin(view->y1, fmax(view->y0, y));
    double dx = cos(heading), dy = sin(heading);
    int last = walk->knots - 1;
    walk->x[0] = walk->x[last] = x;
    walk->y[0] = walk->y[last] = y;
    to_border(view, &walk->x[0], &walk->y[0], -dx, -dy);
    to_border(view, &walk->x[last], &walk->y[last], dx, dy);
}

static bool draw_once(struct yk_walk *walk, const struct yk_view *view, struct yk_rng *rng, int direction, bool stop,
                      int64_t start_us)
{
    const struct yk_sensor_config *sensor = view->sensor;
    double speed = view->walk_speed * fmin(2, fmax(0.5, yk_rng_lognormal(rng, 1, 0.2)));
    double stop_s = STANDING_S + fmin(300, yk_rng_lognormal(rng, STOP_S, 0.7));
    walk->knots = stop ? 4 : 2;
    walk->crossing_count = walk->stay_count = 0;
    draw_ends(walk, view, rng, direction);
    if (stop) {
        const struct yk_polygon *zone = pick_zone(sensor, yk_rng_unit(rng));
        if (!zone || !point_in(zone, 4 * view->jitter, rng, &walk->x[1], &walk->y[1]))
            return false;
        walk->x[2] = walk->x[1];
        walk->y[2] = walk->y[1];
    }
    walk->time_us[0] = start_us;
    for (int i = 0; i + 1 < walk->knots; i++) {
        double way = hypot(walk->x[i + 1] - walk->x[i], walk->y[i + 1] - walk->y[i]);
        bool standing = stop && i == 1;
        if (!standing && way < 2 * speed * view->frame_s)
            return false;
        walk->time_us[i + 1] = walk->time_us[i] + (int64_t)(1e6 * (standing ? stop_s : way / speed));
    }
    for (int i = 0; i + 1 < walk->knots; i++) {
        if (!cross_lines(walk, view, i, speed))
            return false;
        for (size_t z = 0; z < sensor->zone_count; z++)
            stay_in(walk, &sensor->zones[z].points, (uint16_t)z, i);
    }
    qsort(walk->crossings, (size_t)walk->crossing_count, sizeof walk->crossings[0], earlier);
    return walk->time_us[walk->knots - 1] - start_us < YK_WALK_LONGEST_S * INT64_C(1000000);
}

bool yk_walk_draw(struct yk_walk *walk, const struct yk_view *view, struct yk_rng *rng, int direction,
                  double stop_share, int64_t start_us)
{
    bool stop = yk_rng_unit(rng) < stop_share && pick_zone(view->sensor, 0);
    for (int i = 0; i < DRAWS; i++)
        if (draw_once(walk, view, rng, direction, stop, start_us))
            return true;
    return false;
}

void yk_walk_at(const struct yk_walk *walk, int64_t time_us, double *x, double *y)
{
    int i = 0;
    while (i + 2 < walk->knots && time_us >= walk->time_us[i + 1])
        i++;
    double span = (double)(walk->time_us[i + 1] - walk->time_us[i]);
    double s = span > 0 ? (double)(time_us - walk->time_us[i]) / span : 0;
    *x = walk->x[i] + s * (walk->x[i + 1] - walk->x[i]);
    *y = walk->y[i] + s * (walk->y[i + 1] - walk->y[i]);
}
