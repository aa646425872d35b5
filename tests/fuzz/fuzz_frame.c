/* The envelope, and behind it tombstones and both bodies, unpacked. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/frame.h"
#include "frame/tag.h"

#include <stdlib.h>

static void take(void *context, const struct yk_observation *observation)
{
    uint64_t *sum = context;
    *sum += (uint64_t)observation->kind;
    if (observation->kind == YK_KIND_HEALTH && observation->as.health.t1_s <= observation->as.health.t0_s)
        abort(); /* an empty interval must not come through */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    static const uint8_t key[YK_FRAME_PUBLIC_SIZE] = {1};
    static struct yk_unpacker *unpacker;
    struct yk_frame frame;
    uint64_t sum = 0, last;
    if (!unpacker && !(unpacker = yk_unpacker_new()))
        abort();
    while (length > 0 && yk_frame_parse(bytes, length, &frame) == YK_FRAME_OK) {
        if (yk_frame_verify(&frame, key) || yk_tag_check(&frame, key))
            abort();
        if (yk_frame_tombstone(&frame, &last) && (last < frame.header.sequence || frame.header.records != 0))
            abort();
        bytes += frame.size;
        length -= frame.size;
        if (!yk_frame_unpack(unpacker, &frame))
            continue;
        if (frame.body_size > YK_FRAME_BODY_MAX)
            abort();
        if (yk_body_presence_decode(&frame, records))
            for (unsigned i = 0; i < frame.header.records; i++)
                if (records[i].last_ds < records[i].first_ds || records[i].last_ds > 99 || records[i].adverts == 0)
                    abort();
        (void)yk_body_plain_decode(&frame, take, &sum);
    }
    return 0;
}
