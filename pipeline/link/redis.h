/* A connection to Redis, and the names of the keys. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     yukikai:{DISTRICT:SHARD}:frames:EDGE   stream, one field "f": a frame. Only that edge adds to it.
 *     yukikai:{DISTRICT:SHARD}:covered       hash, EDGE -> the signed message of frame/received.h
 *
 * The braces are hash tags: all keys of a shard live on one node of a cluster. Calls block up to the timeout and report
 * a peer that is away as YK_ERR_UNAVAILABLE; who calls waits and connects again. */
#ifndef YK_LINK_REDIS_H
#define YK_LINK_REDIS_H

#include "base/error.h"

#include <hiredis/hiredis.h>
#include <stddef.h>

#define YK_KEY_SIZE 160

void yk_key_frames(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge);
void yk_key_covered(char out[static YK_KEY_SIZE], const char *district, unsigned shard);

/* url: "unix:PATH" or "tcp://HOST[:PORT]". Free with redisFree. */
enum yk_status yk_redis_connect(const char *url, redisContext **out, struct yk_error *err) YK_MUST_CHECK;

/* Sends one command and waits. *reply is freed with freeReplyObject. An error reply of Redis becomes YK_ERR_FULL (OOM),
 * YK_ERR_UNAVAILABLE (LOADING, BUSY, READONLY) or YK_ERR_REFUSED (NOAUTH, NOPERM), others YK_ERR_INTERNAL. */
enum yk_status yk_redis_command(redisContext *redis, int argc, const char **argv, const size_t *argvlen,
                                redisReply **reply, struct yk_error *err) YK_MUST_CHECK;
/* For pipelines: the next reply of commands appended before; same statuses. */
enum yk_status yk_redis_reply(redisContext *redis, redisReply **reply, struct yk_error *err) YK_MUST_CHECK;

#endif
