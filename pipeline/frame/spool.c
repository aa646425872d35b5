/* Writing segments. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/spool.h"

#include "base/clock.h"
#include "base/log.h"

#include <dirent.h>
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

#define SEGMENT_MAX    (8 * 1024 * 1024)
#define DAY_S          86400
#define FOLDER_TRIES   16
#define ERASE_EVERY_US 60000000
#define GROUPS         4 /* by enum yk_group; 0 is unused */

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
    struct yk_log_once no_sync;
    struct yk_mono erased; /* when ended epochs were last looked for */
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
    char folder[YK_PATH_SIZE + 64], path[sizeof folder + 64], made[sizeof path + 8];
    snprintf(folder, sizeof folder, "%s/%s-%" PRId64, spool->dir, names[group], period_s);
    snprintf(path, sizeof path, "%s/%016" PRIx64 "-%06" PRIu64 ".seg", folder, spool->incarnation, spool->segments);
    snprintf(made, sizeof made, "%s.new", path);
    int fd = -1;
    for (int tries = 0; fd < 0 && tries < FOLDER_TRIES; tries++) {
        enum yk_status status = make_dir(folder, err);
        if (status != YK_OK)
            return status;
        fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0 && errno != ENOENT) /* a reader may take an empty folder away at this very moment */
            break;
    }
    if (fd < 0)
        return yk_error_errno(err, errno == ENOSPC ? YK_ERR_FULL : YK_ERR_IO, "cannot make %s", path);
    /* Locked before it has a reader's name: a segment seen without its lock would count as finished, and be deleted. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || rename(made, path) != 0) {
        enum yk_status status = errno == ENOSPC ? YK_ERR_FULL : YK_ERR_IO;
        status = yk_error_errno(err, status, "cannot make %s", path);
        unlink(made);
        close(fd);
        return status;
    }
    spool->segments++;
    spool->open[group] = (struct segment){fd, period_s, 0};
    return YK_OK;
}

static enum yk_status write_frame(struct yk_spool *spool, struct segment *segment, size_t size, struct yk_error *err)
{
    ssize_t written = write(segment->fd, spool->buffer, size);
    int saved = errno;
    if (written == (ssize_t)size) {
        /* A reader may have it already: whatever the disk says to the sync, the frame and its sequence are out. */
        if (spool->sync && fdatasync(segment->fd) != 0)
            yk_log_enter(&spool->no_sync, "the spool %s cannot be synced: a power cut may lose its last frames",
                         spool->dir);
        segment->size += size;
        return YK_OK;
    }
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
    /* The frame is in the spool and counts: a failure here must not make the caller give its records again. What the
     * slot says is only how gaps are told, and the next frame writes it anew. */
    ssize_t told = pwrite(spool->slot_fd, words, sizeof words, 0);
    (void)told;
out:
    pthread_mutex_unlock(&spool->lock);
    return status;
}

static uint64_t erase_folder(const char *folder)
{
    uint64_t erased = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        erased += entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) == 0;
    if (dir)
        closedir(dir);
    rmdir(folder);
    return erased;
}

uint64_t yk_spool_erase_before(struct yk_spool *spool, int64_t epoch_s)
{
    uint64_t erased = 0;
    pthread_mutex_lock(&spool->lock);
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    DIR *dir = spool->erased.us && now.us - spool->erased.us < ERASE_EVERY_US ? NULL : opendir(spool->dir);
    if (dir)
        spool->erased = now;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strncmp(entry->d_name, "presence-", 9) != 0)
            continue;
        char *end, folder[YK_PATH_SIZE + 300];
        int64_t start_s = strtoll(entry->d_name + 9, &end, 10);
        if (*end || start_s >= epoch_s)
            continue;
        if (spool->open[YK_GROUP_PRESENCE].period_s == start_s)
            close_segment(&spool->open[YK_GROUP_PRESENCE]);
        snprintf(folder, sizeof folder, "%s/%s", spool->dir, entry->d_name);
        erased += erase_folder(folder);
    }
    if (dir)
        closedir(dir);
    pthread_mutex_unlock(&spool->lock);
    return erased;
}

uint64_t yk_spool_frames(const struct yk_spool *spool)
{
    return spool->frames;
}
