/* Event time, health and frames of one sensor. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Health is told for whole minutes of event time: [t0, t1) with t1 on a full minute, the last one up to the last event. A
 * live camera also tells of its first seconds, and of those of each quarter of an hour: until then its rows are an outage.
 * A silence of more than an hour in the input, or a clock that goes back, ends the interval where the last event was:
 * that the sensor ran in between is not proven. */
#include "session_private.h"

#include "base/calendar.h"
#include "base/log.h"
#include "held/shift.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SILENCE_MAX_S 3600
#define BACK_MAX_S    10
#define EARLY_S       3
#define IN_STEP_US    60000000   /* a stamp that near to the machine's clock was made by it */
#define STRAYS_US     3600000000 /* one that far from where its stretch should be was not */
#define NEARER_US     1000000
#define LATE_US       60000000 /* for so long after the turn stamps may come that were made before */

struct yk_session {
    struct yk_session_options options;
    struct yk_frame_writer *writer;
    pthread_mutex_t lock; /* writer: the source's thread and the one that flushes on time */
    struct yk_drops drops, told;
    int64_t now_s;    /* event time; INT64_MIN before the first event */
    int64_t first_s;  /* first event since the start or the last break */
    int64_t health_s; /* beginning of the open health interval */
    uint64_t records; /* since the last health */
    _Atomic uint64_t observations;
    struct yk_log_once no_room;
    /* All stamps of a stretch were made by a clock that was offset_us ahead of CLOCK_BOOTTIME. */
    _Atomic bool holding;
    bool decided, turned, has_offset, leap;
    int64_t offset_us;
    int64_t turned_us;    /* CLOCK_BOOTTIME; 0: no late stamp is looked for */
    int64_t late_us;      /* to add to one */
    int64_t told_until_s; /* of what was held: nothing begins before */
    _Atomic uint64_t done, total;
    _Atomic int64_t event_s, arrived_us; /* the newest event's time and when it came; INT64_MIN: none yet */
    struct yk_drops shown;               /* drops as another thread may see them; under the lock */
    void (*fill)(void *context, struct yk_health *health);
    void *fill_context;
};

