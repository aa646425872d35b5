/* Frames out of a spool, into Redis, and what the district says it has. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_FRAMES_H
#define YK_TESTS_SUPPORT_FRAMES_H

#include "frame/frame.h"
#include "frame/received.h"
#include "link/redis.h"
#include "support/rig.h"

struct yk_test_frames {
    struct yk_frame *list; /* each with its own bytes; bodies are unpacked */
    size_t count, capacity;
};

void yk_test_frames_read(struct yk_test_frames *frames, const char *spool);
void yk_test_frames_free(struct yk_test_frames *frames);

/* Packs the observations of one spool anew into another, as a live collector would have (a minute of presence, 5 s of
 * the rest): many small frames. A live collector itself would erase recordings of ended epochs at once. */
void yk_test_frames_repack(const char *from, const char *to, const char *keys);

struct yk_redis *yk_test_redis_connect(const char *url);
/* The same with a user and the folder of its secrets. */
struct yk_redis *yk_test_redis_connect_as(const struct yk_redis_options *options);
/* A command of texts up to NULL, which has to succeed; its reply is freed with freeReplyObject. */
redisReply *yk_test_redis_do(struct yk_redis *redis, ...) __attribute__((sentinel));
/* Adds bytes to the edge's stream of the district `riverside`. */
void yk_test_redis_add(struct yk_redis *redis, const char *edge, const void *bytes, size_t size);
size_t yk_test_redis_length(struct yk_redis *redis, const char *edge);

/* How many of the frames the signed covered message of edge `local` says the district has; 0 without a message or a
 * Redis. */
size_t yk_test_covered(const char *url, const char *keys, const struct yk_test_frames *frames);

/* The pseudonyms in the presence frames, each once: *out is malloc'd. */
size_t yk_test_pseudonyms(const struct yk_test_frames *frames, uint64_t **out);

#endif
