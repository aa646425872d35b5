/* ONVIF metadata and events as JSON, as devices publish them over MQTT. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * onvif-mj, frames (ONVIF Analytics Service Specification, MQTT); what was an attribute in XML has an @ before its name:
 *
 *     {"Frame":[{"@UtcTime":"2021-10-05T15:13:27.321","Transformation":{"Translate":{"@x":-1,"@y":-1},"Scale":{...}},
 *       "Object":[{"@ObjectId":15,"Appearance":{"Shape":{"BoundingBox":{"@left":20,"@top":80,"@right":100,"@bottom":30}},
 *                                               "Class":{"Type":[{"@Likelihood":0.8,"#text":"Human"}]}}}],
 *       "ObjectTree":{"Rename":[{"from":{"@ObjectId":3},"to":{"@ObjectId":15}}]}}]}
 *
 * onvif-ej, events (ONVIF Core Specification, event broker):
 *
 *     {"UtcTime":"2008-10-10T12:24:57.321Z","Source":{"VideoSource":"1","Rule":"Fence1"},"Data":{"ObjectId":"15"}}
 *
 * What could come more than once may be an array or the one value, numbers may be quoted, and the @ may be missing. What
 * the frames and events mean is in onvif_frame.h and onvif_event.h. Faces, clothes, plates and pictures, which a frame may
 * hold by the hundred fields, are not looked at.
 *
 * A frame without anybody is sent once, and then silence may follow: it is a quiet street.
 *
 * Bounds: the caller limits the message; jansson limits the depth. */
#include "decode/camera_dialect.h"
#include "decode/json_record.h"
#include "decode/onvif_event.h"
#include "decode/onvif_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct yk_onvif_events events;
    struct yk_onvif_frame frame;
};

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return (contains(text, length, "\"Frame\"") && contains(text, length, "UtcTime\"")) ||
           (contains(text, length, "\"UtcTime\"") && contains(text, length, "\"Source\""));
}

static enum yk_status open_state(const struct yk_camera_options *options, void **out, struct yk_error *err)
{
    (void)options;
    struct state *state = (struct state *)calloc(1, sizeof *state);
    *out = state;
    if (!state)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the ONVIF decoder");
    state->events.order.sparse = state->frame.order.sparse = true;
    return YK_OK;
}

/* --- values --- */

/* `name` begins with the @ that some leave away. */
static const json_t *attribute(const json_t *element, const char *name)
{
    const json_t *value = json_object_get(element, name);
    return value ? value : json_object_get(element, name + 1);
}

/* How many there are of what is an array, one value or nothing. */
static size_t many(const json_t *value)
{
    return json_is_array(value) ? json_array_size(value) : value && !json_is_null(value);
}

static const json_t *one(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : value;
}

static enum yk_track_name track_of(const json_t *element, uint64_t *out)
{
    enum yk_track_name named = yk_track_number_json(attribute(element, "@ObjectId"), out);
    return named == YK_TRACK_UNTRACKED ? yk_track_number_json(attribute(element, "@UUID"), out) : named;
}

/* --- frames --- */

/* False if a number is none. What is not told stays as it is. */
static bool read_vector(const json_t *vector, double *x, double *y)
{
    return !vector || (yk_json_number(attribute(vector, "@x"), x) && yk_json_number(attribute(vector, "@y"), y));
}

static bool read_transformation(const json_t *element, struct yk_onvif_transformation *out)
{
    return read_vector(json_object_get(element, "Translate"), &out->translate_x, &out->translate_y) &&
           read_vector(json_object_get(element, "Scale"), &out->scale_x, &out->scale_y);
}

