/* What is in a radio recording, in numbers. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_CAPTURE_SUMMARY_H
#define YK_DECODE_CAPTURE_SUMMARY_H

#include "base/error.h"
#include "decode/payload_kind.h"
#include "observation.h"

#include <stdbool.h>
#include <stdint.h>

struct yk_capture_summary {
    int link_type;         /* -1: the recording could not be opened */
    const char *link_name; /* NULL: not one that is read */
    uint64_t packets;      /* whole records */
    uint64_t adverts;      /* advertising reports or PDUs, anonymous ones too */
    uint64_t scan_responses;
    uint64_t addresses[YK_CLASS_COUNT];  /* distinct ones, of adverts and scan responses alike */
    uint64_t payloads[YK_PAYLOAD_COUNT]; /* adverts by kind of payload */
    bool has_rssi;
    int8_t rssi_min_dbm, rssi_max_dbm;
    bool has_time;
    int64_t first_us, last_us; /* earliest and latest event time of all packets; microseconds since 1970 */
    struct yk_drops drops;
};

struct yk_advert;

/* Who hears the same adverts and times, in the same pass. */
struct yk_capture_listener {
    void (*heard)(void *context, const struct yk_advert *advert);
    void (*at)(void *context, int64_t time_us); /* after each packet; YK_TIME_NONE: an impossible one */
    void *context;
};

/* done and total in bytes; total 0: unknown. */
typedef void yk_capture_progress_fn(void *context, uint64_t done, uint64_t total);

/* Reads all of path ("-": standard input). On an error *out has what was read until then. `progress` and `listener` may
 * be NULL. */
enum yk_status yk_capture_summarise(const char *path, yk_capture_progress_fn *progress, void *context,
                                    const struct yk_capture_listener *listener, struct yk_capture_summary *out,
                                    struct yk_error *err) YK_MUST_CHECK;

#endif
