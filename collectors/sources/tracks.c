/* The table of running tracks. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One entry per track that was seen within max_absence of event time: its last sample, its state at each line and zone,
 * and what happened to it so far while it is too young to count. A detector makes many tracks of a few frames out of
 * shadows and reflections; a track's results are therefore held back until it is min_age old, and forgotten if it never
 * is. A track does not end by absence alone: people walk behind columns, and cameras have been seen to know somebody
 * again after 49 s. It ends when the camera says so and does not take it back within end_grace; only of cameras that never
 * do, max_absence ends it, and the same number seen later is somebody new. A track that is renamed keeps all it has; if the
 * new name is taken already, by a track that was seen under both, the one that goes on is the one that has it.
 *
 *     buckets --> entry --> entry      hash chains, by track number
 *     running: oldest <--> entry <--> ... <--> newest      by last sample: time rises, so a seen entry moves to the end
 *     ending:  oldest <--> ... <--> newest                 by the time of the camera's word
 *
 * Everything is allocated once: entries, and their line and zone states in two flat arrays. Bounds: `capacity` tracks
 * (above: the oldest ends early, counted as table_full), YK_TRACKS_HELD results held back per track (likewise),
 * constant work per sample, line and zone apart. Track numbers stay in this table: nothing that leaves it can hold one.
 */
#include "sources/tracks.h"

#include "geometry/line.h"
#include "geometry/stay.h"

#include <stdio.h>
#include <stdlib.h>

#define NONE           UINT32_MAX
#define YK_TRACKS_HELD 16
#define INDEX_MAX      256 /* lines and zones travel as one byte */

const struct yk_tracks_options yk_tracks_defaults = {.capacity = 4096,
                                                     .min_age_us = 500000,
                                                     .max_gap_us = 2000000,
                                                     .max_absence_us = 60000000,
                                                     .end_grace_us = 2000000,
                                                     .max_back_us = 10000000};

struct result {
    enum { CROSSING, RAW_CROSSING, ZONE } kind;
    union {
        struct yk_crossing crossing;
        struct yk_zone_slice zone;
    } as;
};

struct entry {
    uint64_t track;
    struct yk_stay_point last;
    int64_t first_us;
    bool counts; /* old enough */
    uint8_t held;
    bool ending;           /* in which list it is */
    int64_t ended_us;      /* the camera's word, if ending */
    uint32_t older, newer; /* in its list; `newer` also links the free entries */
    uint32_t next;         /* in its bucket */
    struct result results[YK_TRACKS_HELD];
};

struct yk_tracks {
    struct yk_tracks_options options;
    struct yk_tracks_listener listener;
    struct yk_drops *drops;
    size_t line_count, zone_count;
    struct yk_line *lines;
    bool *drawn; /* line l has points, and is not one of the device's own */
    const struct yk_zone_config *zones;
    struct entry *entries;
    struct yk_line_track *line_tracks; /* entry e, line l: [e * line_count + l] */
    struct yk_stay *stays;             /* entry e, zone z: [e * zone_count + z] */
    uint32_t *buckets;                 /* bucket_mask + 1, a power of two */
    size_t bucket_mask;
    struct list {
        uint32_t oldest, newest;
    } lists[2]; /* running, ending */
    uint32_t unused;
    int64_t now_us; /* of the newest frame; INT64_MIN: none since the start or a clock that was set back */
    struct yk_tracks_summary summary;
};

/* --- the table --- */

/* Finaliser of splitmix64: camera numbers are small and consecutive. */
static size_t bucket_of(const struct yk_tracks *t, uint64_t track)
{
    uint64_t h = track;
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBu;
    return (size_t)(h ^ (h >> 31)) & t->bucket_mask;
}

static uint32_t find(const struct yk_tracks *t, uint64_t track)
{
    uint32_t at = t->buckets[bucket_of(t, track)];
    while (at != NONE && t->entries[at].track != track)
        at = t->entries[at].next;
    return at;
}

static void unlink_age(struct yk_tracks *t, uint32_t at)
{
    struct entry *e = &t->entries[at];
    struct list *list = &t->lists[e->ending];
    *(e->older == NONE ? &list->oldest : &t->entries[e->older].newer) = e->newer;
    *(e->newer == NONE ? &list->newest : &t->entries[e->newer].older) = e->older;
}

static void link_newest(struct yk_tracks *t, uint32_t at, bool ending)
{
    struct entry *e = &t->entries[at];
    struct list *list = &t->lists[ending];
    e->ending = ending;
    e->older = list->newest;
    e->newer = NONE;
    *(list->newest == NONE ? &list->oldest : &t->entries[list->newest].newer) = at;
    list->newest = at;
}

