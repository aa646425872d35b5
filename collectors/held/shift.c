/* Adding. SPDX-License-Identifier: GPL-3.0-or-later */
#include "held/shift.h"

#include "count_quarters.h"

#define MINUTE_MS 60000

int64_t yk_held_shift(int64_t offset_us, int64_t now_us, int grid_s)
{
    int64_t grid_us = grid_s * INT64_C(1000000), by_us = now_us - offset_us + grid_us / 2;
    int64_t steps = by_us / grid_us - (by_us % grid_us < 0);
    return steps * grid_s;
}

static size_t cut(const struct yk_zone_slice *slice, struct yk_observation out[static 2])
{
    int64_t border_ms = (slice->from_ms / MINUTE_MS + 1) * MINUTE_MS;
    out[0].kind = YK_KIND_ZONE;
    out[0].as.zone = *slice;
    if (slice->to_ms <= border_ms)
        return 1;
    uint64_t whole = (uint64_t)(slice->to_ms - slice->from_ms);
    out[1] = out[0];
    out[0].as.zone.to_ms = out[1].as.zone.from_ms = border_ms;
    out[0].as.zone.inside_ms = (uint32_t)(slice->inside_ms * (uint64_t)(border_ms - slice->from_ms) / whole);
    out[1].as.zone.inside_ms = slice->inside_ms - out[0].as.zone.inside_ms;
    out[0].as.zone.left = false;
    out[1].as.zone.entered = false;
    return 2;
}

/* One that lay within a quarter of an hour may lie across a border now. */
static size_t cut_count(const struct yk_count *count, struct yk_observation out[static 2])
{
    struct yk_count pieces[2], piece = {.to_ms = count->from_ms};
    size_t n = 0;
    while (n < 2 && yk_count_next_quarter(count, &piece))
        pieces[n++] = piece;
    if (n < 2 || piece.to_ms < count->to_ms)
        return 1; /* whole, or a moment, or longer than any */
    for (size_t i = 0; i < n; i++) {
        out[i].kind = YK_KIND_COUNT;
        out[i].as.count = pieces[i];
    }
    return n;
}

size_t yk_held_move(const struct yk_observation *held, int64_t shift_s, struct yk_observation out[static 2])
{
    out[0] = *held;
    switch (held->kind) {
    case YK_KIND_PRESENCE:
        out[0].as.presence.tick += shift_s / YK_TICK_S;
        return out[0].as.presence.tick >= 0;
    case YK_KIND_CROSSING:
        out[0].as.crossing.t_ms += shift_s * 1000;
        return out[0].as.crossing.t_ms >= 0;
    case YK_KIND_ZONE:
        out[0].as.zone.from_ms += shift_s * 1000;
        out[0].as.zone.to_ms += shift_s * 1000;
        struct yk_zone_slice moved = out[0].as.zone;
        return moved.from_ms >= 0 ? cut(&moved, out) : 0;
    case YK_KIND_COUNT:
        out[0].as.count.from_ms += shift_s * 1000;
        out[0].as.count.to_ms += shift_s * 1000;
        struct yk_count shifted = out[0].as.count;
        return shifted.from_ms >= 0 ? cut_count(&shifted, out) : 0;
    case YK_KIND_HEALTH:
        out[0].as.health.t0_s += shift_s;
        out[0].as.health.t1_s += shift_s;
        return out[0].as.health.t0_s >= 0;
    case YK_KIND_SIGHTING:
    case YK_KIND_SUMS: /* made of frames that were dated */
        break;
    }
    return 0;
}
