/* Rows of a track file that isn't in order of time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What text formats without a date have in common: rows of (frame, track, x, y), a frame rate and a first moment that
 * come from outside, and often an order by track. A decoder puts its rows in here and hands them on at the end. */
#ifndef YK_DECODE_TRACK_ROWS_H
#define YK_DECODE_TRACK_ROWS_H

#include "decode/camera_dialect.h"

#define YK_TRACK_ROWS_MAX  4000000
#define YK_TRACK_FRAME_MAX 2147483647.0       /* 2.3 years at 30 frames a second */
#define YK_TRACK_ID_MAX    9007199254740992.0 /* 2^53: what a number with a point can say exactly */

struct yk_track_row {
    double x, y;
    uint64_t track;
    int64_t frame; /* since the one at base_us; of rows with a time of their own: microseconds */
    uint8_t tag;   /* the decoder's own */
    int8_t reject; /* an enum yk_drop: counted instead of being handed on; YK_TRACK_ROW_GOOD: a sample */
};

#define YK_TRACK_ROW_GOOD (-1)

struct yk_track_rows {
    const char *format; /* for messages: "MOT text" */
    double fps;
    int64_t base_us;
    struct yk_track_row *list;
    size_t count, capacity;
};

/* YK_ERR_CONFIG if the options lack the frame rate or the time of the first frame. `format` must outlive the rows. */
enum yk_status yk_track_rows_open(struct yk_track_rows *rows, const char *format,
                                  const struct yk_camera_options *options, struct yk_error *err) YK_MUST_CHECK;
void yk_track_rows_close(struct yk_track_rows *rows);

/* The same on the heap, for a decoder whose rows are all of its state. */
enum yk_status yk_track_rows_new(const char *format, const struct yk_camera_options *options,
                                 struct yk_track_rows **out, struct yk_error *err) YK_MUST_CHECK;
void yk_track_rows_free(struct yk_track_rows *rows);

/* YK_ERR_INPUT beyond YK_TRACK_ROWS_MAX rows. */
enum yk_status yk_track_rows_keep(struct yk_track_rows *rows, const struct yk_track_row *row,
                                  struct yk_error *err) YK_MUST_CHECK;

/* A person's row as it was read: frames from 0, an id below 0 is a detection without a track. Values out of range are
 * counted and not kept. */
enum yk_status yk_track_rows_person(struct yk_track_rows *rows, double frame, double id, double x, double y,
                                    struct yk_drops *drops, struct yk_error *err) YK_MUST_CHECK;

/* In order of frame, track, x, y: of several rows of a track in one frame the smallest (x, y) comes first. */
enum yk_status yk_track_rows_hand_on(struct yk_track_rows *rows, const struct yk_camera_sink *sink,
                                     struct yk_error *err) YK_MUST_CHECK;

/* A whole number within +-YK_TRACK_ID_MAX. */
bool yk_track_id_good(double id);
/* A whole number from `first` to YK_TRACK_FRAME_MAX. */
bool yk_track_frame_good(double frame, double first);
bool yk_track_place_good(double x, double y);

#endif
