/* Xovis sensors' data push, firmware 5. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live data, tracks in metres on the ground:
 *
 *     {"live_data":{"package_info":{...},"sensor_info":{...},"frames":[{"framenumber":123,
 *      "time":"2026-10-02T18:00:00.100+00:00",
 *      "tracked_objects":[{"track_id":167,"type":"PERSON","position":[1.25,3.40,1.72],"attributes":{...}}],
 *      "events":[{"category":"SCENE","type":"LINE_CROSS_FORWARD",
 *                 "attributes":{"track_id":167,"geometry_id":2,"geometry_type":"LINE","geometry_name":"Door"}}]}]}}
 *
 * and logics data, what the sensor counted itself, per bin:
 *
 *     {"logics_data":{"package_info":{"id":4711, ...},"logics":[{"id":1000,"name":"Entry A","info":"XLT_LINE_IN_OUT_COUNT",
 *      "records":[{"from":"...","to":"...","samples":600,"samples_expected":600,
 *                  "counts":[{"id":1,"name":"fw","value":30},{"id":2,"name":"bw","value":2}]}]}]}}
 *
 * Only PERSON is counted. A GROUP is told beside its members and does everything that they do once more, so events of a
 * track that the frame lists as something else are dropped as not_person. Of a track only its number, place and events are
 * taken: "attributes" (tag, gender), the height and counts by gender ("fw-male") are not looked at. Counts of logics are
 * plus for fw, forward and in, minus for bw, backward and out; a record without any, such as a zone's occupancy, is
 * dropped as unsupported. What the device's lines and zones are called is what their name says, or their number.
 *
 * A frame that has been told already is a package that was sent twice: dropped as duplicate. For counts the table of
 * counters does that, by package number and bin.
 *
 * Bounds: the caller limits the message; jansson limits the depth; OTHERS_MAX objects of a frame that are no persons are
 * known to its events. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>

#define OTHERS_MAX 1024

struct state {
    struct yk_message_order order;
    uint64_t others[OTHERS_MAX]; /* tracks of this frame that are no persons, ascending */
    size_t other_count;
};

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return contains(text, length, "\"live_data\"") || contains(text, length, "\"logics_data\"");
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct state));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the Xovis decoder");
}

/* Time with an offset, or a number; local time without one is the device's and nearest to the last. */
static bool read_time(const struct state *state, const json_t *value, const struct yk_camera_sink *sink, int64_t *out)
{
    if (yk_device_time_json(value, state->order.begun ? state->order.last_us : sink->arrived_us, out))
        return true;
    yk_drop(sink->drops, value ? YK_DROP_bad_time : YK_DROP_bad_schema);
    return false;
}

static bool read_track(const json_t *object, uint64_t *track, struct yk_drops *drops)
{
    enum yk_track_name is = yk_track_number_json(json_object_get(object, "track_id"), track);
    if (is == YK_TRACK_UNTRACKED) /* some tell the text alone */
        is = yk_track_number_json(json_object_get(object, "track_id_str"), track);
    if (is != YK_TRACK_NAMED)
        yk_drop(drops, is == YK_TRACK_UNTRACKED ? YK_DROP_untracked : YK_DROP_bad_schema);
    return is == YK_TRACK_NAMED;
}

/* --- live data --- */

