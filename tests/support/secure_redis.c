/* redis-server with TLS and an ACL file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/secure_redis.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define START_MS 10000

static enum yk_status write_file(const char *path, const char *text, mode_t mode, struct yk_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    size_t length = strlen(text);
    bool ok = fd >= 0 && fchmod(fd, mode) == 0 && write(fd, text, length) == (ssize_t)length;
    if (fd >= 0)
        close(fd);
    return ok ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Below the range from which the kernel gives ports to others. */
static int port_of(int which)
{
    return 10000 + 2 * (getpid() % 10000) + which;
}

static enum yk_status make_files(struct yk_secure_redis *redis, const struct yk_secure_redis_options *options,
                                 struct yk_error *err)
{
    char path[220], out[200];
    enum yk_status status = YK_OK;
    if ((mkdir(redis->credentials, 0700) != 0 && errno != EEXIST))
        return yk_error_errno(err, YK_ERR_IO, "cannot make %s", redis->credentials);
    snprintf(path, sizeof path, "%s/ca.key", redis->authority);
    if (!is_there(path))
        status = yk_authority_make(redis->authority, "Yukikai test authority", err);
    const char *names[] = {redis->host, "127.0.0.1", "localhost"}, *only[] = {options->alt_name};
    struct yk_certificate_request server = {"server",
                                            "redis",
                                            options->alt_name ? only : names,
                                            options->alt_name ? 1 : 3,
                                            YK_CERTIFICATE_SERVER,
                                            options->certificate_days};
    snprintf(out, sizeof out, "%s/server", redis->dir);
    snprintf(path, sizeof path, "%s/server.key", out);
    if (status == YK_OK && !is_there(path))
        status = yk_authority_certificate(redis->authority, out, &server, err);
    struct yk_certificate_request client = {"client", "client", NULL, 0, YK_CERTIFICATE_CLIENT, 0};
    snprintf(path, sizeof path, "%s/client.key", redis->credentials);
    if (status == YK_OK && !is_there(path))
        status = yk_authority_certificate(redis->authority, redis->credentials, &client, err);
    snprintf(path, sizeof path, "%s/ca.crt", redis->credentials);
    snprintf(out, sizeof out, "%s/ca.crt", redis->authority);
    if (status == YK_OK && !is_there(path) && symlink(out, path) != 0)
        status = yk_error_errno(err, YK_ERR_IO, "cannot make %s", path);
    return status;
}

static enum yk_status add_user(struct yk_secure_redis *redis, const struct yk_secure_user *user, FILE *acl,
                               struct yk_error *err)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1], path[260], line[512];
    crypto_hash_sha256(hash, (const unsigned char *)user->password, strlen(user->password));
    fprintf(acl, "user %s on #%s resetchannels %s\n", user->name, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash),
            user->rules);
    snprintf(path, sizeof path, "%s/%.64s.password", redis->credentials, user->name);
    snprintf(line, sizeof line, "%.500s\n", user->password);
    return is_there(path) ? YK_OK : write_file(path, line, 0600, err);
}

static enum yk_status make_users(struct yk_secure_redis *redis, const struct yk_secure_redis_options *options,
                                 const char *path, struct yk_error *err)
{
    static const struct yk_secure_user admin = {"admin", "a password of the tests", "~* &* +@all"};
    char *text = NULL;
    size_t size;
    FILE *acl = open_memstream(&text, &size);
    if (!acl)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    fprintf(acl, options->open ? "user default on nopass ~* &* +@all\n" : "user default off\n");
    enum yk_status status = add_user(redis, &admin, acl, err);
    for (size_t i = 0; i < options->user_count && status == YK_OK; i++)
        status = add_user(redis, &options->users[i], acl, err);
    fclose(acl);
    if (status == YK_OK)
        status = write_file(path, text, 0600, err);
    free(text);
    return status;
}

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

