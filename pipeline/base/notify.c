/* READY, STOPPING, STATUS, WATCHDOG. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/notify.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static bool ready, stopping;
static char last[256];

void yk_notify_ready(void)
{
    if (!ready)
        sd_notify(0, "READY=1");
    ready = true;
}

void yk_notify_stopping(void)
{
    if (!stopping)
        sd_notify(0, "STOPPING=1");
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
    sd_notifyf(0, "STATUS=%s", text);
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
    sd_notify(0, "WATCHDOG=1");
}
