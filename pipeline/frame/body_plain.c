/* Plain records: crossings, zone slices, counts, health; reduced ones: sums. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     crossing  kind, t - base (ms), line, direction (byte 0 minus, 1 plus)
 *     zone      kind, from - base (ms), to - from (ms), inside (ms), zone, flags (1 entered, 2 left)
 *     count     kind, from - base (ms), to - from (ms), plus, minus, line
 *     health    kind, t0 - base (s), t1 - t0 (s), records, number of drop reasons that follow, (reason, count)...,
 *               number of lag histograms (0 or 2), each: births, deaths, life, G, G^2,
 *               observed, slow, dropped, then the bins of lag and
 *               gap as runs: zeros to skip, value, ... until the histogram's end (a last skip may reach it)
 *     sums      kind, start - base (s), length (s), covered (s), keys, and for each class, public to non-resolvable:
 *               addresses, births, deaths, carried in, carried out, life, G, G^2
 *
 * A reason that this program does not know yet is read and left out: newer edges may count more. */
#include "frame/frame.h"

#include "base/buffer.h"
#include "base/cursor.h"

#include <string.h>

static void put_bins(struct yk_buffer *b, const uint64_t *bins, size_t count)
{
    size_t i = 0;
    while (i < count) {
        size_t zeros = 0;
        while (i + zeros < count && bins[i + zeros] == 0)
            zeros++;
        yk_buffer_varint(b, zeros);
        i += zeros;
        if (i < count)
            yk_buffer_varint(b, bins[i++]);
    }
}

static bool take_bins(struct yk_cursor *c, uint64_t *bins, size_t count)
{
    size_t i = 0;
    while (i < count) {
        uint64_t zeros = yk_cursor_varint(c);
        if (c->failed || zeros > count - i)
            return false;
        i += (size_t)zeros;
        if (i < count)
            bins[i++] = yk_cursor_varint(c);
    }
    return !c->failed;
}

static void put_health(struct yk_buffer *b, const struct yk_health *health, int64_t base_s)
{
    yk_buffer_varint(b, (uint64_t)(health->t0_s - base_s));
    yk_buffer_varint(b, (uint64_t)(health->t1_s - health->t0_s));
    yk_buffer_varint(b, health->records);
    unsigned reasons = 0;
    for (int i = 0; i < YK_DROP_COUNT; i++)
        reasons += health->drops.count[i] != 0;
    yk_buffer_varint(b, reasons);
    for (int i = 0; i < YK_DROP_COUNT; i++)
        if (health->drops.count[i]) {
            yk_buffer_varint(b, (uint64_t)i);
            yk_buffer_varint(b, health->drops.count[i]);
        }
    yk_buffer_varint(b, health->has_lags ? YK_ROTATING_COUNT : 0);
    for (int i = 0; health->has_lags && i < YK_ROTATING_COUNT; i++) {
        const struct yk_lag_histogram *h = &health->lags[i];
        yk_buffer_varint(b, h->births);
        yk_buffer_varint(b, h->deaths);
        yk_buffer_varint(b, h->life_ds);
        yk_buffer_varint(b, h->gap_ds);
        yk_buffer_varint(b, h->gap_sq_ds2);
        yk_buffer_varint(b, h->observed_ds);
        yk_buffer_varint(b, h->slow_ds);
        yk_buffer_varint(b, h->dropped);
        put_bins(b, h->lag, YK_LAG_BINS);
        put_bins(b, h->gap, YK_GAP_BINS);
    }
}

