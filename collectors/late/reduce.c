/* Bodies, devices, lives, sums. SPDX-License-Identifier: GPL-3.0-or-later */
#include "late/reduce.h"

#include "base/calendar.h"
#include "base/notify.h"
#include "late/epoch_frames.h"
#include "lives/walk.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* 100 quarters of a day of 25 hours, its hours and the day, each at most 310 bytes: one frame holds a sensor's. */
#define BODY_MAX (96 * 1024)

struct reducing {
    const struct yk_reduce_options *options;
    struct yk_epoch_frames frames;
    struct yk_span span;
    struct yk_unpacker *unpacker;
    struct yk_packer *packer;
    uint8_t *bytes; /* of the frame that is read */
    struct yk_presence *records;
    uint8_t *body; /* of the frame that is written */
    struct yk_radio_sums *quarter, *hour;
    int32_t *told_at; /* by second of the epoch: how many told times cover it; then covered seconds before it */
    struct yk_presence_sums *windows;
    size_t windows_max; /* per sensor */
    size_t *told;       /* by sensor: how many of its windows are told */
};

/* The devices of one sensor. */
struct devices {
    struct yk_heard_in_window *list;
    size_t count, capacity;
    bool too_many;
};

static bool meets(const struct yk_epoch_frame *frame, int64_t window_s)
{
    return frame->base_s < window_s + YK_WINDOW_S && frame->last_s >= window_s;
}

/* What a frame says of the window, folded run by run as the district does it. */
static enum yk_status hear_frame(struct reducing *r, struct yk_epoch_frame *which, int64_t window_s,
                                 struct yk_heard_set *set, struct yk_error *err)
{
    struct yk_frame frame;
    enum yk_status status = yk_epoch_frames_load(&r->frames, which, r->bytes, &frame, err);
    if (status != YK_OK)
        return status;
    which->sound = yk_frame_unpack(r->unpacker, &frame) && yk_body_presence_decode(&frame, r->records);
    if (!which->sound)
        return YK_OK;
    const struct yk_presence *records = r->records;
    int64_t from = window_s / YK_TICK_S, to = from + YK_WINDOW_TICKS;
    for (size_t i = 0, next; i < frame.header.records; i = next) {
        next = i + 1;
        if (records[i].tick < from || records[i].tick >= to)
            continue;
        while (next < frame.header.records && records[next].pseudonym == records[i].pseudonym &&
               records[next].tick >= from && records[next].tick < to)
            next++;
        status = yk_heard_set_hear(set, window_s, frame.header.key_id, &records[i], next - i);
        if (status != YK_OK)
            return yk_error_set(err, status, "out of memory");
    }
    return YK_OK;
}

/* The devices of one window, at the list's end. The set has room for all that its frames can hold, so it never grows: what
 * it would leave behind could not be wiped. */
static enum yk_status hear_window(struct reducing *r, size_t first, size_t end, int64_t window_s,
                                  struct devices *devices, struct yk_error *err)
{
    struct yk_heard_set set = {0};
    size_t most = 0, room = devices->capacity - devices->count;
    for (size_t i = first; i < end; i++)
        most += meets(&r->frames.list[i], window_s) ? r->frames.list[i].records : 0;
    if (most == 0)
        return YK_OK;
    enum yk_status status = yk_heard_set_reserve(&set, (most < room ? most : room) + YK_FRAME_RECORDS_MAX);
    if (status != YK_OK)
        yk_error_set(err, status, "out of memory");
    for (size_t i = first; i < end && status == YK_OK && !devices->too_many; i++) {
        if (meets(&r->frames.list[i], window_s))
            status = hear_frame(r, &r->frames.list[i], window_s, &set, err);
        devices->too_many = set.count > room;
    }
    for (size_t i = 0; i < set.count && status == YK_OK && !devices->too_many; i++)
        devices->list[devices->count++] = (struct yk_heard_in_window){set.list[i], window_s};
    if (set.list)
        sodium_memzero(set.list, set.count * sizeof *set.list);
    yk_heard_set_clear(&set);
    return status;
}

/* Seconds of which the frames told: told times may overlap, where a collector was started anew. */
static void cover(struct reducing *r, size_t first, size_t end)
{
    const struct yk_span *span = &r->span;
    int64_t length_s = span->end_s - span->start_s;
    memset(r->told_at, 0, (size_t)(length_s + 1) * sizeof *r->told_at);
    for (size_t i = first; i < end; i++) {
        const struct yk_epoch_frame *frame = &r->frames.list[i];
        int64_t from = frame->told_from_s > span->start_s ? frame->told_from_s - span->start_s : 0;
        int64_t to = frame->told_to_s < span->end_s ? frame->told_to_s - span->start_s : length_s;
        if (!frame->sound || from >= to)
            continue;
        r->told_at[from]++;
        r->told_at[to]--;
    }
    int32_t open = 0, covered = 0;
    for (int64_t second = 0; second <= length_s; second++) {
        open += r->told_at[second];
        r->told_at[second] = covered;
        covered += open > 0;
    }
}

