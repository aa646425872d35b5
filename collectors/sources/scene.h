/* What the tracks of one recording did at one line and one zone. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_SCENE_H
#define YK_SOURCES_SCENE_H

#include "base/drops.h"
#include "base/error.h"
#include "geometry/dwell.h"
#include "geometry/line.h"
#include "sources/occupancy.h"

struct yk_scene;

#define YK_SCENE_TRACKS_MAX 1000000

enum yk_scene_kind { YK_SCENE_CROSSING_RAW, YK_SCENE_CROSSING, YK_SCENE_ZONE_ENTER, YK_SCENE_ZONE_LEAVE };

struct yk_scene_event {
    double t_s, x, y;
    enum yk_scene_kind kind;
    int direction; /* crossings: +1, -1; zone: +1 enter, -1 leave */
};

/* Each may be NULL. Nothing that is told holds a track's number. A counted crossing is told when it is sure, with the
 * time at which it happened. */
struct yk_scene_listener {
    enum yk_status (*event)(void *context, const struct yk_scene_event *event, struct yk_error *err);
    enum yk_status (*step)(void *context, const struct yk_dwell_point *before, const struct yk_dwell_point *now,
                           struct yk_error *err);
    /* At the end, of each track that was in the zone, in the order in which the tracks began. */
    enum yk_status (*dwell)(void *context, const struct yk_dwell *dwell, struct yk_error *err);
    void *context;
};

struct yk_scene_options {
    const struct yk_line *line;    /* NULL: none */
    const struct yk_polygon *zone; /* NULL: none */
};

/* line, zone and drops must outlive it. */
enum yk_status yk_scene_new(const struct yk_scene_options *options, const struct yk_scene_listener *listener,
                            struct yk_drops *drops, struct yk_scene **out, struct yk_error *err) YK_MUST_CHECK;
void yk_scene_free(struct yk_scene *scene);

/* To be set up before the first frame, to be read after the end. */
struct yk_occupancy *yk_scene_occupancy(struct yk_scene *scene);

enum yk_status yk_scene_frame(struct yk_scene *scene, double t_s, struct yk_error *err) YK_MUST_CHECK;
/* In the frame that was told last. A track's second sample in one frame is counted as out_of_order. YK_ERR_INPUT beyond
 * YK_SCENE_TRACKS_MAX tracks. */
enum yk_status yk_scene_sample(struct yk_scene *scene, uint64_t track, const struct yk_dwell_point *point,
                               struct yk_error *err) YK_MUST_CHECK;
/* The track goes on under another name. Nothing if there is no such track, or the new name is somebody's already: then
 * the two go on as two. */
enum yk_status yk_scene_rename(struct yk_scene *scene, uint64_t track, uint64_t to, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_scene_end(struct yk_scene *scene, struct yk_error *err) YK_MUST_CHECK;

/* After the end. */
struct yk_scene_figures {
    uint64_t tracks;
    uint64_t raw[2], counted[2]; /* crossings: minus, plus */
    uint64_t tracks_in_zone;
    double dwell_total_s; /* interp */
    double path_total;    /* of the same paths */
};
struct yk_scene_figures yk_scene_figures(const struct yk_scene *scene);

#endif
