/* The series of a scene as CSV: what one compares line by line. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Times are seconds from the scene's first moment, six digits behind the point like the places. A row says where and
 * when, never who: tracks bear no number in them, and rows of dwell stand in the order in which the tracks began.
 * An absent value is an empty field. Bounds: YK_SCENE_EVENTS_MAX events of 40 bytes; the other series are written as
 * they come. */
#include "sources/scene_files.h"

#include <inttypes.h>
#include <stdlib.h>

enum yk_status yk_scene_events_take(void *context, const struct yk_scene_event *event, struct yk_error *err)
{
    struct yk_scene_events *events = (struct yk_scene_events *)context;
    if (events->count == YK_SCENE_EVENTS_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "more than %d events: split the file by time", YK_SCENE_EVENTS_MAX);
    if (events->count == events->capacity) {
        size_t capacity = events->capacity ? events->capacity * 2 : 1024;
        struct yk_scene_event *list = (struct yk_scene_event *)realloc(events->list, capacity * sizeof *list);
        if (!list)
            return yk_error_set(err, YK_ERR_MEMORY, "no memory for %zu events: split the file by time", capacity);
        events->list = list;
        events->capacity = capacity;
    }
    events->list[events->count++] = *event;
    return YK_OK;
}

void yk_scene_events_free(struct yk_scene_events *events)
{
    free(events->list);
}

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* Whole, so that the file says nothing about the order of tracks. */
static int by_time(const void *left, const void *right)
{
    const struct yk_scene_event *a = (const struct yk_scene_event *)left, *b = (const struct yk_scene_event *)right;
    int order = compare(a->t_s, b->t_s);
    if (!order)
        order = (int)a->kind - (int)b->kind;
    if (!order)
        order = a->direction - b->direction;
    if (!order)
        order = compare(a->x, b->x);
    return order ? order : compare(a->y, b->y);
}

void yk_scene_events_write(struct yk_scene_events *events, FILE *file)
{
    static const char *const kinds[] = {[YK_SCENE_CROSSING_RAW] = "crossing_raw",
                                        [YK_SCENE_CROSSING] = "crossing",
                                        [YK_SCENE_ZONE_ENTER] = "zone_enter",
                                        [YK_SCENE_ZONE_LEAVE] = "zone_leave"};
    if (events->count)
        qsort(events->list, events->count, sizeof *events->list, by_time);
    fprintf(file, "t_s,kind,direction,x,y\n");
    for (size_t i = 0; i < events->count; i++) {
        const struct yk_scene_event *e = &events->list[i];
        fprintf(file, "%.6f,%s,%d,%.6f,%.6f\n", e->t_s, kinds[e->kind], e->direction, e->x, e->y);
    }
}

void yk_scene_occupancy_head(FILE *file)
{
    fprintf(file, "second,frames,mean,min,max,distinct_tracks\n");
}

enum yk_status yk_scene_occupancy_row(void *context, const struct yk_occupancy_second *s, struct yk_error *err)
{
    FILE *file = (FILE *)context;
    if (fprintf(file, "%" PRId64 ",%" PRIu64 ",%.6f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", s->second, s->frames,
                (double)s->sum / (double)s->frames, s->min, s->max, s->distinct) < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot write the occupancy");
    return YK_OK;
}

void yk_scene_dwell_head(FILE *file)
{
    fprintf(file, "samples_inside,dwell_hold_s,dwell_interp_s,visits,first_in_s,last_in_s\n");
}

void yk_scene_dwell_row(FILE *file, const struct yk_dwell *dwell)
{
    fprintf(file, "%" PRIu64 ",%.6f,%.6f,%" PRIu64 ",", dwell->samples, dwell->hold_s, dwell->interp_s, dwell->visits);
    if (dwell->samples)
        fprintf(file, "%.6f,%.6f\n", dwell->first_s, dwell->last_s);
    else
        fprintf(file, ",\n");
}

enum yk_status yk_scene_file_open(const char *path, const char *option, FILE **out, struct yk_error *err)
{
    *out = fopen(path, "we");
    return *out ? YK_OK : yk_error_errno(err, YK_ERR_IO, "%s: %s cannot be written", option, path);
}

enum yk_status yk_scene_file_close(FILE *file, const char *path, struct yk_error *err)
{
    if (!file)
        return YK_OK;
    int bad = ferror(file);
    if (fclose(file) != 0 || bad)
        return yk_error_errno(err, YK_ERR_IO, "%s could not be written whole", path);
    return YK_OK;
}
