/* A stream that can be looked into, stopped and measured. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem: libpcap reads from a FILE; a FILE over a pipe can be looked into one byte at most, reports no position, and
 * blocks in read(2) where a wish to stop is not heard. Method: fopencookie(3). The cookie first hands out the bytes
 * that were looked at, then waits with poll(2), a fifth of a second at a time, and gives back whatever one read(2)
 * returned. glibc's fread asks the cookie again only while the number of bytes that its caller wanted is not complete,
 * so a record written to a pipe is seen whole at once. The FIFO is opened without blocking, because poll on one that
 * had no writer yet reports nothing, while a blocking open(2) could not be left.
 *
 * Bounds: 64 KiB of buffer, wiped at the end since identifiers have passed through it. */
#include "decode/capture_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (64 * 1024)
#define WAIT_MS     200

struct yk_capture_stream {
    int fd;                /* -1: memory only */
    const uint8_t *prefix; /* handed out before fd is read: `first`, or all of the memory */
    size_t prefix_length;
    size_t prefix_at;
    uint8_t first[YK_CAPTURE_FIRST_SIZE];
    bool waits; /* a pipe, socket or terminal: read may block */
    bool stopped;
    struct yk_capture_stop stop;
    uint64_t done;
    uint64_t total;
    char buffer[BUFFER_SIZE]; /* of the FILE */
};

/* One read(2) that can be stopped; -1 with errno. */
static ssize_t read_some(struct yk_capture_stream *stream, void *to, size_t size)
{
    for (;;) {
        if (stream->stop.asked && stream->stop.asked(stream->stop.context)) {
            stream->stopped = true;
            return 0;
        }
        if (stream->waits) {
            struct pollfd wait = {.fd = stream->fd, .events = POLLIN};
            int ready = poll(&wait, 1, WAIT_MS);
            if (ready == 0 && stream->stop.idle)
                stream->stop.idle(stream->stop.context);
            if (ready == 0 || (ready < 0 && errno == EINTR))
                continue;
            if (ready < 0)
                return -1;
        }
        ssize_t n = read(stream->fd, to, size);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n > 0)
            stream->done += (uint64_t)n;
        return n;
    }
}

ssize_t yk_capture_stream_read(struct yk_capture_stream *stream, void *to, size_t size)
{
    size_t left = stream->prefix_length - stream->prefix_at;
    if (left > 0) {
        size_t n = size < left ? size : left;
        memcpy(to, stream->prefix + stream->prefix_at, n);
        stream->prefix_at += n;
        return (ssize_t)n;
    }
    return stream->fd < 0 ? 0 : read_some(stream, to, size);
}

static ssize_t cookie_read(void *cookie, char *to, size_t size)
{
    return yk_capture_stream_read(cookie, to, size);
}

/* NULL and a message when there is no memory. */
static struct yk_capture_stream *allocate(struct yk_error *err)
{
    struct yk_capture_stream *stream = calloc(1, sizeof *stream);
    if (stream)
        stream->fd = -1;
    else
        (void)yk_error_set(err, YK_ERR_MEMORY, "no memory to read a recording");
    return stream;
}

enum yk_status yk_capture_stream_open(const char *path, struct yk_capture_stop stop, struct yk_capture_stream **out,
                                      struct yk_error *err)
{
    enum yk_status status = YK_OK;
    struct yk_capture_stream *stream = allocate(err);
    if (!stream)
        return YK_ERR_MEMORY;
    stream->stop = stop;
    stream->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                        : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info;
    if (stream->fd < 0 || fstat(stream->fd, &info) < 0) {
        status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot open %s", path);
        goto fail;
    }
    stream->waits = !S_ISREG(info.st_mode);
    stream->total = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    stream->prefix = stream->first;
    size_t wanted = stream->waits ? YK_CAPTURE_MAGIC_SIZE : YK_CAPTURE_FIRST_SIZE;
    while (stream->prefix_length < wanted) {
        ssize_t n = read_some(stream, stream->first + stream->prefix_length, wanted - stream->prefix_length);
        if (n < 0) {
            status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", path);
            goto fail;
        }
        if (n == 0)
            break;
        stream->prefix_length += (size_t)n;
    }
    *out = stream;
    return YK_OK;
fail:
    yk_capture_stream_free(stream);
    return status;
}

enum yk_status yk_capture_stream_memory(const void *bytes, size_t length, struct yk_capture_stream **out,
                                        struct yk_error *err)
{
    struct yk_capture_stream *stream = allocate(err);
    if (!stream)
        return YK_ERR_MEMORY;
    stream->prefix = bytes;
    stream->prefix_length = length;
    stream->total = stream->done = length;
    *out = stream;
    return YK_OK;
}

size_t yk_capture_stream_first(const struct yk_capture_stream *stream, const uint8_t **bytes)
{
    *bytes = stream->prefix;
    return stream->prefix_length < YK_CAPTURE_FIRST_SIZE ? stream->prefix_length : YK_CAPTURE_FIRST_SIZE;
}

FILE *yk_capture_stream_file(struct yk_capture_stream *stream)
{
    FILE *file = fopencookie(stream, "r", (cookie_io_functions_t){.read = cookie_read});
    if (file && setvbuf(file, stream->buffer, _IOFBF, sizeof stream->buffer) != 0) {
        fclose(file);
        file = NULL;
    }
    return file;
}

bool yk_capture_stream_stopped(const struct yk_capture_stream *stream)
{
    return stream->stopped;
}

void yk_capture_stream_progress(const struct yk_capture_stream *stream, uint64_t *done, uint64_t *total)
{
    *done = stream->done;
    *total = stream->total;
}

void yk_capture_stream_free(struct yk_capture_stream *stream)
{
    if (!stream)
        return;
    if (stream->fd >= 0)
        close(stream->fd);
    explicit_bzero(stream->buffer, sizeof stream->buffer);
    free(stream);
}
