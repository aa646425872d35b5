/* hiredis' reader with bounds. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/reader.h"

#include <stdbool.h>
#include <stdlib.h>

struct yk_reader {
    redisReader *reader;
    redisReplyObjectFunctions functions; /* hiredis' own but for arrays */
    void *(*create_array)(const redisReadTask *, int);
    size_t fed;      /* bytes of the reply at hand, and of what came behind it */
    size_t elements; /* of the reply at hand */
    bool too_large;
};

/* The reader takes NULL for "out of memory" and stops. */
static void *bounded_array(const redisReadTask *task, int elements)
{
    struct yk_reader *reader = task->privdata;
    if (elements > 0)
        reader->elements += (size_t)elements;
    if (reader->elements > YK_REPLY_ELEMENTS_MAX) {
        reader->too_large = true;
        return NULL;
    }
    return reader->create_array(task, elements);
}

enum yk_status yk_reader_new(struct yk_reader **out, struct yk_error *err)
{
    struct yk_reader *reader = calloc(1, sizeof *reader);
    *out = reader;
    if (!reader)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    reader->reader = redisReaderCreate();
    if (!reader->reader) {
        free(reader);
        *out = NULL;
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    reader->functions = *reader->reader->fn;
    reader->create_array = reader->functions.createArray;
    reader->functions.createArray = bounded_array;
    reader->reader->fn = &reader->functions;
    reader->reader->privdata = reader;
    return YK_OK;
}

void yk_reader_free(struct yk_reader *reader)
{
    if (!reader)
        return;
    redisReaderFree(reader->reader);
    free(reader);
}

static enum yk_status failed(const struct yk_reader *reader, struct yk_error *err)
{
    if (reader->too_large)
        return yk_error_set(err, YK_ERR_INPUT, "a reply is larger than %zu MiB or %zu elements; it is refused",
                            YK_REPLY_BYTES_MAX >> 20, YK_REPLY_ELEMENTS_MAX);
    if (reader->reader->err == REDIS_ERR_OOM)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    return yk_error_set(err, YK_ERR_UNAVAILABLE, "what answers is not Redis: %s", reader->reader->errstr);
}

enum yk_status yk_reader_feed(struct yk_reader *reader, const void *bytes, size_t size, struct yk_error *err)
{
    reader->fed += size;
    if (reader->too_large || redisReaderFeed(reader->reader, bytes, size) != REDIS_OK)
        return failed(reader, err);
    return YK_OK;
}

enum yk_status yk_reader_next(struct yk_reader *reader, redisReply **reply, struct yk_error *err)
{
    void *got = NULL;
    *reply = NULL;
    if (reader->too_large || redisReaderGetReply(reader->reader, &got) != REDIS_OK)
        return failed(reader, err);
    size_t behind = got ? reader->reader->len - reader->reader->pos : 0; /* bytes of later replies */
    if (reader->fed - behind > YK_REPLY_BYTES_MAX) {
        freeReplyObject(got);
        reader->too_large = true;
        return failed(reader, err);
    }
    if (got) {
        reader->fed = behind;
        reader->elements = 0;
    }
    *reply = got;
    return YK_OK;
}
