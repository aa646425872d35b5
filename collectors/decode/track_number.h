/* A camera's name of a track as a number. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cameras number tracks (195), write the number as text ("195") or give each a name of its own (a UUID, an epoch with
 * letters). Inside, a track is 64 bits: a number below 2^63 is itself, whether it came as text or not; any other text is
 * hashed into the upper half. The hash is no protection and needs none: it lives as long as the track. Two names meet by
 * chance once in 2^31.5 tracks. */
#ifndef YK_DECODE_TRACK_NUMBER_H
#define YK_DECODE_TRACK_NUMBER_H

#include "decode/json_pull.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum yk_track_name {
    YK_TRACK_NAMED,     /* *out is set */
    YK_TRACK_UNTRACKED, /* missing, null, "", "null", -1, 2^64 - 1: a detection and not a person on the way */
    YK_TRACK_NO_NAME,   /* neither a number nor text: the message is not what it should be */
};

enum yk_track_name yk_track_number_text(const char *text, size_t length, uint64_t *out);
/* value may be NULL. */
enum yk_track_name yk_track_number_json(const json_t *value, uint64_t *out);
/* The same of a value that json_pull.h reads; a name with escapes that is too long there is none. */
enum yk_track_name yk_track_number_pull(struct yk_json_pull value, uint64_t *out);

#endif
