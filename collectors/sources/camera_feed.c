/* Records of one sensor. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     record -> dialect -> frames, samples, changes -> tracks.c -> crossings, slices \
 *                      \-> the device's own crossings, stays, counts -> own.c, counters.c -> session
 *
 * Between the decoder and the table of tracks stands the machine's clock (session.h): every time is asked of the session
 * before it is used. A result may be older than the event time told before it: a crossing by as long as the track stayed
 * within the hysteresis, a slice by a minute plus max_absence.
 *
 * Silence. A dialect that tells every frame is deaf when it is silent, and its time goes on with its frames only. One that
 * speaks of events is silent in a quiet street; its time goes on with the wall clock, behind it by as much as the newest
 * message was, as long as the connection stands. */
#include "sources/camera_feed.h"

#include "base/log.h"
#include "geometry/homography.h"
#include "sources/counters.h"
#include "sources/own.h"
#include "sources/own_stays.h"
#include "sources/tracks.h"
#include "sources/watched.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BEHIND_US  2000000  /* a message may be that long under way */
#define IN_STEP_US 60000000 /* further off than that, a device's clock is not this machine's */
#define LAGS       15       /* of which the middle one is told: one message may come late */

struct yk_camera_feed {
    struct yk_session *session;
    struct yk_tracks *tracks;
    struct yk_camera_sink to; /* the table's */
    bool on_ground;           /* lines and zones are in metres, by way of */
    struct yk_homography homography;
    const struct yk_camera_dialect *dialect;
    void *state;       /* the dialect's */
    int64_t lag_us;    /* wall clock minus the newest stamp when it came; live only */
    int64_t newest_us; /* stamp of the newest frame; 0: none */
    int64_t arrived_us;
    int64_t lags[LAGS]; /* the newest ones, a ring */
    size_t lag_count;
    struct yk_own_stays *stays; /* these two of the first that needs them */
    struct yk_counters *counters;
    struct yk_watched watched;
    struct yk_log_once no_room;
};

/* --- results --- */

static enum yk_status on_time(void *context, int64_t time_us, struct yk_error *err)
{
    return yk_session_advance(((struct yk_camera_feed *)context)->session, (struct yk_wall){time_us}, err);
}

static enum yk_status on_crossing(void *context, const struct yk_crossing *crossing, struct yk_error *err)
{
    struct yk_observation observation;
    observation.kind = YK_KIND_CROSSING;
    observation.as.crossing = *crossing;
    return yk_session_emit(((struct yk_camera_feed *)context)->session, &observation, err);
}

static enum yk_status on_zone(void *context, const struct yk_zone_slice *slice, struct yk_error *err)
{
    struct yk_observation observation;
    observation.kind = YK_KIND_ZONE;
    observation.as.zone = *slice;
    return yk_session_emit(((struct yk_camera_feed *)context)->session, &observation, err);
}

/* A counter that tells intervals proves with them that it runs; one that speaks when its count changes, as a camera does. */
static enum yk_status on_counted(void *context, const struct yk_counted *counted, struct yk_error *err)
{
    struct yk_camera_feed *feed = context;
    bool at_once = counted->cumulative && feed->dialect && feed->dialect->pace != YK_PACE_BINS;
    return at_once ? yk_watched_tell_moment(&feed->watched, counted, err)
                   : yk_watched_tell(&feed->watched, counted, err);
}

/* What is known of the counters is on the disk before it is told; without room for it both wait. */
static enum yk_status tell_counts(struct yk_camera_feed *feed, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (!feed->counters || !yk_counters_waiting(feed->counters))
        return YK_OK;
    while ((status = yk_counters_flush(feed->counters, err)) == YK_ERR_FULL && !yk_session_stopping(feed->session)) {
        yk_log_enter(&feed->no_room, "sensor %s: no room on disk for the state of its counters; waiting for some",
                     yk_session_sensor(feed->session)->id);
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    }
    if (status == YK_OK)
        yk_log_leave(&feed->no_room, "sensor %s: there is room on disk again", yk_session_sensor(feed->session)->id);
    return status;
}

