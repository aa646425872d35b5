/* Writing segments. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_MAX (8 * 1024 * 1024)
#define DAY_S       86400
#define GROUPS      4 /* by enum yk_group; 0 is unused */

struct segment {
    int fd; /* -1: none open */
    int64_t period_s;
    size_t size;
};

struct yk_spool {
    pthread_mutex_t lock;
    char dir[YK_PATH_SIZE];
    char district[YK_ID_SIZE], edge[YK_ID_SIZE];
    const uint8_t *secret_key;
    uint64_t config_id;
    bool sync;
    int slot_fd; /* <slot>.incarnation, locked: one collector per slot */
    uint64_t incarnation, predecessor;
    uint64_t sequence[GROUPS], predecessor_sequence[GROUPS];
    uint64_t frames, segments;
    struct segment open[GROUPS];
    uint8_t buffer[YK_FRAME_SIZE_MAX];
};

/* What stands in the slot's file: the incarnation and its last sequence per group, 8 bytes each. */
#define SLOT_WORDS (1 + GROUPS)

static enum yk_status make_dir(const char *path, struct yk_error *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return YK_OK;
    enum yk_status status = errno == ENOSPC ? YK_ERR_FULL : YK_ERR_IO;
    return yk_error_errno(err, status, "cannot make the spool folder %s", path);
}

