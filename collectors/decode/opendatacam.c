/* OpenDataCam's counted items, as JSON or as its CSV export. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"timestamp":"2019-04-26T17:29:38.811Z","area":"94afa4f8-...","name":"person","id":1021,"bearing":155,
 *      "countingDirection":"rightleft_bottomtop"}          one, an array of them, or {"counterHistory":[...]} around it
 *
 *     "Timestamp","Counter area","ObjectClass","UniqueID","CountingDirection"
 *     "2019-05-02T19:10:22.150Z","Main Street","person",4096,"rightleft_bottomtop"
 *
 *     leftright_topbottom, rightleft_bottomtop    a line was crossed, in direction plus and minus
 *     entering_zone, leaving_zone                 a zone (an area with more than two corners) was entered, left
 *
 * The area is told by what stands there: its id in JSON, its name in CSV. A whole history in one line of a file is limited
 * by the length of a line (line_reader.h): take the CSV. The columns may come in any order; those not named above are
 * passed over, as are other keys. OpenDataCam counts its items per recording: times of the export rise. */
#include "decode/camera_dialect.h"
#include "base/csv_row.h"
#include "decode/device_time.h"
#include "decode/json_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>

enum column { TIME, AREA, CLASS, TRACK, DIRECTION, COLUMNS };

static const char *const names[COLUMNS] = {
    [TIME] = "Timestamp", [AREA] = "Counter area",           [CLASS] = "ObjectClass",
    [TRACK] = "UniqueID", [DIRECTION] = "CountingDirection",
};

struct state {
    struct yk_message_order order;
    bool begun; /* the table's header has been read */
    int at[COLUMNS];
};

/* --- one item, whatever it was written in --- */

struct item {
    int64_t time_us;
    struct yk_device_name area;
    bool person;
    enum yk_track_name named;
    uint64_t track;
    char direction[24];
};

static bool set_direction(struct item *item, const char *text, size_t length)
{
    if (length == 0 || length >= sizeof item->direction)
        return false;
    memcpy(item->direction, text, length);
    item->direction[length] = '\0';
    return true;
}

static enum yk_status dropped(const struct yk_camera_sink *sink, enum yk_drop reason)
{
    yk_drop(sink->drops, reason);
    return YK_OK;
}

static enum yk_status take_crossing(const struct item *item, int8_t direction, const struct yk_camera_sink *sink,
                                    struct yk_error *err)
{
    struct yk_device_crossing crossing = {.line = item->area, .time_us = item->time_us, .direction = direction};
    return sink->crossing ? sink->crossing(sink->context, &crossing, err) : YK_OK;
}

static enum yk_status take_stay(const struct item *item, bool inside, const struct yk_camera_sink *sink,
                                struct yk_error *err)
{
    struct yk_device_stay stay = {.zone = item->area, .track = item->track, .time_us = item->time_us, .inside = inside};
    if (item->named != YK_TRACK_NAMED)
        return dropped(sink, item->named == YK_TRACK_UNTRACKED ? YK_DROP_untracked : YK_DROP_bad_schema);
    return sink->stay ? sink->stay(sink->context, &stay, err) : YK_OK;
}

static enum yk_status take(struct state *s, const struct item *item, const struct yk_camera_sink *sink,
                           struct yk_error *err)
{
    if (!yk_message_in_order(&s->order, item->time_us, sink->arrived_us, sink->drops))
        return YK_OK;
    enum yk_status status = sink->frame ? sink->frame(sink->context, item->time_us, err) : YK_OK;
    if (status != YK_OK)
        return status;
    if (!item->person)
        return dropped(sink, YK_DROP_not_person);
    if (strcmp(item->direction, "leftright_topbottom") == 0)
        return take_crossing(item, 1, sink, err);
    if (strcmp(item->direction, "rightleft_bottomtop") == 0)
        return take_crossing(item, -1, sink, err);
    if (strcmp(item->direction, "entering_zone") == 0)
        return take_stay(item, true, sink, err);
    if (strcmp(item->direction, "leaving_zone") == 0)
        return take_stay(item, false, sink, err);
    return dropped(sink, YK_DROP_unsupported);
}

/* --- JSON --- */