static void link_bucket(struct yk_tracks *t, uint32_t at, uint64_t track)
{
    uint32_t *bucket = &t->buckets[bucket_of(t, track)];
    t->entries[at].track = track;
    t->entries[at].next = *bucket;
    *bucket = at;
}

static void unlink_bucket(struct yk_tracks *t, uint32_t at)
{
    uint32_t *link = &t->buckets[bucket_of(t, t->entries[at].track)];
    while (*link != at)
        link = &t->entries[*link].next;
    *link = t->entries[at].next;
}

static void forget(struct yk_tracks *t, uint32_t at)
{
    unlink_bucket(t, at);
    unlink_age(t, at);
    t->entries[at].newer = t->unused;
    t->unused = at;
}

/* --- results --- */

static enum yk_status deliver(const struct yk_tracks *t, const struct result *result, struct yk_error *err)
{
    const struct yk_tracks_listener *to = &t->listener;
    switch (result->kind) {
    case CROSSING:
        return to->crossing ? to->crossing(to->context, &result->as.crossing, err) : YK_OK;
    case RAW_CROSSING:
        return to->raw_crossing ? to->raw_crossing(to->context, &result->as.crossing, err) : YK_OK;
    case ZONE:
        return to->zone ? to->zone(to->context, &result->as.zone, err) : YK_OK;
    }
    return YK_OK;
}

static enum yk_status result_of(struct yk_tracks *t, struct entry *e, const struct result *result, struct yk_error *err)
{
    if (e->counts)
        return deliver(t, result, err);
    if (e->held == YK_TRACKS_HELD) {
        yk_drop(t->drops, YK_DROP_table_full);
        e->held--;
        for (size_t i = 0; i < e->held; i++)
            e->results[i] = e->results[i + 1];
    }
    e->results[e->held++] = *result;
    return YK_OK;
}

static enum yk_status let_count(struct yk_tracks *t, struct entry *e, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < e->held && status == YK_OK; i++)
        status = deliver(t, &e->results[i], err);
    e->held = 0;
    e->counts = true;
    return status;
}

/* A slice on its way from a stay to a track's results. */
struct slice_path {
    struct yk_tracks *tracks;
    struct entry *entry;
    uint8_t zone;
};

static enum yk_status take_slice(void *context, const struct yk_zone_slice *slice, struct yk_error *err)
{
    const struct slice_path *path = (const struct slice_path *)context;
    struct result result = {.kind = ZONE, .as.zone = *slice};
    result.as.zone.zone = path->zone;
    return result_of(path->tracks, path->entry, &result, err);
}

/* --- life of a track --- */

static enum yk_status end_track(struct yk_tracks *t, uint32_t at, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (size_t z = 0; z < t->zone_count && status == YK_OK; z++) {
        struct slice_path path = {t, &t->entries[at], (uint8_t)z};
        struct yk_stay_sink sink = {take_slice, &path};
        status = yk_stay_end(&t->stays[at * t->zone_count + z], &sink, err);
    }
    forget(t, at);
    return status;
}

static enum yk_status begin_track(struct yk_tracks *t, const struct yk_track_sample *sample, uint32_t *out,
                                  struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (t->unused == NONE) {
        yk_drop(t->drops, YK_DROP_table_full);
        status = end_track(t, t->lists[t->lists[1].oldest != NONE].oldest, err);
    }
    uint32_t at = t->unused;
    struct entry *e = &t->entries[at];
    t->unused = e->newer;
    e->first_us = sample->time_us;
    e->counts = false;
    e->held = 0;
    link_bucket(t, at, sample->track);
    link_newest(t, at, false);
    for (size_t l = 0; l < t->line_count; l++)
        t->line_tracks[at * t->line_count + l] = (struct yk_line_track){0};
    for (size_t z = 0; z < t->zone_count; z++)
        t->stays[at * t->zone_count + z] = (struct yk_stay){0};
    t->summary.tracks++;
    *out = at;
    return status;
}

static enum yk_status crossing_of(struct yk_tracks *t, struct entry *e, size_t line, int kind,
                                  struct yk_line_event event, struct yk_error *err)
{
    if (!event.direction)
        return YK_OK;
    int64_t shifted = event.time_us + 500; /* nearest millisecond, also before 1970 */
    struct result result = {.kind = kind == RAW_CROSSING ? RAW_CROSSING : CROSSING,
                            .as.crossing = {.t_ms = shifted / 1000 - (shifted % 1000 < 0),
                                            .line = (uint8_t)line,
                                            .direction = event.direction}};
    return result_of(t, e, &result, err);
}

