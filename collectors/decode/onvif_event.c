/* ONVIF events. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/onvif_event.h"

#include "decode/decimal.h"
#include "decode/json_record.h"
#include "decode/onvif_frame.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define COUNT_MAX 9007199254740992.0 /* 2^53 */

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

enum yk_onvif_topic yk_onvif_topic(const char *text, size_t length)
{
    if (contains(text, length, "OccupancyCounter"))
        return YK_ONVIF_OCCUPANCY;
    if (contains(text, length, "CountAggregation"))
        return YK_ONVIF_COUNTER;
    if (contains(text, length, "FieldDetector"))
        return YK_ONVIF_FIELD;
    if (contains(text, length, "Line") || contains(text, length, "Cross"))
        return YK_ONVIF_LINE;
    return YK_ONVIF_OTHER;
}

/* --- reading --- */

void yk_onvif_event_operation(struct yk_onvif_event *event, const char *text, size_t length)
{
    event->operation = is_word(text, length, "Initialized") ? YK_ONVIF_INITIALIZED
                       : is_word(text, length, "Deleted")   ? YK_ONVIF_DELETED
                                                            : YK_ONVIF_CHANGED;
}

static bool read_count(const char *value, size_t length, int64_t *out)
{
    double number;
    if (!yk_decimal_parse(value, length, &number) || !(fabs(number) <= COUNT_MAX) || number != floor(number))
        return false;
    *out = (int64_t)number;
    return true;
}

static bool read_bool(const char *value, size_t length, bool *out)
{
    *out = is_word(value, length, "true") || is_word(value, length, "1");
    return *out || is_word(value, length, "false") || is_word(value, length, "0");
}

static int8_t read_direction(const char *value, size_t length)
{
    static const char *const minus[] = {"Left", "RightToLeft", "Out", "Exit", "Backward", "Reverse"};
    for (size_t i = 0; i < sizeof minus / sizeof *minus; i++)
        if (is_word(value, length, minus[i]))
            return -1;
    return 1;
}

void yk_onvif_event_item(struct yk_onvif_event *event, const char *name, const char *value, size_t length)
{
    bool good = true;
    if (strcmp(name, "Rule") == 0) {
        event->has_rule = good = yk_device_name_set(&event->rule, value, length);
    } else if (strcmp(name, "ObjectId") == 0) {
        event->has_object = true;
        event->named = yk_track_number_text(value, length, &event->track);
    } else if (strcmp(name, "Count") == 0) {
        event->has_count = good = read_count(value, length, &event->count);
    } else if (strcmp(name, "IsInside") == 0) {
        event->has_inside = good = read_bool(value, length, &event->inside);
    } else if (strcmp(name, "Direction") == 0) {
        event->direction = read_direction(value, length);
    }
    event->bad = event->bad || !good;
}

/* --- telling --- */

static struct yk_onvif_counter *counter_of(struct yk_onvif_events *events, const struct yk_onvif_event *event,
                                           struct yk_drops *drops)
{
    for (size_t i = 0; i < events->counter_count; i++)
        if (strcmp(events->counters[i].rule.text, event->rule.text) == 0)
            return &events->counters[i];
    if (events->counter_count == YK_ONVIF_RULES_MAX) {
        yk_drop(drops, YK_DROP_table_full);
        return NULL;
    }
    struct yk_onvif_counter *counter = &events->counters[events->counter_count++];
    *counter = (struct yk_onvif_counter){.rule = event->rule, .count = event->count};
    return counter;
}

/* A counter that is none of those that only rise. */
static bool is_falling(const struct yk_onvif_counter *counter, const struct yk_onvif_event *event)
{
    if (event->topic != YK_ONVIF_UNTOLD)
        return event->topic == YK_ONVIF_OCCUPANCY;
    int64_t before = counter->count, now = event->count;
    return now < 0 || (now > 0 && now < before && now >= before - now);
}

