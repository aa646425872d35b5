/* Reading the spool's segments. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Frames in Redis and not covered: bounds its memory when the worker is away. */
#define IN_FLIGHT_MAX       2048
#define IN_FLIGHT_BYTES_MAX (16 * 1024 * 1024)

#define SENDS_MAX 3

struct waiting {
    uint64_t incarnation; /* tombstones lie among the frames of later incarnations */
    uint64_t sequence;
    uint64_t last;       /* that a tombstone stands for; of a frame its own */
    struct yk_mono sent; /* us = 0: not sent */
    uint32_t offset, size;
    uint16_t stream, sensor; /* index into the outbox's list */
    uint8_t group, lane;
    uint8_t sends; /* up to SENDS_MAX; a frame that the district keeps refusing no longer counts as in flight */
    bool covered;
};

struct segment {
    char *path;
    bool finished; /* the writer is gone and the file was read to its end after that */
    bool seen;     /* in this scan */
    size_t read;   /* bytes taken */
    struct waiting *frames;
    size_t count, capacity, uncovered;
    size_t first_uncovered; /* below it everything is covered */
};

struct yk_outbox {
    char dir[YK_PATH_SIZE];
    struct segment
        *segments; /* sorted: presence first, then by path: groups, periods, then incarnations in order of writing */
    size_t count, capacity;
    uint64_t frames, damaged;
    size_t in_flight, in_flight_bytes; /* sent and not covered */
    bool turn;                         /* of the fresh frames */
    struct yk_uplink_sensor *sensors;  /* each met, with what became of its frames */
    size_t sensor_count;
    bool trusts;
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    uint8_t *buffer;
    size_t buffer_size;
    uint8_t frame[YK_FRAME_SIZE_MAX];
};

enum yk_status yk_outbox_new(const char *dir, struct yk_outbox **out, struct yk_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    snprintf((*out)->dir, sizeof(*out)->dir, "%s", dir);
    return YK_OK;
}

static bool counts(const struct waiting *waiting)
{
    return waiting->sent.us != 0 && waiting->sends < SENDS_MAX;
}

void yk_outbox_trust(struct yk_outbox *outbox, const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE])
{
    outbox->trusts = true;
    memcpy(outbox->public_key, public_key, sizeof outbox->public_key);
}

static void launch(struct yk_outbox *outbox, const struct waiting *waiting)
{
    outbox->in_flight++;
    outbox->in_flight_bytes += waiting->size;
}

static void land(struct yk_outbox *outbox, const struct waiting *waiting)
{
    outbox->in_flight--;
    outbox->in_flight_bytes -= waiting->size;
}

static void drop_segment(struct yk_outbox *outbox, size_t i)
{
    for (size_t f = 0; f < outbox->segments[i].count; f++)
        if (!outbox->segments[i].frames[f].covered && counts(&outbox->segments[i].frames[f]))
            land(outbox, &outbox->segments[i].frames[f]);
    free(outbox->segments[i].path);
    free(outbox->segments[i].frames);
    memmove(outbox->segments + i, outbox->segments + i + 1, (outbox->count - i - 1) * sizeof *outbox->segments);
    outbox->count--;
}

void yk_outbox_free(struct yk_outbox *outbox)
{
    if (!outbox)
        return;
    while (outbox->count > 0)
        drop_segment(outbox, outbox->count - 1);
    free(outbox->segments);
    free(outbox->sensors);
    free(outbox->buffer);
    free(outbox);
}

/* The sensor's index, -1 if memory ran out. */
static int sensor_index(struct yk_outbox *outbox, const char id[static YK_ID_SIZE])
{
    for (size_t i = outbox->sensor_count; i-- > 0;)
        if (strcmp(outbox->sensors[i].id, id) == 0)
            return (int)i;
    struct yk_uplink_sensor *sensors = outbox->sensor_count < UINT16_MAX
                                           ? realloc(outbox->sensors, (outbox->sensor_count + 1) * sizeof *sensors)
                                           : NULL;
    if (!sensors)
        return -1;
    outbox->sensors = sensors;
    sensors[outbox->sensor_count] = (struct yk_uplink_sensor){.oldest_s = YK_NONE};
    memcpy(sensors[outbox->sensor_count].id, id, YK_ID_SIZE);
    return (int)outbox->sensor_count++;
}

