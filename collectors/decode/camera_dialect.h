/* A camera or counter dialect: a const descriptor and one line in the table. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A decoder takes record after record and hands results on as soon as it can: at once where records come in the order of
 * time, at the end where the format is sorted otherwise. A record is a line of a file, or the whole of a message. A new
 * dialect is one file and one line in camera_dialects.def. */
#ifndef YK_DECODE_CAMERA_DIALECT_H
#define YK_DECODE_CAMERA_DIALECT_H

#include "base/error.h"
#include "decode/camera_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yk_camera_options {
    double fps;       /* frames per second; 0: not given */
    bool fps_assumed; /* fps stands in for want of a better one: times that a format may have of its own come first */
    bool has_base;    /* base_us is given */
    int64_t base_us;  /* time of the first frame, for dialects whose records carry no date */
};

/* What silence means. */
enum yk_camera_pace {
    YK_PACE_FRAMES, /* a record per frame, with or without people in it: silence is an outage */
    YK_PACE_EVENTS, /* records when something happens: silence is a quiet street, while the connection stands */
    YK_PACE_BINS,   /* records of counting intervals: what was watched is what they tell of */
};

struct yk_camera_dialect {
    const char *name;    /* the sensor's `format` in the configuration */
    const char *summary; /* one line for --help */
    bool dated;          /* records carry their time; otherwise fps and base_us are needed */
    bool whole;          /* a message is one record, line breaks and all; otherwise each of its lines is */
    bool every_frame;    /* a frame between the first and the last that is not listed had nobody in it; otherwise nobody
                          * looked */
    bool y_up;           /* places on the ground, y to the north; otherwise y down */
    bool normalised;     /* coordinates are parts of the picture's width and height, 0 to 1 */
    enum yk_camera_pace pace;
    /* Does this line look like it? Any first line of a file, without its end; cheap. */
    bool (*guess)(const char *text, size_t length);
    enum yk_status (*open)(const struct yk_camera_options *options, void **state, struct yk_error *err);
    /* One record. A bad one is counted and YK_OK; an error is the sink's or the machine's. */
    enum yk_status (*record)(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err);
    enum yk_status (*end)(void *state, const struct yk_camera_sink *sink, struct yk_error *err);
    void (*close)(void *state);
};

#define YK_DIALECT(name) extern const struct yk_camera_dialect yk_camera_##name;
#include "decode/camera_dialects.def"
#undef YK_DIALECT

/* NULL if there is none with that name. */
const struct yk_camera_dialect *yk_camera_dialect_find(const char *name);
/* The first dialect that knows the line, or NULL. */
const struct yk_camera_dialect *yk_camera_dialect_guess(const char *text, size_t length);
size_t yk_camera_dialect_count(void);
const struct yk_camera_dialect *yk_camera_dialect_at(size_t i);

/* A record handed on in the pieces that the dialect takes: a message of any transport. */
enum yk_status yk_camera_dialect_message(const struct yk_camera_dialect *dialect, void *state, const char *text,
                                         size_t length, const struct yk_camera_sink *sink,
                                         struct yk_error *err) YK_MUST_CHECK;

#define YK_CAMERA_NAMES_SIZE 512
/* "deepstream, mot, ...", for messages. */
void yk_camera_dialect_names(char out[YK_CAMERA_NAMES_SIZE]);

#endif
