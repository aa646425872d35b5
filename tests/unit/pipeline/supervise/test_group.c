/* A group of shells: started again, drained and ended in order. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stop.h"
#include "supervise/group.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct yk_child_group group;
static struct yk_child children[4];
static char scripts[4][512];

static void start(void)
{
    struct yk_error err;
    scratch_make();
    cr_assert_eq(yk_group_open(&group, &err), YK_OK);
}

static void stop(void)
{
    yk_group_end(&group, 0);
    scratch_remove();
}

TestSuite(group, .init = start, .fini = stop, .timeout = 60);

/* Part i runs a script in the scratch folder. */
static struct yk_group_member *add(int i, const char *name, enum yk_stage stage, const char *script)
{
    struct yk_error err;
    snprintf(scripts[i], sizeof scripts[i], "cd %s; %s", scratch, script);
    yk_child_init(&children[i], name, "/bin/sh");
    yk_child_args(&children[i], "-c", scripts[i], NULL);
    cr_assert_eq(yk_group_add(&group, &children[i], &(struct yk_part){.stage = stage}, &err), YK_OK);
    return &group.members[group.count - 1];
}

static char *text_of(const char *name)
{
    static char text[256];
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    FILE *file = fopen(path, "r");
    size_t got = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[got] = '\0';
    if (file)
        fclose(file);
    return text;
}

/* Watches until the file says so, or for 20 s. */
static bool until(const char *name, const char *says)
{
    int64_t deadline = yk_mono_now(&yk_clock_system).us + 20000000;
    while (!strstr(text_of(name), says) && yk_mono_now(&yk_clock_system).us < deadline)
        yk_group_watch(&group, 10);
    return strstr(text_of(name), says) != NULL;
}

#define FOREVER "while :; do sleep 0.02; done"

Test(group, what_fails_comes_back_ever_more_slowly)
{
    struct yk_group_member *m = add(0, "analyze", YK_STAGE_ANALYZE, "echo x >>runs; exit 78");
    int64_t begun = yk_mono_now(&yk_clock_system).us;
    cr_assert(until("runs", "x\nx\nx\n"));
    int64_t took = yk_mono_now(&yk_clock_system).us - begun;
    cr_expect_geq(took, 1500000, "0.5 s, then 1 s of pause");
    while (m->failures < 3)
        yk_group_watch(&group, 10);
    char text[200];
    yk_group_describe(&group, text, sizeof text);
    cr_expect_str_eq(text, "0 of 1 parts work; analyze fails again and again (3 times: exited with 78)");
    struct yk_up_status status = {0};
    yk_group_status(&group, &status);
    cr_assert_eq(status.part_count, 1);
    cr_expect_str_eq(status.parts[0].name, "analyze");
    cr_expect_str_eq(status.parts[0].state, "waiting");
    cr_expect_str_eq(status.parts[0].last, "exited with 78");
    cr_expect_eq(status.parts[0].failures, 3);
    cr_expect_eq(status.parts[0].restarts, 2);
}

Test(group, only_what_is_finite_may_end)
{
    struct yk_error err;
    add(0, "uplink", YK_STAGE_UPLINK, "echo x >>runs; exit 0");
    cr_expect(until("runs", "x\nx\n"), "a part that should go on is started again also after exit 0");
    yk_child_init(&children[1], "collect", "/bin/true");
    cr_assert_eq(yk_group_add(&group, &children[1], &(struct yk_part){.stage = YK_STAGE_COLLECT, .finite = true}, &err),
                 YK_OK);
    struct yk_group_member *m = &group.members[1];
    while (!m->ended)
        yk_group_watch(&group, 10);
    yk_group_watch(&group, 600);
    cr_expect_eq(m->restarts, 0);
}

/* The uplink goes on until the analysis has let it, which is alive meanwhile; each stage ends before the next. */
Test(group, ends_stage_by_stage)
{
    add(0, "redis", YK_STAGE_REDIS, "trap 'echo redis >>order; exit' TERM; echo r >>up; " FOREVER);
    add(1, "analyze", YK_STAGE_ANALYZE,
        "trap 'echo analyze >>order; exit' TERM; echo r >>up; while :; do sleep 0.02; test -e asked && echo ok "
        ">answer; done");
    add(2, "uplink", YK_STAGE_UPLINK,
        "trap 'touch asked; while ! test -s answer; do sleep 0.02; done; echo uplink >>order; exit 0' USR1; echo r "
        ">>up; " FOREVER);
    add(3, "collect", YK_STAGE_COLLECT, "trap 'sleep 0.2; echo collect >>order; exit' TERM; echo r >>up; " FOREVER);
    cr_assert(until("up", "r\nr\nr\nr\n"));
    cr_expect(yk_group_end(&group, 10000), "all was drained");
    cr_expect_str_eq(text_of("order"), "collect\nuplink\nanalyze\nredis\n");
}

