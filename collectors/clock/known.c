/* Proof against a clock. SPDX-License-Identifier: GPL-3.0-or-later */
#include "clock/known.h"

#include <sys/timex.h>

#define BEGAN_S INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define SLACK_S (26 * INT64_C(3600))
#define AHEAD_S (366 * INT64_C(86400))

static bool kernel_says(void *context)
{
    (void)context;
    struct timex t = {.modes = 0};
    int state = adjtimex(&t);
    return state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC);
}

void yk_known_open(struct yk_known *known, const struct yk_known_options *options)
{
    known->options = *options;
    if (!options->synchronised)
        known->options.synchronised = kernel_says;
    atomic_init(&known->known, false);
}

static bool proven_wrong(const struct yk_known_options *o)
{
    int64_t now_s = yk_wall_now(o->clock).us / 1000000;
    return now_s < BEGAN_S || (now_s + SLACK_S < o->wrote_s && o->wrote_s - now_s <= AHEAD_S);
}

bool yk_known_look(struct yk_known *known)
{
    if (yk_known_is(known))
        return true;
    const struct yk_known_options *o = &known->options;
    bool now = o->synchronised(o->context) || (o->trust == YK_CLOCK_TRUST_SYSTEM && !proven_wrong(o));
    atomic_store(&known->known, now);
    return now;
}

bool yk_known_is(const struct yk_known *known)
{
    return atomic_load(&known->known);
}
