/* A buffered writer. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain write(2) from a large buffer: stdio would take a lock per packet. Writes block, so a slow reader of a FIFO
 * slows the simulation and loses nothing. A reader that goes away (EPIPE; the program ignores SIGPIPE) ends its stream
 * only. A second signal to end gives up a write that nobody takes. */
#include "simulate/sink.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum yk_status yk_sink_init(struct yk_sink *sink, const volatile sig_atomic_t *stop, struct yk_error *err)
{
    *sink = (struct yk_sink){.fd = -1, .stop = stop, .buffer = malloc(YK_SINK_BUFFER)};
    return sink->buffer ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for an output buffer");
}

enum yk_status yk_sink_open(struct yk_sink *sink, const char *path, struct yk_error *err)
{
    assert(sink->fd < 0);
    sink->path = path;
    /* Once asked to end, no waiting for a reader who may never come: ENXIO. */
    do {
        int wait = sink->stop && *sink->stop ? O_NONBLOCK : 0;
        sink->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | wait, 0644);
    } while (sink->fd < 0 && errno == EINTR);
    sink->gone = sink->fd < 0 && errno == ENXIO;
    if (sink->fd < 0 && !sink->gone)
        return yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
    if (sink->fd >= 0)
        fcntl(sink->fd, F_SETFL, 0);
    return YK_OK;
}

void yk_sink_flush(struct yk_sink *sink)
{
    size_t done = 0;
    while (done < sink->used && sink->fd >= 0 && !sink->gone && !sink->failed) {
        ssize_t n = write(sink->fd, sink->buffer + done, sink->used - done);
        if (n >= 0) {
            done += (size_t)n;
            sink->bytes += (uint64_t)n;
        } else if (errno == EPIPE) {
            yk_log(YK_LOG_WARNING, "the reader of %s went away; that stream ends here", sink->path);
            sink->gone = true;
        } else if (errno == EINTR) {
            sink->gone = sink->stop && *sink->stop > 1;
        } else {
            yk_error_errno(&sink->error, errno == ENOSPC || errno == EDQUOT ? YK_ERR_FULL : YK_ERR_IO,
                           "writing %s failed", sink->path);
            sink->failed = true;
        }
    }
    sink->used = 0;
}

uint8_t *yk_sink_make_room(struct yk_sink *sink, size_t n)
{
    assert(n <= YK_SINK_RESERVE);
    (void)n;
    yk_sink_flush(sink);
    return sink->buffer;
}

void yk_sink_put(struct yk_sink *sink, const void *bytes, size_t n)
{
    memcpy(yk_sink_reserve(sink, n), bytes, n);
    sink->used += n;
}

void yk_sink_close(struct yk_sink *sink)
{
    yk_sink_flush(sink);
    if (sink->fd >= 0 && close(sink->fd) != 0 && errno != EINTR && !sink->failed) {
        yk_error_errno(&sink->error, YK_ERR_IO, "closing %s failed", sink->path);
        sink->failed = true;
    }
    sink->fd = -1;
}

void yk_sink_free(struct yk_sink *sink)
{
    yk_sink_close(sink);
    free(sink->buffer);
    sink->buffer = NULL;
}
