/* What the dashboard answers, into files that can be searched. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_CANARY_FETCH_H
#define YK_TESTS_CANARY_FETCH_H

#include "support/rig.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One GET; the whole answer goes into a file. */
static inline void fetch(int port, const char *path, const char *file)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval timeout = {20, 0};
    cr_assert(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0 &&
              connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    char request[256];
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
    cr_assert_eq(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    FILE *f = fopen(file, "wb");
    cr_assert(f);
    char buffer[65536];
    ssize_t got;
    while ((got = recv(fd, buffer, sizeof buffer, 0)) > 0)
        cr_assert_eq(fwrite(buffer, 1, (size_t)got, f), (size_t)got);
    cr_assert_eq(got, 0, "GET %s: %s", path, strerror(errno));
    close(fd);
    cr_assert_eq(fclose(f), 0);
    cr_assert(yk_rig_file_says(file, "HTTP/1.1 200"), "GET %s was not answered; see %s", path, file);
}

#endif