static enum yk_status take_object(void *state, const json_t *root, const struct yk_camera_sink *sink,
                                  struct yk_error *err)
{
    struct state *s = (struct state *)state;
    const json_t *direction = json_object_get(root, "countingDirection"), *class = json_object_get(root, "name");
    struct item item = {.person = yk_json_is(class, "person")};
    if (!json_is_string(class) || !json_is_string(direction) ||
        !set_direction(&item, json_string_value(direction), json_string_length(direction)) ||
        !yk_json_name(json_object_get(root, "area"), &item.area))
        return dropped(sink, YK_DROP_bad_schema);
    if (!yk_device_time_json(json_object_get(root, "timestamp"), s->order.last_us, &item.time_us))
        return dropped(sink, YK_DROP_bad_time);
    item.named = yk_track_number_json(json_object_get(root, "id"), &item.track);
    return take(s, &item, sink, err);
}

static enum yk_status message(void *state, const json_t *root, const struct yk_camera_sink *sink, struct yk_error *err)
{
    const json_t *history = json_object_get(root, "counterHistory");
    if (!history)
        return take_object(state, root, sink, err);
    if (!json_is_array(history))
        return dropped(sink, YK_DROP_bad_schema);
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < json_array_size(history) && status == YK_OK; i++) {
        const json_t *item = json_array_get(history, i);
        status = json_is_object(item) ? take_object(state, item, sink, err) : dropped(sink, YK_DROP_bad_schema);
    }
    return status;
}

/* --- CSV --- */

static bool read_header(const char *text, size_t length, int at[COLUMNS])
{
    const char *next = yk_csv_begin(text, length);
    struct yk_csv_field field;
    int found = 0;
    for (int column = 0; column < COLUMNS; column++)
        at[column] = -1;
    for (int i = 0; yk_csv_next(&next, text + length, ',', &field); i++)
        for (int column = 0; column < COLUMNS; column++)
            if (at[column] < 0 && yk_csv_is(&field, names[column])) {
                at[column] = i;
                found++;
            }
    return found == COLUMNS;
}

/* False if a field is missing; the time is checked apart. */
static bool read_row(const struct state *s, const char *text, size_t length, struct item *item, bool *timed)
{
    const char *next = text;
    struct yk_csv_field field;
    unsigned found = 0;
    for (int i = 0; yk_csv_next(&next, text + length, ',', &field); i++)
        for (unsigned column = 0; column < COLUMNS; column++) {
            if (s->at[column] != i)
                continue;
            bool good = true;
            if (column == TIME)
                *timed = yk_device_time(field.text, field.length, s->order.last_us, &item->time_us);
            else if (column == AREA)
                good = yk_device_name_set(&item->area, field.text, field.length);
            else if (column == CLASS)
                item->person = yk_csv_is(&field, "person");
            else if (column == TRACK)
                item->named = yk_track_number_text(field.text, field.length, &item->track);
            else
                good = set_direction(item, field.text, field.length);
            found |= good ? 1U << column : 0;
        }
    return found == (1U << COLUMNS) - 1;
}

static enum yk_status take_line(struct state *s, const char *text, size_t length, const struct yk_camera_sink *sink,
                                struct yk_error *err)
{
    struct item item = {.time_us = 0};
    bool timed = false;
    int at[COLUMNS];
    if (read_header(text, length, at)) { /* also again, where exports were put one behind the other */
        memcpy(s->at, at, sizeof at);
        s->begun = true;
        return YK_OK;
    }
    if (!s->begun || !read_row(s, text, length, &item, &timed))
        return dropped(sink, YK_DROP_bad_schema);
    return timed ? take(s, &item, sink, err) : dropped(sink, YK_DROP_bad_time);
}

/* --- both --- */

static bool guess(const char *text, size_t length)
{
    int at[COLUMNS];
    return memmem(text, length, "\"countingDirection\"", 19) != NULL ||
           read_header(text, yk_csv_first_line(text, length), at);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    struct state *s = (struct state *)calloc(1, sizeof *s);
    if (!s)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the OpenDataCam decoder");
    s->order.sparse = true;
    *state = s;
    return YK_OK;
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    const char *end = text + length;
    if (length && (*text == '{' || *text == '['))
        return yk_json_record(text, length, message, state, sink, err);
    enum yk_status status = YK_OK;
    while (text < end && status == YK_OK) {
        const char *lf = (const char *)memchr(text, '\n', (size_t)(end - text)), *stop = lf ? lf : end;
        size_t size = (size_t)(stop - text);
        if (size && text[size - 1] == '\r')
            size--;
        if (size)
            status = take_line((struct state *)state, text, size, sink, err);
        text = lf ? lf + 1 : end;
    }
    return status;
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    (void)state;
    (void)sink;
    (void)err;
    return YK_OK;
}

const struct yk_camera_dialect yk_camera_opendatacam = {
    .name = "opendatacam",
    .summary = "OpenDataCam's counted items, JSON or its CSV export",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_EVENTS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