static bool take_health(struct yk_cursor *c, struct yk_health *health, int64_t base_s)
{
    memset(health, 0, sizeof *health);
    uint64_t from = yk_cursor_varint(c), length = yk_cursor_varint(c);
    if (from > 3600 || length == 0 || length > 3600)
        return false;
    health->t0_s = base_s + (int64_t)from;
    health->t1_s = health->t0_s + (int64_t)length;
    health->records = yk_cursor_varint(c);
    uint64_t reasons = yk_cursor_varint(c);
    if (reasons > 64)
        return false;
    for (uint64_t i = 0; i < reasons; i++) {
        uint64_t reason = yk_cursor_varint(c), count = yk_cursor_varint(c);
        if (reason < YK_DROP_COUNT)
            health->drops.count[reason] += count;
    }
    uint64_t histograms = yk_cursor_varint(c);
    if (c->failed || (histograms != 0 && histograms != YK_ROTATING_COUNT))
        return false;
    health->has_lags = histograms != 0;
    for (uint64_t i = 0; i < histograms; i++) {
        struct yk_lag_histogram *h = &health->lags[i];
        h->births = yk_cursor_varint(c);
        h->deaths = yk_cursor_varint(c);
        h->life_ds = yk_cursor_varint(c);
        h->gap_ds = yk_cursor_varint(c);
        h->gap_sq_ds2 = yk_cursor_varint(c);
        h->observed_ds = yk_cursor_varint(c);
        h->slow_ds = yk_cursor_varint(c);
        h->dropped = yk_cursor_varint(c);
        if (!take_bins(c, h->lag, YK_LAG_BINS) || !take_bins(c, h->gap, YK_GAP_BINS))
            return false;
    }
    return !c->failed;
}

static void put_sums(struct yk_buffer *b, const struct yk_presence_sums *sums, int64_t base_s)
{
    yk_buffer_varint(b, (uint64_t)(sums->start_s - base_s));
    yk_buffer_varint(b, sums->length_s);
    yk_buffer_varint(b, sums->covered_s);
    yk_buffer_varint(b, (uint64_t)sums->radio.keys);
    for (int class = 0; class < YK_CLASS_COUNT; class ++) {
        const struct yk_rotation_sums *s = &sums->radio.class_of[class];
        yk_buffer_varint(b, (uint64_t)s->addresses);
        yk_buffer_varint(b, (uint64_t)s->births);
        yk_buffer_varint(b, (uint64_t)s->deaths);
        yk_buffer_varint(b, (uint64_t)s->carried_in);
        yk_buffer_varint(b, (uint64_t)s->carried_out);
        yk_buffer_varint(b, (uint64_t)s->life_ds);
        yk_buffer_varint(b, (uint64_t)s->gap_ds);
        yk_buffer_varint(b, (uint64_t)s->gap_sq_ds2);
    }
}

static int64_t take_sum(struct yk_cursor *c)
{
    uint64_t value = yk_cursor_varint(c);
    if (value > YK_SUMS_MAX)
        c->failed = true;
    return c->failed ? 0 : (int64_t)value;
}

static bool take_sums(struct yk_cursor *c, struct yk_presence_sums *sums, const struct yk_frame_header *h)
{
    memset(sums, 0, sizeof *sums);
    uint64_t from = yk_cursor_varint(c), length = yk_cursor_varint(c), covered = yk_cursor_varint(c);
    uint64_t reach = (uint64_t)(h->last_s - h->base_s + 1);
    if (c->failed || from >= reach || length == 0 || length > YK_SUMS_LENGTH_MAX_S || from + length > reach ||
        covered > length)
        return false;
    sums->start_s = h->base_s + (int64_t)from;
    sums->length_s = (uint32_t)length;
    sums->covered_s = (uint32_t)covered;
    sums->radio.keys = take_sum(c);
    for (int class = 0; class < YK_CLASS_COUNT; class ++) {
        struct yk_rotation_sums *s = &sums->radio.class_of[class];
        s->addresses = take_sum(c);
        s->births = take_sum(c);
        s->deaths = take_sum(c);
        s->carried_in = take_sum(c);
        s->carried_out = take_sum(c);
        s->life_ds = take_sum(c);
        s->gap_ds = take_sum(c);
        s->gap_sq_ds2 = take_sum(c);
    }
    return !c->failed && sums->start_s % YK_WINDOW_S == 0;
}

