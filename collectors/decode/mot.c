/* MOTChallenge text: tracks as lines of numbers. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     frame , id , left , top , width , height , flag or confidence , class , visibility ...
 *     from 1        pixels, y down                1 = counts            1 = pedestrian
 *
 * Two kinds of file share the layout. In ground truth the 7th column is a flag and the 8th a class: rows with flag 1
 * and class 1 are people, the others (static people, cars, occluders, ignored ones) are dropped as not_person. In a
 * tracker's output the class is -1 in every row, the 7th column is a confidence, and every row counts. Which of the two
 * it is, is known only at the end. And ground truth is sorted by track, not by time. So the rows are kept and put in
 * order of frame at the end (track_rows.h, also for the bounds).
 *
 * There is no date in it: t = base + (frame - 1) / fps. Ids of -1 and below are detections without a track. */
#include "decode/decimal.h"
#include "decode/track_rows.h"

enum { TAG_PERSON = 1, TAG_NO_CLASS = 2 }; /* by flag and class; class -1 */

enum { FRAME, ID, LEFT, TOP, WIDTH, HEIGHT, FLAG, CLASS, FIELDS };

/* Reads the leading numbers of a line; returns how many, stopping at the first field that is none. *clean is false if
 * there was such a field. */
static int read_fields(const char *text, size_t length, double value[FIELDS], bool *clean)
{
    const char *at = text, *end = text + length, *field;
    size_t size;
    int n = 0;
    *clean = true;
    while (n < FIELDS && yk_field_next(&at, end, ',', &field, &size)) {
        if (!yk_decimal_parse(field, size, &value[n])) {
            *clean = false;
            break;
        }
        n++;
    }
    return n;
}

/* Six numbers with commas, the frame and the id whole ones. */
static bool guess(const char *text, size_t length)
{
    double value[FIELDS];
    bool clean;
    return read_fields(text, length, value, &clean) > HEIGHT && clean && yk_track_frame_good(value[FRAME], 1) &&
           yk_track_id_good(value[ID]);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    struct yk_track_rows *rows;
    enum yk_status status = yk_track_rows_new("MOT text", options, &rows, err);
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
    double value[FIELDS] = {[FLAG] = 1, [CLASS] = -1};
    bool clean;
    int n = read_fields(text, length, value, &clean);
    if (n <= HEIGHT || !clean || !yk_track_id_good(value[ID])) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!yk_track_frame_good(value[FRAME], 1)) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    struct yk_track_row row = {.x = value[LEFT] + value[WIDTH] / 2,
                               .y = value[TOP] + value[HEIGHT],
                               .track = value[ID] < 0 ? 0 : (uint64_t)value[ID],
                               .frame = (int64_t)value[FRAME] - 1,
                               .reject = value[ID] < 0 ? YK_DROP_untracked : YK_TRACK_ROW_GOOD};
    if (value[FLAG] == 1 && value[CLASS] == 1)
        row.tag |= TAG_PERSON;
    if (value[CLASS] == -1)
        row.tag |= TAG_NO_CLASS;
    if (value[WIDTH] < 0 || value[HEIGHT] < 0 || !yk_track_place_good(row.x, row.y)) {
        yk_drop(sink->drops, YK_DROP_malformed);
        return YK_OK;
    }
    return yk_track_rows_keep((struct yk_track_rows *)state, &row, err);
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_track_rows *rows = (struct yk_track_rows *)state;
    bool tracker_output = true;
    for (size_t i = 0; i < rows->count; i++)
        tracker_output = tracker_output && (rows->list[i].tag & TAG_NO_CLASS);
    for (size_t i = 0; i < rows->count && !tracker_output; i++)
        if (!(rows->list[i].tag & TAG_PERSON))
            rows->list[i].reject = YK_DROP_not_person;
    return yk_track_rows_hand_on(rows, sink, err);
}

const struct yk_camera_dialect yk_camera_mot = {
    .name = "mot",
    .summary = "MOTChallenge text: frame,id,left,top,width,height,flag,class",
    .dated = false,
    .every_frame = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = close_state,
};
