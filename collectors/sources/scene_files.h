/* The series of a scene as CSV. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_SCENE_FILES_H
#define YK_SOURCES_SCENE_FILES_H

#include "sources/scene.h"

#include <stdio.h>

#define YK_SCENE_EVENTS_MAX 4000000

/* Events, kept until all have come: a crossing is told later than it happened. All zero at first. */
struct yk_scene_events {
    struct yk_scene_event *list;
    size_t count, capacity;
};

/* context: a struct yk_scene_events. YK_ERR_INPUT beyond YK_SCENE_EVENTS_MAX. */
enum yk_status yk_scene_events_take(void *context, const struct yk_scene_event *event,
                                    struct yk_error *err) YK_MUST_CHECK;
void yk_scene_events_free(struct yk_scene_events *events);
/* t_s,kind,direction,x,y in order of time. Kinds: crossing_raw, crossing (counted), zone_enter, zone_leave. */
void yk_scene_events_write(struct yk_scene_events *events, FILE *file);

/* second,frames,mean,min,max,distinct_tracks */
void yk_scene_occupancy_head(FILE *file);
/* context: the FILE. */
enum yk_status yk_scene_occupancy_row(void *context, const struct yk_occupancy_second *second,
                                      struct yk_error *err) YK_MUST_CHECK;

/* samples_inside,dwell_hold_s,dwell_interp_s,visits,first_in_s,last_in_s */
void yk_scene_dwell_head(FILE *file);
void yk_scene_dwell_row(FILE *file, const struct yk_dwell *dwell);

/* Opens for writing; `option` names it in a message. */
enum yk_status yk_scene_file_open(const char *path, const char *option, FILE **out, struct yk_error *err) YK_MUST_CHECK;
/* Closes it (NULL is fine) and tells whether all was written. */
enum yk_status yk_scene_file_close(FILE *file, const char *path, struct yk_error *err) YK_MUST_CHECK;

#endif
