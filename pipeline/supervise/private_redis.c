/* Starting redis-server. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/private_redis.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define START_MS 10000

static bool answers(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

bool yk_private_redis_answers(void *context)
{
    const struct yk_private_redis *redis = context;
    return answers(redis->url + strlen("unix:"));
}

enum yk_status yk_private_redis_start(struct yk_private_redis *redis, const char *dir, struct yk_error *err)
{
    memset(redis, 0, sizeof *redis);
    char full[PATH_MAX]; /* redis-server changes into --dir, so a relative socket path would mean another place to it */
    if (!realpath(dir, full))
        return yk_error_errno(err, YK_ERR_IO, "cannot use the folder %s", dir);
    if (strlen(full) >= YK_PATH_SIZE)
        return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %s", full);
    memcpy(redis->dir, full, strlen(full) + 1);
    snprintf(redis->url, sizeof redis->url, "unix:%s/redis.sock", redis->dir);
    snprintf(redis->log, sizeof redis->log, "%s/redis.log", redis->dir);
    const char *socket_path = redis->url + strlen("unix:");
    if (strlen(socket_path) >= sizeof((struct sockaddr_un *)0)->sun_path)
        return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long for a unix socket: %s", dir);
    unlink(socket_path);
    yk_child_init(&redis->child, "redis-server", "redis-server");
    redis->child.log_path = redis->log;
    yk_child_args(&redis->child, "--port", "0", "--unixsocket", socket_path, "--unixsocketperm", "700", "--save", "",
                  "--appendonly", "no", "--dir", redis->dir, "--maxmemory", "512mb", "--maxmemory-policy", "noeviction",
                  "--stream-node-max-bytes", "65536", /* packaging/redis/yukikai.conf says why */
                  "--daemonize", "no", "--protected-mode", "yes", NULL);
    enum yk_status status = yk_child_start(&redis->child, err);
    if (status != YK_OK)
        return status;
    for (int waited = 0; !answers(socket_path); waited += 10) {
        if (!yk_child_running(&redis->child) || waited > START_MS) {
            yk_child_end(&redis->child, 1000);
            return yk_error_set(err, YK_ERR_UNAVAILABLE, "redis-server did not start; see %s", redis->log);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return YK_OK;
}
