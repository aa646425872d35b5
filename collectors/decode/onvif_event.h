/* What ONVIF rules tell, whether it comes as XML or as JSON. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A rule sends named values ("simple items"); those that are read, and where they may stand:
 *
 *     Rule        the line's or zone's name here: `device` in the configuration
 *     Count       CountAggregation: a reading
 *     IsInside    FieldDetector: somebody is in the zone, or not any more; with ObjectId
 *     ObjectId    LineDetector, when neither of the two above is told: somebody crossed the line
 *     Direction   of a crossing: Right, LeftToRight, In, Forward are +1, their opposites -1; else, and without it, +1
 *
 * Topics say which rule it is. XML carries them; JSON over MQTT does not (they are in MQTT's topic), so there the names of
 * the values decide, and a line of the configuration has to name the rule before anything counts.
 *
 * Counts. A Counter only rises until it is reset: its reading is handed on as it is. An OccupancyCounter rises when
 * somebody goes from left to right and falls when somebody goes from right to left: what rose and what fell since the
 * collector began is handed on as plus and minus, so that how many are inside, with its drift, never stands for people who
 * came. A fall to 0 from more than 1 is its reset and nobody's way. Where no topic says which of the two a rule is, it is a
 * Counter until it falls by no more than half, or below 0: a reset would have fallen further.
 *
 * Initialized is a state and no event: dropped as unsupported, but for zones and readings, which are states.
 *
 * Bounds: YK_ONVIF_RULES_MAX counting rules; the reading of another one is counted as table_full. */
#ifndef YK_DECODE_ONVIF_EVENT_H
#define YK_DECODE_ONVIF_EVENT_H

#include "decode/camera_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#define YK_ONVIF_RULES_MAX 64

enum yk_onvif_topic {
    YK_ONVIF_UNTOLD, /* no topic: the names of the values decide */
    YK_ONVIF_LINE,
    YK_ONVIF_FIELD,
    YK_ONVIF_COUNTER,
    YK_ONVIF_OCCUPANCY,
    YK_ONVIF_OTHER,
};
enum yk_onvif_topic yk_onvif_topic(const char *text, size_t length);

struct yk_onvif_event {
    enum yk_onvif_topic topic;
    enum { YK_ONVIF_CHANGED, YK_ONVIF_INITIALIZED, YK_ONVIF_DELETED } operation;
    bool has_rule;
    struct yk_device_name rule;
    bool has_object;
    enum yk_track_name named;
    uint64_t track;
    bool has_count;
    int64_t count;
    bool has_inside, inside;
    int8_t direction; /* 0: not told */
    bool bad;         /* a value is not what its name says */
};

void yk_onvif_event_operation(struct yk_onvif_event *event, const char *text, size_t length);
/* A value; names that are not read are passed over. */
void yk_onvif_event_item(struct yk_onvif_event *event, const char *name, const char *value, size_t length);

/* What has to be known of former events. Zero-initialised but for order.sparse. */
struct yk_onvif_events {
    struct yk_message_order order;
    struct yk_device_crossing last; /* told twice by a broker: once */
    uint64_t last_track;
    bool has_last;
    struct yk_onvif_counter {
        struct yk_device_name rule;
        bool falls; /* an OccupancyCounter */
        int64_t count;
        uint64_t plus, minus;
    } counters[YK_ONVIF_RULES_MAX];
    size_t counter_count;
};

enum yk_status yk_onvif_event_tell(struct yk_onvif_events *events, const struct yk_onvif_event *event, const char *utc,
                                   size_t length, const struct yk_camera_sink *sink,
                                   struct yk_error *err) YK_MUST_CHECK;

#endif
