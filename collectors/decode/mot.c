/* MOTChallenge text: tracks as lines of numbers. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     frame , id , left , top , width , height , flag or confidence , class , visibility ...
 *     from 1        pixels, y down                1 = counts            1 = pedestrian
 *
 * Two kinds of file share the layout. In ground truth the 7th column is a flag and the 8th a class: rows with flag 1
 * and class 1 are people, the others (static people, cars, occluders, ignored ones) are dropped as not_person. In a
 * tracker's output the class is -1 in every row, the 7th column is a confidence, and every row counts. Which of the two
 * it is, is known only at the end. And ground truth is sorted by track, not by time. So the rows are kept and put in
 * order of frame at the end; input over a pipe is answered when the pipe closes.
 *
 * There is no date in it: t = base + (frame - 1) / fps. Ids of -1 and below are detections without a track.
 *
 * Bounds: ROWS_MAX rows of 40 bytes, 160 MB; a longer file is refused with a message (MOT17's longest sequence has
 * under 60 thousand rows). Frames up to FRAME_MAX: 2.3 years at 30 frames a second. Of rows with the same frame and
 * track the one with the smallest (x, y) is handed on first, whatever the order in the file. */
#include "decode/camera_dialect.h"
#include "decode/decimal.h"

#include <stdlib.h>

#define ROWS_MAX  4000000
#define FRAME_MAX 2147483647.0
#define FPS_MIN   0.001
#define FPS_MAX   1000.0
#define ID_MAX    9007199254740992.0 /* 2^53: what a number with a point can say exactly */

struct row {
    double x, y;
    uint64_t track;
    uint32_t frame;
    bool tracked;
    bool person;   /* by flag and class */
    bool no_class; /* -1 */
};

struct state {
    double fps;
    int64_t base_us;
    struct row *rows;
    size_t count, capacity;
};

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

/* Of a number already known to be within +-2^53. */
static bool is_whole(double value)
{
    return (double)(int64_t)value == value;
}

static bool within(double value, double limit)
{
    return value >= -limit && value <= limit;
}

/* Six numbers with commas, the frame and the id whole ones. */
static bool guess(const char *text, size_t length)
{
    double value[FIELDS];
    bool clean;
    return read_fields(text, length, value, &clean) > HEIGHT && clean && value[FRAME] >= 1 &&
           value[FRAME] <= FRAME_MAX && is_whole(value[FRAME]) && within(value[ID], ID_MAX) && is_whole(value[ID]);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    if (!(options->fps >= FPS_MIN && options->fps <= FPS_MAX))
        return yk_error_set(err, YK_ERR_CONFIG,
                            "MOT text counts frames and has no times: give the frames per second (fps), %g to %g",
                            FPS_MIN, FPS_MAX);
    if (!options->has_base)
        return yk_error_set(err, YK_ERR_CONFIG,
                            "MOT text has no date: give the sensor a valid_from, the time of its first frame");
    struct state *s = (struct state *)calloc(1, sizeof *s);
    if (!s)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the MOT decoder");
    s->fps = options->fps;
    s->base_us = options->base_us;
    *state = s;
    return YK_OK;
}

static void close_state(void *state)
{
    free(((struct state *)state)->rows);
    free(state);
}

static enum yk_status keep(struct state *s, const struct row *row, struct yk_error *err)
{
    if (s->count == ROWS_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "MOT text of more than %d rows: split it by time", ROWS_MAX);
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? s->capacity * 2 : 4096;
        struct row *rows = (struct row *)realloc(s->rows, capacity * sizeof *rows);
        if (!rows)
            return yk_error_set(err, YK_ERR_MEMORY, "no memory for %zu rows of MOT text: split the file", capacity);
        s->rows = rows;
        s->capacity = capacity;
    }
    s->rows[s->count++] = *row;
    return YK_OK;
}

static enum yk_status line(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                           struct yk_error *err)
{
    double value[FIELDS] = {[FLAG] = 1, [CLASS] = -1};
    bool clean;
    int n = read_fields(text, length, value, &clean);
    if (n <= HEIGHT || !clean || !within(value[ID], ID_MAX) || !is_whole(value[ID])) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    if (!(value[FRAME] >= 1 && value[FRAME] <= FRAME_MAX) || !is_whole(value[FRAME])) {
        yk_drop(sink->drops, YK_DROP_bad_time);
        return YK_OK;
    }
    struct row row = {.x = value[LEFT] + value[WIDTH] / 2,
                      .y = value[TOP] + value[HEIGHT],
                      .track = value[ID] < 0 ? 0 : (uint64_t)value[ID],
                      .frame = (uint32_t)value[FRAME],
                      .tracked = value[ID] >= 0,
                      .person = value[FLAG] == 1 && value[CLASS] == 1,
                      .no_class = value[CLASS] == -1};
    if (value[WIDTH] < 0 || value[HEIGHT] < 0 || !within(row.x, YK_COORDINATE_MAX) ||
        !within(row.y, YK_COORDINATE_MAX)) {
        yk_drop(sink->drops, YK_DROP_malformed);
        return YK_OK;
    }
    return keep((struct state *)state, &row, err);
}

static int by_time(const void *left, const void *right)
{
    const struct row *a = (const struct row *)left, *b = (const struct row *)right;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    if (a->track != b->track)
        return a->track < b->track ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct state *s = (struct state *)state;
    bool tracker_output = true;
    for (size_t i = 0; i < s->count; i++)
        tracker_output = tracker_output && s->rows[i].no_class;
    if (s->count)
        qsort(s->rows, s->count, sizeof *s->rows, by_time);

    enum yk_status status = YK_OK;
    uint32_t frame = 0;
    for (size_t i = 0; i < s->count && status == YK_OK; i++) {
        const struct row *row = &s->rows[i];
        struct yk_track_sample sample = {.track = row->track,
                                         .time_us = s->base_us + (int64_t)((row->frame - 1) * 1e6 / s->fps + 0.5),
                                         .x = row->x,
                                         .y = row->y};
        if (row->frame != frame)
            status = sink->frame(sink->context, sample.time_us, err);
        frame = row->frame;
        if (status != YK_OK)
            break;
        if (!tracker_output && !row->person)
            yk_drop(sink->drops, YK_DROP_not_person);
        else if (!row->tracked)
            yk_drop(sink->drops, YK_DROP_untracked);
        else
            status = sink->sample(sink->context, &sample, err);
    }
    return status;
}

const struct yk_camera_dialect yk_camera_mot = {
    .name = "mot",
    .summary = "MOTChallenge text: frame,id,left,top,width,height,flag,class",
    .dated = false,
    .guess = guess,
    .open = open_state,
    .line = line,
    .end = end_of_input,
    .close = close_state,
};
