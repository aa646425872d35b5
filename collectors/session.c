/* Event time, health and frames of one sensor. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Health is told for whole minutes of event time: [t0, t1) with t1 on a full minute, the last one up to the last event. A
 * live camera also tells of its first seconds, and of those of each quarter of an hour: until then its rows are an outage.
 * A silence of more than an hour in the input, or a clock that goes back, ends the interval where the last event was:
 * that the sensor ran in between is not proven. */
#include "session_state.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SILENCE_MAX_S 3600
#define BACK_MAX_S    10
#define EARLY_S       3

enum yk_status yk_session_new(const struct yk_session_options *options, struct yk_session **out, struct yk_error *err)
{
    struct yk_session *session = calloc(1, sizeof *session);
    *out = NULL;
    if (!session)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    session->options = *options;
    session->now_s = session->ended_s = INT64_MIN;
    session->turned = !options->hold;
    session->told_until_s = INT64_MIN;
    atomic_init(&session->holding, false);
    atomic_init(&session->event_s, INT64_MIN);
    atomic_init(&session->arrived_us, INT64_MIN);
    atomic_init(&session->lag_us, INT64_MIN);
    enum yk_status status =
        options->tell ? YK_OK
                      : yk_frame_writer_new(options->spool, options->sensor->id, options->flush, &session->writer, err);
    if (status != YK_OK) {
        free(session);
        return status;
    }
    pthread_mutex_init(&session->lock, NULL);
    *out = session;
    return YK_OK;
}

void yk_session_free(struct yk_session *session)
{
    if (!session)
        return;
    pthread_mutex_destroy(&session->lock);
    yk_frame_writer_free(session->writer);
    free(session);
}

const struct yk_sensor_config *yk_session_sensor(const struct yk_session *session)
{
    return session->options.sensor;
}

const struct yk_session_home *yk_session_home(const struct yk_session *session)
{
    return &session->options.home;
}

struct yk_drops *yk_session_drops(struct yk_session *session)
{
    return &session->drops;
}

struct yk_identity *yk_session_identity(struct yk_session *session)
{
    return session->holding ? session->options.holding : session->options.identity;
}

const char *yk_session_folder(const struct yk_session *session)
{
    return session->options.folder;
}

bool yk_session_stopping(const struct yk_session *session)
{
    return *session->options.stop != 0;
}

bool yk_session_live(const struct yk_session *session)
{
    return session->options.flush == YK_FLUSH_LIVE;
}

void yk_session_on_health(struct yk_session *session, void (*fill)(void *context, struct yk_health *health),
                          void *context)
{
    session->fill = fill;
    session->fill_context = context;
}

void yk_session_progress(struct yk_session *session, uint64_t done, uint64_t total)
{
    atomic_store_explicit(&session->done, done, memory_order_relaxed);
    atomic_store_explicit(&session->total, total, memory_order_relaxed);
    pthread_mutex_lock(&session->lock);
    session->shown = session->drops;
    pthread_mutex_unlock(&session->lock);
}

void yk_session_lag(struct yk_session *session, int64_t lag_us)
{
    atomic_store_explicit(&session->lag_us, lag_us, memory_order_relaxed);
}

void yk_session_figures(const struct yk_session *session, struct yk_session_figures *out)
{
    out->done = atomic_load_explicit(&session->done, memory_order_relaxed);
    out->total = atomic_load_explicit(&session->total, memory_order_relaxed);
    out->observations = atomic_load_explicit(&session->observations, memory_order_relaxed);
    out->event_s = atomic_load_explicit(&session->event_s, memory_order_relaxed);
    out->arrived.us = atomic_load_explicit(&session->arrived_us, memory_order_relaxed);
    out->lag_us = atomic_load_explicit(&session->lag_us, memory_order_relaxed);
    out->held = session->options.hold ? yk_hold_count(session->options.hold) : 0;
}

bool yk_session_settled(const struct yk_session *session)
{
    return !session->holding && (!session->options.hold || yk_hold_count(session->options.hold) == 0);
}

void yk_session_shown_drops(struct yk_session *session, struct yk_drops *out)
{
    pthread_mutex_lock(&session->lock);
    *out = session->shown;
    pthread_mutex_unlock(&session->lock);
}

void yk_session_adapter(struct yk_session *session, const struct yk_adapter_status *adapter)
{
    pthread_mutex_lock(&session->lock);
    session->adapter = *adapter;
    pthread_mutex_unlock(&session->lock);
}

void yk_session_shown_adapter(struct yk_session *session, struct yk_adapter_status *out)
{
    pthread_mutex_lock(&session->lock);
    *out = session->adapter;
    pthread_mutex_unlock(&session->lock);
}

/* No room on disk: wait for some. The kernel holds the input meanwhile; what a live radio loses then shows as drops.
 * Gives the status back when the program is to end or the failure is another one. */
