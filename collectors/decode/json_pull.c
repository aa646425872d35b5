/* JSON read in place. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_pull.h"

#include "decode/decimal.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EACH(byte)    (UINT64_C(0x0101010101010101) * (byte)) /* in each of eight bytes */
#define DIGITS_EXACT  15                                      /* digits that yk_decimal_parse reads without an error */
#define DIGITS_SURE   200 /* no number with so many digits and an exponent of two is too great */
#define DIGITS_USED   400 /* of the longest number; the least that is too great has 309 */
#define INT64_DIGITS  19
#define EXPONENT_READ 1000000000000 /* beyond the digits of any message */

/* ---- Characters ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* The high bit of the first byte in memory that is zero, and perhaps of later ones. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - EACH(1)) & ~word & EACH(0x80);
}

/* Eight bytes at a time up to a quote, a backslash, a control character or one that is not ASCII; the end if none comes. */
static const char *plain_text(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        uint64_t found =
            zero_bytes(word ^ EACH('"')) | zero_bytes(word ^ EACH('\\')) | (((word - EACH(0x20)) | word) & EACH(0x80));
        if (found)
            return at + __builtin_ctzll(found) / 8;
        at += 8;
    }
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* The four digits behind \u; -1 if they are none. */
static int hex4(const char *at, const char *end)
{
    int value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i], lower = (char)(c | 0x20);
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* The character behind \u and where it ends; NULL if it is none. */
static const char *unicode_escape(const char *at, const char *end, int *out)
{
    int first = hex4(at, end);
    at += 4;
    if (first <= 0 || (first >= 0xDC00 && first <= 0xDFFF))
        return NULL;
    *out = first;
    if (first < 0xD800 || first > 0xDBFF)
        return at;
    if (end - at < 2 || at[0] != '\\' || at[1] != 'u')
        return NULL;
    int second = hex4(at + 2, end);
    if (second < 0xDC00 || second > 0xDFFF)
        return NULL;
    *out = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return at + 6;
}

/* ---- First pass: is it JSON? ---- */

struct check {
    const char *at, *end;
    uint64_t objects; /* a bit for each level that is open, the innermost lowest: set for an object */
    int depth;
    bool wide; /* a whole number beyond 63 bits was there */
};

static bool check_multibyte(struct check *c)
{
    unsigned char lead = (unsigned char)*c->at, least = 0x80, most = 0xBF;
    int more;
    if (lead >= 0xC2 && lead <= 0xDF)
        more = 1;
    else if (lead >= 0xE0 && lead <= 0xEF)
        more = 2;
    else if (lead >= 0xF0 && lead <= 0xF4)
        more = 3;
    else
        return false;
    if (lead == 0xE0)
        least = 0xA0; /* below are overlong forms */
    else if (lead == 0xED)
        most = 0x9F; /* above are surrogates */
    else if (lead == 0xF0)
        least = 0x90;
    else if (lead == 0xF4)
        most = 0x8F; /* above is no Unicode */
    if (c->end - c->at <= more)
        return false;
    c->at++;
    for (int i = 0; i < more; i++, c->at++) {
        unsigned char byte = (unsigned char)*c->at;
        if (byte < least || byte > most)
            return false;
        least = 0x80;
        most = 0xBF;
    }
    return true;
}

static bool check_escape(struct check *c)
{
    int character;
    if (c->end - c->at < 2)
        return false;
    switch (c->at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        c->at += 2;
        return true;
    case 'u':
        c->at = unicode_escape(c->at + 2, c->end, &character);
        return c->at != NULL;
    default:
        return false;
    }
}

/* From the quote on. */
static bool check_string(struct check *c)
{
    if (c->at == c->end || *c->at != '"')
        return false;
    c->at++;
    for (;;) {
        c->at = plain_text(c->at, c->end);
        if (c->at == c->end)
            return false;
        if (*c->at == '"') {
            c->at++;
            return true;
        }
        if ((unsigned char)*c->at < 0x20 || !(*c->at == '\\' ? check_escape(c) : check_multibyte(c)))
            return false;
    }
}

