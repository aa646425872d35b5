/* One machine that runs live on two pipes: a camera and a radio that do as they are told. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * `yukikai up` on the example district, with a FIFO for cam-1 and one for radio-1: what is written now has happened now.
 * What becomes of it is looked at from outside, without disturbing: the spool's frames, Redis' count of entries, the signed
 * covered message, the publish store. */
#ifndef YK_BENCH_LIVE_DISTRICT_H
#define YK_BENCH_LIVE_DISTRICT_H

#include "frame/received.h"
#include "link/outbox.h"
#include "link/redis.h"
#include "process.h"
#include "store/publish.h"

struct yk_live_district {
    char run[YK_BENCH_PATH / 2], log[YK_BENCH_PATH], pipes[2][YK_BENCH_PATH], inputs[2][YK_BENCH_PATH + 16];
    char district[YK_BENCH_PATH], publish_path[YK_BENCH_PATH];
    struct yk_child up;
    int camera, radio; /* writing ends */
    struct yk_outbox *outbox;
    struct yk_redis *redis;
    struct yk_publish *publish;
    uint8_t district_public[YK_FRAME_PUBLIC_SIZE];
    uint64_t covered_counter;
    int64_t generation;
};

/* Starts it and waits until all parts are at work. */
void yk_live_district_start(struct yk_live_district *live, const char *dir);
void yk_live_district_end(struct yk_live_district *live);

/* One picture of the camera, now, with some tracks at (x, 500). */
struct yk_live_track {
    unsigned id;
    double x;
};
void yk_live_district_picture(struct yk_live_district *live, const struct yk_live_track *tracks, size_t count);
/* One advert of device n, now. */
void yk_live_district_advert(struct yk_live_district *live, unsigned n);

/* The next frame that was spooled since; false: none. The bytes hold until the next call. */
bool yk_live_district_frame(struct yk_live_district *live, struct yk_frame *frame);
/* Entries that Redis has been given in the edge's stream, ever. */
uint64_t yk_live_district_added(struct yk_live_district *live);
/* What the district says it has; cleared by the caller. False: nothing yet. */
bool yk_live_district_covered(struct yk_live_district *live, struct yk_received *covered);
/* True when something was published since the last call. */
bool yk_live_district_published(struct yk_live_district *live);
/* Crossings of the street, both directions, in the rows of the publish store. */
double yk_live_district_footfall(struct yk_live_district *live);

#endif
