/* A Redis under measurement. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One private server listens on a unix socket, on TCP and on TLS at once (tests/support/secure_redis.h), so that the three
 * roads into it are compared on the same process. With AOF it runs `everysec`, and its file is never rewritten: a rewrite is a
 * child process whose cost would fall on whoever happens to be measured then. */
#ifndef YK_BENCH_SERVER_H
#define YK_BENCH_SERVER_H

#include "link/redis.h"
#include "support/secure_redis.h"

enum yk_road { YK_ROAD_UNIX, YK_ROAD_TCP, YK_ROAD_TLS, YK_ROAD_COUNT };
const char *yk_road_name(enum yk_road road);

/* dir is made if it is not there. */
void yk_bench_server_start(struct yk_secure_redis *server, const char *dir, bool aof);
/* Ends it and removes what it wrote; its keys and certificates stay for the next start. */
void yk_bench_server_end(struct yk_secure_redis *server);

struct yk_redis *yk_bench_connect(const struct yk_secure_redis *server, enum yk_road road);
/* A command of texts; its reply is freed with freeReplyObject. Ends the bench when it fails. */
redisReply *yk_bench_ask(struct yk_redis *redis, int argc, const char **argv);
/* A number of INFO, by its name with the colon. */
double yk_bench_server_info(struct yk_redis *redis, const char *section, const char *name);
/* CPU seconds of the server, all its threads, since its start. */
double yk_bench_server_seconds(struct yk_redis *redis);

#endif
