/* How long a track was in a zone. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GEOMETRY_DWELL_H
#define YK_GEOMETRY_DWELL_H

#include "config/config.h"
#include "geometry/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yk_dwell_point {
    double x, y;
    double t_s;
};

/* One track and one zone; all zero before the track's first sample. */
struct yk_dwell {
    double hold_s;          /* from each sample inside to the track's next one */
    double interp_s;        /* of the straight paths between samples, the time inside */
    double path;            /* and their length inside, in the units of the places */
    double first_s, last_s; /* of the samples inside; meaningless without one */
    uint64_t samples;       /* inside */
    uint64_t visits;        /* runs of samples inside */
    bool inside;            /* the last sample */
    bool open;              /* the path, up to the last sample */
};

/* The path goes in (+1) or out (-1). */
struct yk_dwell_edge {
    double x, y, t_s;
    int direction;
};

#define YK_DWELL_EDGES_MAX (2 * YK_ZONE_SPANS_MAX + 2)

/* The track's next sample; `before` is the one before it, NULL for the first. Returns how many edges it went over. */
size_t yk_dwell_follow(const struct yk_polygon *zone, struct yk_dwell *dwell, const struct yk_dwell_point *before,
                       const struct yk_dwell_point *now, struct yk_dwell_edge edges[YK_DWELL_EDGES_MAX]);

/* True if the track counts as one that was in the zone. */
bool yk_dwell_any(const struct yk_dwell *dwell);

#endif
