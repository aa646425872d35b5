/* Ending a group, stage by stage. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/group.h"

#include "base/log.h"
#include "base/notify.h"
#include "base/stop.h"

#include <signal.h>

#define GRACE_MS 15000
#define HURRY_MS 2000

static bool hurried(void)
{
    return yk_stop >= 2;
}

static int64_t now_us(void)
{
    return yk_mono_now(&yk_clock_system).us;
}

static bool of_stage(const struct yk_group_member *member, enum yk_stage stage)
{
    return member->part.stage == stage;
}

/* One that waits to be started again has something left in the spool: no more waiting. */
static void begin_drain(struct yk_child_group *group, enum yk_stage stage)
{
    for (size_t i = 0; i < group->count; i++)
        if (of_stage(&group->members[i], stage)) {
            group->members[i].draining = true;
            group->members[i].retry_at.us = 0;
        }
}

/* The word is given once it works: before, it would not be understood. */
static void tell_drain(struct yk_child_group *group, enum yk_stage stage)
{
    for (size_t i = 0; i < group->count; i++) {
        struct yk_group_member *member = &group->members[i];
        if (!of_stage(member, stage) || member->drain_told || !member->ready || member->waiting || member->ended)
            continue;
        kill(member->child->pid, SIGUSR1);
        member->drain_told = true;
    }
}

static bool drained(const struct yk_child_group *group, enum yk_stage stage)
{
    for (size_t i = 0; i < group->count; i++)
        if (of_stage(&group->members[i], stage) && !group->members[i].ended)
            return false;
    return true;
}

static bool drain(struct yk_child_group *group, enum yk_stage stage, int drain_ms)
{
    int64_t deadline = now_us() + (int64_t)drain_ms * 1000;
    begin_drain(group, stage);
    while (!drained(group, stage) && !hurried() && now_us() < deadline) {
        tell_drain(group, stage);
        yk_group_watch(group, 10);
        yk_notify_alive();
    }
    return drained(group, stage);
}

static void signal_stage(struct yk_child_group *group, enum yk_stage stage, int number)
{
    for (size_t i = 0; i < group->count; i++)
        if (of_stage(&group->members[i], stage) && group->members[i].child->pid != 0)
            kill(group->members[i].child->pid, number);
}

static bool stage_runs(struct yk_child_group *group, enum yk_stage stage)
{
    bool any = false;
    for (size_t i = 0; i < group->count; i++)
        any |= of_stage(&group->members[i], stage) && yk_child_running(group->members[i].child);
    return any;
}

static void end(struct yk_child_group *group, enum yk_stage stage)
{
    for (size_t i = 0; i < group->count; i++)
        group->members[i].ending |= of_stage(&group->members[i], stage);
    bool hurry = hurried();
    int64_t deadline = now_us() + (hurry ? HURRY_MS : GRACE_MS) * 1000LL;
    signal_stage(group, stage, SIGTERM);
    while (stage_runs(group, stage)) {
        if (!hurry && hurried()) {
            hurry = true;
            deadline = now_us() + HURRY_MS * 1000LL;
        }
        if (now_us() > deadline)
            signal_stage(group, stage, SIGKILL);
        yk_group_watch(group, 10);
        yk_notify_alive();
    }
}

bool yk_group_end(struct yk_child_group *group, int drain_ms)
{
    static const char *const words[YK_STAGE_COUNT] = {"the source",   "the collectors", "the uplink",
                                                      "the analysis", "Redis",          "the dashboard"};
    bool all = true;
    for (int s = 0; s < YK_STAGE_COUNT; s++) {
        bool any = false;
        for (size_t i = 0; i < group->count; i++)
            any |= of_stage(&group->members[i], (enum yk_stage)s);
        if (!any)
            continue;
        yk_notify_status("ending %s", words[s]);
        if (s == YK_STAGE_UPLINK && drain_ms > 0)
            all = drain(group, (enum yk_stage)s, drain_ms);
        end(group, (enum yk_stage)s);
    }
    group->count = 0;
    if (group->open)
        yk_reports_close(&group->reports);
    group->open = false;
    return all;
}