enum yk_status yk_session_new(const struct yk_session_options *options, struct yk_session **out, struct yk_error *err)
{
    struct yk_session *session = calloc(1, sizeof *session);
    *out = NULL;
    if (!session)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    session->options = *options;
    session->now_s = INT64_MIN;
    session->turned = !options->hold;
    session->told_until_s = INT64_MIN;
    atomic_init(&session->holding, false);
    atomic_init(&session->event_s, INT64_MIN);
    atomic_init(&session->arrived_us, INT64_MIN);
    enum yk_status status =
        yk_frame_writer_new(options->spool, options->sensor->id, options->flush, &session->writer, err);
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

struct yk_drops *yk_session_drops(struct yk_session *session)
{
    return &session->drops;
}

struct yk_identity *yk_session_identity(struct yk_session *session)
{
    return session->holding ? session->options.holding : session->options.identity;
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

void yk_session_figures(const struct yk_session *session, struct yk_session_figures *out)
{
    out->done = atomic_load_explicit(&session->done, memory_order_relaxed);
    out->total = atomic_load_explicit(&session->total, memory_order_relaxed);
    out->observations = atomic_load_explicit(&session->observations, memory_order_relaxed);
    out->event_s = atomic_load_explicit(&session->event_s, memory_order_relaxed);
    out->arrived.us = atomic_load_explicit(&session->arrived_us, memory_order_relaxed);
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

static enum yk_status add(struct yk_session *session, const struct yk_observation *observation, struct yk_error *err)
{
    enum yk_status status;
    do {
        pthread_mutex_lock(&session->lock);
        status = session->holding ? yk_hold_add(session->options.hold, observation, err)
                                  : yk_frame_writer_add(session->writer, observation, err);
        pthread_mutex_unlock(&session->lock);
    } while (wait_for_room(session, &status, err));
    return status;
}

static enum yk_status flush(struct yk_session *session, int64_t now_s, bool all, struct yk_error *err)
{
    enum yk_status status;
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
    return add(session, &o, err);
}

static enum yk_status begin(struct yk_session *session, int64_t t_s, struct yk_error *err)
{
    enum yk_status status = YK_OK;
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

static enum yk_status break_off(struct yk_session *session, struct yk_error *err);

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
        enum yk_status status = break_off(session, err);
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
        enum yk_status status = begin(session, t_s, err);
        if (status == YK_OK)
            session->now_s = session->first_s = session->health_s = t_s;
        return status;
    }
    if (t_s < session->now_s && t_s >= session->now_s - BACK_MAX_S)
        return YK_OK;
    enum yk_status status = YK_OK;
    if (t_s < session->now_s || t_s - session->now_s > SILENCE_MAX_S) {
        status = break_off(session, err);
        return status == YK_OK ? yk_session_advance(session, t, err) : status;
    }
    status = tell_health(session, health_due(session, t_s), err);
    if (status != YK_OK)
        return status;
    session->now_s = t_s;
    return flush(session, t_s, false, err);
}

enum yk_status yk_session_epoch(struct yk_session *session, int64_t epoch_s, uint64_t key_id, bool local,
                                struct yk_error *err)
{
    enum yk_status status;
    if (session->holding)
        return YK_OK; /* it is another one when it is known which */
    do {
        pthread_mutex_lock(&session->lock);
        status = yk_frame_writer_epoch(session->writer, epoch_s, key_id, local, err);
        pthread_mutex_unlock(&session->lock);
    } while (wait_for_room(session, &status, err));
    return status;
}

/* A line or zone travels as its index in the version of the sensor that holds at the event's time, which is how the
 * district reads it; the source counts with the newest version. One that did not exist then is no observation. */
static bool index_at(const struct yk_session *session, struct yk_observation *o)
{
    if (o->kind != YK_KIND_CROSSING && o->kind != YK_KIND_ZONE)
        return true;
    const struct yk_sensor_config *ours = session->options.sensor;
    int64_t t_s = o->kind == YK_KIND_CROSSING ? o->as.crossing.t_ms / 1000 : o->as.zone.from_ms / 1000;
    const struct yk_sensor_config *theirs = yk_config_sensor_at(session->options.config, ours->id, t_s);
    if (theirs == ours)
        return true;
    if (!theirs)
        return false;
    /* What was held may have been counted with another configuration. */
    if (o->kind == YK_KIND_CROSSING ? o->as.crossing.line >= ours->line_count : o->as.zone.zone >= ours->zone_count)
        return false;
    if (o->kind == YK_KIND_CROSSING) {
        for (size_t i = 0; i < theirs->line_count; i++)
            if (strcmp(theirs->lines[i].id, ours->lines[o->as.crossing.line].id) == 0) {
                o->as.crossing.line = (uint8_t)i;
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
    if (!session->holding && (observation->kind == YK_KIND_CROSSING || observation->kind == YK_KIND_ZONE)) {
        translated = *observation;
        observation = &translated;
        if (!index_at(session, &translated))
            return YK_OK;
    }
    heard(session, session->now_s);
    session->records++;
    atomic_fetch_add_explicit(&session->observations, 1, memory_order_relaxed);
    return add(session, observation, err);
}

enum yk_status yk_session_tell_health(struct yk_session *session, struct yk_error *err)
{
    if (session->now_s == INT64_MIN)
        return YK_OK;
    /* The second of the last event is not whole and does not count, unless there is no other: a recording that ends on
     * the hour must not open the next one. */
    return tell_health(session, session->now_s > session->first_s ? session->now_s : session->now_s + 1, err);
}

static enum yk_status break_off(struct yk_session *session, struct yk_error *err)
{
    if (session->now_s == INT64_MIN)
        return YK_OK;
    enum yk_status status = yk_session_tell_health(session, err);
    if (status == YK_OK)
        status = flush(session, session->now_s, true, err);
    if (status == YK_OK)
        session->now_s = INT64_MIN;
    return status;
}

enum yk_status yk_session_break(struct yk_session *session, struct yk_error *err)
{
    session->decided = session->has_offset = false; /* another writer may come, with another clock */
    return break_off(session, err);
}

enum yk_status yk_session_finish(struct yk_session *session, struct yk_error *err)
{
    return yk_session_break(session, err);
}

enum yk_status yk_session_flush_due(struct yk_session *session, int64_t now_s, struct yk_error *err)
{
    if (session->holding)
        return YK_OK;
    pthread_mutex_lock(&session->lock);
    enum yk_status status = yk_frame_writer_flush_waiting(session->writer, now_s, err);
    pthread_mutex_unlock(&session->lock);
    return status;
}

/* --- While the clock is not known, and when it is --------------------------------------------------------------- */

static int64_t distance(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us - b_us : b_us - a_us;
}

static int grid_s(const struct yk_session *session)
{
    return session->options.sensor->family == YK_FAMILY_RADIO ? YK_TICK_S : 1;
}

/* Which clock made this stamp? Usually the machine's, as it was when the stretch began. When that was set in between, its
 * stamps are near to it again; those that were made before still come, and are near to where the stretch should be. One
 * that is near to neither is of a writer with a clock of its own, and was made about now. */
static void follow(struct yk_session *session, int64_t stamp_us, int64_t boot_us, int64_t wall_us)
{
    int64_t off_us = session->has_offset ? distance(stamp_us, boot_us + session->offset_us) : INT64_MAX;
    int64_t from_wall_us = distance(stamp_us, wall_us);
    int64_t offset_us;
    if (from_wall_us <= IN_STEP_US && (!session->has_offset || off_us > from_wall_us + NEARER_US))
        offset_us = wall_us - boot_us;
    else if (off_us > STRAYS_US)
        offset_us = stamp_us - boot_us;
    else
        return;
    session->leap = session->has_offset;
    session->has_offset = true;
    session->offset_us = offset_us;
}

int64_t yk_session_time(struct yk_session *session, int64_t stamp_us)
{
    if (!session->turned && !session->holding && yk_known_is(session->options.known))
        session->turned = !yk_session_turning(session); /* there is nothing to turn */
    if (session->turned && session->turned_us == 0)
        return stamp_us;
    int64_t boot_us = yk_mono_now(&yk_clock_boot).us, wall_us = yk_wall_now(&yk_clock_boot).us;
    if (session->turned) {
        if (boot_us - session->turned_us > LATE_US)
            session->turned_us = 0;
        int64_t off_us = distance(stamp_us, boot_us + session->offset_us);
        bool late = off_us < distance(stamp_us, wall_us) && distance(session->late_us, 0) >= IN_STEP_US;
        return late ? stamp_us + session->late_us : stamp_us;
    }
    if (!session->decided) { /* a writer with a clock of its own need not wait for this machine's */
        session->decided = true;
        session->holding = !yk_known_is(session->options.known) && distance(stamp_us, wall_us) <= IN_STEP_US;
    }
    if (session->holding)
        follow(session, stamp_us, boot_us, wall_us);
    return stamp_us;
}

bool yk_session_turning(const struct yk_session *session)
{
    return !session->turned && yk_known_is(session->options.known) &&
           (session->holding || yk_hold_count(session->options.hold) > 0);
}

struct telling {
    struct yk_session *session;
    int64_t now_us, shift_s, last_s;
    bool open;
};

static enum yk_status tell_observation(struct telling *t, struct yk_observation *o, struct yk_error *err)
{
    struct yk_session *session = t->session;
    if (o->kind == YK_KIND_PRESENCE) {
        const struct yk_config *config = session->options.config;
        int64_t epoch_s =
            yk_epoch_start(o->as.presence.tick * YK_TICK_S, config->privacy.epoch_hours, config->privacy.epoch_start_s);
        uint64_t key_id;
        o->as.presence.pseudonym = yk_rekey(session->options.rekey, epoch_s, o->as.presence.pseudonym, &key_id);
        enum yk_status status = yk_session_epoch(session, epoch_s, key_id, true, err);
        return status == YK_OK ? add(session, o, err) : status;
    }
    return index_at(session, o) ? add(session, o, err) : YK_OK;
}

static enum yk_status tell_record(struct telling *t, const struct yk_held_record *record, struct yk_error *err)
{
    struct yk_observation moved[2];
    enum yk_status status = YK_OK;
    int64_t t_s;
    switch (record->kind) {
    case YK_HELD_BEGIN:
        t->shift_s = yk_held_shift(record->offset_us, t->now_us, grid_s(t->session));
        t_s = record->stamp_s + t->shift_s;
        if (t->open && !record->fresh && t_s <= t->last_s + YK_TICK_S)
            return YK_OK; /* another file of the same stretch */
        if (t->open)
            status = flush(t->session, t->last_s, true, err);
        t->last_s = t->open && t->last_s > t_s ? t->last_s : t_s;
        t->open = true;
        return status == YK_OK ? begin(t->session, t->last_s, err) : status;
    case YK_HELD_ADVANCE:
        t_s = record->stamp_s + t->shift_s;
        t->last_s = t_s > t->last_s ? t_s : t->last_s;
        return flush(t->session, t->last_s, false, err);
    case YK_HELD_PRESENCE:
    case YK_HELD_PLAIN:
        for (size_t i = 0, n = yk_held_move(&record->observation, t->shift_s, moved); i < n && status == YK_OK; i++)
            status = tell_observation(t, &moved[i], err);
        break;
    }
    return status;
}

/* Frames for what was held, file by file; each is gone before what it held could be told again. */
static enum yk_status tell_held(struct yk_session *session, int64_t now_us, struct yk_error *err)
{
    struct telling t = {.session = session, .now_us = now_us, .last_s = INT64_MIN};
    enum yk_status status = YK_OK;
    const uint8_t *bytes;
    size_t size;
    uint64_t count = yk_hold_count(session->options.hold);
    while (status == YK_OK && yk_hold_take(session->options.hold, &bytes, &size)) {
        struct yk_held_reader reader;
        struct yk_held_record record;
        if (yk_held_read_head(&reader, bytes, size))
            while (status == YK_OK && yk_held_read(&reader, &record))
                status = tell_record(&t, &record, err);
        if (status == YK_OK && t.open)
            status = flush(session, t.last_s, true, err);
        if (status == YK_OK)
            yk_hold_told(session->options.hold);
    }
    session->told_until_s = t.last_s;
    if (count > 0 && status == YK_OK)
        yk_log(YK_LOG_INFO, "sensor %s: the clock is known; %llu observations that were held are dated",
               session->options.sensor->id, (unsigned long long)count);
    return status;
}

enum yk_status yk_session_turn(struct yk_session *session, struct yk_error *err)
{
    enum yk_status status = break_off(session, err);
    if (status != YK_OK)
        return status;
    bool held = session->holding;
    int64_t boot_us = yk_mono_now(&yk_clock_boot).us, wall_us = yk_wall_now(&yk_clock_boot).us;
    session->holding = session->leap = false;
    session->turned = session->decided = true;
    session->turned_us = held ? boot_us : 0;
    session->late_us = yk_held_shift(session->offset_us, wall_us - boot_us, grid_s(session)) * 1000000;
    status = tell_held(session, wall_us - boot_us, err);
    if (session->turned_us != 0) /* stamps waited for as long as telling took */
        session->turned_us = yk_mono_now(&yk_clock_boot).us;
    return status;
}
