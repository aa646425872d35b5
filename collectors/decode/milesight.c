/* Milesight's people counters (VS125, VS133, VS135), JSON by HTTP or MQTT. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"device_info":{...},
 *      "time_info":{"start_time":"2026-07-16 06:40:00","end_time":"2026-07-16 06:41:00","time_zone":"UTC+9:00 Osaka",
 *                   "enable_dst":0,"dst_status":0},
 *      "line_periodic_data":[{"line":1,"total":{"in":3,"out":1}}],
 *      "line_total_data":[{"line":1,"total":{"in_counted":12,"out_counted":14,"capacity_counted":-2}}]}
 *
 * Taken, of each line, which is called by its number: the period's in and out, a bin; and what was counted since a reset, read
 * at the period's end. A device that sends both tells one thing in two ways, which is for others to know (counters.h).
 * capacity_counted is in minus out, and what it drifts by, people or not: not looked at.
 *
 * Not taken: line_trigger_data, since those who trigger it are in the period that follows; regions and dwell times, which
 * are sums over people and say of nobody when they came and went; classes of age. A message with nothing else is
 * unsupported.
 *
 * Times are local. The zone's text begins with its offset from UTC, which holds without summer time; with enable_dst and
 * dst_status an hour is added. A text that is none, or summer time of which nobody says whether it holds, leaves the
 * district's own time. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX 32 /* characters of a time */

struct decoder {
    int64_t near_us; /* end of the period before */
};

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return contains(text, length, "\"line_periodic_data\"") || contains(text, length, "\"line_total_data\"") ||
           (contains(text, length, "\"device_info\"") && contains(text, length, "\"time_info\""));
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct decoder));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the Milesight decoder");
}

/* --- times --- */

/* One or two digits. */
static bool read_small(const char **at, int *out)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > 2)
        return false;
    for (*out = 0; digits > 0; digits--)
        *out = *out * 10 + (*(*at)++ - '0');
    return true;
}

/* "UTC-3:30 Newfoundland" is -12600. */
static bool read_offset(const char *text, int *out_s)
{
    int hours, minutes;
    if (!text || strncmp(text, "UTC", 3) != 0 || (text[3] != '+' && text[3] != '-'))
        return false;
    const char *at = text + 4;
    if (!read_small(&at, &hours) || *at++ != ':' || !read_small(&at, &minutes) || hours > 14 || minutes > 59)
        return false;
    *out_s = (hours * 60 + minutes) * (text[3] == '-' ? -60 : 60);
    return true;
}

static bool is_set(const json_t *value)
{
    double number;
    return json_is_true(value) || (yk_json_number(value, &number) && number != 0);
}

/* The offset that holds, or none. */
static bool offset_of(const json_t *info, int *out_s)
{
    const json_t *status = json_object_get(info, "dst_status");
    if (!read_offset(json_string_value(json_object_get(info, "time_zone")), out_s))
        return false;
    if (!is_set(json_object_get(info, "enable_dst")))
        return true;
    if (is_set(status))
        *out_s += 3600;
    return status != NULL;
}

static bool time_of(const json_t *info, const char *key, int64_t near_us, int64_t *out_us)
{
    const char *text = json_string_value(json_object_get(info, key));
    size_t length = text ? strlen(text) : 0;
    int offset_s;
    if (length == 0 || length > TIME_MAX)
        return false;
    if (yk_device_time_exact(text, length, out_us))
        return true;
    if (!offset_of(info, &offset_s))
        return yk_device_time(text, length, near_us, out_us);
    char labelled[TIME_MAX + 16];
    int n = snprintf(labelled, sizeof labelled, "%sZ", text);
    if (!yk_device_time_exact(labelled, (size_t)n, out_us))
        return false;
    *out_us -= offset_s * INT64_C(1000000);
    return *out_us >= 0;
}

/* --- lines --- */

static enum yk_drop number_of(const json_t *value, uint64_t *out)
{
    double number;
    if (!yk_json_number(value, &number))
        return YK_DROP_bad_schema;
    return yk_json_count(value, out) ? YK_DROP_COUNT : YK_DROP_malformed;
}

/* One entry of a list. `like` holds its times. */
static enum yk_status take_line(const json_t *entry, const char *in, const char *out,
                                const struct yk_device_count *like, const struct yk_camera_sink *sink,
                                struct yk_error *err)
{
    struct yk_device_count count = *like;
    const json_t *total = json_object_get(entry, "total");
    enum yk_drop bad = yk_json_name(json_object_get(entry, "line"), &count.line) ? YK_DROP_COUNT : YK_DROP_bad_schema;
    if (bad == YK_DROP_COUNT)
        bad = number_of(json_object_get(total, in), &count.plus);
    if (bad == YK_DROP_COUNT)
        bad = number_of(json_object_get(total, out), &count.minus);
    if (bad == YK_DROP_COUNT)
        return sink->count ? sink->count(sink->context, &count, err) : YK_OK;
    yk_drop(sink->drops, bad);
    return YK_OK;
}

static enum yk_status take_lines(const json_t *list, const char *in, const char *out,
                                 const struct yk_device_count *like, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (list && !json_is_array(list))
        yk_drop(sink->drops, YK_DROP_bad_schema);
    for (size_t i = 0; i < json_array_size(list) && status == YK_OK; i++)
        status = take_line(json_array_get(list, i), in, out, like, sink, err);
    return status;
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct decoder *d = state;
    const json_t *info = json_object_get(root, "time_info");
    const json_t *periods = json_object_get(root, "line_periodic_data");
    const json_t *totals = json_object_get(root, "line_total_data");
    int64_t near_us = sink->arrived_us ? sink->arrived_us : d->near_us;
    struct yk_device_count bin = {.cumulative = false}, reading = {.cumulative = true};
    if (!periods && !totals) {
        yk_drop(sink->drops, json_is_object(info) ? YK_DROP_unsupported : YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!time_of(info, "end_time", near_us, &bin.to_us) ||
        (periods && !time_of(info, "start_time", near_us, &bin.from_us))) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    if (periods && bin.from_us > bin.to_us) {
        yk_drop(sink->drops, YK_DROP_malformed);
        return YK_OK;
    }
    d->near_us = reading.to_us = bin.to_us;
    reading.from_us = YK_COUNT_SINCE_UNKNOWN;
    enum yk_status status = take_lines(periods, "in", "out", &bin, sink, err);
    return status == YK_OK ? take_lines(totals, "in_counted", "out_counted", &reading, sink, err) : status;
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

const struct yk_camera_dialect yk_camera_milesight = {
    .name = "milesight",
    .summary = "Milesight people counters (VS125, VS133, VS135), JSON",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_BINS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
