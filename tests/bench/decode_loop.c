/* The reference of stream.frames_to_rows: every frame of a spool is parsed, unpacked and decoded, and nothing is done with it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/outbox.h"

#include <stdio.h>

static struct yk_presence records[YK_FRAME_RECORDS_MAX];

static void count(void *context, const struct yk_observation *observation)
{
    (void)observation;
    ++*(unsigned long long *)context;
}

int main(int argc, char **argv)
{
    struct yk_outbox *outbox = NULL;
    struct yk_unpacker *unpacker = yk_unpacker_new();
    struct yk_error err = {0};
    if (!unpacker || argc != 2 || yk_outbox_new(argv[1], &outbox, &err) != YK_OK ||
        yk_outbox_scan(outbox, &err) != YK_OK) {
        fprintf(stderr, "usage: bench_decode_loop SPOOL (%s)\n", err.message);
        return 1;
    }
    unsigned long long observations = 0;
    const uint8_t *bytes;
    size_t size;
    while (yk_outbox_next(outbox, (struct yk_mono){1}, (struct yk_mono){0}, &bytes, &size)) {
        struct yk_frame frame;
        if (yk_frame_parse(bytes, size, &frame) != YK_FRAME_OK || !yk_frame_unpack(unpacker, &frame))
            return 1;
        if (frame.header.flags & YK_FRAME_TOMBSTONE)
            continue;
        if (frame.header.group == YK_GROUP_PRESENCE && yk_body_presence_decode(&frame, records))
            observations += frame.header.records;
        else if (frame.header.group == YK_GROUP_PLAIN && !yk_body_plain_decode(&frame, count, &observations))
            return 1;
    }
    printf("%llu\n", observations);
    yk_outbox_free(outbox);
    yk_unpacker_free(unpacker);
    return 0;
}
