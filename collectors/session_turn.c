/* While the machine's clock is not known, and when it is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose clock made a stamp is told from where the stamp lies: near to this machine's clock, or to where the stretch that
 * it belongs to should be. What is held meanwhile (held/hold.h) is framed when the clock has become known. */
#include "session_state.h"

#include "base/calendar.h"
#include "base/log.h"
#include "held/shift.h"

#define IN_STEP_US 60000000   /* a stamp that near to the machine's clock was made by it */
#define STRAYS_US  3600000000 /* one that far from where its stretch should be was not */
#define NEARER_US  1000000
#define LATE_US    60000000 /* for so long after the turn stamps may come that were made before */

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
        return status == YK_OK ? yk_session_add(session, o, err) : status;
    }
    return yk_session_index_at(session, o) ? yk_session_add(session, o, err) : YK_OK;
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
            status = yk_session_flush(t->session, t->last_s, true, err);
        t->last_s = t->open && t->last_s > t_s ? t->last_s : t_s;
        t->open = true;
        return status == YK_OK ? yk_session_begin(t->session, t->last_s, err) : status;
    case YK_HELD_ADVANCE:
        t_s = record->stamp_s + t->shift_s;
        t->last_s = t_s > t->last_s ? t_s : t->last_s;
        return yk_session_flush(t->session, t->last_s, false, err);
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
            status = yk_session_flush(session, t.last_s, true, err);
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
    enum yk_status status = yk_session_break_off(session, err);
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
