/* Rows of a track file, kept and put in order. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Laboratory text and ground truth are sorted by track, the table of tracks wants time. Sorting needs the whole file, so
 * the rows are kept until the input ends; a pipe is answered when it closes.
 *
 *     t = base + frame / fps, to the nearest microsecond
 *
 * Of two rows of one track in one frame the receiver takes the first, so the order has to be whole: by frame, track, x
 * and y, and not by the place in the file.
 *
 * Bounds: YK_TRACK_ROWS_MAX rows of 40 bytes, 160 MB (the longest scene of the MOT challenge has under 60 thousand
 * rows, a day of the Edinburgh forum 111 thousand); a longer file is refused with a message. */
#include "decode/track_rows.h"

#include <stdlib.h>

#define FPS_MIN 0.001
#define FPS_MAX 1000.0

/* Of a number already known to be within +-2^53. */
static bool is_whole(double value)
{
    return (double)(int64_t)value == value;
}

static bool within(double value, double limit)
{
    return value >= -limit && value <= limit;
}

bool yk_track_id_good(double id)
{
    return within(id, YK_TRACK_ID_MAX) && is_whole(id);
}

bool yk_track_frame_good(double frame, double first)
{
    return frame >= first && frame <= YK_TRACK_FRAME_MAX && is_whole(frame);
}

bool yk_track_place_good(double x, double y)
{
    return within(x, YK_COORDINATE_MAX) && within(y, YK_COORDINATE_MAX);
}

enum yk_status yk_track_rows_open(struct yk_track_rows *rows, const char *format,
                                  const struct yk_camera_options *options, struct yk_error *err)
{
    if (!(options->fps >= FPS_MIN && options->fps <= FPS_MAX))
        return yk_error_set(err, YK_ERR_CONFIG,
                            "%s counts frames and has no times: give the frames per second (fps), %g to %g", format,
                            FPS_MIN, FPS_MAX);
    if (!options->has_base)
        return yk_error_set(err, YK_ERR_CONFIG,
                            "%s has no date: give the sensor a valid_from, the time of its first frame", format);
    *rows = (struct yk_track_rows){.format = format, .fps = options->fps, .base_us = options->base_us};
    return YK_OK;
}

void yk_track_rows_close(struct yk_track_rows *rows)
{
    free(rows->list);
}

enum yk_status yk_track_rows_new(const char *format, const struct yk_camera_options *options,
                                 struct yk_track_rows **out, struct yk_error *err)
{
    struct yk_track_rows *rows = (struct yk_track_rows *)malloc(sizeof *rows);
    if (!rows)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for rows of %s", format);
    enum yk_status status = yk_track_rows_open(rows, format, options, err);
    if (status == YK_OK)
        *out = rows;
    else
        free(rows);
    return status;
}

void yk_track_rows_free(struct yk_track_rows *rows)
{
    yk_track_rows_close(rows);
    free(rows);
}

enum yk_status yk_track_rows_keep(struct yk_track_rows *rows, const struct yk_track_row *row, struct yk_error *err)
{
    if (rows->count == YK_TRACK_ROWS_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "%s of more than %d rows: split it by time", rows->format,
                            YK_TRACK_ROWS_MAX);
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? rows->capacity * 2 : 4096;
        struct yk_track_row *list = (struct yk_track_row *)realloc(rows->list, capacity * sizeof *list);
        if (!list)
            return yk_error_set(err, YK_ERR_MEMORY, "no memory for %zu rows of %s: split the file", capacity,
                                rows->format);
        rows->list = list;
        rows->capacity = capacity;
    }
    rows->list[rows->count++] = *row;
    return YK_OK;
}

enum yk_status yk_track_rows_person(struct yk_track_rows *rows, double frame, double id, double x, double y,
                                    struct yk_drops *drops, struct yk_error *err)
{
    if (!yk_track_id_good(id))
        yk_drop(drops, YK_DROP_bad_schema);
    else if (!yk_track_frame_good(frame, 0))
        yk_drop(drops, YK_DROP_bad_time);
    else if (!yk_track_place_good(x, y))
        yk_drop(drops, YK_DROP_malformed);
    else
        return yk_track_rows_keep(rows,
                                  &(struct yk_track_row){.x = x,
                                                         .y = y,
                                                         .track = id < 0 ? 0 : (uint64_t)id,
                                                         .frame = (int64_t)frame,
                                                         .reject = id < 0 ? YK_DROP_untracked : YK_TRACK_ROW_GOOD},
                                  err);
    return YK_OK;
}

static int by_time(const void *left, const void *right)
{
    const struct yk_track_row *a = (const struct yk_track_row *)left, *b = (const struct yk_track_row *)right;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    if (a->track != b->track)
        return a->track < b->track ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

enum yk_status yk_track_rows_hand_on(struct yk_track_rows *rows, const struct yk_camera_sink *sink,
                                     struct yk_error *err)
{
    if (rows->count)
        qsort(rows->list, rows->count, sizeof *rows->list, by_time);
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < rows->count && status == YK_OK; i++) {
        const struct yk_track_row *row = &rows->list[i];
        struct yk_track_sample sample = {.track = row->track,
                                         .time_us =
                                             rows->base_us + (int64_t)((double)row->frame * 1e6 / rows->fps + 0.5),
                                         .x = row->x,
                                         .y = row->y};
        if (i == 0 || row->frame != row[-1].frame)
            status = sink->frame(sink->context, sample.time_us, err);
        if (status != YK_OK)
            break;
        if (row->reject != YK_TRACK_ROW_GOOD)
            yk_drop(sink->drops, (enum yk_drop)row->reject);
        else
            status = sink->sample(sink->context, &sample, err);
    }
    return status;
}
