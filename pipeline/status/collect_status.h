/* SPOOL/<slot>.status.json: what a collector hears. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     head (status_file.h), part "collect"
 *     "edge", "slot"                       "edge-1", "radio"
 *     "complete"                           every input was a file and has been read to its end: nothing is missing
 *     "frames"                             written into the spool
 *     "given_up"                           frames given up since the start, for want of room or because of their age
 *     "spool_bytes", "spool_max_bytes"     of all collectors of this spool; a bound of 0 is none but the disk's
 *     "free_bytes", "total_bytes"          of the disk that the spool is on
 *     "sensors": [{
 *         "id", "family"                   "radio-1", "radio"
 *         "observations"                   made
 *         "last_event_s"                   the newest event's own time; null before the first
 *         "silent_s"                       seconds since an event came, or since the start if none did
 *         "clock_lag_s"                    this machine's clock less the device's stamps when they came, the middle one of
 *                                          some; null where nothing comes over a network
 *         "held"                           of them, wait until this machine's clock is known
 *         "ended"                          its inputs were read to their end
 *         "drops": {REASON: {"count"}}     reasons as in base/drops.h
 *         "listens": {                     where the input is a Bluetooth adapter
 *             "adapter", "adapter_state"   "hci0", a name of status/adapter_state.h
 *             "extended", "coded"          hears extended advertisements; those on the coded PHY
 *             "deaf_s", "taken" } }]       seconds without listening, and how often another program ended it, since the
 *                                          start
 */
#ifndef YK_STATUS_COLLECT_STATUS_H
#define YK_STATUS_COLLECT_STATUS_H

#include "base/drops.h"
#include "status/adapter_state.h"
#include "status/status_file.h"

#define YK_STATUS_SENSORS_MAX 256

struct yk_sensor_status {
    char id[YK_ID_SIZE], family[16];
    uint64_t observations, held;
    int64_t last_event_s, silent_s;
    double clock_lag_s; /* NAN: not measured */
    bool ended;
    struct yk_tallies drops;
    struct yk_adapter_status adapter; /* .adapter is "" where there is none */
};

struct yk_collect_status {
    struct yk_status_head head;
    char edge[YK_ID_SIZE], slot[YK_ID_SIZE];
    bool complete;
    uint64_t frames, given_up, spool_bytes, spool_max_bytes, free_bytes, total_bytes;
    struct yk_sensor_status *sensors; /* the caller's when written; freed with _clear when read */
    size_t sensor_count;
};

void yk_collect_status_path(const char *spool, const char *slot, char out[static 2 * YK_PATH_SIZE]);
void yk_sensor_status_drops(struct yk_sensor_status *sensor, const struct yk_drops *drops);

void yk_collect_status_write(struct yk_status_file *file, const struct yk_collect_status *status);
enum yk_status yk_collect_status_read(const char *path, struct yk_collect_status *out,
                                      struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_collect_status_read_bytes(const char *path, const void *bytes, size_t size,
                                            struct yk_collect_status *out, struct yk_error *err) YK_MUST_CHECK;
void yk_collect_status_clear(struct yk_collect_status *status);

#endif
