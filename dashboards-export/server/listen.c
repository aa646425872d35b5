/* The listening socket of "ADDRESS:PORT". SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/listen.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum yk_status resolve(const char *listen_on, struct addrinfo **out, struct yk_error *err)
{
    char host[64];
    const char *colon = strrchr(listen_on, ':');
    bool brackets = listen_on[0] == '[' && colon && colon > listen_on + 1 && colon[-1] == ']';
    const char *start = listen_on + brackets;
    size_t length = colon ? (size_t)(colon - start) - brackets : 0;
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    long port = 0;
    for (size_t i = 0; i < digits && digits <= 5; i++)
        port = port * 10 + (colon[1 + i] - '0');
    if (length > 0 && length < sizeof host && digits > 0 && digits <= 5 && colon[1 + digits] == '\0' && port <= 65535) {
        memcpy(host, start, length);
        host[length] = '\0';
        if (getaddrinfo(host, colon + 1, &hints, out) == 0)
            return YK_OK;
    }
    return yk_error_set(err, YK_ERR_USAGE,
                        "cannot listen on '%s': write ADDRESS:PORT, for example 127.0.0.1:8080 or [::1]:8080",
                        listen_on);
}

static void describe(int fd, char *url, size_t url_size, bool *loopback)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    char text[INET6_ADDRSTRLEN] = "";
    getsockname(fd, (struct sockaddr *)&address, &size);
    if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, &address, sizeof six);
        inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
        snprintf(url, url_size, "http://[%s]:%u/", text, ntohs(six.sin6_port));
        *loopback = IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
    } else {
        struct sockaddr_in four;
        memcpy(&four, &address, sizeof four);
        inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
        snprintf(url, url_size, "http://%s:%u/", text, ntohs(four.sin_port));
        *loopback = (ntohl(four.sin_addr.s_addr) >> 24) == 127;
    }
}

enum yk_status yk_listen(const char *listen_on, int *fd, char *url, size_t url_size, bool *loopback,
                         struct yk_error *err)
{
    struct addrinfo *address = NULL;
    enum yk_status status = resolve(listen_on, &address, err);
    if (status != YK_OK)
        return status;
    int yes = 1;
    assert(address);
    *fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(*fd, address->ai_addr, address->ai_addrlen) != 0 || listen(*fd, 128) != 0) {
        status =
            yk_error_errno(err, YK_ERR_UNAVAILABLE, "cannot listen on %s (choose another with --listen)", listen_on);
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
    } else {
        describe(*fd, url, url_size, loopback);
    }
    freeaddrinfo(address);
    return status;
}
