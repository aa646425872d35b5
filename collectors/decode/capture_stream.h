/* The bytes of a recording, from a file, a pipe, standard input or memory. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A reader has to see the first bytes to know which format follows, and a pipe cannot be wound back. So the stream
 * keeps what was looked at and hands it out again, behind an ordinary FILE that libpcap reads too. It returns what a
 * pipe has at the moment instead of waiting until a buffer is full: a record arrives when it was written. */
#ifndef YK_DECODE_CAPTURE_STREAM_H
#define YK_DECODE_CAPTURE_STREAM_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define YK_CAPTURE_MAGIC_SIZE 8  /* tells the formats apart */
#define YK_CAPTURE_FIRST_SIZE 24 /* a pcap file's header */

/* `asked` before each read and while waiting for input, `idle` after a fifth of a second in which none came; either may be
 * NULL. */
struct yk_capture_stop {
    bool (*asked)(void *context);
    void (*idle)(void *context);
    void *context;
};

struct yk_capture_stream;

/* path or "-" for standard input. A FIFO without a writer is waited for. */
enum yk_status yk_capture_stream_open(const char *path, struct yk_capture_stop stop, struct yk_capture_stream **out,
                                      struct yk_error *err) YK_MUST_CHECK;
/* The same over memory, which must outlive the stream. */
enum yk_status yk_capture_stream_memory(const void *bytes, size_t length, struct yk_capture_stream **out,
                                        struct yk_error *err) YK_MUST_CHECK;
/* The first bytes, still to be read; their number. Of a file or memory up to YK_CAPTURE_FIRST_SIZE; of a pipe, where
 * more may be long in coming, up to YK_CAPTURE_MAGIC_SIZE. */
size_t yk_capture_stream_first(const struct yk_capture_stream *stream, const uint8_t **bytes);
/* Up to `size` of the next bytes; 0 at the end or when asked to stop, -1 with errno. Either this or the FILE. */
ssize_t yk_capture_stream_read(struct yk_capture_stream *stream, void *to, size_t size);
/* The stream's FILE, at its beginning. Whoever closes it (fclose, pcap_close) does so before yk_capture_stream_free;
 * yk_capture_stream_free does not close it. To be called once. */
FILE *yk_capture_stream_file(struct yk_capture_stream *stream);
/* True when the end that was read is not the input's but a wish to stop. */
bool yk_capture_stream_stopped(const struct yk_capture_stream *stream);
/* Bytes taken from the input so far, and in all (0: unknown). */
void yk_capture_stream_progress(const struct yk_capture_stream *stream, uint64_t *done, uint64_t *total);
void yk_capture_stream_free(struct yk_capture_stream *stream);

#endif
