/* What is in a file of camera tracks. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_INSPECT_CAMERA_H
#define YK_SOURCES_INSPECT_CAMERA_H

#include "base/error.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>

struct yk_inspect_camera_options {
    const char *format;     /* NULL or "": guess */
    struct yk_polygon line; /* 2 points or more; count 0: none */
    double hysteresis;
    struct yk_polygon zone; /* 3 corners or more; count 0: none */
    double fps;             /* for formats that count frames; 0: YK_INSPECT_FPS */
    double frame[2];        /* width and height, for formats that tell parts of the picture; 0: they stay parts */
    double scale;           /* coordinates are multiplied by it then; 0: as they are */
    bool has_homography;    /* and led to the ground; line, hysteresis and zone are in metres then */
    double homography[9];
    /* Files to write, each NULL for none; see scene_files.h and scene_svg.h. */
    const char *events_path, *occupancy_path, *dwell_path, *svg_path;
};

#define YK_INSPECT_FPS 30.0

/* True if the file is in a camera format known here. */
bool yk_inspect_camera_guess(const char *path);

/* On YK_OK *out is a new object, to be freed with json_decref:
 *
 *   format, frames, tracks
 *   first, last        RFC 3339 in UTC; seconds from the first frame number for formats without a date; null without
 *                      frames
 *   drops              {reason: n}, of the reasons that occurred
 *   crossings_raw, crossings                      {plus, minus}, with a line
 *   occupancy_mean, occupancy_max, dwell_mean_s, dwell_total_s, tracks_in_zone    with a zone; a mean of nothing is null
 *   density_mean_per_m2, density_max_per_m2, speed_mean_m_s                       with a zone in metres: with a homography,
 *                      or from a format that tells places on the ground
 *
 * Every track counts, however short, and is one person to the file's end, however long it is away. YK_ERR_IO if a file
 * cannot be written. YK_ERR_USAGE if the homography has no way back. */
enum yk_status yk_inspect_camera(const char *path, const struct yk_inspect_camera_options *options, json_t **out,
                                 struct yk_error *err) YK_MUST_CHECK;

#endif