static enum yk_status end_following(struct yk_camera_feed *feed, struct yk_error *err)
{
    enum yk_status status = yk_tracks_end(feed->tracks, err);
    if (status == YK_OK && feed->stays)
        status = yk_own_stays_end(feed->stays, err);
    return status;
}

/* --- from the decoder --- */

enum yk_status yk_camera_feed_turn(struct yk_camera_feed *feed, struct yk_error *err)
{
    enum yk_status status = tell_counts(feed, err);
    if (status != YK_OK || !yk_session_turning(feed->session))
        return status;
    status = end_following(feed, err);
    return status == YK_OK ? yk_session_turn(feed->session, err) : status;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of a device that is told of by a network; a recording or a pipe comes when it comes. */
static void measure_lag(struct yk_camera_feed *feed)
{
    int64_t sorted[LAGS];
    feed->lags[feed->lag_count++ % LAGS] = feed->lag_us;
    if (feed->lag_count > LAGS && feed->lag_count % LAGS != 0)
        return;
    size_t count = feed->lag_count < LAGS ? feed->lag_count : LAGS;
    memcpy(sorted, feed->lags, sizeof sorted);
    qsort(sorted, count, sizeof *sorted, by_size);
    yk_session_lag(feed->session, sorted[count / 2]);
}

static enum yk_status on_frame(void *context, int64_t time_us, struct yk_error *err)
{
    struct yk_camera_feed *feed = context;
    enum yk_status status = yk_camera_feed_turn(feed, err);
    feed->newest_us = time_us;
    feed->lag_us = feed->arrived_us - time_us;
    if (feed->arrived_us)
        measure_lag(feed);
    return status == YK_OK ? feed->to.frame(feed->to.context, yk_session_time(feed->session, time_us), err) : status;
}

/* Parts of the picture become places on the frame that lines are drawn on, and these, where they are drawn in metres,
 * places on the ground. Somebody in the sky is nobody. */
static enum yk_status on_sample(void *context, const struct yk_track_sample *sample, struct yk_error *err)
{
    struct yk_camera_feed *feed = context;
    const double *frame = yk_session_sensor(feed->session)->frame;
    struct yk_track_sample timed = *sample;
    timed.time_us = yk_session_time(feed->session, sample->time_us);
    if (frame[0] > 0 && feed->dialect && feed->dialect->normalised) {
        timed.x *= frame[0];
        timed.y *= frame[1];
    }
    double ground[2];
    if (feed->on_ground) {
        if (!yk_homography_map(&feed->homography, timed.x, timed.y, ground)) {
            yk_drop(yk_session_drops(feed->session), YK_DROP_malformed);
            return YK_OK;
        }
        timed.x = ground[0];
        timed.y = ground[1];
    }
    return feed->to.sample(feed->to.context, &timed, err);
}

static enum yk_status on_change(void *context, const struct yk_track_change *change, struct yk_error *err)
{
    struct yk_camera_feed *feed = context;
    struct yk_track_change timed = *change;
    timed.time_us = yk_session_time(feed->session, change->time_us);
    return feed->to.change(feed->to.context, &timed, err);
}

/* The device's own lines and zones: what happens there proves, as a frame does, that it runs. */
static enum yk_status on_device_time(struct yk_camera_feed *feed, int64_t time_us, struct yk_error *err)
{
    return time_us > feed->newest_us ? on_frame(feed, time_us, err) : YK_OK;
}

static enum yk_status on_own_crossing(void *context, const struct yk_device_crossing *own, struct yk_error *err)
{
    struct yk_camera_feed *feed = context;
    struct yk_crossing crossing = {.direction = own->direction};
    if (!yk_own_line(yk_session_sensor(feed->session), &own->line, &crossing.line)) {
        yk_drop(yk_session_drops(feed->session), YK_DROP_unmapped);
        return YK_OK;
    }
    enum yk_status status = on_device_time(feed, own->time_us, err);
    crossing.t_ms = (yk_session_time(feed->session, own->time_us) + 500) / 1000;
    return status == YK_OK ? on_crossing(feed, &crossing, err) : status;
}

static enum yk_status on_own_stay(void *context, const struct yk_device_stay *own, struct yk_error *err)
{
    struct yk_camera_feed *feed = context;
    uint8_t zone;
    if (!yk_own_zone(yk_session_sensor(feed->session), &own->zone, &zone)) {
        yk_drop(yk_session_drops(feed->session), YK_DROP_unmapped);
        return YK_OK;
    }
    enum yk_status status = on_device_time(feed, own->time_us, err);
    struct yk_own_stays_listener listener = {.zone = on_zone, .context = feed};
    if (status == YK_OK && !feed->stays)
        status = yk_own_stays_new(&listener, yk_session_drops(feed->session), &feed->stays, err);
    int64_t time_us = yk_session_time(feed->session, own->time_us);
    return status == YK_OK ? yk_own_stays_word(feed->stays, zone, own->track, time_us, own->inside, err) : status;
}

static enum yk_status on_count(void *context, const struct yk_device_count *count, struct yk_error *err)
{
    struct yk_camera_feed *feed = context;
    uint8_t line;
    enum yk_status status = YK_OK;
    if (!yk_own_line(yk_session_sensor(feed->session), &count->line, &line)) {
        yk_drop(yk_session_drops(feed->session), YK_DROP_unmapped);
        return YK_OK;
    }
    struct yk_counters_options options = {.folder = yk_session_folder(feed->session),
                                          .sensor = yk_session_sensor(feed->session)->id,
                                          .drops = yk_session_drops(feed->session),
                                          .counted = on_counted,
                                          .context = feed};
    if (!feed->counters)
        status = yk_counters_new(&options, &feed->counters, err);
    else if (yk_counters_full(feed->counters))
        status = tell_counts(feed, err);
    if (status == YK_OK && count->cumulative && feed->dialect && feed->dialect->pace != YK_PACE_BINS)
        status = on_device_time(feed, count->to_us, err);
    return status == YK_OK ? yk_counters_take(feed->counters, count, line, feed->arrived_us, err) : status;
}

struct yk_camera_options yk_camera_feed_options(const struct yk_camera_feed *feed)
{
    const struct yk_sensor_config *sensor = yk_session_sensor(feed->session);
    struct yk_camera_options options = {.fps = sensor->fps, .has_base = sensor->valid_from != INT64_MIN};
    if (options.has_base)
        options.base_us = sensor->valid_from * 1000000;
    return options;
}

struct yk_camera_sink yk_camera_feed_sink(struct yk_camera_feed *feed)
{
    return (struct yk_camera_sink){.frame = on_frame,
                                   .sample = on_sample,
                                   .change = on_change,
                                   .crossing = on_own_crossing,
                                   .stay = on_own_stay,
                                   .count = on_count,
                                   .context = feed,
                                   .drops = yk_session_drops(feed->session),
                                   .arrived_us = feed->arrived_us};
}

const struct yk_camera_dialect **yk_camera_feed_dialect(struct yk_camera_feed *feed)
{
    return &feed->dialect;
}

/* --- live --- */

static enum yk_status choose(struct yk_camera_feed *feed, const char *text, size_t length, struct yk_error *err)
{
    const char *format = yk_session_sensor(feed->session)->format;
    feed->dialect = *format ? yk_camera_dialect_find(format) : yk_camera_dialect_guess(text, length);
    if (!feed->dialect && *format) {
        char names[YK_CAMERA_NAMES_SIZE];
        yk_camera_dialect_names(names);
        return yk_error_set(err, YK_ERR_CONFIG, "camera format '%s' is not known: it is one of %s", format, names);
    }
    if (!feed->dialect) {
        yk_drop(yk_session_drops(feed->session), YK_DROP_unsupported);
        return YK_OK;
    }
    struct yk_camera_options options = yk_camera_feed_options(feed);
    enum yk_status status = feed->dialect->open(&options, &feed->state, err);
    if (status != YK_OK)
        feed->dialect = NULL;
    return status;
}

enum yk_status yk_camera_feed_message(struct yk_camera_feed *feed, const char *text, size_t length,
                                      struct yk_error *err)
{
    feed->arrived_us = yk_wall_now(&yk_clock_system).us;
    enum yk_status status = feed->dialect ? YK_OK : choose(feed, text, length, err);
    if (status != YK_OK || !feed->dialect)
        return status;
    struct yk_camera_sink sink = yk_camera_feed_sink(feed);
    status = yk_camera_dialect_message(feed->dialect, feed->state, text, length, &sink, err);
    return status == YK_OK ? tell_counts(feed, err) : status;
}

enum yk_status yk_camera_feed_idle(struct yk_camera_feed *feed, struct yk_error *err)
{
    enum yk_status status = yk_camera_feed_turn(feed, err);
    bool quiet = feed->dialect && feed->dialect->pace == YK_PACE_EVENTS && feed->newest_us &&
                 feed->lag_us < IN_STEP_US && feed->lag_us > -IN_STEP_US;
    if (status != YK_OK || !quiet)
        return status;
    int64_t stamp_us = yk_wall_now(&yk_clock_system).us - feed->lag_us - BEHIND_US;
    if (stamp_us <= feed->newest_us)
        return YK_OK;
    feed->newest_us = stamp_us;
    return feed->to.frame(feed->to.context, yk_session_time(feed->session, stamp_us), err);
}

enum yk_status yk_camera_feed_pause(struct yk_camera_feed *feed, struct yk_error *err)
{
    enum yk_status status = tell_counts(feed, err);
    if (feed->stays)
        yk_own_stays_gap(feed->stays);
    feed->newest_us = 0;
    return status == YK_OK ? yk_watched_break(&feed->watched, err) : status;
}

enum yk_status yk_camera_feed_end(struct yk_camera_feed *feed, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (feed->state) {
        struct yk_camera_sink sink = yk_camera_feed_sink(feed);
        status = feed->dialect->end(feed->state, &sink, err);
    }
    if (status == YK_OK)
        status = tell_counts(feed, err);
    return status == YK_OK ? end_following(feed, err) : status;
}

/* What is drawn on the ground says which side of the horizon that is. */
static enum yk_status set_ground(struct yk_camera_feed *feed, const struct yk_sensor_config *sensor,
                                 struct yk_error *err)
{
    int side = 0;
    feed->on_ground = sensor->has_homography;
    if (!feed->on_ground)
        return YK_OK;
    if (!yk_homography_set(&feed->homography, sensor->homography))
        return yk_error_set(err, YK_ERR_CONFIG, "the homography of sensor %s has no way back", sensor->id);
    for (size_t i = 0; i < sensor->line_count; i++)
        side += yk_homography_side(&feed->homography, &sensor->lines[i].points);
    for (size_t i = 0; i < sensor->zone_count; i++)
        side += yk_homography_side(&feed->homography, &sensor->zones[i].points);
    yk_homography_face(&feed->homography, side);
    return YK_OK;
}

enum yk_status yk_camera_feed_new(struct yk_session *session, struct yk_camera_feed **out, struct yk_error *err)
{
    struct yk_camera_feed *feed = calloc(1, sizeof *feed);
    *out = NULL;
    if (!feed)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for a camera's feed");
    feed->session = session;
    feed->watched.session = session;
    struct yk_tracks_listener listener = {.time = on_time, .crossing = on_crossing, .zone = on_zone, .context = feed};
    const struct yk_sensor_config *sensor = yk_session_sensor(session);
    enum yk_status status = set_ground(feed, sensor, err);
    if (status == YK_OK)
        status = yk_tracks_new(sensor, &yk_tracks_defaults, &listener, yk_session_drops(session), &feed->tracks, err);
    if (status != YK_OK) {
        free(feed);
        return status;
    }
    feed->to = yk_tracks_sink(feed->tracks);
    *out = feed;
    return YK_OK;
}

void yk_camera_feed_free(struct yk_camera_feed *feed)
{
    if (!feed)
        return;
    if (feed->state)
        feed->dialect->close(feed->state);
    yk_tracks_free(feed->tracks);
    yk_own_stays_free(feed->stays);
    yk_counters_free(feed->counters);
    free(feed);
}
