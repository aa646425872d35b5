/* A recording heard as an edge would hear it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Epochs are laid from a minute before the first packet on, a day each, so that no recording of a day is cut by a change of
 * keys. Longer ones are: lives end there, as they do at an edge. Which epoch an observation belongs to follows from its
 * tick, since an epoch begins on a full minute. */
#include "recording/listen.h"

#include "base/calendar.h"
#include "identity/identity.h"
#include "session_private.h"
#include "sources/hearing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S      86400
#define BACK_DS    (YK_TICK_S * 10)
#define SILENCE_DS 36000
#define FEWEST     256

struct yk_listening {
    struct yk_config config;
    struct yk_sensor_config sensor;
    struct yk_identity *identity;
    struct yk_session *session;
    struct yk_hearing *hearing; /* NULL before the first time stamp */
    volatile sig_atomic_t stop;
    int64_t epoch_s; /* where the first one begins */
    int64_t window_s;
    struct yk_heard_set window; /* what was heard in it */
    struct yk_recording recording;
    enum yk_status status;
    struct yk_error err;
};

static enum yk_status close_window(struct yk_listening *l)
{
    struct yk_recording *r = &l->recording;
    size_t needed = r->count + l->window.count;
    if (needed > r->capacity) {
        size_t capacity = needed * 2 > FEWEST ? needed * 2 : FEWEST;
        struct yk_heard_in_window *list = malloc(capacity * sizeof *list);
        if (!list)
            return YK_ERR_MEMORY;
        if (r->count > 0)
            memcpy(list, r->list, r->count * sizeof *list);
        if (r->list)
            sodium_memzero(r->list, r->count * sizeof *list);
        free(r->list);
        r->list = list;
        r->capacity = capacity;
    }
    for (size_t i = 0; i < l->window.count; i++)
        r->list[r->count++] = (struct yk_heard_in_window){l->window.list[i], l->window_s};
    if (l->window.list)
        sodium_memzero(l->window.list, l->window.count * sizeof *l->window.list);
    yk_heard_set_clear(&l->window);
    return YK_OK;
}

static enum yk_status keep(void *context, const struct yk_observation *observation)
{
    struct yk_listening *l = context;
    if (observation->kind == YK_KIND_HEALTH && observation->as.health.has_lags)
        for (int i = 0; i < YK_ROTATING_COUNT; i++)
            yk_lag_histogram_add(&l->recording.lags[i], &observation->as.health.lags[i]);
    if (observation->kind != YK_KIND_PRESENCE)
        return YK_OK;
    const struct yk_presence *presence = &observation->as.presence;
    int64_t t_s = presence->tick * YK_TICK_S;
    if (t_s < l->epoch_s) /* the clock was set back to before all: no time that anything is made of */
        return YK_OK;
    int64_t window_s = t_s / YK_WINDOW_S * YK_WINDOW_S;
    if (window_s != l->window_s) {
        enum yk_status status = close_window(l);
        if (status != YK_OK)
            return status;
        l->window_s = window_s;
    }
    uint64_t key_id = (uint64_t)((t_s - l->epoch_s) / DAY_S) + 1;
    return yk_heard_set_hear(&l->window, window_s, key_id, presence, 1);
}

/* With the first time stamp it is known where epochs begin. */
static enum yk_status begin(struct yk_listening *l, int64_t time_us)
{
    if (l->hearing)
        return YK_OK;
    l->epoch_s = (time_us / 1000000 - 60) / 60 * 60;
    l->epoch_s = l->epoch_s > 0 ? l->epoch_s : 0;
    l->config.privacy.epoch_hours = 24;
    l->config.privacy.epoch_start_s = (int)(l->epoch_s % DAY_S);
    enum yk_status status = yk_identity_new(&l->config, &l->identity, &l->err);
    if (status != YK_OK)
        return status;
    const struct yk_session_options options = {.config = &l->config,
                                               .sensor = &l->sensor,
                                               .identity = l->identity,
                                               .flush = YK_FLUSH_BULK,
                                               .stop = &l->stop,
                                               .tell = keep,
                                               .tell_context = l};
    status = yk_session_new(&options, &l->session, &l->err);
    return status == YK_OK ? yk_hearing_new(l->session, &l->hearing, &l->err) : status;
}

