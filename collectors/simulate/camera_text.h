/* Camera events as text. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_CAMERA_TEXT_H
#define YK_SIMULATE_CAMERA_TEXT_H

#include "simulate/sink.h"

#include <stdbool.h>
#include <stdint.h>

enum yk_camera_format { YK_CAMERA_DEEPSTREAM, YK_CAMERA_MOT, YK_CAMERA_FORMAT_COUNT };

/* "deepstream", "mot"; YK_CAMERA_FORMAT_COUNT if the text is none of them. */
const char *yk_camera_format_name(enum yk_camera_format format);
enum yk_camera_format yk_camera_format_parse(const char *text);
/* "jsonl" or "txt". */
const char *yk_camera_format_suffix(enum yk_camera_format format);

struct yk_camera_text {
    enum yk_camera_format format;
    const char *sensor_id;
    int decimals;   /* of coordinates: 2 or 4 */
    int64_t second; /* that `stamp` tells */
    char stamp[24]; /* "2026-04-01T00:00:00" */
    bool first;     /* no detection in this frame yet */
    uint64_t frame;
};

/* One frame is begin, any number of detections, end. frame counts from 0. */
void yk_camera_text_begin(struct yk_camera_text *text, struct yk_sink *sink, uint64_t frame, int64_t time_us);
/* x, y: foot point; the box stands on it. */
void yk_camera_text_person(struct yk_camera_text *text, struct yk_sink *sink, uint64_t track, double x, double y,
                           double width, double height);
void yk_camera_text_end(struct yk_camera_text *text, struct yk_sink *sink);

#endif
