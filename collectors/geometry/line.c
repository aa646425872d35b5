/* Line crossings with hysteresis. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The problem: a detector's boxes tremble. Somebody who stands on the line would be counted at every tremble, and one
 * who walks over it should be counted once, at the moment of the crossing and not when the count was made sure.
 *
 * The method has two layers. With s(P) = (B-A)x(P-A) and d = s/|AB|:
 *
 *   raw      the straight path from the last sample with s != 0 to this one changes side and meets the line between A
 * and B (ends included). Time is linear along that path. A sample with s = 0 keeps the side before it. Direction + is s
 * rising through 0; the formula is the same where y points down. counted  a sample with |d| > h is stable. The first
 * one only says where the track began. When a later one lies on the other side, the last raw crossing since the stable
 * sample before is counted, once, if its direction agrees.
 *
 *                  d >  h   . . . . . o stable (+)           a track from - to +: raw crossings + - + at the line,
 *            A ---------x---x-x---------------- B            counted: the last of them, known at the upper o
 *                  d < -h   o . stable (-)
 *
 * Lines with bends have another side and another meeting (polyline.c), and the same two layers.
 *
 * Somebody who walks around the end of the line changes side without a raw crossing: the stable side follows, nothing
 * is counted. With h = 0 both layers are the same. Comparisons with 0 are exact on purpose: a tolerance would be a
 * second, hidden hysteresis.
 *
 * Bounds: constant memory per track and line, no allocation. Coordinates up to 1e9 keep s exact to 2^-52 relative. */
#include "geometry/line.h"

#include "geometry/polyline.h"

#include <math.h>

enum yk_status yk_line_set(struct yk_line *line, const struct yk_polygon *points, double hysteresis, const char *what,
                           struct yk_error *err)
{
    if (points->count < 2)
        return yk_error_set(err, YK_ERR_CONFIG, "line %s has %zu points; a counting line has 2 or more", what,
                            points->count);
    if (!isfinite(hysteresis) || hysteresis < 0)
        return yk_error_set(err, YK_ERR_CONFIG, "line %s: the hysteresis must be 0 or more", what);
    const char *why;
    if (points->count > 2 && !yk_polyline_is_good(points, &why))
        return yk_error_set(err, YK_ERR_CONFIG, "line %s: %s", what, why);
    const double *a = points->points[0], *b = points->points[points->count - 1];
    if (points->count > 2) {
        *line = (struct yk_line){.a = {a[0], a[1]}, .b = {b[0], b[1]}, .hysteresis = hysteresis, .bends = points};
        return YK_OK;
    }
    double length = hypot(b[0] - a[0], b[1] - a[1]);
    if (!isfinite(length) || length <= 0)
        return yk_error_set(err, YK_ERR_CONFIG, "line %s: its two points are the same or not finite; give two ends",
                            what);
    *line = (struct yk_line){.a = {a[0], a[1]}, .b = {b[0], b[1]}, .length = length, .hysteresis = hysteresis};
    return YK_OK;
}

double yk_line_side(const struct yk_line *line, double x, double y)
{
    return (line->b[0] - line->a[0]) * (y - line->a[1]) - (line->b[1] - line->a[1]) * (x - line->a[0]);
}

double yk_line_distance(const struct yk_line *line, double x, double y)
{
    return line->bends ? yk_polyline_distance(line->bends, x, y) : yk_line_side(line, x, y) / line->length;
}

/* Where the path from the track's last sample (side s0) to (x, y) (side s1, of the other sign) meets AB. */
static struct yk_line_event meet(const struct yk_line *line, const struct yk_line_track *track, double s1, double x,
                                 double y, int64_t time_us)
{
    double s0 = yk_line_side(line, track->x, track->y);
    double f = s0 / (s0 - s1);
    double mx = track->x + f * (x - track->x), my = track->y + f * (y - track->y);
    double dx = line->b[0] - line->a[0], dy = line->b[1] - line->a[1];
    double u = ((mx - line->a[0]) * dx + (my - line->a[1]) * dy) / (dx * dx + dy * dy);
    if (!(u >= 0 && u <= 1))
        return (struct yk_line_event){0};
    return (struct yk_line_event){.direction = s1 > 0 ? 1 : -1,
                                  .time_us = track->time_us + (int64_t)llround(f * (double)(time_us - track->time_us)),
                                  .x = mx,
                                  .y = my};
}

static struct yk_line_event meet_bends(const struct yk_line *line, const struct yk_line_track *track, int8_t side,
                                       double x, double y, int64_t time_us)
{
    const double from[2] = {track->x, track->y}, to[2] = {x, y};
    double f;
    if (yk_polyline_meet(line->bends, from, to, &f) != side)
        return (struct yk_line_event){0};
    return (struct yk_line_event){.direction = side,
                                  .time_us = track->time_us + (int64_t)llround(f * (double)(time_us - track->time_us)),
                                  .x = track->x + f * (x - track->x),
                                  .y = track->y + f * (y - track->y)};
}

struct yk_line_step yk_line_follow(const struct yk_line *line, struct yk_line_track *track, double x, double y,
                                   int64_t time_us)
{
    struct yk_line_step step = {{0}, {0}};
    double s = line->bends ? yk_line_distance(line, x, y) : yk_line_side(line, x, y);
    if (s == 0) /* not stable either: |d| = 0 is never above h */
        return step;

    int8_t side = s > 0 ? 1 : -1;
    if (track->side && track->side != side) {
        step.raw = line->bends ? meet_bends(line, track, side, x, y, time_us) : meet(line, track, s, x, y, time_us);
        if (step.raw.direction)
            track->last_raw = step.raw;
    }
    if (fabs(line->bends ? s : s / line->length) > line->hysteresis) {
        if (track->stable && track->stable != side && track->last_raw.direction == side)
            step.counted = track->last_raw;
        track->stable = side;
        track->last_raw = (struct yk_line_event){0};
    }
    track->side = side;
    track->x = x;
    track->y = y;
    track->time_us = time_us;
    return step;
}
