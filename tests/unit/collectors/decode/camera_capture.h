/* Takes down what a camera decoder says. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_CAMERA_CAPTURE_H
#define YK_TESTS_CAMERA_CAPTURE_H

#include "decode/camera_dialect.h"

#include <criterion/criterion.h>
#include <string.h>

struct camera_capture {
    struct yk_track_sample samples[64];
    int64_t frames[64];
    size_t sample_count, frame_count;
    struct yk_drops drops;
};

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

/* Decodes the lines of text. */
static struct camera_capture capture_text(const struct yk_camera_dialect *dialect, struct yk_camera_options options,
                                          const char *text)
{
    struct camera_capture c = {.sample_count = 0};
    struct yk_camera_sink sink = {capture_frame, capture_sample, &c, &c.drops};
    void *state;
    cr_assert_eq(dialect->open(&options, &state, NULL), YK_OK);
    while (*text) {
        size_t length = strcspn(text, "\n");
        cr_assert_eq(dialect->line(state, text, length, &sink, NULL), YK_OK);
        text += length + (text[length] == '\n');
    }
    cr_assert_eq(dialect->end(state, &sink, NULL), YK_OK);
    dialect->close(state);
    return c;
}

static inline uint64_t drops_in_all(const struct yk_drops *drops)
{
    uint64_t sum = 0;
    for (int i = 0; i < YK_DROP_COUNT; i++)
        sum += drops->count[i];
    return sum;
}

#endif
