/* The source that reads radio recordings, and pipes that carry one. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Records go through the link type's decoder; each advert moves event time and goes to the presence table, which hashes
 * its address. Event time moves on with records that are no adverts too: they are as good a sign that the radio was
 * alive.
 *
 * An advert that is weaker than the sensor's limit is not taken, by the district's wish; that is no drop. One without
 * an RSSI is taken, since nothing says that it was weak. Adverts without an address are no device; the decoder has
 * counted them. A record with an impossible time stamp cannot be put on the tick grid and is dropped whole. */
#include "sources/source.h"

#include "base/clock.h"
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include <string.h>

#include "presence/table.h"
#include "decode/decoder.h"

#define PROGRESS_EVERY 1024 /* records */
#define BEHIND_US      5000000
#define IN_STEP_US     60000000

struct hearing {
    struct yk_session *session;
    struct yk_presence_table *table;
    int rssi_min_dbm;
    int64_t newest_us;     /* how far the session's time has come */
    enum yk_status status; /* of the first call that failed */
    struct yk_error *err;
};

/* The table first: what a tick held is told before the session says that the sensor ran until then. */
static enum yk_status come_to(struct hearing *hearing, int64_t time_us)
{
    enum yk_status status = yk_presence_pass(hearing->table, time_us, hearing->err);
    return status == YK_OK ? yk_session_advance(hearing->session, (struct yk_wall){time_us}, hearing->err) : status;
}

/* The clock has become known: what was heard until now is told under the holding key, and all begins anew. */
static enum yk_status turn(struct hearing *hearing)
{
    if (!yk_session_turning(hearing->session))
        return YK_OK;
    enum yk_status status = hearing->table ? yk_presence_turn(hearing->table, hearing->err) : YK_OK;
    if (status == YK_OK)
        status = yk_session_turn(hearing->session, hearing->err);
    hearing->newest_us = yk_session_time(hearing->session, hearing->newest_us);
    return status;
}

static void hear(void *context, const struct yk_advert *advert)
{
    struct hearing *hearing = context;
    if (hearing->status != YK_OK || advert->anonymous || advert->time_us == YK_TIME_NONE)
        return;
    if (advert->rssi_dbm != YK_RSSI_NONE && advert->rssi_dbm < hearing->rssi_min_dbm)
        return;
    hearing->status = turn(hearing);
    int64_t time_us = yk_session_time(hearing->session, advert->time_us);
    if (hearing->status == YK_OK)
        hearing->status = come_to(hearing, time_us);
    if (hearing->status == YK_OK)
        hearing->status = yk_presence_hear(hearing->table, &advert->id, time_us, advert->rssi_dbm, hearing->err);
}

/* Asked a few times a second while a pipe is silent. A radio that hears nothing still runs: its time goes on with the
 * wall clock, some seconds behind, so that ticks close and health is told. Only where the recording is in step with the
 * wall clock; a recorded file's time is its own. */
static bool stop_asked(void *context)
{
    struct hearing *hearing = context;
    if (hearing->status == YK_OK)
        hearing->status = turn(hearing);
    if (hearing->table && hearing->status == YK_OK && yk_session_live(hearing->session)) {
        struct yk_wall now = {yk_wall_now(&yk_clock_system).us - BEHIND_US};
        if (now.us > hearing->newest_us && now.us - hearing->newest_us < IN_STEP_US) {
            hearing->newest_us = now.us;
            hearing->status = come_to(hearing, yk_session_time(hearing->session, now.us));
        }
    }
    return yk_session_stopping(hearing->session);
}

static enum yk_status read_records(struct yk_capture *capture, const struct yk_link_type *link,
                                   struct yk_decoder *decoder, struct hearing *hearing)
{
    uint64_t done, total;
    for (uint64_t records = 1; !yk_session_stopping(hearing->session); records++) {
        struct yk_capture_record record;
        bool more;
        enum yk_status status = yk_capture_next(capture, &record, &more, hearing->err);
        if (status != YK_OK)
            return status;
        if (!more)
            break;
        int64_t time_us = link->decode(decoder, &record);
        if (hearing->status != YK_OK)
            return hearing->status;
        if (time_us == YK_TIME_NONE)
            yk_drop(decoder->drops, YK_DROP_bad_time);
        if (time_us == YK_TIME_NONE)
            continue;
        if ((status = turn(hearing)) != YK_OK)
            return status;
        hearing->newest_us = yk_session_time(hearing->session, time_us);
        if ((status = come_to(hearing, hearing->newest_us)) != YK_OK)
            return status;
        if (records % PROGRESS_EVERY == 0) {
            yk_capture_progress(capture, &done, &total);
            yk_session_progress(hearing->session, done, total);
        }
    }
    if (yk_capture_truncated(capture))
        yk_drop(decoder->drops, YK_DROP_truncated);
    yk_capture_progress(capture, &done, &total);
    yk_session_progress(hearing->session, done, total);
    return YK_OK;
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    struct hearing hearing = {.session = session, .rssi_min_dbm = yk_session_sensor(session)->rssi_min_dbm, .err = err};
    struct yk_decoder decoder = {.heard = hear, .context = &hearing, .drops = yk_session_drops(session)};
    struct yk_capture *capture = NULL;
    const struct yk_link_type *link;
    enum yk_status status =
        yk_capture_open(input, (struct yk_capture_stop){.asked = stop_asked, .context = &hearing}, &capture, err);
    if (status != YK_OK)
        return yk_session_stopping(session) ? YK_OK : status; /* a pipe that nobody wrote to until the end */
    status = yk_link_type_of(capture, &link, err);
    if (status == YK_OK)
        status = yk_presence_table_new(session, &hearing.table, err);
    if (status != YK_OK)
        goto out;
    status = read_records(capture, link, &decoder, &hearing);
    /* What was heard before a recording turned out to be corrupt was heard. */
    if (status == YK_OK || status == YK_ERR_INPUT || status == YK_ERR_NO_INPUT) {
        enum yk_status finished = yk_presence_finish(hearing.table, status == YK_OK ? err : NULL);
        if (status == YK_OK)
            status = finished;
    }
out:
    explicit_bzero(&decoder, sizeof decoder);
    yk_presence_table_free(hearing.table);
    yk_capture_free(capture);
    return status;
}

const struct yk_source yk_source_ble_capture = {
    .name = "ble_capture",
    .summary = "Bluetooth LE recordings: btsnoop, pcap and pcapng, from a file or a pipe",
    .family = YK_FAMILY_RADIO,
    .run = run,
};
