/* PUBLISH.status.json: what the district takes from whom. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     head (status_file.h), part "analyze"
 *     "district"
 *     "connected", "since_s", "reason"     to Redis, as in uplink_status.h
 *     "committed_s", "published_s"         when that was done last; null: not yet
 *     "uncommitted"                        frames taken since the last commit
 *     "state_bytes"                        of the state store
 *     "free_bytes", "total_bytes"          of the disk that it is on
 *     "edges": [{
 *         "edge"
 *         "heard_s"                        when anything came in this edge's stream last
 *         "skew_s"                         how far the edge's clock is ahead of ours; null: not known
 *         "refused": {REASON: {"count", "last_s"}}    what could not be laid to one of its sensors
 *         "sensors": [{
 *             "id", "taken", "duplicates"  frames
 *             "refused": {REASON: ...}     genuine frames that were not taken
 *             "last_event_s"               the newest event time that a frame has told of
 *             "arrived_s"                  when a frame of it was taken last
 *             "lag_s" }] }]                how old the last taken one was when it came: arrival less the time it was cut
 *
 * Reasons are the names of YK_VERDICTS in state/ingest.h. A frame whose signature does not hold says nothing reliable about
 * its sensor: it counts for the edge in whose stream it lay. */
#ifndef YK_STATUS_ANALYZE_STATUS_H
#define YK_STATUS_ANALYZE_STATUS_H

#include "status/status_file.h"

#define YK_STATUS_EDGES_MAX 10000

struct yk_taken_sensor {
    char id[YK_ID_SIZE];
    uint64_t taken, duplicates;
    struct yk_tallies refused;
    int64_t last_event_s, arrived_s, lag_s;
};

struct yk_taken_edge {
    char edge[YK_ID_SIZE];
    int64_t heard_s;
    double skew_s;
    struct yk_tallies refused;
    struct yk_taken_sensor *sensors;
    size_t sensor_count;
};

struct yk_analyze_status {
    struct yk_status_head head;
    char district[YK_ID_SIZE], reason[16];
    bool connected;
    int64_t since_s, committed_s, published_s;
    uint64_t uncommitted, state_bytes, free_bytes, total_bytes;
    struct yk_taken_edge *edges; /* sorted by id, as their sensors are; ours: freed with _clear */
    size_t edge_count;
};

void yk_analyze_status_path(const char *publish, char out[static 2 * YK_PATH_SIZE]);

/* Zero-initialised is not yet empty: times are unknown, and not 0. */
void yk_analyze_status_begin(struct yk_analyze_status *status, const char *district);
/* The entry, made if it is new; NULL if memory ran out, or there are too many. Pointers hold until the next new one. */
struct yk_taken_edge *yk_taken_edge(struct yk_analyze_status *status, const char *edge);
struct yk_taken_sensor *yk_taken_sensor(struct yk_taken_edge *edge, const char *sensor);
void yk_analyze_status_link(struct yk_analyze_status *status, bool connected, enum yk_status why);

/* One frame out of the stream of `edge`. sensor: whose it is if its signature holds and the edge may speak for it; NULL
 * otherwise. reason: "" taken, "duplicate", or the verdict's name. told_s: event time at which it was cut. */
void yk_analyze_status_note(struct yk_analyze_status *status, const char *edge, const char *sensor, const char *reason,
                            int64_t told_s, int64_t now_s);

void yk_analyze_status_write(struct yk_status_file *file, const struct yk_analyze_status *status);
enum yk_status yk_analyze_status_read(const char *path, struct yk_analyze_status *out,
                                      struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_analyze_status_read_bytes(const char *path, const void *bytes, size_t size,
                                            struct yk_analyze_status *out, struct yk_error *err) YK_MUST_CHECK;
void yk_analyze_status_clear(struct yk_analyze_status *status);

#endif
