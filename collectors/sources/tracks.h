/* From samples of tracks to crossings and zone slices. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_TRACKS_H
#define YK_SOURCES_TRACKS_H

#include "base/drops.h"
#include "base/error.h"
#include "config/config.h"
#include "decode/camera_dialect.h"
#include "observation.h"

#include <stddef.h>
#include <stdint.h>

struct yk_tracks;

struct yk_tracks_options {
    size_t capacity;        /* tracks at a time; the one not seen for longest gives way and is counted */
    int64_t min_age_us;     /* a track that never gets this old does not count */
    int64_t max_gap_us;     /* between samples; time in a longer gap is in no zone */
    int64_t max_absence_us; /* not seen for longer: the track has ended, whatever the camera says */
    int64_t end_grace_us;   /* not seen for longer after the camera said that it ended: it has */
    int64_t max_back_us;    /* a frame older by more than that: the clock was set back, and all begins anew */
};

/* 4096 tracks, 0.5 s, 2 s, 60 s, 2 s, 10 s. */
extern const struct yk_tracks_options yk_tracks_defaults;

/* Where the results go. Each may be NULL. A track's results are held back until it is min_age_us old. */
struct yk_tracks_listener {
    enum yk_status (*time)(void *context, int64_t time_us, struct yk_error *err); /* event time has come this far */
    enum yk_status (*crossing)(void *context, const struct yk_crossing *crossing, struct yk_error *err);
    enum yk_status (*raw_crossing)(void *context, const struct yk_crossing *crossing, struct yk_error *err);
    enum yk_status (*zone)(void *context, const struct yk_zone_slice *slice, struct yk_error *err);
    void *context;
};

/* The sensor's lines and zones must outlive it. `drops` takes what the table rejects. */
enum yk_status yk_tracks_new(const struct yk_sensor_config *sensor, const struct yk_tracks_options *options,
                             const struct yk_tracks_listener *listener, struct yk_drops *drops, struct yk_tracks **out,
                             struct yk_error *err) YK_MUST_CHECK;
void yk_tracks_free(struct yk_tracks *tracks);

/* What a decoder hands its frames, samples and changes to. Lines and zones without points are the device's own and are
 * not looked at. */
struct yk_camera_sink yk_tracks_sink(struct yk_tracks *tracks);
/* Every track has ended, with the input or because time begins anew: the next frame may have any time. */
enum yk_status yk_tracks_end(struct yk_tracks *tracks, struct yk_error *err) YK_MUST_CHECK;

/* Tracks that began so far, frames, and the times of the first and last one (meaningless without frames). */
struct yk_tracks_summary {
    uint64_t tracks, frames;
    int64_t first_us, last_us;
};
struct yk_tracks_summary yk_tracks_summary(const struct yk_tracks *tracks);

#endif
