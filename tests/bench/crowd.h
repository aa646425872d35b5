/* A district of many edges, each with a key, a password, a spool and an uplink of its own. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 *     DIR/crowd.yaml          20 radios a place
 *     DIR/keys                the district's pair, and the list of edges
 *     DIR/edges/N/            keys (edge.key, edge.pub, district.pub) and spool of edge e-N, whose radio is r-N
 *
 * Keys are made in this process: a thousand runs of `yukikai keys` would take minutes. Frames are of now, so that a live
 * worker takes them. */
#ifndef YK_BENCH_CROWD_H
#define YK_BENCH_CROWD_H

#include "process.h"
#include "support/secure_redis.h"

#define YK_CROWD_DISTRICT "crowd"

struct yk_crowd_edge {
    char id[32], user[40], password[40], rules[320], keys[YK_BENCH_PATH], spool[YK_BENCH_PATH];
    uint8_t *secret; /* 64 bytes */
    uint64_t frames; /* laid into its spool so far */
    struct yk_child uplink;
};

struct yk_crowd {
    size_t count;
    char dir[YK_BENCH_PATH / 2], district[YK_BENCH_PATH], keys[YK_BENCH_PATH], log[YK_BENCH_PATH];
    struct yk_crowd_edge *edges;
    struct yk_secure_user *users; /* of Redis: every edge, and the worker */
    size_t user_count;
    uint64_t observations;
};

void yk_crowd_make(struct yk_crowd *crowd, const char *dir, size_t count);
void yk_crowd_free(struct yk_crowd *crowd);
/* Lays minutes of presence and health that ended just now into every spool: two frames a minute. */
void yk_crowd_spool(struct yk_crowd *crowd, int minutes);
/* Starts the uplinks; returns how many run (the first ones). They run when nothing else wants to (SCHED_IDLE): in service each
 * has a machine of its own, and must not take the district's away from it. */
size_t yk_crowd_start(struct yk_crowd *crowd, const char *url);
void yk_crowd_end(struct yk_crowd *crowd);
/* True if no segment is left in the edge's spool. */
bool yk_crowd_drained(const struct yk_crowd_edge *edge);
uint64_t yk_crowd_frames(const struct yk_crowd *crowd);

#endif
