/* A group of children kept alive together. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A child that fails is started again after a pause: 0.5 s, doubling to 30 s, back to 0.5 s once it has run for a
 * minute. One that says that it is alive (base/notify.h) and then says nothing for two minutes hangs: it is killed, and
 * started again like any other.
 *
 * Ending goes by stage, so that data drains towards the server:
 *
 *     source, collect   SIGTERM: the last observations go into the spool
 *     uplink            SIGUSR1: sends what is in the spool and waits to hear that the district has it, for a bounded time
 *     analyze           SIGTERM: commits, publishes
 *     redis, serve      SIGTERM
 *
 * While a stage ends, the later ones are kept alive as before: without analyze nothing would be covered. Who does not
 * end on SIGTERM within 15 s is killed. A second SIGTERM to us (yk_stop is 2) cuts all waiting short. */
#ifndef YK_SUPERVISE_GROUP_H
#define YK_SUPERVISE_GROUP_H

#include "base/clock.h"
#include "status/up_status.h"
#include "supervise/child.h"
#include "supervise/reports.h"

#define YK_GROUP_MAX        YK_STATUS_PARTS_MAX
#define YK_GROUP_WATCHDOG_S 120

enum yk_stage {
    YK_STAGE_SOURCE,
    YK_STAGE_COLLECT,
    YK_STAGE_UPLINK,
    YK_STAGE_ANALYZE,
    YK_STAGE_REDIS,
    YK_STAGE_SERVE,
    YK_STAGE_COUNT
};

struct yk_part {
    enum yk_stage stage;
    bool tells;                     /* it says READY and that it is alive */
    bool (*answers)(void *context); /* or: asked whether it works; NULL with !tells: it works once it runs */
    void *context;
    bool finite; /* exit status 0 means that it had no more to do, as a collector at the end of a file */
};

struct yk_group_member {
    struct yk_child *child; /* its name is the part's */
    struct yk_part part;
    struct yk_mono started, retry_at, alive;
    int64_t since_s; /* wall time of the last change of state */
    int backoff_ms;
    uint64_t restarts, failures; /* failures: in a row */
    char last[64];               /* how it ended last */
    bool watched;                /* it said that it is alive at least once since it was started */
    bool ready, waiting, ended;
    bool draining, drain_told, ending;
};

/* Zero-initialised is empty; open it before adding. */
struct yk_child_group {
    struct yk_group_member members[YK_GROUP_MAX];
    size_t count;
    struct yk_reports reports;
    int watchdog_s; /* YK_GROUP_WATCHDOG_S unless changed after opening */
    bool open;
};

enum yk_status yk_group_open(struct yk_child_group *group, struct yk_error *err) YK_MUST_CHECK;
/* Starts the child, unless it runs already, and adds it; the child is kept by pointer. */
enum yk_status yk_group_add(struct yk_child_group *group, struct yk_child *child, const struct yk_part *part,
                            struct yk_error *err) YK_MUST_CHECK;
/* Hears reports for up to wait_ms, then looks once: starts again what has ended and waited its time. */
void yk_group_watch(struct yk_child_group *group, int wait_ms);
/* True if every part works, or has come to its end. */
bool yk_group_works(const struct yk_child_group *group);
/* "6 parts work"; "5 of 6 parts work; analyze fails again and again (7 times: exited with 78)". */
void yk_group_describe(const struct yk_child_group *group, char *out, size_t size);
void yk_group_status(const struct yk_child_group *group, struct yk_up_status *out);
/* Ends every child as described above; the uplink gets drain_ms. False if it could not drain in that time. */
bool yk_group_end(struct yk_child_group *group, int drain_ms);

#endif
