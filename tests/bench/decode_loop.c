/* The reference of stream.frames_to_rows and analyze.day_cpu_s: every frame of some spools is parsed, unpacked and
 * decoded, and nothing is done with it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "spooled.h"

#include <stdio.h>

static struct yk_presence records[YK_FRAME_RECORDS_MAX];

struct loop {
    struct yk_unpacker *unpacker;
    unsigned long long observations;
};

static void count(void *context, const struct yk_observation *observation)
{
    (void)observation;
    ++*(unsigned long long *)context;
}

static bool decode(void *context, const struct yk_frame *given)
{
    struct loop *loop = context;
    struct yk_frame frame = *given;
    if (frame.header.flags & YK_FRAME_TOMBSTONE)
        return true;
    if (!yk_frame_unpack(loop->unpacker, &frame))
        return false;
    if (frame.header.group != YK_GROUP_PRESENCE)
        return yk_body_plain_decode(&frame, count, &loop->observations);
    loop->observations += frame.header.records;
    return yk_body_presence_decode(&frame, records);
}

int main(int argc, char **argv)
{
    struct loop loop = {.unpacker = yk_unpacker_new()};
    bool ok = loop.unpacker && argc > 1;
    for (int i = 1; i < argc && ok; i++)
        ok = yk_spooled_walk(argv[i], decode, &loop);
    if (ok)
        printf("%llu\n", loop.observations);
    else
        fprintf(stderr, "usage: bench_decode_loop SPOOL..., of whole frames\n");
    yk_unpacker_free(loop.unpacker);
    return ok ? 0 : 1;
}
