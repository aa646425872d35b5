/* A recording's tracks, all of them, as long as it is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of tracks (tracks.h) is made for a camera that never ends: it forgets who was away for half a minute, cuts
 * stays into slices and holds back what is too young. To be laid beside a reference, a file has to be taken as it is:
 * whoever bears one number is one person, from the first sample to the last, however long between them. So every track
 * keeps an entry until the end, with its state at the line and in the zone; samples are not kept.
 *
 *     slots  [ 0 | 3 | 0 | 1 | 2 | ... ]     open addressing, at most half full; 0 is free, n is entry n - 1
 *     entries  #0  #1  #2  ...               in the order in which the tracks began
 *
 * The geometry is that of the live table: the same line.c and zone.c.
 *
 * Bounds: YK_SCENE_TRACKS_MAX tracks of some 200 bytes; more are refused with a message. Memory grows by doubling, per
 * track and not per sample. */
#include "sources/scene.h"

#include <math.h>
#include <stdlib.h>

struct entry {
    uint64_t track;
    struct yk_dwell_point last;
    int64_t last_second; /* in which it was counted in the zone */
    struct yk_line_track line;
    struct yk_dwell dwell;
};

struct yk_scene {
    struct yk_scene_options options;
    struct yk_scene_listener listener;
    struct yk_drops *drops;
    struct yk_occupancy occupancy;
    struct yk_scene_figures figures;
    struct entry *entries;
    uint32_t *slots;
    size_t count, capacity; /* of entries; slots are twice as many, a power of two */
    size_t used;            /* slots; as many as entries, and those that renamed tracks have left */
};

/* --- the table --- */

/* Finaliser of splitmix64: camera numbers are small and consecutive. */
static size_t mix(uint64_t track)
{
    uint64_t h = track;
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBu;
    return (size_t)(h ^ (h >> 31));
}

static uint32_t *slot_of(const struct yk_scene *s, uint64_t track)
{
    size_t mask = 2 * s->capacity - 1, at = mix(track) & mask;
    while (s->slots[at] && s->entries[s->slots[at] - 1].track != track)
        at = (at + 1) & mask;
    return &s->slots[at];
}

static enum yk_status grow(struct yk_scene *s, struct yk_error *err)
{
    size_t capacity = !s->capacity ? 256 : s->count > s->capacity / 2 ? s->capacity * 2 : s->capacity;
    struct entry *entries = (struct entry *)realloc(s->entries, capacity * sizeof *entries);
    if (entries)
        s->entries = entries;
    uint32_t *slots = (uint32_t *)calloc(2 * capacity, sizeof *slots);
    if (!entries || !slots) {
        free(slots);
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for %zu tracks: split the file by time", capacity);
    }
    free(s->slots);
    s->slots = slots;
    s->capacity = capacity;
    s->used = s->count;
    for (size_t i = 0; i < s->count; i++)
        *slot_of(s, s->entries[i].track) = (uint32_t)(i + 1);
    return YK_OK;
}

/* NULL, and *status says why, if there is no room. *known: it was there before. */
static struct entry *find(struct yk_scene *s, uint64_t track, bool *known, enum yk_status *status, struct yk_error *err)
{
    uint32_t slot = s->capacity ? *slot_of(s, track) : 0;
    *known = slot > 0;
    *status = YK_OK;
    if (slot)
        return &s->entries[slot - 1];
    if (s->count == YK_SCENE_TRACKS_MAX)
        *status = yk_error_set(err, YK_ERR_INPUT, "more than %d tracks: split the file by time", YK_SCENE_TRACKS_MAX);
    else if (s->used == s->capacity)
        *status = grow(s, err);
    if (*status != YK_OK)
        return NULL;
    s->entries[s->count] = (struct entry){.track = track, .last_second = INT64_MIN};
    *slot_of(s, track) = (uint32_t)(s->count + 1);
    s->used++;
    return &s->entries[s->count++];
}

/* --- what a track does --- */

static enum yk_status tell(const struct yk_scene *s, enum yk_scene_kind kind, int direction, double t_s, double x,
                           double y, struct yk_error *err)
{
    const struct yk_scene_event event = {.t_s = t_s, .x = x, .y = y, .kind = kind, .direction = direction};
    return s->listener.event ? s->listener.event(s->listener.context, &event, err) : YK_OK;
}

static enum yk_status crossing(struct yk_scene *s, const struct yk_line_event *event, enum yk_scene_kind kind,
                               struct yk_error *err)
{
    if (!event->direction)
        return YK_OK;
    (kind == YK_SCENE_CROSSING ? s->figures.counted : s->figures.raw)[event->direction > 0]++;
    return tell(s, kind, event->direction, (double)event->time_us / 1e6, event->x, event->y, err);
}

