/* Frigate's events (MQTT topic frigate/events), one JSON object a message. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"type":"update","before":{...},"after":{"id":"1607123955.475377-mxklsc","frame_time":1607123962.08,"label":"person",
 *      "false_positive":false,"end_time":null,"current_zones":["yard"],"entered_zones":["yard","drive"], ...}}
 *
 *     type        new, update, end: messages come when something changed, and not per frame: boxes make no path, so lines
 *                 cannot be counted. Stays in Frigate's own zones can.
 *     before      the object as the message before told it; while it is a false positive, no message did
 *
 * Told are the zones of `after`, again with every message, so that one that was lost is made up for; and what somebody has
 * left: zones of `before` that `after` does not have, and zones that were entered and left between the two. The end of the
 * object is the end of every stay. It comes some seconds after the object was last seen (max_disappeared), and that is
 * its time, so a stay is longer by as much.
 *
 * A topic carries all cameras of one Frigate, whose frames come a little out of order: a message up to MIXED_US older than
 * the newest is told at the newest's time.
 *
 * sub_label (a name), recognized_license_plate, snapshot, box and score are not looked at. Zones beyond ZONES_MAX of a
 * message are no Frigate's: bad_schema. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>

#define ZONES_MAX 64
#define MIXED_US  10000000

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return contains(text, length, "\"before\"") && contains(text, length, "\"after\"") &&
           contains(text, length, "\"frame_time\"");
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    struct yk_message_order *order = (struct yk_message_order *)calloc(1, sizeof *order);
    if (!order)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the Frigate decoder");
    order->sparse = true;
    *state = order;
    return YK_OK;
}

/* --- lists of zones --- */

struct zones {
    const json_t *list; /* NULL: none */
    size_t count;
};

/* False if it is no list of names. Missing is empty. */
static bool read_zones(const json_t *object, const char *key, struct zones *out)
{
    const json_t *list = json_object_get(object, key);
    *out = (struct zones){list, json_array_size(list)};
    if (list && !json_is_null(list) && (!json_is_array(list) || out->count > ZONES_MAX))
        return false;
    for (size_t i = 0; i < out->count; i++)
        if (json_string_length(json_array_get(list, i)) == 0)
            return false;
    return true;
}

static bool has(const struct zones *zones, const json_t *name)
{
    for (size_t i = 0; i < zones->count; i++)
        if (json_equal(json_array_get(zones->list, i), name))
            return true;
    return false;
}

struct change {
    struct zones was, was_entered, is, is_entered;
};

static bool read_change(const json_t *before, const json_t *after, struct change *out)
{
    return read_zones(before, "current_zones", &out->was) && read_zones(before, "entered_zones", &out->was_entered) &&
           read_zones(after, "current_zones", &out->is) && read_zones(after, "entered_zones", &out->is_entered);
}

/* --- stays --- */

static enum yk_status tell(struct yk_device_stay *stay, const json_t *name, bool inside,
                           const struct yk_camera_sink *sink, struct yk_error *err)
{
    stay->inside = inside;
    if (!sink->stay || !yk_json_name(name, &stay->zone))
        return YK_OK;
    return sink->stay(sink->context, stay, err);
}

static enum yk_status tell_change(const struct change *c, struct yk_device_stay *stay,
                                  const struct yk_camera_sink *sink, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < c->was.count && status == YK_OK; i++) {
        const json_t *name = json_array_get(c->was.list, i);
        if (!has(&c->is, name))
            status = tell(stay, name, false, sink, err);
    }
    for (size_t i = 0; i < c->is_entered.count && status == YK_OK; i++) { /* in and out between the two messages */
        const json_t *name = json_array_get(c->is_entered.list, i);
        if (has(&c->was_entered, name) || has(&c->was, name) || has(&c->is, name))
            continue;
        status = tell(stay, name, true, sink, err);
        if (status == YK_OK)
            status = tell(stay, name, false, sink, err);
    }
    for (size_t i = 0; i < c->is.count && status == YK_OK; i++)
        status = tell(stay, json_array_get(c->is.list, i), true, sink, err);
    return status;
}

/* --- messages --- */

static bool read_time(const json_t *after, bool ended, int64_t *out_us)
{
    const json_t *end = ended ? json_object_get(after, "end_time") : NULL;
    return yk_device_time_json(json_is_number(end) ? end : json_object_get(after, "frame_time"), 0, out_us);
}

static bool in_order(struct yk_message_order *order, int64_t *time_us, const struct yk_camera_sink *sink)
{
    if (order->begun && *time_us < order->last_us && order->last_us - *time_us <= MIXED_US)
        *time_us = order->last_us;
    return yk_message_in_order(order, *time_us, sink->arrived_us, sink->drops);
}

static bool is_false_positive(const json_t *object)
{
    return json_is_true(json_object_get(object, "false_positive"));
}

static enum yk_status dropped(const struct yk_camera_sink *sink, enum yk_drop reason)
{
    yk_drop(sink->drops, reason);
    return YK_OK;
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    const json_t *type = json_object_get(root, "type"), *after = json_object_get(root, "after");
    const json_t *before = json_object_get(root, "before"), *label = json_object_get(after, "label");
    bool ended = yk_json_is(type, "end");
    if (!(ended || yk_json_is(type, "new") || yk_json_is(type, "update")) || !json_is_object(after) ||
        !json_is_string(label))
        return dropped(sink, YK_DROP_bad_schema);
    struct yk_device_stay stay;
    memset(&stay, 0, sizeof stay);
    if (!read_time(after, ended, &stay.time_us))
        return dropped(sink, YK_DROP_bad_time);
    if (!in_order((struct yk_message_order *)state, &stay.time_us, sink))
        return YK_OK;
    enum yk_status status = sink->frame ? sink->frame(sink->context, stay.time_us, err) : YK_OK;
    if (status != YK_OK)
        return status;
    if (!yk_json_is(label, "person"))
        return dropped(sink, YK_DROP_not_person);

    bool told = json_is_object(before) && !is_false_positive(before), false_one = is_false_positive(after);
    struct change change;
    if (!read_change(told ? before : NULL, after, &change))
        return dropped(sink, YK_DROP_bad_schema);
    if (false_one && !told)
        return dropped(sink, YK_DROP_not_person);
    enum yk_track_name named = yk_track_number_json(json_object_get(after, "id"), &stay.track);
    if (named != YK_TRACK_NAMED)
        return dropped(sink, named == YK_TRACK_UNTRACKED ? YK_DROP_untracked : YK_DROP_bad_schema);
    if (false_one) /* it was nobody: what was told ends, and nothing begins */
        change.is_entered.count = 0;
    if (ended || false_one)
        change.is.count = 0;
    return tell_change(&change, &stay, sink, err);
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

const struct yk_camera_dialect yk_camera_frigate = {
    .name = "frigate",
    .summary = "Frigate's events: persons in Frigate's zones",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_EVENTS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
