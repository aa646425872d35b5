/* Recorded or piped camera tracks as a source. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thin adapter: the reader decodes (decode/camera_reader.h), the table of tracks finds crossings and stays
 * (sources/tracks.h), and this hands them to the sensor's session.
 *
 * From the sensor's configuration: `format` (guessed when it is missing), `fps`, lines and zones; and `valid_from` as
 * the time of the first frame for formats without a date (all but DeepStream). A result may be older than the event time told
 * before it: a crossing by as long as the track stayed within the hysteresis, a slice by a minute plus max_absence. */
#include "decode/camera_reader.h"
#include "sources/source.h"
#include "sources/tracks.h"

static enum yk_status on_time(void *context, int64_t time_us, struct yk_error *err)
{
    return yk_session_advance((struct yk_session *)context, (struct yk_wall){time_us}, err);
}

static enum yk_status on_crossing(void *context, const struct yk_crossing *crossing, struct yk_error *err)
{
    struct yk_observation observation;
    observation.kind = YK_KIND_CROSSING;
    observation.as.crossing = *crossing;
    return yk_session_emit((struct yk_session *)context, &observation, err);
}

static enum yk_status on_zone(void *context, const struct yk_zone_slice *slice, struct yk_error *err)
{
    struct yk_observation observation;
    observation.kind = YK_KIND_ZONE;
    observation.as.zone = *slice;
    return yk_session_emit((struct yk_session *)context, &observation, err);
}

/* Between the decoder and the table of tracks stands the machine's clock (session.h). */
struct watching {
    struct yk_session *session;
    struct yk_tracks *tracks;
    struct yk_camera_sink to; /* the table's */
    enum yk_status status;    /* of a turn while nothing came */
    struct yk_error *err;
};

static enum yk_status turn(struct watching *w, struct yk_error *err)
{
    if (w->status != YK_OK || !yk_session_turning(w->session))
        return w->status;
    enum yk_status status = yk_tracks_end(w->tracks, err);
    return status == YK_OK ? yk_session_turn(w->session, err) : status;
}

static enum yk_status on_frame(void *context, int64_t time_us, struct yk_error *err)
{
    struct watching *w = context;
    enum yk_status status = turn(w, err);
    return status == YK_OK ? w->to.frame(w->to.context, yk_session_time(w->session, time_us), err) : status;
}

static enum yk_status on_sample(void *context, const struct yk_track_sample *sample, struct yk_error *err)
{
    struct watching *w = context;
    struct yk_track_sample timed = *sample;
    timed.time_us = yk_session_time(w->session, sample->time_us);
    return w->to.sample(w->to.context, &timed, err);
}

static bool stopping(void *context)
{
    struct watching *w = context;
    w->status = turn(w, w->err);
    return w->status != YK_OK || yk_session_stopping(w->session);
}

static void progress(void *context, uint64_t done, uint64_t total)
{
    yk_session_progress(((struct watching *)context)->session, done, total);
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    const struct yk_sensor_config *sensor = yk_session_sensor(session);
    struct yk_tracks_listener listener = {
        .time = on_time, .crossing = on_crossing, .zone = on_zone, .context = session};
    struct watching watching = {.session = session, .err = err};
    enum yk_status status =
        yk_tracks_new(sensor, &yk_tracks_defaults, &listener, yk_session_drops(session), &watching.tracks, err);
    if (status != YK_OK)
        return status;

    struct yk_camera_reader_options options = {
        .format = sensor->format,
        .camera = {.fps = sensor->fps, .has_base = sensor->valid_from != INT64_MIN},
        .stopping = stopping,
        .progress = progress,
        .context = &watching,
    };
    if (options.camera.has_base)
        options.camera.base_us = sensor->valid_from * 1000000;
    watching.to = yk_tracks_sink(watching.tracks);
    struct yk_camera_sink sink = {on_frame, on_sample, &watching, watching.to.drops};
    status = yk_camera_read(input, &options, &sink, NULL, err);
    if (status == YK_OK)
        status = watching.status;
    if (status == YK_OK)
        status = yk_tracks_end(watching.tracks, err);
    yk_tracks_free(watching.tracks);
    return status;
}

const struct yk_source yk_source_camera_file = {
    .name = "camera_file",
    .summary = "camera tracks from a file, a pipe or standard input (DeepStream JSON lines, text formats)",
    .family = YK_FAMILY_CAMERA,
    .run = run,
};
