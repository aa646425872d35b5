/* NVIDIA DeepStream's minimal messages (nvmsgconv payload-type 1), one JSON object a line.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"version":"4.0","id":"418","@timestamp":"2020-06-13T06:59:42.757Z","sensorId":"CAM_1","objects":[
 *         "195|403.2|476.25|428.8|543.75|Person",
 *         "177|925.0|264.6|993.6|299.9|Person|#|||||||0.66"]}
 *
 *      track | left | top | right | bottom | label [ |#| attributes ... | confidence ]     pixels of the source, y down
 *
 * Taken: @timestamp, and of each person the track and the box. Everything behind the label (gender, age, clothes) is
 * not looked at. A track of "null", "-1", "" or 18446744073709551615 (DeepStream's 'untracked') is a detection and not
 * a person on the way: dropped and counted.
 *
 * Bounds: the caller limits the message; jansson limits the depth. */
#include "decode/camera_dialect.h"
#include "decode/decimal.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return contains(text, length, "\"objects\"") && contains(text, length, "\"@timestamp\"");
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct yk_message_order));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the DeepStream decoder");
}

static bool is(const char *field, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(field, word, length) == 0;
}

/* One entry of "objects". False if it was dropped (and counted). */
static bool read_object(const char *text, size_t length, struct yk_track_sample *sample, struct yk_drops *drops)
{
    enum { TRACK, LEFT, TOP, RIGHT, BOTTOM, LABEL, FIELDS };
    const char *field[FIELDS], *at = text, *end = text + length;
    size_t size[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
        if (!yk_field_next(&at, end, '|', &field[i], &size[i])) {
            yk_drop(drops, YK_DROP_bad_schema);
            return false;
        }
    }
    if (!is(field[LABEL], size[LABEL], "Person")) {
        yk_drop(drops, YK_DROP_not_person);
        return false;
    }
    if (yk_track_number_text(field[TRACK], size[TRACK], &sample->track) != YK_TRACK_NAMED) {
        yk_drop(drops, YK_DROP_untracked);
        return false;
    }
    double box[FIELDS] = {0};
    bool good = yk_digits_parse(field[TRACK], size[TRACK], &sample->track); /* DeepStream's are numbers */
    for (int i = LEFT; i <= BOTTOM; i++)
        good = good && yk_decimal_parse(field[i], size[i], &box[i]);
    if (!good) {
        yk_drop(drops, YK_DROP_bad_schema);
        return false;
    }
    for (int i = LEFT; i <= BOTTOM; i++)
        good = good && box[i] >= -YK_COORDINATE_MAX && box[i] <= YK_COORDINATE_MAX;
    if (!good || box[LEFT] > box[RIGHT] || box[TOP] > box[BOTTOM]) {
        yk_drop(drops, YK_DROP_malformed);
        return false;
    }
    sample->x = (box[LEFT] + box[RIGHT]) / 2;
    sample->y = box[BOTTOM];
    return true;
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    const json_t *stamp = json_object_get(root, "@timestamp"), *objects = json_object_get(root, "objects");
    struct yk_track_sample sample;
    if (!json_is_string(stamp) || !json_is_array(objects)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!yk_device_time_exact(json_string_value(stamp), json_string_length(stamp), &sample.time_us)) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    if (!yk_message_in_order((struct yk_message_order *)state, sample.time_us, sink->arrived_us, sink->drops))
        return YK_OK;

    enum yk_status status = sink->frame(sink->context, sample.time_us, err);
    for (size_t i = 0; status == YK_OK && i < json_array_size(objects); i++) {
        const json_t *object = json_array_get(objects, i);
        if (!json_is_string(object))
            yk_drop(sink->drops, YK_DROP_bad_schema);
        else if (read_object(json_string_value(object), json_string_length(object), &sample, sink->drops))
            status = sink->sample(sink->context, &sample, err);
    }
    return status;
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

const struct yk_camera_dialect yk_camera_deepstream = {
    .name = "deepstream",
    .summary = "NVIDIA DeepStream minimal messages, one JSON object a line",
    .dated = true,
    .whole = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