static bool wait_for_room(struct yk_session *session, enum yk_status *status, const struct yk_error *err)
{
    if (*status != YK_ERR_FULL) {
        yk_log_leave(&session->no_room, "sensor %s: there is room on disk again", session->options.sensor->id);
        return false;
    }
    yk_log_enter(&session->no_room, "sensor %s: %s; waiting for room, nothing is lost yet", session->options.sensor->id,
                 err ? err->message : "the spool is full");
    if (yk_session_stopping(session))
        return false;
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    return true;
}

enum yk_status yk_session_add(struct yk_session *session, const struct yk_observation *observation,
                              struct yk_error *err)
{
    enum yk_status status;
    if (session->options.tell)
        return session->options.tell(session->options.tell_context, observation);
    do {
        pthread_mutex_lock(&session->lock);
        status = session->holding ? yk_hold_add(session->options.hold, observation, err)
                                  : yk_frame_writer_add(session->writer, observation, err);
        pthread_mutex_unlock(&session->lock);
    } while (wait_for_room(session, &status, err));
    return status;
}

enum yk_status yk_session_flush(struct yk_session *session, int64_t now_s, bool all, struct yk_error *err)
{
    enum yk_status status;
    if (session->options.tell)
        return YK_OK;
    do {
        pthread_mutex_lock(&session->lock);
        session->shown = session->drops;
        status = session->holding ? yk_hold_advance(session->options.hold, now_s, all, err)
                                  : yk_frame_writer_flush(session->writer, now_s, all, err);
        pthread_mutex_unlock(&session->lock);
    } while (wait_for_room(session, &status, err));
    return status;
}

static enum yk_status tell_health(struct yk_session *session, int64_t to_s, struct yk_error *err)
{
    if (to_s <= session->health_s)
        return YK_OK;
    if (session->options.hold)
        session->drops.count[YK_DROP_undated] += yk_hold_take_lost(session->options.hold);
    struct yk_observation o;
    memset(&o, 0, sizeof o);
    o.kind = YK_KIND_HEALTH;
    o.as.health.t0_s = session->health_s;
    o.as.health.t1_s = to_s;
    o.as.health.records = session->records;
    for (int i = 0; i < YK_DROP_COUNT; i++)
        o.as.health.drops.count[i] = session->drops.count[i] - session->told.count[i];
    if (session->fill)
        session->fill(session->fill_context, &o.as.health);
    session->told = session->drops;
    session->records = 0;
    session->health_s = to_s;
    return yk_session_add(session, &o, err);
}

enum yk_status yk_session_begin(struct yk_session *session, int64_t t_s, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (session->options.tell)
        return status;
    if (session->holding) {
        do
            status = yk_hold_begin(session->options.hold, t_s, session->offset_us, err);
        while (wait_for_room(session, &status, err));
        return status;
    }
    pthread_mutex_lock(&session->lock);
    yk_frame_writer_begin(session->writer, t_s);
    pthread_mutex_unlock(&session->lock);
    return status;
}

static void heard(struct yk_session *session, int64_t t_s)
{
    atomic_store_explicit(&session->event_s, t_s, memory_order_relaxed);
    atomic_store_explicit(&session->arrived_us, yk_mono_now(&yk_clock_system).us, memory_order_relaxed);
}

/* Up to when health is due at t; the beginning of the open interval if it is not. */
static int64_t health_due(const struct yk_session *session, int64_t t_s)
{
    if (t_s / 60 > session->health_s / 60)
        return t_s / 60 * 60;
    bool early = yk_session_live(session) && session->options.sensor->family != YK_FAMILY_RADIO &&
                 (session->health_s % YK_WINDOW_S == 0 || session->health_s == session->first_s) &&
                 t_s - session->health_s >= EARLY_S;
    return early ? t_s : session->health_s;
}

enum yk_status yk_session_advance(struct yk_session *session, struct yk_wall t, struct yk_error *err)
{
    int64_t t_s = t.us / 1000000;
    if (t_s == session->now_s)
        return YK_OK;
    if (t_s < 0)
        return YK_OK;
    if (session->options.sensor->family != YK_FAMILY_RADIO) /* a radio's time goes on while it hears nobody */
        heard(session, t_s);
    if (session->leap) { /* stamps are another clock's from here on */
        enum yk_status status = yk_session_break_off(session, err);
        if (status != YK_OK)
            return status;
        session->leap = false;
    }
    /* What was held has told of the time up to here: a stamp that is a little before it adds nothing, one that is far
     * before it has nothing to do with it. */
    if (t_s < session->told_until_s && session->told_until_s - t_s <= SILENCE_MAX_S)
        return YK_OK;
    if (session->now_s == INT64_MIN) {
        session->told_until_s = INT64_MIN;
        enum yk_status status = yk_session_begin(session, t_s, err);
        if (status == YK_OK) {
            session->now_s = session->first_s = session->health_s = t_s;
            session->stray = false;
        }
        return status;
    }
    if (t_s < session->now_s && t_s >= session->now_s - BACK_MAX_S)
        return YK_OK;
    enum yk_status status = YK_OK;
    if (t_s < session->now_s || t_s - session->now_s > SILENCE_MAX_S) {
        status = yk_session_break_off(session, err);
        return status == YK_OK ? yk_session_advance(session, t, err) : status;
    }
    status = tell_health(session, health_due(session, t_s), err);
    if (status != YK_OK)
        return status;
    session->now_s = t_s;
    return yk_session_flush(session, t_s, false, err);
}

