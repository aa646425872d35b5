/* From frames to cells. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/ingest.h"

#include "base/calendar.h"

#include <stdio.h>
#include <string.h>

#define DAY_S            86400
#define PLAIN_SPAN_MAX_S (2 * 86400) /* a counter's bin of a day, and room */

static const char *const texts[] = {
#define X(name, text) text,
    YK_VERDICTS(X)
#undef X
};

const char *yk_verdict_text(enum yk_verdict verdict)
{
    return texts[verdict];
}

static int64_t window_of(int64_t t_s)
{
    return t_s - t_s % YK_WINDOW_S;
}

/* Sets epoch_from_s and epoch_to_s to those of the epoch that t lies in. */
static void find_epoch(struct yk_ingest *ingest, int64_t t_s)
{
    int hours = ingest->config->privacy.epoch_hours, offset_s = ingest->config->privacy.epoch_start_s;
    if (t_s >= ingest->epoch_from_s && t_s < ingest->epoch_to_s)
        return;
    ingest->epoch_from_s = yk_epoch_start(t_s, hours, offset_s);
    ingest->epoch_to_s = yk_epoch_end(ingest->epoch_from_s, hours, offset_s);
}

static int64_t epoch_of(struct yk_ingest *ingest, int64_t t_s)
{
    find_epoch(ingest, t_s);
    return ingest->epoch_from_s;
}

static const char *place_at(const struct yk_ingest *ingest, const char *sensor, int64_t t_s)
{
    const struct yk_sensor_config *config = yk_config_sensor_at(ingest->config, sensor, t_s);
    return config ? ingest->config->places[config->place].id : NULL;
}

/* The cells that a frame speaks of, by window. A frame spans few windows, but its records may go through them again for
 * each pseudonym, and finding a cell by its names costs as much as many records. */
#define FRAME_WINDOWS 8 /* a power of two */

struct frame_cells {
    struct {
        bool known;
        int64_t window_s;
        struct yk_cell *cell; /* NULL: before the sensor's first valid_from it stood nowhere that counts */
    } at[FRAME_WINDOWS];
};

static enum yk_status frame_cell(struct yk_ingest *ingest, const struct yk_frame_header *h, struct frame_cells *cells,
                                 int64_t window_s, struct yk_cell **out)
{
    size_t i = (size_t)(window_s / YK_WINDOW_S) % FRAME_WINDOWS;
    enum yk_status status = YK_OK;
    if (!cells->at[i].known || cells->at[i].window_s != window_s) {
        const char *place = place_at(ingest, h->sensor, window_s);
        struct yk_cell *cell = NULL;
        if (place)
            status = yk_state_cell(ingest->store, YK_CELL_PRESENCE, place, window_s, h->epoch_s, &cell);
        cells->at[i].known = status == YK_OK;
        cells->at[i].window_s = window_s;
        cells->at[i].cell = cell;
    }
    *out = cells->at[i].cell;
    return status;
}

/* Records of one pseudonym that stand together and lie in one window are folded before they are merged. */
static enum yk_status take_presence(struct yk_ingest *ingest, const struct yk_frame *frame, bool *bad)
{
    const struct yk_frame_header *h = &frame->header;
    const struct yk_presence *records = ingest->records;
    if (!yk_body_presence_decode(frame, ingest->records)) {
        *bad = true;
        return YK_OK;
    }
    struct frame_cells cells = {0};
    struct yk_cell *cell = NULL;
    int64_t from = 0, to = 0; /* the cell's ticks */
    for (size_t i = 0, next; i < h->records; i = next) {
        enum yk_status status = YK_OK;
        if (records[i].tick < from || records[i].tick >= to) {
            int64_t window_s = window_of(records[i].tick * YK_TICK_S);
            status = frame_cell(ingest, h, &cells, window_s, &cell);
            from = window_s / YK_TICK_S;
            to = from + YK_WINDOW_TICKS;
        }
        for (next = i + 1; next < h->records && records[next].pseudonym == records[i].pseudonym &&
                           records[next].tick >= from && records[next].tick < to;)
            next++;
        if (status == YK_OK && cell)
            status = yk_cell_hear_run(cell, h->key_id, &records[i], next - i);
        if (status != YK_OK)
            return status;
        ingest->observations += cell ? next - i : 0;
    }
    return YK_OK;
}

struct plain {
    struct yk_ingest *ingest;
    const struct yk_frame *frame;
    enum yk_status status;
};

/* A collector lays its counts on quarters of an hour (collectors/count_quarters.h). One that lies across a border cannot
 * be put anywhere, and was made by something else. */