static size_t check_digits(struct check *c)
{
    const char *from = c->at;
    while (c->at < c->end && is_digit(*c->at))
        c->at++;
    return (size_t)(c->at - from);
}

static bool beyond_63_bits(const char *digits, size_t count, bool negative)
{
    if (count != INT64_DIGITS)
        return count > INT64_DIGITS;
    return memcmp(digits, negative ? "9223372036854775808" : "9223372036854775807", INT64_DIGITS) > 0;
}

/* Any number of JSON, rounded right; false if it is too great. strtod is given digits and an exponent, since it obeys the
 * locale's point and wants a NUL behind. */
static bool real_of(const char *at, const char *end, double *out)
{
    char digits[DIGITS_USED + 32];
    int64_t shift = 0, exponent = 0;
    int used = 0;
    bool negative = *at == '-', point = false;
    for (at += negative; at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.') {
            point = true;
        } else if (used == DIGITS_USED) {
            shift += !point;
        } else {
            shift -= point;
            if (used > 0 || *at != '0')
                digits[used++] = *at;
        }
    }
    if (at < end) { /* the e */
        bool below = *++at == '-';
        for (at += below || *at == '+'; at < end; at++)
            if (exponent < EXPONENT_READ)
                exponent = exponent * 10 + (*at - '0');
        exponent = below ? -exponent : exponent;
    }
    exponent += shift;
    exponent = exponent > 9999 ? 9999 : exponent < -9999 ? -9999 : exponent;
    *out = 0;
    if (used > 0) {
        snprintf(digits + used, sizeof digits - (size_t)used, "e%d", (int)exponent);
        *out = strtod(digits, NULL);
    }
    if (negative)
        *out = -*out;
    return isfinite(*out);
}

static bool check_number(struct check *c)
{
    const char *from = c->at;
    bool negative = *c->at == '-', whole = true;
    c->at += negative;
    const char *first = c->at;
    size_t digits = check_digits(c), exponent = 0;
    if (digits == 0 || (*first == '0' && digits > 1))
        return false;
    if (c->at < c->end && *c->at == '.') {
        whole = false;
        c->at++;
        if (check_digits(c) == 0)
            return false;
    }
    if (c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
        whole = false;
        c->at++;
        if (c->at < c->end && (*c->at == '+' || *c->at == '-'))
            c->at++;
        exponent = check_digits(c);
        if (exponent == 0)
            return false;
    }
    if (whole && digits >= INT64_DIGITS && beyond_63_bits(first, digits, negative))
        c->wide = true;
    double number;
    return (digits <= DIGITS_SURE && exponent <= 2) || real_of(from, c->at, &number);
}

