/* What a server says, as replies, and each reply as one to XREAD. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The input comes in two pieces, split where its last byte says: a reply may be cut anywhere on the wire. */
#include "link/entries.h"
#include "link/reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *key_of(void *context, size_t i)
{
    static const char *const keys[] = {"a", "b", "yukikai:{d:0}:frames:e1"};
    (void)context;
    return keys[i];
}

static enum yk_status take(void *context, const struct yk_stream_entry *entry, struct yk_error *err)
{
    size_t *sum = context;
    (void)err;
    if (entry->stream >= 3 || strlen(entry->id) == SIZE_MAX)
        abort();
    for (size_t i = 0; i < entry->size; i++)
        *sum += entry->bytes[i];
    return entry->size == 7 ? YK_ERR_FULL : YK_OK;
}

static bool feed(struct yk_reader *reader, const uint8_t *bytes, size_t size)
{
    size_t sum = 0;
    if (yk_reader_feed(reader, bytes, size, NULL) != YK_OK)
        return false;
    for (;;) {
        redisReply *reply;
        if (yk_reader_next(reader, &reply, NULL) != YK_OK)
            return false;
        if (!reply)
            return true;
        enum yk_status status = yk_entries_walk(reply, 3, key_of, take, &sum, NULL);
        if (status != YK_OK && status != YK_ERR_FULL)
            abort();
        freeReplyObject(reply);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct yk_reader *reader;
    if (length == 0 || yk_reader_new(&reader, NULL) != YK_OK)
        return 0;
    size_t first = bytes[length - 1] % length;
    if (feed(reader, bytes, first))
        (void)feed(reader, bytes + first, length - first);
    yk_reader_free(reader);
    return 0;
}