static void name_things(struct yk_secure_redis *redis, const char *dir)
{
    int pid = getpid();
    snprintf(redis->dir, sizeof redis->dir, "%s", dir);
    snprintf(redis->log, sizeof redis->log, "%s/redis.log", redis->dir);
    snprintf(redis->socket, sizeof redis->socket, "%s/redis.sock", redis->dir);
    snprintf(redis->authority, sizeof redis->authority, "%s/authority", redis->dir);
    snprintf(redis->credentials, sizeof redis->credentials, "%s/credentials", redis->dir);
    snprintf(redis->host, sizeof redis->host, "127.%d.%d.%d", 1 + (pid >> 16) % 254, (pid >> 8) & 255, pid & 255);
    snprintf(redis->tls_port, sizeof redis->tls_port, "%d", port_of(0));
    snprintf(redis->tcp_port, sizeof redis->tcp_port, "%d", port_of(1));
    snprintf(redis->tls_url, sizeof redis->tls_url, "tls://%s:%s", redis->host, redis->tls_port);
    snprintf(redis->local_tls_url, sizeof redis->local_tls_url, "tls://localhost:%s", redis->tls_port);
    snprintf(redis->tcp_url, sizeof redis->tcp_url, "tcp://%s:%s", redis->host, redis->tcp_port);
    snprintf(redis->unix_url, sizeof redis->unix_url, "unix:%s", redis->socket);
    snprintf(redis->texts[0], sizeof redis->texts[0], "%s/server/server.crt", redis->dir);
    snprintf(redis->texts[1], sizeof redis->texts[1], "%s/server/server.key", redis->dir);
    snprintf(redis->texts[2], sizeof redis->texts[2], "%s/users.acl", redis->dir);
    snprintf(redis->texts[3], sizeof redis->texts[3], "%s/ca.crt", redis->authority);
}

enum yk_status yk_secure_redis_start(struct yk_secure_redis *redis, const struct yk_secure_redis_options *options,
                                     struct yk_error *err)
{
    memset(redis, 0, sizeof *redis);
    if (strlen(options->dir) > 80)
        return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %s", options->dir);
    name_things(redis, options->dir);
    enum yk_status status = make_files(redis, options, err);
    if (status == YK_OK)
        status = make_users(redis, options, redis->texts[2], err);
    if (status != YK_OK)
        return status;
    unlink(redis->socket);
    yk_child_init(&redis->child, "redis-server", "redis-server");
    redis->child.log_path = redis->log;
    yk_child_args(&redis->child, "--port", redis->tcp_port, "--tls-port", redis->tls_port, "--tls-cert-file",
                  redis->texts[0], "--tls-key-file", redis->texts[1], "--tls-ca-cert-file", redis->texts[3],
                  "--tls-auth-clients", options->no_client_certificates ? "no" : "yes", "--tls-protocols",
                  options->protocols ? options->protocols : "TLSv1.3", "--aclfile", redis->texts[2], "--unixsocket",
                  redis->socket, "--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--dir", redis->dir,
                  "--daemonize", "no", "--protected-mode", "no", "--maxmemory", "1gb", "--maxmemory-policy",
                  "noeviction", "--stream-node-max-bytes", "65536", NULL);
    for (size_t i = 0; i < sizeof options->more / sizeof options->more[0] && options->more[i]; i++)
        yk_child_arg(&redis->child, options->more[i]);
    yk_child_args(&redis->child, "--bind", redis->host, options->local ? "127.0.0.1" : NULL, NULL);
    status = yk_child_start(&redis->child, err);
    for (int waited = 0; status == YK_OK && !answers(redis->socket); waited += 10) { /* listens there last */
        if (!yk_child_running(&redis->child) || waited > START_MS) {
            yk_child_end(&redis->child, 1000);
            status = yk_error_set(err, YK_ERR_UNAVAILABLE, "redis-server did not start; see %s", redis->log);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return status;
}

void yk_secure_redis_end(struct yk_secure_redis *redis)
{
    yk_child_end(&redis->child, 5000);
}