static enum yk_status add_frame(struct yk_outbox *outbox, struct segment *segment, const struct yk_frame *frame,
                                size_t offset, struct yk_error *err)
{
    if (segment->count == segment->capacity) {
        size_t capacity = segment->capacity ? 2 * segment->capacity : 64;
        struct waiting *frames = realloc(segment->frames, capacity * sizeof *frames);
        if (!frames)
            return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        segment->frames = frames;
        segment->capacity = capacity;
    }
    int sensor = sensor_index(outbox, frame->header.sensor);
    if (sensor < 0)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    uint64_t last;
    if (!yk_frame_tombstone(frame, &last))
        last = frame->header.sequence;
    segment->frames[segment->count++] = (struct waiting){
        .incarnation = frame->header.incarnation,
        .sequence = frame->header.sequence,
        .last = last,
        .offset = (uint32_t)offset,
        .size = (uint32_t)frame->size,
        .stream = frame->header.stream,
        .sensor = (uint16_t)sensor,
        .group = (uint8_t)frame->header.group,
        .lane = (uint8_t)frame->header.lane,
    };
    segment->uncovered++;
    outbox->frames++;
    outbox->sensors[sensor].frames++;
    return YK_OK;
}

/* Takes whole frames from bytes that begin at `segment->read`. After damage it goes on at the next place that holds a
 * frame: one bad block on a card must not hide the good frames behind it. */
static enum yk_status take_frames(struct yk_outbox *outbox, struct segment *segment, size_t size, bool finished,
                                  struct yk_error *err)
{
    size_t at = 0;
    bool damaged = false;
    while (at < size) {
        struct yk_frame frame;
        enum yk_frame_fault fault = yk_frame_parse(outbox->buffer + at, size - at, &frame);
        if (fault == YK_FRAME_OK && outbox->trusts && !yk_frame_verify(&frame, outbox->public_key))
            fault = YK_FRAME_BAD;
        if (fault == YK_FRAME_OK) {
            enum yk_status status = add_frame(outbox, segment, &frame, segment->read + at, err);
            if (status != YK_OK)
                return status;
            at += frame.size;
            damaged = false;
            continue;
        }
        if (fault == YK_FRAME_SHORT && !damaged && !finished)
            break; /* it may be growing */
        /* A torn tail (the power went, or the disk was full), or a length that rotted with good frames behind it. */
        outbox->damaged += !damaged;
        damaged = true;
        const uint8_t *next = memmem(outbox->buffer + at + 1, size - at - 1, "YKFR", 4);
        if (!next)
            break;
        at = (size_t)(next - outbox->buffer);
    }
    segment->read += at;
    return YK_OK;
}

