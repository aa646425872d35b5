/* Held files: writing, handing over, giving up. SPDX-License-Identifier: GPL-3.0-or-later */
#include "held/hold.h"

#include "base/log.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX     128
#define FILE_US       INT64_C(3600000000)
#define FILE_BYTES    (1 << 20)
#define WRITE_EVERY_S 5
#define BUFFER        (128 * 1024) /* more than two of the largest records */

struct file {
    uint64_t number;
    uint64_t records; /* observations; health is none */
    size_t bytes;
    int64_t first_us; /* CLOCK_BOOTTIME */
};

struct yk_hold {
    struct yk_hold_options options;
    pthread_mutex_t lock;
    char folder[YK_PATH_SIZE + 8], slot[YK_ID_SIZE], sensor[YK_ID_SIZE], boot[YK_BOOT_ID_SIZE];
    struct file files[FILES_MAX]; /* oldest first */
    size_t count;
    uint64_t next, lost;
    int fd; /* of the newest; -1: none is open */
    int64_t stamp_s, offset_us, written_s;
    int64_t first_s; /* stamp of the oldest in the buffer */
    uint8_t *taken;  /* bytes of the file that is being told */
    size_t length;
    uint64_t pending; /* observations in the buffer */
    uint8_t buffer[BUFFER];
};

void yk_boot_id(char out[static YK_BOOT_ID_SIZE])
{
    char text[64] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    size_t n = 0;
    if (file && fgets(text, sizeof text, file))
        for (const char *c = text; *c && n < YK_BOOT_ID_SIZE - 1; c++)
            if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'f'))
                out[n++] = *c;
    if (file)
        fclose(file);
    out[n == YK_BOOT_ID_SIZE - 1 ? n : 0] = '\0';
}

/* --- Names ------------------------------------------------------------------------------------------------------ */

#define NAME_MAX_SIZE 160

static void path_of(const struct yk_hold *h, uint64_t number, const char *ending, char *out, size_t size)
{
    snprintf(out, size, "%s/%s.%s.%s.%" PRIu64 ".%s", h->folder, h->slot, h->sensor, h->boot, number, ending);
}

struct name {
    char slot[YK_ID_SIZE], sensor[YK_ID_SIZE], boot[YK_BOOT_ID_SIZE];
    uint64_t number;
    bool telling;
};

/* The next part up to a dot; ids have none. */
static bool part(const char **at, char *out, size_t size)
{
    const char *dot = strchr(*at, '.');
    if (!dot || (size_t)(dot - *at) >= size)
        return false;
    memcpy(out, *at, (size_t)(dot - *at));
    out[dot - *at] = '\0';
    *at = dot + 1;
    return true;
}

static bool read_name(const char *text, struct name *name)
{
    char number[24], *end;
    const char *at = text;
    if (!part(&at, name->slot, sizeof name->slot) || !part(&at, name->sensor, sizeof name->sensor) ||
        !part(&at, name->boot, sizeof name->boot) || !part(&at, number, sizeof number))
        return false;
    name->number = strtoull(number, &end, 10);
    name->telling = strcmp(at, "telling") == 0;
    return *number >= '0' && *number <= '9' && !*end && (name->telling || strcmp(at, "held") == 0);
}

/* --- What lies there -------------------------------------------------------------------------------------------- */

