/* Lines of bounded length. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A camera's events may come through a pipe, a few lines a second, for months: stdio would hold a line back until its
 * buffer is full or grow it with the line (getline). Here one buffer of fixed size lies between read(2) and the lines:
 *
 *     buffer  | given lines | rest, searched up to `scanned`  . . | free |
 *             0             from                                to      CAPACITY
 *
 * When the rest meets the buffer's end it is moved to the front. A rest of more than YK_LINE_MAX bytes without a line
 * feed is a line too long: it is skipped up to its line feed.
 *
 * A pipe is opened without waiting for its writer and is waited for with poll(2), so that a request to stop is noticed
 * whether or not a signal interrupted the call. A byte-order mark at the very beginning is not part of the first line.
 */
#include "decode/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPACITY (2 * YK_LINE_MAX)
#define CHUNK    65536 /* of one read: keeps progress smooth and a regular file's stop prompt */
#define POLL_MS  200

struct yk_line_reader {
    int fd;
    bool ended;
    bool skipping; /* inside a line too long */
    bool moved;    /* the beginning is no longer in the buffer */
    size_t from, scanned, to;
    uint64_t done, total;
    bool (*stopping)(void *context);
    void *context;
    char buffer[CAPACITY];
};

enum yk_status yk_line_reader_new(const char *input, bool (*stopping)(void *context), void *context,
                                  struct yk_line_reader **out, struct yk_error *err)
{
    struct yk_line_reader *reader = (struct yk_line_reader *)malloc(sizeof *reader);
    if (!reader)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory to read %s", input);
    memset(reader, 0, offsetof(struct yk_line_reader, buffer));
    reader->stopping = stopping;
    reader->context = context;
    reader->fd = strcmp(input, "-") == 0 ? STDIN_FILENO : open(input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (reader->fd < 0) {
        free(reader);
        return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot open %s", input);
    }
    struct stat st;
    if (fstat(reader->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        yk_line_reader_free(reader);
        return yk_error_set(err, YK_ERR_NO_INPUT, "%s is a folder: give a file", input);
    }
    if (fstat(reader->fd, &st) == 0 && S_ISREG(st.st_mode))
        reader->total = (uint64_t)st.st_size;
    *out = reader;
    return YK_OK;
}

void yk_line_reader_free(struct yk_line_reader *reader)
{
    if (!reader)
        return;
    if (reader->fd != STDIN_FILENO)
        close(reader->fd);
    free(reader);
}

uint64_t yk_line_reader_done(const struct yk_line_reader *reader)
{
    return reader->done;
}

uint64_t yk_line_reader_total(const struct yk_line_reader *reader)
{
    return reader->total;
}

bool yk_line_reader_rewind(struct yk_line_reader *reader)
{
    if (reader->moved)
        return false;
    reader->from = reader->scanned = 0;
    reader->skipping = false;
    return true;
}

static void make_room(struct yk_line_reader *reader)
{
    if (CAPACITY - reader->to >= CHUNK)
        return;
    memmove(reader->buffer, reader->buffer + reader->from, reader->to - reader->from);
    reader->to -= reader->from;
    reader->scanned -= reader->from;
    reader->from = 0;
    reader->moved = true;
}

/* Waits for bytes and takes them. YK_LINE: there are some, or the end. */
static enum yk_line_result fill(struct yk_line_reader *reader, struct yk_error *err)
{
    make_room(reader);
    for (;;) {
        if (reader->stopping && reader->stopping(reader->context))
            return YK_LINE_STOPPED;
        struct pollfd wait = {.fd = reader->fd, .events = POLLIN};
        int ready = poll(&wait, 1, POLL_MS);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        ssize_t n = ready < 0 ? -1 : read(reader->fd, reader->buffer + reader->to, CHUNK);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0) {
            (void)yk_error_errno(err, YK_ERR_NO_INPUT, "reading the camera's events failed");
            return YK_LINE_FAILED;
        }
        reader->to += (size_t)n;
        reader->done += (uint64_t)n;
        reader->ended = n == 0;
        return YK_LINE;
    }
}

/* Hands out the bytes from..end as a line. */
static void take(struct yk_line_reader *reader, size_t end, const char **text, size_t *length)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t from = reader->from;
    if (from == 0 && !reader->moved && end >= 3 && memcmp(reader->buffer, mark, 3) == 0)
        from = 3;
    if (end > from && reader->buffer[end - 1] == '\r')
        end--;
    *text = reader->buffer + from;
    *length = end - from;
}

enum yk_line_result yk_line_reader_next(struct yk_line_reader *reader, const char **text, size_t *length,
                                        struct yk_error *err)
{
    for (;;) {
        char *lf = (char *)memchr(reader->buffer + reader->scanned, '\n', reader->to - reader->scanned);
        if (lf || reader->ended) {
            size_t end = lf ? (size_t)(lf - reader->buffer) : reader->to;
            bool too_long = reader->skipping || end - reader->from > YK_LINE_MAX;
            if (!lf && !reader->skipping && end == reader->from)
                return YK_LINE_END;
            if (!too_long)
                take(reader, end, text, length);
            reader->from = reader->scanned = lf ? end + 1 : end;
            reader->skipping = false;
            return too_long ? YK_LINE_TOO_LONG : YK_LINE;
        }
        reader->scanned = reader->to;
        if (reader->to - reader->from > YK_LINE_MAX)
            reader->skipping = true;
        if (reader->skipping)
            reader->from = reader->to;
        enum yk_line_result result = fill(reader, err);
        if (result != YK_LINE)
            return result;
    }
}
