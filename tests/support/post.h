/* A client that posts, and one that does not behave. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_POST_H
#define YK_TESTS_SUPPORT_POST_H

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connected to 127.0.0.1, from `from` (a loopback address); -1 if it is not taken. */
static inline int post_connect(const char *from, int port)
{
    struct sockaddr_in here = {.sin_family = AF_INET},
                       there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, from, &here.sin_addr);
    inet_pton(AF_INET, "127.0.0.1", &there.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0, "no socket: %s", strerror(errno));
    if (bind(fd, (struct sockaddr *)&here, sizeof here) != 0 ||
        connect(fd, (struct sockaddr *)&there, sizeof there) != 0) {
        close(fd);
        return -1;
    }
    int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static inline bool post_write(int fd, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = send(fd, (const char *)bytes + done, size - done, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* The status of the next answer, which has no body; 0: the other side ended, or said nothing for 20 s. */
static inline int post_answer(int fd)
{
    char text[4096];
    size_t size = 0;
    while (size < sizeof text - 1) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, 20000) <= 0)
            return 0;
        ssize_t n = read(fd, text + size, 1);
        if (n <= 0)
            return 0;
        size += (size_t)n;
        text[size] = '\0';
        if (size >= 4 && strcmp(text + size - 4, "\r\n\r\n") == 0)
            break;
    }
    int status = 0;
    return sscanf(text, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

/* One request over an open connection; headers as "Name: value\r\n...". */
static inline int post_over(int fd, const char *path, const char *headers, const void *body, size_t size)
{
    char head[1024];
    int length = snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: camera\r\n%sContent-Length: %zu\r\n\r\n", path,
                          headers, size);
    cr_assert_lt(length, (int)sizeof head);
    if (!post_write(fd, head, (size_t)length))
        return post_answer(fd);
    (void)post_write(fd, body, size); /* it may be refused before it was read */
    return post_answer(fd);
}

static inline int post_once(const char *from, int port, const char *path, const char *headers, const void *body,
                            size_t size)
{
    int fd = post_connect(from, port);
    cr_assert(fd >= 0, "nobody listens on port %d", port);
    int status = post_over(fd, path, headers, body, size);
    close(fd);
    return status;
}

#endif
