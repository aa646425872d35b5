/* People in a zone per frame and per second. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The mean is over frames and not over people's time. Which frames there are depends on the file: where somebody looked
 * at every sixth picture only, the others say nothing; where a tracker ran over the whole film, a frame without a row is
 * an empty one, and is as much part of the mean. Nothing is known before the first person and after the last one.
 *
 *     listed    | 2 |   |   | 3 |   |   | 0 |       frames 3    mean 5/3
 *     every     | 2 | . | . | 3 | . | . | 1 |       frames 7    mean 6/7
 *
 * Bounds: constant memory. Empty frames are counted by arithmetic, and one by one only where seconds are told; more
 * than YK_OCCUPANCY_SECONDS_MAX of those (46 days) are refused with a message. */
#include "sources/occupancy.h"

#include <inttypes.h>
#include <math.h>

static enum yk_status tell_second(struct yk_occupancy *o, struct yk_error *err)
{
    if (!o->told || !o->second.frames)
        return YK_OK;
    if (++o->seconds > YK_OCCUPANCY_SECONDS_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "occupancy of more than %d seconds: split the file by time",
                            YK_OCCUPANCY_SECONDS_MAX);
    return o->told(o->context, &o->second, err);
}

static enum yk_status enter_second(struct yk_occupancy *o, double t_s, struct yk_error *err)
{
    int64_t second = (int64_t)floor(t_s);
    if (o->second.frames && o->second.second == second)
        return YK_OK;
    enum yk_status status = tell_second(o, err);
    o->second = (struct yk_occupancy_second){.second = second};
    return status;
}

static void add_to_second(struct yk_occupancy *o, uint64_t inside)
{
    struct yk_occupancy_second *s = &o->second;
    s->min = s->frames && s->min < inside ? s->min : inside;
    s->max = s->max > inside ? s->max : inside;
    s->sum += inside;
    s->frames++;
}

/* The frames without a row between the last that counted and the one that is open. */
static enum yk_status fill(struct yk_occupancy *o, struct yk_error *err)
{
    int64_t from = llround(o->last_s * o->fps), to = llround(o->now_s * o->fps);
    enum yk_status status = YK_OK;
    if (to - from > 1)
        o->frames += (uint64_t)(to - from - 1);
    for (int64_t frame = from + 1; o->told && frame < to && status == YK_OK; frame++) {
        status = enter_second(o, (double)frame / o->fps, err);
        add_to_second(o, 0);
    }
    return status;
}

static enum yk_status open_frame(struct yk_occupancy *o, struct yk_error *err)
{
    enum yk_status status = o->every_frame && o->frames ? fill(o, err) : YK_OK;
    if (status == YK_OK)
        status = enter_second(o, o->now_s, err);
    o->open = true;
    o->inside = 0;
    return status;
}

static void close_frame(struct yk_occupancy *o)
{
    if (!o->open)
        return;
    o->open = false;
    if (!o->frames)
        o->first_s = o->now_s;
    o->last_s = o->now_s;
    o->frames++;
    o->sum += o->inside;
    o->max = o->max > o->inside ? o->max : o->inside;
    add_to_second(o, o->inside);
}

enum yk_status yk_occupancy_frame(struct yk_occupancy *o, double t_s, struct yk_error *err)
{
    if (o->begun && t_s == o->now_s)
        return YK_OK;
    close_frame(o);
    o->begun = true;
    o->now_s = t_s;
    return o->every_frame ? YK_OK : open_frame(o, err); /* whether it is more than an empty one, a sample will say */
}

enum yk_status yk_occupancy_sample(struct yk_occupancy *o, bool inside, int64_t *last_second, struct yk_error *err)
{
    enum yk_status status = o->open ? YK_OK : open_frame(o, err);
    if (status == YK_OK && inside) {
        o->inside++;
        o->second.distinct += *last_second != o->second.second;
        *last_second = o->second.second;
    }
    return status;
}

enum yk_status yk_occupancy_end(struct yk_occupancy *o, struct yk_error *err)
{
    close_frame(o);
    return tell_second(o, err);
}
