/* Time in a zone, cut at full minutes. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between two samples a person is taken to walk straight and evenly; the time inside is the time of the path's pieces
 * inside the polygon (KPI definition 'interp'). A stay runs from one entry to the exit after it, and is told in slices:
 *
 *     samples     o    o  :      o     o  :              o      : full minutes
 *     zone          [=====:===============:======]
 *     slices        |E    |               |    L |              E entered, L left
 *
 * A step longer than the largest gap says nothing about where the person was: the open slice ends at the sample before
 * it. It is kept until it is known whether the track comes back into the zone (then the stay goes on in a new slice
 * that does not say 'entered') or not (then this one says 'left'). So a short occlusion does not make two visitors, and
 * the time in the gap is in no slice.
 *
 * Inside one slice the track is inside all the time: inside_ms = to_ms - from_ms. Ends are rounded to milliseconds
 * before the difference is taken, so rounding does not add up over the slices of a stay. A touch shorter than half a
 * millisecond is a slice of 0 ms: a visit, with no time. */
#include "geometry/stay.h"

#include "geometry/zone.h"

#include <math.h>
#include <stddef.h>

#define MINUTE_MS 60000

/* Nearest millisecond, halves up, also before 1970. */
static int64_t to_ms(int64_t us)
{
    int64_t shifted = us + 500;
    return shifted / 1000 - (shifted % 1000 < 0);
}

static int64_t minute_end(int64_t ms)
{
    int64_t rest = ms % MINUTE_MS;
    return ms - (rest < 0 ? rest + MINUTE_MS : rest) + MINUTE_MS;
}

static void begin(struct yk_stay *stay, int64_t ms, bool entered)
{
    *stay = (struct yk_stay){.open = true, .entered = entered, .from_ms = ms, .until_ms = ms};
}

static enum yk_status close_slice(struct yk_stay *stay, bool left, const struct yk_stay_sink *sink,
                                  struct yk_error *err)
{
    struct yk_zone_slice slice = {.from_ms = stay->from_ms,
                                  .to_ms = stay->until_ms,
                                  .inside_ms = (uint32_t)(stay->until_ms - stay->from_ms),
                                  .entered = stay->entered,
                                  .left = left};
    stay->open = false;
    return sink->slice(sink->context, &slice, err);
}

static enum yk_status extend(struct yk_stay *stay, int64_t until_ms, const struct yk_stay_sink *sink,
                             struct yk_error *err)
{
    for (int64_t border = minute_end(stay->from_ms); until_ms > border; border += MINUTE_MS) {
        stay->until_ms = border;
        enum yk_status status = close_slice(stay, false, sink, err);
        if (status != YK_OK)
            return status;
        begin(stay, border, false);
    }
    stay->until_ms = until_ms;
    return YK_OK;
}

/* The zone's pieces of one step, in order. */
static enum yk_status walk(const struct yk_polygon *zone, struct yk_stay *stay, const struct yk_stay_point *before,
                           const struct yk_stay_point *now, const struct yk_stay_sink *sink, struct yk_error *err)
{
    struct yk_zone_span spans[YK_ZONE_SPANS_MAX];
    size_t count = yk_zone_path(zone, (double[]){before->x, before->y}, (double[]){now->x, now->y}, spans);
    double step_us = (double)(now->time_us - before->time_us);
    enum yk_status status = YK_OK;

    /* Inside at the sample before, outside at once: it stood on the border. */
    if (stay->open && (count == 0 || spans[0].from > 0))
        status = close_slice(stay, true, sink, err);
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        if (!stay->open)
            begin(stay, to_ms(before->time_us + (int64_t)llround(spans[i].from * step_us)), true);
        status = extend(stay, to_ms(before->time_us + (int64_t)llround(spans[i].to * step_us)), sink, err);
        if (status == YK_OK && spans[i].to < 1)
            status = close_slice(stay, true, sink, err);
    }
    return status;
}

enum yk_status yk_stay_follow(const struct yk_polygon *zone, struct yk_stay *stay, const struct yk_stay_point *before,
                              const struct yk_stay_point *now, int64_t max_gap_us, const struct yk_stay_sink *sink,
                              struct yk_error *err)
{
    bool inside = yk_zone_contains(zone, now->x, now->y), goes_on = false;
    enum yk_status status = YK_OK;
    if (before && now->time_us - before->time_us <= max_gap_us) {
        status = walk(zone, stay, before, now, sink, err);
    } else if (stay->open) {
        goes_on = inside;
        status = close_slice(stay, !inside, sink, err);
    }
    if (status == YK_OK && inside && !stay->open)
        begin(stay, to_ms(now->time_us), !goes_on);
    return status;
}

enum yk_status yk_stay_word(struct yk_stay *stay, int64_t time_us, bool inside, bool held,
                            const struct yk_stay_sink *sink, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    bool goes_on = stay->open && inside;
    if (stay->open && held)
        status = extend(stay, to_ms(time_us), sink, err);
    if (status == YK_OK && stay->open && !(held && inside))
        status = close_slice(stay, !inside, sink, err);
    if (status == YK_OK && inside && !stay->open)
        begin(stay, to_ms(time_us), !goes_on);
    return status;
}

enum yk_status yk_stay_end(struct yk_stay *stay, const struct yk_stay_sink *sink, struct yk_error *err)
{
    return stay->open ? close_slice(stay, true, sink, err) : YK_OK;
}
