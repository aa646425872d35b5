/* Counting a recording. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whoever prints must not see identifiers, so counting is a module apart from the program that shows the counts: raw
 * addresses go from the decoder into the set of keyed hashes and no further, and numbers come out. */
#include "decode/capture_summary.h"

#include "decode/capture_file.h"
#include "decode/distinct.h"
#include "decode/link_type.h"

#include <string.h>

#define PROGRESS_EVERY 4096 /* packets */

static enum yk_status no_memory(const char *path, struct yk_error *err)
{
    return yk_error_set(err, YK_ERR_MEMORY, "no memory to count the addresses of %s", path);
}

#include "decode/decoder.h"

struct counting {
    struct yk_capture_summary *summary;
    struct yk_distinct *distinct;
    const struct yk_capture_listener *listener;
    enum yk_status status;
};

static void count_advert(void *context, const struct yk_advert *advert)
{
    struct counting *counting = context;
    struct yk_capture_summary *summary = counting->summary;
    if (counting->listener)
        counting->listener->heard(counting->listener->context, advert);
    if (advert->scan_response)
        summary->scan_responses++;
    else
        summary->adverts++;
    if (advert->rssi_dbm != YK_RSSI_NONE) {
        if (!summary->has_rssi || advert->rssi_dbm < summary->rssi_min_dbm)
            summary->rssi_min_dbm = advert->rssi_dbm;
        if (!summary->has_rssi || advert->rssi_dbm > summary->rssi_max_dbm)
            summary->rssi_max_dbm = advert->rssi_dbm;
        summary->has_rssi = true;
    }
    if (advert->anonymous)
        return;
    bool fresh;
    enum yk_status status = yk_distinct_add(counting->distinct, &advert->id, &fresh);
    if (status != YK_OK)
        counting->status = status;
    else if (fresh)
        summary->addresses[advert->id.address_class]++;
}

static void count_time(struct yk_capture_summary *summary, int64_t time_us)
{
    if (time_us == YK_TIME_NONE) {
        yk_drop(&summary->drops, YK_DROP_bad_time);
        return;
    }
    if (!summary->has_time || time_us < summary->first_us)
        summary->first_us = time_us;
    if (!summary->has_time || time_us > summary->last_us)
        summary->last_us = time_us;
    summary->has_time = true;
}

enum yk_status yk_capture_summarise(const char *path, yk_capture_progress_fn *progress, void *context,
                                    const struct yk_capture_listener *listener, struct yk_capture_summary *out,
                                    struct yk_error *err)
{
    *out = (struct yk_capture_summary){.link_type = -1};
    struct counting counting = {.summary = out, .distinct = yk_distinct_new(), .listener = listener};
    struct yk_decoder decoder = {.heard = count_advert, .context = &counting, .drops = &out->drops};
    struct yk_capture *capture = NULL;
    const struct yk_link_type *link;
    enum yk_status status = YK_OK;
    if (!counting.distinct) {
        status = no_memory(path, err);
        goto out;
    }
    status = yk_capture_open(path, (struct yk_capture_stop){0}, &capture, err);
    if (status != YK_OK)
        goto out;
    out->link_type = yk_capture_link_type(capture);
    status = yk_link_type_of(capture, &link, err);
    if (status != YK_OK)
        goto out;
    out->link_name = link->name;

    for (;;) {
        struct yk_capture_record record;
        bool more;
        status = yk_capture_next(capture, &record, &more, err);
        if (status != YK_OK || !more)
            break;
        out->packets++;
        int64_t time_us = link->decode(&decoder, &record);
        count_time(out, time_us);
        if (listener)
            listener->at(listener->context, time_us);
        if (progress && out->packets % PROGRESS_EVERY == 0) {
            uint64_t done, total;
            yk_capture_progress(capture, &done, &total);
            progress(context, done, total);
        }
    }
    yk_decoder_finish(&decoder);
    memcpy(out->payloads, decoder.kinds, sizeof out->payloads);
    if (yk_capture_truncated(capture))
        yk_drop(&out->drops, YK_DROP_truncated);
    if (status == YK_OK && counting.status != YK_OK)
        status = no_memory(path, err);
out:
    explicit_bzero(&decoder, sizeof decoder);
    yk_capture_free(capture);
    yk_distinct_free(counting.distinct);
    return status;
}
