/* Messages of a camera or counter dialect from the outside. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages are parted by NUL bytes; the first byte says whether they are live. Beyond crashes it holds the decoder to its
 * promises: frames go back in time only as a clock that was set back, samples and changes bear their frame's time,
 * coordinates are bounded, no sample bears the number that means 'untracked', names end, and bins do not end before they
 * begin. */
#ifndef YK_TESTS_FUZZ_CAMERA_LINES_H
#define YK_TESTS_FUZZ_CAMERA_LINES_H

#include "decode/camera_dialect.h"

#include <stdlib.h>
#include <string.h>

static inline void hold(bool promise)
{
    if (!promise)
        abort();
}

static enum yk_status frame(void *context, int64_t time_us, struct yk_error *err)
{
    (void)err;
    int64_t *last_us = (int64_t *)context;
    hold(time_us >= *last_us || *last_us - time_us > 10000000);
    *last_us = time_us;
    return YK_OK;
}

static enum yk_status sample(void *context, const struct yk_track_sample *s, struct yk_error *err)
{
    (void)err;
    hold(s->time_us == *(const int64_t *)context && s->track != UINT64_MAX);
    hold(s->x >= -YK_COORDINATE_MAX && s->x <= YK_COORDINATE_MAX && s->y >= -YK_COORDINATE_MAX &&
         s->y <= YK_COORDINATE_MAX);
    return YK_OK;
}

static enum yk_status change(void *context, const struct yk_track_change *c, struct yk_error *err)
{
    (void)err;
    hold(c->time_us == *(const int64_t *)context && c->track != UINT64_MAX);
    hold(c->kind == YK_TRACK_ENDED || c->to != UINT64_MAX);
    return YK_OK;
}

static inline void hold_name(const struct yk_device_name *name)
{
    hold(memchr(name->text, '\0', sizeof name->text) != NULL && name->text[0] != '\0');
}

static enum yk_status crossing(void *context, const struct yk_device_crossing *c, struct yk_error *err)
{
    (void)context;
    (void)err;
    hold_name(&c->line);
    hold(c->direction == 1 || c->direction == -1);
    return YK_OK;
}

static enum yk_status stay(void *context, const struct yk_device_stay *s, struct yk_error *err)
{
    (void)context;
    (void)err;
    hold_name(&s->zone);
    hold(s->track != UINT64_MAX);
    return YK_OK;
}

static enum yk_status count(void *context, const struct yk_device_count *c, struct yk_error *err)
{
    (void)context;
    (void)err;
    hold_name(&c->line);
    hold(c->from_us <= c->to_us && (c->cumulative || c->from_us != YK_COUNT_SINCE_UNKNOWN));
    hold(c->samples <= c->samples_expected);
    return YK_OK;
}

static inline int camera_lines(const struct yk_camera_dialect *dialect, const uint8_t *data, size_t size)
{
    int64_t last_us = INT64_MIN;
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.frame = frame,
                                  .sample = sample,
                                  .change = change,
                                  .crossing = crossing,
                                  .stay = stay,
                                  .count = count,
                                  .context = &last_us,
                                  .drops = &drops};
    struct yk_camera_options options = {.fps = 30, .has_base = true};
    const char *text = (const char *)data;
    void *state;
    if (size && *text == 'L')
        sink.arrived_us = 1780000000000000;
    if (dialect->open(&options, &state, NULL) != YK_OK)
        return 0;
    while (size) {
        const char *end = (const char *)memchr(text, '\0', size);
        size_t length = end ? (size_t)(end - text) : size;
        (void)dialect->guess(text, length);
        hold(yk_camera_dialect_message(dialect, state, text, length, &sink, NULL) == YK_OK);
        text += end ? length + 1 : length;
        size -= end ? length + 1 : length;
    }
    hold(dialect->end(state, &sink, NULL) == YK_OK);
    dialect->close(state);
    return 0;
}

#endif
