/* Datagrams on a unix socket. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/wake.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* False if the folder's name is too long for a socket: the uplink then looks by itself, a few times a second. */
static bool name(struct sockaddr_un *address, const char *spool)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path, sizeof address->sun_path, "%s/wake.sock", spool);
    return length > 0 && (size_t)length < sizeof address->sun_path;
}

int yk_wake_sender(void)
{
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void yk_wake_send(int fd, const char *spool)
{
    struct sockaddr_un to;
    if (fd < 0 || !name(&to, spool))
        return;
    ssize_t sent = sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to);
    (void)sent;
}

int yk_wake_listen(const char *spool)
{
    struct sockaddr_un at;
    if (!name(&at, spool) || (mkdir(spool, 0700) != 0 && access(spool, W_OK) != 0))
        return -1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(at.sun_path);
    if (fd >= 0 && (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || chmod(at.sun_path, 0660) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

bool yk_wake_wait(int fd, int wait_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN}; /* a negative fd is only waited for */
    bool woken = poll(&poll_fd, 1, wait_ms) > 0;
    char byte;
    while (woken && recv(fd, &byte, sizeof byte, MSG_DONTWAIT) >= 0)
        continue;
    return woken;
}
