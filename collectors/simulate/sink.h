/* Where a sensor's bytes go: files one after another, or a FIFO. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_SINK_H
#define YK_SIMULATE_SINK_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_SINK_BUFFER  (256 * 1024)
#define YK_SINK_RESERVE (64 * 1024) /* most that one call may reserve */

struct yk_sink {
    int fd;      /* -1: closed */
    bool gone;   /* a stream whose reader went away: everything is thrown away */
    bool failed; /* writing failed; error says why */
    size_t used;
    uint64_t bytes; /* written in all */
    uint8_t *buffer;
    const char *path;                  /* of the open file; caller's memory */
    const volatile sig_atomic_t *stop; /* signals to end so far; may be NULL */
    struct yk_error error;
};

/* Allocates the buffer. */
enum yk_status yk_sink_init(struct yk_sink *sink, const volatile sig_atomic_t *stop,
                            struct yk_error *err) YK_MUST_CHECK;
/* Creates (or opens, if it is a FIFO) path, which must live until yk_sink_close. Opening a FIFO waits for its reader.
 */
enum yk_status yk_sink_open(struct yk_sink *sink, const char *path, struct yk_error *err) YK_MUST_CHECK;
/* Room for n bytes at the end of the buffer; the caller adds what it used to sink->used. */
uint8_t *yk_sink_make_room(struct yk_sink *sink, size_t n);
static inline uint8_t *yk_sink_reserve(struct yk_sink *sink, size_t n)
{
    return YK_SINK_BUFFER - sink->used >= n ? sink->buffer + sink->used : yk_sink_make_room(sink, n);
}
void yk_sink_put(struct yk_sink *sink, const void *bytes, size_t n);
void yk_sink_flush(struct yk_sink *sink);
/* Flushes and closes; the sink can be opened again. Does nothing if it is closed. */
void yk_sink_close(struct yk_sink *sink);
void yk_sink_free(struct yk_sink *sink);

#endif
