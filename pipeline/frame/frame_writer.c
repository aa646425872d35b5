/* Frames being filled. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/frame_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_RECORDS_MAX 1000
#define PLAIN_BODY_FLUSH  (96 * 1024) /* leaves room for the largest record */
#define PLAIN_SPAN_MAX_S  3000        /* a health record's distance from the base is bounded by 3600 s */
#define SLACK_S           120

struct yk_frame_writer {
    struct yk_spool *spool;
    char sensor[YK_ID_SIZE];
    int64_t presence_every_s, plain_every_s;

    int64_t event_s;                       /* how far event time has come */
    int64_t presence_told_s, plain_told_s; /* where the next frame's time begins */
    struct yk_packer *packer;

    int64_t epoch_s;
    uint64_t key_id;
    bool local;
    size_t presence_count;
    struct yk_presence presence[YK_FRAME_RECORDS_MAX];

    unsigned plain_count;
    int64_t plain_base_s, plain_last_s;
    size_t plain_size;
    uint8_t body[YK_FRAME_BODY_MAX]; /* presence, while it is sealed */
    uint8_t plain_body[YK_FRAME_BODY_MAX];
};

enum yk_status yk_frame_writer_new(struct yk_spool *spool, const char *sensor, enum yk_flush flush,
                                   struct yk_frame_writer **out, struct yk_error *err)
{
    struct yk_frame_writer *writer = calloc(1, sizeof *writer);
    *out = writer;
    if (!writer)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    writer->packer = yk_packer_new();
    if (!writer->packer) {
        free(writer);
        *out = NULL;
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    writer->local = true;
    writer->spool = spool;
    snprintf(writer->sensor, sizeof writer->sensor, "%s", sensor);
    writer->presence_every_s = flush == YK_FLUSH_LIVE ? 60 : 3600;
    writer->plain_every_s = flush == YK_FLUSH_LIVE ? 3 : PLAIN_SPAN_MAX_S;
    return YK_OK;
}

void yk_frame_writer_free(struct yk_frame_writer *writer)
{
    if (writer)
        yk_packer_free(writer->packer);
    free(writer);
}

void yk_frame_writer_begin(struct yk_frame_writer *w, int64_t t_s)
{
    w->event_s = w->presence_told_s = w->plain_told_s = t_s;
}

/* Packs the body, appends the frame; on success *told_s has moved to its end. */
static enum yk_status append(struct yk_frame_writer *w, struct yk_frame_header *header, const uint8_t *body,
                             size_t size, int64_t to_s, int64_t *told_s, struct yk_error *err)
{
    memcpy(header->sensor, w->sensor, sizeof header->sensor);
    header->told_from_s = *told_s;
    header->told_to_s = to_s > *told_s ? to_s : *told_s;
    header->flags |= yk_pack(w->packer, &body, &size);
    enum yk_status status = yk_spool_append(w->spool, header, body, size, err);
    if (status == YK_OK)
        *told_s = header->told_to_s;
    return status;
}

static enum yk_status flush_presence(struct yk_frame_writer *w, struct yk_error *err)
{
    if (w->presence_count == 0)
        return YK_OK;
    int64_t first = w->presence[0].tick, last = first;
    for (size_t i = 1; i < w->presence_count; i++) {
        first = w->presence[i].tick < first ? w->presence[i].tick : first;
        last = w->presence[i].tick > last ? w->presence[i].tick : last;
    }
    struct yk_frame_header header = {
        .group = YK_GROUP_PRESENCE,
        .flags = w->local ? YK_FRAME_LOCAL_KEY : 0,
        .records = (uint16_t)w->presence_count,
        .epoch_s = w->epoch_s,
        .key_id = w->key_id,
        .base_s = first * YK_TICK_S,
        .last_s = last * YK_TICK_S + YK_TICK_S - 1,
    };
    size_t size = yk_body_presence_encode(w->presence, w->presence_count, header.base_s, w->body, sizeof w->body);
    if (size == 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "presence records do not fit a frame");
    /* A tick is told when it is over: up to the tick that event time is in, or to the end of the newest that is here. */
    int64_t to_s = w->event_s / YK_TICK_S * YK_TICK_S;
    to_s = to_s > (last + 1) * YK_TICK_S ? to_s : (last + 1) * YK_TICK_S;
    enum yk_status status = append(w, &header, w->body, size, to_s, &w->presence_told_s, err);
    if (status == YK_OK)
        w->presence_count = 0;
    return status;
}

static enum yk_status flush_plain(struct yk_frame_writer *w, struct yk_error *err)
{
    if (w->plain_count == 0)
        return YK_OK;
    enum yk_status status = flush_presence(w, err);
    if (status != YK_OK)
        return status;
    struct yk_frame_header header = {
        .group = YK_GROUP_PLAIN,
        .records = (uint16_t)w->plain_count,
        .base_s = w->plain_base_s,
        .last_s = w->plain_last_s,
    };
    status = append(w, &header, w->plain_body, w->plain_size, w->event_s, &w->plain_told_s, err);
    if (status == YK_OK) {
        w->plain_count = 0;
        w->plain_size = 0;
    }
    return status;
}

enum yk_status yk_frame_writer_epoch(struct yk_frame_writer *w, int64_t epoch_s, uint64_t key_id, bool local,
                                     struct yk_error *err)
{
    if (w->epoch_s == epoch_s && w->key_id == key_id)
        return YK_OK;
    enum yk_status status = flush_presence(w, err);
    if (status == YK_OK) {
        w->epoch_s = epoch_s;
        w->key_id = key_id;
        w->local = local;
    }
    return status;
}

/* First and last second that a record speaks of. */
static void span(const struct yk_observation *o, int64_t *first_s, int64_t *last_s)
{
    switch (o->kind) {
    case YK_KIND_CROSSING:
        *first_s = *last_s = o->as.crossing.t_ms / 1000;
        break;
    case YK_KIND_ZONE:
        *first_s = o->as.zone.from_ms / 1000;
        *last_s = o->as.zone.to_ms / 1000;
        break;
    case YK_KIND_COUNT:
        *first_s = o->as.count.from_ms / 1000;
        *last_s = o->as.count.to_ms / 1000;
        break;
    case YK_KIND_HEALTH:
        *first_s = o->as.health.t0_s;
        *last_s = o->as.health.t1_s;
        break;
    case YK_KIND_PRESENCE:
    case YK_KIND_SIGHTING:
    case YK_KIND_SUMS:
        *first_s = *last_s = 0;
        break;
    }
}

static enum yk_status add_plain(struct yk_frame_writer *w, const struct yk_observation *o, struct yk_error *err)
{
    int64_t first_s = 0, last_s = 0;
    span(o, &first_s, &last_s);
    if (first_s < 0)
        return yk_error_set(err, YK_ERR_INPUT, "an observation lies before 1970");
    /* A record older than the frame's base, or far after it, begins a new frame. */
    if (w->plain_count > 0 && (first_s < w->plain_base_s || first_s - w->plain_base_s > PLAIN_SPAN_MAX_S ||
                               w->plain_count >= PLAIN_RECORDS_MAX || w->plain_size >= PLAIN_BODY_FLUSH)) {
        enum yk_status status = flush_plain(w, err);
        if (status != YK_OK)
            return status;
    }
    if (w->plain_count == 0) {
        /* Records of one frame come nearly in order; a slice that is told when its track ended still finds room. */
        w->plain_base_s = first_s >= SLACK_S ? first_s - SLACK_S : 0;
        w->plain_last_s = first_s;
    }
    size_t used =
        yk_body_plain_encode(o, w->plain_base_s, w->plain_body + w->plain_size, sizeof w->plain_body - w->plain_size);
    if (used == 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "a plain record does not fit a frame");
    w->plain_size += used;
    w->plain_count++;
    if (last_s > w->plain_last_s)
        w->plain_last_s = last_s;
    return YK_OK;
}

enum yk_status yk_frame_writer_add(struct yk_frame_writer *w, const struct yk_observation *o, struct yk_error *err)
{
    if (o->kind != YK_KIND_PRESENCE)
        return add_plain(w, o, err);
    if (w->presence_count == YK_FRAME_RECORDS_MAX) {
        enum yk_status status = flush_presence(w, err);
        if (status != YK_OK)
            return status;
    }
    w->presence[w->presence_count++] = o->as.presence;
    return YK_OK;
}

static enum yk_status flush_due(struct yk_frame_writer *w, int64_t now_s, bool all, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (w->presence_count > 0 && (all || now_s - w->presence[0].tick * YK_TICK_S >= w->presence_every_s))
        status = flush_presence(w, err);
    if (status == YK_OK && w->plain_count > 0 && (all || now_s - w->plain_base_s - SLACK_S >= w->plain_every_s))
        status = flush_plain(w, err);
    return status;
}

enum yk_status yk_frame_writer_flush(struct yk_frame_writer *w, int64_t now_s, bool all, struct yk_error *err)
{
    w->event_s = now_s;
    return flush_due(w, now_s, all, err);
}

enum yk_status yk_frame_writer_flush_waiting(struct yk_frame_writer *w, int64_t wall_s, struct yk_error *err)
{
    return flush_due(w, wall_s, false, err);
}
