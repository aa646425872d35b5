/* Carries key messages between an inbox and Redis, and understands none. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * About once a minute: what the collector left as INBOX/sealing-EPOCH.msg is added to the edge's stream of sealing
 * keys, and what the district set for the edge (a row of up to two messages of frame/epoch_key.h, the newest last) is
 * laid into the inbox as INBOX/key-EPOCH.msg. Signatures and boxes are the collector's affair. Only epochs that may
 * still be asked for are laid down (the present one and two to come), so the inbox, which is memory, holds three at the
 * most: an old message that is played again lands nowhere. One that displaces a good one of the same epoch hurts no
 * collector that has asked already, since it asks once.
 *
 * Redis forgets when it is started anew: after each new connection sealing keys are added again. The stream is kept to
 * about a hundred entries by the XADD itself; the district reads the newest that is good. Trouble here is logged and
 * never stops frames. */
#ifndef YK_LINK_COURIER_H
#define YK_LINK_COURIER_H

#include "base/clock.h"
#include "base/error.h"
#include "link/redis.h"

struct yk_courier;

struct yk_courier_options {
    const char *inbox, *district, *edge; /* copied */
    unsigned shard;
    int epoch_hours, epoch_start_s;
    const struct yk_clock *clock; /* outlives the courier */
};

enum yk_status yk_courier_new(const struct yk_courier_options *options, struct yk_courier **out,
                              struct yk_error *err) YK_MUST_CHECK;
void yk_courier_free(struct yk_courier *courier);
/* Does nothing until a minute has passed. Fails only if the connection is of no more use. */
enum yk_status yk_courier_visit(struct yk_courier *courier, struct yk_redis *redis, struct yk_error *err) YK_MUST_CHECK;
/* The connection was lost: the next visit comes at once and brings everything again. NULL is fine. */
void yk_courier_forget(struct yk_courier *courier);

#endif
