/* A camera: who walks through its view, and what it makes of it. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_CAMERA_H
#define YK_SIMULATE_CAMERA_H

#include "simulate/recorder.h"
#include "simulate/truth.h"
#include "simulate/walk.h"

#define YK_CAMERA_RING 1024 /* seconds; above YK_WALK_LONGEST_S and an idle interval */

/* One second of one zone: what the walks drawn so far will do in it. */
struct yk_camera_second {
    int64_t person_us;
    uint16_t at_start, within, entered;
};

struct yk_track {
    struct yk_walk walk;
    uint64_t id;
    double shift_x, shift_y; /* trembling of the detection */
    int next_crossing;
    bool ghost; /* a false track */
};

struct yk_camera {
    struct yk_recorder *recorder;
    const struct yk_scene *scene;
    struct yk_view view;
    size_t first_line, first_zone; /* in the truth's lists */
    struct yk_rng rng;             /* errors and trembling */
    struct yk_track *tracks;
    size_t track_count, track_capacity;
    uint64_t last_id;
    bool ticking;                  /* an event for its next frame is in the queue */
    struct yk_camera_second *ring; /* [zone][YK_CAMERA_RING] */
    int64_t next_second;           /* the first one not told to the truth yet */
};

enum yk_status yk_camera_init(struct yk_camera *camera, struct yk_recorder *recorder, const struct yk_scene *scene,
                              double fps, uint64_t seed, int64_t from_us, struct yk_error *err) YK_MUST_CHECK;
/* Someone begins a walk; false if memory is out. */
bool yk_camera_add(struct yk_camera *camera, struct yk_truth *truth, const struct yk_walk *walk);
/* One frame at that time. */
void yk_camera_frame(struct yk_camera *camera, struct yk_truth *truth, int64_t time_us);
/* Tells the truth about zones up to time_us. */
void yk_camera_settle(struct yk_camera *camera, struct yk_truth *truth, int64_t time_us);
/* True if its frames are needed although nobody is in view. */
static inline bool yk_camera_always(const struct yk_camera *camera)
{
    return camera->scene->false_per_hour > 0;
}
void yk_camera_free(struct yk_camera *camera);

#endif
