/* Hearing children. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/reports.h"

#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum yk_status yk_reports_open(struct yk_reports *reports, struct yk_error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = sizeof name;
    int on = 1;
    reports->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Bound to the family alone: the kernel gives it an abstract name of five hex digits. */
    if (reports->fd < 0 || bind(reports->fd, (struct sockaddr *)&name, sizeof name.sun_family) != 0 ||
        getsockname(reports->fd, (struct sockaddr *)&name, &size) != 0 ||
        setsockopt(reports->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
        enum yk_status status = yk_error_errno(err, YK_ERR_IO, "cannot make a socket for what the parts report");
        yk_reports_close(reports);
        return status;
    }
    snprintf(reports->address, sizeof reports->address, "@%.*s",
             (int)(size - offsetof(struct sockaddr_un, sun_path) - 1), name.sun_path + 1);
    return YK_OK;
}

void yk_reports_close(struct yk_reports *reports)
{
    if (reports->fd >= 0)
        close(reports->fd);
    reports->fd = -1;
}

static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
        if (strncmp(at, line, length) == 0 && (at[length] == '\0' || at[length] == '\n'))
            return true;
    return false;
}

bool yk_reports_next(struct yk_reports *reports, int wait_ms, struct yk_report *out)
{
    struct pollfd poll_fd = {reports->fd, POLLIN, 0};
    if (reports->fd < 0) {
        nanosleep(&(struct timespec){wait_ms / 1000, (long)(wait_ms % 1000) * 1000000}, NULL);
        return false;
    }
    if (poll(&poll_fd, 1, wait_ms) <= 0)
        return false;
    char text[2048];
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(8 * sizeof(int))];
    } control;
    struct iovec iov = {text, sizeof text - 1};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(reports->fd, &message, MSG_CMSG_CLOEXEC);
    *out = (struct yk_report){0};
    if (got < 0)
        return false;
    text[got] = '\0';
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
            out->pid = credentials.pid;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) { /* not asked for */
            size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < count; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                close(fd);
            }
        }
    }
    out->ready = has_line(text, "READY=1");
    out->alive = has_line(text, "WATCHDOG=1");
    return true;
}