size_t yk_body_plain_encode(const struct yk_observation *observation, int64_t base_s, uint8_t *out, size_t capacity)
{
    struct yk_buffer b = yk_buffer_of(out, capacity);
    int64_t base_ms = base_s * 1000;
    yk_buffer_u8(&b, (uint8_t)observation->kind);
    switch (observation->kind) {
    case YK_KIND_CROSSING:
        yk_buffer_varint(&b, (uint64_t)(observation->as.crossing.t_ms - base_ms));
        yk_buffer_u8(&b, observation->as.crossing.line);
        yk_buffer_u8(&b, observation->as.crossing.direction > 0);
        break;
    case YK_KIND_ZONE:
        yk_buffer_varint(&b, (uint64_t)(observation->as.zone.from_ms - base_ms));
        yk_buffer_varint(&b, (uint64_t)(observation->as.zone.to_ms - observation->as.zone.from_ms));
        yk_buffer_varint(&b, observation->as.zone.inside_ms);
        yk_buffer_u8(&b, observation->as.zone.zone);
        yk_buffer_u8(&b, (uint8_t)(observation->as.zone.entered | observation->as.zone.left << 1));
        break;
    case YK_KIND_COUNT:
        yk_buffer_varint(&b, (uint64_t)(observation->as.count.from_ms - base_ms));
        yk_buffer_varint(&b, (uint64_t)(observation->as.count.to_ms - observation->as.count.from_ms));
        yk_buffer_varint(&b, observation->as.count.plus);
        yk_buffer_varint(&b, observation->as.count.minus);
        yk_buffer_u8(&b, observation->as.count.line);
        break;
    case YK_KIND_HEALTH:
        put_health(&b, &observation->as.health, base_s);
        break;
    case YK_KIND_SUMS:
        put_sums(&b, &observation->as.sums, base_s);
        break;
    case YK_KIND_PRESENCE:
    case YK_KIND_SIGHTING:
        return 0;
    }
    return b.failed ? 0 : b.length;
}

bool yk_body_plain_decode(const struct yk_frame *frame, yk_observation_fn *fn, void *context)
{
    struct yk_cursor c = yk_cursor_of(frame->body, frame->body_size);
    int64_t base_ms = frame->header.base_s * 1000;
    int64_t reach_ms = (frame->header.last_s - frame->header.base_s + 1) * 1000;
    for (unsigned i = 0; i < frame->header.records; i++) {
        struct yk_observation o;
        o.kind = (enum yk_kind)yk_cursor_u8(&c);
        if ((o.kind == YK_KIND_SUMS) != (frame->header.group == YK_GROUP_REDUCED))
            return false;
        if (o.kind == YK_KIND_SUMS) {
            if (!take_sums(&c, &o.as.sums, &frame->header))
                return false;
        } else if (o.kind == YK_KIND_HEALTH) {
            if (!take_health(&c, &o.as.health, frame->header.base_s) || o.as.health.t1_s > frame->header.last_s + 1)
                return false;
        } else if (o.kind == YK_KIND_CROSSING) {
            uint64_t t = yk_cursor_varint(&c);
            o.as.crossing.line = yk_cursor_u8(&c);
            uint8_t direction = yk_cursor_u8(&c);
            if (t >= (uint64_t)reach_ms || direction > 1)
                return false;
            o.as.crossing.t_ms = base_ms + (int64_t)t;
            o.as.crossing.direction = direction ? 1 : -1;
        } else if (o.kind == YK_KIND_ZONE) {
            uint64_t from = yk_cursor_varint(&c), length = yk_cursor_varint(&c), inside = yk_cursor_varint(&c);
            o.as.zone.zone = yk_cursor_u8(&c);
            uint8_t flags = yk_cursor_u8(&c);
            if (from >= (uint64_t)reach_ms || length > 60000 || inside > length || flags > 3)
                return false;
            o.as.zone.from_ms = base_ms + (int64_t)from;
            o.as.zone.to_ms = o.as.zone.from_ms + (int64_t)length;
            o.as.zone.inside_ms = (uint32_t)inside;
            o.as.zone.entered = flags & 1;
            o.as.zone.left = flags & 2;
            if ((o.as.zone.to_ms - 1) / 60000 > o.as.zone.from_ms / 60000)
                return false; /* a slice stays in its minute */
        } else if (o.kind == YK_KIND_COUNT) {
            uint64_t from = yk_cursor_varint(&c), length = yk_cursor_varint(&c);
            uint64_t plus = yk_cursor_varint(&c), minus = yk_cursor_varint(&c);
            o.as.count.line = yk_cursor_u8(&c);
            if (from >= (uint64_t)reach_ms || length > 86400000 || plus > UINT32_MAX || minus > UINT32_MAX)
                return false;
            o.as.count.from_ms = base_ms + (int64_t)from;
            o.as.count.to_ms = o.as.count.from_ms + (int64_t)length;
            o.as.count.plus = (uint32_t)plus;
            o.as.count.minus = (uint32_t)minus;
        } else {
            return false;
        }
        if (c.failed)
            return false;
        fn(context, &o);
    }
    return !c.failed && c.at == c.end;
}
