/* Sockets that do not block, waited for. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/wire.h"

#include "base/stop.h"
#include "link/resolve.h"
#include "link/tls.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SLICE_MS     100
#define USER_MS      30000
#define KEEP_IDLE_S  30
#define KEEP_EVERY_S 10
#define KEEP_COUNT   3
#define TLS_ALERT    0x15 /* the first byte of what a TLS port says to somebody without TLS */

struct yk_wire {
    int fd;
    struct yk_tls *tls; /* NULL: plain */
    struct yk_address address;
    bool heard; /* the peer has said something */
    bool broken;
};

enum waited { READY, LATE, ASKED_TO_END };

static enum waited wait_for(int fd, short events, struct yk_mono deadline)
{
    for (;;) {
        int64_t left_ms = (deadline.us - yk_mono_now(&yk_clock_system).us + 999) / 1000;
        if (yk_stop)
            return ASKED_TO_END;
        if (left_ms <= 0)
            return LATE;
        struct pollfd wanted = {.fd = fd, .events = events};
        if (poll(&wanted, 1, left_ms < SLICE_MS ? (int)left_ms : SLICE_MS) > 0)
            return READY;
    }
}

static enum yk_status not_ready(enum waited waited, const char *what, struct yk_error *err)
{
    return yk_error_set(err, YK_ERR_UNAVAILABLE, "%s", waited == ASKED_TO_END ? "the program was asked to end" : what);
}

static void set_options(int fd)
{
    const struct {
        int level, name, value;
    } list[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1}, /* each write is a whole window */
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, KEEP_EVERY_S},
        {IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, USER_MS},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) /* a kernel without one of them is no reason to fail */
        (void)setsockopt(fd, list[i].level, list[i].name, &list[i].value, sizeof list[i].value);
}

/* A connected socket, or -1. */
static int connect_one(int family, const struct sockaddr *address, socklen_t size, struct yk_mono deadline,
                       struct yk_error *err)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        yk_error_errno(err, YK_ERR_UNAVAILABLE, "no socket");
        return -1;
    }
    if (family != AF_UNIX)
        set_options(fd);
    int code = 0;
    socklen_t code_size = sizeof code;
    if (connect(fd, address, size) == 0)
        return fd;
    if (errno == EINPROGRESS || errno == EINTR) {
        enum waited waited = wait_for(fd, POLLOUT, deadline);
        if (waited != READY) {
            not_ready(waited, "no answer to the connection within the time", err);
            close(fd);
            return -1;
        }
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &code_size) == 0 && code == 0)
            return fd;
        errno = code;
    }
    yk_error_errno(err, YK_ERR_UNAVAILABLE, "cannot connect");
    close(fd);
    return -1;
}

static enum yk_status connect_any(struct yk_wire *wire, struct yk_mono deadline, struct yk_error *err)
{
    if (wire->address.kind == YK_ADDRESS_UNIX) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        memcpy(address.sun_path, wire->address.host, strlen(wire->address.host) + 1);
        wire->fd = connect_one(AF_UNIX, (const struct sockaddr *)&address, sizeof address, deadline, err);
        return wire->fd < 0 ? YK_ERR_UNAVAILABLE : YK_OK;
    }
    struct addrinfo *list;
    enum yk_status status = yk_resolve(&wire->address, deadline, &list, err);
    if (status != YK_OK)
        return status;
    int64_t left = 0;
    for (const struct addrinfo *at = list; at; at = at->ai_next)
        left++;
    /* Each address gets its share, so that one that swallows everything does not starve the next. */
    for (const struct addrinfo *at = list; at && wire->fd < 0 && !yk_stop; at = at->ai_next, left--) {
        struct yk_mono now = yk_mono_now(&yk_clock_system);
        struct yk_mono share = {now.us + (deadline.us - now.us) / left};
        wire->fd = connect_one(at->ai_family, at->ai_addr, at->ai_addrlen, share, err);
    }
    freeaddrinfo(list);
    if (wire->fd < 0 && yk_stop)
        return not_ready(ASKED_TO_END, "", err);
    return wire->fd < 0 ? YK_ERR_UNAVAILABLE : YK_OK;
}

static enum yk_status shake_hands(struct yk_wire *wire, struct yk_mono deadline, struct yk_error *err)
{
    for (;;) {
        enum yk_io io = yk_tls_handshake(wire->tls, wire->fd);
        if (io == YK_IO_DONE)
            return YK_OK;
        if (io != YK_IO_WAIT_IN && io != YK_IO_WAIT_OUT)
            return yk_tls_explain(wire->tls, err);
        enum waited waited = wait_for(wire->fd, io == YK_IO_WAIT_IN ? POLLIN : POLLOUT, deadline);
        if (waited == ASKED_TO_END)
            return not_ready(waited, "", err);
        if (waited == LATE)
            return yk_tls_explain(wire->tls, err);
    }
}