static void take_reading(struct yk_onvif_counter *counter, const struct yk_onvif_event *event)
{
    int64_t before = counter->count, now = event->count;
    counter->falls = counter->falls || is_falling(counter, event);
    counter->count = now;
    if (!counter->falls)
        counter->plus = (uint64_t)now;
    else if (now > before)
        counter->plus += (uint64_t)(now - before);
    else if (now != 0 || before == 1)
        counter->minus += (uint64_t)(before - now);
}

static enum yk_status tell_count(struct yk_onvif_events *events, const struct yk_onvif_event *event, int64_t time_us,
                                 const struct yk_camera_sink *sink, struct yk_error *err)
{
    if (event->topic == YK_ONVIF_COUNTER && event->count < 0) {
        yk_drop(sink->drops, YK_DROP_malformed);
        return YK_OK;
    }
    struct yk_onvif_counter *counter = counter_of(events, event, sink->drops);
    if (!counter)
        return YK_OK;
    take_reading(counter, event);
    struct yk_device_count count = {.line = event->rule,
                                    .cumulative = true,
                                    .from_us = YK_COUNT_SINCE_UNKNOWN,
                                    .to_us = time_us,
                                    .plus = counter->plus,
                                    .minus = counter->minus};
    return sink->count ? sink->count(sink->context, &count, err) : YK_OK;
}

static enum yk_status tell_crossing(struct yk_onvif_events *events, const struct yk_onvif_event *event, int64_t time_us,
                                    const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_device_crossing crossing = {
        .line = event->rule, .time_us = time_us, .direction = event->direction ? event->direction : 1};
    if (events->has_last && events->last.time_us == time_us && events->last_track == event->track &&
        strcmp(events->last.line.text, crossing.line.text) == 0) {
        yk_drop(sink->drops, YK_DROP_duplicate);
        return YK_OK;
    }
    events->has_last = true;
    events->last = crossing;
    events->last_track = event->track;
    return sink->crossing ? sink->crossing(sink->context, &crossing, err) : YK_OK;
}

/* What the values make of it; YK_DROP_COUNT if it is to be told. */
static enum yk_drop refusal(const struct yk_onvif_event *event)
{
    if (event->bad)
        return YK_DROP_bad_schema;
    if (!event->has_count && !event->has_inside && !event->has_object)
        return YK_DROP_unsupported;
    if (!event->has_rule)
        return YK_DROP_bad_schema;
    if (event->has_count)
        return event->operation == YK_ONVIF_DELETED ? YK_DROP_unsupported : YK_DROP_COUNT;
    bool crossed = !event->has_inside;
    if (crossed &&
        (event->operation != YK_ONVIF_CHANGED || (event->topic != YK_ONVIF_UNTOLD && event->topic != YK_ONVIF_LINE)))
        return YK_DROP_unsupported;
    return event->has_object && event->named == YK_TRACK_NAMED ? YK_DROP_COUNT : YK_DROP_untracked;
}

enum yk_status yk_onvif_event_tell(struct yk_onvif_events *events, const struct yk_onvif_event *event, const char *utc,
                                   size_t length, const struct yk_camera_sink *sink, struct yk_error *err)
{
    enum yk_drop reason = refusal(event);
    int64_t time_us;
    if (reason == YK_DROP_COUNT && !yk_onvif_time(utc, length, &time_us))
        reason = YK_DROP_bad_time;
    if (reason != YK_DROP_COUNT) {
        yk_drop(sink->drops, reason);
        return YK_OK;
    }
    if (!yk_message_in_order(&events->order, time_us, sink->arrived_us, sink->drops))
        return YK_OK;
    if (event->has_count)
        return tell_count(events, event, time_us, sink, err);
    if (!event->has_inside)
        return tell_crossing(events, event, time_us, sink, err);
    struct yk_device_stay stay = {.zone = event->rule,
                                  .track = event->track,
                                  .time_us = time_us,
                                  .inside = event->inside && event->operation != YK_ONVIF_DELETED};
    return sink->stay ? sink->stay(sink->context, &stay, err) : YK_OK;
}
