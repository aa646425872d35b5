/* A camera. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every frame, each person in view is a detection at the true place plus trembling: a first-order process bounded by
 * view.jitter, far below any hysteresis. Errors by the scene's rates: detections missed one by one, ids changed on the
 * way (the new id is a new track to whoever reads it), false tracks of 0.10-0.45 s. Without errors the true crossings
 * are exactly those a reader with hysteresis finds.
 *
 * Truth. A crossing is told once time has reached it, so a simulation that is ended early tells what it has shown.
 * Zones are kept in a ring of seconds ahead of now; a walk adds its stays when it begins, since its whole way is then
 * known.
 *
 * A walk in an outage is not written and still is part of the truth. */
#include "simulate/camera.h"

#include <stdlib.h>

#define TREMBLE_KEEP 0.8
#define SECOND_US    INT64_C(1000000)

enum yk_status yk_camera_init(struct yk_camera *camera, struct yk_recorder *recorder, const struct yk_scene *scene,
                              double fps, uint64_t seed, int64_t from_us, struct yk_error *err)
{
    *camera = (struct yk_camera){.recorder = recorder, .scene = scene, .next_second = from_us / SECOND_US};
    camera->view = yk_view_of(recorder->sensor, fps);
    camera->rng = yk_rng_of(seed, 0x63616D657261, 0);
    recorder->frame_s = 1 / fps;
    recorder->frame0_us = from_us;
    recorder->text.decimals = camera->view.x1 - camera->view.x0 < 500 ? 4 : 2;
    camera->ring = calloc((recorder->sensor->zone_count + 1) * YK_CAMERA_RING, sizeof *camera->ring);
    return camera->ring ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for camera %s", recorder->sensor->id);
}

void yk_camera_free(struct yk_camera *camera)
{
    free(camera->tracks);
    free(camera->ring);
}

static struct yk_camera_second *second_of(const struct yk_camera *camera, size_t zone, int64_t second)
{
    return &camera->ring[zone * YK_CAMERA_RING + (size_t)(second % YK_CAMERA_RING)];
}

void yk_camera_settle(struct yk_camera *camera, struct yk_truth *truth, int64_t time_us)
{
    for (; (camera->next_second + 1) * SECOND_US <= time_us; camera->next_second++) {
        for (size_t z = 0; z < camera->recorder->sensor->zone_count; z++) {
            struct yk_camera_second *s = second_of(camera, z, camera->next_second);
            struct yk_truth_second told = {(double)s->person_us * 1e-6, s->at_start, s->within, s->entered};
            if (s->within > 0)
                yk_truth_zone_second(truth, camera->first_zone + z, camera->next_second, &told);
            *s = (struct yk_camera_second){0};
        }
    }
}

/* Adds stay n of a walk to the seconds ahead. */
static void plan_stay(struct yk_camera *camera, const struct yk_walk *walk, int n)
{
    const struct yk_walk_stay *stay = &walk->stays[n];
    int64_t first = stay->from_us / SECOND_US, last = stay->to_us / SECOND_US;
    bool counted = false; /* the person was inside earlier in the same second */
    for (int i = 0; i < n; i++)
        counted = counted || (walk->stays[i].zone == stay->zone && walk->stays[i].to_us / SECOND_US == first);
    for (int64_t s = first; s <= last; s++) {
        struct yk_camera_second *second = second_of(camera, stay->zone, s);
        int64_t from = s == first ? stay->from_us : s * SECOND_US, to = s == last ? stay->to_us : (s + 1) * SECOND_US;
        second->person_us += to - from;
        second->at_start += s * SECOND_US >= stay->from_us && s * SECOND_US < stay->to_us;
        second->within += to > from && !(s == first && counted);
        second->entered += s == first;
    }
}

bool yk_camera_add(struct yk_camera *camera, struct yk_truth *truth, const struct yk_walk *walk)
{
    if (camera->track_count == camera->track_capacity) {
        size_t capacity = camera->track_capacity ? 2 * camera->track_capacity : 32;
        struct yk_track *tracks = realloc(camera->tracks, capacity * sizeof *tracks);
        if (!tracks)
            return false;
        camera->tracks = tracks;
        camera->track_capacity = capacity;
    }
    camera->tracks[camera->track_count++] = (struct yk_track){.walk = *walk, .id = ++camera->last_id};
    yk_camera_settle(camera, truth, walk->time_us[0]);
    for (int i = 0; i < walk->stay_count; i++)
        plan_stay(camera, walk, i);
    return true;
}