/* False if it is no sample (and counted). */
static bool read_object(struct state *state, const json_t *object, struct yk_track_sample *sample,
                        struct yk_drops *drops)
{
    if (!json_is_object(object)) {
        yk_drop(drops, YK_DROP_bad_schema);
        return false;
    }
    if (!yk_json_is(json_object_get(object, "type"), "PERSON")) {
        yk_drop(drops, YK_DROP_not_person);
        if (state->other_count < OTHERS_MAX &&
            yk_track_number_json(json_object_get(object, "track_id"), &state->others[state->other_count]) ==
                YK_TRACK_NAMED)
            state->other_count++;
        return false;
    }
    if (!read_track(object, &sample->track, drops))
        return false;
    const json_t *position = json_object_get(object, "position");
    if (!yk_json_number(json_array_get(position, 0), &sample->x) ||
        !yk_json_number(json_array_get(position, 1), &sample->y)) {
        yk_drop(drops, YK_DROP_bad_schema);
        return false;
    }
    if (sample->x < -YK_COORDINATE_MAX || sample->x > YK_COORDINATE_MAX || sample->y < -YK_COORDINATE_MAX ||
        sample->y > YK_COORDINATE_MAX) {
        yk_drop(drops, YK_DROP_malformed);
        return false;
    }
    return true;
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static bool read_geometry(const json_t *attributes, struct yk_device_name *name, struct yk_drops *drops)
{
    if (yk_json_name(json_object_get(attributes, "geometry_name"), name) ||
        yk_json_name(json_object_get(attributes, "geometry_id"), name))
        return true;
    yk_drop(drops, YK_DROP_bad_schema);
    return false;
}

static enum yk_status tell_crossing(const json_t *attributes, int8_t direction, int64_t time_us,
                                    const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_device_crossing crossing = {.time_us = time_us, .direction = direction};
    if (!read_geometry(attributes, &crossing.line, sink->drops) || !sink->crossing)
        return YK_OK;
    return sink->crossing(sink->context, &crossing, err);
}

static enum yk_status tell_stay(const json_t *attributes, uint64_t track, bool inside, int64_t time_us,
                                const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_device_stay stay = {.track = track, .time_us = time_us, .inside = inside};
    if (!read_geometry(attributes, &stay.zone, sink->drops) || !sink->stay)
        return YK_OK;
    return sink->stay(sink->context, &stay, err);
}

static enum yk_status tell_event(const struct state *state, const json_t *event, int64_t time_us,
                                 const struct yk_camera_sink *sink, struct yk_error *err)
{
    enum { FORWARD, BACKWARD, ENTRY, EXIT, DELETE, KINDS };
    static const char *const kinds[KINDS] = {"LINE_CROSS_FORWARD", "LINE_CROSS_BACKWARD", "ZONE_ENTRY", "ZONE_EXIT",
                                             "TRACK_DELETE"};
    const json_t *type = json_object_get(event, "type"), *attributes = json_object_get(event, "attributes");
    int kind = 0;
    if (!json_is_string(type)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    while (kind < KINDS && !yk_json_is(type, kinds[kind]))
        kind++;
    if (kind == KINDS) /* beginnings of tracks, doors, what logics counted of the same crossings */
        return YK_OK;
    uint64_t track;
    if (!read_track(attributes, &track, sink->drops))
        return YK_OK;
    if (bsearch(&track, state->others, state->other_count, sizeof track, by_number)) {
        yk_drop(sink->drops, YK_DROP_not_person);
        return YK_OK;
    }
    struct yk_track_change ended = {.kind = YK_TRACK_ENDED, .track = track, .time_us = time_us};
    switch (kind) {
    case FORWARD:
    case BACKWARD:
        return tell_crossing(attributes, kind == FORWARD ? 1 : -1, time_us, sink, err);
    case ENTRY:
    case EXIT:
        return tell_stay(attributes, track, kind == ENTRY, time_us, sink, err);
    default:
        return sink->change ? sink->change(sink->context, &ended, err) : YK_OK;
    }
}

static enum yk_status tell_frame(struct state *state, const json_t *frame, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    struct yk_track_sample sample;
    bool begun = state->order.begun;
    int64_t last_us = state->order.last_us;
    if (!json_is_object(frame)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!read_time(state, json_object_get(frame, "time"), sink, &sample.time_us))
        return YK_OK;
    if (begun && sample.time_us == last_us) {
        yk_drop(sink->drops, YK_DROP_duplicate);
        return YK_OK;
    }
    if (!yk_message_in_order(&state->order, sample.time_us, sink->arrived_us, sink->drops))
        return YK_OK;

    const json_t *objects = json_object_get(frame, "tracked_objects"), *events = json_object_get(frame, "events");
    enum yk_status status = sink->frame ? sink->frame(sink->context, sample.time_us, err) : YK_OK;
    state->other_count = 0;
    for (size_t i = 0; i < json_array_size(objects) && status == YK_OK; i++)
        if (read_object(state, json_array_get(objects, i), &sample, sink->drops) && sink->sample)
            status = sink->sample(sink->context, &sample, err);
    if (json_array_size(events) > 0)
        qsort(state->others, state->other_count, sizeof state->others[0], by_number);
    for (size_t i = 0; i < json_array_size(events) && status == YK_OK; i++)
        status = tell_event(state, json_array_get(events, i), sample.time_us, sink, err);
    return status;
}

/* --- logics data --- */

/* True if the record counts somebody's going to and fro. */
static bool read_counts(const json_t *counts, struct yk_device_count *count, struct yk_drops *drops)
{
    static const char *const plus[] = {"fw", "forward", "in"}, *const minus[] = {"bw", "backward", "out"};
    bool any = false, good = true;
    for (size_t i = 0; i < json_array_size(counts); i++) {
        const json_t *item = json_array_get(counts, i), *name = json_object_get(item, "name");
        uint64_t *to = NULL;
        for (size_t n = 0; n < sizeof plus / sizeof *plus && !to; n++)
            to = yk_json_is(name, plus[n]) ? &count->plus : yk_json_is(name, minus[n]) ? &count->minus : NULL;
        any = any || to;
        good = good && (!to || yk_json_count(json_object_get(item, "value"), to));
    }
    if (!any || !good)
        yk_drop(drops, any ? YK_DROP_bad_schema : YK_DROP_unsupported);
    return any && good;
}

static uint32_t read_samples(const json_t *value)
{
    uint64_t number;
    if (!yk_json_count(value, &number))
        return 0;
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static enum yk_status tell_record(const struct state *state, const json_t *record, struct yk_device_count *count,
                                  const struct yk_camera_sink *sink, struct yk_error *err)
{
    if (!json_is_object(record)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    count->plus = count->minus = 0;
    if (!read_time(state, json_object_get(record, "from"), sink, &count->from_us) ||
        !read_time(state, json_object_get(record, "to"), sink, &count->to_us) ||
        !read_counts(json_object_get(record, "counts"), count, sink->drops))
        return YK_OK;
    if (count->from_us >= count->to_us) {
        yk_drop(sink->drops, YK_DROP_malformed);
        return YK_OK;
    }
    count->samples_expected = read_samples(json_object_get(record, "samples_expected"));
    count->samples = read_samples(json_object_get(record, "samples"));
    if (count->samples > count->samples_expected)
        count->samples = count->samples_expected;
    return sink->count ? sink->count(sink->context, count, err) : YK_OK;
}

static enum yk_status tell_logics(const struct state *state, const json_t *data, const struct yk_camera_sink *sink,
                                  struct yk_error *err)
{
    struct yk_device_count count = {.cumulative = false};
    const json_t *logics = json_object_get(data, "logics");
    count.has_package = yk_json_count(yk_json_at(data, "package_info", "id"), &count.package);
    if (!json_is_array(logics))
        yk_drop(sink->drops, YK_DROP_bad_schema);
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < json_array_size(logics) && status == YK_OK; i++) {
        const json_t *logic = json_array_get(logics, i), *records = json_object_get(logic, "records");
        if (!json_is_array(records) || (!yk_json_name(json_object_get(logic, "name"), &count.line) &&
                                        !yk_json_name(json_object_get(logic, "id"), &count.line))) {
            yk_drop(sink->drops, YK_DROP_bad_schema);
            continue;
        }
        for (size_t r = 0; r < json_array_size(records) && status == YK_OK; r++)
            status = tell_record(state, json_array_get(records, r), &count, sink, err);
    }
    return status;
}

/* --- the messages --- */

static enum yk_status message(void *context, const json_t *root, const struct yk_camera_sink *sink,
                              struct yk_error *err)
{
    struct state *state = (struct state *)context;
    const json_t *live = json_object_get(root, "live_data"), *logics = json_object_get(root, "logics_data");
    const json_t *frames = json_object_get(live, "frames");
    if ((live && !json_is_array(frames)) || (!live && !logics))
        yk_drop(sink->drops, YK_DROP_bad_schema);
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < json_array_size(frames) && status == YK_OK; i++)
        status = tell_frame(state, json_array_get(frames, i), sink, err);
    return status == YK_OK && logics ? tell_logics(state, logics, sink, err) : status;
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

const struct yk_camera_dialect yk_camera_xovis = {
    .name = "xovis",
    .summary = "Xovis data push: live data in metres, and counts of its logics",
    .dated = true,
    .whole = true,
    .y_up = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
