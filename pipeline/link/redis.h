/* A connection to Redis, and the names of the keys. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     yukikai:{DISTRICT:SHARD}:frames:EDGE    stream, one field "f": a frame. Only that edge adds to it.
 *     yukikai:{DISTRICT:SHARD}:covered:EDGE   string: the signed message of frame/received.h. Only the worker sets it.
 *     yukikai:{DISTRICT:SHARD}:quarantine     stream: what the worker refused, for a bounded time
 *     yukikai:{DISTRICT:SHARD}:sealing:EDGE   stream, one field "f": a signed sealing key. Only that edge adds to it.
 *     yukikai:{DISTRICT:SHARD}:key:EDGE       string: the signed, sealed epoch key. Only `yukikai keys run` sets it.
 *
 * The braces are hash tags: all keys of a shard live on one node of a cluster. hiredis' reader and formatter speak the
 * protocol; the bytes go over our own socket, plain or through OpenSSL (TLS 1.3), because Debian 12's hiredis has no
 * TLS and because what is appended must leave in one write: with TLS each write is a record of its own. Calls block up
 * to a time limit, return early when the program was asked to end (base/stop.h), and report a peer that is away as
 * YK_ERR_UNAVAILABLE; who calls waits and connects again. */
#ifndef YK_LINK_REDIS_H
#define YK_LINK_REDIS_H

#include "base/error.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_KEY_SIZE 160

void yk_key_frames(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge);
void yk_key_covered(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge);
void yk_key_quarantine(char out[static YK_KEY_SIZE], const char *district, unsigned shard);
void yk_key_sealing(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge);
void yk_key_epoch_key(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge);

struct yk_redis_options {
    const char *url; /* "unix:PATH", "tcp://HOST[:PORT]" or "tls://HOST[:PORT]" (default ports 6379 and 6380) */
    /* Where secrets lie; NULL: none is used. Looked for in $CREDENTIALS_DIRECTORY (systemd) first, then here:
     *     ca.crt              who may sign the server's certificate; needed for tls://
     *     client.crt, .key    presented if both are there
     *     USER.password       one line; AUTH USER PASSWORD is sent if it is there and user is not NULL
     * A password or key that others can read is refused. Nothing of them is ever logged. */
    const char *credentials;
    const char *user;
};

struct yk_redis;

/* Free with yk_redis_free (NULL is fine). The options are copied as far as they are needed. */
enum yk_status yk_redis_connect(const struct yk_redis_options *options, struct yk_redis **out,
                                struct yk_error *err) YK_MUST_CHECK;
/* The same with the user's password from elsewhere than from a file of that name. It is not kept. */
enum yk_status yk_redis_connect_with(const struct yk_redis_options *options, const char *password,
                                     struct yk_redis **out, struct yk_error *err) YK_MUST_CHECK;
void yk_redis_free(struct yk_redis *redis);

/* Puts a command into the outgoing buffer; argvlen NULL: the arguments are strings. Nothing is sent yet. */
enum yk_status yk_redis_append(struct yk_redis *redis, int argc, const char **argv, const size_t *argvlen,
                               struct yk_error *err) YK_MUST_CHECK;
/* Sends what is in the buffer, in one write where the socket takes it, and waits for the next reply. *reply is freed
 * with freeReplyObject. An error reply of Redis becomes YK_ERR_FULL (OOM), YK_ERR_UNAVAILABLE (LOADING, BUSY, READONLY,
 * MISCONF) or YK_ERR_REFUSED (NOAUTH, NOPERM, WRONGPASS), others YK_ERR_INTERNAL; *reply is NULL then. After a failure
 * of the connection itself the connection is of no more use (yk_redis_broken). */
enum yk_status yk_redis_reply(struct yk_redis *redis, redisReply **reply, struct yk_error *err) YK_MUST_CHECK;
/* append and reply in one. */
enum yk_status yk_redis_command(struct yk_redis *redis, int argc, const char **argv, const size_t *argvlen,
                                redisReply **reply, struct yk_error *err) YK_MUST_CHECK;
bool yk_redis_broken(const struct yk_redis *redis);
/* Bytes sent and received so far, as they were on the wire before TLS. */
void yk_redis_traffic(const struct yk_redis *redis, uint64_t *sent, uint64_t *received);

#endif