static void check_only(void *context, const struct yk_observation *o)
{
    const struct yk_count *count = &o->as.count;
    if (o->kind == YK_KIND_COUNT && count->to_ms > (window_of(count->from_ms / 1000) + YK_WINDOW_S) * 1000)
        *(bool *)context = true;
}

static void take_crossing(struct plain *p, const struct yk_crossing *crossing)
{
    const struct yk_config *config = p->ingest->config;
    int64_t t_s = crossing->t_ms / 1000;
    const struct yk_sensor_config *sensor = yk_config_sensor_at(config, p->frame->header.sensor, t_s);
    if (!sensor || crossing->line >= sensor->line_count)
        return;
    char key[YK_CELL_KEY_SIZE];
    snprintf(key, sizeof key, "%s/%s", config->places[sensor->place].id, sensor->lines[crossing->line].id);
    struct yk_cell *cell;
    p->status = yk_state_cell(p->ingest->store, YK_CELL_CROSSING, key, window_of(t_s), 0, &cell);
    if (p->status != YK_OK)
        return;
    cell->as.crossing.plus += crossing->direction > 0;
    cell->as.crossing.minus += crossing->direction < 0;
}

static void take_count(struct plain *p, const struct yk_count *count)
{
    const struct yk_config *config = p->ingest->config;
    int64_t t_s = count->from_ms / 1000;
    const struct yk_sensor_config *sensor = yk_config_sensor_at(config, p->frame->header.sensor, t_s);
    if (!sensor || count->line >= sensor->line_count)
        return;
    char key[YK_CELL_KEY_SIZE];
    snprintf(key, sizeof key, "%s/%s", config->places[sensor->place].id, sensor->lines[count->line].id);
    struct yk_cell *cell;
    p->status = yk_state_cell(p->ingest->store, YK_CELL_CROSSING, key, window_of(t_s), 0, &cell);
    if (p->status != YK_OK)
        return;
    cell->as.crossing.plus += count->plus;
    cell->as.crossing.minus += count->minus;
}

static void take_slice(struct plain *p, const struct yk_zone_slice *slice)
{
    const struct yk_config *config = p->ingest->config;
    int64_t t_s = slice->from_ms / 1000;
    const struct yk_sensor_config *sensor = yk_config_sensor_at(config, p->frame->header.sensor, t_s);
    if (!sensor || slice->zone >= sensor->zone_count)
        return;
    char key[YK_CELL_KEY_SIZE];
    snprintf(key, sizeof key, "%s/%s", config->places[sensor->place].id, sensor->zones[slice->zone].id);
    struct yk_cell *cell;
    p->status = yk_state_cell(p->ingest->store, YK_CELL_ZONE, key, window_of(t_s), 0, &cell);
    if (p->status == YK_OK)
        yk_cell_stay(cell, slice);
}

static bool any(const struct yk_lag_histogram *h)
{
    return h->births || h->deaths || h->observed_ds;
}

/* What a radio tells of itself goes into device rows. When those are final it can still say that a window which its edge
 * told of in sums only was quiet where the sums say nothing; periods are measured without it. */
static void take_late_health(struct plain *p, const struct yk_health *health)
{
    struct yk_cell *cell;
    for (int64_t w = window_of(health->t0_s); w < health->t1_s && p->status == YK_OK; w += YK_WINDOW_S) {
        p->status = yk_state_cell(p->ingest->store, YK_CELL_LATE_HEALTH, p->frame->header.sensor, w, 0, &cell);
        if (p->status == YK_OK)
            yk_cell_ran(cell, health->t0_s, health->t1_s);
    }
}

static void take_health(struct plain *p, const struct yk_health *health)
{
    struct yk_ingest *ingest = p->ingest;
    const char *sensor = p->frame->header.sensor;
    const struct yk_sensor_config *config = yk_config_sensor(ingest->config, sensor);
    bool radio = config && config->family == YK_FAMILY_RADIO;
    struct yk_cell *cell;
    if (radio && yk_state_epoch_closed(ingest->store, epoch_of(ingest, health->t0_s))) {
        take_late_health(p, health);
        return;
    }
    for (int64_t w = window_of(health->t0_s); w < health->t1_s; w += YK_WINDOW_S) {
        p->status = yk_state_cell(ingest->store, YK_CELL_HEALTH, sensor, w, 0, &cell);
        if (p->status != YK_OK)
            return;
        yk_cell_ran(cell, health->t0_s, health->t1_s);
        if (w == window_of(health->t0_s)) {
            cell->as.health.records += health->records;
            for (int i = 0; i < YK_DROP_COUNT; i++)
                cell->as.health.drops.count[i] += health->drops.count[i];
        }
    }
    yk_state_note(ingest->store, "first_s", health->t0_s, YK_FACT_MIN);
    yk_state_note(ingest->store, "last_s", health->t1_s, YK_FACT_MAX);
    if (radio)
        yk_state_note(ingest->store, "first_radio_s", health->t0_s, YK_FACT_MIN);
    if (!health->has_lags || (!any(&health->lags[0]) && !any(&health->lags[1])))
        return;
    p->status = yk_state_cell(ingest->store, YK_CELL_LAGS, sensor, epoch_of(ingest, health->t0_s), 0, &cell);
    for (int r = 0; r < YK_ROTATING_COUNT && p->status == YK_OK; r++)
        yk_lag_histogram_add(&cell->as.lags->lags[r], &health->lags[r]);
}

