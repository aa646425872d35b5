/* The list of enrolled edges, and what held at which time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A district believes a frame because of who signed it. Keys get lost and are replaced, devices are stolen,
 * sensors move from one edge to another; frames arrive days after they were made. If what is believed depended on when
 * a frame arrives, the tables would too.
 *
 * Method. Nothing is ever taken off the list. A key and a sensor hold from a time on and until a time (exclusive), and
 * both are compared with the frame's own time (its newest record's), never with the clock on the wall. So an edge that was
 * revoked from noon on still counts with what it saw before noon, whenever that arrives within the horizon.
 *
 *     keys      |--- first ---|--- second ------|                  at most one at a time, in order
 *     radio-1   |--------------------------------------------->
 *     cam-1             |-----------|      |------------------>
 *                       added       moved  came back
 *
 *     KEYS/enrolment.json   {"version": 2, "edges": [{
 *         "edge": "edge-1",
 *         "keys": [{"public_key": "64 hex digits", "valid_from": "2026-10-01T00:00:00Z", "valid_until": "..."}],
 *         "sensors": [{"id": "radio-1", "valid_from": "...", "valid_until": "..."}],
 *         "redis_sha256": "64 hex digits"}]}
 *     KEYS/enrolment.lock   held by who changes the list
 *
 * A valid_from that is missing means always, a missing valid_until for ever. What is unknown in the file is an error: a
 * slip in "valid_until" must not leave a revoked key in force. The first form of the file (public_key and valid_from of
 * the edge itself, sensors as texts) is still read.
 *
 * Limit. Who has a stolen key can date frames back to before it was revoked: revoke from the time of the theft, and
 * take the Redis user away (link/acl.h). */
#ifndef YK_FRAME_ENROLMENT_H
#define YK_FRAME_ENROLMENT_H

#include "base/error.h"
#include "frame/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_ENROLLED_EDGES_MAX   10000
#define YK_ENROLLED_KEYS_MAX    64   /* of one edge, ever */
#define YK_ENROLLED_SENSORS_MAX 256  /* of one edge, at one time */
#define YK_ENROLLED_SPANS_MAX   1024 /* of one edge's sensors, ever */
#define YK_REDIS_HASH_SIZE      32   /* SHA-256 */
#define YK_ENROLMENT_BYTES_MAX  (32 * 1024 * 1024)

/* Times are seconds UTC; from INT64_MIN: always; until INT64_MAX: open. until == from: never. */
struct yk_enrolled_key {
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    int64_t valid_from_s, valid_until_s;
};

struct yk_enrolled_span {
    char id[YK_ID_SIZE];
    int64_t valid_from_s, valid_until_s;
};

struct yk_enrolled_edge {
    char edge[YK_ID_SIZE];
    struct yk_enrolled_key *keys; /* in the order of their times, which do not overlap */
    size_t key_count;
    struct yk_enrolled_span *sensors;
    size_t sensor_count;
    bool has_redis;
    uint8_t redis_sha256[YK_REDIS_HASH_SIZE]; /* of its password of 256 random bits, so it needs no secrecy */
};

struct yk_enrolment {
    struct yk_enrolled_edge *edges;
    size_t count;
};

/* --- What holds ------------------------------------------------------------------------------------------------ */

const struct yk_enrolled_edge *yk_enrolment_find(const struct yk_enrolment *enrolment, const char *edge);
bool yk_enrolled_sensor_at(const struct yk_enrolled_edge *edge, const char *sensor, int64_t t_s);
/* The edge's key (32 bytes) at that time; NULL: none, and yk_enrolled_state_at says why. */
const uint8_t *yk_enrolled_key_at(const struct yk_enrolled_edge *edge, int64_t t_s);

enum yk_enrolled_state {
    YK_ENROLLED_VALID,
    YK_ENROLLED_NOT_YET, /* its first key begins later */
    YK_ENROLLED_REVOKED, /* it had a key before, or its only key was revoked before it began */
};
enum yk_enrolled_state yk_enrolled_state_at(const struct yk_enrolled_edge *edge, int64_t t_s);
/* From when on it has no key any more; INT64_MAX if there is no such time. */
int64_t yk_enrolled_end_s(const struct yk_enrolled_edge *edge);

