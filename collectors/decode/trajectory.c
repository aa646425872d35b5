/* Laboratory trajectories, as PeTrack writes them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     # framerate: 25 fps
 *     # id frame x/m y/m z/m                  remarks, not looked at
 *     1  94  -5.5456  3.09452  1.76           numbers apart by blanks or tabs; metres or centimetres on the ground
 *
 * (Boltes and others, "Automatic extraction of pedestrian trajectories from video recordings", 2010; PedPy reads the
 * same.) Taken: id, frame, x and y; z is a height and may be missing. Rows are sorted by id, so the whole file is read
 * before the first frame is told (track_rows.h, also for the bounds). Units stay the file's, whatever a remark says. */
#include "decode/decimal.h"
#include "decode/track_rows.h"

enum { ID, FRAME, X, Y, Z, FIELDS };

/* Five numbers at least: four could be frame, id, x, y as well. */
static bool guess(const char *text, size_t length)
{
    double value[FIELDS];
    return yk_decimals_parse(text, length, value, FIELDS) == FIELDS && yk_track_frame_good(value[FRAME], 0) &&
           yk_track_id_good(value[ID]);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    struct yk_track_rows *rows;
    enum yk_status status = yk_track_rows_new("laboratory text", options, &rows, err);
    if (status == YK_OK)
        *state = rows;
    return status;
}

static void close_state(void *state)
{
    yk_track_rows_free((struct yk_track_rows *)state);
}

static bool is_remark(const char *text, size_t length)
{
    while (length && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    return length && *text == '#';
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    double value[FIELDS];
    if (is_remark(text, length))
        return YK_OK;
    if (yk_decimals_parse(text, length, value, FIELDS) <= Y) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    return yk_track_rows_person((struct yk_track_rows *)state, value[FRAME], value[ID], value[X], value[Y], sink->drops,
                                err);
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    return yk_track_rows_hand_on((struct yk_track_rows *)state, sink, err);
}

const struct yk_camera_dialect yk_camera_trajectory = {
    .name = "trajectory",
    .summary = "laboratory text, as PeTrack writes it: id frame x y z",
    .dated = false,
    .y_up = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = close_state,
};
