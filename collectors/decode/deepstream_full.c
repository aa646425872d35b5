/* NVIDIA DeepStream's full messages (nvmsgconv payload-type 0), one JSON object per object seen.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"messageid":"...","mdsversion":"1.0","@timestamp":"2021-03-31T20:11:07.742Z","sensor":{"id":"CAMERA_ID", ...},
 *      "object":{"id":"15","person":{...},"bbox":{"topleftx":597,"toplefty":481,"bottomrightx":711,"bottomrighty":569}},
 *      "event":{"id":"...","type":"moving"}}
 *
 * Taken: @timestamp, object.id, the box, whether it is a person, and whether it goes. All messages of one @timestamp and
 * one sensor are a frame. What a person is like ("person":{"age","gender","hair","cap","apparel"}) is not looked at: the
 * key alone says that it is one. "vehicle", "face", "bag" and the like are not.
 *
 * A picture with nobody in it makes no message, so silence is a quiet street. An event of type "exit" ends the track, after
 * the place at which it was seen last.
 *
 * Bounds: the caller limits the message, json_pull.h the depth and a name that is written with escapes. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_pull.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>

struct state {
    struct yk_message_order order;
    bool begun;
    int64_t frame_us; /* the frame that objects are added to */
    uint64_t sensor;  /* whose it is, as a number: names are not kept */
};

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return contains(text, length, "\"@timestamp\"") && contains(text, length, "\"object\"") &&
           contains(text, length, "\"bbox\"");
}

static enum yk_status open_state(const struct yk_camera_options *options, void **out, struct yk_error *err)
{
    (void)options;
    struct state *state = (struct state *)calloc(1, sizeof *state);
    *out = state;
    if (!state)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the DeepStream decoder");
    state->order.sparse = true;
    return YK_OK;
}

static struct yk_json_pull member(struct yk_json_pull object, const char *key)
{
    struct yk_json_pull value;
    yk_json_pull_members(object, &key, &value, 1);
    return value;
}

/* False if it was dropped (and counted). */
static bool read_box(struct yk_json_pull box, struct yk_track_sample *sample, struct yk_drops *drops)
{
    enum { LEFT, TOP, RIGHT, BOTTOM, EDGES };
    static const char *const keys[EDGES] = {"topleftx", "toplefty", "bottomrightx", "bottomrighty"};
    struct yk_json_pull value[EDGES];
    double edge[EDGES];
    bool possible = true;
    yk_json_pull_members(box, keys, value, EDGES);
    for (int i = 0; i < EDGES; i++) {
        if (!yk_json_pull_number(value[i], &edge[i])) {
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

static enum yk_status frame(struct state *state, struct yk_json_pull from, int64_t time_us,
                            const struct yk_camera_sink *sink, struct yk_error *err)
{
    uint64_t sensor = 0;
    if (yk_track_number_pull(member(from, "id"), &sensor) != YK_TRACK_NAMED)
        sensor = 0;
    if (state->begun && state->frame_us == time_us && state->sensor == sensor)
        return YK_OK;
    state->begun = true;
    state->frame_us = time_us;
    state->sensor = sensor;
    return sink->frame ? sink->frame(sink->context, time_us, err) : YK_OK;
}

static enum yk_status object_seen(struct yk_json_pull object, struct yk_json_pull event, struct yk_track_sample *sample,
                                  const struct yk_camera_sink *sink, struct yk_error *err)
{
    enum { ID, PERSON, BOX, KEYS };
    static const char *const keys[KEYS] = {"id", "person", "bbox"};
    struct yk_json_pull value[KEYS];
    yk_json_pull_members(object, keys, value, KEYS);
    if (yk_json_pull_kind(value[PERSON]) != '{') {
        yk_drop(sink->drops, YK_DROP_not_person);
        return YK_OK;
    }
    switch (yk_track_number_pull(value[ID], &sample->track)) {
    case YK_TRACK_NAMED:
        break;
    case YK_TRACK_UNTRACKED:
        yk_drop(sink->drops, YK_DROP_untracked);
        return YK_OK;
    case YK_TRACK_NO_NAME:
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    enum yk_status status = YK_OK;
    if (read_box(value[BOX], sample, sink->drops) && sink->sample)
        status = sink->sample(sink->context, sample, err);
    if (status == YK_OK && sink->change && yk_json_pull_is(member(event, "type"), "exit")) {
        struct yk_track_change ended = {.kind = YK_TRACK_ENDED, .track = sample->track, .time_us = sample->time_us};
        status = sink->change(sink->context, &ended, err);
    }
    return status;
}

static enum yk_status message(void *context, struct yk_json_pull root, const struct yk_camera_sink *sink,
                              struct yk_error *err)
{
    enum { STAMP, SENSOR, OBJECT, EVENT, KEYS };
    static const char *const keys[KEYS] = {"@timestamp", "sensor", "object", "event"};
    struct state *state = (struct state *)context;
    struct yk_json_pull value[KEYS];
    struct yk_json_pull_text stamp;
    struct yk_track_sample sample;
    yk_json_pull_members(root, keys, value, KEYS);
    if (yk_json_pull_kind(value[STAMP]) != '"' || yk_json_pull_kind(value[OBJECT]) != '{') {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!yk_json_pull_text(value[STAMP], &stamp) || !yk_device_time_exact(stamp.text, stamp.length, &sample.time_us)) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    if (!yk_message_in_order(&state->order, sample.time_us, sink->arrived_us, sink->drops))
        return YK_OK;
    enum yk_status status = frame(state, value[SENSOR], sample.time_us, sink, err);
    return status == YK_OK ? object_seen(value[OBJECT], value[EVENT], &sample, sink, err) : status;
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    return yk_json_pull_record(text, length, message, state, sink, err);
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    (void)state;
    (void)sink;
    (void)err;
    return YK_OK;
}

const struct yk_camera_dialect yk_camera_deepstream_full = {
    .name = "deepstream_full",
    .summary = "NVIDIA DeepStream full messages, one JSON object per object seen",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_EVENTS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
