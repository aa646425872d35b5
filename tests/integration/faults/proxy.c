/* The links between edges and Redis: one port each, and what can happen on the way. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * One thread carries the bytes of all of them. A chunk that was read gets the time at which it may be written, so a
 * delay keeps the order; a stall writes nothing; a cut closes both sides with RST, as a link does that lost its
 * state. */
#include "faults.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK     16384
#define QUEUE_MAX (4 * 1024 * 1024)
#define CONNS_MAX (4 * EDGES)

struct chunk {
    struct chunk *next;
    double due_s;
    size_t size, at;
    char bytes[CHUNK];
};

struct way {
    struct chunk *first, *last;
    size_t queued;
    bool ended; /* nothing more is read from its source */
};

struct conn {
    int edge;           /* -1: free */
    int fds[2];         /* of the edge, of Redis */
    struct way ways[2]; /* read from fds[i], written to fds[1 - i] */
};

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    struct sockaddr_in redis;
    int listeners[EDGES];
    struct conn conns[CONNS_MAX];
    bool ending, running;
    double cut_s[EDGES], stall_s[EDGES], delay_s[EDGES]; /* until then */
    double delay_by_s[EDGES];
} proxy = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void drop(struct conn *conn)
{
    struct linger reset = {1, 0};
    for (int i = 0; i < 2; i++) {
        setsockopt(conn->fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(conn->fds[i]);
        for (struct chunk *c = conn->ways[i].first; c;) {
            struct chunk *next = c->next;
            free(c);
            c = next;
        }
    }
    memset(conn, 0, sizeof *conn);
    conn->edge = -1;
}

static void welcome(int edge, double now_s)
{
    int fd = accept4(proxy.listeners[edge], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    struct conn *conn = NULL;
    for (size_t i = 0; i < CONNS_MAX && !conn; i++)
        if (proxy.conns[i].edge < 0)
            conn = &proxy.conns[i];
    if (fd < 0)
        return;
    int up = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok =
        up >= 0 && (connect(up, (struct sockaddr *)&proxy.redis, sizeof proxy.redis) == 0 || errno == EINPROGRESS);
    if (!conn || !ok || proxy.cut_s[edge] > now_s) {
        struct linger reset = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
        if (up >= 0)
            close(up);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(up, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *conn = (struct conn){.edge = edge, .fds = {fd, up}};
}

/* False: the connection is over. */
static bool take(struct conn *conn, int side, double now_s)
{
    struct way *way = &conn->ways[side];
    struct chunk *chunk = malloc(sizeof *chunk);
    if (!chunk)
        return false;
    ssize_t n = read(conn->fds[side], chunk->bytes, sizeof chunk->bytes);
    if (n <= 0) {
        free(chunk);
        way->ended |= n == 0;
        return n == 0 || errno == EAGAIN || errno == EINTR;
    }
    double delay_s = proxy.delay_s[conn->edge] > now_s ? proxy.delay_by_s[conn->edge] : 0;
    chunk->next = NULL;
    chunk->at = 0;
    chunk->size = (size_t)n;
    chunk->due_s = now_s + delay_s;
    if (way->last && way->last->due_s > chunk->due_s)
        chunk->due_s = way->last->due_s;
    if (way->last)
        way->last->next = chunk;
    else
        way->first = chunk;
    way->last = chunk;
    way->queued += chunk->size;
    return true;
}

static bool give(struct conn *conn, int side, double now_s)
{
    struct way *way = &conn->ways[side];
    while (way->first && way->first->due_s <= now_s && proxy.stall_s[conn->edge] <= now_s) {
        struct chunk *chunk = way->first;
        ssize_t n = send(conn->fds[1 - side], chunk->bytes + chunk->at, chunk->size - chunk->at, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR || errno == ENOTCONN; /* not connected yet */
        chunk->at += (size_t)n;
        if (chunk->at < chunk->size)
            break;
        way->queued -= chunk->size;
        way->first = chunk->next;
        if (!way->first)
            way->last = NULL;
        free(chunk);
    }
    return !(way->ended && !way->first);
}

static void carry(struct pollfd *polls, double now_s)
{
    for (size_t i = 0; i < CONNS_MAX; i++) {
        struct conn *conn = &proxy.conns[i];
        bool open = conn->edge >= 0;
        if (!open)
            continue;
        open = proxy.cut_s[conn->edge] <= now_s;
        for (int side = 0; side < 2 && open; side++) {
            if (polls[EDGES + 2 * i + (size_t)side].revents & (POLLIN | POLLERR | POLLHUP))
                open = take(conn, side, now_s);
            open = open && give(conn, side, now_s);
        }
        if (!open)
            drop(conn);
    }
}

static void *run(void *unused)
{
    (void)unused;
    static struct pollfd polls[EDGES + 2 * CONNS_MAX];
    for (;;) {
        pthread_mutex_lock(&proxy.lock);
        double now_s = yk_fault_now_s();
        int wait_ms = 100;
        for (size_t e = 0; e < EDGES; e++)
            polls[e] = (struct pollfd){.fd = proxy.listeners[e], .events = POLLIN};
        for (size_t i = 0; i < CONNS_MAX; i++)
            for (int side = 0; side < 2; side++) {
                const struct conn *conn = &proxy.conns[i];
                struct pollfd *p = &polls[EDGES + 2 * i + (size_t)side];
                *p = (struct pollfd){.fd = -1};
                if (conn->edge < 0)
                    continue;
                const struct way *in = &conn->ways[side], *out = &conn->ways[1 - side];
                p->events = (short)(in->queued < QUEUE_MAX && !in->ended ? POLLIN : 0);
                if (out->first && out->first->due_s <= now_s && proxy.stall_s[conn->edge] <= now_s)
                    p->events |= POLLOUT;
                else if (out->first || in->ended)
                    wait_ms = 10;
                p->fd = p->events ? conn->fds[side] : -1;
            }
        bool ending = proxy.ending;
        pthread_mutex_unlock(&proxy.lock);
        if (ending)
            return NULL;
        poll(polls, EDGES + 2 * CONNS_MAX, wait_ms);
        pthread_mutex_lock(&proxy.lock);
        now_s = yk_fault_now_s();
        carry(polls, now_s);
        for (int e = 0; e < EDGES; e++)
            if (polls[e].revents & POLLIN)
                welcome(e, now_s);
        pthread_mutex_unlock(&proxy.lock);
    }
}

void yk_proxy_start(const char *host, const char *port, int ports[static EDGES])
{
    proxy.redis = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    inet_pton(AF_INET, host, &proxy.redis.sin_addr);
    for (size_t i = 0; i < CONNS_MAX; i++)
        proxy.conns[i].edge = -1;
    for (int e = 0; e < EDGES; e++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof address;
        proxy.listeners[e] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (bind(proxy.listeners[e], (struct sockaddr *)&address, sizeof address) != 0 ||
            listen(proxy.listeners[e], 16) != 0 ||
            getsockname(proxy.listeners[e], (struct sockaddr *)&address, &length) != 0)
            yk_fault_fail("cannot listen for an edge: %s", strerror(errno));
        ports[e] = ntohs(address.sin_port);
    }
    if (pthread_create(&proxy.thread, NULL, run, NULL) != 0)
        yk_fault_fail("cannot start a thread");
    proxy.running = true;
}

static void until(double *times, int edge, double seconds)
{
    pthread_mutex_lock(&proxy.lock);
    times[edge] = yk_fault_now_s() + seconds;
    pthread_mutex_unlock(&proxy.lock);
}

void yk_proxy_cut(int edge, double seconds)
{
    until(proxy.cut_s, edge, seconds);
}

void yk_proxy_stall(int edge, double seconds)
{
    until(proxy.stall_s, edge, seconds);
}

void yk_proxy_delay(int edge, double seconds, unsigned ms)
{
    until(proxy.delay_s, edge, seconds);
    pthread_mutex_lock(&proxy.lock);
    proxy.delay_by_s[edge] = ms / 1000.0;
    pthread_mutex_unlock(&proxy.lock);
}

void yk_proxy_heal(void)
{
    for (int e = 0; e < EDGES; e++) {
        until(proxy.cut_s, e, 0);
        until(proxy.stall_s, e, 0);
        until(proxy.delay_s, e, 0);
    }
}

void yk_proxy_end(void)
{
    if (!proxy.running)
        return;
    pthread_mutex_lock(&proxy.lock);
    proxy.ending = true;
    pthread_mutex_unlock(&proxy.lock);
    pthread_join(proxy.thread, NULL);
    proxy.running = false;
    for (size_t i = 0; i < CONNS_MAX; i++)
        if (proxy.conns[i].edge >= 0)
            drop(&proxy.conns[i]);
    for (int e = 0; e < EDGES; e++)
        close(proxy.listeners[e]);
}
