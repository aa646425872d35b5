/* The system's clocks and one that is set by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static struct yk_wall system_wall(void *context)
{
    (void)context;
    return (struct yk_wall){read_us(CLOCK_REALTIME)};
}

static struct yk_mono system_mono(void *context)
{
    (void)context;
    return (struct yk_mono){read_us(CLOCK_MONOTONIC)};
}

static struct yk_mono system_boot(void *context)
{
    (void)context;
    return (struct yk_mono){read_us(CLOCK_BOOTTIME)};
}

const struct yk_clock yk_clock_system = {system_wall, system_mono, 0};
const struct yk_clock yk_clock_boot = {system_wall, system_boot, 0};

static struct yk_wall manual_wall(void *context)
{
    return ((struct yk_manual_clock *)context)->wall;
}

static struct yk_mono manual_mono(void *context)
{
    return ((struct yk_manual_clock *)context)->mono;
}

struct yk_clock yk_clock_manual(struct yk_manual_clock *state)
{
    return (struct yk_clock){manual_wall, manual_mono, state};
}