static enum yk_status follow(struct yk_tracks *t, uint32_t at, const struct yk_stay_point *before,
                             const struct yk_stay_point *now, struct yk_error *err)
{
    struct entry *e = &t->entries[at];
    enum yk_status status = YK_OK;
    for (size_t l = 0; l < t->line_count && status == YK_OK; l++) {
        if (!t->drawn[l])
            continue;
        struct yk_line_step step =
            yk_line_follow(&t->lines[l], &t->line_tracks[at * t->line_count + l], now->x, now->y, now->time_us);
        if (t->listener.raw_crossing)
            status = crossing_of(t, e, l, RAW_CROSSING, step.raw, err);
        if (status == YK_OK)
            status = crossing_of(t, e, l, CROSSING, step.counted, err);
    }
    for (size_t z = 0; z < t->zone_count && status == YK_OK; z++) {
        if (t->zones[z].points.count == 0)
            continue;
        struct slice_path path = {t, e, (uint8_t)z};
        struct yk_stay_sink sink = {take_slice, &path};
        status = yk_stay_follow(&t->zones[z].points, &t->stays[at * t->zone_count + z], before, now,
                                t->options.max_gap_us, &sink, err);
    }
    return status;
}

static enum yk_status advance(struct yk_tracks *t, int64_t time_us, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (time_us < t->now_us && t->now_us - time_us > t->options.max_back_us)
        status = yk_tracks_end(t, err);
    if (status != YK_OK || time_us <= t->now_us)
        return status;
    t->now_us = time_us;
    if (!t->summary.frames)
        t->summary.first_us = t->summary.last_us = time_us;
    t->summary.last_us = time_us > t->summary.last_us ? time_us : t->summary.last_us;
    struct list *running = &t->lists[0], *ending = &t->lists[1];
    while (status == YK_OK && ending->oldest != NONE &&
           time_us - t->entries[ending->oldest].ended_us > t->options.end_grace_us)
        status = end_track(t, ending->oldest, err);
    while (status == YK_OK && running->oldest != NONE &&
           time_us - t->entries[running->oldest].last.time_us > t->options.max_absence_us)
        status = end_track(t, running->oldest, err);
    if (status == YK_OK && t->listener.time)
        status = t->listener.time(t->listener.context, time_us, err);
    return status;
}

static enum yk_status take_frame(void *context, int64_t time_us, struct yk_error *err)
{
    struct yk_tracks *t = (struct yk_tracks *)context;
    enum yk_status status = advance(t, time_us, err);
    t->summary.frames++;
    return status;
}

static enum yk_status take_sample(void *context, const struct yk_track_sample *sample, struct yk_error *err)
{
    struct yk_tracks *t = (struct yk_tracks *)context;
    struct yk_stay_point now = {sample->x, sample->y, sample->time_us};
    uint32_t at = find(t, sample->track);
    bool known = at != NONE;
    /* Also a second box of one track in one frame: the first one stands. */
    if (sample->time_us < t->now_us || (known && now.time_us <= t->entries[at].last.time_us)) {
        yk_drop(t->drops, YK_DROP_out_of_order);
        return YK_OK;
    }
    enum yk_status status = YK_OK;
    if (known) {
        unlink_age(t, at);
        link_newest(t, at, false);
    } else {
        status = begin_track(t, sample, &at, err);
    }
    struct entry *e = &t->entries[at];
    struct yk_stay_point before = e->last;
    e->last = now;
    if (status == YK_OK && !e->counts && now.time_us - e->first_us >= t->options.min_age_us)
        status = let_count(t, e, err);
    if (status == YK_OK)
        status = follow(t, at, known ? &before : NULL, &now, err);
    return status;
}

static enum yk_status take_change(void *context, const struct yk_track_change *change, struct yk_error *err)
{
    struct yk_tracks *t = (struct yk_tracks *)context;
    uint32_t at = find(t, change->track);
    if (at == NONE)
        return YK_OK;
    if (change->kind == YK_TRACK_ENDED) {
        if (!t->entries[at].ending) {
            unlink_age(t, at);
            link_newest(t, at, true);
            t->entries[at].ended_us = t->now_us;
        }
        return YK_OK;
    }
    if (change->to == change->track)
        return YK_OK;
    if (find(t, change->to) != NONE)
        return end_track(t, at, err);
    unlink_bucket(t, at);
    link_bucket(t, at, change->to);
    return YK_OK;
}