static bool check_word(struct check *c, const char *word, size_t length)
{
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

/* A member's name and the colon. */
static bool check_key(struct check *c)
{
    c->at = skip_blank(c->at, c->end);
    if (!check_string(c))
        return false;
    c->at = skip_blank(c->at, c->end);
    return c->at < c->end && *c->at++ == ':';
}

static bool in_object(const struct check *c)
{
    return c->objects & 1;
}

/* If the innermost level closes here. */
static bool closes(struct check *c)
{
    if (c->at == c->end || *c->at != (in_object(c) ? '}' : ']'))
        return false;
    c->at++;
    c->depth--;
    c->objects >>= 1;
    return true;
}

/* From the bracket up to the first value; *ended if there is none. */
static bool check_opening(struct check *c, bool *ended)
{
    if (c->depth == YK_JSON_PULL_DEPTH)
        return false;
    c->objects = c->objects << 1 | (*c->at == '{');
    c->depth++;
    c->at = skip_blank(c->at + 1, c->end);
    *ended = closes(c);
    return *ended || !in_object(c) || check_key(c);
}

static bool check_begin(struct check *c, bool *ended)
{
    c->at = skip_blank(c->at, c->end);
    *ended = true;
    if (c->at == c->end)
        return false;
    switch (*c->at) {
    case '{':
    case '[':
        return check_opening(c, ended);
    case '"':
        return check_string(c);
    case 't':
        return check_word(c, "true", 4);
    case 'f':
        return check_word(c, "false", 5);
    case 'n':
        return check_word(c, "null", 4);
    default:
        return (*c->at == '-' || is_digit(*c->at)) && check_number(c);
    }
}

/* Behind a value: a comma and perhaps a name, or the end of what the value is in. */
static bool check_behind(struct check *c, bool *ended)
{
    c->at = skip_blank(c->at, c->end);
    *ended = c->at < c->end && *c->at != ',';
    if (c->at == c->end)
        return false;
    if (*ended)
        return closes(c);
    c->at++;
    return !in_object(c) || check_key(c);
}

bool yk_json_pull_open(const char *text, size_t length, struct yk_json_pull *out, size_t *taken)
{
    struct check c = {.at = text, .end = text + length};
    c.at = skip_blank(c.at, c.end);
    if (c.at == c.end || (*c.at != '{' && *c.at != '['))
        return false;
    out->text = c.at;
    bool ended;
    do {
        if (!check_begin(&c, &ended))
            return false;
        while (ended && c.depth > 0)
            if (!check_behind(&c, &ended))
                return false;
    } while (!ended);
    out->end = c.at;
    out->reals = c.wide;
    *taken = (size_t)(c.at - text);
    return true;
}

/* ---- Second pass: what passed needs no doubt ---- */

/* The closing quote of a string whose text begins at `at`. */
static const char *string_end(const char *at, const char *end, bool *escaped)
{
    *escaped = false;
    for (at = plain_text(at, end); at < end && *at != '"'; at = plain_text(at, end)) {
        bool escape = *at == '\\';
        at += 1 + escape;
        *escaped = *escaped || escape;
    }
    return at;
}

static const char *skip_nested(const char *at, const char *end)
{
    int depth = 0;
    bool escaped;
    do {
        switch (*at++) {
        case '"':
            at = string_end(at, end, &escaped) + 1;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            depth--;
            break;
        default:
            break;
        }
    } while (depth > 0 && at < end);
    return at;
}

static const char *skip_value(const char *at, const char *end)
{
    bool escaped;
    switch (*at) {
    case '"':
        return string_end(at + 1, end, &escaped) + 1;
    case '{':
    case '[':
        return skip_nested(at, end);
    default:
        while (at < end &&
               (is_digit(*at) || (*at >= 'A' && *at <= 'z' && *at != ']') || *at == '+' || *at == '-' || *at == '.'))
            at++;
        return at;
    }
}

char yk_json_pull_kind(struct yk_json_pull value)
{
    if (!value.text)
        return 0;
    return *value.text == '-' || is_digit(*value.text) ? '0' : *value.text;
}

struct yk_json_pull_walk yk_json_pull_enter(struct yk_json_pull value)
{
    struct yk_json_pull_walk walk = {.next = value};
    char kind = yk_json_pull_kind(value);
    walk.next.text = kind == '{' || kind == '[' ? value.text + 1 : NULL;
    if (kind == '{')
        walk.key = value; /* something: these are members */
    return walk;
}

bool yk_json_pull_next(struct yk_json_pull_walk *walk)
{
    if (!walk->next.text)
        return false;
    const char *end = walk->next.end, *at = skip_blank(walk->next.text, end);
    if (*at == ',')
        at = skip_blank(at + 1, end);
    if (*at == '}' || *at == ']') {
        walk->next.text = NULL;
        return false;
    }
    walk->value = walk->next;
    if (walk->key.text) {
        walk->key.text = at;
        at = skip_blank(skip_value(at, end), end);
        at = skip_blank(at + 1, end); /* the colon */
    }
    walk->value.text = at;
    walk->next.text = skip_value(at, end);
    return true;
}

static size_t put_utf8(char *out, int character)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--, character >>= 6)
        out[i] = (char)(0x80 | (character & 0x3F));
    out[0] = (char)(lead[more] | character);
    return more + 1;
}

/* False if it is too long. */
static bool unescape(const char *at, const char *end, struct yk_json_pull_text *out)
{
    size_t length = 0;
    while (at < end) {
        int character = (unsigned char)*at++;
        char bytes[4] = {(char)character};
        size_t count = 1;
        if (character == '\\') {
            static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
            const char *letter = strchr(letters, *at);
            bytes[0] = letter ? meant[letter - letters] : *at;
            if (*at++ == 'u') {
                at = unicode_escape(at, end, &character);
                if (!at)
                    return false;
                count = put_utf8(bytes, character);
            }
        }
        if (length + count > sizeof out->own)
            return false;
        memcpy(out->own + length, bytes, count);
        length += count;
    }
    out->text = out->own;
    out->length = length;
    return true;
}

