/* Who crossed a counting line, when and in which direction. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GEOMETRY_LINE_H
#define YK_GEOMETRY_LINE_H

#include "base/error.h"
#include "config/config.h"

#include <stdint.h>

struct yk_line {
    double a[2], b[2];              /* the ends */
    double length;                  /* |AB| > 0 of a straight one */
    double hysteresis;              /* >= 0, in the units of the points */
    const struct yk_polygon *bends; /* NULL: straight; otherwise all its points (polyline.h) */
};

/* Takes the points of the configuration, two or more; they must outlive a line with bends. YK_ERR_CONFIG when they make no
 * line: equal points, values that are not finite, a line that crosses itself. `what` names the line in the message. */
enum yk_status yk_line_set(struct yk_line *line, const struct yk_polygon *points, double hysteresis, const char *what,
                           struct yk_error *err) YK_MUST_CHECK;

/* (B-A)x(P-A) of a straight line: above 0 on the plus side, 0 on the straight line through A and B. */
double yk_line_side(const struct yk_line *line, double x, double y);
/* Signed distance, in the units of the points: to that straight line, or to one with bends whose ends go on straight. */
double yk_line_distance(const struct yk_line *line, double x, double y);

struct yk_line_event {
    int8_t direction; /* +1, -1; 0: nothing happened */
    int64_t time_us;
    double x, y; /* where the path met the line */
};

/* One track at one line; all zero before the track's first sample. */
struct yk_line_track {
    double x, y; /* last sample with a side */
    int64_t time_us;
    int8_t side;                   /* of that sample; 0: none yet */
    int8_t stable;                 /* side of the last sample beyond the hysteresis; 0: none yet */
    struct yk_line_event last_raw; /* since that sample */
};

struct yk_line_step {
    struct yk_line_event raw;     /* the last step met the line */
    struct yk_line_event counted; /* with hysteresis; may have happened some steps ago */
};

/* The track's next sample; times of one track must rise. */
struct yk_line_step yk_line_follow(const struct yk_line *line, struct yk_line_track *track, double x, double y,
                                   int64_t time_us);

#endif
