/* Reads camera events from a file, a pipe or standard input. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_CAMERA_READER_H
#define YK_DECODE_CAMERA_READER_H

#include "decode/camera_dialect.h"

struct yk_camera_reader_options {
    const char *format; /* name of a dialect; NULL or "": guess it from the first lines */
    struct yk_camera_options camera;
    bool (*stopping)(void *context);                                /* may be NULL */
    void (*progress)(void *context, uint64_t done, uint64_t total); /* bytes; total 0: unknown; may be NULL */
    void *context;
};

/* From the beginning to the end of `input` ("-": standard input), or until stopping. *used (may be NULL) is set as soon
 * as the dialect is known. */
enum yk_status yk_camera_read(const char *input, const struct yk_camera_reader_options *options,
                              const struct yk_camera_sink *sink, const struct yk_camera_dialect **used,
                              struct yk_error *err) YK_MUST_CHECK;

/* The dialect of a file, or NULL if it is none, or not a regular file. */
const struct yk_camera_dialect *yk_camera_file_guess(const char *path);

#endif
