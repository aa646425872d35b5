/* Takes down what a table of tracks tells. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_TRACKS_CAPTURE_H
#define YK_TESTS_TRACKS_CAPTURE_H

#include "sources/tracks.h"

#include <criterion/criterion.h>

#define CAPTURE_MAX 1024

struct tracks_capture {
    struct yk_crossing crossings[CAPTURE_MAX], raw[CAPTURE_MAX];
    struct yk_zone_slice slices[CAPTURE_MAX];
    size_t crossing_count, raw_count, slice_count;
    int64_t time_us;
    struct yk_drops drops;
};

static enum yk_status capture_time(void *context, int64_t time_us, struct yk_error *err)
{
    (void)err;
    struct tracks_capture *c = context;
    cr_assert(c->time_us == 0 || time_us > c->time_us, "event time went back");
    c->time_us = time_us;
    return YK_OK;
}

static enum yk_status capture_crossing(void *context, const struct yk_crossing *crossing, struct yk_error *err)
{
    (void)err;
    struct tracks_capture *c = context;
    cr_assert_lt(c->crossing_count, CAPTURE_MAX);
    c->crossings[c->crossing_count++] = *crossing;
    return YK_OK;
}

static enum yk_status capture_raw(void *context, const struct yk_crossing *crossing, struct yk_error *err)
{
    (void)err;
    struct tracks_capture *c = context;
    cr_assert_lt(c->raw_count, CAPTURE_MAX);
    c->raw[c->raw_count++] = *crossing;
    return YK_OK;
}

/* Holds every slice to the promises of observation.h. */
static enum yk_status capture_slice(void *context, const struct yk_zone_slice *slice, struct yk_error *err)
{
    (void)err;
    struct tracks_capture *c = context;
    cr_assert_lt(c->slice_count, CAPTURE_MAX);
    cr_assert(slice->from_ms <= slice->to_ms && slice->to_ms <= slice->from_ms / 60000 * 60000 + 60000);
    cr_assert_leq(slice->inside_ms, slice->to_ms - slice->from_ms);
    c->slices[c->slice_count++] = *slice;
    return YK_OK;
}

static inline struct yk_tracks_listener capture_listener(struct tracks_capture *c)
{
    return (struct yk_tracks_listener){capture_time, capture_crossing, capture_raw, capture_slice, c};
}

#endif