static void note_time(struct yk_recording *r, int64_t t_ds)
{
    struct yk_stretch *last = r->stretch_count > 0 ? &r->stretches[r->stretch_count - 1] : NULL;
    bool back = last && t_ds < last->to_ds - BACK_DS;
    r->set_back += back;
    if (!last || back || t_ds > last->to_ds + SILENCE_DS) {
        if (r->stretch_count < YK_STRETCHES_MAX)
            r->stretches[r->stretch_count++] = (struct yk_stretch){t_ds, t_ds};
        return;
    }
    last->to_ds = t_ds > last->to_ds ? t_ds : last->to_ds;
}

enum yk_status yk_listening_new(struct yk_listening **out, struct yk_error *err)
{
    *out = NULL;
    enum yk_status status = yk_calendar_open("UTC", err);
    if (status != YK_OK)
        return status;
    struct yk_listening *l = calloc(1, sizeof *l);
    if (!l)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory to listen to a recording");
    memcpy(l->sensor.id, "recording", sizeof "recording");
    l->sensor.family = YK_FAMILY_RADIO;
    l->sensor.rssi_min_dbm = INT8_MIN;
    l->sensor.valid_from = INT64_MIN;
    l->config.sensors = &l->sensor;
    l->config.sensor_count = 1;
    *out = l;
    return YK_OK;
}

void yk_listening_free(struct yk_listening *l)
{
    if (!l)
        return;
    yk_hearing_free(l->hearing);
    yk_session_free(l->session);
    yk_identity_free(l->identity);
    if (l->window.list)
        sodium_memzero(l->window.list, l->window.count * sizeof *l->window.list);
    yk_heard_set_clear(&l->window);
    if (l->recording.list)
        sodium_memzero(l->recording.list, l->recording.capacity * sizeof *l->recording.list);
    free(l->recording.list);
    free(l);
}

enum yk_status yk_listening_finish(struct yk_listening *l, struct yk_recording **out, struct yk_error *err)
{
    *out = &l->recording;
    if (l->status == YK_OK && l->hearing)
        l->status = yk_hearing_finish(l->hearing, &l->err);
    if (l->status == YK_OK)
        l->status = close_window(l);
    if (l->status == YK_OK)
        return YK_OK;
    return yk_error_set(err, l->status, "%s",
                        l->err.message[0] ? l->err.message : "no memory to listen to a recording");
}

#include "decode/capture_file.h"
#include "decode/decoder.h"

static void heard(void *context, const struct yk_advert *advert)
{
    struct yk_listening *l = context;
    if (l->status != YK_OK || advert->time_us == YK_TIME_NONE)
        return;
    l->status = begin(l, advert->time_us);
    if (l->status != YK_OK)
        return;
    const struct yk_decoder *decoder = yk_hearing_decoder(l->hearing);
    decoder->heard(decoder->context, advert);
    l->status = yk_hearing_status(l->hearing, &l->err);
}

static void at(void *context, int64_t time_us)
{
    struct yk_listening *l = context;
    if (l->status != YK_OK || time_us == YK_TIME_NONE)
        return;
    note_time(&l->recording, time_us / 100000 - (time_us % 100000 < 0));
    l->status = begin(l, time_us);
    if (l->status == YK_OK)
        l->status = yk_hearing_at(l->hearing, time_us, &l->err);
}

struct yk_capture_listener yk_listening_listener(struct yk_listening *l)
{
    return (struct yk_capture_listener){.heard = heard, .at = at, .context = l};
}
