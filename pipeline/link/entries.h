/* The reply to XREAD, walked. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     [[KEY, [[ID, [NAME, VALUE, ...]], ...]], ...]    streams in the order in which they were asked for
 *
 * An edge decides what is in its stream: any number of fields, of any size. What has another shape than one field with
 * a value is handed over as an empty entry, which no frame is: it is counted and refused where frames are, and the
 * position passes it. */
#ifndef YK_LINK_ENTRIES_H
#define YK_LINK_ENTRIES_H

#include "base/error.h"

#include <hiredis/hiredis.h>
#include <stddef.h>
#include <stdint.h>

struct yk_stream_entry {
    size_t stream; /* index of its key */
    const char *id;
    const uint8_t *bytes; /* never NULL */
    size_t size;
};

typedef enum yk_status yk_stream_entry_fn(void *context, const struct yk_stream_entry *entry, struct yk_error *err);

/* key_of(context, i): the key of stream i of count. Whatever does not have the shape of an entry is passed over. */
typedef const char *yk_stream_key_fn(void *context, size_t i);
enum yk_status yk_entries_walk(const redisReply *reply, size_t count, yk_stream_key_fn *key_of, yk_stream_entry_fn *fn,
                               void *context, struct yk_error *err) YK_MUST_CHECK;

#endif
