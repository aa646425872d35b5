/* The running parts of one machine: what up and demo have in common. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SUPERVISE_LIVE_H
#define YK_SUPERVISE_LIVE_H

#include "supervise/group.h"
#include "supervise/machine.h"

struct yk_live {
    struct yk_machine *machine;
    struct yk_child_group group;
    struct yk_child collect[2], uplink, analyze, keys, serve;
};

/* The group is open before any of these.
 *
 * Keeps the machine's private Redis alive from now on; it has been started. */
enum yk_status yk_live_redis(struct yk_live *live, struct yk_error *err) YK_MUST_CHECK;
/* Starts the dashboard alone: before there is anything to show, it says so. listen NULL: as configured. */
enum yk_status yk_live_serve(struct yk_live *live, const char *listen, struct yk_error *err) YK_MUST_CHECK;
/* Starts collectors (those families in `families` that have a sensor), uplink, analyze, and with a radio and an inbox
 * the maker of epoch keys. Redis must run. inputs are
 * "SENSOR=PATH" and override the configuration; NULL-terminated, may be NULL. */
enum yk_status yk_live_start(struct yk_live *live, const char *const *inputs, struct yk_error *err) YK_MUST_CHECK;

#endif
