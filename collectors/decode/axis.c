/* Axis scene metadata, one JSON object per frame. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * com.axis.scene.frame.v1 (AXIS OS 12.8 and later); both lists are left out when they are empty:
 *
 *     {"channel_id":1,"timestamp":"2026-07-29T11:55:30.369150Z",
 *      "detections":[{"object_track_id":"8e653185-...","bounding_box":{"left":0.45,"top":0.24,"right":0.75,"bottom":0.99},
 *                     "class":{"type":"Human","score":0.7}}],
 *      "track_events":[{"type":"TrackEnded","object_track_id":"..."},{"type":"Rename","from_id":"...","to_id":"..."}]}
 *
 * com.axis.analytics_scene_description.v0.beta, its forerunner:
 *
 *     {"frame":{"timestamp":"...","observations":[{"track_id":"1","bounding_box":{...},"class":{...}}],
 *               "operations":[{"type":"DeleteOperation","id":"3"},{"type":"RenameOperation","from":"2","to":"1"}]}}
 *
 * Either may come wrapped in {"data":{...}}. Boxes are parts of the picture, y down. A person's head is a track of its
 * own, and most detections have no class: only class Human counts. Colours, snapshots and scores are not looked at.
 *
 * Within a message new names come first and ends last, so that a detection under the new name goes on with what the old
 * one had, and one in the message that ends its track does not take the end back.
 *
 * Bounds: the caller limits the message; jansson limits the depth. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>

/* Where the two formats keep the same things. */
struct shape {
    const char *objects, *object_id, *changes;
    const char *ended, *ended_id;
    const char *renamed, *renamed_from, *renamed_to;
};

static const struct shape frame_v1 = {
    .objects = "detections",
    .object_id = "object_track_id",
    .changes = "track_events",
    .ended = "TrackEnded",
    .ended_id = "object_track_id",
    .renamed = "Rename",
    .renamed_from = "from_id",
    .renamed_to = "to_id",
};

static const struct shape description_v0 = {
    .objects = "observations",
    .object_id = "track_id",
    .changes = "operations",
    .ended = "DeleteOperation",
    .ended_id = "id",
    .renamed = "RenameOperation",
    .renamed_from = "from",
    .renamed_to = "to",
};

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return contains(text, length, "\"timestamp\"") &&
           (contains(text, length, "\"channel_id\"") || contains(text, length, "\"object_track_id\"") ||
            (contains(text, length, "\"frame\"") && contains(text, length, "\"observations\"")));
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct yk_message_order));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the Axis decoder");
}

/* The number of a track; false if it was dropped (and counted). */
static bool read_track(const json_t *name, uint64_t *track, struct yk_drops *drops)
{
    enum yk_track_name is = yk_track_number_json(name, track);
    if (is != YK_TRACK_NAMED)
        yk_drop(drops, is == YK_TRACK_UNTRACKED ? YK_DROP_untracked : YK_DROP_bad_schema);
    return is == YK_TRACK_NAMED;
}

/* One detection. False if it was dropped (and counted). */
static bool read_object(const struct shape *shape, const json_t *object, struct yk_track_sample *sample,
                        struct yk_drops *drops)
{
    enum { LEFT, TOP, RIGHT, BOTTOM, EDGES };
    static const char *const keys[EDGES] = {"left", "top", "right", "bottom"};
    if (!json_is_object(object)) {
        yk_drop(drops, YK_DROP_bad_schema);
        return false;
    }
    const json_t *type = json_object_get(json_object_get(object, "class"), "type");
    if (!yk_json_is(type, "Human") && !yk_json_is(type, "Person")) {
        yk_drop(drops, YK_DROP_not_person);
        return false;
    }
    if (!read_track(json_object_get(object, shape->object_id), &sample->track, drops))
        return false;
    const json_t *box = json_object_get(object, "bounding_box");
    double edge[EDGES];
    bool possible = true;
    for (int i = 0; i < EDGES; i++) {
        if (!yk_json_number(json_object_get(box, keys[i]), &edge[i])) {
            yk_drop(drops, YK_DROP_bad_schema);
            return false;
        }
        possible = possible && edge[i] >= -YK_COORDINATE_MAX && edge[i] <= YK_COORDINATE_MAX;
    }
    if (!possible || edge[LEFT] > edge[RIGHT] || edge[TOP] > edge[BOTTOM]) {
        yk_drop(drops, YK_DROP_malformed);
        return false;
    }
    sample->x = (edge[LEFT] + edge[RIGHT]) / 2;
    sample->y = edge[BOTTOM];
    return true;
}

