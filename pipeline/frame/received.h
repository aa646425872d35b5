/* What the district has durably taken from one edge, and the signed message that says so.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A lane of frames is one (incarnation, group, stream, lane); for each of them the sequences received. The analyze
 * worker commits these sets together with the states, then publishes them as the `covered` message; the uplink deletes
 * from the spool only what the message covers, and sends again what it does not cover after a while.
 *
 *     offset size field of the message
 *          0    4 magic "YKCV"
 *          4    1 version, 1
 *          5   32 district, NUL-padded
 *         37   32 edge, NUL-padded
 *         69    8 counter that never goes back, so that an old message can't be played again
 *         77    n lanes: count, then per lane incarnation (8 bytes), group, stream, lane, intervals
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
};

static inline struct yk_lane_key yk_lane_key_of(const struct yk_frame_header *header)
{
    return (struct yk_lane_key){header->incarnation, (uint8_t)header->group, (uint8_t)header->lane, header->stream};
}

struct yk_received_lane {
    struct yk_lane_key key;
    struct yk_intervals sequences;
};

/* Zero-initialised is empty. Free with yk_received_clear. */
struct yk_received {
    struct yk_received_lane *lanes;
    size_t count, capacity;
};

void yk_received_clear(struct yk_received *received);
/* The lane's set, made empty if it is new and `make` is set; NULL if it is new and not made, or memory ran out. */
struct yk_intervals *yk_received_lane(struct yk_received *received, struct yk_lane_key key, bool make);
bool yk_received_has(const struct yk_received *received, const struct yk_frame_header *header);
enum yk_status yk_received_add(struct yk_received *received, const struct yk_frame_header *header) YK_MUST_CHECK;
enum yk_status yk_received_merge(struct yk_received *to, const struct yk_received *from) YK_MUST_CHECK;

/* The lanes alone, as they stand in the message and in the checkpoint. *out is malloc'd. */
enum yk_status yk_received_encode(const struct yk_received *received, uint8_t **out, size_t *size) YK_MUST_CHECK;
enum yk_status yk_received_decode(const uint8_t *bytes, size_t size, struct yk_received *out) YK_MUST_CHECK;

/* *out is malloc'd. */
enum yk_status yk_covered_seal(const struct yk_received *received, const char *district, const char *edge,
                               uint64_t counter, const uint8_t secret_key[static YK_FRAME_KEY_SIZE], uint8_t **out,
                               size_t *size) YK_MUST_CHECK;
/* Refuses (YK_ERR_REFUSED) what is not signed by district_public, is for another edge, or has a counter below *counter;
 * on success *counter is the message's and *out is to be cleared by the caller. */
enum yk_status yk_covered_open(const uint8_t *bytes, size_t size, const char *district, const char *edge,
                               const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE], uint64_t *counter,
                               struct yk_received *out) YK_MUST_CHECK;

#endif
