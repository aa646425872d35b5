/* A radio recording, record by record: btsnoop, pcap, pcapng. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_CAPTURE_FILE_H
#define YK_DECODE_CAPTURE_FILE_H

#include "decode/capture_stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_TIME_NONE INT64_MIN                         /* a time stamp before 1970 or after the year 9999 */
#define YK_TIME_END  (INT64_C(253402300800) * 1000000) /* 10000-01-01T00:00:00Z */

struct yk_capture_record {
    const uint8_t *bytes; /* valid until the next record is read */
    size_t length;        /* of bytes: what was captured */
    size_t original_length;
    int64_t time_us; /* microseconds since 1970, or YK_TIME_NONE */
    uint32_t flags;  /* btsnoop's record flags; otherwise 0 */
};

struct yk_capture;

/* path or "-". YK_ERR_NO_INPUT: cannot be opened or read. YK_ERR_INPUT: not a recording. Free with yk_capture_free. */
enum yk_status yk_capture_open(const char *path, struct yk_capture_stop stop, struct yk_capture **out,
                               struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_capture_open_memory(const void *bytes, size_t length, struct yk_capture **out,
                                      struct yk_error *err) YK_MUST_CHECK;
/* libpcap's number (201, 272, ...) or btsnoop's (1001 and up); the two do not overlap. */
int yk_capture_link_type(const struct yk_capture *capture);
const char *yk_capture_name(const struct yk_capture *capture);
/* YK_OK with *more true and *record filled, or *more false at the end of the input or when asked to stop. YK_ERR_INPUT:
 * the recording is corrupt from here on. Not to be called again after false or an error. */
enum yk_status yk_capture_next(struct yk_capture *capture, struct yk_capture_record *record, bool *more,
                               struct yk_error *err) YK_MUST_CHECK;
/* After the end: the input ended in the middle of a record. */
bool yk_capture_truncated(const struct yk_capture *capture);
/* Bytes of input taken so far, and in all (0: unknown). */
void yk_capture_progress(const struct yk_capture *capture, uint64_t *done, uint64_t *total);
void yk_capture_free(struct yk_capture *capture);

#endif
