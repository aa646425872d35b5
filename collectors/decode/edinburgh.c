/* Tracks of the Edinburgh Informatics Forum. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     % Total number of trajectories in file are  1262
 *     Properties.R1=[59 95 164 568.49 ...];            what the track looks like: not read
 *     TRACK.R1=[[593 42 95];[588 48 96];...];          [x y frame], pixels, y down; one track a line
 *
 * (Majecka, "Statistical models of pedestrian behaviour in the Forum", 2009.) The number behind R is the track's. Tracks
 * overlap in time, so the whole file is read before the first frame is told (track_rows.h, also for the bounds). Some
 * tracks have two points in one frame: the smallest (x, y) stands, the other one is counted as out_of_order. The camera
 * ran all the time: a frame that is not listed was empty.
 *
 * A point that cannot be read is counted and the line goes on behind it. Bounds: the caller limits the line. */
#include "decode/decimal.h"
#include "decode/track_rows.h"

#include <stdlib.h>
#include <string.h>

enum { X, Y, FRAME, FIELDS };

static bool skip(const char **at, const char *end, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(end - *at) < size || memcmp(*at, word, size) != 0)
        return false;
    *at += size;
    return true;
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        ++*at;
}

/* Up to the bracket that opens the list of points. */
static bool read_head(const char **at, const char *end, double *track)
{
    skip_blanks(at, end);
    if (!skip(at, end, "TRACK.R"))
        return false;
    const char *sign = (const char *)memchr(*at, '=', (size_t)(end - *at));
    uint64_t number;
    if (!sign || !yk_digits_parse(*at, (size_t)(sign - *at), &number) || number > (uint64_t)YK_TRACK_ID_MAX)
        return false;
    *track = (double)number;
    *at = sign + 1;
    skip_blanks(at, end);
    return skip(at, end, "[");
}

static bool is_other(const char *at, const char *end)
{
    skip_blanks(&at, end);
    return at == end || *at == '%' || skip(&at, end, "Properties.R");
}

static bool guess(const char *text, size_t length)
{
    const char *at = text;
    double track;
    return read_head(&at, text + length, &track);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    struct yk_track_rows *rows;
    enum yk_status status = yk_track_rows_new("an Edinburgh track file", options, &rows, err);
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
    const char *at = text, *end = text + length;
    double track, value[FIELDS + 1];
    if (!read_head(&at, end, &track)) {
        if (!is_other(text, end))
            yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    enum yk_status status = YK_OK;
    while (status == YK_OK && (at = (const char *)memchr(at, '[', (size_t)(end - at)))) {
        const char *stop = (const char *)memchr(at, ']', (size_t)(end - at));
        if (!stop) {
            yk_drop(sink->drops, YK_DROP_truncated);
            break;
        }
        at++;
        if (yk_decimals_parse(at, (size_t)(stop - at), value, FIELDS + 1) != FIELDS)
            yk_drop(sink->drops, YK_DROP_bad_schema);
        else
            status = yk_track_rows_person((struct yk_track_rows *)state, value[FRAME], track, value[X], value[Y],
                                          sink->drops, err);
        at = stop;
    }
    return status;
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    return yk_track_rows_hand_on((struct yk_track_rows *)state, sink, err);
}

const struct yk_camera_dialect yk_camera_edinburgh = {
    .name = "edinburgh",
    .summary = "tracks of the Edinburgh forum: TRACK.Rn=[[x y frame];...];",
    .dated = false,
    .every_frame = true,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = close_state,
};
