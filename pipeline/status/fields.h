/* A struct's fields by name, so that writing and reading its JSON are one list. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading is strict where it matters: a field of the wrong kind, a text that is too long or holds anything but
 * printable ASCII, or a negative count fails the whole record, because a status file is read by another program than the
 * one that wrote it and its texts go to a terminal. A field that is missing, or null, is the kind's nothing: an older
 * program's file can be read. What is not listed is ignored: so can a newer one's. */
#ifndef YK_STATUS_FIELDS_H
#define YK_STATUS_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_NONE INT64_MIN /* no such time */

enum yk_field_kind {
    YK_FIELD_TEXT,  /* char[size]; nothing: "" */
    YK_FIELD_COUNT, /* uint64_t; nothing: 0 */
    YK_FIELD_TIME,  /* int64_t, seconds; nothing: YK_NONE, null in the file */
    YK_FIELD_FLAG,  /* bool */
    YK_FIELD_REAL,  /* double; nothing: NAN, null in the file */
};

struct yk_field {
    const char *name;
    enum yk_field_kind kind;
    size_t offset, size;
};

#define YK_FIELD(kind, type, member)                                                  \
    {                                                                                 \
#member, YK_FIELD_##kind, offsetof(type, member), sizeof(((type *)0)->member) \
    }

/* A new object; NULL if memory ran out. */
json_t *yk_fields_write(const struct yk_field *fields, size_t count, const void *record);
/* False if a field contradicts its kind; the record is whole in either case. */
bool yk_fields_read(const struct yk_field *fields, size_t count, const json_t *object, void *record);

/* How often something happened, by its name, and when last. */
#define YK_TALLY_NAME 24
#define YK_TALLIES    24

struct yk_tally {
    char name[YK_TALLY_NAME];
    uint64_t count;
    int64_t last_s; /* YK_NONE: not known */
};

/* Ends at the first empty name. */
struct yk_tallies {
    struct yk_tally list[YK_TALLIES];
};
void yk_tally_add(struct yk_tallies *tallies, const char *name, uint64_t count, int64_t last_s);
uint64_t yk_tally_count(const struct yk_tallies *tallies, const char *name);
uint64_t yk_tally_sum(const struct yk_tallies *tallies);
/* {"bad_crc": {"count": 2, "last_s": 1790000000}} */
json_t *yk_tallies_write(const struct yk_tallies *tallies);
bool yk_tallies_read(const json_t *object, struct yk_tallies *tallies);

#endif