/* Text of a class: {"@Likelihood":0.8,"#text":"Human"}, the deprecated {"Type":"Human","Likelihood":0.8}, or the text. */
static void read_class(const json_t *item, struct yk_onvif_object *object)
{
    const json_t *text = json_object_get(item, "#text");
    if (!text)
        text = json_is_string(item) ? item : json_object_get(item, "Type");
    double likelihood = 1;
    (void)yk_json_number(attribute(item, "@Likelihood"), &likelihood);
    if (json_is_string(text))
        yk_onvif_object_class(object, json_string_value(text), json_string_length(text), likelihood);
}

static void read_classes(const json_t *class, struct yk_onvif_object *object)
{
    const json_t *types = json_object_get(class, "Type"), *candidates = json_object_get(class, "ClassCandidate");
    for (size_t i = 0; i < many(types); i++)
        read_class(one(types, i), object);
    for (size_t i = 0; i < many(candidates); i++)
        read_class(one(candidates, i), object);
}

static void read_box(const json_t *box, struct yk_onvif_object *object)
{
    object->has_shape = true;
    object->good_box = yk_json_number(attribute(box, "@left"), &object->left) &&
                       yk_json_number(attribute(box, "@top"), &object->top) &&
                       yk_json_number(attribute(box, "@right"), &object->right) &&
                       yk_json_number(attribute(box, "@bottom"), &object->bottom);
}

static void read_object(struct yk_onvif_frame *frame, const json_t *element, struct yk_drops *drops)
{
    struct yk_onvif_object object = yk_onvif_no_object;
    const json_t *appearance = json_object_get(element, "Appearance"), *box = NULL;
    if (!json_is_object(element)) {
        yk_drop(drops, YK_DROP_bad_schema);
        return;
    }
    object.named = track_of(element, &object.track);
    object.has_parent = attribute(element, "@Parent") || attribute(element, "@ParentUUID");
    object.removed = yk_json_at(element, "Behaviour", "Removed") != NULL;
    if (appearance) {
        read_classes(json_object_get(appearance, "Class"), &object);
        box = yk_json_at(appearance, "Shape", "BoundingBox");
    }
    if (box) {
        const json_t *transformation = json_object_get(appearance, "Transformation");
        read_box(box, &object);
        object.good_box = read_transformation(transformation, &object.own) && object.good_box;
    }
    yk_onvif_frame_object(frame, &object, drops);
}

static void read_side(const json_t *element, const char *key, const char *other_key, struct yk_onvif_node *node,
                      struct yk_onvif_names *side)
{
    const json_t *names = json_object_get(element, key);
    if (!names)
        names = json_object_get(element, other_key);
    for (size_t i = 0; i < many(names) && !node->bad; i++) {
        uint64_t track = 0;
        enum yk_track_name named = track_of(one(names, i), &track);
        yk_onvif_node_name(node, side, named, track);
    }
}

static void read_tree(struct yk_onvif_frame *frame, const json_t *tree, struct yk_drops *drops)
{
    static const char *const keys[] = {[YK_ONVIF_RENAME] = "Rename",
                                       [YK_ONVIF_SPLIT] = "Split",
                                       [YK_ONVIF_MERGE] = "Merge",
                                       [YK_ONVIF_DELETE] = "Delete"};
    for (int kind = YK_ONVIF_RENAME; kind <= YK_ONVIF_DELETE; kind++) {
        const json_t *list = json_object_get(tree, keys[kind]);
        for (size_t i = 0; i < many(list); i++) {
            struct yk_onvif_node node;
            const json_t *element = one(list, i);
            node.kind = kind == YK_ONVIF_RENAME  ? YK_ONVIF_RENAME
                        : kind == YK_ONVIF_SPLIT ? YK_ONVIF_SPLIT
                        : kind == YK_ONVIF_MERGE ? YK_ONVIF_MERGE
                                                 : YK_ONVIF_DELETE;
            node.from.count = node.to.count = 0;
            node.bad = false;
            if (kind == YK_ONVIF_DELETE) {
                uint64_t track = 0;
                enum yk_track_name named = track_of(element, &track);
                yk_onvif_node_name(&node, &node.from, named, track);
            } else {
                read_side(element, "from", "From", &node, &node.from);
                read_side(element, "to", "To", &node, &node.to);
            }
            yk_onvif_frame_node(frame, &node, drops);
        }
    }
}

