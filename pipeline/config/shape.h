/* Lists of points: lines, zones, polygons. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_CONFIG_SHAPE_H
#define YK_CONFIG_SHAPE_H

#include "config/yaml_tree.h"

enum yk_shape {
    YK_SHAPE_LINE, /* 2 points or more, no two in a row the same; the camera's units */
    YK_SHAPE_ZONE, /* 3 points or more, simple, with an area; the camera's units */
    YK_SHAPE_AREA, /* the same in degrees of longitude and latitude */
};

/* Reads [[x, y], ...] into *out; false and mistakes if it is not such a shape. `what` as in yaml_scalar.h. */
bool yk_yaml_shape(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, enum yk_shape shape,
                   struct yk_polygon *out);

#endif