/* --- The file --------------------------------------------------------------------------------------------------- */

/* A missing file is an empty list. Free with yk_enrolment_free. */
enum yk_status yk_enrolment_read(const char *dir, struct yk_enrolment **out, struct yk_error *err) YK_MUST_CHECK;
/* The same on bytes in memory; path is for messages. */
enum yk_status yk_enrolment_read_bytes(const char *path, const void *bytes, size_t size, struct yk_enrolment **out,
                                       struct yk_error *err) YK_MUST_CHECK;
/* The file's text; free it. NULL: out of memory. */
char *yk_enrolment_text(const struct yk_enrolment *enrolment);
void yk_enrolment_free(struct yk_enrolment *enrolment);

/* Zero at first, which stands for no file. */
struct yk_enrolment_stamp {
    uint64_t inode;
    int64_t size, mtime_ns;
};
/* True if the file is another one than when *stamp was taken, which is brought up to date: one stat(), so cheap enough
 * for every second. Ask first and read then: a change between the two is told the next time. */
bool yk_enrolment_changed(const char *dir, struct yk_enrolment_stamp *stamp);

/* --- Changing it ------------------------------------------------------------------------------------------------ */

/* The list under a lock, so that of two who change it neither loses the other's change. */
struct yk_enrolment_edit {
    struct yk_enrolment *list;
    const char *dir; /* the caller's */
    int lock;
};
/* Waits up to wait_ms for the lock, then YK_ERR_UNAVAILABLE. */
enum yk_status yk_enrolment_edit_begin(const char *dir, int wait_ms, struct yk_enrolment_edit *edit,
                                       struct yk_error *err) YK_MUST_CHECK;
/* Writes the list whole or not at all. *changed (may be NULL): false if the file says the same already. */
enum yk_status yk_enrolment_edit_save(struct yk_enrolment_edit *edit, bool *changed,
                                      struct yk_error *err) YK_MUST_CHECK;
/* Frees the list and gives the lock back, also after a failed begin. */
void yk_enrolment_edit_end(struct yk_enrolment_edit *edit);

struct yk_enrolment_request {
    const char *edge;
    const uint8_t *public_key;   /* 32 bytes */
    const uint8_t *redis_sha256; /* 32 bytes; NULL: it has no password */
    const char *const *sensors;  /* an id may come twice */
    size_t sensor_count;
    bool keep_sensors; /* of an edge that is enrolled already, whatever `sensors` says */
    int64_t from_s;    /* a new edge: from when its key and sensors hold; otherwise from when its sensors are these */
};
/* YK_ERR_REFUSED if the edge is enrolled with another key, or revoked. */
enum yk_status yk_enrolment_enroll(struct yk_enrolment *list, const struct yk_enrolment_request *request,
                                   struct yk_error *err) YK_MUST_CHECK;
/* The present key ends where this one begins. YK_ERR_REFUSED if the edge had this key before, or if its present key
 * begins later. An edge that was revoked is taken in again. */
enum yk_status yk_enrolment_replace(struct yk_enrolment *list, const struct yk_enrolment_request *request,
                                    struct yk_error *err) YK_MUST_CHECK;
/* No key of it holds from then on. YK_ERR_REFUSED if it is revoked from then or an earlier time already. */
enum yk_status yk_enrolment_revoke(struct yk_enrolment *list, const char *id, int64_t from_s,
                                   struct yk_error *err) YK_MUST_CHECK;
/* Begin, enroll, save, end. */
enum yk_status yk_enrolment_add(const char *dir, const struct yk_enrolment_request *request,
                                struct yk_error *err) YK_MUST_CHECK;

/* 1 to 31 of a-z, 0-9 and '-', which neither begins nor ends it: ids become part of Redis' key names and rules. */
bool yk_enrolment_id_ok(const char *id);
/* RFC 3339 with 'Z' or an offset and no fraction, years 1971 to 9998: a time without an offset would mean another one
 * on the next machine. */
bool yk_enrolment_time_parse(const char *text, int64_t *out_s);

#endif
