/* Commands, users, windows, and ends of a connection. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/redis.h"

#include "base/stop.h"
#include "link/reader.h"
#include "support/scratch.h"
#include "support/secure_redis.h"

#include "peer.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

static struct yk_secure_redis server;
static struct yk_error err;

static const struct yk_secure_user users[] = {
    {"edge-e1", "e1's own", "~yukikai:{d:0}:frames:e1 +xadd ~yukikai:{d:0}:covered:e1 +get"},
};

static void start(void)
{
    scratch_make();
    struct yk_secure_redis_options options = {.dir = scratch, .users = users, .user_count = 1};
    enum yk_status status = yk_secure_redis_start(&server, &options, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
}

static void stop(void)
{
    yk_secure_redis_end(&server);
    scratch_remove();
}
TestSuite(redis, .init = start, .fini = stop);

static struct yk_redis *connect_as(const char *url, const char *user)
{
    struct yk_redis *redis;
    enum yk_status status = yk_redis_connect(&(struct yk_redis_options){url, server.credentials, user}, &redis, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
    return redis;
}

/* Texts up to NULL. */
static enum yk_status say(struct yk_redis *redis, redisReply **reply, ...)
{
    const char *argv[16];
    int argc = 0;
    va_list args;
    va_start(args, reply);
    for (const char *argument; (argument = va_arg(args, const char *)); argv[argc++] = argument)
        cr_assert_lt(argc, 16);
    va_end(args);
    return yk_redis_command(redis, argc, argv, NULL, reply, &err);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

Test(redis, names_of_keys)
{
    char key[YK_KEY_SIZE];
    yk_key_frames(key, "riverside", 3, "e1");
    cr_expect_str_eq(key, "yukikai:{riverside:3}:frames:e1");
    yk_key_covered(key, "riverside", 3, "e1");
    cr_expect_str_eq(key, "yukikai:{riverside:3}:covered:e1");
    yk_key_quarantine(key, "riverside", 3);
    cr_expect_str_eq(key, "yukikai:{riverside:3}:quarantine");
    yk_key_sealing(key, "riverside", 3, "e1");
    cr_expect_str_eq(key, "yukikai:{riverside:3}:sealing:e1");
    yk_key_epoch_key(key, "riverside", 3, "e1");
    cr_expect_str_eq(key, "yukikai:{riverside:3}:key:e1");
}

Test(redis, bytes_go_both_ways)
{
    const char *urls[] = {server.unix_url, server.tcp_url, server.tls_url};
    static const char value[] = "\0\r\n$-1\r\n\xff";
    for (int i = 0; i < 3; i++) {
        struct yk_redis *redis = connect_as(urls[i], "admin");
        redisReply *reply;
        const char *argv[] = {"SET", "k", value};
        const size_t sizes[] = {3, 1, sizeof value};
        cr_assert_eq(yk_redis_command(redis, 3, argv, sizes, &reply, &err), YK_OK, "%s", err.message);
        freeReplyObject(reply);
        cr_assert_eq(say(redis, &reply, "GET", "k", NULL), YK_OK, "%s", err.message);
        cr_expect_eq(reply->len, sizeof value);
        cr_expect_eq(memcmp(reply->str, value, sizeof value), 0);
        freeReplyObject(reply);
        uint64_t sent, received;
        yk_redis_traffic(redis, &sent, &received);
        /* AUTH: 4 + 10 + 11 + 30 bytes; SET: 4 + 9 + 7 + 16; GET: 4 + 9 + 7. Answers: +OK +OK and the value. */
        cr_expect_eq(sent, (4 + 10 + 11 + 30) + (4 + 9 + 7 + 17) + (4 + 9 + 7), "%llu", (unsigned long long)sent);
        cr_expect_eq(received, 5 + 5 + 5 + sizeof value + 2, "%llu", (unsigned long long)received);
        yk_redis_free(redis);
    }
}

Test(redis, right_and_wrong_password)
{
    struct yk_redis *redis = connect_as(server.tls_url, "edge-e1");
    redisReply *reply;
    cr_expect_eq(say(redis, &reply, "XADD", "yukikai:{d:0}:frames:e1", "*", "f", "x", NULL), YK_OK, "%s", err.message);
    freeReplyObject(reply);
    cr_expect_eq(say(redis, &reply, "XADD", "yukikai:{d:0}:frames:e2", "*", "f", "x", NULL), YK_ERR_REFUSED);
    cr_expect_null(reply);
    cr_expect(strstr(err.message, "NOPERM"), "%s", err.message);
    cr_expect_not(yk_redis_broken(redis));
    cr_expect_eq(say(redis, &reply, "GET", "yukikai:{d:0}:covered:e1", NULL), YK_OK, "%s", err.message);
    freeReplyObject(reply);
    yk_redis_free(redis);

    char path[256];
    snprintf(path, sizeof path, "%s/edge-e1.password", server.credentials);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs("hunter2\n", f) >= 0 && fclose(f) == 0);
    struct yk_redis_options options = {server.tls_url, server.credentials, "edge-e1"};
    cr_expect_eq(yk_redis_connect(&options, &redis, &err), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "WRONGPASS"), "%s", err.message);
    cr_expect_not(strstr(err.message, "hunter2"), "%s", err.message);
    cr_expect_null(redis);

    cr_assert_eq(chmod(path, 0644), 0);
    cr_expect_eq(yk_redis_connect(&options, &redis, &err), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "chmod 600"), "%s", err.message);

    options.user = "edge-e3"; /* no password file: nothing is sent, and Redis wants something */
    cr_expect_eq(yk_redis_connect(&options, &redis, &err), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "edge-e3.password"), "%s", err.message);
    cr_expect_eq(yk_redis_connect(&options, &redis, NULL), YK_ERR_REFUSED, "who wants no message gets the status");
    f = fopen(server.log, "r");
    char line[1024];
    while (f && fgets(line, sizeof line, f))
        cr_expect_not(strstr(line, "hunter2"), "%s", line);
    cr_assert(f && fclose(f) == 0);
}

