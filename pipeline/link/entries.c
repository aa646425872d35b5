/* Walking a reply whose shape is not taken on trust. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/entries.h"

#include <stdbool.h>
#include <string.h>

static bool is_array(const redisReply *reply, size_t elements)
{
    return reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == elements;
}

static bool is_text(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_STRING && reply->str;
}

static enum yk_status take_entry(const redisReply *reply, size_t stream, yk_stream_entry_fn *fn, void *context,
                                 struct yk_error *err)
{
    static const uint8_t nothing[1];
    if (!is_array(reply, 2) || !is_text(reply->element[0]))
        return YK_OK;
    struct yk_stream_entry entry = {stream, reply->element[0]->str, nothing, 0};
    const redisReply *fields = reply->element[1];
    if (is_array(fields, 2) && is_text(fields->element[0]) && is_text(fields->element[1])) {
        entry.bytes = (const uint8_t *)fields->element[1]->str;
        entry.size = fields->element[1]->len;
    }
    return fn(context, &entry, err);
}

enum yk_status yk_entries_walk(const redisReply *reply, size_t count, yk_stream_key_fn *key_of, yk_stream_entry_fn *fn,
                               void *context, struct yk_error *err)
{
    if (!reply || reply->type != REDIS_REPLY_ARRAY)
        return YK_OK;
    size_t i = 0; /* they come in our order: one way through both lists */
    for (size_t s = 0; s < reply->elements && i < count; s++) {
        const redisReply *stream = reply->element[s];
        if (!is_array(stream, 2) || !is_text(stream->element[0]) || !stream->element[1] ||
            stream->element[1]->type != REDIS_REPLY_ARRAY)
            continue;
        size_t tried = i;
        while (tried < count && strcmp(key_of(context, tried), stream->element[0]->str) != 0)
            tried++;
        if (tried == count)
            continue;
        i = tried + 1;
        for (size_t e = 0; e < stream->element[1]->elements; e++) {
            enum yk_status status = take_entry(stream->element[1]->element[e], tried, fn, context, err);
            if (status != YK_OK)
                return status;
        }
    }
    return YK_OK;
}
