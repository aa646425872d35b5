/* A redis-server of our own on a unix socket. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * No TCP port, no AOF, no RDB: pseudonyms on Redis' disk would outlive their epoch, and the edges send again instead.
 */
#ifndef YK_SUPERVISE_PRIVATE_REDIS_H
#define YK_SUPERVISE_PRIVATE_REDIS_H

#include "config/config.h"
#include "supervise/child.h"

struct yk_private_redis {
    struct yk_child child;
    char dir[YK_PATH_SIZE];      /* absolute */
    char url[YK_PATH_SIZE + 16]; /* "unix:DIR/redis.sock" */
    char log[YK_PATH_SIZE + 16];
};

/* Starts it in dir and waits until its socket takes connections. The child can then be started again as any other (it
 * clears away its old socket by itself). */
enum yk_status yk_private_redis_start(struct yk_private_redis *redis, const char *dir,
                                      struct yk_error *err) YK_MUST_CHECK;
/* True if its socket takes connections. context: a struct yk_private_redis. */
bool yk_private_redis_answers(void *context);

#endif
