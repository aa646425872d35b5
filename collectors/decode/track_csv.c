/* A table of tracks with a header that names its columns. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     frame,id,x,y                      frame,time_s,personID,positionID,x_m,y_m,views_visible     (as WILDTRACK's)
 *     0,7,1.25,3.40                     0,0.0,122,456826,5.650,14.775,4
 *
 * What most tools can write. Columns may stand in any order, others are passed over; capitals, quotes and blanks in the
 * header do not matter:
 *
 *     what       names of its column
 *     frame      frame, frame_id, frame_number, frameid          whole, from 0
 *     time       time_s, t_s, time, t, seconds                   seconds from the first moment (base), 0 or more
 *     track      id, track, track_id, trackid, person_id, personid
 *     place      x, x_m, x_px and y, y_m, y_px                   on the ground or pixels: the file's units
 *
 * A file needs frames or times. With both the frames count, unless nobody gave the frames per second. Rows may be in
 * any order and are put in order of time (track_rows.h, also for the bounds). A moment that is not listed was not looked
 * at. Lines before the header are counted as bad_schema. Fields in quotes that hold a comma are not understood. */
#include "decode/decimal.h"
#include "decode/track_rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum column { FRAME, TIME, TRACK, X, Y, COLUMNS };

static const char *const names[COLUMNS][7] = {
    [FRAME] = {"frame", "frame_id", "frame_number", "frameid"},
    [TIME] = {"time_s", "t_s", "time", "t", "seconds"},
    [TRACK] = {"id", "track", "track_id", "trackid", "person_id", "personid"},
    [X] = {"x", "x_m", "x_px"},
    [Y] = {"y", "y_m", "y_px"},
};

struct state {
    struct yk_track_rows rows;
    bool fps_assumed;
    bool begun;      /* the header has been read */
    enum column key; /* FRAME or TIME */
    int at[COLUMNS]; /* number of each column, or -1 */
};

static bool is_frill(char c)
{
    return c == ' ' || c == '\t' || c == '"';
}

static enum column column_of(const char *field, size_t size)
{
    while (size && is_frill(*field)) {
        field++;
        size--;
    }
    while (size && is_frill(field[size - 1]))
        size--;
    for (int column = 0; column < COLUMNS; column++)
        for (const char *const *name = names[column]; *name; name++)
            if (strlen(*name) == size && strncasecmp(*name, field, size) == 0)
                return (enum column)column;
    return COLUMNS;
}

/* False if it names too little, or one thing twice. */
static bool read_header(const char *text, size_t length, int at[COLUMNS])
{
    static const char mark[] = {'\xEF', '\xBB', '\xBF'}; /* that some programs put before UTF-8 */
    if (length >= sizeof mark && memcmp(text, mark, sizeof mark) == 0) {
        text += sizeof mark;
        length -= sizeof mark;
    }
    for (int column = 0; column < COLUMNS; column++)
        at[column] = -1;
    const char *next = text, *field;
    size_t size;
    for (int i = 0; yk_field_next(&next, text + length, ',', &field, &size); i++) {
        enum column column = column_of(field, size);
        if (column == COLUMNS)
            continue;
        if (at[column] >= 0)
            return false;
        at[column] = i;
    }
    return (at[FRAME] >= 0 || at[TIME] >= 0) && at[TRACK] >= 0 && at[X] >= 0 && at[Y] >= 0;
}

static bool guess(const char *text, size_t length)
{
    int at[COLUMNS];
    return read_header(text, length, at);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    /* Whether a rate is needed, the header will say. */
    struct yk_camera_options with_rate = *options;
    if (!(with_rate.fps > 0))
        with_rate.fps = 1;
    struct state *s = (struct state *)calloc(1, sizeof *s);
    if (!s)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the decoder of track tables");
    enum yk_status status = yk_track_rows_open(&s->rows, "a table of tracks", &with_rate, err);
    s->fps_assumed = options->fps_assumed || !(options->fps > 0);
    if (status == YK_OK && !(options->fps > 0))
        s->rows.fps = 0;
    if (status == YK_OK)
        *state = s;
    else
        free(s);
    return status;
}

static void close_state(void *state)
{
    yk_track_rows_close(&((struct state *)state)->rows);
    free(state);
}

static enum yk_status begin(struct state *s, struct yk_error *err)
{
    s->begun = true;
    s->key = s->at[FRAME] >= 0 && (s->at[TIME] < 0 || !s->fps_assumed) ? FRAME : TIME;
    if (s->key == TIME)
        s->rows.fps = 1e6; /* a row's "frame" is its microsecond */
    else if (!(s->rows.fps > 0))
        return yk_error_set(err, YK_ERR_CONFIG,
                            "a table of tracks without a column of times: give the frames per second (fps)");
    return YK_OK;
}

/* False if a column is missing or no number. */
static bool read_row(const struct state *s, const char *text, size_t length, double value[COLUMNS])
{
    const char *next = text, *field;
    size_t size;
    unsigned found = 0;
    const unsigned wanted = 1U << s->key | 1U << TRACK | 1U << X | 1U << Y;
    for (int i = 0; yk_field_next(&next, text + length, ',', &field, &size); i++)
        for (unsigned column = 0; column < COLUMNS; column++)
            if (s->at[column] == i && (wanted & 1U << column)) {
                if (!yk_decimal_parse(field, size, &value[column]))
                    return false;
                found |= 1U << column;
            }
    return found == wanted;
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    struct state *s = (struct state *)state;
    double value[COLUMNS];
    if (!s->begun && read_header(text, length, s->at))
        return begin(s, err);
    if (!s->begun || !read_row(s, text, length, value) || !yk_track_id_good(value[TRACK])) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (s->key == FRAME)
        return yk_track_rows_person(&s->rows, value[FRAME], value[TRACK], value[X], value[Y], sink->drops, err);
    if (!(value[TIME] >= 0 && value[TIME] <= YK_TRACK_FRAME_MAX)) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    if (!yk_track_place_good(value[X], value[Y])) {
        yk_drop(sink->drops, YK_DROP_malformed);
        return YK_OK;
    }
    struct yk_track_row row = {.x = value[X],
                               .y = value[Y],
                               .track = value[TRACK] < 0 ? 0 : (uint64_t)value[TRACK],
                               .frame = (int64_t)(value[TIME] * 1e6 + 0.5),
                               .reject = value[TRACK] < 0 ? YK_DROP_untracked : YK_TRACK_ROW_GOOD};
    return yk_track_rows_keep(&s->rows, &row, err);
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    return yk_track_rows_hand_on(&((struct state *)state)->rows, sink, err);
}

const struct yk_camera_dialect yk_camera_track_csv = {
    .name = "csv",
    .summary = "a table of tracks; its header names the columns frame or time_s, id, x, y",
    .dated = false,
    .y_up = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = close_state,
};
