/* What a spool still holds of one ended epoch. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only where each frame lies and what its header says is kept; the bodies, which hold pseudonyms, are read one at a time.
 * A frame counts if the district would have taken it: signed by this edge, of this district, about this epoch and no other
 * time, and once, however often it lies there. Which start of the collector made it does not matter. */
#ifndef YK_LATE_EPOCH_FRAMES_H
#define YK_LATE_EPOCH_FRAMES_H

#include "base/error.h"
#include "config/config.h"
#include "frame/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_EPOCH_FRAMES_MAX 1000000 /* 80 MB; one a minute of 690 sensors for a day */

struct yk_epoch_frame {
    uint64_t incarnation, sequence, offset;
    int64_t base_s, last_s, told_from_s, told_to_s;
    uint32_t segment, size;
    uint16_t sensor, stream, records;
    uint8_t lane;
    bool sound; /* its body was read: set by whoever reads it */
};

struct yk_epoch_frames {
    struct yk_epoch_frame *list; /* sorted by sensor, then by number, each number once */
    size_t count, capacity;
    char (*sensors)[YK_ID_SIZE];
    size_t sensor_count;
    char **segments; /* paths */
    size_t segment_count;
    size_t refused; /* frames that are not ours, say something else than their folder, or are too many */
    int fd;         /* the segment that was read last; -1: none */
    uint32_t fd_segment;
};

struct yk_epoch_frames_options {
    const char *spool, *district, *edge;
    const uint8_t *public_key; /* the edge's */
    int64_t start_s, end_s;    /* of the epoch */
};

/* YK_ERR_UNAVAILABLE if a segment of the epoch is being written. Free with _clear, also after a failure. */
enum yk_status yk_epoch_frames_find(const struct yk_epoch_frames_options *options, struct yk_epoch_frames *out,
                                    struct yk_error *err) YK_MUST_CHECK;
void yk_epoch_frames_clear(struct yk_epoch_frames *frames);

/* Reads one of them into bytes (YK_FRAME_SIZE_MAX). YK_ERR_UNAVAILABLE if it is gone: the uplink took its segment away. */
enum yk_status yk_epoch_frames_load(struct yk_epoch_frames *frames, const struct yk_epoch_frame *which, uint8_t *bytes,
                                    struct yk_frame *out, struct yk_error *err) YK_MUST_CHECK;

#endif