static enum yk_status at_line(struct yk_scene *s, struct entry *e, const struct yk_dwell_point *now,
                              struct yk_error *err)
{
    struct yk_line_step step =
        yk_line_follow(s->options.line, &e->line, now->x, now->y, (int64_t)llround(now->t_s * 1e6));
    enum yk_status status = crossing(s, &step.raw, YK_SCENE_CROSSING_RAW, err);
    return status == YK_OK ? crossing(s, &step.counted, YK_SCENE_CROSSING, err) : status;
}

static enum yk_status in_zone(struct yk_scene *s, struct entry *e, const struct yk_dwell_point *before,
                              const struct yk_dwell_point *now, struct yk_error *err)
{
    struct yk_dwell_edge edges[YK_DWELL_EDGES_MAX];
    size_t count = yk_dwell_follow(s->options.zone, &e->dwell, before, now, edges);
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < count && status == YK_OK; i++)
        status = tell(s, edges[i].direction > 0 ? YK_SCENE_ZONE_ENTER : YK_SCENE_ZONE_LEAVE, edges[i].direction,
                      edges[i].t_s, edges[i].x, edges[i].y, err);
    return status;
}

enum yk_status yk_scene_frame(struct yk_scene *scene, double t_s, struct yk_error *err)
{
    return yk_occupancy_frame(&scene->occupancy, t_s, err);
}

enum yk_status yk_scene_sample(struct yk_scene *s, uint64_t track, const struct yk_dwell_point *point,
                               struct yk_error *err)
{
    bool known;
    enum yk_status status;
    struct entry *e = find(s, track, &known, &status, err);
    if (!e)
        return status;
    if (known && point->t_s <= e->last.t_s) {
        yk_drop(s->drops, YK_DROP_out_of_order);
        return YK_OK;
    }
    struct yk_dwell_point before = e->last;
    e->last = *point;
    if (s->options.line)
        status = at_line(s, e, point, err);
    if (status == YK_OK && s->options.zone)
        status = in_zone(s, e, known ? &before : NULL, point, err);
    if (status == YK_OK)
        status = yk_occupancy_sample(&s->occupancy, e->dwell.inside, &e->last_second, err);
    if (status == YK_OK && s->listener.step)
        status = s->listener.step(s->listener.context, known ? &before : point, point, err);
    return status;
}

enum yk_status yk_scene_rename(struct yk_scene *s, uint64_t track, uint64_t to, struct yk_error *err)
{
    uint32_t number = s->capacity ? *slot_of(s, track) : 0;
    if (!number || track == to || *slot_of(s, to))
        return YK_OK;
    enum yk_status status = s->used == s->capacity ? grow(s, err) : YK_OK;
    if (status != YK_OK)
        return status;
    s->entries[number - 1].track = to; /* its old slot meets no name any more and goes with the next growth */
    *slot_of(s, to) = number;
    s->used++;
    return YK_OK;
}

enum yk_status yk_scene_end(struct yk_scene *s, struct yk_error *err)
{
    enum yk_status status = yk_occupancy_end(&s->occupancy, err);
    s->figures.tracks = s->count;
    for (size_t i = 0; i < s->count && status == YK_OK; i++) {
        const struct entry *e = &s->entries[i];
        if (e->dwell.open)
            status = tell(s, YK_SCENE_ZONE_LEAVE, -1, e->last.t_s, e->last.x, e->last.y, err);
        if (!yk_dwell_any(&e->dwell))
            continue;
        s->figures.tracks_in_zone++;
        s->figures.dwell_total_s += e->dwell.interp_s;
        s->figures.path_total += e->dwell.path;
        if (status == YK_OK && s->listener.dwell)
            status = s->listener.dwell(s->listener.context, &e->dwell, err);
    }
    return status;
}

struct yk_scene_figures yk_scene_figures(const struct yk_scene *scene)
{
    return scene->figures;
}

/* --- making and freeing --- */

enum yk_status yk_scene_new(const struct yk_scene_options *options, const struct yk_scene_listener *listener,
                            struct yk_drops *drops, struct yk_scene **out, struct yk_error *err)
{
    struct yk_scene *s = (struct yk_scene *)calloc(1, sizeof *s);
    if (!s)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for a scene");
    s->options = *options;
    s->listener = *listener;
    s->drops = drops;
    *out = s;
    return YK_OK;
}

void yk_scene_free(struct yk_scene *scene)
{
    if (!scene)
        return;
    free(scene->entries);
    free(scene->slots);
    free(scene);
}

struct yk_occupancy *yk_scene_occupancy(struct yk_scene *scene)
{
    return &scene->occupancy;
}
