/* Events of anybody's: our own JSON lines. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For a camera or counter that speaks no dialect known here: a few lines of script turn what it says into this. One JSON
 * object a line or a message, or several; each is one of
 *
 *     {"time":T,"tracks":[{"id":7,"x":412.5,"y":530},{"id":"b","x":3,"y":4,"class":"person"}]}     a frame
 *     {"time":T,"ended":[7]}                              tracks that are over
 *     {"time":T,"renamed":[["b","c"]]}                    what was b is c from now on
 *     {"time":T}                                          still watching, and nothing to tell
 *     {"time":T,"line":"north","direction":"in"}          somebody crossed the device's own line; "in" or 1, "out" or -1
 *     {"time":T,"zone":"yard","id":7,"inside":true}       somebody is in the device's own zone, or not any more
 *     {"from":T,"to":T,"line":"north","in":3,"out":2}     persons counted in [from, to)
 *     {"to":T,"line":"north","in":312,"out":40,"total":true}     a reading: persons since a reset; its time, if known, is
 *                                                         `from`
 *
 * T is RFC 3339 ("2026-10-02T18:00:00.25+09:00"), local time without an offset, or seconds, milliseconds or microseconds
 * since 1970. A frame may have tracks, ended and renamed together: new names hold for its tracks, ends come last. x and y
 * are the point where the person stands, in the units that the sensor's lines are drawn in. An id is a number or text; null
 * and -1 are detections without a track. A class is not needed; where there is one, only "person" and "human" count. A
 * count may say samples and samples_expected (fewer: the rest of the time was not watched) and package (a number that no
 * other message of the device has: told again, it is a repetition).
 *
 * Silence is an outage: who has nothing to tell for a minute sends {"time":T}. A count speaks for its own interval.
 *
 * Other keys are passed over, whatever they hold; they do not get any further. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    static const char *const others[] = {"\"tracks\"", "\"ended\"", "\"renamed\"", "\"direction\"", "\"inside\""};
    if (length == 0 || *text != '{')
        return false;
    if (contains(text, length, "\"to\"") && contains(text, length, "\"line\"") &&
        (contains(text, length, "\"in\"") || contains(text, length, "\"out\"")))
        return true;
    if (!contains(text, length, "\"time\""))
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (contains(text, length, others[i]))
            return true;
    return false;
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct yk_message_order));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the decoder of events");
}

static enum yk_status dropped(const struct yk_camera_sink *sink, enum yk_drop reason)
{
    yk_drop(sink->drops, reason);
    return YK_OK;
}

/* --- frames --- */

/* False if it is not named (and counted). */
static bool read_track(const json_t *value, uint64_t *out, struct yk_drops *drops)
{
    enum yk_track_name named = yk_track_number_json(value, out);
    if (named != YK_TRACK_NAMED)
        yk_drop(drops, named == YK_TRACK_UNTRACKED ? YK_DROP_untracked : YK_DROP_bad_schema);
    return named == YK_TRACK_NAMED;
}

static enum yk_status take_track(const json_t *item, int64_t time_us, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    struct yk_track_sample sample = {.time_us = time_us};
    const json_t *class = json_object_get(item, "class");
    if (class && !yk_json_is(class, "person") && !yk_json_is(class, "human"))
        return dropped(sink, YK_DROP_not_person);
    if (!yk_json_number(json_object_get(item, "x"), &sample.x) ||
        !yk_json_number(json_object_get(item, "y"), &sample.y))
        return dropped(sink, YK_DROP_bad_schema);
    if (!read_track(json_object_get(item, "id"), &sample.track, sink->drops))
        return YK_OK;
    if (!(sample.x >= -YK_COORDINATE_MAX && sample.x <= YK_COORDINATE_MAX && sample.y >= -YK_COORDINATE_MAX &&
          sample.y <= YK_COORDINATE_MAX))
        return dropped(sink, YK_DROP_malformed);
    return sink->sample ? sink->sample(sink->context, &sample, err) : YK_OK;
}

static enum yk_status take_renamed(const json_t *item, int64_t time_us, const struct yk_camera_sink *sink,
                                   struct yk_error *err)
{
    struct yk_track_change change = {.kind = YK_TRACK_RENAMED, .time_us = time_us};
    if (json_array_size(item) != 2)
        return dropped(sink, YK_DROP_bad_schema);
    if (!read_track(json_array_get(item, 0), &change.track, sink->drops) ||
        !read_track(json_array_get(item, 1), &change.to, sink->drops))
        return YK_OK;
    return sink->change ? sink->change(sink->context, &change, err) : YK_OK;
}

static enum yk_status take_ended(const json_t *item, int64_t time_us, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    struct yk_track_change change = {.kind = YK_TRACK_ENDED, .time_us = time_us};
    if (!read_track(item, &change.track, sink->drops))
        return YK_OK;
    return sink->change ? sink->change(sink->context, &change, err) : YK_OK;
}

typedef enum yk_status take_fn(const json_t *item, int64_t time_us, const struct yk_camera_sink *sink,
                               struct yk_error *err);

