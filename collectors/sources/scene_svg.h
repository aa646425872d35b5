/* A picture of a scene. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_SCENE_SVG_H
#define YK_SOURCES_SCENE_SVG_H

#include "geometry/dwell.h"
#include "geometry/line.h"

#include <stdio.h>

#define YK_SCENE_STEPS_MAX 1000000

struct yk_scene_step {
    float from[2], to[2];
};

/* All zero at first. */
struct yk_scene_svg {
    struct yk_scene_step *list;
    size_t count, capacity;
    size_t left_out; /* steps beyond YK_SCENE_STEPS_MAX */
    bool any;
    double min[2], max[2]; /* of all places */
};

/* context: a struct yk_scene_svg; for struct yk_scene_listener. */
enum yk_status yk_scene_svg_step(void *context, const struct yk_dwell_point *before, const struct yk_dwell_point *now,
                                 struct yk_error *err) YK_MUST_CHECK;
void yk_scene_svg_free(struct yk_scene_svg *svg);

/* line and zone may be NULL. y_up: larger y is drawn higher. scale: of the places against the file's, for the heading.
 * 0: they are metres on the ground. Errors stay in the FILE. */
void yk_scene_svg_write(struct yk_scene_svg *svg, const struct yk_line *line, const struct yk_polygon *zone, bool y_up,
                        double scale, FILE *file);

#endif
