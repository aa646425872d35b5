/* A camera dialect: a const descriptor and one line in the table. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A dialect is text in lines. A decoder takes line after line and hands samples on as soon as it can: at once where
 * records come in the order of time, at the end where the format is sorted otherwise. A new dialect is one file and one
 * line in camera_dialect.c. */
#ifndef YK_DECODE_CAMERA_DIALECT_H
#define YK_DECODE_CAMERA_DIALECT_H

#include "base/drops.h"
#include "base/error.h"
#include "decode/track_sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a decoder's results go. Times of frames never fall; the samples of a frame follow it and bear its time. */
struct yk_camera_sink {
    enum yk_status (*frame)(void *context, int64_t time_us, struct yk_error *err);
    enum yk_status (*sample)(void *context, const struct yk_track_sample *sample, struct yk_error *err);
    void *context;
    struct yk_drops *drops; /* rejections are counted here */
};

struct yk_camera_options {
    double fps;       /* frames per second; 0: not given */
    bool fps_assumed; /* fps stands in for want of a better one: times that a format may have of its own come first */
    bool has_base;    /* base_us is given */
    int64_t base_us;  /* time of the first frame, for dialects whose records carry no date */
};

struct yk_camera_dialect {
    const char *name;    /* the sensor's `format` in the configuration */
    const char *summary; /* one line for --help */
    bool dated;          /* records carry their time; otherwise fps and base_us are needed */
    bool every_frame;    /* a frame between the first and the last that is not listed had nobody in it; otherwise nobody
                          * looked */
    bool y_up;           /* places on the ground, y to the north; otherwise pixels, y down */
    /* Does this line look like it? Any first line of a file, without its end; cheap. */
    bool (*guess)(const char *text, size_t length);
    enum yk_status (*open)(const struct yk_camera_options *options, void **state, struct yk_error *err);
    /* One line without its end. A bad line is counted and YK_OK; an error is the sink's or the machine's. */
    enum yk_status (*line)(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                           struct yk_error *err);
    enum yk_status (*end)(void *state, const struct yk_camera_sink *sink, struct yk_error *err);
    void (*close)(void *state);
};

extern const struct yk_camera_dialect yk_camera_deepstream;
extern const struct yk_camera_dialect yk_camera_mot;
extern const struct yk_camera_dialect yk_camera_csv;
extern const struct yk_camera_dialect yk_camera_edinburgh;
extern const struct yk_camera_dialect yk_camera_obsmat;
extern const struct yk_camera_dialect yk_camera_trajectory;

/* NULL if there is none with that name. */
const struct yk_camera_dialect *yk_camera_dialect_find(const char *name);
/* The first dialect that knows the line, or NULL. */
const struct yk_camera_dialect *yk_camera_dialect_guess(const char *text, size_t length);
size_t yk_camera_dialect_count(void);
const struct yk_camera_dialect *yk_camera_dialect_at(size_t i);

#define YK_CAMERA_NAMES_SIZE 128
/* "deepstream, mot, ...", for messages. */
void yk_camera_dialect_names(char out[YK_CAMERA_NAMES_SIZE]);

#endif
