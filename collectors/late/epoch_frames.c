/* Looking through the segments of an epoch's folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "late/epoch_frames.h"

#include "base/notify.h"
#include "frame/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct finding {
    const struct yk_epoch_frames_options *options;
    struct yk_epoch_frames *frames;
    bool no_memory;
};

void yk_epoch_frames_clear(struct yk_epoch_frames *frames)
{
    for (size_t i = 0; i < frames->segment_count; i++)
        free(frames->segments[i]);
    if (frames->fd >= 0)
        close(frames->fd);
    free(frames->segments);
    free(frames->sensors);
    free(frames->list);
    *frames = (struct yk_epoch_frames){.fd = -1};
}

static bool is_ours(const struct yk_epoch_frames_options *o, const struct yk_frame *frame)
{
    const struct yk_frame_header *h = &frame->header;
    return h->group == YK_GROUP_PRESENCE && !(h->flags & YK_FRAME_TOMBSTONE) && h->epoch_s == o->start_s &&
           h->base_s >= o->start_s && h->last_s < o->end_s && strcmp(h->district, o->district) == 0 &&
           strcmp(h->edge, o->edge) == 0 && yk_frame_verify(frame, o->public_key);
}

/* -1: no memory */
static int sensor_index(struct yk_epoch_frames *frames, const char *id)
{
    for (size_t i = frames->sensor_count; i-- > 0;) /* the one before, most often */
        if (strcmp(frames->sensors[i], id) == 0)
            return (int)i;
    if (frames->sensor_count > UINT16_MAX)
        return -1;
    char(*sensors)[YK_ID_SIZE] = realloc(frames->sensors, (frames->sensor_count + 1) * sizeof *sensors);
    if (!sensors)
        return -1;
    frames->sensors = sensors;
    memcpy(sensors[frames->sensor_count], id, YK_ID_SIZE);
    return (int)frames->sensor_count++;
}

static void take(void *context, const struct yk_frame *frame, size_t offset)
{
    struct finding *f = context;
    struct yk_epoch_frames *frames = f->frames;
    const struct yk_frame_header *h = &frame->header;
    yk_notify_alive();
    if (f->no_memory)
        return;
    if (frames->count == YK_EPOCH_FRAMES_MAX || !is_ours(f->options, frame)) {
        frames->refused++;
        return;
    }
    int sensor = sensor_index(frames, h->sensor);
    if (sensor >= 0 && frames->count == frames->capacity) {
        size_t capacity = frames->capacity ? 2 * frames->capacity : 256;
        struct yk_epoch_frame *list = realloc(frames->list, capacity * sizeof *list);
        if (list) {
            frames->list = list;
            frames->capacity = capacity;
        }
    }
    f->no_memory = sensor < 0 || frames->count == frames->capacity;
    if (!f->no_memory)
        frames->list[frames->count++] = (struct yk_epoch_frame){.incarnation = h->incarnation,
                                                                .sequence = h->sequence,
                                                                .offset = offset,
                                                                .base_s = h->base_s,
                                                                .last_s = h->last_s,
                                                                .told_from_s = h->told_from_s,
                                                                .told_to_s = h->told_to_s,
                                                                .segment = (uint32_t)frames->segment_count - 1,
                                                                .size = (uint32_t)frame->size,
                                                                .sensor = (uint16_t)sensor,
                                                                .stream = h->stream,
                                                                .records = h->records,
                                                                .lane = (uint8_t)h->lane};
}

static int by_number(const void *a, const void *b)
{
    const struct yk_epoch_frame *x = a, *y = b;
    if (x->sensor != y->sensor)
        return x->sensor < y->sensor ? -1 : 1;
    if (x->incarnation != y->incarnation)
        return x->incarnation < y->incarnation ? -1 : 1;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    if (x->lane != y->lane)
        return x->lane < y->lane ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void each_once(struct yk_epoch_frames *frames)
{
    size_t kept = 0;
    if (frames->count > 1)
        qsort(frames->list, frames->count, sizeof *frames->list, by_number);
    for (size_t i = 0; i < frames->count; i++)
        if (kept == 0 || by_number(&frames->list[kept - 1], &frames->list[i]) != 0)
            frames->list[kept++] = frames->list[i];
    frames->count = kept;
}

static enum yk_status read_segment(struct finding *f, const char *path, struct yk_error *err)
{
    struct yk_epoch_frames *frames = f->frames;
    if (yk_segment_grows(path))
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "%s is being written, or was just sent", path);
    char **segments = realloc(frames->segments, (frames->segment_count + 1) * sizeof *segments);
    char *copy = segments ? strdup(path) : NULL;
    if (segments)
        frames->segments = segments;
    if (!copy)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    frames->segments[frames->segment_count++] = copy;
    if (yk_segment_read(path, take, f) != YK_OK)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "%s cannot be read now", path);
    return f->no_memory ? yk_error_set(err, YK_ERR_MEMORY, "out of memory") : YK_OK;
}

enum yk_status yk_epoch_frames_find(const struct yk_epoch_frames_options *options, struct yk_epoch_frames *out,
                                    struct yk_error *err)
{
    *out = (struct yk_epoch_frames){.fd = -1};
    struct finding finding = {.options = options, .frames = out};
    char folder[YK_PATH_SIZE + 64];
    snprintf(folder, sizeof folder, "%s/presence-%" PRId64, options->spool, options->start_s);
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot read %s", folder);
    enum yk_status status = YK_OK;
    for (struct dirent *entry; status == YK_OK && (entry = readdir(dir));) {
        char path[PATH_MAX];
        size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".seg") == 0 &&
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path)
            status = read_segment(&finding, path, err);
    }
    closedir(dir);
    each_once(out);
    return status;
}

enum yk_status yk_epoch_frames_load(struct yk_epoch_frames *frames, const struct yk_epoch_frame *which, uint8_t *bytes,
                                    struct yk_frame *out, struct yk_error *err)
{
    const char *path = frames->segments[which->segment];
    if (frames->fd >= 0 && frames->fd_segment != which->segment) {
        close(frames->fd);
        frames->fd = -1;
    }
    if (frames->fd < 0) {
        frames->fd = open(path, O_RDONLY | O_CLOEXEC);
        frames->fd_segment = which->segment;
    }
    if (frames->fd < 0 || pread(frames->fd, bytes, which->size, (off_t)which->offset) != (ssize_t)which->size ||
        yk_frame_parse(bytes, which->size, out) != YK_FRAME_OK)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "%s went away while it was read", path);
    return YK_OK;
}
