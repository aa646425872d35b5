/* Drops are data: every rejection has a reason and a counter that a person can see.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reasons of all collectors in one list, because they travel by number in `health` observations and are shown by
 * name. Numbers are part of the wire format: append, never reorder. */
#ifndef YK_BASE_DROPS_H
#define YK_BASE_DROPS_H

#include <stdint.h>

#define YK_DROP_REASONS(X)                                                      \
    X(truncated, "a record ends before its layout does")                        \
    X(bad_crc, "the radio packet's checksum is wrong")                          \
    X(malformed, "a field has a value that its layout forbids")                 \
    X(unsupported, "a record of a kind that is not read")                       \
    X(anonymous, "an advertisement without an address")                         \
    X(bad_json, "a line is not valid JSON")                                     \
    X(bad_schema, "a message lacks a field or has one of the wrong kind")       \
    X(bad_time, "a time stamp cannot be read or is out of range")               \
    X(out_of_order, "a record is older than what was already closed")           \
    X(untracked, "a detection without a track id")                              \
    X(not_person, "an object that is not a person")                             \
    X(table_full, "the fixed table was full and its oldest entry was given up") \
    X(too_long, "a line or message longer than the limit")                      \
    X(reserved_address, "a random address of the reserved class")               \
    X(spool_full, "no room on disk for the frame")                              \
    X(undated, "heard before the clock was known, and lost before it was")      \
    X(deaf, "a second in which the radio's adapter did not listen")             \
    X(overrun, "came while there was no room for it: a socket's, a stream's")   \
    X(bad_xml, "a document is not well-formed XML, or declares a type")         \
    X(unmapped, "a line or zone of the device that nothing here names")         \
    X(duplicate, "a count that was told before, or in two ways")                \
    X(refused, "a message from a stranger, or without its token")

enum yk_drop {
#define X(name, text) YK_DROP_##name,
    YK_DROP_REASONS(X)
#undef X
        YK_DROP_COUNT
};

struct yk_drops {
    uint64_t count[YK_DROP_COUNT];
};

static inline void yk_drop(struct yk_drops *drops, enum yk_drop reason)
{
    drops->count[reason]++;
}

/* Short name ("bad_crc") and a sentence for people. */
const char *yk_drop_name(enum yk_drop reason);
const char *yk_drop_text(enum yk_drop reason);

#endif
