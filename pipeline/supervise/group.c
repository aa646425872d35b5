/* Restarting with back-off. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/group.h"

#include "base/log.h"

#include <assert.h>
#include <sys/wait.h>

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 30000
#define STEADY_US      60000000
#define GRACE_MS       15000

static void set_running(struct yk_group_member *member)
{
    member->started = yk_mono_now(&yk_clock_system);
    member->waiting = false;
}

enum yk_status yk_group_add(struct yk_group *group, struct yk_child *child, struct yk_error *err)
{
    assert(group->count < YK_GROUP_MAX);
    enum yk_status status = yk_child_start(child, err);
    if (status != YK_OK)
        return status;
    struct yk_group_member *member = &group->members[group->count++];
    *member = (struct yk_group_member){.child = child, .backoff_ms = BACKOFF_MIN_MS};
    set_running(member);
    return YK_OK;
}

static void watch(struct yk_group_member *member)
{
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    if (member->ended)
        return;
    if (!member->waiting) {
        if (yk_child_running(member->child))
            return;
        if (WIFEXITED(member->child->exit_status) && WEXITSTATUS(member->child->exit_status) == 0) {
            if (!member->ended)
                yk_log(YK_LOG_INFO, "%s has come to its end", member->child->name);
            member->ended = true;
            return;
        }
        char text[256];
        yk_child_describe(member->child, text, sizeof text);
        if (now.us - member->started.us > STEADY_US)
            member->backoff_ms = BACKOFF_MIN_MS;
        yk_log(YK_LOG_WARNING, "%s; starting it again in %.1f s", text, member->backoff_ms / 1000.0);
        member->retry_at.us = now.us + (int64_t)member->backoff_ms * 1000;
        member->backoff_ms = member->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : member->backoff_ms * 2;
        member->waiting = true;
    }
    if (now.us < member->retry_at.us)
        return;
    struct yk_error err;
    if (yk_child_start(member->child, &err) == YK_OK) {
        set_running(member);
    } else {
        yk_log(YK_LOG_ERROR, "%s", err.message);
        member->retry_at.us = now.us + (int64_t)member->backoff_ms * 1000;
    }
}

void yk_group_watch(struct yk_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        watch(&group->members[i]);
}

void yk_group_end(struct yk_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        yk_child_end(group->members[i].child, GRACE_MS);
    group->count = 0;
}
