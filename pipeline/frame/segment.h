/* A segment file taken apart. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_FRAME_SEGMENT_H
#define YK_FRAME_SEGMENT_H

#include "base/error.h"
#include "frame/frame.h"

#include <stdbool.h>
#include <stddef.h>

/* Calls fn for each frame of a finished segment, in order, with where in the file it begins. A damaged stretch and a torn
 * tail are passed over: one bad block on a card must not hide the good frames behind it. Signatures are not checked. The
 * frame's bytes are good until fn returns. YK_ERR_NO_INPUT without a message if the file cannot be read. */
typedef void yk_segment_fn(void *context, const struct yk_frame *frame, size_t offset);
enum yk_status yk_segment_read(const char *path, yk_segment_fn *fn, void *context) YK_MUST_CHECK;

/* True if somebody writes the segment now, or it cannot be opened. */
bool yk_segment_grows(const char *path);

#endif
