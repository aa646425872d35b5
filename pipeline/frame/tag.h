/* A frame's tag for its district: what the worker checks instead of the signature. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Checking an Ed25519 signature costs more than everything else that the worker does with a frame. So a frame carries, behind
 * its signature, a message authentication code that only its edge and its district can make:
 *
 *     key    BLAKE2b-256("yukikai tag 1" . X25519(edge, district) . edge's public key . district's public key)
 *     tag    Poly1305 over the frame from its first byte to the end of its signature, under the one-time key that
 *            XChaCha20 gives for `key` and the first 24 bytes of the signature: libsodium's
 *            crypto_aead_xchacha20poly1305_ietf with no message, and all that as additional data
 *
 * Both X25519 keys are those of the Ed25519 pairs, taken to Montgomery form. The signature begins with a point that
 * depends on every byte signed (RFC 8032, section 5.1.6, r), so two frames never share a one-time key.
 *
 * A good tag says that the frame, signature included, left the edge as it is. Where the tag is missing or does not
 * fit (the district has another key by now, the edge had none pinned) the signature decides as before, so a tag can make
 * nothing be refused. What it costs: whoever steals the district's secret key could also make tags for its edges, as he
 * could already tell them in the district's name what to delete; to everybody else the signature remains. */
#ifndef YK_FRAME_TAG_H
#define YK_FRAME_TAG_H

#include "frame/frame.h"

#define YK_TAG_KEY_SIZE 32

/* The same key from either side; false if the other's public key is no point that a pair can have. Wipe it after use. */
bool yk_tag_key_of_edge(const uint8_t edge_secret[static YK_FRAME_KEY_SIZE],
                        const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE],
                        uint8_t out[static YK_TAG_KEY_SIZE]) YK_MUST_CHECK;
bool yk_tag_key_of_district(const uint8_t district_secret[static YK_FRAME_KEY_SIZE],
                            const uint8_t edge_public[static YK_FRAME_PUBLIC_SIZE],
                            uint8_t out[static YK_TAG_KEY_SIZE]) YK_MUST_CHECK;

/* Over `size` bytes that end with the signature. */
void yk_tag_make(const uint8_t *bytes, size_t size, const uint8_t key[static YK_TAG_KEY_SIZE],
                 uint8_t out[static YK_FRAME_TAG_SIZE]);
/* False for a frame without a tag, too. */
bool yk_tag_check(const struct yk_frame *frame, const uint8_t key[static YK_TAG_KEY_SIZE]) YK_MUST_CHECK;

/* The district's tag keys, by edge key: each is worked out once, in locked memory. For one thread. */
struct yk_tag_keys;
/* The secret key is kept by pointer. NULL: no memory. */
struct yk_tag_keys *yk_tag_keys_new(const uint8_t district_secret[static YK_FRAME_KEY_SIZE]);
void yk_tag_keys_free(struct yk_tag_keys *keys);

enum yk_authentic { YK_AUTHENTIC_NOT, YK_AUTHENTIC_BY_TAG, YK_AUTHENTIC_BY_SIGNATURE };
/* Whether the holder of public_key made the frame: by its tag, or else by its signature. keys NULL: by the signature. */
enum yk_authentic yk_frame_authentic(const struct yk_frame *frame,
                                     const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE], struct yk_tag_keys *keys);

#endif
