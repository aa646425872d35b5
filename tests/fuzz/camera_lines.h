/* Lines of a camera dialect from the outside. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Beyond crashes it holds the decoder to its promises: frames never go back in time, samples bear their frame's time
 * and coordinates are bounded. */
#ifndef YK_TESTS_FUZZ_CAMERA_LINES_H
#define YK_TESTS_FUZZ_CAMERA_LINES_H

#include "decode/camera_dialect.h"

#include <stdlib.h>
#include <string.h>

static enum yk_status frame(void *context, int64_t time_us, struct yk_error *err)
{
    (void)err;
    int64_t *last_us = (int64_t *)context;
    if (time_us < *last_us)
        abort();
    *last_us = time_us;
    return YK_OK;
}

static enum yk_status sample(void *context, const struct yk_track_sample *s, struct yk_error *err)
{
    (void)err;
    if (s->time_us != *(const int64_t *)context)
        abort();
    if (!(s->x >= -YK_COORDINATE_MAX && s->x <= YK_COORDINATE_MAX && s->y >= -YK_COORDINATE_MAX &&
          s->y <= YK_COORDINATE_MAX))
        abort();
    return YK_OK;
}

static inline int camera_lines(const struct yk_camera_dialect *dialect, const uint8_t *data, size_t size)
{
    int64_t last_us = INT64_MIN;
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {frame, sample, &last_us, &drops};
    struct yk_camera_options options = {.fps = 30, .has_base = true};
    const char *text = (const char *)data;
    void *state;
    if (dialect->open(&options, &state, NULL) != YK_OK)
        return 0;
    while (size) {
        const char *lf = (const char *)memchr(text, '\n', size);
        size_t length = lf ? (size_t)(lf - text) : size;
        (void)dialect->guess(text, length);
        if (dialect->line(state, text, length, &sink, NULL) != YK_OK)
            abort();
        text += lf ? length + 1 : length;
        size -= lf ? length + 1 : length;
    }
    if (dialect->end(state, &sink, NULL) != YK_OK)
        abort();
    dialect->close(state);
    return 0;
}

#endif
