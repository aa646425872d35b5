/* A server that does what a test says, in a thread. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * It listens on 127.0.0.1, takes one connection, answers the +PONG that a new connection asks for, and then runs the
 * test's function. */
#ifndef YK_TESTS_UNIT_LINK_PEER_H
#define YK_TESTS_UNIT_LINK_PEER_H

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    int listener, fd;
    bool silent; /* no +PONG */
    void (*act)(struct peer *peer);
    pthread_t thread;
    char url[64], tls_url[64];
};

static inline void peer_send(struct peer *peer, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = send(peer->fd, at, size, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the client left, as some tests want it to */
        at += n;
        size -= (size_t)n;
    }
}

static inline void peer_say(struct peer *peer, const char *text)
{
    peer_send(peer, text, strlen(text));
}

/* Takes bytes until so many lines have come, or the client's end. */
static inline void peer_lines(struct peer *peer, int lines)
{
    char c;
    while (lines > 0 && recv(peer->fd, &c, 1, 0) == 1)
        lines -= c == '\n';
}

/* Until the client leaves. */
static inline void peer_drain(struct peer *peer)
{
    char bytes[65536];
    while (recv(peer->fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

static void *peer_run(void *context)
{
    struct peer *peer = context;
    peer->fd = accept(peer->listener, NULL, NULL);
    if (peer->fd < 0)
        return NULL;
    if (!peer->silent) {
        peer_lines(peer, 3); /* *1, $4, PING */
        peer_say(peer, "+PONG\r\n");
    }
    if (peer->act)
        peer->act(peer);
    close(peer->fd);
    return NULL;
}

static inline void peer_start(struct peer *peer, bool silent, void (*act)(struct peer *))
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    memset(peer, 0, sizeof *peer);
    peer->silent = silent;
    peer->act = act;
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(peer->listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(peer->listener, 4), 0);
    cr_assert_eq(getsockname(peer->listener, (struct sockaddr *)&address, &size), 0);
    snprintf(peer->url, sizeof peer->url, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    snprintf(peer->tls_url, sizeof peer->tls_url, "tls://127.0.0.1:%d", ntohs(address.sin_port));
    cr_assert_eq(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

static inline void peer_end(struct peer *peer)
{
    shutdown(peer->listener, SHUT_RDWR); /* ends an accept that nobody came for */
    pthread_join(peer->thread, NULL);
    close(peer->listener);
}

#endif