/* How much was heard without anything of whom. Of a window that presence itself told of they are not used. */
static void take_sums(struct plain *p, const struct yk_presence_sums *sums)
{
    struct yk_ingest *ingest = p->ingest;
    const char *sensor = p->frame->header.sensor;
    const struct yk_sensor_config *config = yk_config_sensor_at(ingest->config, sensor, sums->start_s);
    struct yk_cell *cell;
    if (!config || config->family != YK_FAMILY_RADIO)
        return;
    p->status = yk_state_cell(ingest->store, YK_CELL_REDUCED, sensor, sums->start_s, 0, &cell);
    if (p->status != YK_OK)
        return;
    yk_cell_reduce(cell, sums);
    if (sums->length_s != YK_WINDOW_S)
        return;
    yk_state_note(ingest->store, "first_s", sums->start_s, YK_FACT_MIN);
    yk_state_note(ingest->store, "first_radio_s", sums->start_s, YK_FACT_MIN);
    yk_state_note(ingest->store, "last_s", sums->start_s + sums->covered_s, YK_FACT_MAX);
}

static void take_plain(void *context, const struct yk_observation *o)
{
    struct plain *p = context;
    if (p->status != YK_OK)
        return;
    p->ingest->observations++;
    if (o->kind == YK_KIND_CROSSING)
        take_crossing(p, &o->as.crossing);
    else if (o->kind == YK_KIND_ZONE)
        take_slice(p, &o->as.zone);
    else if (o->kind == YK_KIND_COUNT)
        take_count(p, &o->as.count);
    else if (o->kind == YK_KIND_HEALTH)
        take_health(p, &o->as.health);
    else if (o->kind == YK_KIND_SUMS)
        take_sums(p, &o->as.sums);
}

static bool is_late(struct yk_ingest *ingest, const struct yk_frame_header *h)
{
    if (h->group == YK_GROUP_PRESENCE) {
        find_epoch(ingest, h->epoch_s);
        int64_t end_s = ingest->epoch_to_s;
        return yk_state_epoch_closed(ingest->store, h->epoch_s) ||
               (ingest->now_s != INT64_MIN && ingest->now_s > end_s + ingest->config->privacy.grace_hours * 3600);
    }
    return h->base_s < yk_state_fact(ingest->store, "plain_final_s", INT64_MIN) ||
           (ingest->now_s != INT64_MIN &&
            h->base_s < ingest->now_s - (int64_t)ingest->config->retention.plain_days * DAY_S);
}

/* True if any presence of the frame's span would fall into an epoch that another rule than base's decides. */
static bool epoch_contradicts(struct yk_ingest *ingest, const struct yk_frame_header *h)
{
    return h->epoch_s != epoch_of(ingest, h->base_s) || h->last_s >= ingest->epoch_to_s;
}

/* Its own frame's mark, or all that a tombstone stands for. What is refused for good, or came too late, is marked as given
 * up: the edge need not keep it, and its time stays lost. */
static enum yk_status mark_lost(struct yk_ingest *ingest, const struct yk_frame_header *h, uint64_t last)
{
    struct yk_frame_header lost = *h;
    lost.flags |= YK_FRAME_TOMBSTONE;
    return yk_state_mark(ingest->store, &lost, last, true);
}

/* Whose frame it is, and whether it may speak for its sensor. Verdicts after the signature are about the edge's own
 * frames: they are marked as received, because sending them again would change nothing and would hold up the others. */
