/* Axis' counters: Object Analytics' line counting, and People Counter's live sums. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An event of Object Analytics, as the camera's MQTT client sends it (numbers are texts, and cumulative):
 *
 *     {"topic":"axis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario2","timestamp":1780000000123,"serial":"...",
 *      "message":{"source":{},"key":{},"data":{"startTime":"2026-05-01T00:00:00Z","reason":"human","total":"20960",
 *                                              "totalCar":"18103","totalHuman":"2857"}}}
 *
 * The line is called by the end of the topic, Device1Scenario2, which is each scenario's own; without a topic, by `scenario`.
 * A scenario counts in one direction, which is plus. startTime, where it is told, is when the count was reset.
 *
 * Humans only. totalHuman is theirs. `total` is taken for it where nothing else can be in it: where the reason is "human" and
 * no other class has a total of its own. A car's event without totalHuman is not_person. Occupancy (a total without a reason) and
 * alarms (`active`) come under the same topic and are no counts of a line: unsupported.
 *
 * A live sum of AXIS People Counter (local time, without an offset):
 *
 *     {"serial":"00408CAC512B","name":"Exit south","timestamp":"20170503112756","in":12,"out":318}
 *
 * The line is called by the counter's name. Both tell a count when it is asked for or changes, and silence is a quiet street
 * (YK_PACE_EVENTS): what was added since the reading before is taken to have happened just before the reading, so live sums
 * are to be asked for once a minute or more often. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/message_order.h"

#include <stdlib.h>
#include <string.h>

#define TOPIC_PART "ObjectAnalytics/"

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    bool analytics = contains(text, length, "\"topic\"") && contains(text, length, TOPIC_PART "Device");
    bool live_sum = contains(text, length, "\"serial\"") && contains(text, length, "\"timestamp\"") &&
                    contains(text, length, "\"in\"") && contains(text, length, "\"out\"");
    return analytics || live_sum;
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    struct yk_message_order *order = *state = calloc(1, sizeof *order);
    if (!order)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the Axis counter decoder");
    order->sparse = true;
    return YK_OK;
}

/* YK_DROP_COUNT: it is one. */
static enum yk_drop number_of(const json_t *value, uint64_t *out)
{
    double number;
    if (!yk_json_number(value, &number))
        return YK_DROP_bad_schema;
    return yk_json_count(value, out) ? YK_DROP_COUNT : YK_DROP_malformed;
}

/* --- Object Analytics --- */

/* "Device1Scenario2", and not "Device1Scenario2Threshold" or "Device1ScenarioANY". */
static bool is_scenario(const char *name)
{
    size_t device, scenario;
    if (strncmp(name, "Device", 6) != 0)
        return false;
    name += 6;
    device = strspn(name, "0123456789");
    name += device;
    if (strncmp(name, "Scenario", 8) != 0)
        return false;
    name += 8;
    scenario = strspn(name, "0123456789");
    return device && scenario && name[scenario] == '\0';
}

static bool name_line(const json_t *root, const json_t *data, struct yk_device_name *out)
{
    const char *topic = json_string_value(json_object_get(root, "topic"));
    const char *part = topic ? strstr(topic, TOPIC_PART) : NULL;
    if (!topic)
        return yk_json_name(json_object_get(data, "scenario"), out);
    if (!part || !is_scenario(part + strlen(TOPIC_PART)))
        return false;
    part += strlen(TOPIC_PART);
    return yk_device_name_set(out, part, strlen(part));
}

/* A total of some class. */
static bool has_classes(json_t *data)
{
    const char *key;
    json_t *value;
    json_object_foreach(data, key, value)
    {
        if (strncmp(key, "total", 5) == 0 && key[5] != '\0')
            return true;
    }
    return false;
}

static enum yk_drop humans(json_t *data, uint64_t *out)
{
    const json_t *total = json_object_get(data, "totalHuman"), *reason = json_object_get(data, "reason");
    if (total)
        return number_of(total, out);
    total = json_object_get(data, "total");
    if (!total || !reason)
        return YK_DROP_unsupported;
    return yk_json_is(reason, "human") && !has_classes(data) ? number_of(total, out) : YK_DROP_not_person;
}

static enum yk_drop read_event(const json_t *root, struct yk_device_count *count)
{
    json_t *data = json_object_get(json_object_get(root, "message"), "data");
    if (!json_is_object(data))
        return YK_DROP_bad_schema;
    enum yk_drop bad = humans(data, &count->plus);
    if (bad != YK_DROP_COUNT)
        return bad;
    if (!name_line(root, data, &count->line))
        return YK_DROP_unsupported;
    if (!yk_device_time_json(json_object_get(root, "timestamp"), 0, &count->to_us))
        return YK_DROP_bad_time;
    const json_t *since = json_object_get(data, "startTime");
    if (since && !yk_device_time_json(since, 0, &count->from_us))
        return YK_DROP_bad_time;
    return count->from_us > count->to_us ? YK_DROP_malformed : YK_DROP_COUNT;
}

/* --- People Counter --- */

static enum yk_drop read_live_sum(const json_t *root, int64_t near_us, struct yk_device_count *count)
{
    const json_t *in = json_object_get(root, "in"), *out = json_object_get(root, "out");
    if (!in || !out || !yk_json_name(json_object_get(root, "name"), &count->line))
        return YK_DROP_bad_schema;
    enum yk_drop bad = number_of(in, &count->plus);
    if (bad == YK_DROP_COUNT)
        bad = number_of(out, &count->minus);
    if (bad != YK_DROP_COUNT)
        return bad;
    return yk_device_time_json(json_object_get(root, "timestamp"), near_us, &count->to_us) ? YK_DROP_COUNT
                                                                                           : YK_DROP_bad_time;
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_message_order *order = state;
    struct yk_device_count count = {.cumulative = true, .from_us = YK_COUNT_SINCE_UNKNOWN};
    int64_t near_us = sink->arrived_us ? sink->arrived_us : order->last_us;
    enum yk_drop bad =
        json_object_get(root, "message") ? read_event(root, &count) : read_live_sum(root, near_us, &count);
    if (bad != YK_DROP_COUNT) {
        yk_drop(sink->drops, bad);
        return YK_OK;
    }
    if (!yk_message_in_order(order, count.to_us, sink->arrived_us, sink->drops))
        return YK_OK;
    enum yk_status status = sink->frame ? sink->frame(sink->context, count.to_us, err) : YK_OK;
    return status == YK_OK && sink->count ? sink->count(sink->context, &count, err) : status;
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

const struct yk_camera_dialect yk_camera_axis_counter = {
    .name = "axis_counter",
    .summary = "Axis Object Analytics line counting and People Counter live sums, JSON",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_EVENTS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
