/* `yukikai up`: parts that end are started again, and all end with it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The simulator writes into the pipes that stand for sensors, in real time; a person's `up` is a child here, and its own children
 * are found by their parent in /proc. */
#include "support/rig.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct yk_rig rig;

static void start(void)
{
    yk_rig_open(&rig);
}

static void stop(void)
{
    yk_rig_close(&rig);
}

TestSuite(up, .init = start, .fini = stop, .timeout = 120);

/* The process with that name whose parent is `parent`; 0: none. */
static pid_t child_of(pid_t parent, const char *name)
{
    pid_t found = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc && !found && (entry = readdir(proc));) {
        char path[300], line[512] = "";
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (!file)
            continue;
        char *end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
        fclose(file);
        char *begin = end ? strchr(line, '(') : NULL;
        if (!begin || end[2] == 'Z')
            continue;
        *end = '\0';
        if (strncmp(begin + 1, name, 15) == 0 && strtol(end + 4, NULL, 10) == parent) /* names are cut at 15 */
            found = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    if (proc)
        closedir(proc);
    return found;
}

struct wanted {
    pid_t parent, not_this;
    const char *name;
};

static bool runs(void *context)
{
    const struct wanted *w = context;
    pid_t pid = child_of(w->parent, w->name);
    return pid != 0 && pid != w->not_this;
}

static pid_t until_runs(pid_t parent, const char *name, pid_t not_this)
{
    struct wanted wanted = {parent, not_this, name};
    cr_assert(yk_rig_until(runs, &wanted, 30), "%s does not run", name);
    return child_of(parent, name);
}

static bool says_end(void *context)
{
    return yk_rig_file_says(context, "collect has come to its end");
}

Test(up, starts_watches_and_ends_its_parts)
{
    const char *run = yk_rig_path(&rig, "run"), *log = yk_rig_path(&rig, "log");
    const char *radio = yk_rig_path(&rig, "radio.pipe"), *camera = yk_rig_path(&rig, "camera.pipe");
    cr_assert_eq(mkfifo(radio, 0600), 0);
    cr_assert_eq(mkfifo(camera, 0600), 0);
    struct yk_child up, simulate;
    yk_rig_start(&rig, &up, log, "up", rig.district, "--run", run, "--listen", "127.0.0.1:0", "--input",
                 yk_rig_text(&rig, "radio-1=%s", radio), "--input", yk_rig_text(&rig, "cam-1=%s", camera), NULL);
    yk_rig_start(&rig, &simulate, log, "simulate", rig.district, "--out", yk_rig_path(&rig, "truth"), "--realtime",
                 "--scene", "busy", "--quiet", "--stream", yk_rig_text(&rig, "radio-1=%s", radio), "--stream",
                 yk_rig_text(&rig, "cam-1=%s", camera), NULL);

    static const char *const parts[] = {"redis-server", "yukikai-collect", "yukikai-uplink", "yukikai-analyze",
                                        "yukikai-serve"};
    pid_t pids[5];
    for (int i = 0; i < 5; i++)
        pids[i] = until_runs(up.pid, parts[i], 0);
    for (int i = 0; i < 4; i++) { /* whoever is killed comes back */
        kill(pids[i], SIGKILL);
        pids[i] = until_runs(up.pid, parts[i], pids[i]);
    }
    pid_t pid = up.pid;
    kill(up.pid, SIGTERM);
    cr_expect_eq(yk_rig_wait(&up), 0);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(kill(pids[i], 0), -1, "%s outlives yukikai up", parts[i]);
    cr_expect_eq(child_of(pid, "yukikai-collect"), 0);
    yk_rig_kill(&simulate, SIGTERM);
    cr_expect(yk_rig_file_says(log, "Dashboard: http://127.0.0.1:"));
    cr_expect(yk_rig_file_says(log, "starting it again"));
}

/* A recorded file that comes to its end is not read a second time. */
Test(up, the_end_of_a_file_is_an_end)
{
    const char *run = yk_rig_path(&rig, "run"), *log = yk_rig_path(&rig, "log");
    struct yk_child up;
    yk_rig_start(&rig, &up, log, "up", rig.district, "--run", run, "--listen", "127.0.0.1:0", "--input",
                 yk_rig_text(&rig, "cam-1=%s/examples/recordings/cam-1.jsonl", YK_SOURCE_DIR), NULL);
    cr_assert(yk_rig_until(says_end, (void *)(uintptr_t)log, 60), "see %s", log);
    cr_expect_eq(child_of(up.pid, "yukikai-collect"), 0);
    kill(up.pid, SIGTERM);
    cr_expect_eq(yk_rig_wait(&up), 0);
    cr_expect_not(yk_rig_file_says(log, "starting it again"));
}