static uint8_t *read_whole(const char *path, size_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes = NULL;
    *size = 0;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size < 64 * FILE_BYTES && (bytes = malloc((size_t)st.st_size + 1))) {
        ssize_t got = read(fd, bytes, (size_t)st.st_size);
        *size = got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

static struct file look_into(const char *path)
{
    struct file file = {.first_us = INT64_MIN};
    struct yk_held_reader reader;
    struct yk_held_record record;
    uint8_t *bytes = read_whole(path, &file.bytes);
    if (bytes && yk_held_read_head(&reader, bytes, file.bytes))
        while (yk_held_read(&reader, &record)) {
            if (record.kind == YK_HELD_BEGIN && file.first_us == INT64_MIN)
                file.first_us = record.stamp_s * 1000000 - record.offset_us;
            file.records += record.kind == YK_HELD_PRESENCE ||
                            (record.kind == YK_HELD_PLAIN && record.observation.kind != YK_KIND_HEALTH);
        }
    free(bytes);
    return file;
}

static int by_number(const void *a, const void *b)
{
    const struct file *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void meet(struct yk_hold *h, const char *name_text)
{
    struct name name;
    char path[sizeof h->folder + NAME_MAX_SIZE];
    if (strlen(name_text) >= NAME_MAX_SIZE - 1 || !read_name(name_text, &name) || strcmp(name.slot, h->slot) != 0 ||
        strcmp(name.sensor, h->sensor) != 0)
        return;
    snprintf(path, sizeof path, "%s/%s", h->folder, name_text);
    struct file file = look_into(path);
    file.number = name.number;
    if (!name.telling && h->boot[0] && strcmp(name.boot, h->boot) == 0 && h->count < FILES_MAX) {
        h->files[h->count++] = file;
        h->next = name.number >= h->next ? name.number + 1 : h->next;
        return;
    }
    if (unlink(path) != 0)
        return;
    h->lost += file.records;
    yk_log(YK_LOG_WARNING, "sensor %s: %" PRIu64 " observations are lost: %s", h->sensor, file.records,
           name.telling ? "the collector was killed while it dated them"
                        : "the machine was started again before its clock was known");
}

enum yk_status yk_hold_open(const struct yk_hold_options *options, struct yk_hold **out, struct yk_error *err)
{
    struct yk_hold *h = *out = calloc(1, sizeof *h);
    if (!h)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    h->options = *options;
    h->fd = -1;
    pthread_mutex_init(&h->lock, NULL);
    snprintf(h->folder, sizeof h->folder, "%s/held", options->spool);
    yk_text_copy(h->slot, sizeof h->slot, options->slot);
    yk_text_copy(h->sensor, sizeof h->sensor, options->sensor);
    yk_text_copy(h->boot, sizeof h->boot, options->boot);
    DIR *dir = opendir(h->folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        meet(h, entry->d_name);
    if (dir)
        closedir(dir);
    qsort(h->files, h->count, sizeof h->files[0], by_number);
    yk_hold_tick(h);
    return YK_OK;
}

size_t yk_hold_sweep(const char *spool, const char *slot, const char *const *sensors, size_t count)
{
    char path[YK_PATH_SIZE + 8 + NAME_MAX_SIZE];
    size_t swept = 0;
    snprintf(path, sizeof path, "%s/held", spool);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct name name;
        if (strlen(entry->d_name) >= NAME_MAX_SIZE - 1 || !read_name(entry->d_name, &name) ||
            strcmp(name.slot, slot) != 0)
            continue;
        bool ours = false;
        for (size_t i = 0; i < count; i++)
            ours |= strcmp(sensors[i], name.sensor) == 0;
        snprintf(path, sizeof path, "%s/held/%s", spool, entry->d_name);
        if (!ours && unlink(path) == 0) {
            swept++;
            yk_log(YK_LOG_WARNING, "what sensor %s heard before the clock was known is lost: it is not run any more",
                   name.sensor);
        }
    }
    if (dir)
        closedir(dir);
    return swept;
}

/* --- Giving up -------------------------------------------------------------------------------------------------- */

static void close_newest(struct yk_hold *h)
{
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
}

/* The oldest one. With the lock. */
static void give_up(struct yk_hold *h, const char *why)
{
    char path[sizeof h->folder + NAME_MAX_SIZE];
    path_of(h, h->files[0].number, "held", path, sizeof path);
    if (h->count == 1)
        close_newest(h);
    unlink(path);
    h->lost += h->files[0].records;
    yk_log(YK_LOG_WARNING, "sensor %s: %" PRIu64 " observations whose time is not known are given up: %s", h->sensor,
           h->files[0].records, why);
    memmove(&h->files[0], &h->files[1], --h->count * sizeof h->files[0]);
}

void yk_hold_tick(struct yk_hold *h)
{
    pthread_mutex_lock(&h->lock);
    int64_t now_us = yk_mono_now(h->options.clock).us;
    while (h->count > 0 && now_us - h->files[0].first_us > h->options.keep_s * 1000000)
        give_up(h, "their pseudonyms have come to their end");
    pthread_mutex_unlock(&h->lock);
}

static void make_room(struct yk_hold *h, size_t more)
{
    uint64_t bytes = more;
    for (size_t i = 0; i < h->count; i++)
        bytes += h->files[i].bytes;
    while (h->count > 0 && (bytes > h->options.max_bytes || h->count == FILES_MAX)) {
        bytes -= h->files[0].bytes;
        give_up(h, "there is no more room for them");
    }
}

/* --- Writing ---------------------------------------------------------------------------------------------------- */

static enum yk_status fail(struct yk_hold *h, struct yk_error *err)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return yk_error_errno(err, full ? YK_ERR_FULL : YK_ERR_IO, "cannot write into %s", h->folder);
}

/* A new file goes on where the one before ended. */
static enum yk_status open_file(struct yk_hold *h, struct yk_error *err)
{
    char path[sizeof h->folder + NAME_MAX_SIZE];
    uint8_t head[64];
    struct yk_buffer b = yk_buffer_of(head, sizeof head);
    yk_held_write_head(&b);
    yk_held_write(&b, &(struct yk_held_record){
                          .kind = YK_HELD_BEGIN, .stamp_s = h->first_s, .offset_us = h->offset_us, .fresh = false});
    if (mkdir(h->folder, 0700) != 0 && errno != EEXIST)
        return fail(h, err);
    path_of(h, h->next, "held", path, sizeof path);
    h->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (h->fd < 0)
        return fail(h, err);
    if (write(h->fd, head, b.length) != (ssize_t)b.length) {
        enum yk_status status = fail(h, err);
        unlink(path);
        close_newest(h);
        return status;
    }
    h->files[h->count++] =
        (struct file){.number = h->next++, .bytes = b.length, .first_us = yk_mono_now(h->options.clock).us};
    int folder = open(h->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    return YK_OK;
}

static enum yk_status write_out(struct yk_hold *h, struct yk_error *err)
{
    if (h->length == 0)
        return YK_OK;
    pthread_mutex_lock(&h->lock);
    struct file *newest = h->fd >= 0 ? &h->files[h->count - 1] : NULL;
    if (newest && (newest->bytes >= FILE_BYTES || newest->bytes >= h->options.max_bytes / 4 ||
                   yk_mono_now(h->options.clock).us - newest->first_us >= FILE_US))
        close_newest(h);
    make_room(h, h->length);
    enum yk_status status = h->fd >= 0 ? YK_OK : open_file(h, err);
    if (status == YK_OK) {
        newest = &h->files[h->count - 1];
        errno = 0;
        ssize_t written = write(h->fd, h->buffer, h->length);
        if (written == (ssize_t)h->length) {
            fdatasync(h->fd);
            newest->bytes += h->length;
            newest->records += h->pending;
            h->length = 0;
            h->pending = 0;
        } else { /* a torn record ends a file for its readers: it is cut back */
            if (written >= 0)
                errno = ENOSPC;
            status = fail(h, err);
            if (written > 0 && ftruncate(h->fd, (off_t)newest->bytes) != 0)
                close_newest(h);
        }
    }
    pthread_mutex_unlock(&h->lock);
    return status;
}

static enum yk_status put(struct yk_hold *h, const struct yk_held_record *record, struct yk_error *err)
{
    if (sizeof h->buffer - h->length < YK_HELD_RECORD_MAX + 64) {
        enum yk_status status = write_out(h, err);
        if (status != YK_OK)
            return status;
    }
    struct yk_buffer b = {h->buffer, h->length, sizeof h->buffer, false};
    yk_held_write(&b, record);
    if (b.failed)
        return yk_error_set(err, YK_ERR_INTERNAL, "an observation does not fit what is held");
    if (h->length == 0)
        h->first_s = h->stamp_s;
    h->length = b.length;
    return YK_OK;
}

enum yk_status yk_hold_begin(struct yk_hold *h, int64_t stamp_s, int64_t offset_us, struct yk_error *err)
{
    enum yk_status status = write_out(h, err);
    if (status != YK_OK)
        return status;
    h->stamp_s = h->written_s = stamp_s;
    h->offset_us = offset_us;
    return put(
        h, &(struct yk_held_record){.kind = YK_HELD_BEGIN, .stamp_s = stamp_s, .offset_us = offset_us, .fresh = true},
        err);
}

enum yk_status yk_hold_advance(struct yk_hold *h, int64_t stamp_s, bool all, struct yk_error *err)
{
    h->stamp_s = stamp_s;
    if (!all && stamp_s - h->written_s < WRITE_EVERY_S)
        return YK_OK;
    enum yk_status status = put(h, &(struct yk_held_record){.kind = YK_HELD_ADVANCE, .stamp_s = stamp_s}, err);
    if (status == YK_OK)
        status = write_out(h, err);
    if (status == YK_OK)
        h->written_s = stamp_s;
    return status;
}

enum yk_status yk_hold_add(struct yk_hold *h, const struct yk_observation *observation, struct yk_error *err)
{
    struct yk_held_record record = {.kind = observation->kind == YK_KIND_PRESENCE ? YK_HELD_PRESENCE : YK_HELD_PLAIN,
                                    .observation = *observation};
    enum yk_status status = put(h, &record, err);
    if (status == YK_OK)
        h->pending += observation->kind != YK_KIND_HEALTH;
    return status;
}

void yk_hold_close(struct yk_hold *h)
{
    if (!h)
        return;
    if (write_out(h, NULL) != YK_OK)
        yk_log(YK_LOG_ERROR, "sensor %s: the last of what was held could not be written", h->sensor);
    close_newest(h);
    pthread_mutex_destroy(&h->lock);
    free(h->taken);
    free(h);
}

/* --- Handing over ----------------------------------------------------------------------------------------------- */

bool yk_hold_take(struct yk_hold *h, const uint8_t **bytes, size_t *size)
{
    char path[sizeof h->folder + NAME_MAX_SIZE], telling[sizeof path];
    if (write_out(h, NULL) != YK_OK)
        yk_log(YK_LOG_ERROR, "sensor %s: the last of what was held could not be written", h->sensor);
    pthread_mutex_lock(&h->lock);
    close_newest(h);
    free(h->taken);
    h->taken = NULL;
    while (h->count > 0 && !h->taken) {
        path_of(h, h->files[0].number, "held", path, sizeof path);
        path_of(h, h->files[0].number, "telling", telling, sizeof telling);
        h->taken = rename(path, telling) == 0 ? read_whole(telling, size) : NULL;
        if (!h->taken) {
            unlink(telling);
            give_up(h, "they cannot be read");
        }
    }
    *bytes = h->taken;
    pthread_mutex_unlock(&h->lock);
    return *bytes != NULL;
}

void yk_hold_told(struct yk_hold *h)
{
    char telling[sizeof h->folder + NAME_MAX_SIZE];
    pthread_mutex_lock(&h->lock);
    path_of(h, h->files[0].number, "telling", telling, sizeof telling);
    unlink(telling);
    memmove(&h->files[0], &h->files[1], --h->count * sizeof h->files[0]);
    free(h->taken);
    h->taken = NULL;
    pthread_mutex_unlock(&h->lock);
}

uint64_t yk_hold_count(struct yk_hold *h)
{
    pthread_mutex_lock(&h->lock);
    uint64_t count = 0;
    for (size_t i = 0; i < h->count; i++)
        count += h->files[i].records;
    pthread_mutex_unlock(&h->lock);
    return count;
}

uint64_t yk_hold_take_lost(struct yk_hold *h)
{
    pthread_mutex_lock(&h->lock);
    uint64_t lost = h->lost;
    h->lost = 0;
    pthread_mutex_unlock(&h->lock);
    return lost;
}
