/* How many people are in a zone, frame by frame. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_OCCUPANCY_H
#define YK_SOURCES_OCCUPANCY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* A second that had frames; `second` is floor(t). */
struct yk_occupancy_second {
    int64_t second;
    uint64_t frames, sum; /* mean = sum / frames */
    uint64_t min, max, distinct;
};

#define YK_OCCUPANCY_SECONDS_MAX 4000000 /* that a listener is told */

/* All zero but the first block before the first frame. */
struct yk_occupancy {
    bool every_frame; /* frames that are not told had nobody in them, from the first to the last one with a sample */
    double fps;       /* needed for that */
    enum yk_status (*told)(void *context, const struct yk_occupancy_second *second, struct yk_error *err); /* or NULL */
    void *context;

    uint64_t frames, sum, max; /* the result, once ended */
    double first_s, last_s;    /* of the frames that count; meaningless without frames */

    bool begun; /* now_s is a frame's */
    bool open;  /* and that one counts */
    double now_s;
    uint64_t inside; /* people in it so far */
    uint64_t seconds;
    struct yk_occupancy_second second;
};

/* Times rise; the same time again is the same frame. */
enum yk_status yk_occupancy_frame(struct yk_occupancy *o, double t_s, struct yk_error *err) YK_MUST_CHECK;
/* Somebody in the open frame. *last_second belongs to the track and is INT64_MIN before its first sample. */
enum yk_status yk_occupancy_sample(struct yk_occupancy *o, bool inside, int64_t *last_second,
                                   struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_occupancy_end(struct yk_occupancy *o, struct yk_error *err) YK_MUST_CHECK;

#endif