static enum yk_verdict judge(struct yk_ingest *ingest, const char *stream_edge, const struct yk_frame *frame,
                             bool *genuine)
{
    const struct yk_frame_header *h = &frame->header;
    *genuine = false;
    if (strcmp(h->edge, stream_edge) != 0 || strcmp(h->district, ingest->config->district) != 0)
        return YK_VERDICT_wrong_edge;
    const struct yk_enrolled_edge *edge = yk_enrolment_find(ingest->enrolment, h->edge);
    if (!edge)
        return YK_VERDICT_wrong_edge;
    /* Its newest time decides, all through: a plain frame's base lies some slack before its records. */
    const uint8_t *public_key = yk_enrolled_key_at(edge, h->last_s);
    if (!public_key)
        return yk_enrolled_state_at(edge, h->last_s) == YK_ENROLLED_REVOKED ? YK_VERDICT_revoked
                                                                            : YK_VERDICT_wrong_edge;
    enum yk_authentic authentic = yk_frame_authentic(frame, public_key, ingest->tag_keys);
    ingest->by_signature += authentic != YK_AUTHENTIC_BY_TAG;
    if (authentic == YK_AUTHENTIC_NOT)
        return YK_VERDICT_bad_signature;
    if (h->last_s > ingest->ceiling_s || h->told_to_s > ingest->ceiling_s)
        return YK_VERDICT_future; /* taken when its time has come, if the edge sends it again */
    *genuine = true;
    if (!yk_enrolled_sensor_at(edge, h->sensor, h->last_s) || !yk_config_sensor(ingest->config, h->sensor))
        return YK_VERDICT_unknown_sensor;
    if (h->flags & YK_FRAME_TOMBSTONE)
        return YK_VERDICT_given_up;
    int64_t most_s = h->group == YK_GROUP_REDUCED ? YK_SUMS_LENGTH_MAX_S : PLAIN_SPAN_MAX_S;
    if (h->group == YK_GROUP_PRESENCE ? epoch_contradicts(ingest, h) : h->last_s - h->base_s > most_s)
        return YK_VERDICT_bad_body;
    return YK_VERDICT_taken;
}

enum yk_status yk_ingest_frame(struct yk_ingest *ingest, const char *stream_edge, const uint8_t *bytes, size_t size,
                               enum yk_verdict *verdict)
{
    struct yk_frame frame;
    enum yk_status status = YK_OK;
    bool genuine = false;
    switch (yk_frame_parse(bytes, size, &frame)) {
    case YK_FRAME_OK:
        *verdict = frame.size == size ? judge(ingest, stream_edge, &frame, &genuine) : YK_VERDICT_bad_frame;
        break;
    case YK_FRAME_NEWER:
        *verdict = YK_VERDICT_newer_version;
        break;
    case YK_FRAME_SHORT:
    case YK_FRAME_BAD:
        *verdict = YK_VERDICT_bad_frame;
        break;
    }
    if (*verdict != YK_VERDICT_taken && !genuine)
        goto out;
    const struct yk_frame_header *h = &frame.header;
    uint64_t last = h->sequence;
    if ((h->flags & YK_FRAME_TOMBSTONE) && !yk_frame_tombstone(&frame, &last)) {
        *verdict = YK_VERDICT_bad_body;
        last = h->sequence;
    }
    if (yk_state_has(ingest->store, h, last)) {
        *verdict = YK_VERDICT_duplicate;
        goto out;
    }
    if (*verdict == YK_VERDICT_taken && is_late(ingest, h))
        *verdict = YK_VERDICT_late;
    if (*verdict == YK_VERDICT_unknown_sensor) { /* covered, but it says nothing of a sensor that is not its own */
        frame.header.told_from_s = frame.header.told_to_s = frame.header.lane_from_s = 0;
        frame.header.flags &= (uint8_t)~YK_FRAME_HAS_PREDECESSOR;
    }
    if (*verdict != YK_VERDICT_taken) {
        status = mark_lost(ingest, h, last);
        goto out;
    }
    bool bad = false;
    status = yk_state_ready(ingest->store, h, NULL);
    if (status != YK_OK)
        return status; /* nothing has changed: the frame is read again */
    if (!yk_frame_unpack(ingest->unpacker, &frame)) {
        bad = true;
    } else if (h->group == YK_GROUP_PRESENCE) {
        status = take_presence(ingest, &frame, &bad);
    } else if (h->group == YK_GROUP_PLAIN || h->group == YK_GROUP_REDUCED) {
        bool across = false;
        bad = !yk_body_plain_decode(&frame, check_only, &across) || across;
        struct plain plain = {ingest, &frame, YK_OK};
        if (!bad && !yk_body_plain_decode(&frame, take_plain, &plain))
            bad = true;
        status = plain.status;
    }
    if (bad)
        *verdict = YK_VERDICT_bad_body; /* signed by the edge and still wrong: a defect there, which sending again won't
                                           mend */
    if (status == YK_OK)
        status = bad ? mark_lost(ingest, h, last) : yk_state_mark(ingest->store, h, last, false);
out:
    ingest->verdicts[*verdict]++;
    return status;
}
