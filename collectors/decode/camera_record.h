/* What every camera and counter dialect comes down to. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Age, gender, appearance, plates, pictures, names and confidences have no field here: what a decoder does not put into
 * these structs does not exist behind it. */
#ifndef YK_DECODE_CAMERA_RECORD_H
#define YK_DECODE_CAMERA_RECORD_H

#include "base/drops.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- what a camera tells of tracks: the geometry is ours --- */

struct yk_track_sample {
    uint64_t track;  /* the camera's number for one person's track (track_number.h); in memory only */
    int64_t time_us; /* since 1970 */
    double x, y;     /* foot point: middle of the box's lower edge, in the camera's units, y down; or on the ground */
};

/* Coordinates beyond this are no camera's and are refused; within it sides of lines are computed well. */
#define YK_COORDINATE_MAX 1e9

struct yk_track_change {
    enum {
        YK_TRACK_ENDED,   /* the camera says so; a sample of the track soon after means that it goes on */
        YK_TRACK_RENAMED, /* what was `track` is `to` from now on */
    } kind;
    uint64_t track, to;
    int64_t time_us;
};

/* --- what a device counted by itself: the geometry is the device's --- */

#define YK_DEVICE_NAME_SIZE 64 /* with the NUL; longer names are cut, and meet no configured one */

/* The device's own name or number of a line, rule, scenario or zone; mapped by `device` in the configuration. */
struct yk_device_name {
    char text[YK_DEVICE_NAME_SIZE];
};

/* Somebody crossed a line of the device. */
struct yk_device_crossing {
    struct yk_device_name line;
    int64_t time_us;
    int8_t direction; /* +1 or -1 */
};

/* Somebody is known to be in a zone of the device, or not in it any more. */
struct yk_device_stay {
    struct yk_device_name zone;
    uint64_t track;
    int64_t time_us;
    bool inside;
};

/* A counter's reading. */
struct yk_device_count {
    struct yk_device_name line;
    /* per bin: persons counted in [from, to). Cumulative: persons since a reset, read at `to`; from_us is the reset's
     * time, or YK_COUNT_SINCE_UNKNOWN. The two are never added. */
    bool cumulative;
    int64_t from_us, to_us;
    uint64_t plus, minus;
    uint32_t samples, samples_expected; /* of the bin; both 0: not told. Fewer than expected: the rest was not seen */
    bool has_package;
    uint64_t package; /* number of the message for one device; told again, it is the same message */
};
#define YK_COUNT_SINCE_UNKNOWN INT64_MIN

/* Where a decoder's results go. A function may be NULL: its results are not wanted.
 *
 * Times of frames never fall but for a clock that was set back (message_order.h); the samples and changes of a frame
 * follow it and bear its time. */
struct yk_camera_sink {
    enum yk_status (*frame)(void *context, int64_t time_us, struct yk_error *err);
    enum yk_status (*sample)(void *context, const struct yk_track_sample *sample, struct yk_error *err);
    enum yk_status (*change)(void *context, const struct yk_track_change *change, struct yk_error *err);
    enum yk_status (*crossing)(void *context, const struct yk_device_crossing *crossing, struct yk_error *err);
    enum yk_status (*stay)(void *context, const struct yk_device_stay *stay, struct yk_error *err);
    enum yk_status (*count)(void *context, const struct yk_device_count *count, struct yk_error *err);
    void *context;
    struct yk_drops *drops; /* rejections are counted here */
    int64_t arrived_us;     /* when the record came, by this machine's clock; 0: a recording, nobody knows */
};

#endif
