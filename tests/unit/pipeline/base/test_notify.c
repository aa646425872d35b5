/* The service manager's end is a socket of this test. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"
#include "base/notify.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int manager;

static void listen_here(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = sizeof name;
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(manager, (struct sockaddr *)&name, sizeof name.sun_family), 0);
    cr_assert_eq(getsockname(manager, (struct sockaddr *)&name, &size), 0);
    char address[32];
    snprintf(address, sizeof address, "@%.5s", name.sun_path + 1);
    setenv("NOTIFY_SOCKET", address, 1);
}

/* The next word, "" if there is none: a datagram is there as soon as it was sent. */
static const char *next(void)
{
    static char text[512];
    ssize_t got = recv(manager, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

Test(notify, words_are_said_once)
{
    listen_here();
    yk_notify_ready();
    yk_notify_ready();
    cr_expect_str_eq(next(), "READY=1");
    cr_expect_str_eq(next(), "");
    yk_notify_status("%d parts work", 6);
    yk_notify_status("%d parts work", 6);
    yk_notify_status("a\nREADY=1");
    cr_expect_str_eq(next(), "STATUS=6 parts work");
    cr_expect_str_eq(next(), "STATUS=a READY=1", "a line break begins no other assignment");
    yk_notify_stopping();
    yk_notify_stopping();
    cr_expect_str_eq(next(), "STOPPING=1");
    cr_expect_str_eq(next(), "");
    close(manager);
}

Test(notify, the_watchdog_is_fed_at_half_its_time, .timeout = 30)
{
    listen_here();
    setenv("WATCHDOG_USEC", "400000", 1);
    int64_t begun = yk_mono_now(&yk_clock_system).us, until = begun + 1000000, now;
    int fed = 0;
    while ((now = yk_mono_now(&yk_clock_system).us) < until) {
        yk_notify_alive();
        if (strcmp(next(), "WATCHDOG=1") == 0)
            fed++;
    }
    /* At once, then never sooner than after 0.2 s: 5 or 6 in a second if nobody kept us from running. */
    cr_expect_leq(fed, 6);
    cr_expect_geq(fed, 2);
    close(manager);
}

Test(notify, nothing_without_a_manager)
{
    listen_here();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    yk_notify_ready();
    yk_notify_alive();
    cr_expect_str_eq(next(), "");
    close(manager);
}

Test(notify, another_process_is_meant)
{
    listen_here();
    setenv("WATCHDOG_USEC", "400000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    yk_notify_alive();
    cr_expect_str_eq(next(), "");
    close(manager);
}
