/* Bodies without an envelope around them: what decodes must come back from its own encoding.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Input: records in the first byte, group in the second (and whether the body is packed), the body after them. */
#include "frame/frame.h"

#include <stdlib.h>
#include <string.h>

#define BASE_S 1774987200
#define LAST_S (BASE_S + 3599)

static struct yk_presence in[YK_FRAME_RECORDS_MAX], out[YK_FRAME_RECORDS_MAX];
static uint8_t body[YK_FRAME_BODY_MAX];

static void again(void *context, const struct yk_observation *o)
{
    size_t *used = context;
    size_t size = yk_body_plain_encode(o, BASE_S, body + *used, sizeof body - *used);
    if (size == 0)
        abort();
    *used += size;
}

static void count(void *context, const struct yk_observation *o)
{
    unsigned *records = context;
    (void)o;
    ++*records;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof in[0]);
}

/* The order of ids is not kept where one stands twice: records are compared as a set. */
static void same_records(size_t records)
{
    qsort(in, records, sizeof in[0], by_bytes);
    qsort(out, records, sizeof out[0], by_bytes);
    if (memcmp(in, out, records * sizeof in[0]) != 0)
        abort();
}

/* What is packed comes back as it was. */
static void through_zstd(struct yk_packer *packer, struct yk_unpacker *unpacker, struct yk_frame frame)
{
    const uint8_t *plain = frame.body;
    size_t size = frame.body_size;
    frame.header.flags = yk_pack(packer, &frame.body, &frame.body_size);
    if (!yk_frame_unpack(unpacker, &frame) || frame.body_size != size || memcmp(frame.body, plain, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return 0;
    struct yk_frame frame = {.body = bytes + 2, .body_size = length - 2};
    frame.header.records = bytes[0];
    frame.header.base_s = BASE_S;
    frame.header.last_s = LAST_S;
    frame.header.flags = bytes[1] & 2 ? YK_FRAME_ZSTD : 0;
    static struct yk_packer *packer;
    static struct yk_unpacker *unpacker;
    if (!packer && (!(packer = yk_packer_new()) || !(unpacker = yk_unpacker_new())))
        abort();
    size_t size = 0;
    unsigned records = 0;
    if (!yk_frame_unpack(unpacker, &frame))
        return 0;
    if (bytes[1] % 2) {
        if (!yk_body_presence_decode(&frame, in))
            return 0;
        frame.body_size = yk_body_presence_encode(in, frame.header.records, BASE_S, body, sizeof body);
        frame.body = body;
        if (frame.body_size == 0 || !yk_body_presence_decode(&frame, out))
            abort();
        through_zstd(packer, unpacker, frame);
        same_records(frame.header.records);
    } else if (yk_body_plain_decode(&frame, count, &records) && records > 0) {
        if (records != frame.header.records || !yk_body_plain_decode(&frame, again, &size))
            abort();
        frame.body = body;
        frame.body_size = size;
        records = 0;
        if (!yk_body_plain_decode(&frame, count, &records) || records != frame.header.records)
            abort();
        through_zstd(packer, unpacker, frame);
    }
    return 0;
}
