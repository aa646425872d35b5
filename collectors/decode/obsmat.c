/* The observation matrix of the BIWI walking pedestrians. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     frame  id  x  z  y  vx  vz  vy         numbers apart by blanks; metres on the ground, z and vz are 0
 *
 * (Pellegrini and others, "You'll never walk alone", ICCV 2009; the UCY scenes are passed around in the same form.)
 * Taken: frame, id, x and y. The place is in columns 3 and 5, and the height between them. Only every sixth or tenth
 * frame was looked at: the others are not empty frames, there is nothing known of them. Frames run from 0. */
#include "decode/decimal.h"
#include "decode/track_rows.h"

enum { FRAME, ID, X, Z, Y, VX, VZ, VY, FIELDS };

/* Eight numbers and no more, of which two are 0: laboratory text may have as many columns. */
static bool guess(const char *text, size_t length)
{
    double value[FIELDS + 1];
    return yk_decimals_parse(text, length, value, FIELDS + 1) == FIELDS && yk_track_frame_good(value[FRAME], 0) &&
           yk_track_id_good(value[ID]) && value[Z] == 0 && value[VZ] == 0;
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    struct yk_track_rows *rows;
    enum yk_status status = yk_track_rows_new("an observation matrix", options, &rows, err);
    if (status == YK_OK)
        *state = rows;
    return status;
}

static void close_state(void *state)
{
    yk_track_rows_free((struct yk_track_rows *)state);
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    double value[FIELDS];
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

const struct yk_camera_dialect yk_camera_obsmat = {
    .name = "obsmat",
    .summary = "observation matrix of the ETH and UCY scenes: frame id x z y vx vz vy",
    .dated = false,
    .y_up = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = close_state,
};
