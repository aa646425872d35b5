/* ONVIF frames. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/onvif_frame.h"

#include "decode/device_time.h"

#include <string.h>
#include <strings.h>

#define TIME_MAX 64

const struct yk_onvif_transformation yk_onvif_untransformed = {1, 1, 0, 0};
const struct yk_onvif_object yk_onvif_no_object = {.named = YK_TRACK_UNTRACKED, .own = {1, 1, 0, 0}};

bool yk_onvif_time(const char *text, size_t length, int64_t *out_us)
{
    char utc[TIME_MAX + 1];
    if (yk_device_time_exact(text, length, out_us))
        return true;
    if (length >= TIME_MAX)
        return false;
    memcpy(utc, text, length);
    utc[length] = 'Z';
    return yk_device_time_exact(utc, length + 1, out_us);
}

/* --- objects --- */

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

void yk_onvif_object_class(struct yk_onvif_object *object, const char *name, size_t length, double likelihood)
{
    if (object->has_class && !(likelihood > object->likelihood))
        return;
    object->has_class = true;
    object->likelihood = likelihood;
    object->is_person = is_word(name, length, "Human") || is_word(name, length, "Person");
}

static bool is_possible(double value)
{
    return value >= -YK_COORDINATE_MAX && value <= YK_COORDINATE_MAX;
}

/* False if the numbers are no place. */
static bool foot_of(const struct yk_onvif_frame *frame, const struct yk_onvif_object *object,
                    struct yk_track_sample *sample)
{
    const struct yk_onvif_transformation *outer = &frame->transformation, *inner = &object->own;
    double scale_x = outer->scale_x * inner->scale_x, scale_y = outer->scale_y * inner->scale_y;
    double move_x = outer->scale_x * inner->translate_x + outer->translate_x;
    double move_y = outer->scale_y * inner->translate_y + outer->translate_y;
    double x = scale_x * ((object->left + object->right) / 2) + move_x;
    double top = scale_y * object->top + move_y, bottom = scale_y * object->bottom + move_y;
    sample->x = (x + 1) / 2;
    sample->y = (1 - (top < bottom ? top : bottom)) / 2;
    return is_possible(sample->x) && is_possible(sample->y) && is_possible(top) && is_possible(bottom);
}

void yk_onvif_frame_object(struct yk_onvif_frame *frame, const struct yk_onvif_object *object, struct yk_drops *drops)
{
    struct yk_track_sample sample = {.track = object->track, .time_us = frame->time_us};
    if (!frame->taken)
        return;
    if (object->removed || (object->has_class ? !object->is_person : object->has_parent))
        yk_drop(drops, YK_DROP_not_person);
    else if (object->named == YK_TRACK_UNTRACKED)
        yk_drop(drops, YK_DROP_untracked);
    else if (object->named == YK_TRACK_NO_NAME || (object->has_shape && !object->good_box))
        yk_drop(drops, YK_DROP_bad_schema);
    else if (!object->has_shape)
        return;
    else if (!foot_of(frame, object, &sample))
        yk_drop(drops, YK_DROP_malformed);
    else if (frame->sample_count == YK_ONVIF_OBJECTS_MAX)
        yk_drop(drops, YK_DROP_table_full);
    else
        frame->samples[frame->sample_count++] = sample;
}

/* --- the object tree --- */

void yk_onvif_node_name(struct yk_onvif_node *node, struct yk_onvif_names *side, enum yk_track_name named,
                        uint64_t name)
{
    if (named != YK_TRACK_NAMED || side->count == YK_ONVIF_NODE_MAX)
        node->bad = true;
    else
        side->names[side->count++] = name;
}

static bool has(const struct yk_onvif_names *side, uint64_t name)
{
    for (size_t i = 0; i < side->count; i++)
        if (side->names[i] == name)
            return true;
    return false;
}

static void add(struct yk_track_change *list, size_t *count, struct yk_track_change change, struct yk_drops *drops)
{
    if (*count == YK_ONVIF_CHANGES_MAX)
        yk_drop(drops, YK_DROP_table_full);
    else
        list[(*count)++] = change;
}

static void renamed(struct yk_onvif_frame *frame, uint64_t from, uint64_t to, struct yk_drops *drops)
{
    if (from != to)
        add(frame->changes, &frame->change_count,
            (struct yk_track_change){.kind = YK_TRACK_RENAMED, .track = from, .to = to, .time_us = frame->time_us},
            drops);
}

void yk_onvif_frame_node(struct yk_onvif_frame *frame, const struct yk_onvif_node *node, struct yk_drops *drops)
{
    if (!frame->taken)
        return;
    bool deleted = node->kind == YK_ONVIF_DELETE;
    if (node->bad || !node->from.count || (!deleted && !node->to.count)) {
        yk_drop(drops, YK_DROP_bad_schema);
        return;
    }
    struct yk_track_change ended = {.kind = YK_TRACK_ENDED, .time_us = frame->time_us};
    uint64_t from = node->from.names[0], to = node->to.names[0];
    switch (node->kind) {
    case YK_ONVIF_RENAME:
        renamed(frame, from, to, drops);
        break;
    case YK_ONVIF_SPLIT:
        if (!has(&node->to, from))
            renamed(frame, from, to, drops);
        break;
    case YK_ONVIF_MERGE: {
        bool itself = has(&node->from, to);
        if (!itself)
            renamed(frame, from, to, drops);
        for (size_t i = itself ? 0 : 1; i < node->from.count; i++) {
            ended.track = node->from.names[i];
            if (ended.track != to && (itself || ended.track != from))
                add(frame->changes, &frame->change_count, ended, drops);
        }
        break;
    }
    case YK_ONVIF_DELETE:
        ended.track = from;
        add(frame->ends, &frame->end_count, ended, drops);
        break;
    }
}

/* --- the frame --- */

bool yk_onvif_frame_begin(struct yk_onvif_frame *frame, const char *utc, size_t length,
                          const struct yk_camera_sink *sink)
{
    frame->taken = false;
    frame->transformation = yk_onvif_untransformed;
    frame->sample_count = frame->change_count = frame->end_count = 0;
    if (!yk_onvif_time(utc, length, &frame->time_us))
        yk_drop(sink->drops, YK_DROP_bad_time);
    else
        frame->taken = yk_message_in_order(&frame->order, frame->time_us, sink->arrived_us, sink->drops);
    return frame->taken;
}

enum yk_status yk_onvif_frame_tell(struct yk_onvif_frame *frame, const struct yk_camera_sink *sink,
                                   struct yk_error *err)
{
    if (!frame->taken)
        return YK_OK;
    frame->taken = false;
    enum yk_status status = sink->frame ? sink->frame(sink->context, frame->time_us, err) : YK_OK;
    for (size_t i = 0; sink->change && i < frame->change_count && status == YK_OK; i++)
        status = sink->change(sink->context, &frame->changes[i], err);
    for (size_t i = 0; sink->sample && i < frame->sample_count && status == YK_OK; i++)
        status = sink->sample(sink->context, &frame->samples[i], err);
    for (size_t i = 0; sink->change && i < frame->end_count && status == YK_OK; i++)
        status = sink->change(sink->context, &frame->ends[i], err);
    return status;
}
