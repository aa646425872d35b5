/* The signed block of observations that travels from an edge to the district. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All numbers little-endian. One frame holds observations of one sensor and one kind group.
 *
 *     offset size field
 *          0    4 magic "YKFR"
 *          4    1 version, 1
 *          5    1 group: 1 presence (pseudonymous), 2 plain (crossing, zone, count, health), 3 sighting
 *          6    1 lane: 0 live, 1 backlog, 2 sighting
 *          7    1 flags: 1 local key, 2 tombstone, 4 predecessor follows, 8 body is zstd (reserved)
 *          8    4 body length
 *         12    2 records in the body
 *         14    2 stream: number of the shard
 *         16    8 incarnation: 64 random bits per collector start
 *         24    8 sequence, from 1, per (edge, incarnation, group, stream, lane)
 *         32    8 epoch: its start in seconds since 1970; 0 in plain frames
 *         40    8 key id: pseudonyms compare only under the same one; 0 in plain frames
 *         48    8 base time: seconds since 1970, no record is older
 *         56    8 last time: seconds since 1970, no record is newer
 *         64   32 district, NUL-padded
 *         96   32 edge, NUL-padded
 *        128   32 sensor, NUL-padded
 *        160    8 predecessor: incarnation before this one, 0 if none is known
 *        168    8 last sequence that the predecessor gave out in this group
 *        176    8 configuration the edge ran on (first 8 bytes of its hash)
 *        184    b body
 *      184+b   64 Ed25519 signature of bytes 0 .. 184+b-1 (RFC 8032)
 *
 * A body is columns of LEB128 numbers (signed ones in zigzag). Presence: number m of ids; m times 8 bytes pseudonym and
 * 1 byte class; then per record, column after column: tick minus the tick before (the first: minus base/10), id,
 * adverts, adverts without RSSI, -sum of RSSI, max RSSI as a byte, first, last - first, G, G^2. Plain: per record its
 * kind as a byte and its fields, see body_plain.c. A tombstone stands for a frame that was given up before it was sent:
 * records and body are empty, the sequence is spent.
 *
 * A reader takes versions n and n-1; a newer one is kept aside, never dropped. */
#ifndef YK_FRAME_FRAME_H
#define YK_FRAME_FRAME_H

#include "base/error.h"
#include "config/config.h"
#include "observation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_FRAME_VERSION        1
#define YK_FRAME_HEADER_SIZE    184
#define YK_FRAME_SIGNATURE_SIZE 64
#define YK_FRAME_BODY_MAX       (192 * 1024)
#define YK_FRAME_SIZE_MAX       (YK_FRAME_HEADER_SIZE + YK_FRAME_BODY_MAX + YK_FRAME_SIGNATURE_SIZE)
#define YK_FRAME_RECORDS_MAX    2000
#define YK_FRAME_KEY_SIZE       64 /* Ed25519 secret key as libsodium holds it: seed and public key */
#define YK_FRAME_PUBLIC_SIZE    32

enum yk_group { YK_GROUP_PRESENCE = 1, YK_GROUP_PLAIN = 2, YK_GROUP_SIGHTING = 3 };
enum yk_lane { YK_LANE_LIVE = 0, YK_LANE_BACKLOG = 1, YK_LANE_SIGHTING = 2 };
enum yk_frame_flag {
    YK_FRAME_LOCAL_KEY = 1,
    YK_FRAME_TOMBSTONE = 2,
    YK_FRAME_HAS_PREDECESSOR = 4,
    YK_FRAME_ZSTD = 8,
};

struct yk_frame_header {
    enum yk_group group;
    enum yk_lane lane;
    uint8_t flags;
    uint16_t records;
    uint16_t stream;
    uint64_t incarnation, sequence;
    int64_t epoch_s;
    uint64_t key_id;
    int64_t base_s, last_s;
    char district[YK_ID_SIZE], edge[YK_ID_SIZE], sensor[YK_ID_SIZE];
    uint64_t predecessor, predecessor_sequence;
    uint64_t config_id;
};

/* A parsed frame points into the caller's bytes. */
struct yk_frame {
    struct yk_frame_header header;
    const uint8_t *bytes; /* the whole frame */
    size_t size;
    const uint8_t *body;
    size_t body_size;
};

enum yk_frame_fault {
    YK_FRAME_OK,
    YK_FRAME_SHORT, /* fewer bytes than the layout needs: a torn tail */
    YK_FRAME_BAD,   /* not a frame, or fields that contradict each other */
    YK_FRAME_NEWER, /* a version this program does not read yet */
};

/* Reads the envelope only: lengths, ranges, identifiers. The frame may be followed by other bytes; frame->size is its
 * own. */
enum yk_frame_fault yk_frame_parse(const uint8_t *bytes, size_t length, struct yk_frame *frame);
/* True if the signature is the holder's of public_key. */
bool yk_frame_verify(const struct yk_frame *frame, const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE]);

/* Writes header, body and signature into out (YK_FRAME_SIZE_MAX bytes); returns the frame's size, 0 if body_size is
 * above YK_FRAME_BODY_MAX. */
size_t yk_frame_seal(const struct yk_frame_header *header, const uint8_t *body, size_t body_size,
                     const uint8_t secret_key[static YK_FRAME_KEY_SIZE], uint8_t *out);

/* Body of a presence frame. Encoding returns the bytes used, 0 if the capacity is too small. Decoding fills records[]
 * (the header says how many) and returns false on any byte that contradicts the layout. */
size_t yk_body_presence_encode(const struct yk_presence *records, size_t count, int64_t base_s, uint8_t *out,
                               size_t capacity);
bool yk_body_presence_decode(const struct yk_frame *frame, struct yk_presence records[static YK_FRAME_RECORDS_MAX]);

/* Plain records, one after the other. Encoding returns bytes used, 0 if there is no room. */
size_t yk_body_plain_encode(const struct yk_observation *observation, int64_t base_s, uint8_t *out, size_t capacity);
/* Calls fn for each record; false if the body contradicts the layout (fn may have been called for the records before,
 * so callers pass once to check and once to take). */
typedef void yk_observation_fn(void *context, const struct yk_observation *observation);
bool yk_body_plain_decode(const struct yk_frame *frame, yk_observation_fn *fn, void *context);

#endif
