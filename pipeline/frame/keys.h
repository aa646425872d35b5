/* Ed25519 key pairs in files, and the list of enrolled edges. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A device makes its own pair; only the public half and its fingerprint travel. Secret files are hex text of the
 * 32-byte seed, mode 0600; a file that others can read is refused. The district has a pair too, which signs what it
 * tells its edges.
 *
 *     KEYS/edge.key  KEYS/edge.pub          on the edge
 *     KEYS/district.key  KEYS/district.pub  on the server; district.pub is pinned on every edge
 *     KEYS/enrolment.json                   on the server: {"edges":[{"edge","public_key","sensors":[],"valid_from"}]}
 */
#ifndef YK_FRAME_KEYS_H
#define YK_FRAME_KEYS_H

#include "base/error.h"
#include "frame/frame.h"

#define YK_FINGERPRINT_SIZE 24 /* "3f2a-91c0-4d5e-6f70" and the NUL: 64 bits of BLAKE2b, read aloud over a phone */

/* Makes DIR/NAME.key and DIR/NAME.pub; YK_ERR_REFUSED if the key is there already. DIR is made with mode 0700. */
enum yk_status yk_keys_make(const char *dir, const char *name, struct yk_error *err) YK_MUST_CHECK;
/* Into locked memory (sodium_malloc); free with sodium_free. */
enum yk_status yk_keys_load_secret(const char *dir, const char *name, uint8_t **out,
                                   struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_keys_load_public(const char *dir, const char *name, uint8_t out[static YK_FRAME_PUBLIC_SIZE],
                                   struct yk_error *err) YK_MUST_CHECK;
void yk_keys_fingerprint(const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE], char out[static YK_FINGERPRINT_SIZE]);
/* 64 hex digits to 32 bytes; false if the text is anything else. */
bool yk_keys_parse_public(const char *hex, uint8_t out[static YK_FRAME_PUBLIC_SIZE]);

#define YK_ENROLLED_SENSORS_MAX 256

struct yk_enrolled_edge {
    char edge[YK_ID_SIZE];
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    char (*sensors)[YK_ID_SIZE];
    size_t sensor_count;
    int64_t valid_from_s; /* frames with an earlier base time are refused; INT64_MIN = always */
};

struct yk_enrolment {
    struct yk_enrolled_edge *edges;
    size_t count;
};

/* A missing file is an empty list. Free with yk_enrolment_free. */
enum yk_status yk_enrolment_read(const char *dir, struct yk_enrolment **out, struct yk_error *err) YK_MUST_CHECK;
void yk_enrolment_free(struct yk_enrolment *enrolment);
const struct yk_enrolled_edge *yk_enrolment_find(const struct yk_enrolment *enrolment, const char *edge);
bool yk_enrolled_sensor(const struct yk_enrolled_edge *edge, const char *sensor);
/* Adds an edge and writes the list anew, atomically. YK_ERR_REFUSED if the edge is enrolled with another key. */
enum yk_status yk_enrolment_add(const char *dir, const struct yk_enrolled_edge *edge,
                                struct yk_error *err) YK_MUST_CHECK;

#endif
