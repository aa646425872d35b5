/* The source that reads radio recordings, and pipes that carry one. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Records go through the link type's decoder; what becomes of the adverts is in hearing.c. */
#include "decode/capture_file.h"
#include "decode/link_type.h"
#include "sources/hearing.h"
#include "sources/source.h"

#include "decode/decoder.h"

#define PROGRESS_EVERY 1024 /* records */
#define BEHIND_US      5000000

static bool stop_asked(void *context)
{
    return yk_hearing_stopping((const struct yk_hearing *)context);
}

/* A pipe is silent; its records may be some seconds under way. */
static void idle(void *context)
{
    yk_hearing_idle((struct yk_hearing *)context, BEHIND_US);
}

static enum yk_status read_records(struct yk_session *session, struct yk_capture *capture,
                                   const struct yk_link_type *link, struct yk_hearing *hearing, struct yk_error *err)
{
    struct yk_decoder *decoder = yk_hearing_decoder(hearing);
    uint64_t done, total;
    for (uint64_t records = 1; !yk_session_stopping(session); records++) {
        struct yk_capture_record record;
        bool more;
        enum yk_status status = yk_capture_next(capture, &record, &more, err);
        if (status != YK_OK)
            return status;
        if (!more)
            break;
        status = yk_hearing_at(hearing, link->decode(decoder, &record), err);
        if (status != YK_OK)
            return status;
        if (records % PROGRESS_EVERY == 0) {
            yk_capture_progress(capture, &done, &total);
            yk_session_progress(session, done, total);
        }
    }
    if (yk_capture_truncated(capture))
        yk_drop(decoder->drops, YK_DROP_truncated);
    yk_capture_progress(capture, &done, &total);
    yk_session_progress(session, done, total);
    return yk_hearing_status(hearing, err);
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    struct yk_hearing *hearing;
    struct yk_capture *capture = NULL;
    const struct yk_link_type *link;
    enum yk_status status = yk_hearing_new(session, &hearing, err);
    if (status != YK_OK)
        return status;
    const struct yk_capture_stop stop = {.asked = stop_asked, .idle = idle, .context = hearing};
    status = yk_capture_open(input, stop, &capture, err);
    if (status != YK_OK) {
        if (yk_session_stopping(session)) /* a pipe that nobody wrote to until the end */
            status = YK_OK;
        goto out;
    }
    status = yk_link_type_of(capture, &link, err);
    if (status != YK_OK)
        goto out;
    status = read_records(session, capture, link, hearing, err);
    /* What was heard before a recording turned out to be corrupt was heard. */
    if (status == YK_OK || status == YK_ERR_INPUT || status == YK_ERR_NO_INPUT) {
        enum yk_status finished = yk_hearing_finish(hearing, status == YK_OK ? err : NULL);
        if (status == YK_OK)
            status = finished;
    }
out:
    yk_hearing_free(hearing);
    yk_capture_free(capture);
    return status;
}

const struct yk_source yk_source_ble_capture = {
    .name = "ble_capture",
    .summary = "Bluetooth LE recordings: btsnoop, pcap and pcapng, from a file or a pipe",
    .family = YK_FAMILY_RADIO,
    .run = run,
};