bool yk_json_pull_text(struct yk_json_pull value, struct yk_json_pull_text *out)
{
    bool escaped;
    if (yk_json_pull_kind(value) != '"')
        return false;
    out->text = value.text + 1;
    const char *stop = string_end(out->text, value.end, &escaped);
    out->length = (size_t)(stop - out->text);
    return !escaped || unescape(out->text, stop, out);
}

void yk_json_pull_members(struct yk_json_pull object, const char *const *keys, struct yk_json_pull *out, size_t count)
{
    struct yk_json_pull_walk walk = yk_json_pull_enter(object);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct yk_json_pull){0};
    if (yk_json_pull_kind(object) != '{')
        return;
    while (yk_json_pull_next(&walk)) {
        struct yk_json_pull_text key;
        if (!yk_json_pull_text(walk.key, &key))
            continue; /* too long to be one of them */
        for (size_t i = 0; i < count; i++)
            if (key.length == strlen(keys[i]) && memcmp(key.text, keys[i], key.length) == 0) {
                out[i] = walk.value;
                break;
            }
    }
}

bool yk_json_pull_is(struct yk_json_pull value, const char *text)
{
    struct yk_json_pull_text is;
    return yk_json_pull_text(value, &is) && is.length == strlen(text) && strncasecmp(is.text, text, is.length) == 0;
}

bool yk_json_pull_number(struct yk_json_pull value, double *out)
{
    struct yk_json_pull_text text;
    if (yk_json_pull_text(value, &text))
        return yk_decimal_parse(text.text, text.length, out) && isfinite(*out);
    if (yk_json_pull_kind(value) != '0')
        return false;
    const char *stop = skip_value(value.text, value.end);
    size_t length = (size_t)(stop - value.text);
    if (length <= DIGITS_EXACT && !memchr(value.text, 'e', length) && !memchr(value.text, 'E', length))
        return yk_decimal_parse(value.text, length, out);
    return real_of(value.text, stop, out);
}

bool yk_json_pull_integer(struct yk_json_pull value, int64_t *out)
{
    if (value.reals || yk_json_pull_kind(value) != '0')
        return false;
    const char *at = value.text, *stop = skip_value(at, value.end);
    bool negative = *at == '-';
    uint64_t digits;
    if (!yk_digits_parse(at + negative, (size_t)(stop - at) - negative, &digits))
        return false;
    *out = negative ? (int64_t)(0 - digits) : (int64_t)digits;
    return true;
}

/* ---- A message ---- */

static enum yk_status hand_on(struct yk_json_pull value, yk_json_pull_fn *fn, void *state,
                              const struct yk_camera_sink *sink, struct yk_error *err)
{
    if (yk_json_pull_kind(value) == '{')
        return fn(state, value, sink, err);
    enum yk_status status = YK_OK;
    struct yk_json_pull_walk walk = yk_json_pull_enter(value);
    while (status == YK_OK && yk_json_pull_next(&walk)) {
        if (yk_json_pull_kind(walk.value) == '{')
            status = fn(state, walk.value, sink, err);
        else
            yk_drop(sink->drops, YK_DROP_bad_schema);
    }
    return status;
}

enum yk_status yk_json_pull_record(const char *text, size_t length, yk_json_pull_fn *fn, void *state,
                                   const struct yk_camera_sink *sink, struct yk_error *err)
{
    const char *at = text, *end = text + length;
    enum yk_status status = YK_OK;
    do {
        struct yk_json_pull value;
        size_t taken;
        if (!yk_json_pull_open(at, (size_t)(end - at), &value, &taken)) {
            yk_drop(sink->drops, YK_DROP_bad_json);
            return YK_OK;
        }
        status = hand_on(value, fn, state, sink, err);
        at = skip_blank(at + taken, end);
    } while (status == YK_OK && at < end);
    return status;
}