static void tell_window(struct reducing *r, size_t sensor, int64_t start_s, int64_t end_s,
                        const struct yk_radio_sums *sums)
{
    int32_t covered = r->told_at[end_s - r->span.start_s] - r->told_at[start_s - r->span.start_s];
    if (covered > 0)
        r->windows[sensor * r->windows_max + r->told[sensor]++] =
            (struct yk_presence_sums){start_s, (uint32_t)(end_s - start_s), (uint32_t)covered, *sums};
}

static void tell_sensor(struct reducing *r, size_t sensor, struct devices *devices)
{
    const struct yk_span *span = &r->span;
    struct yk_walk_sums sums = {.quarter = r->quarter, .hour = r->hour};
    memset(r->quarter, 0, span->quarters * sizeof *r->quarter);
    memset(r->hour, 0, span->hours * sizeof *r->hour);
    yk_lives_walk(span, devices->list, devices->count, &sums);
    for (size_t i = 0; i < span->quarters; i++) {
        int64_t start_s = span->start_s + (int64_t)i * YK_WINDOW_S;
        tell_window(r, sensor, start_s, start_s + YK_WINDOW_S, &r->quarter[i]);
    }
    for (size_t i = 0; i < span->hours; i++) /* of the first hour only what lies in the epoch */
        tell_window(r, sensor, span->hour_start[i] > span->start_s ? span->hour_start[i] : span->start_s,
                    span->hour_end[i], &r->hour[i]);
    tell_window(r, sensor, span->start_s, span->end_s, &sums.day);
}

/* When the sensor's place is closed, as the district has it. */
static void close_hours(struct reducing *r, const char *sensor_id)
{
    const struct yk_config *config = r->options->config;
    const struct yk_sensor_config *sensor = config ? yk_config_sensor_at(config, sensor_id, r->span.start_s) : NULL;
    sensor = config && !sensor ? yk_config_sensor(config, sensor_id) : sensor;
    if (sensor)
        yk_span_close(&r->span, config->places[sensor->place].closed_from_s, config->places[sensor->place].closed_to_s);
    else
        yk_span_close(&r->span, YK_CLOSED_FROM_S, YK_CLOSED_TO_S);
}

static enum yk_status reduce_sensor(struct reducing *r, size_t first, size_t end, struct yk_reduce_report *report,
                                    struct yk_error *err)
{
    size_t most = 0, pairs_max = r->options->pairs_max ? r->options->pairs_max : YK_LATE_PAIRS_MAX;
    for (size_t i = first; i < end; i++) /* a record is one pair at the most */
        most += r->frames.list[i].records;
    struct devices devices = {.capacity = most < pairs_max ? most : pairs_max};
    devices.list = malloc((devices.capacity + 1) * sizeof *devices.list);
    if (!devices.list)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    close_hours(r, r->frames.sensors[r->frames.list[first].sensor]);
    enum yk_status status = YK_OK;
    for (size_t q = 0; q < r->span.quarters && status == YK_OK && !devices.too_many; q++) {
        status = hear_window(r, first, end, r->span.start_s + (int64_t)q * YK_WINDOW_S, &devices, err);
        yk_notify_alive();
    }
    size_t sound = 0;
    for (size_t i = first; i < end; i++)
        sound += r->frames.list[i].sound;
    if (status == YK_OK && devices.too_many) {
        report->given_up_sensors++;
        report->given_up_frames += end - first;
    } else if (status == YK_OK) {
        cover(r, first, end);
        tell_sensor(r, r->frames.list[first].sensor, &devices);
        report->frames += sound;
        report->refused += end - first - sound;
    }
    sodium_memzero(devices.list, devices.count * sizeof *devices.list);
    free(devices.list);
    return status;
}

