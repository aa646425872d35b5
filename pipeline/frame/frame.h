/* The signed block of observations that travels from an edge to the district. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All numbers little-endian. One frame holds observations of one sensor and one kind group.
 *
 *     offset size field
 *          0    4 magic "YKFR"
 *          4    1 version, 1
 *          5    1 group: 1 presence (pseudonymous), 2 plain (crossing, zone, count, health), 3 sighting,
 *                 4 reduced (sums of presence that could not be sent in time)
 *          6    1 lane: 0 live, 1 backlog, 2 sighting
 *          7    1 flags: 1 local key, 2 tombstone, 4 predecessor known, 8 body is zstd, 16 tagged
 *          8    4 body length, as it stands in the frame
 *         12    2 records in the body
 *         14    2 stream: number of the shard
 *         16    8 incarnation: 64 random bits per collector start
 *         24    8 sequence, from 1, per (edge, incarnation, sensor, group, stream, lane)
 *         32    8 epoch: its start in seconds since 1970; 0 in plain frames
 *         40    8 key id: pseudonyms compare only under the same one; 0 in plain frames and tombstones
 *         48    8 base time: seconds since 1970, no record is older
 *         56    8 last time: seconds since 1970, no record is newer
 *         64   32 district, NUL-padded
 *         96   32 edge, NUL-padded
 *        128   32 sensor, NUL-padded
 *        160    8 told from: event time at which the frame before this one of the same lane was cut
 *        168    8 told to: event time at which this one was cut; the sensor has nothing more to say before it
 *        176    8 lane from: told from of the lane's frame 1
 *        184    8 predecessor: the incarnation before this one that had this lane, 0 if none is known
 *        192    8 last sequence that the predecessor gave out in this lane
 *        200    8 told from of the predecessor's frame 1
 *        208    8 told to of the predecessor's last frame
 *        216    8 configuration the edge ran on (first 8 bytes of its hash)
 *        224    b body
 *      224+b   64 Ed25519 signature of bytes 0 .. 224+b-1 (RFC 8032)
 *      288+b   16 if tagged: the tag for the district over bytes 0 .. 288+b-1 (frame/tag.h)
 *
 * A lane is what numbers run in: one sensor's frames of one group from one start of its collector. Its frames tile event
 * time, so who has frames 4 and 6 knows which time the missing frame 5 spoke of, and a gap is lost coverage of that sensor
 * and that time. A body is described in body_presence.c and body_plain.c; where compression pays it is one zstd frame
 * (RFC 8878) that says the size of its content. A tombstone stands for frames that were given up before they were sent: it
 * has no records, its body is one LEB128 number, how many sequences after its own it stands for too, and its times are theirs.
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
#define YK_FRAME_HEADER_SIZE    224
#define YK_FRAME_SIGNATURE_SIZE 64
#define YK_FRAME_BODY_MAX       (192 * 1024)
#define YK_FRAME_TAG_SIZE       16
#define YK_FRAME_TRAILER_MAX    (YK_FRAME_SIGNATURE_SIZE + YK_FRAME_TAG_SIZE)
#define YK_FRAME_SIZE_MAX       (YK_FRAME_HEADER_SIZE + YK_FRAME_BODY_MAX + YK_FRAME_TRAILER_MAX)
#define YK_FRAME_RECORDS_MAX    2000
#define YK_FRAME_KEY_SIZE       64 /* Ed25519 secret key as libsodium holds it: seed and public key */
#define YK_FRAME_PUBLIC_SIZE    32
#define YK_FRAME_TIME_MAX_S     INT64_C(253402300799) /* the end of the year 9999 */

enum yk_group { YK_GROUP_PRESENCE = 1, YK_GROUP_PLAIN = 2, YK_GROUP_SIGHTING = 3, YK_GROUP_REDUCED = 4 };
#define YK_GROUP_COUNT 5 /* with 0, which is none */
enum yk_lane { YK_LANE_LIVE = 0, YK_LANE_BACKLOG = 1, YK_LANE_SIGHTING = 2 };
enum yk_frame_flag {
    YK_FRAME_LOCAL_KEY = 1,
    YK_FRAME_TOMBSTONE = 2,
    YK_FRAME_HAS_PREDECESSOR = 4,
    YK_FRAME_ZSTD = 8,
    YK_FRAME_TAGGED = 16,
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
    int64_t told_from_s, told_to_s, lane_from_s;
    uint64_t predecessor, predecessor_sequence;
    int64_t predecessor_from_s, predecessor_to_s;
    uint64_t config_id;
};

/* A parsed frame points into the caller's bytes; after yk_frame_unpack its body may point into the unpacker. */
struct yk_frame {
    struct yk_frame_header header;
    const uint8_t *bytes; /* the whole frame */
    size_t size;          /* with signature and tag */
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

/* Writes header, body, signature and tag into out (YK_FRAME_SIZE_MAX bytes); returns the frame's size, 0 if body_size is
 * above YK_FRAME_BODY_MAX. tag_key NULL: no tag; the header's flag for it is set as that says. */
size_t yk_frame_seal(const struct yk_frame_header *header, const uint8_t *body, size_t body_size,
                     const uint8_t secret_key[static YK_FRAME_KEY_SIZE], const uint8_t *tag_key, uint8_t *out);

/* Sequences that a tombstone stands for: its own to *last. False if the frame is none, or its body is not one number. */
bool yk_frame_tombstone(const struct yk_frame *frame, uint64_t *last);

/* Bodies are packed where that makes them smaller, and unpacked before they are decoded. Each holds its own memory, one
 * per thread; NULL if there is none. */
struct yk_packer;
struct yk_packer *yk_packer_new(void);
void yk_packer_free(struct yk_packer *packer);
/* The body as it is to stand in the frame: *body points to the packed bytes (good until the next call) and the return
 * value is YK_FRAME_ZSTD, or nothing changes and it is 0. */
uint8_t yk_pack(struct yk_packer *packer, const uint8_t **body, size_t *size);

struct yk_unpacker;
struct yk_unpacker *yk_unpacker_new(void);
void yk_unpacker_free(struct yk_unpacker *unpacker);
/* Makes frame->body the plain one (good until the next call); false if it is not zstd, or claims to be larger than
 * YK_FRAME_BODY_MAX. A body that is not packed stays as it is. */
bool yk_frame_unpack(struct yk_unpacker *unpacker, struct yk_frame *frame);

/* Body of a presence frame (plain). Encoding returns the bytes used, 0 if the capacity is too small; the order of the
 * records is not kept: they come back by pseudonym, each one's in the order given. Decoding fills records[] (the header
 * says how many) and returns false on any byte that contradicts the layout. */
size_t yk_body_presence_encode(const struct yk_presence *records, size_t count, int64_t base_s, uint8_t *out,
                               size_t capacity);
bool yk_body_presence_decode(const struct yk_frame *frame, struct yk_presence records[static YK_FRAME_RECORDS_MAX]);

/* Plain and reduced records, one after the other; either group's frames hold its own only. Encoding returns bytes used, 0 if there is no room. */
size_t yk_body_plain_encode(const struct yk_observation *observation, int64_t base_s, uint8_t *out, size_t capacity);
/* Calls fn for each record; false if the body contradicts the layout (fn may have been called for the records before,
 * so callers pass once to check and once to take). */
typedef void yk_observation_fn(void *context, const struct yk_observation *observation);
bool yk_body_plain_decode(const struct yk_frame *frame, yk_observation_fn *fn, void *context);

#endif
