/* Takes down what a camera decoder says. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_CAMERA_CAPTURE_H
#define YK_TESTS_CAMERA_CAPTURE_H

#include "decode/camera_dialect.h"

#include <criterion/criterion.h>
#include <string.h>

struct camera_capture {
    struct yk_track_sample samples[64];
    int64_t frames[64];
    struct yk_track_change changes[64];
    struct yk_device_crossing crossings[64];
    struct yk_device_stay stays[64];
    struct yk_device_count counts[64];
    size_t sample_count, frame_count, change_count, crossing_count, stay_count, count_count;
    struct yk_drops drops;
};

#define CAPTURE(name, type, list, n)                                                                     \
    static enum yk_status capture_##name(void *context, const struct type *result, struct yk_error *err) \
    {                                                                                                    \
        (void)err;                                                                                       \
        struct camera_capture *c = context;                                                              \
        cr_assert_lt(c->n, 64);                                                                          \
        c->list[c->n++] = *result;                                                                       \
        return YK_OK;                                                                                    \
    }
CAPTURE(change, yk_track_change, changes, change_count)
CAPTURE(crossing, yk_device_crossing, crossings, crossing_count)
CAPTURE(stay, yk_device_stay, stays, stay_count)
CAPTURE(count, yk_device_count, counts, count_count)
#undef CAPTURE

static enum yk_status capture_frame(void *context, int64_t time_us, struct yk_error *err)
{
    (void)err;
    struct camera_capture *c = context;
    cr_assert_lt(c->frame_count, 64);
    c->frames[c->frame_count++] = time_us;
    return YK_OK;
}

static enum yk_status capture_sample(void *context, const struct yk_track_sample *sample, struct yk_error *err)
{
    (void)err;
    struct camera_capture *c = context;
    cr_assert_lt(c->sample_count, 64);
    cr_assert(c->frame_count > 0 && c->frames[c->frame_count - 1] == sample->time_us, "a sample without its frame");
    c->samples[c->sample_count++] = *sample;
    return YK_OK;
}

/* Decodes text as one message, which is a record or a line of them each. `arrived_us` as in yk_camera_sink. */
static inline struct camera_capture capture_live(const struct yk_camera_dialect *dialect,
                                                 struct yk_camera_options options, const char *text, int64_t arrived_us)
{
    struct camera_capture c = {.sample_count = 0};
    struct yk_camera_sink sink = {.frame = capture_frame,
                                  .sample = capture_sample,
                                  .change = capture_change,
                                  .crossing = capture_crossing,
                                  .stay = capture_stay,
                                  .count = capture_count,
                                  .context = &c,
                                  .drops = &c.drops,
                                  .arrived_us = arrived_us};
    void *state;
    cr_assert_eq(dialect->open(&options, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_dialect_message(dialect, state, text, strlen(text), &sink, NULL), YK_OK);
    cr_assert_eq(dialect->end(state, &sink, NULL), YK_OK);
    dialect->close(state);
    return c;
}

static inline struct camera_capture capture_text(const struct yk_camera_dialect *dialect,
                                                 struct yk_camera_options options, const char *text)
{
    return capture_live(dialect, options, text, 0);
}

static inline uint64_t drops_in_all(const struct yk_drops *drops)
{
    uint64_t sum = 0;
    for (int i = 0; i < YK_DROP_COUNT; i++)
        sum += drops->count[i];
    return sum;
}

#endif
