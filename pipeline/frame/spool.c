/* Writing segments. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/spool_private.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "frame/segment.h"
#include "frame/tag.h"
#include "frame/wake.h"
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

#define FOLDER_TRIES 16
#define FULL_WAIT_US 10000000

static enum yk_status make_dir(const char *path, mode_t mode, struct yk_error *err)
{
    if (mkdir(path, mode) == 0 || errno == EEXIST)
        return YK_OK;
    enum yk_status status = errno == ENOSPC ? YK_ERR_FULL : YK_ERR_IO;
    return yk_error_errno(err, status, "cannot make the spool folder %s", path);
}

/* A record whose bytes do not fit together would tell of an end that never was. */
static void lane_sum(const uint8_t record[static LANE_RECORD], uint8_t out[static LANE_SUM])
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    crypto_generichash(hash, sizeof hash, record, LANE_BYTES, NULL, 0);
    memcpy(out, hash, LANE_SUM);
}

static void read_lanes(struct yk_spool *spool)
{
    uint8_t record[LANE_RECORD], sum[LANE_SUM];
    while (spool->lane_count < LANES_MAX &&
           pread(spool->slot_fd, record, sizeof record, (off_t)(spool->lane_count * LANE_RECORD)) == LANE_RECORD) {
        struct lane *lane = &spool->lanes[spool->lane_count++]; /* a damaged one is no lane, but keeps its place */
        struct yk_cursor c = yk_cursor_of(record, sizeof record);
        lane->group = yk_cursor_u8(&c);
        lane->lane = yk_cursor_u8(&c);
        memcpy(lane->sensor, yk_cursor_take(&c, YK_ID_SIZE), YK_ID_SIZE);
        lane->sensor[YK_ID_SIZE - 1] = '\0';
        lane->incarnation = yk_cursor_le64(&c);
        lane->sequence = yk_cursor_le64(&c);
        lane->from_s = (int64_t)yk_cursor_le64(&c);
        lane->to_s = (int64_t)yk_cursor_le64(&c);
        lane->wrote_s = (int64_t)yk_cursor_le64(&c);
        lane_sum(record, sum);
        /* Times out of range would make a frame that nobody takes. */
        bool sound = memcmp(sum, record + LANE_BYTES, LANE_SUM) == 0 && lane->sequence > 0 && lane->from_s >= 0 &&
                     lane->from_s <= YK_FRAME_TIME_MAX_S && lane->to_s >= 0 && lane->to_s <= YK_FRAME_TIME_MAX_S;
        if (!sound)
            continue;
        lane->predecessor = lane->incarnation;
        lane->predecessor_sequence = lane->sequence;
        lane->predecessor_from_s = lane->from_s;
        lane->predecessor_to_s = lane->to_s;
    }
}

/* The frame is in the spool and counts: a failure here must not make the caller give its records again. What the slot
 * says is only how the end of a lane is told, and the next frame writes it anew. */
static void write_lane(const struct yk_spool *spool, const struct lane *lane)
{
    uint8_t record[LANE_RECORD] = {0};
    struct yk_buffer b = yk_buffer_of(record, sizeof record);
    yk_buffer_u8(&b, lane->group);
    yk_buffer_u8(&b, lane->lane);
    yk_buffer_put(&b, lane->sensor, YK_ID_SIZE);
    yk_buffer_le(&b, lane->incarnation, 8);
    yk_buffer_le(&b, lane->sequence, 8);
    yk_buffer_le(&b, (uint64_t)lane->from_s, 8);
    yk_buffer_le(&b, (uint64_t)lane->to_s, 8);
    yk_buffer_le(&b, (uint64_t)lane->wrote_s, 8);
    lane_sum(record, record + LANE_BYTES);
    ssize_t told = pwrite(spool->slot_fd, record, sizeof record, (lane - spool->lanes) * (off_t)LANE_RECORD);
    (void)told;
}

