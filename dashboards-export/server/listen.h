/* The listening socket of "ADDRESS:PORT". SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERVER_LISTEN_H
#define YK_SERVER_LISTEN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80"; port 0 takes any free one. Names are not looked up. url gets
 * "http://ADDRESS:PORT/" with the real port; *loopback says whether only this machine can reach it. */
enum yk_status yk_listen(const char *listen_on, int *fd, char *url, size_t url_size, bool *loopback,
                         struct yk_error *err) YK_MUST_CHECK;

#endif