enum yk_status yk_wire_open(const char *url, const char *credentials, struct yk_wire **out, struct yk_error *err)
{
    *out = NULL;
    struct yk_wire *wire = calloc(1, sizeof *wire);
    if (!wire)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    wire->fd = -1;
    struct yk_mono deadline = yk_mono_in(YK_WIRE_CONNECT_MS);
    enum yk_status status = yk_address_parse(url, &wire->address, err);
    bool tls = wire->address.kind == YK_ADDRESS_TLS;
    if (status == YK_OK && tls) /* first: without its files there is no reason to bother anybody */
        status = yk_tls_new(&wire->address, credentials, &wire->tls, err);
    if (status == YK_OK)
        status = connect_any(wire, deadline, err);
    if (status == YK_OK && tls)
        status = shake_hands(wire, deadline, err);
    if (status != YK_OK) {
        wire->broken = true;
        yk_wire_close(wire);
        return status;
    }
    *out = wire;
    return YK_OK;
}

void yk_wire_close(struct yk_wire *wire)
{
    if (!wire)
        return;
    if (wire->tls && !wire->broken)
        yk_tls_end(wire->tls);
    yk_tls_free(wire->tls);
    if (wire->fd >= 0)
        close(wire->fd);
    free(wire);
}

static enum yk_io plain(ssize_t n, enum yk_io wait, size_t *moved)
{
    if (n > 0) {
        *moved = (size_t)n;
        return YK_IO_DONE;
    }
    if (n == 0)
        return YK_IO_CLOSED;
    if (errno == EAGAIN || errno == EINTR)
        return wait;
    return errno == EPIPE || errno == ECONNRESET ? YK_IO_CLOSED : YK_IO_FAILED;
}

static enum yk_status ended(struct yk_wire *wire, enum yk_io io, int error, struct yk_error *err)
{
    wire->broken = true;
    if (wire->tls)
        return yk_tls_explain(wire->tls, err);
    if (io == YK_IO_CLOSED && !wire->heard && wire->address.kind == YK_ADDRESS_TCP)
        return yk_error_set(err, YK_ERR_UNAVAILABLE,
                            "it closed the connection without an answer; if this is its TLS port, write tls://");
    if (io == YK_IO_CLOSED)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "it closed the connection");
    errno = error;
    return yk_error_errno(err, YK_ERR_UNAVAILABLE, "the connection broke");
}

/* Waits for what an operation asked for; anything but YK_OK is the end of the stream. */
static enum yk_status go_on(struct yk_wire *wire, enum yk_io io, struct yk_mono deadline, struct yk_error *err)
{
    if (io != YK_IO_WAIT_IN && io != YK_IO_WAIT_OUT)
        return ended(wire, io, errno, err);
    enum waited waited = wait_for(wire->fd, io == YK_IO_WAIT_IN ? POLLIN : POLLOUT, deadline);
    if (waited == READY)
        return YK_OK;
    wire->broken = true;
    return not_ready(waited, "it did not answer in time", err);
}

enum yk_status yk_wire_write(struct yk_wire *wire, const void *bytes, size_t size, struct yk_mono deadline,
                             struct yk_error *err)
{
    const char *at = bytes;
    while (size > 0) {
        size_t moved = 0;
        enum yk_io io = wire->tls ? yk_tls_write(wire->tls, at, size, &moved)
                                  : plain(send(wire->fd, at, size, MSG_NOSIGNAL), YK_IO_WAIT_OUT, &moved);
        if (io != YK_IO_DONE) {
            enum yk_status status = go_on(wire, io, deadline, err);
            if (status != YK_OK)
                return status;
            continue;
        }
        at += moved;
        size -= moved;
    }
    return YK_OK;
}

enum yk_status yk_wire_read(struct yk_wire *wire, void *bytes, size_t size, struct yk_mono deadline, size_t *got,
                            struct yk_error *err)
{
    for (;;) {
        enum yk_io io = wire->tls ? yk_tls_read(wire->tls, bytes, size, got)
                                  : plain(recv(wire->fd, bytes, size, 0), YK_IO_WAIT_IN, got);
        if (io != YK_IO_DONE) {
            enum yk_status status = go_on(wire, io, deadline, err);
            if (status != YK_OK)
                return status;
            continue;
        }
        if (!wire->tls && !wire->heard && *(const unsigned char *)bytes == TLS_ALERT) {
            wire->broken = true;
            return yk_error_set(err, YK_ERR_REFUSED, "it speaks TLS there; write tls://");
        }
        wire->heard = true;
        return YK_OK;
    }
}
