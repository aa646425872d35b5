/* From adverts to presence. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Event time moves on with records that are no adverts too: they are as good a sign that the radio was alive. Radios differ
 * by many dB in what they call the same signal, so a sensor's RSSI is first put on the scale of the others. An advert that
 * is then weaker than the sensor's limit is not taken, by the district's wish; that is no drop. One without an RSSI is
 * taken, since nothing says that it was weak. Adverts without an address are no device; the decoder has counted them. A
 * record with an impossible time stamp cannot be put on the tick grid and is dropped whole. */
#include "sources/hearing.h"

#include "base/clock.h"
#include "config/rssi.h"

#include <stdlib.h>
#include <string.h>

#include "presence/table.h"
#include "decode/capture_file.h"
#include "decode/decoder.h"

#define IN_STEP_US 60000000

struct yk_hearing {
    struct yk_session *session;
    struct yk_presence_table *table;
    struct yk_decoder decoder;
    int rssi_min_dbm, rssi_offset_db;
    bool live;
    int64_t lag_us;        /* how far after the wall clock the newest stamp was when it came; live only */
    int64_t newest_us;     /* how far the session's time has come */
    int64_t moved_us;      /* the stamp of an advert since the last record, which moved it there; or YK_TIME_NONE */
    enum yk_status status; /* of the first call that failed */
    struct yk_error err;
};

/* The table first: what a tick held is told before the session says that the sensor ran until then. */
static enum yk_status come_to(struct yk_hearing *hearing, int64_t time_us, struct yk_error *err)
{
    enum yk_status status = yk_presence_pass(hearing->table, time_us, err);
    return status == YK_OK ? yk_session_advance(hearing->session, (struct yk_wall){time_us}, err) : status;
}

/* The clock has become known: what was heard until now is told under the holding key, and all begins anew. */
static enum yk_status turn(struct yk_hearing *hearing, struct yk_error *err)
{
    if (!yk_session_turning(hearing->session))
        return YK_OK;
    enum yk_status status = yk_presence_turn(hearing->table, err);
    if (status == YK_OK)
        status = yk_session_turn(hearing->session, err);
    hearing->newest_us = yk_session_time(hearing->session, hearing->newest_us);
    return status;
}

static void hear(void *context, const struct yk_advert *advert)
{
    struct yk_hearing *hearing = context;
    if (hearing->status != YK_OK || advert->anonymous || advert->time_us == YK_TIME_NONE)
        return;
    int8_t rssi_dbm = yk_rssi_on_scale(advert->rssi_dbm, hearing->rssi_offset_db);
    if (rssi_dbm != YK_RSSI_NONE && rssi_dbm < hearing->rssi_min_dbm)
        return;
    hearing->status = turn(hearing, &hearing->err);
    int64_t time_us = yk_session_time(hearing->session, advert->time_us);
    if (hearing->status == YK_OK)
        hearing->status = come_to(hearing, time_us, &hearing->err);
    if (hearing->status == YK_OK)
        hearing->status = yk_presence_hear(hearing->table, &advert->id, time_us, rssi_dbm, &hearing->err);
    hearing->newest_us = time_us;
    hearing->moved_us = advert->time_us;
}

enum yk_status yk_hearing_new(struct yk_session *session, struct yk_hearing **out, struct yk_error *err)
{
    struct yk_hearing *hearing = calloc(1, sizeof *hearing);
    *out = hearing;
    if (!hearing) {
        if (err)
            err->status = YK_ERR_MEMORY;
        return YK_ERR_MEMORY;
    }
    hearing->session = session;
    hearing->moved_us = YK_TIME_NONE;
    hearing->live = yk_session_live(session);
    hearing->rssi_min_dbm = yk_session_sensor(session)->rssi_min_dbm;
    hearing->rssi_offset_db = yk_session_sensor(session)->rssi_offset_db;
    hearing->decoder = (struct yk_decoder){.heard = hear, .context = hearing, .drops = yk_session_drops(session)};
    enum yk_status status = yk_presence_table_new(session, &hearing->table, err);
    if (status != YK_OK) {
        free(hearing);
        *out = NULL;
    }
    return status;
}

void yk_hearing_free(struct yk_hearing *hearing)
{
    if (!hearing)
        return;
    yk_presence_table_free(hearing->table);
    explicit_bzero(hearing, sizeof *hearing);
    free(hearing);
}

struct yk_decoder *yk_hearing_decoder(struct yk_hearing *hearing)
{
    return &hearing->decoder;
}

enum yk_status yk_hearing_status(struct yk_hearing *hearing, struct yk_error *err)
{
    if (hearing->status != YK_OK && err)
        *err = hearing->err;
    return hearing->status;
}

enum yk_status yk_hearing_at(struct yk_hearing *hearing, int64_t stamp_us, struct yk_error *err)
{
    if (hearing->status != YK_OK)
        return yk_hearing_status(hearing, err);
    if (stamp_us == YK_TIME_NONE) {
        yk_drop(hearing->decoder.drops, YK_DROP_bad_time);
        return YK_OK;
    }
    if (hearing->live)
        hearing->lag_us = yk_wall_now(&yk_clock_system).us - stamp_us;
    bool moved = stamp_us == hearing->moved_us; /* most records are an advert, which has moved the time itself */
    hearing->moved_us = YK_TIME_NONE;
    if (moved)
        return YK_OK;
    enum yk_status status = turn(hearing, err);
    if (status != YK_OK)
        return status;
    hearing->newest_us = yk_session_time(hearing->session, stamp_us);
    return come_to(hearing, hearing->newest_us, err);
}

void yk_hearing_idle(struct yk_hearing *hearing, int64_t behind_us)
{
    if (hearing->status == YK_OK)
        hearing->status = turn(hearing, &hearing->err);
    if (hearing->status != YK_OK || !hearing->live || hearing->lag_us > IN_STEP_US || hearing->lag_us < -IN_STEP_US)
        return;
    int64_t stamp_us = yk_wall_now(&yk_clock_system).us - hearing->lag_us - behind_us;
    if (stamp_us > hearing->newest_us && stamp_us - hearing->newest_us < IN_STEP_US) {
        hearing->newest_us = stamp_us;
        yk_decoder_pass(&hearing->decoder, stamp_us);
        hearing->status = come_to(hearing, yk_session_time(hearing->session, stamp_us), &hearing->err);
    }
}

bool yk_hearing_stopping(const struct yk_hearing *hearing)
{
    return yk_session_stopping(hearing->session);
}

/* Adverts of which a part has come are adverts. */
static enum yk_status end_chains(struct yk_hearing *hearing, struct yk_error *err)
{
    yk_decoder_finish(&hearing->decoder);
    return yk_hearing_status(hearing, err);
}

enum yk_status yk_hearing_pause(struct yk_hearing *hearing, struct yk_error *err)
{
    enum yk_status status = end_chains(hearing, err);
    if (status == YK_OK)
        status = yk_presence_turn(hearing->table, err);
    return status == YK_OK ? yk_session_break(hearing->session, err) : status;
}

enum yk_status yk_hearing_finish(struct yk_hearing *hearing, struct yk_error *err)
{
    enum yk_status status = end_chains(hearing, err);
    return status == YK_OK ? yk_presence_finish(hearing->table, err) : status;
}
