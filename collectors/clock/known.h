/* Is the machine's clock to be believed? SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A box without a battery clock starts in 1970, in the year its system was built, or where it was switched off, and is
 * set right by the network minutes or hours later. What it hears before that would be put into the wrong minutes and days.
 *
 *     system    the clock is believed unless it is provably wrong: it lies more than 26 hours before a time at which this
 *               spool was written already, or before 2026, when there was no such program. 26 hours, because a clock that
 *               was set by hand from one time zone to another has not gone wrong, but right
 *     network   it is believed once the kernel says that it is synchronised
 *
 * In either case: once believed, believed until the process ends, and a clock that the kernel calls synchronised is.
 * That it was written then proves nothing when that lies more than a year ahead: then that clock was the wrong one. */
#ifndef YK_CLOCK_KNOWN_H
#define YK_CLOCK_KNOWN_H

#include "base/clock.h"
#include "config/edge_config.h"

#include <stdatomic.h>
#include <stdbool.h>

struct yk_known_options {
    enum yk_clock_trust trust;
    int64_t wrote_s;                     /* when the spool was last written; INT64_MIN: never */
    const struct yk_clock *clock;        /* yk_clock_boot; outlives this */
    bool (*synchronised)(void *context); /* NULL: asks the kernel */
    void *context;
};

struct yk_known {
    struct yk_known_options options;
    _Atomic bool known;
};

void yk_known_open(struct yk_known *known, const struct yk_known_options *options);
/* Looks again; true from the first time on that the clock can be believed. One thread looks, any may ask. */
bool yk_known_look(struct yk_known *known);
bool yk_known_is(const struct yk_known *known);

#endif
