/* What every camera dialect comes down to. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Age, gender, appearance, plates and confidences have no field here: what a decoder does not put into this struct does
 * not exist behind it. */
#ifndef YK_DECODE_TRACK_SAMPLE_H
#define YK_DECODE_TRACK_SAMPLE_H

#include <stdint.h>

struct yk_track_sample {
    uint64_t track;  /* the camera's number for one person's track; in memory only, never written anywhere */
    int64_t time_us; /* since 1970 */
    double x, y;     /* foot point: middle of the box's lower edge, in the camera's units, y down */
};

/* Coordinates beyond this are no camera's and are refused; within it sides of lines are computed well. */
#define YK_COORDINATE_MAX 1e9

#endif