/* The new names in the list, or the ends; kinds that are not known are counted with the ends. */
static enum yk_status tell_changes(const struct shape *shape, const json_t *list, bool ends, int64_t time_us,
                                   const struct yk_camera_sink *sink, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < json_array_size(list) && status == YK_OK; i++) {
        const json_t *item = json_array_get(list, i), *type = json_object_get(item, "type");
        struct yk_track_change change = {.time_us = time_us};
        bool renamed = yk_json_is(type, shape->renamed), ended = !renamed && yk_json_is(type, shape->ended);
        if (renamed && !ends) {
            change.kind = YK_TRACK_RENAMED;
            if (!read_track(json_object_get(item, shape->renamed_from), &change.track, sink->drops) ||
                !read_track(json_object_get(item, shape->renamed_to), &change.to, sink->drops))
                continue;
        } else if (ended && ends) {
            change.kind = YK_TRACK_ENDED;
            if (!read_track(json_object_get(item, shape->ended_id), &change.track, sink->drops))
                continue;
        } else {
            if (ends && !renamed)
                yk_drop(sink->drops, json_is_string(type) ? YK_DROP_unsupported : YK_DROP_bad_schema);
            continue;
        }
        if (sink->change)
            status = sink->change(sink->context, &change, err);
    }
    return status;
}

/* A list that is missing is empty; a value of another kind is counted. */
static const json_t *list_of(const json_t *root, const char *key, struct yk_drops *drops)
{
    const json_t *list = json_object_get(root, key);
    if (list && !json_is_array(list) && !json_is_null(list))
        yk_drop(drops, YK_DROP_bad_schema);
    return list;
}

/* NULL if it is neither. A frame of the newer format may have nothing but its channel. */
static const struct shape *shape_of(const json_t *root)
{
    if (json_object_get(root, description_v0.objects) || json_object_get(root, description_v0.changes))
        return &description_v0;
    bool newer = json_object_get(root, frame_v1.objects) || json_object_get(root, frame_v1.changes) ||
                 json_object_get(root, "channel_id");
    return newer ? &frame_v1 : NULL;
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    const json_t *inner = json_object_get(root, "data");
    if (json_is_object(inner))
        root = inner;
    inner = json_object_get(root, "frame");
    if (json_is_object(inner))
        root = inner;
    const struct shape *shape = shape_of(root);
    const json_t *stamp = json_object_get(root, "timestamp");
    struct yk_track_sample sample;
    if (!shape || !json_is_string(stamp)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!yk_device_time_exact(json_string_value(stamp), json_string_length(stamp), &sample.time_us)) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    if (!yk_message_in_order((struct yk_message_order *)state, sample.time_us, sink->arrived_us, sink->drops))
        return YK_OK;

    const json_t *objects = list_of(root, shape->objects, sink->drops);
    const json_t *changes = list_of(root, shape->changes, sink->drops);
    enum yk_status status = sink->frame ? sink->frame(sink->context, sample.time_us, err) : YK_OK;
    if (status == YK_OK)
        status = tell_changes(shape, changes, false, sample.time_us, sink, err);
    for (size_t i = 0; i < json_array_size(objects) && status == YK_OK; i++)
        if (read_object(shape, json_array_get(objects, i), &sample, sink->drops) && sink->sample)
            status = sink->sample(sink->context, &sample, err);
    return status == YK_OK ? tell_changes(shape, changes, true, sample.time_us, sink, err) : status;
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    return yk_json_record(text, length, message, state, sink, err);
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    (void)state;
    (void)sink;
    (void)err;
    return YK_OK;
}

const struct yk_camera_dialect yk_camera_axis = {
    .name = "axis",
    .summary = "Axis scene metadata (frame.v1, analytics_scene_description), one JSON object per frame",
    .dated = true,
    .whole = true,
    .normalised = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
