/* One flag. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stop.h"

#include <stddef.h>

volatile sig_atomic_t yk_stop, yk_drain;

static void on_signal(int number)
{
    (void)number;
    yk_stop = yk_stop ? 2 : 1;
}

static void on_drain(int number)
{
    (void)number;
    yk_drain = 1;
}

void yk_drain_on_signal(void)
{
    struct sigaction drain = {.sa_handler = on_drain};
    sigaction(SIGUSR1, &drain, NULL);
}

void yk_stop_on_signals(void)
{
    struct sigaction end = {.sa_handler = on_signal};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}