/* Where no list of users is, a password is no hindrance; over TLS it has to be the right one. */
Test(redis, private_redis_without_users)
{
    struct yk_redis *redis;
    yk_secure_redis_end(&server);
    struct yk_secure_redis_options options = {.dir = scratch, .open = true};
    cr_assert_eq(yk_secure_redis_start(&server, &options, &err), YK_OK, "%s", err.message);
    redis = connect_as(server.unix_url, "edge-e1"); /* its password file is still there */
    yk_redis_free(redis);
    struct yk_redis_options strict = {server.tls_url, server.credentials, "edge-e1"};
    cr_expect_eq(yk_redis_connect(&strict, &redis, &err), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "WRONGPASS"), "%s", err.message);
}

Test(redis, what_errors_mean)
{
    struct yk_redis *redis = connect_as(server.unix_url, "admin");
    redisReply *reply;
    cr_assert_eq(say(redis, &reply, "SET", "text", "x", NULL), YK_OK);
    freeReplyObject(reply);
    cr_expect_eq(say(redis, &reply, "XLEN", "text", NULL), YK_ERR_INTERNAL, "WRONGTYPE");
    cr_expect_eq(say(redis, &reply, "NOSUCH", NULL), YK_ERR_INTERNAL);
    cr_assert_eq(say(redis, &reply, "CONFIG", "SET", "maxmemory", "1", NULL), YK_OK, "%s", err.message);
    freeReplyObject(reply);
    cr_expect_eq(say(redis, &reply, "SET", "more", "x", NULL), YK_ERR_FULL, "OOM");
    cr_assert_eq(say(redis, &reply, "CONFIG", "SET", "maxmemory", "0", NULL), YK_OK);
    freeReplyObject(reply);
    cr_assert_eq(say(redis, &reply, "REPLICAOF", "127.0.0.1", "1", NULL), YK_OK);
    freeReplyObject(reply);
    cr_expect_eq(say(redis, &reply, "SET", "more", "x", NULL), YK_ERR_UNAVAILABLE, "READONLY");
    cr_assert_eq(say(redis, &reply, "REPLICAOF", "NO", "ONE", NULL), YK_OK);
    freeReplyObject(reply);
    cr_expect_eq(say(redis, &reply, "SET", "more", "x", NULL), YK_OK);
    freeReplyObject(reply);
    cr_expect_not(yk_redis_broken(redis));
    yk_redis_free(redis);
}

