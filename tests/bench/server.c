/* redis-server and its INFO. SPDX-License-Identifier: GPL-3.0-or-later */
#include "server.h"

#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *yk_road_name(enum yk_road road)
{
    static const char *const names[] = {"unix", "tcp", "tls"};
    return names[road];
}

void yk_bench_server_start(struct yk_secure_redis *server, const char *dir, bool aof)
{
    struct yk_error err = {0};
    struct yk_secure_redis_options options = {.dir = dir, .open = true};
    static const char *const persistence[] = {
        "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"};
    if (aof)
        memcpy(options.more, persistence, sizeof persistence);
    yk_bench_make_folder(dir);
    yk_bench_must(yk_secure_redis_start(server, &options, &err), "Redis", &err);
}

void yk_bench_server_end(struct yk_secure_redis *server)
{
    char path[YK_BENCH_PATH];
    snprintf(path, sizeof path, "%s/appendonlydir", server->dir);
    yk_secure_redis_end(server);
    yk_bench_remove(path);
}

struct yk_redis *yk_bench_connect(const struct yk_secure_redis *server, enum yk_road road)
{
    const char *const urls[] = {server->unix_url, server->tcp_url, server->tls_url};
    struct yk_redis *redis = NULL;
    struct yk_error err = {0};
    const struct yk_redis_options options = {.url = urls[road], .credentials = server->credentials};
    yk_bench_must(yk_redis_connect(&options, &redis, &err), "connecting", &err);
    return redis;
}

redisReply *yk_bench_ask(struct yk_redis *redis, int argc, const char **argv)
{
    redisReply *reply = NULL;
    struct yk_error err = {0};
    yk_bench_must(yk_redis_command(redis, argc, argv, NULL, &reply, &err), argv[0], &err);
    return reply;
}

double yk_bench_server_info(struct yk_redis *redis, const char *section, const char *name)
{
    const char *argv[] = {"INFO", section};
    redisReply *reply = yk_bench_ask(redis, 2, argv);
    const char *at = reply->str ? strstr(reply->str, name) : NULL;
    double value = at ? strtod(at + strlen(name), NULL) : 0;
    freeReplyObject(reply);
    return value;
}

double yk_bench_server_seconds(struct yk_redis *redis)
{
    return yk_bench_server_info(redis, "cpu", "used_cpu_sys:") + yk_bench_server_info(redis, "cpu", "used_cpu_user:");
}
