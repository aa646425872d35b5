/* ESP32-Paxcounter: how many devices were near. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"wifi":12,"ble":31,"pax":43}                                               as its decoders and bridges write it
 *     {"uplink_message":{"decoded_payload":{"wifi":12,"ble":31}},"received_at":"2026-10-02T09:00:00Z"}
 *
 * What it counts is no person and no crossing: different MAC addresses heard in a send cycle (by default two to four
 * minutes, then it forgets them all). A phone that changes its address is two, a person without a phone none, and who stays
 * is counted anew in every cycle. Nothing of it can be made into visitors. It is told as a count of its interval, at the
 * device's lines "wifi", "ble" and "pax" (both together), so that it counts only where the configuration names one of these
 * as a line's `device`; all else is unmapped. Whoever names one gets devices per interval under that line's name.
 *
 * Messages carry no interval: a message's is the time since the one before, if that is CYCLE_MAX_US at the most. After the
 * start or a longer silence the first message only says where the next interval begins; its numbers are dropped as bad_time.
 * The time is that of the message (time, timestamp, received_at), or of its arrival. The counter must be in its cyclic mode.
 *
 * A sensor is one device: two behind one topic would cut each other's intervals. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CYCLE_MAX_US INT64_C(3600000000)

enum kind { WIFI, BLE, PAX, KINDS };

static const char *const lines[KINDS] = {[WIFI] = "wifi", [BLE] = "ble", [PAX] = "pax"};

static const struct {
    const char *name;
    enum kind kind;
} spellings[] = {
    {"wifi", WIFI},     {"wifi_count", WIFI}, {"count_wifi", WIFI}, {"wificount", WIFI}, {"ble", BLE},
    {"ble_count", BLE}, {"count_ble", BLE},   {"blecount", BLE},    {"bluetooth", BLE},  {"bt", BLE},
    {"pax", PAX},       {"pax_count", PAX},   {"paxcount", PAX},
};

struct state {
    int64_t last_us; /* of the message before; 0: none */
};

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return length && *text == '{' && contains(text, length, "\"wifi\"") &&
           (contains(text, length, "\"ble\"") || contains(text, length, "\"pax\""));
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct state));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the Paxcounter decoder");
}

static enum yk_status dropped(const struct yk_camera_sink *sink, enum yk_drop reason)
{
    yk_drop(sink->drops, reason);
    return YK_OK;
}

/* Where the numbers stand: at the top, or where a LoRaWAN network's server puts what its decoder made. */
static const json_t *readings(const json_t *root)
{
    const json_t *below[] = {yk_json_at(root, "uplink_message", "decoded_payload"), json_object_get(root, "object"),
                             json_object_get(root, "payload_fields")};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++)
        if (json_is_object(below[i]))
            return below[i];
    return root;
}

/* False if one is no count. Of several spellings of one thing the first stands. */
static bool read_numbers(const json_t *from, uint64_t number[KINDS], bool there[KINDS])
{
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        enum kind kind = spellings[i].kind;
        const json_t *value = there[kind] ? NULL : json_object_get(from, spellings[i].name);
        if (value && !yk_json_count(value, &number[kind]))
            return false;
        there[kind] = there[kind] || value;
    }
    return true;
}

static bool read_time(const json_t *root, int64_t arrived_us, int64_t near_us, int64_t *out)
{
    static const char *const keys[] = {"time", "timestamp", "received_at"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = json_object_get(root, keys[i]);
        if (value)
            return yk_device_time_json(value, near_us, out);
    }
    *out = arrived_us;
    return arrived_us > 0;
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct state *s = (struct state *)state;
    uint64_t number[KINDS] = {0};
    bool there[KINDS] = {false};
    int64_t to_us;
    if (!read_numbers(readings(root), number, there))
        return dropped(sink, YK_DROP_bad_schema);
    if (!there[WIFI] && !there[BLE] && !there[PAX])
        return dropped(sink, YK_DROP_unsupported); /* battery, environment, position */
    if (!read_time(root, sink->arrived_us, s->last_us ? s->last_us : sink->arrived_us, &to_us))
        return dropped(sink, YK_DROP_bad_time);
    if (to_us == s->last_us)
        return dropped(sink, YK_DROP_duplicate);
    int64_t from_us = s->last_us;
    s->last_us = to_us;
    if (from_us == 0 || to_us < from_us || to_us - from_us > CYCLE_MAX_US)
        return dropped(sink, YK_DROP_bad_time);
    enum yk_status status = YK_OK;
    for (int kind = 0; kind < KINDS && status == YK_OK && sink->count; kind++) {
        struct yk_device_count count = {.from_us = from_us, .to_us = to_us, .plus = number[kind]};
        if (there[kind] && yk_device_name_set(&count.line, lines[kind], strlen(lines[kind])))
            status = sink->count(sink->context, &count, err);
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

const struct yk_camera_dialect yk_camera_paxcounter = {
    .name = "paxcounter",
    .summary = "ESP32-Paxcounter: devices, not persons, per send cycle",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_BINS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
