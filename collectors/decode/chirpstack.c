/* Uplinks of LoRaWAN counters as ChirpStack tells them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"time":"2026-10-02T18:00:03.52+00:00","deviceInfo":{"devEui":"24e124...", ...},"fCnt":4711,       version 4
 *      "object":{"line_1_total_in":312,"line_1_total_out":40}, ...}
 *     {"devEUI":"JOEk...","deviceName":"...","rxInfo":[{"time":"...", ...}],"fCnt":4711,"object":{...}}     version 3
 *
 * Taken: `object`, what the device profile's codec made of the payload (as text in `objectJSON` too), the time and the frame
 * counter. Without a codec there is nothing to take. Names of the fields that are understood stand in the table below;
 * capitals do not matter, a blank or a dash is as good as an underscore. A line without a number is "1".
 *
 * Readings whose name says total, sum or counted are cumulative. A field told with every uplink only if it changed, or in an
 * uplink of its own since LoRaWAN payloads are short, is kept: a reading is handed on once both directions of its line are
 * known, after a reset both anew. The others are what was counted since the line's uplink before, and count for [that one,
 * this one). After the start, and when the frame counter says that an uplink was lost between the two, the interval is not
 * known, and they are dropped as bad_time. A line that has told totals counts by them alone.
 *
 * An uplink told again (MQTT delivers at least once) has the same frame counter and time. A join begins the frame counter
 * anew, so the number of a message is made of both. Events without counts (join, status, battery) are unsupported.
 *
 * A sensor is one device. The first that speaks is it; what others say on the same topic is refused, until a restart. Device
 * names, EUIs, tags, gateways and their places go no further. */
#include "decode/camera_dialect.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/track_number.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 16
#define FIELD_MAX 40 /* longest name of a field, with its NUL */

/* '#' is the number of a line, 1 or more digits. */
static const struct {
    const char *field;
    const char *line; /* the device's line; NULL: the number */
    bool cumulative;
    bool minus;
} fields[] = {
    {"line_#_total_in", NULL, true, false}, /* Milesight VS133, VS135 */
    {"line_#_total_out", NULL, true, true},
    {"line_#_period_in", NULL, false, false},
    {"line_#_period_out", NULL, false, true},
    {"line_#_in", NULL, false, false},
    {"line_#_out", NULL, false, true},
    {"total_in", "1", true, false}, /* Milesight VS132, VS350, VS360 */
    {"total_out", "1", true, true},
    {"in_counted", "1", true, false},
    {"out_counted", "1", true, true},
    {"period_in", "1", false, false},
    {"period_out", "1", false, true},
    {"in", "1", false, false},
    {"out", "1", false, true},
    {"ltr_sum", "1", true, false}, /* Parametric PCR2 */
    {"rtl_sum", "1", true, true},
    {"ltr", "1", false, false},
    {"rtl", "1", false, true},
    {"total_counter_a", "1", true, false}, /* IMBuildings */
    {"total_counter_b", "1", true, true},
    {"counter_a", "1", false, false},
    {"counter_b", "1", false, true},
    {"wifi", "wifi", false, false}, /* ESP32-Paxcounter: devices and not persons (paxcounter.c) */
    {"ble", "ble", false, false},
    {"pax", "pax", false, false},
};

struct line {
    struct yk_device_name name;
    bool totals;           /* it has told totals */
    bool has[2], total[2]; /* this uplink tells a count, a total; plus and minus */
    bool known[2];         /* a total was told once */
    uint64_t count[2], last_total[2];
    int64_t since_us; /* of its counts before, with no uplink lost since; 0: not known */
};

struct state {
    uint64_t device; /* that speaks; 0: none yet */
    bool has_counter;
    uint64_t counter; /* of the uplink before */
    int64_t last_us;
    size_t line_count;
    struct line lines[LINES_MAX];
};

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return length && *text == '{' &&
           (contains(text, length, "\"deviceInfo\"") || contains(text, length, "\"devEUI\"")) &&
           (contains(text, length, "\"object\"") || contains(text, length, "\"objectJSON\""));
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct state));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the ChirpStack decoder");
}

static enum yk_status dropped(const struct yk_camera_sink *sink, enum yk_drop reason)
{
    yk_drop(sink->drops, reason);
    return YK_OK;
}

/* --- fields --- */

static char plain(char c)
{
    return c == ' ' || c == '-' ? '_' : (char)tolower((unsigned char)c);
}

/* Does the name fit? *number is set to the digits that stand for '#'. */
static bool fits(const char *pattern, const char *name, struct yk_device_name *number)
{
    for (; *pattern && *pattern != '#'; pattern++, name++)
        if (plain(*name) != *pattern)
            return false;
    if (*pattern == '#') {
        size_t digits = strspn(name, "0123456789");
        if (!yk_device_name_set(number, name, digits))
            return false;
        name += digits;
        for (pattern++; *pattern; pattern++, name++)
            if (plain(*name) != *pattern)
                return false;
    }
    return *name == '\0';
}

static struct line *line_of(struct state *s, const struct yk_device_name *name)
{
    for (size_t i = 0; i < s->line_count; i++)
        if (strcmp(s->lines[i].name.text, name->text) == 0)
            return &s->lines[i];
    if (s->line_count == LINES_MAX)
        return NULL;
    struct line *line = &s->lines[s->line_count++];
    line->name = *name;
    return line;
}

