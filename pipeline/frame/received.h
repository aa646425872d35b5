/* What the district has durably taken from one edge, and the signed message that says so.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A lane of frames is one (incarnation, sensor, group, stream, lane); for each of them the sequences received, and those
 * that the edge gave up (tombstones). The analyze worker commits these sets together with the states, then publishes
 * them as the `covered` message; the uplink deletes from the spool only what the message covers, and sends again what it
 * does not cover after a while. What a lane lacks of its numbers is lost time: received.c says how it is read off.
 *
 * A frame that was given up and came all the same counts as received, whichever was there first.
 *
 *     offset size field of the message
 *          0    4 magic "YKCV"
 *          4    1 version, 1
 *          5   32 district, NUL-padded
 *         37   32 edge, NUL-padded
 *         69    8 counter that never goes back, so that an old message can't be played again
 *         77    n lanes: count, then per lane incarnation (8 bytes), group, lane, stream (2 bytes), length of the sensor's
 *                 id (1 byte) and the id, intervals: received or given up
 *       77+n   64 Ed25519 signature by the district's key */
#ifndef YK_FRAME_RECEIVED_H
#define YK_FRAME_RECEIVED_H

#include "base/error.h"
#include "frame/frame.h"
#include "frame/intervals.h"

struct yk_lane_key {
    uint64_t incarnation;
    uint8_t group; /* enum yk_group */
    uint8_t lane;  /* enum yk_lane */
    uint16_t stream;
    char sensor[YK_ID_SIZE];
};

struct yk_lane_key yk_lane_key_of(const struct yk_frame_header *header);

struct yk_received_lane {
    struct yk_lane_key key;
    struct yk_intervals sequences; /* received */
    struct yk_intervals given_up;
    /* Where the lane begins, as its own frames say; INT64_MAX: none came. */
    int64_t from_s;
    /* Where it ends, as its successor says: 0 while nobody has said so. */
    uint64_t end_sequence;
    int64_t end_from_s, end_to_s;
};

/* Zero-initialised is empty. Free with yk_received_clear. */
struct yk_received {
    struct yk_received_lane *lanes;
    size_t count, capacity;
};

void yk_received_clear(struct yk_received *received);
/* True if a frame with this header would change nothing: it was received; or it is a tombstone, and all that it stands
 * for (to `last`) is known. */
bool yk_received_has(const struct yk_received *received, const struct yk_frame_header *header, uint64_t last);
/* True if the frame need not be kept: received or given up. */
bool yk_received_covers(const struct yk_received *received, const struct yk_frame_header *header);
/* Marks the frame, and what it says of its lane and its predecessor. last: header->sequence, or a tombstone's last. */
enum yk_status yk_received_add(struct yk_received *received, const struct yk_frame_header *header,
                               uint64_t last) YK_MUST_CHECK;
enum yk_status yk_received_merge(struct yk_received *to, const struct yk_received *from) YK_MUST_CHECK;
/* Forgets lanes that spoke of nothing at or after before_s: frames of theirs are refused by their age. */
void yk_received_prune(struct yk_received *received, int64_t before_s);

/* Calls fn for each stretch of event time [from_s, to_s) whose frames are missing in a lane of that sensor and group:
 * before its first frame, between intervals, and up to the end that its successor or a tombstone told. */
typedef void yk_lost_fn(void *context, int64_t from_s, int64_t to_s);
void yk_received_lost(const struct yk_received *received, const char *sensor, enum yk_group group, yk_lost_fn *fn,
                      void *context);

/* All of it, as it stands in the checkpoint. *out is malloc'd. */
enum yk_status yk_received_encode(const struct yk_received *received, uint8_t **out, size_t *size) YK_MUST_CHECK;
enum yk_status yk_received_decode(const uint8_t *bytes, size_t size, struct yk_received *out) YK_MUST_CHECK;

/* *out is malloc'd. */
enum yk_status yk_covered_seal(const struct yk_received *received, const char *district, const char *edge,
                               uint64_t counter, const uint8_t secret_key[static YK_FRAME_KEY_SIZE], uint8_t **out,
                               size_t *size) YK_MUST_CHECK;
/* Refuses (YK_ERR_REFUSED) what is not signed by district_public, is for another edge, or has a counter below *counter;
 * on success *counter is the message's and *out, in which given up counts as received, is to be cleared by the caller. */
enum yk_status yk_covered_open(const uint8_t *bytes, size_t size, const char *district, const char *edge,
                               const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE], uint64_t *counter,
                               struct yk_received *out) YK_MUST_CHECK;

#endif