static enum yk_status each(const json_t *list, take_fn *take, int64_t time_us, const struct yk_camera_sink *sink,
                           struct yk_error *err)
{
    if (!list)
        return YK_OK;
    if (!json_is_array(list))
        return dropped(sink, YK_DROP_bad_schema);
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < json_array_size(list) && status == YK_OK; i++)
        status = take(json_array_get(list, i), time_us, sink, err);
    return status;
}

static enum yk_status frame(const json_t *root, int64_t time_us, const struct yk_camera_sink *sink,
                            struct yk_error *err)
{
    enum yk_status status = each(json_object_get(root, "renamed"), take_renamed, time_us, sink, err);
    if (status == YK_OK)
        status = each(json_object_get(root, "tracks"), take_track, time_us, sink, err);
    return status == YK_OK ? each(json_object_get(root, "ended"), take_ended, time_us, sink, err) : status;
}

/* --- the device's own lines and zones --- */

static bool read_direction(const json_t *value, int8_t *out)
{
    double number;
    if (yk_json_is(value, "in") || yk_json_is(value, "out"))
        *out = yk_json_is(value, "in") ? 1 : -1;
    else if (yk_json_number(value, &number) && (number == 1 || number == -1))
        *out = number > 0 ? 1 : -1;
    else
        return false;
    return true;
}

static enum yk_status crossing(const json_t *root, int64_t time_us, const struct yk_camera_sink *sink,
                               struct yk_error *err)
{
    struct yk_device_crossing crossing = {.time_us = time_us};
    if (!yk_json_name(json_object_get(root, "line"), &crossing.line) ||
        !read_direction(json_object_get(root, "direction"), &crossing.direction))
        return dropped(sink, YK_DROP_bad_schema);
    return sink->crossing ? sink->crossing(sink->context, &crossing, err) : YK_OK;
}

static enum yk_status stay(const json_t *root, int64_t time_us, const struct yk_camera_sink *sink, struct yk_error *err)
{
    const json_t *inside = json_object_get(root, "inside");
    struct yk_device_stay stay = {.time_us = time_us, .inside = json_is_true(inside)};
    if (!yk_json_name(json_object_get(root, "zone"), &stay.zone) || !json_is_boolean(inside))
        return dropped(sink, YK_DROP_bad_schema);
    if (!read_track(json_object_get(root, "id"), &stay.track, sink->drops))
        return YK_OK;
    return sink->stay ? sink->stay(sink->context, &stay, err) : YK_OK;
}

/* --- counts --- */

/* A number that need not be there. False if it is there and is none, or is too great. */
static bool optional(const json_t *root, const char *key, uint64_t max, uint64_t *out, bool *there)
{
    const json_t *value = json_object_get(root, key);
    *there = value != NULL;
    *out = 0;
    return !value || (yk_json_count(value, out) && *out <= max);
}

static enum yk_status count(const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_device_count count = {.cumulative = json_is_true(json_object_get(root, "total"))};
    const json_t *from = json_object_get(root, "from");
    uint64_t samples, expected;
    bool has_in, has_out, has_samples, has_expected;
    if (!yk_json_name(json_object_get(root, "line"), &count.line) ||
        !optional(root, "in", UINT64_MAX, &count.plus, &has_in) ||
        !optional(root, "out", UINT64_MAX, &count.minus, &has_out) || !(has_in || has_out) ||
        !optional(root, "samples", UINT32_MAX, &samples, &has_samples) ||
        !optional(root, "samples_expected", UINT32_MAX, &expected, &has_expected) || has_samples != has_expected ||
        !optional(root, "package", UINT64_MAX, &count.package, &count.has_package) || (!from && !count.cumulative))
        return dropped(sink, YK_DROP_bad_schema);
    count.from_us = YK_COUNT_SINCE_UNKNOWN;
    if (!yk_device_time_json(json_object_get(root, "to"), sink->arrived_us, &count.to_us) ||
        (from && !yk_device_time_json(from, count.to_us, &count.from_us)))
        return dropped(sink, YK_DROP_bad_time);
    if (samples > expected || count.from_us > count.to_us || (!count.cumulative && count.from_us == count.to_us))
        return dropped(sink, YK_DROP_malformed);
    count.samples = (uint32_t)samples;
    count.samples_expected = (uint32_t)expected;
    return sink->count ? sink->count(sink->context, &count, err) : YK_OK;
}

/* --- messages --- */

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_message_order *order = (struct yk_message_order *)state;
    const json_t *time = json_object_get(root, "time");
    int64_t time_us;
    if (!time)
        return json_object_get(root, "to") ? count(root, sink, err) : dropped(sink, YK_DROP_bad_schema);
    if (!yk_device_time_json(time, order->begun ? order->last_us : sink->arrived_us, &time_us))
        return dropped(sink, YK_DROP_bad_time);
    if (!yk_message_in_order(order, time_us, sink->arrived_us, sink->drops))
        return YK_OK;
    enum yk_status status = sink->frame ? sink->frame(sink->context, time_us, err) : YK_OK;
    if (status != YK_OK)
        return status;
    if (json_object_get(root, "line"))
        return crossing(root, time_us, sink, err);
    return json_object_get(root, "zone") ? stay(root, time_us, sink, err) : frame(root, time_us, sink, err);
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

const struct yk_camera_dialect yk_camera_events = {
    .name = "events",
    .summary = "our own JSON lines for anybody: tracks, crossings, stays and counts",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_FRAMES,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
