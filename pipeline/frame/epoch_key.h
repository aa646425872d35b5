/* The two messages by which an epoch's key reaches an edge. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The edges of a district share a key for each epoch, or pseudonyms of two edges could not be compared. Who carries it
 * must not be able to read it, and who finds a disk later must not either. So an edge makes a key pair for each epoch
 * to come and publishes the public half, signed; the district makes the epoch's key, puts it in a box that only that
 * private half opens (libsodium's crypto_box_seal: X25519, XSalsa20-Poly1305), and signs the whole, because a box alone
 * has no sender. When the epoch has ended the private half is destroyed: the message, whoever kept it, opens nothing.
 *
 * All numbers little-endian, ids NUL-padded, signatures Ed25519 (RFC 8032) over all bytes before them.
 *
 *     sealing key, edge to district        epoch key, district to one edge
 *     offset size field                    offset size field
 *          0    4 magic "YKSK"                  0    4 magic "YKEK"
 *          4    1 version, 1                    4    1 version, 1
 *          5   32 district                      5   32 district
 *         37   32 edge                         37   32 edge
 *         69    8 epoch: its start (s)         69    8 epoch: its start (s), which is its number
 *         77   32 X25519 public key            77    8 its end (s)
 *        109    8 made at (s)                  85   72 sealed box of 24 bytes: key id (8, not 0), SipHash key (16)
 *        117   64 signature by the edge       157   64 signature by the district
 *        181                                  221
 *
 * The functions lie in three files, so that a program carries only those that it calls: epoch_key.c what everyone may
 * (and the uplink only the envelope), epoch_key_seal.c what the district does, epoch_key_open.c what a collector does.
 */
#ifndef YK_FRAME_EPOCH_KEY_H
#define YK_FRAME_EPOCH_KEY_H

#include "frame/frame.h"

#define YK_SEALING_MESSAGE_SIZE   181
#define YK_EPOCH_KEY_MESSAGE_SIZE 221
#define YK_KEY_MESSAGES_MAX       1024 /* bytes of what is fetched for one edge: up to two messages */
#define YK_SEALING_KEY_SIZE       32   /* X25519, either half */
#define YK_EPOCH_SECRET_SIZE      16   /* SipHash-2-4 */

enum yk_key_fault {
    YK_KEY_OK,
    YK_KEY_LENGTH,
    YK_KEY_MAGIC,
    YK_KEY_NEWER,
    YK_KEY_DISTRICT,
    YK_KEY_EDGE,
    YK_KEY_EPOCH,
    YK_KEY_SIGNATURE,
    YK_KEY_SEALED,
    YK_KEY_FAULT_COUNT,
};
/* "it is for another edge" */
const char *yk_key_fault_text(enum yk_key_fault fault);

/* Whom and when a message is for: what it must say to be taken. */
struct yk_key_scope {
    const char *district, *edge;
    int64_t start_s, end_s; /* of the epoch; a sealing key says only the start */
};

struct yk_sealing_key {
    uint8_t public_key[YK_SEALING_KEY_SIZE];
    int64_t made_s;
};
void yk_sealing_key_write(const struct yk_key_scope *scope, const struct yk_sealing_key *key,
                          const uint8_t edge_secret[static YK_FRAME_KEY_SIZE],
                          uint8_t out[static YK_SEALING_MESSAGE_SIZE]);
enum yk_key_fault yk_sealing_key_read(const uint8_t *bytes, size_t size, const struct yk_key_scope *scope,
                                      const uint8_t edge_public[static YK_FRAME_PUBLIC_SIZE],
                                      struct yk_sealing_key *out);

/* The secret of an epoch: in locked memory, wiped by whoever holds it. */
struct yk_epoch_secret {
    uint64_t key_id;
    uint8_t key[YK_EPOCH_SECRET_SIZE];
};
/* False if the sealing key is no key that can be sealed to (a point of low order). */
bool yk_epoch_key_seal(const struct yk_key_scope *scope, const struct yk_epoch_secret *secret,
                       const uint8_t sealing_public[static YK_SEALING_KEY_SIZE],
                       const uint8_t district_secret[static YK_FRAME_KEY_SIZE],
                       uint8_t out[static YK_EPOCH_KEY_MESSAGE_SIZE]) YK_MUST_CHECK;
/* All but the box. */
enum yk_key_fault yk_epoch_key_check(const uint8_t *bytes, size_t size, const struct yk_key_scope *scope,
                                     const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE]);
/* Checks and opens. On a fault *out holds nothing of the message. */
enum yk_key_fault yk_epoch_key_open(const uint8_t *bytes, size_t size, const struct yk_key_scope *scope,
                                    const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE],
                                    const uint8_t sealing_public[static YK_SEALING_KEY_SIZE],
                                    const uint8_t sealing_secret[static YK_SEALING_KEY_SIZE],
                                    struct yk_epoch_secret *out);

/* For who carries messages and trusts none: the size of the first one in a row of them and the epoch that it claims to
 * be for; 0 if there is none. One of a newer version takes all that is left. */
size_t yk_epoch_key_peek(const uint8_t *bytes, size_t size, int64_t *claimed_epoch_s);

#endif
