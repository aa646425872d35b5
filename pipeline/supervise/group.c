/* Restarting with back-off; see group_end.c for the ending. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/group.h"

#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 30000
#define STEADY_US      60000000
#define FAILURES_SHOWN 3

enum yk_status yk_group_open(struct yk_child_group *group, struct yk_error *err)
{
    memset(group, 0, sizeof *group);
    enum yk_status status = yk_reports_open(&group->reports, err);
    group->open = status == YK_OK;
    group->watchdog_s = YK_GROUP_WATCHDOG_S;
    return status;
}

static void changed(struct yk_group_member *member)
{
    member->since_s = yk_wall_now(&yk_clock_system).us / 1000000;
}

static void set_running(struct yk_group_member *member)
{
    member->started = yk_mono_now(&yk_clock_system);
    member->waiting = member->watched = member->drain_told = false;
    member->ready = !member->part.tells && !member->part.answers;
    changed(member);
}

enum yk_status yk_group_add(struct yk_child_group *group, struct yk_child *child, const struct yk_part *part,
                            struct yk_error *err)
{
    assert(group->open && group->count < YK_GROUP_MAX);
    if (part->tells) {
        child->notify = group->reports.address;
        child->watchdog_s = group->watchdog_s;
    }
    enum yk_status status = yk_child_running(child) ? YK_OK : yk_child_start(child, err);
    if (status != YK_OK)
        return status;
    struct yk_group_member *member = &group->members[group->count++];
    *member = (struct yk_group_member){.child = child, .part = *part, .backoff_ms = BACKOFF_MIN_MS};
    set_running(member);
    return YK_OK;
}

static void hear(struct yk_child_group *group, int wait_ms)
{
    struct yk_report report;
    while (yk_reports_next(&group->reports, wait_ms, &report)) {
        wait_ms = 0;
        for (size_t i = 0; i < group->count; i++) {
            struct yk_group_member *member = &group->members[i];
            if (member->child->pid == 0 || member->child->pid != report.pid)
                continue;
            if (report.ready && !member->ready) {
                member->ready = true;
                changed(member);
            }
            member->watched |= report.alive;
            member->alive = yk_mono_now(&yk_clock_system);
        }
    }
}

/* True while it runs and works, or may still come to. */
static bool runs(const struct yk_child_group *group, struct yk_group_member *member, struct yk_mono now)
{
    if (!yk_child_running(member->child))
        return false;
    if (!member->ready && member->part.answers && member->part.answers(member->part.context)) {
        member->ready = true;
        changed(member);
    }
    if (now.us - member->started.us > STEADY_US)
        member->failures = 0;
    if (member->watched && now.us - member->alive.us > group->watchdog_s * 1000000LL) {
        yk_log(YK_LOG_WARNING, "%s has said nothing for %d s: it hangs, and is killed", member->child->name,
               group->watchdog_s);
        kill(member->child->pid, SIGKILL); /* its end is seen in one of the next looks */
    }
    return true;
}

static void plan_restart(struct yk_group_member *member, struct yk_mono now)
{
    char text[256];
    yk_child_describe(member->child, text, sizeof text);
    yk_text_copy(member->last, sizeof member->last, text + strlen(member->child->name) + 1);
    if (now.us - member->started.us > STEADY_US)
        member->backoff_ms = BACKOFF_MIN_MS;
    yk_log(YK_LOG_WARNING, "%s; starting it again in %.1f s", text, member->backoff_ms / 1000.0);
    member->retry_at.us = now.us + (int64_t)member->backoff_ms * 1000;
    member->backoff_ms = member->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : member->backoff_ms * 2;
    member->failures++;
    member->waiting = true;
    member->ready = false;
    changed(member);
}

static void watch(const struct yk_child_group *group, struct yk_group_member *member)
{
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    if (member->ended || member->ending)
        return;
    if (!member->waiting) {
        if (runs(group, member, now))
            return;
        int code = member->child->exit_status;
        if ((member->part.finite || member->draining) && WIFEXITED(code) && WEXITSTATUS(code) == 0) {
            if (member->part.finite)
                yk_log(YK_LOG_INFO, "%s has come to its end", member->child->name);
            member->ended = true;
            changed(member);
            return;
        }
        plan_restart(member, now);
    }
    if (now.us < member->retry_at.us)
        return;
    struct yk_error err;
    if (yk_child_start(member->child, &err) == YK_OK) {
        member->restarts++;
        set_running(member);
    } else {
        yk_log(YK_LOG_ERROR, "%s", err.message);
        member->failures++;
        member->retry_at.us = now.us + (int64_t)member->backoff_ms * 1000;
    }
}

void yk_group_watch(struct yk_child_group *group, int wait_ms)
{
    hear(group, wait_ms);
    for (size_t i = 0; i < group->count; i++)
        watch(group, &group->members[i]);
}

bool yk_group_works(const struct yk_child_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (!group->members[i].ready && !group->members[i].ended)
            return false;
    return true;
}

void yk_group_describe(const struct yk_child_group *group, char *out, size_t size)
{
    size_t working = 0;
    const struct yk_group_member *worst = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct yk_group_member *member = &group->members[i];
        working += member->ready || member->ended;
        if (member->failures >= FAILURES_SHOWN && (!worst || member->failures > worst->failures))
            worst = member;
    }
    int n = working == group->count ? snprintf(out, size, "%zu parts work", working)
                                    : snprintf(out, size, "%zu of %zu parts work", working, group->count);
    if (worst && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, "; %s fails again and again (%llu times: %s)", worst->child->name,
                 (unsigned long long)worst->failures, worst->last);
}

void yk_group_status(const struct yk_child_group *group, struct yk_up_status *out)
{
    out->part_count = group->count;
    for (size_t i = 0; i < group->count; i++) {
        const struct yk_group_member *member = &group->members[i];
        struct yk_part_status *part = &out->parts[i];
        const char *state = member->ended     ? "ended"
                            : member->waiting ? "waiting"
                            : member->ready   ? "running"
                                              : "starting";
        yk_text_copy(part->name, sizeof part->name, member->child->name);
        yk_text_copy(part->state, sizeof part->state, state);
        yk_text_copy(part->last, sizeof part->last, member->last);
        part->since_s = member->since_s;
        part->restarts = member->restarts;
        part->failures = member->failures;
    }
}