enum yk_status yk_session_epoch(struct yk_session *session, int64_t epoch_s, uint64_t key_id, bool local,
                                struct yk_error *err)
{
    enum yk_status status;
    if (session->holding || session->options.tell)
        return YK_OK; /* it is another one when it is known which */
    do {
        pthread_mutex_lock(&session->lock);
        status = yk_frame_writer_epoch(session->writer, epoch_s, key_id, local, err);
        pthread_mutex_unlock(&session->lock);
    } while (wait_for_room(session, &status, err));
    return status;
}

/* Where an observation names a line, and when; NULL if it names none. */
static uint8_t *line_of(struct yk_observation *o, int64_t *t_s)
{
    if (o->kind != YK_KIND_CROSSING && o->kind != YK_KIND_COUNT)
        return NULL;
    *t_s = (o->kind == YK_KIND_CROSSING ? o->as.crossing.t_ms : o->as.count.from_ms) / 1000;
    return o->kind == YK_KIND_CROSSING ? &o->as.crossing.line : &o->as.count.line;
}

static bool names_view(const struct yk_observation *o)
{
    return o->kind == YK_KIND_CROSSING || o->kind == YK_KIND_COUNT || o->kind == YK_KIND_ZONE;
}

bool yk_session_index_at(const struct yk_session *session, struct yk_observation *o)
{
    if (!names_view(o))
        return true;
    const struct yk_sensor_config *ours = session->options.sensor;
    int64_t t_s = o->as.zone.from_ms / 1000;
    uint8_t *line = line_of(o, &t_s);
    const struct yk_sensor_config *theirs = yk_config_sensor_at(session->options.config, ours->id, t_s);
    if (theirs == ours)
        return true;
    if (!theirs)
        return false;
    /* What was held may have been counted with another configuration. */
    if (line ? *line >= ours->line_count : o->as.zone.zone >= ours->zone_count)
        return false;
    if (line) {
        for (size_t i = 0; i < theirs->line_count; i++)
            if (strcmp(theirs->lines[i].id, ours->lines[*line].id) == 0) {
                *line = (uint8_t)i;
                return true;
            }
        return false;
    }
    for (size_t i = 0; i < theirs->zone_count; i++)
        if (strcmp(theirs->zones[i].id, ours->zones[o->as.zone.zone].id) == 0) {
            o->as.zone.zone = (uint8_t)i;
            return true;
        }
    return false;
}

enum yk_status yk_session_emit(struct yk_session *session, const struct yk_observation *observation,
                               struct yk_error *err)
{
    struct yk_observation translated;
    if (!session->holding && names_view(observation)) {
        translated = *observation;
        observation = &translated;
        if (!yk_session_index_at(session, &translated))
            return YK_OK;
    }
    session->stray |= session->now_s == INT64_MIN;
    heard(session, session->stray ? session->ended_s : session->now_s);
    session->records++;
    atomic_fetch_add_explicit(&session->observations, 1, memory_order_relaxed);
    return yk_session_add(session, observation, err);
}

enum yk_status yk_session_tell_health(struct yk_session *session, struct yk_error *err)
{
    if (session->now_s == INT64_MIN)
        return YK_OK;
    /* The second of the last event is not whole and does not count, unless there is no other: a recording that ends on
     * the hour must not open the next one. */
    return tell_health(session, session->now_s > session->first_s ? session->now_s : session->now_s + 1, err);
}

enum yk_status yk_session_break_off(struct yk_session *session, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (session->now_s == INT64_MIN) { /* what tracks ended with, say, behind a lost connection */
        if (session->stray && session->ended_s != INT64_MIN)
            status = yk_session_flush(session, session->ended_s, true, err);
        session->stray = false;
        return status;
    }
    status = yk_session_tell_health(session, err);
    if (status == YK_OK)
        status = yk_session_flush(session, session->now_s, true, err);
    if (status == YK_OK) {
        session->ended_s = session->now_s;
        session->now_s = INT64_MIN;
    }
    return status;
}

enum yk_status yk_session_break(struct yk_session *session, struct yk_error *err)
{
    session->decided = session->has_offset = false; /* another writer may come, with another clock */
    return yk_session_break_off(session, err);
}

enum yk_status yk_session_finish(struct yk_session *session, struct yk_error *err)
{
    return yk_session_break(session, err);
}

enum yk_status yk_session_flush_due(struct yk_session *session, int64_t now_s, struct yk_error *err)
{
    if (session->holding || session->options.tell)
        return YK_OK;
    pthread_mutex_lock(&session->lock);
    enum yk_status status = yk_frame_writer_flush_waiting(session->writer, now_s, err);
    pthread_mutex_unlock(&session->lock);
    return status;
}
