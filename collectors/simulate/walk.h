/* A person's way through a camera's view. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_WALK_H
#define YK_SIMULATE_WALK_H

#include "config/config.h"
#include "simulate/rng.h"

#include <stdbool.h>
#include <stdint.h>

struct yk_view {
    const struct yk_sensor_config *sensor; /* its lines and zones */
    double x0, y0, x1, y1;                 /* what the camera sees, in its units */
    double walk_speed;                     /* units per second, mean */
    double jitter;                         /* of a detection's foot point, at most, each axis */
    double frame_s;
};

struct yk_view yk_view_of(const struct yk_sensor_config *sensor, double fps);

#define YK_WALK_KNOTS 4
#define YK_WALK_MARKS 24

struct yk_walk_crossing {
    int64_t time_us;
    uint16_t line;
    int8_t direction;
};

struct yk_walk_stay {
    int64_t from_us, to_us;
    uint16_t zone;
};

/* Straight from knot to knot, with constant speed between them. */
struct yk_walk {
    int knots;
    double x[YK_WALK_KNOTS], y[YK_WALK_KNOTS];
    int64_t time_us[YK_WALK_KNOTS];
    struct yk_walk_crossing crossings[YK_WALK_MARKS]; /* in the order of time */
    int crossing_count;
    struct yk_walk_stay stays[YK_WALK_MARKS];
    int stay_count;
};

#define YK_WALK_LONGEST_S 900 /* no walk takes longer */

/* Draws a walk that begins at start_us, in direction +1 or -1 over one of the lines, stopping in a zone with chance
 * stop_share. False if no walk was found whose crossings are beyond doubt; then the person passes out of view. */
bool yk_walk_draw(struct yk_walk *walk, const struct yk_view *view, struct yk_rng *rng, int direction,
                  double stop_share, int64_t start_us);
/* Where the person is; the walk must have begun and not ended. */
void yk_walk_at(const struct yk_walk *walk, int64_t time_us, double *x, double *y);

/* Half-open ray rule: a point on a common edge of two zones is in exactly one. */
bool yk_walk_inside(const struct yk_polygon *zone, double x, double y);

#endif