static enum yk_status open_slot(struct yk_spool *spool, const char *slot, struct yk_error *err)
{
    char path[YK_PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s.incarnation", spool->dir, slot);
    spool->slot_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (spool->slot_fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot open %s", path);
    if (flock(spool->slot_fd, LOCK_EX | LOCK_NB) != 0)
        return yk_error_set(
            err, YK_ERR_UNAVAILABLE,
            "another collector is running with the spool %s (slot %s); end it first, or use another folder", spool->dir,
            slot);
    uint64_t words[SLOT_WORDS];
    if (pread(spool->slot_fd, words, sizeof words, 0) == (ssize_t)sizeof words) {
        spool->predecessor = words[0];
        memcpy(spool->predecessor_sequence, words + 1, sizeof spool->predecessor_sequence);
    }
    return YK_OK;
}

enum yk_status yk_spool_open(const struct yk_spool_options *options, struct yk_spool **out, struct yk_error *err)
{
    *out = NULL;
    if (sodium_init() < 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "libsodium does not start");
    struct yk_spool *spool = calloc(1, sizeof *spool);
    if (!spool)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    pthread_mutex_init(&spool->lock, NULL);
    spool->slot_fd = -1;
    for (int i = 0; i < GROUPS; i++)
        spool->open[i].fd = -1;
    snprintf(spool->dir, sizeof spool->dir, "%s", options->dir);
    snprintf(spool->district, sizeof spool->district, "%s", options->district);
    snprintf(spool->edge, sizeof spool->edge, "%s", options->edge);
    spool->secret_key = options->secret_key;
    spool->config_id = options->config_id;
    spool->sync = options->sync;
    do
        randombytes_buf(&spool->incarnation, sizeof spool->incarnation);
    while (spool->incarnation == 0);
    enum yk_status status = make_dir(spool->dir, err);
    if (status == YK_OK)
        status = open_slot(spool, options->slot, err);
    if (status != YK_OK) {
        yk_spool_close(spool);
        return status;
    }
    *out = spool;
    return YK_OK;
}

static void close_segment(struct segment *segment)
{
    if (segment->fd < 0)
        return;
    fdatasync(segment->fd);
    close(segment->fd); /* releases the lock: the segment is finished */
    segment->fd = -1;
}

void yk_spool_close(struct yk_spool *spool)
{
    if (!spool)
        return;
    for (int i = 0; i < GROUPS; i++)
        close_segment(&spool->open[i]);
    if (spool->slot_fd >= 0)
        close(spool->slot_fd);
    pthread_mutex_destroy(&spool->lock);
    free(spool);
}

static enum yk_status open_segment(struct yk_spool *spool, enum yk_group group, int64_t period_s, struct yk_error *err)
{
    static const char *const names[GROUPS] = {"", "presence", "plain", "sighting"};
    char path[YK_PATH_SIZE + 128];
    int n = snprintf(path, sizeof path, "%s/%s-%" PRId64, spool->dir, names[group], period_s);
    enum yk_status status = make_dir(path, err);
    if (status != YK_OK)
        return status;
    snprintf(path + n, sizeof path - (size_t)n, "/%016" PRIx64 "-%06" PRIu64 ".seg", spool->incarnation,
             spool->segments);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return yk_error_errno(err, errno == ENOSPC ? YK_ERR_FULL : YK_ERR_IO, "cannot make %s", path);
    /* A new file in a new folder: nobody else can hold it. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return yk_error_errno(err, YK_ERR_IO, "cannot lock %s", path);
    }
    spool->segments++;
    spool->open[group] = (struct segment){fd, period_s, 0};
    return YK_OK;
}

static enum yk_status write_frame(struct yk_spool *spool, struct segment *segment, size_t size, struct yk_error *err)
{
    ssize_t written = write(segment->fd, spool->buffer, size);
    int saved = errno;
    if (written == (ssize_t)size && (!spool->sync || fdatasync(segment->fd) == 0)) {
        segment->size += size;
        return YK_OK;
    }
    if (written == (ssize_t)size)
        saved = errno;
    /* Part of a frame is no frame. */
    if (written > 0 && ftruncate(segment->fd, (off_t)segment->size) != 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot cut a spool segment back");
    bool full = written >= 0 || saved == ENOSPC || saved == EDQUOT || saved == EFBIG;
    errno = written >= 0 && saved == 0 ? ENOSPC : saved;
    return yk_error_errno(err, full ? YK_ERR_FULL : YK_ERR_IO, "cannot write to the spool %s", spool->dir);
}

enum yk_status yk_spool_append(struct yk_spool *spool, struct yk_frame_header *header, const uint8_t *body,
                               size_t body_size, struct yk_error *err)
{
    pthread_mutex_lock(&spool->lock);
    enum yk_group group = header->group;
    int64_t period_s = group == YK_GROUP_PRESENCE ? header->epoch_s : header->base_s / DAY_S * DAY_S;
    struct segment *segment = &spool->open[group];
    enum yk_status status = YK_OK;
    if (segment->fd >= 0 && (segment->period_s != period_s || segment->size >= SEGMENT_MAX))
        close_segment(segment);
    if (segment->fd < 0)
        status = open_segment(spool, group, period_s, err);
    if (status != YK_OK)
        goto out;

    memcpy(header->district, spool->district, sizeof header->district);
    memcpy(header->edge, spool->edge, sizeof header->edge);
    header->incarnation = spool->incarnation;
    header->sequence = spool->sequence[group] + 1;
    header->config_id = spool->config_id;
    if (header->sequence == 1 && spool->predecessor) {
        header->flags |= YK_FRAME_HAS_PREDECESSOR;
        header->predecessor = spool->predecessor;
        header->predecessor_sequence = spool->predecessor_sequence[group];
    }
    size_t size = yk_frame_seal(header, body, body_size, spool->secret_key, spool->buffer);
    if (size == 0) {
        status = yk_error_set(err, YK_ERR_INTERNAL, "a frame's body is too large");
        goto out;
    }
    errno = 0;
    status = write_frame(spool, segment, size, err);
    if (status != YK_OK)
        goto out;
    spool->sequence[group]++;
    spool->frames++;
    uint64_t words[SLOT_WORDS] = {spool->incarnation};
    memcpy(words + 1, spool->sequence, sizeof spool->sequence);
    if (pwrite(spool->slot_fd, words, sizeof words, 0) != (ssize_t)sizeof words)
        status = yk_error_errno(err, YK_ERR_IO, "cannot write the incarnation file in %s", spool->dir);
out:
    pthread_mutex_unlock(&spool->lock);
    return status;
}

uint64_t yk_spool_frames(const struct yk_spool *spool)
{
    return spool->frames;
}
