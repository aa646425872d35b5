/* Doubling, with jitter. SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/backoff.h"

#include <sodium.h>

#define FIRST_MS 250
#define MOST_MS  30000

unsigned yk_backoff_next(struct yk_backoff *backoff)
{
    backoff->ms = backoff->ms == 0 ? FIRST_MS : 2 * backoff->ms > MOST_MS ? MOST_MS : 2 * backoff->ms;
    return backoff->ms / 2 + randombytes_uniform(backoff->ms / 2 + 1);
}
