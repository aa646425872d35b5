/* A camera or counter that posts its messages. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     input: http://ADDRESS:PORT[/PATH]     where we listen; /SENSOR without a path (network/door.h)
 *     secret: a file with a token           needed unless the address is a loopback one
 *
 * A body is a message, whole: multipart too, whose boundaries the dialects that come so pass over. Nobody can see over HTTP
 * whether the device is still there when it says nothing. A dialect of events is taken to look at a quiet street for an
 * hour after its last message, which is what a session takes for the end of an input; then nothing is known until the
 * next. Devices that can send a sign of life should. */
#include "config/endpoint.h"
#include "network/backoff.h"
#include "network/door.h"
#include "network/secret.h"
#include "sources/camera_feed.h"
#include "sources/source.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MS   100
#define SILENT_US INT64_C(3600000000)

struct waiting {
    struct yk_session *session;
    struct yk_camera_feed *feed;
    struct yk_endpoint at;
    struct yk_door *door;
    struct yk_mono heard, shown;
    bool silent;
    struct yk_log_once shut;
};

static void show(struct waiting *w)
{
    struct yk_mono now = yk_mono_now(&yk_clock_boot);
    if (now.us - w->shown.us < STEP_MS * 1000)
        return;
    w->shown = now;
    yk_door_drops(w->door, yk_session_drops(w->session));
    yk_session_progress(w->session, 0, 0);
}

static enum yk_status open_door(struct waiting *w, struct yk_error *err)
{
    const struct yk_sensor_config *sensor = yk_session_sensor(w->session);
    struct yk_credential secret;
    char path[YK_PATH_SIZE];
    if (w->at.rest[0])
        memcpy(path, w->at.rest, sizeof path);
    else
        snprintf(path, sizeof path, "/%s", sensor->id);
    enum yk_status status = yk_secret_read(sensor, yk_session_home(w->session)->keys, &secret, err);
    if (status == YK_OK)
        status = yk_door_open(&w->at, path, secret.bytes, 0, &w->door, err);
    yk_credential_wipe(&secret);
    return status;
}

/* An address that is not there yet, or another program's port, may be had later; so may a secret. */
static enum yk_status come_in(struct waiting *w, struct yk_error *err)
{
    struct yk_backoff backoff = {0};
    const char *id = yk_session_sensor(w->session)->id;
    enum yk_status status = open_door(w, err);
    while (status == YK_ERR_UNAVAILABLE || status == YK_ERR_NO_INPUT || status == YK_ERR_REFUSED) {
        yk_log_enter(&w->shut, "sensor %s: %s; it is tried again", id, err ? err->message : "it cannot listen");
        for (unsigned ms = yk_backoff_next(&backoff); ms > 0; ms -= ms < STEP_MS ? ms : STEP_MS) {
            if (yk_session_stopping(w->session))
                return YK_OK;
            nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000}, NULL);
            status = yk_camera_feed_turn(w->feed, err);
            if (status != YK_OK)
                return status;
        }
        status = open_door(w, err);
    }
    if (status == YK_OK)
        yk_log_leave(&w->shut, "sensor %s: it listens on %s port %d", id, w->at.host, w->at.port);
    return status;
}

static enum yk_status take(struct waiting *w, int ms, bool *some, struct yk_error *err)
{
    char *bytes;
    size_t size;
    *some = yk_door_take(w->door, ms, &bytes, &size);
    if (!*some)
        return YK_OK;
    w->heard = yk_mono_now(&yk_clock_boot);
    w->silent = false;
    enum yk_status status = yk_camera_feed_message(w->feed, bytes, size, err);
    free(bytes);
    return status;
}

static enum yk_status idle(struct waiting *w, struct yk_error *err)
{
    if (w->silent)
        return yk_camera_feed_turn(w->feed, err);
    if (yk_mono_now(&yk_clock_boot).us - w->heard.us < SILENT_US)
        return yk_camera_feed_idle(w->feed, err);
    w->silent = true;
    return yk_camera_feed_pause(w->feed, err);
}

/* Until it is asked to end; then what was taken is told. */
static enum yk_status attend(struct waiting *w, struct yk_error *err)
{
    bool some = true;
    enum yk_status status = YK_OK;
    w->heard = yk_mono_now(&yk_clock_boot);
    while (status == YK_OK && !yk_session_stopping(w->session)) {
        status = take(w, STEP_MS, &some, err);
        if (status == YK_OK && !some)
            status = idle(w, err);
        show(w);
    }
    yk_door_shut(w->door);
    for (some = true; status == YK_OK && some;)
        status = take(w, 0, &some, err);
    yk_door_drops(w->door, yk_session_drops(w->session));
    return status;
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    struct waiting w = {.session = session};
    if (!yk_endpoint_parse(input, &w.at) || w.at.kind != YK_ENDPOINT_HTTP)
        return yk_error_set(err, YK_ERR_CONFIG, "this is no address to listen on: %s is expected",
                            yk_endpoint_form(YK_ENDPOINT_HTTP));
    enum yk_status status = yk_camera_feed_new(session, &w.feed, err);
    if (status != YK_OK)
        return status;
    status = come_in(&w, err);
    if (status == YK_OK && w.door)
        status = attend(&w, err);
    if (status == YK_OK)
        status = yk_camera_feed_end(w.feed, err);
    yk_door_free(w.door);
    yk_camera_feed_free(w.feed);
    return status;
}

static bool takes(const char *input)
{
    return yk_endpoint_kind(input) == YK_ENDPOINT_HTTP;
}

const struct yk_source yk_source_camera_http = {
    .name = "camera_http",
    .summary = "records that a camera or counter posts to this machine",
    .family = YK_FAMILY_CAMERA,
    .takes = takes,
    .run = run,
};