struct yk_camera_sink yk_tracks_sink(struct yk_tracks *tracks)
{
    return (struct yk_camera_sink){
        .frame = take_frame, .sample = take_sample, .change = take_change, .context = tracks, .drops = tracks->drops};
}

enum yk_status yk_tracks_end(struct yk_tracks *tracks, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (int list = 0; list < 2; list++)
        while (status == YK_OK && tracks->lists[list].oldest != NONE)
            status = end_track(tracks, tracks->lists[list].oldest, err);
    tracks->now_us = INT64_MIN;
    return status;
}

struct yk_tracks_summary yk_tracks_summary(const struct yk_tracks *tracks)
{
    return tracks->summary;
}

/* --- making and freeing --- */

static enum yk_status set_geometry(struct yk_tracks *t, const struct yk_sensor_config *sensor, struct yk_error *err)
{
    if (sensor->line_count > INDEX_MAX || sensor->zone_count > INDEX_MAX)
        return yk_error_set(err, YK_ERR_CONFIG, "sensor %s has more than %d lines or zones", sensor->id, INDEX_MAX);
    for (size_t z = 0; z < sensor->zone_count; z++)
        if (sensor->zones[z].points.count && sensor->zones[z].points.count < 3)
            return yk_error_set(err, YK_ERR_CONFIG, "zone %s of sensor %s has fewer than 3 points", sensor->zones[z].id,
                                sensor->id);
    for (size_t l = 0; l < sensor->line_count; l++) {
        t->drawn[l] = sensor->lines[l].points.count > 0;
        if (!t->drawn[l])
            continue;
        char what[2 * YK_ID_SIZE + 16];
        snprintf(what, sizeof what, "%s of sensor %s", sensor->lines[l].id, sensor->id);
        enum yk_status status =
            yk_line_set(&t->lines[l], &sensor->lines[l].points, sensor->lines[l].hysteresis, what, err);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

enum yk_status yk_tracks_new(const struct yk_sensor_config *sensor, const struct yk_tracks_options *options,
                             const struct yk_tracks_listener *listener, struct yk_drops *drops, struct yk_tracks **out,
                             struct yk_error *err)
{
    size_t capacity = options->capacity, buckets = 1;
    while (buckets < 2 * capacity)
        buckets *= 2;
    struct yk_tracks *t = (struct yk_tracks *)calloc(1, sizeof *t);
    if (!t)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the table of tracks");
    t->options = *options;
    t->listener = *listener;
    t->drops = drops;
    t->now_us = INT64_MIN;
    t->line_count = sensor->line_count;
    t->zone_count = sensor->zone_count;
    t->zones = sensor->zones;
    t->bucket_mask = buckets - 1;
    t->lists[0] = t->lists[1] = (struct list){NONE, NONE};
    t->lines = (struct yk_line *)calloc(sensor->line_count + 1, sizeof *t->lines);
    t->drawn = (bool *)calloc(sensor->line_count + 1, sizeof *t->drawn);
    t->entries = (struct entry *)calloc(capacity, sizeof *t->entries);
    t->line_tracks = (struct yk_line_track *)calloc(capacity * sensor->line_count + 1, sizeof *t->line_tracks);
    t->stays = (struct yk_stay *)calloc(capacity * sensor->zone_count + 1, sizeof *t->stays);
    t->buckets = (uint32_t *)malloc(buckets * sizeof *t->buckets);
    if (!t->lines || !t->drawn || !t->entries || !t->line_tracks || !t->stays || !t->buckets) {
        yk_tracks_free(t);
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for a table of %zu tracks", capacity);
    }
    enum yk_status status = set_geometry(t, sensor, err);
    if (status != YK_OK) {
        yk_tracks_free(t);
        return status;
    }
    for (size_t i = 0; i < buckets; i++)
        t->buckets[i] = NONE;
    for (size_t i = 0; i < capacity; i++)
        t->entries[i].newer = i + 1 < capacity ? (uint32_t)(i + 1) : NONE;
    t->unused = 0;
    *out = t;
    return YK_OK;
}

void yk_tracks_free(struct yk_tracks *tracks)
{
    if (!tracks)
        return;
    free(tracks->lines);
    free(tracks->drawn);
    free(tracks->entries);
    free(tracks->line_tracks);
    free(tracks->stays);
    free(tracks->buckets);
    free(tracks);
}
