/* Room in the spool: measuring it, and giving up the oldest presence. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A segment holds frames of several sensors, one after the other. Each run of consecutive numbers of one lane becomes one
 * tombstone (a few hundred bytes for megabytes). It is unlinked first: on a full disk that makes the room for them; if the
 * power goes in between, the gap in the numbers says the same, a little later. */
#include "frame/spool_private.h"

#include "frame/segment.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

#define RUNS_MAX      256
#define PATH_MAX_SIZE (YK_PATH_SIZE + 600)

/* Calls fn for each segment of folders whose name begins with prefix. */
typedef void segment_fn(void *context, const char *path, int64_t period_s, const struct stat *st);

static void each_segment(const struct yk_spool *spool, const char *prefix, segment_fn *fn, void *context)
{
    DIR *dir = opendir(spool->dir);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const char *dash = strchr(entry->d_name, '-');
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 || !dash)
            continue;
        char folder[YK_PATH_SIZE + 300];
        snprintf(folder, sizeof folder, "%s/%s", spool->dir, entry->d_name);
        DIR *inside = opendir(folder);
        for (struct dirent *file; inside && (file = readdir(inside));) {
            size_t length = strlen(file->d_name);
            struct stat st;
            char path[PATH_MAX_SIZE];
            snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
            if (length > 4 && strcmp(file->d_name + length - 4, ".seg") == 0 && stat(path, &st) == 0)
                fn(context, path, strtoll(dash + 1, NULL, 10), &st);
        }
        if (inside)
            closedir(inside);
    }
    if (dir)
        closedir(dir);
}

static void add_size(void *context, const char *path, int64_t period_s, const struct stat *st)
{
    (void)path;
    (void)period_s;
    *(uint64_t *)context += (uint64_t)st->st_size;
}

bool yk_spool_over(struct yk_spool *spool, size_t size)
{
    if (spool->max_bytes == 0 || spool->bytes + size <= spool->max_bytes)
        return false;
    spool->bytes = 0; /* the uplink may have deleted some since */
    each_segment(spool, "", add_size, &spool->bytes);
    return spool->bytes + size > spool->max_bytes;
}

struct oldest {
    char path[PATH_MAX_SIZE];
    int64_t period_s;
    struct timespec written;
};

static void keep_oldest(void *context, const char *path, int64_t period_s, const struct stat *st)
{
    struct oldest *oldest = context;
    bool older = !oldest->path[0] || period_s < oldest->period_s ||
                 (period_s == oldest->period_s &&
                  (st->st_mtim.tv_sec < oldest->written.tv_sec ||
                   (st->st_mtim.tv_sec == oldest->written.tv_sec && st->st_mtim.tv_nsec < oldest->written.tv_nsec)));
    if (!older || st->st_size == 0 || yk_segment_grows(path))
        return;
    snprintf(oldest->path, sizeof oldest->path, "%s", path);
    oldest->period_s = period_s;
    oldest->written = st->st_mtim;
}

enum yk_status yk_spool_make_room(struct yk_spool *spool, bool own, struct yk_error *err)
{
    struct oldest oldest = {0};
    each_segment(spool, "presence-", keep_oldest, &oldest);
    if (!oldest.path[0] && own && spool->open[YK_GROUP_PRESENCE].fd >= 0) {
        yk_spool_close_segment(&spool->open[YK_GROUP_PRESENCE]);
        each_segment(spool, "presence-", keep_oldest, &oldest);
    }
    if (!oldest.path[0])
        return yk_error_set(err, YK_ERR_FULL,
                            "the spool %s is full of frames that must not be given up: is the uplink running?",
                            spool->dir);
    uint64_t frames = yk_spool_give_up(spool, oldest.path);
    if (access(oldest.path, F_OK) == 0) /* it would be the oldest again, for ever */
        return yk_error_set(err, YK_ERR_IO, "the spool %s is full, and %s cannot be removed", spool->dir, oldest.path);
    yk_log_enter(&spool->no_room,
                 "the spool %s is full: the oldest presence is given up, %" PRIu64
                 " frames so far (counted as lost time; said once)",
                 spool->dir, frames);
    char *slash = strrchr(oldest.path, '/');
    *slash = '\0';
    rmdir(oldest.path); /* fails while other segments are in it */
    return YK_OK;
}

struct runs {
    struct yk_frame_header first[RUNS_MAX];
    uint64_t last[RUNS_MAX];
    size_t count;
    uint64_t frames;
};

static bool same_lane(const struct yk_frame_header *a, const struct yk_frame_header *b)
{
    return a->incarnation == b->incarnation && a->group == b->group && a->lane == b->lane && a->stream == b->stream &&
           strcmp(a->sensor, b->sensor) == 0;
}

static void add_to_run(void *context, const struct yk_frame *frame, size_t offset)
{
    (void)offset;
    struct runs *runs = context;
    const struct yk_frame_header *h = &frame->header;
    runs->frames++;
    for (size_t i = runs->count; i-- > 0;) {
        if (!same_lane(&runs->first[i], h) || h->sequence != runs->last[i] + 1)
            continue;
        runs->last[i] = h->sequence;
        runs->first[i].told_to_s = h->told_to_s;
        return;
    }
    if (runs->count == RUNS_MAX)
        return; /* the gap in the numbers tells it */
    runs->first[runs->count] = *h;
    runs->last[runs->count++] = h->sequence;
}

static void write_tombstone(struct yk_spool *spool, struct yk_frame_header *h, uint64_t last)
{
    uint8_t body[10];
    struct yk_buffer b = yk_buffer_of(body, sizeof body);
    yk_buffer_varint(&b, last - h->sequence);
    h->flags = (uint8_t)((h->flags & YK_FRAME_HAS_PREDECESSOR) | YK_FRAME_TOMBSTONE);
    h->records = 0;
    h->key_id = 0;
    h->base_s = h->told_from_s;
    h->last_s = h->told_to_s > h->told_from_s ? h->told_to_s : h->told_from_s;
    memcpy(h->district, spool->district, sizeof h->district);
    memcpy(h->edge, spool->edge, sizeof h->edge);
    size_t size = yk_frame_seal(h, body, b.length, spool->secret_key, spool->tag_key, spool->buffer);
    if (yk_spool_write(spool, YK_GROUP_PLAIN, h->base_s / DAY_S * DAY_S, size, NULL) == YK_OK)
        spool->frames++;
}

uint64_t yk_spool_give_up(struct yk_spool *spool, const char *path)
{
    struct runs *runs = calloc(1, sizeof *runs);
    if (runs && yk_segment_read(path, add_to_run, runs) != YK_OK)
        runs->count = 0; /* the gap in the numbers tells it */
    if (unlink(path) != 0 && errno != ENOENT) {
        yk_log_enter(&spool->no_room, "cannot remove %s", path);
        free(runs);
        return 0;
    }
    for (size_t i = 0; runs && i < runs->count; i++)
        if (runs->first[i].group == YK_GROUP_PRESENCE && !(runs->first[i].flags & YK_FRAME_TOMBSTONE))
            write_tombstone(spool, &runs->first[i], runs->last[i]);
    uint64_t frames = runs ? runs->frames : 0;
    spool->given_up += frames;
    free(runs);
    return frames;
}
