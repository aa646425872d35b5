/* hiredis with our errors. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/redis.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define CONNECT_TIMEOUT_S 5
#define COMMAND_TIMEOUT_S 20

void yk_key_frames(char out[static YK_KEY_SIZE], const char *district, unsigned shard, const char *edge)
{
    snprintf(out, YK_KEY_SIZE, "yukikai:{%s:%u}:frames:%s", district, shard, edge);
}

void yk_key_covered(char out[static YK_KEY_SIZE], const char *district, unsigned shard)
{
    snprintf(out, YK_KEY_SIZE, "yukikai:{%s:%u}:covered", district, shard);
}

enum yk_status yk_redis_connect(const char *url, redisContext **out, struct yk_error *err)
{
    *out = NULL;
    struct timeval timeout = {CONNECT_TIMEOUT_S, 0};
    redisContext *redis;
    if (strncmp(url, "unix:", 5) == 0) {
        redis = redisConnectUnixWithTimeout(url + 5, timeout);
    } else if (strncmp(url, "tcp://", 6) == 0) {
        char host[256];
        snprintf(host, sizeof host, "%s", url + 6);
        char *colon = strrchr(host, ':');
        long port = 6379;
        if (colon) {
            char *end;
            *colon = '\0';
            port = strtol(colon + 1, &end, 10);
            if (*end || port < 1 || port > 65535)
                return yk_error_set(err, YK_ERR_CONFIG, "'%s' has no port from 1 to 65535", url);
        }
        redis = redisConnectWithTimeout(host, (int)port, timeout);
    } else {
        return yk_error_set(err, YK_ERR_CONFIG, "'%s' is no Redis address: unix:PATH or tcp://HOST:PORT", url);
    }
    if (!redis)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (redis->err) {
        enum yk_status status = yk_error_set(err, YK_ERR_UNAVAILABLE, "Redis at %s: %s", url, redis->errstr);
        redisFree(redis);
        return status;
    }
    redisSetTimeout(redis, (struct timeval){COMMAND_TIMEOUT_S, 0});
    *out = redis;
    return YK_OK;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

enum yk_status yk_redis_reply(redisContext *redis, redisReply **reply, struct yk_error *err)
{
    void *got = NULL;
    *reply = NULL;
    if (redisGetReply(redis, &got) != REDIS_OK)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "Redis: %s", redis->errstr);
    *reply = got;
    if ((*reply)->type != REDIS_REPLY_ERROR)
        return YK_OK;
    const char *text = (*reply)->str;
    enum yk_status status = YK_ERR_INTERNAL;
    if (begins(text, "OOM"))
        status = YK_ERR_FULL;
    else if (begins(text, "LOADING") || begins(text, "BUSY") || begins(text, "READONLY") || begins(text, "MISCONF"))
        status = YK_ERR_UNAVAILABLE;
    else if (begins(text, "NOAUTH") || begins(text, "NOPERM") || begins(text, "WRONGPASS"))
        status = YK_ERR_REFUSED;
    yk_error_set(err, status, "Redis: %s", text);
    freeReplyObject(*reply);
    *reply = NULL;
    return status;
}

enum yk_status yk_redis_command(redisContext *redis, int argc, const char **argv, const size_t *argvlen,
                                redisReply **reply, struct yk_error *err)
{
    *reply = NULL;
    if (redisAppendCommandArgv(redis, argc, argv, argvlen) != REDIS_OK)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "Redis: %s", redis->errstr);
    return yk_redis_reply(redis, reply, err);
}