static enum yk_status read_segment(struct yk_outbox *outbox, struct segment *segment, struct yk_error *err)
{
    int fd = open(segment->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot read %s", segment->path);
    /* The lock first, the size after it: a writer that is gone by now has written all that it will. */
    bool finished = flock(fd, LOCK_SH | LOCK_NB) == 0;
    struct stat st;
    enum yk_status status = YK_OK;
    if (fstat(fd, &st) != 0) {
        status = yk_error_errno(err, YK_ERR_IO, "cannot read %s", segment->path);
        goto out;
    }
    size_t more = (size_t)st.st_size > segment->read ? (size_t)st.st_size - segment->read : 0;
    if (more > outbox->buffer_size) {
        uint8_t *buffer = realloc(outbox->buffer, more);
        if (!buffer) {
            status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
            goto out;
        }
        outbox->buffer = buffer;
        outbox->buffer_size = more;
    }
    ssize_t got = more ? pread(fd, outbox->buffer, more, (off_t)segment->read) : 0;
    if (got < 0)
        status = yk_error_errno(err, YK_ERR_IO, "cannot read %s", segment->path);
    else
        status = take_frames(outbox, segment, (size_t)got, finished, err);
    segment->finished = finished;
out:
    close(fd);
    return status;
}

/* Presence goes before what a sensor says of its running: were the link to end for good between the two, the district
 * would take a busy minute for a quiet one. */
static int by_order(const char *a, const char *b)
{
    bool a_presence = strstr(a, "/presence-") != NULL, b_presence = strstr(b, "/presence-") != NULL;
    return a_presence != b_presence ? (a_presence ? -1 : 1) : strcmp(a, b);
}

/* The segment with that path, made if it is new. */
static struct segment *segment_at(struct yk_outbox *outbox, const char *path)
{
    size_t low = 0, high = outbox->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = by_order(outbox->segments[middle].path, path);
        if (order == 0)
            return &outbox->segments[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (outbox->count == outbox->capacity) {
        size_t capacity = outbox->capacity ? 2 * outbox->capacity : 16;
        struct segment *segments = realloc(outbox->segments, capacity * sizeof *segments);
        if (!segments)
            return NULL;
        outbox->segments = segments;
        outbox->capacity = capacity;
    }
    char *copy = strdup(path);
    if (!copy)
        return NULL;
    memmove(outbox->segments + low + 1, outbox->segments + low, (outbox->count - low) * sizeof *outbox->segments);
    outbox->segments[low] = (struct segment){.path = copy};
    outbox->count++;
    return &outbox->segments[low];
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static enum yk_status scan_folder(struct yk_outbox *outbox, const char *folder, struct yk_error *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot read %s", folder);
    enum yk_status status = YK_OK;
    for (struct dirent *entry; status == YK_OK && (entry = readdir(dir));) {
        if (!ends_with(entry->d_name, ".seg"))
            continue;
        char path[PATH_MAX];
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
            continue;
        struct segment *segment = segment_at(outbox, path);
        if (!segment) {
            status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
            break;
        }
        segment->seen = true;
        if (!segment->finished)
            status = read_segment(outbox, segment, err);
    }
    closedir(dir);
    return status;
}

enum yk_status yk_outbox_scan(struct yk_outbox *outbox, struct yk_error *err)
{
    for (size_t i = 0; i < outbox->count; i++)
        outbox->segments[i].seen = false;
    DIR *dir = opendir(outbox->dir);
    if (!dir)
        return errno == ENOENT ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot read the spool %s", outbox->dir);
    enum yk_status status = YK_OK;
    for (struct dirent *entry; status == YK_OK && (entry = readdir(dir));) {
        if (strncmp(entry->d_name, "presence-", 9) != 0 && strncmp(entry->d_name, "plain-", 6) != 0 &&
            strncmp(entry->d_name, "reduced-", 8) != 0)
            continue;
        char folder[YK_PATH_SIZE + 300];
        snprintf(folder, sizeof folder, "%s/%s", outbox->dir, entry->d_name);
        status = scan_folder(outbox, folder, err);
    }
    closedir(dir);
    for (size_t i = outbox->count;
         status == YK_OK && i-- > 0;) /* an ended epoch's folder was erased by its collector */
        if (!outbox->segments[i].seen)
            drop_segment(outbox, i);
    return status;
}

static bool load(struct yk_outbox *outbox, const struct segment *segment, const struct waiting *waiting)
{
    int fd = open(segment->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = pread(fd, outbox->frame, waiting->size, (off_t)waiting->offset) == (ssize_t)waiting->size;
    close(fd);
    return ok;
}

/* The first frame of a segment that is due: not sent yet, or sent long ago. */
static struct waiting *due_in(struct segment *segment, struct yk_mono resend_before, bool room)
{
    for (size_t i = segment->first_uncovered; i < segment->count; i++) {
        struct waiting *waiting = &segment->frames[i];
        bool again = waiting->sent.us != 0;
        if (!waiting->covered && (again ? waiting->sent.us < resend_before.us : room))
            return waiting;
    }
    return NULL;
}

/* fresh: only what a collector is writing now. */
static struct waiting *find_due(struct yk_outbox *outbox, struct yk_mono resend_before, bool fresh,
                                struct segment **segment)
{
    bool room = outbox->in_flight < IN_FLIGHT_MAX && outbox->in_flight_bytes < IN_FLIGHT_BYTES_MAX;
    for (size_t s = 0; s < outbox->count; s++) {
        *segment = &outbox->segments[s];
        struct waiting *waiting = fresh && (*segment)->finished ? NULL : due_in(*segment, resend_before, room);
        if (waiting)
            return waiting;
    }
    return NULL;
}

bool yk_outbox_next(struct yk_outbox *outbox, struct yk_mono now, struct yk_mono resend_before, const uint8_t **bytes,
                    size_t *size)
{
    outbox->turn = !outbox->turn;
    for (;;) {
        struct segment *segment;
        struct waiting *waiting = outbox->turn ? find_due(outbox, resend_before, true, &segment) : NULL;
        if (!waiting)
            waiting = find_due(outbox, resend_before, false, &segment);
        if (!waiting)
            return false;
        bool again = waiting->sent.us != 0;
        waiting->sent = now; /* also when it cannot be read: it is tried again after a while */
        if (!again)
            launch(outbox, waiting);
        else if (waiting->sends < SENDS_MAX && ++waiting->sends == SENDS_MAX)
            land(outbox, waiting);
        if (load(outbox, segment, waiting)) {
            outbox->sensors[waiting->sensor].sent++;
            *bytes = outbox->frame;
            *size = waiting->size;
            return true;
        }
    }
}

void yk_outbox_forget_sent(struct yk_outbox *outbox)
{
    for (size_t s = 0; s < outbox->count; s++)
        for (size_t i = 0; i < outbox->segments[s].count; i++)
            outbox->segments[s].frames[i].sent.us = outbox->segments[s].frames[i].sends = 0;
    outbox->in_flight = outbox->in_flight_bytes = 0;
}

static void remove_file(const struct segment *segment)
{
    unlink(segment->path);
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", segment->path);
    *strrchr(folder, '/') = '\0';
    rmdir(folder); /* fails while other segments are in it */
}

static bool is_covered(const struct yk_outbox *outbox, const struct waiting *waiting, const struct yk_received *covered)
{
    struct yk_frame_header header = {.incarnation = waiting->incarnation,
                                     .group = (enum yk_group)waiting->group,
                                     .lane = (enum yk_lane)waiting->lane,
                                     .stream = waiting->stream,
                                     .sequence = waiting->sequence};
    memcpy(header.sensor, outbox->sensors[waiting->sensor].id, sizeof header.sensor);
    if (waiting->last == waiting->sequence)
        return yk_received_covers(covered, &header);
    header.flags = YK_FRAME_TOMBSTONE; /* done with when all that it stands for is known, and not only its first */
    return yk_received_has(covered, &header, waiting->last);
}

void yk_outbox_cover(struct yk_outbox *outbox, const struct yk_received *covered)
{
    for (size_t s = outbox->count; s-- > 0;) {
        struct segment *segment = &outbox->segments[s];
        for (size_t i = segment->first_uncovered; i < segment->count; i++) {
            struct waiting *waiting = &segment->frames[i];
            if (!waiting->covered && is_covered(outbox, waiting, covered)) {
                if (counts(waiting))
                    land(outbox, waiting);
                waiting->covered = true;
                outbox->sensors[waiting->sensor].covered++;
                segment->uncovered--;
            }
        }
        while (segment->first_uncovered < segment->count && segment->frames[segment->first_uncovered].covered)
            segment->first_uncovered++;
        if (segment->finished && segment->uncovered == 0) {
            remove_file(segment);
            drop_segment(outbox, s);
        }
    }
}

void yk_outbox_figures(const struct yk_outbox *outbox, struct yk_outbox_figures *out)
{
    *out = (struct yk_outbox_figures){.frames = outbox->frames, .damaged = outbox->damaged};
    for (size_t s = 0; s < outbox->count; s++) {
        const struct segment *segment = &outbox->segments[s];
        out->waiting += segment->uncovered;
        out->growing |= !segment->finished;
        for (size_t i = segment->first_uncovered; i < segment->count; i++)
            out->unsent += !segment->frames[i].covered && segment->frames[i].sent.us == 0;
    }
}

/* Event time at which a frame was cut; YK_NONE if it cannot be read now. */
static int64_t told_to(struct yk_outbox *outbox, const struct segment *segment, const struct waiting *waiting)
{
    struct yk_frame frame;
    return load(outbox, segment, waiting) && yk_frame_parse(outbox->frame, waiting->size, &frame) == YK_FRAME_OK
               ? frame.header.told_to_s
               : YK_NONE;
}

size_t yk_outbox_sensors(struct yk_outbox *outbox, struct yk_uplink_sensor **list)
{
    /* Segments stand in the order of their groups and periods, so the first that waits of a group is about its oldest. */
    uint8_t *seen = calloc(outbox->sensor_count + 1, 1); /* a bit per group */
    for (size_t i = 0; i < outbox->sensor_count; i++) {
        outbox->sensors[i].waiting = 0;
        outbox->sensors[i].oldest_s = YK_NONE;
    }
    for (size_t s = 0; s < outbox->count; s++)
        for (size_t i = outbox->segments[s].first_uncovered; i < outbox->segments[s].count; i++) {
            const struct waiting *waiting = &outbox->segments[s].frames[i];
            struct yk_uplink_sensor *sensor = &outbox->sensors[waiting->sensor];
            uint8_t bit = (uint8_t)(1 << (waiting->group & 7));
            if (waiting->covered)
                continue;
            sensor->waiting++;
            if (!seen || (seen[waiting->sensor] & bit))
                continue;
            seen[waiting->sensor] |= bit;
            int64_t told_s = told_to(outbox, &outbox->segments[s], waiting);
            if (told_s != YK_NONE && (sensor->oldest_s == YK_NONE || told_s < sensor->oldest_s))
                sensor->oldest_s = told_s;
        }
    free(seen);
    *list = outbox->sensors;
    return outbox->sensor_count;
}
