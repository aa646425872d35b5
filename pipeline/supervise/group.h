/* A group of children kept alive together. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A child that fails is started again after a pause: 0.5 s, doubling to 30 s, back to 0.5 s once it has run for a
 * minute. Ending goes in order of adding, so that data drains towards the server: collectors first, then uplink, then
 * analyze, Redis last. */
#ifndef YK_SUPERVISE_GROUP_H
#define YK_SUPERVISE_GROUP_H

#include "base/clock.h"
#include "supervise/child.h"

#define YK_GROUP_MAX 16

struct yk_group_member {
    struct yk_child *child;
    struct yk_mono started, retry_at;
    int backoff_ms;
    bool waiting; /* ended, and not started again yet */
    bool ended;   /* with exit status 0: it had no more to do, as a collector at the end of a file */
};

struct yk_group {
    struct yk_group_member members[YK_GROUP_MAX];
    size_t count;
};

/* Starts the child and adds it; the child is kept by pointer. */
enum yk_status yk_group_add(struct yk_group *group, struct yk_child *child, struct yk_error *err) YK_MUST_CHECK;
/* One look: starts again what has ended and waited its time. Call it about ten times a second. */
void yk_group_watch(struct yk_group *group);
/* Ends every child in order of adding, each with some seconds to finish. */
void yk_group_end(struct yk_group *group);

#endif
