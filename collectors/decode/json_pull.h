/* JSON read in place. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * jansson makes a tree of a message: an object, a name and a number each by malloc, each name hashed. DeepStream's full
 * messages are 830 bytes and some sixty such things for the one person of whom seven values are wanted, and a district sends
 * 33,000 of them in a second. Here nothing is made. A value is a place in the text of the message; what is wanted is looked
 * up there, and the rest is stepped over.
 *
 * Two passes. The first holds the whole value to the grammar, as strictly as jansson does: UTF-8 without overlong forms and
 * surrogates, escapes with their pairs of surrogates, no \u0000, no control characters in strings, no number beyond a
 * double. So a message is bad JSON here exactly when it is there, with two exceptions: values nest at most
 * YK_JSON_PULL_DEPTH deep, where jansson takes 2,048 (messages that are read with this nest five deep), and a NUL byte is
 * never overlooked (jansson 2.14 loses one that follows a number or a word). The second pass looks values up and trusts the
 * first. Nothing is handed on before the whole value has passed.
 *
 * Of members with one name the last counts. Whole numbers beyond 63 bits make all whole numbers of their message reals, as
 * json_record.c has it.
 *
 * Bounds: no memory is allocated and nothing recurses; a value is read once by the first pass, and once for each level at
 * which something is looked up. A string is a part of the message, however long; one with escapes is written out anew and
 * then has at most YK_JSON_PULL_TEXT_MAX bytes: names and times are short. */
#ifndef YK_DECODE_JSON_PULL_H
#define YK_DECODE_JSON_PULL_H

#include "decode/camera_record.h"

enum {
    YK_JSON_PULL_DEPTH = 64,     /* a bit of a word for each */
    YK_JSON_PULL_TEXT_MAX = 256, /* bytes of a string that was written with escapes */
};

/* A place in a text that passed. As {0} it is a value that is not there, which has no kind, no members and no number. */
struct yk_json_pull {
    const char *text; /* the value's first byte */
    const char *end;  /* of the text that passed; the value may end before */
    bool reals;       /* whole numbers are read as reals */
};

/* The object or array that the text begins with, blanks before it allowed; *taken is where it ends. False if it is none. */
bool yk_json_pull_open(const char *text, size_t length, struct yk_json_pull *out, size_t *taken);

/* One value of a message, as in json_record.h: the same values are handed on, the same drops counted. */
typedef enum yk_status yk_json_pull_fn(void *state, struct yk_json_pull object, const struct yk_camera_sink *sink,
                                       struct yk_error *err);
enum yk_status yk_json_pull_record(const char *text, size_t length, yk_json_pull_fn *fn, void *state,
                                   const struct yk_camera_sink *sink, struct yk_error *err) YK_MUST_CHECK;

/* '{', '[', '"', 't', 'f', 'n', '0' for a number; 0 for a value that is not there. */
char yk_json_pull_kind(struct yk_json_pull value);

/* The members of an object or the elements of an array, in their order. False after the last, and for any other value. */
struct yk_json_pull_walk {
    struct yk_json_pull key; /* the name of the member; nothing in an array */
    struct yk_json_pull value;
    struct yk_json_pull next;
};
struct yk_json_pull_walk yk_json_pull_enter(struct yk_json_pull value);
bool yk_json_pull_next(struct yk_json_pull_walk *walk);

/* The members with these names, all found in one walk; {0} for what an object lacks, and for all of what is no object. */
void yk_json_pull_members(struct yk_json_pull object, const char *const *keys, struct yk_json_pull *out, size_t count);

struct yk_json_pull_text {
    const char *text; /* in the message, or in `own`; no NUL behind it and none in it */
    size_t length;
    char own[YK_JSON_PULL_TEXT_MAX];
};

/* False if it is no string, or one with escapes that is too long. */
bool yk_json_pull_text(struct yk_json_pull value, struct yk_json_pull_text *out);
bool yk_json_pull_is(struct yk_json_pull value, const char *text); /* that text, whatever the case */
/* A number, or text that is one; finite. */
bool yk_json_pull_number(struct yk_json_pull value, double *out);
/* Written as a whole number, and to be read as one: of a message with none beyond 63 bits. */
bool yk_json_pull_integer(struct yk_json_pull value, int64_t *out);

#endif
