/* The state file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/counter_state.h"

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/log.h"
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = {'Y', 'K', 'C', 'T', 1};

#define CHECKSUM   16
#define HEAD       (sizeof magic + 2)
#define LINE_FIXED (1 + 1 + 4 * 8 + 8 + 8 + 2)
#define SPAN_SIZE  16
#define FILE_MAX   ((size_t)4 << 20)

enum { HAS_READING = 1, HAS_BIN = 2 };

struct names {
    char folder[YK_PATH_SIZE + 16], path[YK_PATH_SIZE + 64], fresh[YK_PATH_SIZE + 72];
};

static struct names names_of(const char *folder, const char *sensor)
{
    struct names n;
    snprintf(n.folder, sizeof n.folder, "%s/counters", folder);
    snprintf(n.path, sizeof n.path, "%s/%s.state", n.folder, sensor);
    snprintf(n.fresh, sizeof n.fresh, "%s.new", n.path);
    return n;
}

void yk_counter_line_clear(struct yk_counter_line *line)
{
    yk_told_clear(&line->told);
    memset(line, 0, sizeof *line);
    line->told.floor_us = INT64_MIN;
    line->order.sparse = true;
}

static void checksum(const uint8_t *bytes, size_t size, uint8_t out[static CHECKSUM])
{
    crypto_generichash(out, CHECKSUM, bytes, size, NULL, 0);
}

/* --- writing --- */

static void put_line(struct yk_buffer *b, const struct yk_counter_line *line)
{
    size_t length = strlen(line->name.text);
    yk_buffer_u8(b, (uint8_t)length);
    yk_buffer_put(b, line->name.text, length);
    yk_buffer_u8(b, (uint8_t)((line->has_reading ? HAS_READING : 0) | (line->has_bin ? HAS_BIN : 0)));
    yk_buffer_le(b, (uint64_t)line->last.at_us, 8);
    yk_buffer_le(b, (uint64_t)line->last.since_us, 8);
    yk_buffer_le(b, line->last.plus, 8);
    yk_buffer_le(b, line->last.minus, 8);
    yk_buffer_le(b, (uint64_t)line->bin_us, 8);
    yk_buffer_le(b, (uint64_t)line->told.floor_us, 8);
    yk_buffer_le(b, line->told.count, 2);
    for (size_t i = 0; i < line->told.count; i++) {
        yk_buffer_le(b, (uint64_t)line->told.list[i].from_us, 8);
        yk_buffer_le(b, (uint64_t)line->told.list[i].to_us, 8);
    }
}

static bool write_whole(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : ENOSPC;
            return false;
        }
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

