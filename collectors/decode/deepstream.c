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
 * Messages come in the order of time. An older one than the last is dropped: its tracks have moved on. One lone message
 * from more than an hour ahead would make every right one after it 'older', so such a jump is believed only when the
 * next message confirms it. Bounds: the caller limits the line; jansson limits the depth. */
#include "base/calendar.h"
#include "decode/camera_dialect.h"
#include "decode/decimal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define JUMP_US 3600000000LL

struct state {
    bool begun;
    int64_t last_us;
    bool suspected;
    int64_t suspect_us; /* of a message far ahead that nothing has confirmed yet */
};

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
    *state = calloc(1, sizeof(struct state));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the DeepStream decoder");
}

/* RFC 3339 with an offset: yk_time_parse would also take a local time, and a camera's idea of 'local' is not known. */
static bool read_time(const char *text, int64_t *out)
{
    struct yk_wall wall;
    if (strlen(text) < sizeof "2020-06-13T06:59:42Z" - 1 || !strpbrk(text + 19, "Zz+-") || !yk_time_parse(text, &wall))
        return false;
    *out = wall.us;
    return true;
}

/* True if a message of that time is to be taken. */
static bool in_order(struct state *s, int64_t time_us, struct yk_drops *drops)
{
    if (s->begun && time_us < s->last_us) {
        yk_drop(drops, YK_DROP_out_of_order);
        return false;
    }
    if (s->begun && time_us - s->last_us > JUMP_US) {
        bool confirmed = s->suspected && time_us >= s->suspect_us && time_us - s->suspect_us <= JUMP_US;
        s->suspected = true;
        s->suspect_us = time_us;
        if (!confirmed) {
            yk_drop(drops, YK_DROP_bad_time);
            return false;
        }
    }
    s->suspected = false;
    s->begun = true;
    s->last_us = time_us;
    return true;
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
    if (is(field[TRACK], size[TRACK], "-1") || is(field[TRACK], size[TRACK], "null") || size[TRACK] == 0) {
        yk_drop(drops, YK_DROP_untracked);
        return false;
    }
    double box[FIELDS] = {0};
    bool good = yk_digits_parse(field[TRACK], size[TRACK], &sample->track);
    for (int i = LEFT; i <= BOTTOM; i++)
        good = good && yk_decimal_parse(field[i], size[i], &box[i]);
    if (!good) {
        yk_drop(drops, YK_DROP_bad_schema);
        return false;
    }
    if (sample->track == UINT64_MAX) {
        yk_drop(drops, YK_DROP_untracked);
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

static enum yk_status message(struct state *s, const json_t *root, const struct yk_camera_sink *sink,
                              struct yk_error *err)
{
    const char *stamp = json_string_value(json_object_get(root, "@timestamp"));
    const json_t *objects = json_object_get(root, "objects");
    struct yk_track_sample sample;
    if (!stamp || !json_is_array(objects)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!read_time(stamp, &sample.time_us)) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    if (!in_order(s, sample.time_us, sink->drops))
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

static enum yk_status line(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                           struct yk_error *err)
{
    json_t *root = json_loadb(text, length, 0, NULL);
    if (!root) {
        yk_drop(sink->drops, YK_DROP_bad_json);
        return YK_OK;
    }
    enum yk_status status = message((struct state *)state, root, sink, err);
    json_decref(root);
    return status;
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
    .guess = guess,
    .open = open_state,
    .line = line,
    .end = end_of_input,
    .close = free,
};
