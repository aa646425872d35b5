/* READY, STOPPING, STATUS, WATCHDOG. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The protocol of sd_notify(3) is one datagram of text. libsystemd's own sends it with sendmsg(2), which a confined
 * collector may not call (it is how descriptors are passed), so it is sent here. */
#include "base/notify.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static bool ready, stopping;
static char last[256];

static void tell(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t length = path ? strlen(path) : 0;
    if (length < 2 || length >= sizeof name.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(name.sun_path, path, length);
    if (path[0] == '@') /* the abstract name space */
        name.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)!sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&name,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(fd);
}

void yk_notify_ready(void)
{
    if (!ready)
        tell("READY=1");
    ready = true;
}

void yk_notify_stopping(void)
{
    if (!stopping)
        tell("STOPPING=1");
    stopping = true;
}

void yk_notify_status(const char *fmt, ...)
{
    char text[sizeof last];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    for (char *p = text; *p; p++) /* a line break would begin another assignment */
        if (*p == '\n')
            *p = ' ';
    if (strcmp(text, last) == 0)
        return;
    memcpy(last, text, sizeof last);
    char line[sizeof text + sizeof "STATUS="];
    snprintf(line, sizeof line, "STATUS=%s", text);
    tell(line);
}

void yk_notify_alive(void)
{
    static bool asked;
    static int64_t half_us; /* 0: nobody waits for us */
    static struct yk_mono told;
    if (!asked) {
        uint64_t limit_us = 0;
        half_us = sd_watchdog_enabled(0, &limit_us) > 0 ? (int64_t)(limit_us / 2) : 0;
        asked = true;
    } else if (half_us > 0 && yk_mono_now(&yk_clock_system).us - told.us < half_us) {
        return;
    }
    if (half_us == 0)
        return;
    told = yk_mono_now(&yk_clock_system);
    tell("WATCHDOG=1");
}
