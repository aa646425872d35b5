/* Ed25519 key pairs and passwords in files. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A device makes its own pair; only the public half and its fingerprint travel. Secret files are hex text of the
 * 32-byte seed, mode 0600; a file that others can read is refused. The district has a pair too, which signs what it
 * tells its edges.
 *
 *     KEYS/edge.key  KEYS/edge.pub                  on the edge
 *     KEYS/redis.password                           on the edge, for its user of Redis
 *     KEYS/district.key  KEYS/district.pub          on the server; district.pub is pinned on every edge
 *     KEYS/analyze.password  KEYS/keys.password     on the server, for its users of Redis
 *
 * A password is 256 random bits in hex, one line. Redis keeps the SHA-256 of it, and so does the second line of edge.pub,
 * which travels to the server with the key: of that many random bits a hash tells nothing.
 *
 *     edge.pub    64 hex digits: the public key
 *                 redis 64 hex digits: SHA-256 of the text in redis.password   (may be missing)
 *
 * The list of edges is in frame/enrolment.h. */
#ifndef YK_FRAME_KEYS_H
#define YK_FRAME_KEYS_H

#include "base/error.h"
#include "frame/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_FINGERPRINT_SIZE 24 /* "3f2a-91c0-4d5e-6f70" and the NUL: 64 bits of BLAKE2b, read aloud over a phone */

/* Makes DIR/NAME.key and DIR/NAME.pub; YK_ERR_REFUSED if the key is there already. DIR is made with mode 0700. */
enum yk_status yk_keys_make(const char *dir, const char *name, struct yk_error *err) YK_MUST_CHECK;
/* The pair and the passwords of an edge, or of a district. What is there stays as it is and what is missing is added;
 * YK_ERR_REFUSED if nothing is missing. */
enum yk_status yk_keys_make_edge(const char *dir, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_keys_make_district(const char *dir, struct yk_error *err) YK_MUST_CHECK;
/* Into locked memory (sodium_malloc); free with sodium_free. */
enum yk_status yk_keys_load_secret(const char *dir, const char *name, uint8_t **out,
                                   struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_keys_load_public(const char *dir, const char *name, uint8_t out[static YK_FRAME_PUBLIC_SIZE],
                                   struct yk_error *err) YK_MUST_CHECK;
void yk_keys_fingerprint(const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE], char out[static YK_FINGERPRINT_SIZE]);
/* 64 hex digits to 32 bytes; false if the text is anything else. */
bool yk_keys_parse_public(const char *hex, uint8_t out[static YK_FRAME_PUBLIC_SIZE]);

/* What a device gave: a file from outside, read strictly. */
struct yk_public_file {
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    bool has_redis;
    uint8_t redis_sha256[32];
};
enum yk_status yk_keys_read_public_file(const char *path, struct yk_public_file *out,
                                        struct yk_error *err) YK_MUST_CHECK;
/* The same on bytes in memory; false if they are anything else. */
bool yk_keys_parse_public_file(const void *bytes, size_t size, struct yk_public_file *out);

#endif