/* 2,000 commands of 5 kB: their replies come in order, and Redis has what was sent. */
Test(redis, ten_megabytes_at_once)
{
    const char *urls[] = {server.unix_url, server.tls_url};
    static char value[5000];
    for (int i = 0; i < 2; i++) {
        struct yk_redis *redis = connect_as(urls[i], "admin");
        redisReply *reply;
        cr_assert_eq(say(redis, &reply, "DEL", "list", NULL), YK_OK);
        freeReplyObject(reply);
        for (int n = 0; n < 2000; n++) {
            memset(value, 'a' + n % 26, sizeof value);
            const char *argv[] = {"RPUSH", "list", value};
            const size_t sizes[] = {5, 4, sizeof value};
            cr_assert_eq(yk_redis_append(redis, 3, argv, sizes, &err), YK_OK, "%s", err.message);
        }
        for (int n = 0; n < 2000; n++) {
            cr_assert_eq(yk_redis_reply(redis, &reply, &err), YK_OK, "%s", err.message);
            cr_assert_eq(reply->integer, n + 1);
            freeReplyObject(reply);
        }
        cr_assert_eq(say(redis, &reply, "LRANGE", "list", "0", "-1", NULL), YK_OK, "%s", err.message);
        cr_assert_eq(reply->elements, 2000);
        for (int n = 0; n < 2000; n++) {
            memset(value, 'a' + n % 26, sizeof value);
            cr_assert_eq(reply->element[n]->len, sizeof value);
            cr_assert_eq(memcmp(reply->element[n]->str, value, sizeof value), 0);
        }
        freeReplyObject(reply);
        yk_redis_free(redis);
    }
}

Test(redis, nothing_leaves_before_a_reply_is_asked_for)
{
    struct yk_redis *redis = connect_as(server.tls_url, "admin");
    const char *argv[] = {"PING"};
    uint64_t before, after, received;
    yk_redis_traffic(redis, &before, &received);
    for (int i = 0; i < 64; i++)
        cr_assert_eq(yk_redis_append(redis, 1, argv, NULL, &err), YK_OK);
    yk_redis_traffic(redis, &after, &received);
    cr_expect_eq(before, after);
    redisReply *reply;
    cr_assert_eq(yk_redis_reply(redis, &reply, &err), YK_OK);
    freeReplyObject(reply);
    yk_redis_traffic(redis, &after, &received);
    cr_expect_eq(after - before, 64 * 14);
    yk_redis_free(redis); /* 63 replies that nobody wants */
}

Test(redis, server_killed_midway)
{
    const char *urls[] = {server.unix_url, server.tcp_url, server.tls_url};
    for (int i = 0; i < 3; i++) {
        struct yk_redis *redis = connect_as(urls[i], "admin");
        redisReply *reply;
        const char *argv[] = {"PING"};
        cr_assert_eq(yk_redis_append(redis, 1, argv, NULL, &err), YK_OK);
        kill(server.child.pid, SIGKILL);
        yk_child_end(&server.child, 5000);
        cr_expect_eq(yk_redis_reply(redis, &reply, &err), YK_ERR_UNAVAILABLE);
        cr_expect_null(reply);
        cr_expect(yk_redis_broken(redis));
        cr_expect_eq(say(redis, &reply, "PING", NULL), YK_ERR_UNAVAILABLE, "a broken connection stays broken");
        yk_redis_free(redis);
        struct yk_redis_options away = {urls[i], server.credentials, "admin"};
        cr_expect_eq(yk_redis_connect(&away, &redis, &err), YK_ERR_UNAVAILABLE, "%s", err.message);
        struct yk_secure_redis_options options = {.dir = scratch, .users = users, .user_count = 1};
        cr_assert_eq(yk_secure_redis_start(&server, &options, &err), YK_OK, "%s", err.message);
        redis = connect_as(urls[i], "admin");
        yk_redis_free(redis);
    }
}

static void on_alarm(int number)
{
    (void)number;
    yk_stop = 1;
}

/* Redis holds the answer back for 15 s; the signal comes after a tenth of one. */
Test(redis, being_asked_to_end_ends_waiting)
{
    const char *urls[] = {server.unix_url, server.tls_url};
    for (int i = 0; i < 2; i++) {
        struct yk_redis *redis = connect_as(urls[i], "admin");
        redisReply *reply;
        struct sigaction action = {.sa_handler = on_alarm};
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 100000}}, NULL);
        double start_s = now_s();
        cr_expect_eq(say(redis, &reply, "BLPOP", "nothing", "15", NULL), YK_ERR_UNAVAILABLE);
        double took_s = now_s() - start_s;
        cr_expect(yk_stop && took_s < 5, "%.3f s", took_s);
        cr_expect(strstr(err.message, "asked to end"), "%s", err.message);
        cr_expect(yk_redis_broken(redis), "the answer would be taken for another's");
        yk_redis_free(redis);
        yk_stop = 0;
    }
}

