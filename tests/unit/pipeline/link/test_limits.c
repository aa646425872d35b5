/* Peers that take their time: each wait has an end. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * 5 s for a connection and 20 s for an answer are promises; so these tests take that long. */
#include "link/redis.h"

#include "base/stop.h"
#include "link/authority.h"
#include "support/scratch.h"

#include "peer.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <sys/time.h>
#include <time.h>

static struct yk_error err;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_alarm(int number)
{
    (void)number;
    yk_stop = 1;
}

/* A listener whose queue is full swallows further connections without a word. */
static int full_listener(struct sockaddr_in *address, int filler[static 8])
{
    socklen_t size = sizeof *address;
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(bind(listener, (struct sockaddr *)address, size) == 0 && listen(listener, 0) == 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)address, &size), 0);
    for (int i = 0; i < 8; i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(filler[i], (struct sockaddr *)address, size);
    }
    return listener;
}

Test(limits, connection)
{
    struct sockaddr_in address;
    int filler[8], listener = full_listener(&address, filler);
    char url[64];
    struct yk_redis *redis;
    snprintf(url, sizeof url, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    double start_s = now_s();
    cr_expect_eq(yk_redis_connect(&(struct yk_redis_options){.url = url}, &redis, &err), YK_ERR_UNAVAILABLE);
    double took_s = now_s() - start_s;
    cr_expect(took_s > 4.9, "%.3f s: %s", took_s, err.message);
    cr_expect(strstr(err.message, "within the time"), "%s", err.message);

    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 100000}}, NULL);
    start_s = now_s();
    cr_expect_eq(yk_redis_connect(&(struct yk_redis_options){.url = url}, &redis, &err), YK_ERR_UNAVAILABLE);
    took_s = now_s() - start_s;
    cr_expect(yk_stop && took_s < 3, "%.3f s", took_s);
    cr_expect(strstr(err.message, "asked to end"), "%s", err.message);
    for (int i = 0; i < 8; i++)
        close(filler[i]);
    close(listener);
}

Test(limits, handshake)
{
    struct peer peer;
    struct yk_redis *redis;
    scratch_make();
    cr_assert_eq(yk_authority_make(scratch, "x", &err), YK_OK, "%s", err.message);
    peer_start(&peer, true, peer_drain);
    double start_s = now_s();
    cr_expect_eq(yk_redis_connect(&(struct yk_redis_options){peer.tls_url, scratch, NULL}, &redis, &err),
                 YK_ERR_UNAVAILABLE);
    double took_s = now_s() - start_s;
    cr_expect(took_s > 4.9, "%.3f s: %s", took_s, err.message);
    cr_expect(strstr(err.message, "without TLS"), "%s", err.message);
    peer_end(&peer);
    scratch_remove();
}

/* A byte each 100 ms is no answer either: the limit is for the whole of it. */
static void dribble(struct peer *peer)
{
    peer_lines(peer, 3);
    peer_say(peer, "$1000\r\n");
    while (send(peer->fd, "x", 1, MSG_NOSIGNAL) == 1)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

Test(limits, answer, .timeout = 60)
{
    struct peer peer;
    struct yk_redis *redis;
    redisReply *reply;
    const char *argv[] = {"PING"};
    peer_start(&peer, false, dribble);
    cr_assert_eq(yk_redis_connect(&(struct yk_redis_options){.url = peer.url}, &redis, &err), YK_OK, "%s", err.message);
    double start_s = now_s();
    cr_expect_eq(yk_redis_command(redis, 1, argv, NULL, &reply, &err), YK_ERR_UNAVAILABLE);
    double took_s = now_s() - start_s;
    cr_expect(took_s > 19.9, "%.3f s: %s", took_s, err.message);
    cr_expect(strstr(err.message, "in time"), "%s", err.message);
    yk_redis_free(redis);
    peer_end(&peer);
}