/* What an uplink cannot get rid of in its time stays where it is. */
Test(group, draining_is_bounded)
{
    add(0, "uplink", YK_STAGE_UPLINK,
        "trap 'echo asked >>order' USR1; trap 'echo ended >>order; exit' TERM; echo r >>up; " FOREVER);
    cr_assert(until("up", "r\n"));
    int64_t begun = yk_mono_now(&yk_clock_system).us;
    cr_expect_not(yk_group_end(&group, 700));
    int64_t took = yk_mono_now(&yk_clock_system).us - begun;
    cr_expect_geq(took, 700000);
    cr_expect_lt(took, 10000000);
    cr_expect_str_eq(text_of("order"), "asked\nended\n");
}

static bool is_ready(void *context)
{
    (void)context;
    return text_of("ready")[0] != '\0';
}

/* One that is killed while it drains goes on where it was, and is told again once it works. */
Test(group, an_uplink_that_dies_while_it_drains_is_started_again)
{
    struct yk_error err;
    snprintf(scripts[0], sizeof scripts[0],
             "cd %s; trap 'echo asked >>order; test -e once && exit 0; rm ready; touch once; kill -9 $$' USR1; echo r "
             ">ready; " FOREVER,
             scratch);
    yk_child_init(&children[0], "uplink", "/bin/sh");
    yk_child_args(&children[0], "-c", scripts[0], NULL);
    cr_assert_eq(
        yk_group_add(&group, &children[0], &(struct yk_part){.stage = YK_STAGE_UPLINK, .answers = is_ready}, &err),
        YK_OK);
    while (!yk_group_works(&group))
        yk_group_watch(&group, 10);
    cr_expect(yk_group_end(&group, 20000));
    cr_expect_str_eq(text_of("order"), "asked\nasked\n");
}

Test(group, a_second_signal_hurries)
{
    add(0, "uplink", YK_STAGE_UPLINK, "trap '' USR1 TERM; echo r >>up; " FOREVER);
    cr_assert(until("up", "r\n"));
    yk_stop = 2;
    int64_t begun = yk_mono_now(&yk_clock_system).us;
    yk_group_end(&group, 60000);
    cr_expect_lt(yk_mono_now(&yk_clock_system).us - begun, 12000000, "neither 60 s for the drain nor 15 s of grace");
    yk_stop = 0;
}

/* What we were told by our own service manager is not handed on to children. */
Test(group, children_answer_us_and_nobody_else)
{
    setenv("NOTIFY_SOCKET", "/nowhere/systemd", 1);
    setenv("WATCHDOG_USEC", "1", 1);
    setenv("WATCHDOG_PID", "1", 1);
    add(0, "plain", YK_STAGE_SOURCE, "echo \"$NOTIFY_SOCKET,$WATCHDOG_USEC,$WATCHDOG_PID.\" >plain; " FOREVER);
    struct yk_error err;
    snprintf(scripts[1], sizeof scripts[1],
             "cd %s; echo \"$NOTIFY_SOCKET,$WATCHDOG_USEC,$WATCHDOG_PID.\" >tells; " FOREVER, scratch);
    yk_child_init(&children[1], "tells", "/bin/sh");
    yk_child_args(&children[1], "-c", scripts[1], NULL);
    cr_assert_eq(yk_group_add(&group, &children[1], &(struct yk_part){.stage = YK_STAGE_SERVE, .tells = true}, &err),
                 YK_OK);
    cr_assert(until("plain", ".") && until("tells", "."));
    cr_expect_str_eq(text_of("plain"), ",,.\n");
    char expected[64];
    snprintf(expected, sizeof expected, "%s,120000000,.\n", group.reports.address);
    cr_expect_str_eq(text_of("tells"), expected);
    cr_expect_eq(group.reports.address[0], '@');
    cr_expect_not(yk_group_works(&group), "one has not said that it works");
}
