/* A track's stays in a zone, as slices. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GEOMETRY_STAY_H
#define YK_GEOMETRY_STAY_H

#include "base/error.h"
#include "config/config.h"
#include "observation.h"

#include <stdbool.h>
#include <stdint.h>

/* One track and one zone; all zero before the track's first sample. */
struct yk_stay {
    bool open;
    bool entered;     /* the open slice is the stay's first */
    int64_t from_ms;  /* of the open slice */
    int64_t until_ms; /* inside for certain up to here */
};

struct yk_stay_point {
    double x, y;
    int64_t time_us;
};

/* Where the slices go. Their `zone` is filled in by the receiver. */
struct yk_stay_sink {
    enum yk_status (*slice)(void *context, const struct yk_zone_slice *slice, struct yk_error *err);
    void *context;
};

/* The track's next sample; `before` is the one before it, NULL for the first. Steps longer than max_gap_us are not
 * interpolated. */
enum yk_status yk_stay_follow(const struct yk_polygon *zone, struct yk_stay *stay, const struct yk_stay_point *before,
                              const struct yk_stay_point *now, int64_t max_gap_us, const struct yk_stay_sink *sink,
                              struct yk_error *err) YK_MUST_CHECK;
/* The device itself says where the track is, at times that do not fall. `held`: between the word before and this one nothing
 * was missed, so whoever was inside was so all the time; otherwise that time is in no slice, as in a gap. */
enum yk_status yk_stay_word(struct yk_stay *stay, int64_t time_us, bool inside, bool held,
                            const struct yk_stay_sink *sink, struct yk_error *err) YK_MUST_CHECK;
/* The track has ended. */
enum yk_status yk_stay_end(struct yk_stay *stay, const struct yk_stay_sink *sink, struct yk_error *err) YK_MUST_CHECK;

#endif