/* Something that is no person is taken for one, for a moment. */
static void add_ghost(struct yk_camera *camera, struct yk_truth *truth, int64_t time_us)
{
    struct yk_walk walk = {.knots = 2};
    const struct yk_view *v = &camera->view;
    walk.x[0] = yk_rng_between(&camera->rng, v->x0, v->x1);
    walk.y[0] = yk_rng_between(&camera->rng, v->y0, v->y1);
    walk.x[1] = walk.x[0] + 5 * v->jitter * yk_rng_normal(&camera->rng);
    walk.y[1] = walk.y[0] + 5 * v->jitter * yk_rng_normal(&camera->rng);
    walk.time_us[0] = time_us;
    walk.time_us[1] = time_us + (int64_t)(1e6 * yk_rng_between(&camera->rng, 0.10, 0.45));
    if (yk_camera_add(camera, truth, &walk))
        camera->tracks[camera->track_count - 1].ghost = true;
}

static double tremble(struct yk_camera *camera, double shift)
{
    /* |shift| <= jitter (1 - keep) / (1 - keep) = jitter */
    return TREMBLE_KEEP * shift + (1 - TREMBLE_KEEP) * camera->view.jitter * yk_rng_between(&camera->rng, -1, 1);
}

/* False if the detector fails on this one. */
static bool detect(struct yk_camera *camera, struct yk_track *track)
{
    const struct yk_scene *scene = camera->scene;
    track->shift_x = tremble(camera, track->shift_x);
    track->shift_y = tremble(camera, track->shift_y);
    if (track->ghost)
        return true;
    double walk_s = (double)(track->walk.time_us[track->walk.knots - 1] - track->walk.time_us[0]) * 1e-6;
    if (scene->id_switch_per_track > 0 &&
        yk_rng_unit(&camera->rng) < scene->id_switch_per_track * camera->view.frame_s / walk_s)
        track->id = ++camera->last_id;
    return scene->miss_share <= 0 || yk_rng_unit(&camera->rng) >= scene->miss_share;
}

void yk_camera_frame(struct yk_camera *camera, struct yk_truth *truth, int64_t time_us)
{
    struct yk_recorder *recorder = camera->recorder;
    if (yk_camera_always(camera) &&
        yk_rng_unit(&camera->rng) < camera->scene->false_per_hour * camera->view.frame_s / 3600)
        add_ghost(camera, truth, time_us);

    double height = 0.08 * (camera->view.x1 - camera->view.x0), width = 0.4 * height;
    int64_t unused;
    uint64_t frame = yk_recorder_frame_after(recorder, time_us, &unused);
    bool begun = false;
    for (size_t i = 0; i < camera->track_count;) {
        struct yk_track *track = &camera->tracks[i];
        const struct yk_walk *walk = &track->walk;
        for (; track->next_crossing < walk->crossing_count && walk->crossings[track->next_crossing].time_us <= time_us;
             track->next_crossing++) {
            const struct yk_walk_crossing *c = &walk->crossings[track->next_crossing];
            yk_truth_crossed(truth, camera->first_line + c->line, c->direction, c->time_us);
        }
        if (time_us > walk->time_us[walk->knots - 1]) {
            *track = camera->tracks[--camera->track_count];
            continue;
        }
        i++;
        if (!detect(camera, track) || recorder->silent)
            continue;
        if (!begun)
            yk_camera_text_begin(&recorder->text, &recorder->sink, frame, time_us);
        begun = true;
        double x, y;
        yk_walk_at(walk, time_us, &x, &y);
        yk_camera_text_person(&recorder->text, &recorder->sink, track->id, x + track->shift_x, y + track->shift_y,
                              width, height);
    }
    if (begun) {
        yk_camera_text_end(&recorder->text, &recorder->sink);
        recorder->last_us = time_us;
    }
}