/* All that is told of a sensor. The epoch is among it whenever anything is, and is as long as any: the frame's time. */
static enum yk_status write_frame(struct reducing *r, size_t sensor, struct yk_error *err)
{
    struct yk_frame_header header = {.group = YK_GROUP_REDUCED,
                                     .lane = YK_LANE_LIVE,
                                     .records = (uint16_t)r->told[sensor],
                                     .base_s = r->span.start_s,
                                     .last_s = r->span.end_s - 1,
                                     .told_from_s = r->span.start_s,
                                     .told_to_s = r->span.end_s};
    size_t size = 0;
    memcpy(header.sensor, r->frames.sensors[sensor], sizeof header.sensor);
    for (size_t i = 0; i < r->told[sensor]; i++) {
        struct yk_observation o = {.kind = YK_KIND_SUMS, .as.sums = r->windows[sensor * r->windows_max + i]};
        size_t used = yk_body_plain_encode(&o, header.base_s, r->body + size, BODY_MAX - size);
        if (used == 0)
            return yk_error_set(err, YK_ERR_INTERNAL, "the sums of an epoch do not fit a frame");
        size += used;
    }
    const uint8_t *body = r->body;
    header.flags = yk_pack(r->packer, &body, &size);
    return yk_spool_append(r->options->spool, &header, body, size, err);
}

static bool allocate(struct reducing *r)
{
    size_t sensors = r->frames.sensor_count;
    r->windows_max = r->span.quarters + r->span.hours + 1;
    r->unpacker = yk_unpacker_new();
    r->packer = yk_packer_new();
    r->bytes = malloc(YK_FRAME_SIZE_MAX);
    r->records = calloc(YK_FRAME_RECORDS_MAX, sizeof *r->records);
    r->body = malloc(BODY_MAX);
    r->quarter = calloc(r->span.quarters + 1, sizeof *r->quarter);
    r->hour = calloc(r->span.hours + 1, sizeof *r->hour);
    r->told_at = calloc((size_t)(r->span.end_s - r->span.start_s) + 1, sizeof *r->told_at);
    r->windows = calloc(sensors * r->windows_max, sizeof *r->windows);
    r->told = calloc(sensors, sizeof *r->told);
    return r->unpacker && r->packer && r->bytes && r->records && r->body && r->quarter && r->hour && r->told_at &&
           r->windows && r->told;
}

static void release(struct reducing *r)
{
    if (r->bytes)
        sodium_memzero(r->bytes, YK_FRAME_SIZE_MAX);
    if (r->records)
        sodium_memzero(r->records, YK_FRAME_RECORDS_MAX * sizeof *r->records);
    yk_unpacker_free(r->unpacker);
    yk_packer_free(r->packer);
    free(r->bytes);
    free(r->records);
    free(r->body);
    free(r->quarter);
    free(r->hour);
    free(r->told_at);
    free(r->windows);
    free(r->told);
    yk_span_clear(&r->span);
    yk_epoch_frames_clear(&r->frames);
}

enum yk_status yk_late_reduce(const struct yk_reduce_options *options, int64_t epoch_s, struct yk_reduce_report *report,
                              struct yk_error *err)
{
    const struct yk_epoch_frames_options find = {
        .spool = options->dir,
        .district = options->district,
        .edge = options->edge,
        .public_key = options->public_key,
        .start_s = epoch_s,
        .end_s = yk_epoch_end(epoch_s, options->epoch_hours, options->epoch_start_s),
    };
    struct reducing r = {.options = options, .frames.fd = -1};
    struct yk_epoch_frames *frames = &r.frames;
    *report = (struct yk_reduce_report){0};
    /* Laid by other rules than today's, its frames are none that the district would have taken. */
    if (yk_epoch_start(epoch_s, options->epoch_hours, options->epoch_start_s) != epoch_s || epoch_s % YK_WINDOW_S != 0)
        return YK_OK;
    yk_spool_finish_before(options->spool, find.end_s);
    enum yk_status status = yk_epoch_frames_find(&find, frames, err);
    report->refused = frames->refused;
    if (status != YK_OK || frames->count == 0)
        goto out;
    status = yk_span_init(&r.span, find.start_s, find.end_s);
    if (status != YK_OK || !allocate(&r)) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        goto out;
    }
    for (size_t first = 0, end; first < frames->count && status == YK_OK; first = end) {
        for (end = first + 1; end < frames->count && frames->list[end].sensor == frames->list[first].sensor;)
            end++;
        status = reduce_sensor(&r, first, end, report, err);
    }
    /* Only now: to make room for a frame the spool may give up the very presence that was read. */
    for (size_t sensor = 0; sensor < frames->sensor_count && status == YK_OK; sensor++) {
        if (r.told[sensor] == 0)
            continue;
        status = write_frame(&r, sensor, err);
        report->sensors += status == YK_OK;
        report->windows += status == YK_OK ? r.told[sensor] : 0;
    }
out:
    release(&r);
    return status;
}