static bool replace(const struct names *n, const uint8_t *bytes, size_t size)
{
    if (mkdir(n->folder, 0700) != 0 && errno != EEXIST)
        return false;
    int fd = open(n->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool good = write_whole(fd, bytes, size) && fsync(fd) == 0;
    int code = errno;
    close(fd);
    if (good)
        return rename(n->fresh, n->path) == 0 && sync_folder(n->folder);
    unlink(n->fresh);
    errno = code;
    return false;
}

enum yk_status yk_counter_state_save(const char *folder, const char *sensor, const struct yk_counter_line *lines,
                                     size_t count, struct yk_error *err)
{
    struct names n = names_of(folder, sensor);
    size_t size = HEAD + CHECKSUM;
    for (size_t i = 0; i < count; i++)
        size += LINE_FIXED + strlen(lines[i].name.text) + SPAN_SIZE * lines[i].told.count;
    uint8_t *bytes = (uint8_t *)malloc(size);
    if (!bytes)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the state of sensor %s", sensor);
    struct yk_buffer b = yk_buffer_of(bytes, size);
    yk_buffer_put(&b, magic, sizeof magic);
    yk_buffer_le(&b, count, 2);
    for (size_t i = 0; i < count; i++)
        put_line(&b, &lines[i]);
    checksum(b.bytes, b.length, bytes + b.length);
    enum yk_status status = YK_OK;
    if (!replace(&n, bytes, size)) {
        bool full = errno == ENOSPC || errno == EDQUOT;
        status = yk_error_errno(err, full ? YK_ERR_FULL : YK_ERR_IO, "cannot write %s", n.path);
    }
    free(bytes);
    return status;
}

/* --- reading --- */

/* What was written in order and apart is so again, or the file is none of ours. */
static bool take_spans(struct yk_cursor *c, struct yk_counter_line *line)
{
    size_t count = yk_cursor_le16(c);
    int64_t last_us = line->told.floor_us;
    for (size_t i = 0; i < count && !c->failed; i++) {
        int64_t from_us = (int64_t)yk_cursor_le64(c), to_us = (int64_t)yk_cursor_le64(c);
        if (c->failed || from_us < last_us || to_us <= from_us || !yk_told_add(&line->told, from_us, to_us))
            return false;
        last_us = to_us;
    }
    return !c->failed && count <= YK_TOLD_MAX;
}

static bool take_line(struct yk_cursor *c, struct yk_counter_line *line)
{
    yk_counter_line_clear(line);
    size_t length = yk_cursor_u8(c);
    const uint8_t *name = yk_cursor_take(c, length);
    if (!name || length == 0 || length >= sizeof line->name.text)
        return false;
    memcpy(line->name.text, name, length);
    uint8_t flags = yk_cursor_u8(c);
    line->has_reading = flags & HAS_READING;
    line->has_bin = flags & HAS_BIN;
    line->last.at_us = (int64_t)yk_cursor_le64(c);
    line->last.since_us = (int64_t)yk_cursor_le64(c);
    line->last.plus = yk_cursor_le64(c);
    line->last.minus = yk_cursor_le64(c);
    line->bin_us = (int64_t)yk_cursor_le64(c);
    line->told.floor_us = (int64_t)yk_cursor_le64(c);
    line->order.begun = line->has_reading;
    line->order.last_us = line->last.at_us;
    return !c->failed && take_spans(c, line);
}

static bool parse(const uint8_t *bytes, size_t size, struct yk_counter_line *lines, size_t max, size_t *count)
{
    uint8_t sum[CHECKSUM];
    if (size < HEAD + CHECKSUM || memcmp(bytes, magic, sizeof magic) != 0)
        return false;
    checksum(bytes, size - CHECKSUM, sum);
    if (memcmp(sum, bytes + size - CHECKSUM, CHECKSUM) != 0)
        return false;
    struct yk_cursor c = yk_cursor_of(bytes + sizeof magic, size - sizeof magic - CHECKSUM);
    size_t n = yk_cursor_le16(&c);
    if (n > max)
        return false;
    for (*count = 0; *count < n; (*count)++)
        if (!take_line(&c, &lines[*count])) {
            (*count)++;
            return false;
        }
    return c.at == c.end;
}

/* False with errno if it cannot be read; a pipe or a link in its place is not waited for. */
static bool read_whole(const char *path, uint8_t **out, size_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    *out = NULL;
    *size = 0;
    if (fd < 0)
        return false;
    bool good = fstat(fd, &st) == 0;
    if (good && (!S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_MAX)) {
        good = false;
        errno = EINVAL;
    }
    if (good)
        good = (*out = (uint8_t *)malloc((size_t)st.st_size + 1)) != NULL;
    while (good && *size < (size_t)st.st_size) {
        ssize_t n = read(fd, *out + *size, (size_t)st.st_size - *size);
        good = n >= 0;
        if (n <= 0)
            break;
        *size += (size_t)n;
    }
    int code = errno;
    close(fd);
    errno = code;
    return good;
}

enum yk_status yk_counter_state_load(const char *folder, const char *sensor, struct yk_counter_line *lines, size_t max,
                                     size_t *count, struct yk_error *err)
{
    struct names n = names_of(folder, sensor);
    uint8_t *bytes;
    size_t size;
    *count = 0;
    if (strlen(folder) >= YK_PATH_SIZE)
        return yk_error_set(err, YK_ERR_CONFIG, "the spool's path is longer than %d bytes: %s", YK_PATH_SIZE - 1,
                            folder);
    bool read = read_whole(n.path, &bytes, &size), none = !read && errno == ENOENT;
    if (!read && !none)
        yk_log(YK_LOG_ERROR, "sensor %s: %s cannot be read (%s); its counters begin anew", sensor, n.path,
               strerror(errno));
    if (read && !parse(bytes, size, lines, max, count)) {
        while (*count > 0)
            yk_counter_line_clear(&lines[--*count]);
        yk_log(YK_LOG_ERROR, "sensor %s: %s is damaged; its counters begin anew", sensor, n.path);
    }
    free(bytes);
    return YK_OK;
}
