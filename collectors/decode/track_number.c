/* Names of tracks. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FNV-1a over the text (Fowler, Noll, Vo; draft-eastlake-fnv), then the finaliser of splitmix64, since the text of two
 * UUIDs of one maker may differ in a few places only. */
#include "decode/track_number.h"

#include "decode/decimal.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define UPPER_HALF (UINT64_C(1) << 63)
#define EXACT      9007199254740992.0 /* 2^53: what a real can say exactly */

static uint64_t hash(const char *text, size_t length)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001B3u;
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBu;
    return h ^ (h >> 31);
}

enum yk_track_name yk_track_number_text(const char *text, size_t length, uint64_t *out)
{
    uint64_t number;
    if (length == 0 || (length == 4 && strncasecmp(text, "null", 4) == 0) ||
        (length == 2 && memcmp(text, "-1", 2) == 0))
        return YK_TRACK_UNTRACKED;
    if (yk_digits_parse(text, length, &number)) {
        if (number == UINT64_MAX)
            return YK_TRACK_UNTRACKED;
        if (number < UPPER_HALF) {
            *out = number;
            return YK_TRACK_NAMED;
        }
    }
    uint64_t name = hash(text, length) | UPPER_HALF;
    *out = name == UINT64_MAX ? UPPER_HALF : name;
    return YK_TRACK_NAMED;
}

static enum yk_track_name whole_number(int64_t number, uint64_t *out)
{
    if (number < 0)
        return YK_TRACK_UNTRACKED;
    *out = (uint64_t)number;
    return YK_TRACK_NAMED;
}

/* 2^64 - 1 is too great for an integer of jansson, and then all numbers of its message are reals (json_record.h). */
static enum yk_track_name real_number(double number, uint64_t *out)
{
    if (number < 0 ? number == floor(number) : number >= 18446744073709551615.0)
        return YK_TRACK_UNTRACKED;
    if (!(number >= 0 && number < EXACT) || number != floor(number))
        return YK_TRACK_NO_NAME;
    *out = (uint64_t)number;
    return YK_TRACK_NAMED;
}

enum yk_track_name yk_track_number_json(const json_t *value, uint64_t *out)
{
    if (!value || json_is_null(value))
        return YK_TRACK_UNTRACKED;
    if (json_is_string(value))
        return yk_track_number_text(json_string_value(value), json_string_length(value), out);
    if (json_is_integer(value))
        return whole_number(json_integer_value(value), out);
    return json_is_real(value) ? real_number(json_real_value(value), out) : YK_TRACK_NO_NAME;
}

enum yk_track_name yk_track_number_pull(struct yk_json_pull value, uint64_t *out)
{
    struct yk_json_pull_text text;
    int64_t whole;
    double number;
    switch (yk_json_pull_kind(value)) {
    case 0:
    case 'n':
        return YK_TRACK_UNTRACKED;
    case '"':
        return yk_json_pull_text(value, &text) ? yk_track_number_text(text.text, text.length, out) : YK_TRACK_NO_NAME;
    case '0':
        if (yk_json_pull_integer(value, &whole))
            return whole_number(whole, out);
        return yk_json_pull_number(value, &number) ? real_number(number, out) : YK_TRACK_NO_NAME;
    default:
        return YK_TRACK_NO_NAME;
    }
}