static enum yk_status open_slot(struct yk_spool *spool, const char *slot, struct yk_error *err)
{
    char path[YK_PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s.lanes", spool->dir, slot);
    spool->slot_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (spool->slot_fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot open %s", path);
    if (flock(spool->slot_fd, LOCK_EX | LOCK_NB) != 0)
        return yk_error_set(
            err, YK_ERR_UNAVAILABLE,
            "another collector is running with the spool %s (slot %s); end it first, or use another folder", spool->dir,
            slot);
    spool->lanes = calloc(LANES_MAX, sizeof *spool->lanes);
    if (!spool->lanes)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    read_lanes(spool);
    return YK_OK;
}

static struct lane *lane_of(struct yk_spool *spool, const struct yk_frame_header *header)
{
    for (size_t i = 0; i < spool->lane_count; i++)
        if (spool->lanes[i].group == (uint8_t)header->group && spool->lanes[i].lane == (uint8_t)header->lane &&
            strcmp(spool->lanes[i].sensor, header->sensor) == 0)
            return &spool->lanes[i];
    if (spool->lane_count == LANES_MAX)
        return NULL;
    struct lane *lane = &spool->lanes[spool->lane_count++];
    lane->group = (uint8_t)header->group;
    lane->lane = (uint8_t)header->lane;
    memcpy(lane->sensor, header->sensor, sizeof lane->sensor);
    return lane;
}

/* The place of the next frame in its lane, and what was before the lane. */
static void number(const struct yk_spool *spool, const struct lane *lane, struct yk_frame_header *header)
{
    memcpy(header->district, spool->district, sizeof header->district);
    memcpy(header->edge, spool->edge, sizeof header->edge);
    header->incarnation = spool->incarnation;
    header->config_id = spool->config_id;
    if (lane->incarnation == spool->incarnation) {
        header->sequence = lane->sequence + 1;
        header->lane_from_s = lane->from_s;
    } else {
        header->sequence = 1;
        header->lane_from_s = header->told_from_s;
    }
    if (lane->predecessor) {
        header->flags |= YK_FRAME_HAS_PREDECESSOR;
        header->predecessor = lane->predecessor;
        header->predecessor_sequence = lane->predecessor_sequence;
        header->predecessor_from_s = lane->predecessor_from_s;
        header->predecessor_to_s = lane->predecessor_to_s;
    }
}

static enum yk_status make_tag_key(struct yk_spool *spool, const uint8_t *district_public, struct yk_error *err)
{
    spool->tag_key = sodium_malloc(YK_TAG_KEY_SIZE);
    if (!spool->tag_key)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (!yk_tag_key_of_edge(spool->secret_key, district_public, spool->tag_key))
        return yk_error_set(
            err, YK_ERR_INPUT,
            "the district's public key is none that a key pair has: get district.pub from the district");
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
    spool->slot_fd = spool->wake_fd = -1;
    for (int i = 0; i < GROUPS; i++)
        spool->open[i].fd = -1;
    snprintf(spool->dir, sizeof spool->dir, "%s", options->dir);
    snprintf(spool->district, sizeof spool->district, "%s", options->district);
    snprintf(spool->edge, sizeof spool->edge, "%s", options->edge);
    spool->secret_key = options->secret_key;
    spool->config_id = options->config_id;
    spool->sync = options->sync;
    spool->max_bytes = options->max_bytes;
    /* Small enough that giving one up is a small part of the whole. */
    spool->segment_max =
        options->max_bytes && options->max_bytes / 16 < SEGMENT_MAX ? options->max_bytes / 16 : SEGMENT_MAX;
    spool->bytes = UINT64_MAX / 2; /* not measured yet */
    do
        randombytes_buf(&spool->incarnation, sizeof spool->incarnation);
    while (spool->incarnation == 0);
    enum yk_status status = options->district_public ? make_tag_key(spool, options->district_public, err) : YK_OK;
    if (status == YK_OK)
        status = make_dir(spool->dir, 0700, err);
    if (status == YK_OK)
        status = open_slot(spool, options->slot, err);
    if (status != YK_OK) {
        yk_spool_close(spool);
        return status;
    }
    spool->wake_fd = options->sync ? yk_wake_sender() : -1; /* a replay's uplink comes later */
    *out = spool;
    return YK_OK;
}

void yk_spool_close_segment(struct segment *segment)
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
        yk_spool_close_segment(&spool->open[i]);
    if (spool->slot_fd >= 0)
        close(spool->slot_fd);
    if (spool->wake_fd >= 0)
        close(spool->wake_fd);
    sodium_free(spool->tag_key);
    free(spool->lanes);
    pthread_mutex_destroy(&spool->lock);
    free(spool);
}

static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static enum yk_status open_segment(struct yk_spool *spool, enum yk_group group, int64_t period_s, struct yk_error *err)
{
    static const char *const names[GROUPS] = {"", "presence", "plain", "sighting", "reduced"};
    char folder[YK_PATH_SIZE + 64], path[sizeof folder + 64], made[sizeof path + 8];
    snprintf(folder, sizeof folder, "%s/%s-%" PRId64, spool->dir, names[group], period_s);
    snprintf(path, sizeof path, "%s/%016" PRIx64 "-%06" PRIu64 ".seg", folder, spool->incarnation, spool->segments);
    snprintf(made, sizeof made, "%s.new", path);
    /* Where somebody made the spool's folder for a group, that group's uplink reads segments and takes them away, and
     * cannot write one. Everywhere else nobody comes in. */
    struct stat st;
    bool shared = stat(spool->dir, &st) == 0 && (st.st_mode & 0070) == 0070;
    int fd = -1;
    for (int tries = 0; fd < 0 && tries < FOLDER_TRIES; tries++) {
        enum yk_status status = make_dir(folder, shared ? 0770 : 0700, err);
        if (status != YK_OK)
            return status;
        fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, shared ? 0640 : 0600);
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
    if (spool->sync) { /* without its name in the folder a synced file is lost in a power cut */
        sync_folder(folder);
        sync_folder(spool->dir);
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

enum yk_status yk_spool_write(struct yk_spool *spool, enum yk_group group, int64_t period_s, size_t size,
                              struct yk_error *err)
{
    struct segment *segment = &spool->open[group];
    if (segment->fd >= 0 && (segment->period_s != period_s || segment->size >= spool->segment_max))
        yk_spool_close_segment(segment);
    enum yk_status status = segment->fd < 0 ? open_segment(spool, group, period_s, err) : YK_OK;
    if (status != YK_OK)
        return status;
    errno = 0;
    status = write_frame(spool, segment, size, err);
    if (status == YK_OK)
        spool->bytes += size;
    return status;
}

/* A full disk is waited out for a while first: the uplink may be deleting what the district has, or somebody clears up. */
static bool full_for_long(struct yk_spool *spool)
{
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    if (spool->full_since.us == 0)
        spool->full_since = now;
    return now.us - spool->full_since.us >= FULL_WAIT_US;
}

enum yk_status yk_spool_append(struct yk_spool *spool, struct yk_frame_header *header, const uint8_t *body,
                               size_t body_size, struct yk_error *err)
{
    pthread_mutex_lock(&spool->lock);
    enum yk_group group = header->group;
    int64_t period_s = group == YK_GROUP_PRESENCE ? header->epoch_s : header->base_s / DAY_S * DAY_S;
    enum yk_status status = YK_OK;
    size_t size = YK_FRAME_HEADER_SIZE + body_size + YK_FRAME_TRAILER_MAX;
    while (status == YK_OK && yk_spool_over(spool, size))
        status = yk_spool_make_room(spool, true, err);
    if (status != YK_OK)
        goto out;
    struct lane *lane = lane_of(spool, header);
    if (!lane) {
        status = yk_error_set(err, YK_ERR_INTERNAL, "more than %d lanes in one spool", LANES_MAX);
        goto out;
    }
    number(spool, lane, header);
    do { /* giving up may write tombstones, so the frame is sealed anew */
        size = yk_frame_seal(header, body, body_size, spool->secret_key, spool->tag_key, spool->buffer);
        if (size == 0) {
            status = yk_error_set(err, YK_ERR_INTERNAL, "a frame's body is too large");
            goto out;
        }
        status = yk_spool_write(spool, group, period_s, size, err);
    } while (status == YK_ERR_FULL && full_for_long(spool) && yk_spool_make_room(spool, false, NULL) == YK_OK);
    if (status != YK_OK)
        goto out;
    spool->full_since.us = 0;
    spool->frames++;
    lane->incarnation = spool->incarnation;
    lane->sequence = header->sequence;
    lane->from_s = header->lane_from_s;
    lane->to_s = header->told_to_s;
    lane->wrote_s = yk_wall_now(&yk_clock_system).us / 1000000;
    write_lane(spool, lane);
    yk_wake_send(spool->wake_fd, spool->dir);
out:
    pthread_mutex_unlock(&spool->lock);
    return status;
}

static uint64_t erase_folder(struct yk_spool *spool, const char *folder)
{
    uint64_t erased = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        char path[YK_PATH_SIZE + 600];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        /* Another collector of this edge writes it, by whose clock the epoch is not over: what it adds to a file that has no
         * name any more nobody would ever see. Its own turn comes. */
        if (!yk_segment_grows(path))
            erased += yk_spool_give_up(spool, path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
    return erased;
}

void yk_spool_finish_before(struct yk_spool *spool, int64_t epoch_s)
{
    pthread_mutex_lock(&spool->lock);
    if (spool->open[YK_GROUP_PRESENCE].period_s < epoch_s)
        yk_spool_close_segment(&spool->open[YK_GROUP_PRESENCE]);
    pthread_mutex_unlock(&spool->lock);
}

uint64_t yk_spool_erase_before(struct yk_spool *spool, int64_t epoch_s)
{
    uint64_t erased = 0;
    pthread_mutex_lock(&spool->lock);
    DIR *dir = opendir(spool->dir);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strncmp(entry->d_name, "presence-", 9) != 0)
            continue;
        char *end, folder[YK_PATH_SIZE + 300];
        int64_t start_s = strtoll(entry->d_name + 9, &end, 10);
        if (*end || start_s >= epoch_s)
            continue;
        if (spool->open[YK_GROUP_PRESENCE].period_s == start_s)
            yk_spool_close_segment(&spool->open[YK_GROUP_PRESENCE]);
        snprintf(folder, sizeof folder, "%s/%s", spool->dir, entry->d_name);
        erased += erase_folder(spool, folder);
    }
    if (dir)
        closedir(dir);
    pthread_mutex_unlock(&spool->lock);
    return erased;
}

int64_t yk_spool_wrote_s(const struct yk_spool *spool)
{
    int64_t wrote_s = INT64_MIN;
    for (size_t i = 0; i < spool->lane_count; i++)
        if (spool->lanes[i].predecessor && spool->lanes[i].wrote_s > wrote_s)
            wrote_s = spool->lanes[i].wrote_s;
    return wrote_s;
}

uint64_t yk_spool_frames(const struct yk_spool *spool)
{
    return spool->frames;
}

uint64_t yk_spool_given_up(const struct yk_spool *spool)
{
    return spool->given_up;
}