Test(redis, huge_reply_is_refused)
{
    const char *urls[] = {server.unix_url, server.tls_url};
    struct yk_redis *admin = connect_as(server.unix_url, "admin");
    redisReply *reply;
    char offset[32];
    snprintf(offset, sizeof offset, "%zu", YK_REPLY_BYTES_MAX);
    cr_assert_eq(say(admin, &reply, "SETRANGE", "huge", offset, "x", NULL), YK_OK, "%s", err.message);
    freeReplyObject(reply);
    cr_assert_eq(say(admin, &reply, "SETRANGE", "large", "60000000", "x", NULL), YK_OK, "%s", err.message);
    freeReplyObject(reply);
    for (int i = 0; i < 2; i++) {
        struct yk_redis *redis = connect_as(urls[i], "admin");
        cr_assert_eq(say(redis, &reply, "GET", "large", NULL), YK_OK, "%s", err.message);
        cr_expect_eq(reply->len, 60000001);
        freeReplyObject(reply);
        cr_expect_eq(say(redis, &reply, "GET", "huge", NULL), YK_ERR_INPUT, "%s", err.message);
        cr_expect_null(reply);
        cr_expect(yk_redis_broken(redis));
        uint64_t sent, received;
        yk_redis_traffic(redis, &sent, &received);
        cr_expect_lt(received, 60000001 + YK_REPLY_BYTES_MAX + 1000000, "it went on reading");
        yk_redis_free(redis);
    }
    yk_redis_free(admin);
}

/* What peers that are no Redis, or a bad one, say; and what is made of it. */
static const char *lines;

static void answer(struct peer *peer)
{
    peer_lines(peer, 3);
    peer_say(peer, lines);
}

static void half_close(struct peer *peer)
{
    peer_lines(peer, 3);
    peer_say(peer, "$10\r\nhalf");
    shutdown(peer->fd, SHUT_WR); /* still reads */
    peer_drain(peer);
}

static void many(struct peer *peer)
{
    peer_lines(peer, 3);
    peer_say(peer, "*1000000\r\n");
    for (int i = 0; i < 1000000; i++)
        peer_send(peer, "*1\r\n:1\r\n", 8);
}

static enum yk_status ask_peer(void (*act)(struct peer *))
{
    struct peer peer;
    struct yk_redis *redis;
    redisReply *reply;
    peer_start(&peer, false, act);
    enum yk_status status = yk_redis_connect(&(struct yk_redis_options){.url = peer.url}, &redis, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
    status = say(redis, &reply, "PING", NULL);
    if (status == YK_OK)
        freeReplyObject(reply);
    else
        cr_expect(yk_redis_broken(redis));
    yk_redis_free(redis);
    peer_end(&peer);
    return status;
}

Test(peers, half_closed)
{
    cr_expect_eq(ask_peer(half_close), YK_ERR_UNAVAILABLE);
    cr_expect(strstr(err.message, "closed the connection"), "%s", err.message);
}

Test(peers, speak_something_else)
{
    static const char *const wrong[] = {
        "HTTP/1.1 400 Bad Request\r\n\r\n", "\x15\x03\x01\r\n", "$99999999999999999999\r\n",
        "*99999999999999999999\r\n",        "$-5\r\nxx\r\n",    "hello\r\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        lines = wrong[i];
        enum yk_status status = ask_peer(answer);
        cr_expect(status == YK_ERR_UNAVAILABLE || status == YK_ERR_INPUT, "%zu: status %d, %s", i, status, err.message);
    }
}

Test(peers, announce_too_much)
{
    static const char *const wrong[] = {"*1048577\r\n", "*2147483647\r\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        lines = wrong[i];
        cr_expect_eq(ask_peer(answer), YK_ERR_INPUT, "%s", err.message);
    }
    cr_expect_eq(ask_peer(many), YK_ERR_INPUT, "%s", err.message);
}

Test(peers, wrong_options)
{
    struct yk_redis *redis;
    cr_expect_eq(yk_redis_connect(&(struct yk_redis_options){.url = "redis://x"}, &redis, &err), YK_ERR_CONFIG);
    cr_expect_eq(yk_redis_connect(&(struct yk_redis_options){.url = "unix:/nowhere/x.sock"}, &redis, &err),
                 YK_ERR_UNAVAILABLE);
    cr_expect(strstr(err.message, "unix:/nowhere/x.sock"), "%s", err.message);
    cr_expect_eq(yk_redis_connect(&(struct yk_redis_options){.url = "tcp://no-such-host.invalid"}, &redis, &err),
                 YK_ERR_UNAVAILABLE);
    cr_expect(strstr(err.message, "no-such-host.invalid"), "%s", err.message);
    yk_redis_free(NULL);
}