/* False if it is a field of the table, and no count or of a line too many. */
static bool take_field(struct state *s, const char *name, const json_t *value)
{
    if (strlen(name) >= FIELD_MAX)
        return true;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct yk_device_name line_name;
        uint64_t number;
        if (!fits(fields[i].field, name, &line_name))
            continue;
        if (fields[i].line && !yk_device_name_set(&line_name, fields[i].line, strlen(fields[i].line)))
            return false;
        struct line *line = yk_json_count(value, &number) ? line_of(s, &line_name) : NULL;
        if (!line)
            return false;
        size_t side = fields[i].minus;
        if (fields[i].cumulative) {
            if (line->known[side] && number < line->last_total[side])
                line->known[!side] = line->total[!side]; /* a reset: what the other direction showed before is over */
            line->total[side] = line->known[side] = line->totals = true;
            line->last_total[side] = number;
        } else {
            line->has[side] = true;
            line->count[side] = number;
        }
        return true;
    }
    return true;
}

static bool any(const bool sides[2])
{
    return sides[0] || sides[1];
}

/* What this uplink tells; false if nothing. */
static bool take_fields(struct state *s, json_t *object, const struct yk_camera_sink *sink)
{
    const char *name;
    json_t *value;
    bool told = false;
    for (size_t i = 0; i < s->line_count; i++) {
        struct line *line = &s->lines[i];
        line->has[0] = line->has[1] = line->total[0] = line->total[1] = false;
    }
    json_object_foreach(object, name, value)
    {
        if (!take_field(s, name, value))
            yk_drop(sink->drops, YK_DROP_bad_schema);
    }
    for (size_t i = 0; i < s->line_count; i++)
        told = told || any(s->lines[i].has) || any(s->lines[i].total);
    return told;
}

/* --- counts --- */

struct uplink {
    int64_t time_us;
    bool has_package;
    uint64_t package;
};

static enum yk_status tell(struct line *line, const struct uplink *up, const struct yk_camera_sink *sink,
                           struct yk_error *err)
{
    struct yk_device_count count = {.line = line->name,
                                    .cumulative = line->totals,
                                    .from_us = YK_COUNT_SINCE_UNKNOWN,
                                    .to_us = up->time_us,
                                    .has_package = up->has_package,
                                    .package = up->package};
    if (line->totals) {
        if (!any(line->total) || !line->known[0] || !line->known[1])
            return YK_OK;
        count.plus = line->last_total[0];
        count.minus = line->last_total[1];
    } else {
        if (!any(line->has))
            return YK_OK;
        count.from_us = line->since_us;
        count.plus = line->has[0] ? line->count[0] : 0;
        count.minus = line->has[1] ? line->count[1] : 0;
        line->since_us = up->time_us;
        if (count.from_us == 0)
            return dropped(sink, YK_DROP_bad_time);
    }
    return sink->count ? sink->count(sink->context, &count, err) : YK_OK;
}

/* --- uplinks --- */

static uint64_t device_of(const json_t *root)
{
    const json_t *name = yk_json_at(root, "deviceInfo", "devEui");
    uint64_t device = 0;
    if (!name)
        name = json_object_get(root, "devEUI");
    if (!json_is_string(name) || yk_track_number_json(name, &device) != YK_TRACK_NAMED)
        return 1;
    return device ? device : 1;
}

static bool read_time(const json_t *root, const struct yk_camera_sink *sink, int64_t *out, bool *told)
{
    const json_t *received = json_array_get(json_object_get(root, "rxInfo"), 0);
    const json_t *times[] = {json_object_get(root, "time"), json_object_get(root, "publishedAt"),
                             json_object_get(received, "time")};
    *told = true;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (json_is_string(times[i]))
            return yk_device_time_exact(json_string_value(times[i]), json_string_length(times[i]), out);
    *told = false;
    *out = sink->arrived_us;
    return sink->arrived_us > 0;
}

static enum yk_status take_uplink(struct state *s, const json_t *root, json_t *object,
                                  const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct uplink up;
    uint64_t counter = 0, device = device_of(root);
    bool timed, counted = yk_json_count(json_object_get(root, "fCnt"), &counter);
    if (s->device && device != s->device)
        return dropped(sink, YK_DROP_refused);
    if (!read_time(root, sink, &up.time_us, &timed))
        return dropped(sink, YK_DROP_bad_time);
    bool both = counted && s->has_counter;
    if (both && (timed ? counter <= s->counter && up.time_us <= s->last_us : counter == s->counter))
        return dropped(sink, YK_DROP_duplicate);
    if ((both && counter != s->counter + 1) || up.time_us <= s->last_us)
        for (size_t i = 0; i < s->line_count; i++)
            s->lines[i].since_us = 0;
    up.has_package = counted && timed;
    up.package = (uint64_t)up.time_us ^ counter << 52;

    s->device = device;
    s->has_counter = counted;
    s->counter = counter;
    s->last_us = up.time_us;
    if (!take_fields(s, object, sink))
        return dropped(sink, YK_DROP_unsupported);
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < s->line_count && status == YK_OK; i++)
        status = tell(&s->lines[i], &up, sink, err);
    return status;
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    json_t *object = json_object_get(root, "object");
    const json_t *text = json_object_get(root, "objectJSON");
    if (json_is_object(object))
        return take_uplink((struct state *)state, root, object, sink, err);
    if (!json_is_string(text))
        return dropped(sink, YK_DROP_unsupported);
    json_t *inner = json_loadb(json_string_value(text), json_string_length(text), 0, NULL);
    enum yk_status status = json_is_object(inner) ? take_uplink((struct state *)state, root, inner, sink, err)
                                                  : dropped(sink, YK_DROP_bad_json);
    json_decref(inner);
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

const struct yk_camera_dialect yk_camera_chirpstack = {
    .name = "chirpstack",
    .summary = "LoRaWAN counters behind ChirpStack, decoded by its codec",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_BINS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