static enum yk_status tell_frame(struct yk_onvif_frame *frame, const json_t *element, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    const json_t *stamp = attribute(element, "@UtcTime"), *objects = json_object_get(element, "Object");
    if (!json_is_string(stamp)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!yk_onvif_frame_begin(frame, json_string_value(stamp), json_string_length(stamp), sink))
        return YK_OK;
    if (!read_transformation(json_object_get(element, "Transformation"), &frame->transformation)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    for (size_t i = 0; i < many(objects); i++)
        read_object(frame, one(objects, i), sink->drops);
    const json_t *tree = json_object_get(element, "ObjectTree");
    if (tree)
        read_tree(frame, tree, sink->drops);
    return yk_onvif_frame_tell(frame, sink, err);
}

/* --- events --- */

/* A value of any kind as text, as in XML. */
static void read_item(struct yk_onvif_event *event, const char *name, const json_t *value)
{
    char text[32] = "";
    int n = 0;
    if (json_is_string(value)) {
        yk_onvif_event_item(event, name, json_string_value(value), json_string_length(value));
        return;
    }
    if (json_is_integer(value))
        n = snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        n = snprintf(text, sizeof text, "%.17g", json_real_value(value));
    else if (json_is_boolean(value))
        n = snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : "false");
    yk_onvif_event_item(event, name, text, (size_t)n);
}

static enum yk_status tell_event(struct yk_onvif_events *events, const json_t *root, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    static const char *const sections[] = {"Source", "Key", "Data"};
    static const char *const names[] = {"Rule", "ObjectId", "Count", "IsInside", "Direction"};
    const json_t *stamp = json_object_get(root, "UtcTime"), *operation = json_object_get(root, "PropertyOperation");
    struct yk_onvif_event event = {.topic = YK_ONVIF_UNTOLD};
    if (!json_is_string(stamp)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (json_is_string(operation))
        yk_onvif_event_operation(&event, json_string_value(operation), json_string_length(operation));
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
        const json_t *section = json_object_get(root, sections[s]);
        for (size_t n = 0; section && n < sizeof names / sizeof *names; n++) {
            const json_t *value = json_object_get(section, names[n]);
            if (value)
                read_item(&event, names[n], value);
        }
    }
    return yk_onvif_event_tell(events, &event, json_string_value(stamp), json_string_length(stamp), sink, err);
}

/* --- the messages --- */

static enum yk_status message(void *context, const json_t *root, const struct yk_camera_sink *sink,
                              struct yk_error *err)
{
    struct state *state = (struct state *)context;
    const json_t *inner = json_object_get(root, "MetadataStream");
    const json_t *outer = inner ? inner : root;
    inner = json_object_get(outer, "VideoAnalytics");
    const json_t *frames = json_object_get(inner ? inner : outer, "Frame");
    if (frames) {
        enum yk_status status = YK_OK;
        for (size_t i = 0; i < many(frames) && status == YK_OK; i++)
            status = tell_frame(&state->frame, one(frames, i), sink, err);
        return status;
    }
    if (json_object_get(root, "UtcTime"))
        return tell_event(&state->events, root, sink, err);
    bool other = json_object_get(outer, "SensorData") || json_object_get(outer, "PTZ") ||
                 json_object_get(outer, "PTZStatus") || json_object_get(outer, "AudioAnalytics");
    yk_drop(sink->drops, other ? YK_DROP_unsupported : YK_DROP_bad_schema);
    return YK_OK;
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

const struct yk_camera_dialect yk_camera_onvif = {
    .name = "onvif",
    .summary = "ONVIF metadata and events as JSON (onvif-mj, onvif-ej)",
    .dated = true,
    .whole = true,
    .normalised = true,
    .pace = YK_PACE_EVENTS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
