/* `yukikai up`: parts that end are started again, and all end with it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The simulator writes into the pipes that stand for sensors, in real time; a person's `up` is a child here, and its own children
 * are found by their parent in /proc. */
#include "base/calendar.h"
#include "base/ram_folder.h"
#include "status/analyze_status.h"
#include "status/uplink_status.h"
#include "status/up_status.h"
#include "supervise/group.h"
#include "support/frames.h"
#include "support/pipe.h"
#include "support/rig.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

static struct yk_rig rig;

static char ram[32];   /* what systemd would give a unit */
static bool ram_holds; /* secrets: not where this machine swaps */

static void start(void)
{
    int fd;
    struct yk_error err;
    strcpy(ram, "/dev/shm/yk-test-XXXXXX");
    cr_assert_not_null(mkdtemp(ram));
    ram_holds = yk_ram_folder_open(ram, &fd, &err) == YK_OK;
    if (ram_holds)
        close(fd);
    setenv("RUNTIME_DIRECTORY", ram, 1);
    yk_rig_open(&rig);
}

static void stop(void)
{
    yk_rig_remove(ram);
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
    return yk_rig_file_says(context, "collect-camera has come to its end");
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
                 "--scene", "short-stays", "--quiet", "--stream", yk_rig_text(&rig, "radio-1=%s", radio), "--stream",
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

/* --- A district of pipes ---------------------------------------------------------------------------------------- */

struct district {
    const char *run, *log, *radio, *camera;
    struct yk_child up, simulate;
};

static void prepare(struct district *d)
{
    *d = (struct district){.run = yk_rig_path(&rig, "run"),
                           .log = yk_rig_path(&rig, "log"),
                           .radio = yk_rig_path(&rig, "radio.pipe"),
                           .camera = yk_rig_path(&rig, "camera.pipe")};
    cr_assert_eq(mkfifo(d->radio, 0600), 0);
    cr_assert_eq(mkfifo(d->camera, 0600), 0);
    yk_child_init(&d->up, "up", yk_rig_program(&rig, "up"));
    d->up.log_path = d->log;
    yk_child_args(&d->up, rig.district, "--run", d->run, "--listen", "127.0.0.1:0", "--drain-for", "60", "--input",
                  yk_rig_text(&rig, "radio-1=%s", d->radio), "--input", yk_rig_text(&rig, "cam-1=%s", d->camera), NULL);
}

static void begin(struct district *d)
{
    struct yk_error err;
    cr_assert_eq(yk_child_start(&d->up, &err), YK_OK);
    yk_rig_start(&rig, &d->simulate, d->log, "simulate", rig.district, "--out", yk_rig_path(&rig, "truth"),
                 "--realtime", "--scene", "short-stays", "--quiet", "--stream",
                 yk_rig_text(&rig, "radio-1=%s", d->radio), "--stream", yk_rig_text(&rig, "cam-1=%s", d->camera), NULL);
}

static void end(struct district *d)
{
    kill(d->up.pid, SIGTERM);
    cr_expect_eq(yk_rig_wait(&d->up), 0);
    yk_rig_kill(&d->simulate, SIGTERM);
}

/* A number in the status file `name` of the run folder, by the last member of that name; -1: not there yet. */
static long figure(const struct district *d, const char *name, const char *member)
{
    char path[512]; /* asked again and again: no text of the rig's */
    snprintf(path, sizeof path, "%s/%s", d->run, name);
    json_t *root = json_load_file(path, 0, NULL);
    json_t *value = json_object_get(root, member);
    long number = json_is_integer(value) ? (long)json_integer_value(value) : json_is_true(value) ? 1 : -1;
    json_decref(root);
    return number;
}

static bool frames_are_covered(void *context)
{
    return figure(context, "spool/uplink.status.json", "covered") >= 1;
}

/* --- The service manager ---------------------------------------------------------------------------------------- */

struct manager {
    int fd;
    char address[32];
    bool ready, stopping;
    int fed;
    char status[256];
};

static void manager_open(struct manager *m)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = sizeof name;
    *m = (struct manager){.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    cr_assert_eq(bind(m->fd, (struct sockaddr *)&name, sizeof name.sun_family), 0);
    cr_assert_eq(getsockname(m->fd, (struct sockaddr *)&name, &size), 0);
    snprintf(m->address, sizeof m->address, "@%.5s", name.sun_path + 1);
}

static void manager_hear(struct manager *m)
{
    char text[512];
    for (ssize_t got; (got = recv(m->fd, text, sizeof text - 1, 0)) > 0;) {
        text[got] = '\0';
        m->ready |= strcmp(text, "READY=1") == 0;
        m->stopping |= strcmp(text, "STOPPING=1") == 0;
        m->fed += strcmp(text, "WATCHDOG=1") == 0;
        if (strncmp(text, "STATUS=", 7) == 0)
            snprintf(m->status, sizeof m->status, "%.200s", text + 7);
    }
}

static bool is_ready(void *context)
{
    struct manager *m = context;
    manager_hear(m);
    return m->ready;
}

static bool is_fed_thrice(void *context)
{
    struct manager *m = context;
    manager_hear(m);
    return m->fed >= 3;
}

/* Ready is said when all parts said it, and not by a part in up's name. */
Test(up, tells_the_service_manager)
{
    struct district d;
    struct manager m;
    manager_open(&m);
    prepare(&d);
    d.up.notify = m.address;
    d.up.watchdog_s = 2;
    begin(&d);
    cr_assert(yk_rig_until(is_ready, &m, 60), "see %s", d.log);
    static const char *const parts[] = {"redis-server", "yukikai-collect", "yukikai-uplink", "yukikai-analyze",
                                        "yukikai-serve"};
    for (int i = 0; i < 5; i++)
        cr_expect_neq(child_of(d.up.pid, parts[i]), 0, "%s does not run, and up is ready", parts[i]);
    cr_expect_str_eq(m.status, ram_holds ? "7 parts work" : "6 parts work");
    cr_expect(yk_rig_until(is_fed_thrice, &m, 30));
    cr_expect_not(m.stopping);
    end(&d);
    manager_hear(&m);
    cr_expect(m.stopping);
    close(m.fd);
}

/* A supervisor that hangs is not fed. */
Test(up, a_stopped_up_does_not_feed_the_watchdog)
{
    struct district d;
    struct manager m;
    manager_open(&m);
    prepare(&d);
    d.up.notify = m.address;
    d.up.watchdog_s = 1;
    begin(&d);
    cr_assert(yk_rig_until(is_fed_thrice, &m, 60));
    kill(d.up.pid, SIGSTOP);
    manager_hear(&m);
    int fed = m.fed;
    usleep(1500000); /* three times its interval */
    manager_hear(&m);
    cr_expect_leq(m.fed, fed + 1, "one may have been under way");
    kill(d.up.pid, SIGCONT);
    end(&d);
    close(m.fd);
}

/* --- Draining --------------------------------------------------------------------------------------------------- */

struct backlog {
    const char *spool;
    size_t wanted;
};

static bool has_backlog(void *context)
{
    const struct backlog *b = context;
    struct yk_test_frames frames = {0};
    yk_test_frames_read(&frames, b->spool);
    bool enough = frames.count >= b->wanted;
    yk_test_frames_free(&frames);
    return enough;
}

static void no_segment(void *context, const char *path)
{
    (void)context;
    size_t length = strlen(path);
    cr_expect(length < 4 || strcmp(path + length - 4, ".seg") != 0, "%s was left", path);
}

struct coverage {
    const char *url, *keys;
    const struct yk_test_frames *frames;
};

static bool all_covered(void *context)
{
    const struct coverage *c = context;
    return yk_test_covered(c->url, c->keys, c->frames) == c->frames->count;
}

/* The uplink sleeps while frames gather. Then it wakes and all is told to end at once: nothing waits afterwards, and the
 * state has what was in the spool, as a worker that starts on it signs. */
Test(up, a_drain_loses_nothing)
{
    struct district d;
    prepare(&d);
    begin(&d);
    cr_assert(yk_rig_until(frames_are_covered, &d, 60), "see %s", d.log);
    pid_t uplink = child_of(d.up.pid, "yukikai-uplink");
    kill(uplink, SIGSTOP);
    struct backlog backlog = {yk_rig_text(&rig, "%s/spool", d.run), 3};
    cr_assert(yk_rig_until(has_backlog, &backlog, 60));
    struct yk_test_frames frames = {0};
    yk_test_frames_read(&frames, backlog.spool);
    kill(d.up.pid, SIGTERM);
    kill(uplink, SIGCONT);
    cr_expect_eq(yk_rig_wait(&d.up), 0);
    yk_rig_kill(&d.simulate, SIGTERM);
    yk_rig_each_file(backlog.spool, no_segment, NULL);
    cr_expect_eq(figure(&d, "spool/uplink.status.json", "waiting"), 0);
    cr_expect_eq(figure(&d, "spool/uplink.status.json", "ended"), 1);

    struct yk_private_redis redis;
    struct yk_child analyze;
    const char *again = yk_rig_path(&rig, "again");
    cr_assert_eq(mkdir(again, 0700), 0);
    yk_rig_redis(&redis, again);
    struct coverage coverage = {redis.url, yk_rig_text(&rig, "%s/keys", d.run), &frames};
    yk_rig_start(&rig, &analyze, d.log, "analyze", rig.district, "--keys", coverage.keys, "--state",
                 yk_rig_text(&rig, "%s/state", d.run), "--publish", yk_rig_path(&rig, "again.db"), "--redis", redis.url,
                 NULL);
    cr_expect(yk_rig_until(all_covered, &coverage, 30), "%zu frames were in the spool", frames.count);
    yk_rig_kill(&analyze, SIGTERM);
    yk_child_end(&redis.child, 5000);
    yk_test_frames_free(&frames);
}

/* Without its analysis nothing can be covered: the time is up, the frames stay, and that is said. */
Test(up, a_drain_is_bounded)
{
    struct district d;
    prepare(&d);
    yk_child_args(&d.up, "--drain-for", "1", NULL);
    begin(&d);
    cr_assert(yk_rig_until(frames_are_covered, &d, 60), "see %s", d.log);
    pid_t analyze = child_of(d.up.pid, "yukikai-analyze");
    kill(analyze, SIGSTOP);
    struct backlog backlog = {yk_rig_text(&rig, "%s/spool", d.run), 2};
    cr_assert(yk_rig_until(has_backlog, &backlog, 60));
    kill(d.up.pid, SIGTERM);
    struct wanted gone = {d.up.pid, 0, "yukikai-uplink"};
    for (double until = yk_rig_now_s() + 30; runs(&gone) && yk_rig_now_s() < until;)
        usleep(10000);
    cr_expect_not(runs(&gone), "the uplink was given a second");
    kill(analyze, SIGCONT); /* so that the rest ends at once */
    cr_expect_eq(yk_rig_wait(&d.up), 0);
    yk_rig_kill(&d.simulate, SIGTERM);
    cr_expect(yk_rig_file_says(d.log, "frames wait in the spool and are sent after the next start"));
    cr_expect(has_backlog(&(struct backlog){backlog.spool, 1}));
}

/* --- Failures --------------------------------------------------------------------------------------------------- */

struct fresh {
    const struct district *d;
    long covered;
};

static bool covers_more(void *context)
{
    const struct fresh *f = context;
    return figure(f->d, "spool/uplink.status.json", "connected") == 1 &&
           figure(f->d, "spool/uplink.status.json", "covered") > f->covered;
}

/* Each time it comes back, also where it was killed before its socket was there, and the data flow again. */
Test(up, redis_is_killed_again_and_again)
{
    struct district d;
    prepare(&d);
    begin(&d);
    cr_assert(yk_rig_until(frames_are_covered, &d, 60), "see %s", d.log);
    pid_t redis = child_of(d.up.pid, "redis-server");
    for (int i = 0; i < 4; i++) {
        kill(redis, i == 2 ? SIGTERM : SIGKILL); /* one that ends politely is missed as well */
        redis = until_runs(d.up.pid, "redis-server", redis);
    }
    struct fresh fresh = {&d, figure(&d, "spool/uplink.status.json", "covered")};
    cr_expect(yk_rig_until(covers_more, &fresh, 60), "see %s", d.log);
    cr_expect(yk_child_running(&d.up));
    end(&d);
}

/* The uplink says that it is alive, until it is stopped; who hangs is killed and started again. */
Test(up, a_part_that_hangs_is_started_again)
{
    struct yk_child_group group;
    struct yk_child uplink;
    struct yk_error err;
    cr_assert_eq(yk_group_open(&group, &err), YK_OK);
    group.watchdog_s = 2;
    const char *url = yk_rig_text(&rig, "unix:%s/nobody.sock", rig.dir);
    yk_child_init(&uplink, "uplink", yk_rig_program(&rig, "uplink"));
    uplink.log_path = yk_rig_path(&rig, "log");
    yk_child_args(&uplink, rig.district, "--keys", rig.keys, "--spool", yk_rig_path(&rig, "spool"), "--redis", url,
                  NULL);
    cr_assert_eq(mkdir(yk_rig_path(&rig, "spool"), 0700), 0);
    cr_assert_eq(yk_group_add(&group, &uplink, &(struct yk_part){.stage = YK_STAGE_UPLINK, .tells = true}, &err),
                 YK_OK);
    struct yk_group_member *member = &group.members[0];
    for (double until = yk_rig_now_s() + 30; !(member->ready && member->watched) && yk_rig_now_s() < until;)
        yk_group_watch(&group, 10);
    cr_assert(member->ready, "it works also while Redis is away");
    for (double until = yk_rig_now_s() + 4; yk_rig_now_s() < until;) /* twice the limit: it is fed through its pauses */
        yk_group_watch(&group, 10);
    cr_expect_eq(member->restarts, 0);
    pid_t first = uplink.pid;
    kill(first, SIGSTOP);
    for (double until = yk_rig_now_s() + 30; member->restarts == 0 && yk_rig_now_s() < until;)
        yk_group_watch(&group, 10);
    cr_expect_eq(member->restarts, 1);
    cr_expect_str_eq(member->last, "was ended by signal 9 (Killed)");
    cr_expect_neq(uplink.pid, first);
    yk_group_end(&group, 0);
}

/* --- Epoch keys ------------------------------------------------------------------------------------------------- */

static bool is_there(void *context)
{
    return access(context, F_OK) == 0;
}

static void until_there(const char *path)
{
    cr_assert(yk_rig_until(is_there, (void *)(uintptr_t)path, 60), "%s does not come", path);
}

static bool is_sealed(void *context)
{
    return yk_rig_file_says(context, "sealed to 1 edge");
}

/* The uplink looks into the inbox once a minute, and when it begins. */
static void begin_uplink_again(pid_t up)
{
    pid_t uplink = until_runs(up, "yukikai-uplink", 0);
    kill(uplink, SIGKILL);
    until_runs(up, "yukikai-uplink", uplink);
}

struct heard {
    size_t frames, local;
    uint64_t key_id;
};

static struct heard heard_in(const char *spool)
{
    struct heard heard = {0};
    struct yk_test_frames frames = {0};
    yk_test_frames_read(&frames, spool);
    for (size_t i = 0; i < frames.count; i++) {
        const struct yk_frame_header *header = &frames.list[i].header;
        if (header->group != YK_GROUP_PRESENCE)
            continue;
        heard.local += (header->flags & YK_FRAME_LOCAL_KEY) != 0;
        cr_expect(heard.frames++ == 0 || heard.key_id == header->key_id, "one key in one epoch");
        heard.key_id = header->key_id;
    }
    yk_test_frames_free(&frames);
    return heard;
}

/* Ten minutes of the coming epoch come through the radio's pipe while frames wait where they can be read. */
static struct heard hear_coming_epoch(pid_t up, const char *run, const char *pipe, int64_t epoch_s)
{
    char from[YK_TIME_TEXT_MAX];
    const char *rec = yk_rig_path(&rig, "rec"), *log = yk_rig_path(&rig, "simulate.log");
    yk_time_format(from, epoch_s + 3600);
    from[19] = '\0'; /* local time */
    cr_assert_eq(yk_rig_run(&rig, log, "simulate", rig.district, "--out", rec, "--scene", "short-stays", "--duration",
                            "10m", "--from", from, NULL),
                 0, "see %s", log);
    pid_t uplink = until_runs(up, "yukikai-uplink", 0);
    kill(uplink, SIGSTOP);
    yk_test_pipe_feed(pipe, yk_rig_text(&rig, "%s/radio-1.pcap", rec));
    const char *spool = yk_rig_text(&rig, "%s/spool", run);
    yk_test_until_told(spool, epoch_s + 3600 + 9 * 60 + 5);
    struct heard heard = heard_in(spool);
    kill(uplink, SIGCONT);
    return heard;
}

/* The machine's own collector is given the district's key, through the private Redis, as any edge is. */
Test(up, its_own_radio_has_the_districts_key)
{
    if (!ram_holds)
        cr_skip_test("SKIPPED: this machine swaps to disk");
    const char *run = yk_rig_path(&rig, "run"), *log = yk_rig_path(&rig, "log"),
               *pipe = yk_rig_path(&rig, "radio.pipe");
    int64_t epoch_s = yk_test_mid_epoch(&rig);
    cr_assert_eq(mkfifo(pipe, 0600), 0);
    struct yk_child up;
    yk_rig_start(&rig, &up, log, "up", rig.district, "--run", run, "--listen", "127.0.0.1:0", "--drain-for", "0",
                 "--input", yk_rig_text(&rig, "radio-1=%s", pipe), NULL);
    until_there(yk_rig_text(&rig, "%s/inbox/sealing-%lld.msg", ram, (long long)epoch_s));
    until_runs(up.pid, "yukikai-keys", 0);
    begin_uplink_again(up.pid);
    cr_assert(yk_rig_until(is_sealed, (void *)(uintptr_t)log, 60), "see %s", log);
    begin_uplink_again(up.pid);
    until_there(yk_rig_text(&rig, "%s/inbox/key-%lld.msg", ram, (long long)epoch_s));

    struct heard heard = hear_coming_epoch(up.pid, run, pipe, epoch_s);
    cr_expect_gt(heard.frames, 5);
    cr_expect_eq(heard.local, 0);
    cr_expect(yk_rig_file_says(log, "district key"), "see %s", log);
    kill(up.pid, SIGTERM);
    cr_expect_eq(yk_rig_wait(&up), 0);
}

/* No folder in RAM is no reason to stop. */
Test(up, without_a_place_in_ram_keys_are_local)
{
    const char *run = yk_rig_path(&rig, "run"), *log = yk_rig_path(&rig, "log"),
               *pipe = yk_rig_path(&rig, "radio.pipe");
    int64_t epoch_s = yk_test_mid_epoch(&rig);
    cr_assert_eq(mkfifo(pipe, 0600), 0);
    struct yk_child up;
    yk_rig_start(&rig, &up, log, "up", rig.district, "--run", run, "--listen", "127.0.0.1:0", "--drain-for", "0",
                 "--inbox", "/proc/yukikai", "--input", yk_rig_text(&rig, "radio-1=%s", pipe), NULL);
    struct heard heard = hear_coming_epoch(up.pid, run, pipe, epoch_s);
    cr_expect_gt(heard.frames, 5);
    cr_expect_eq(heard.local, heard.frames);
    cr_expect_eq(child_of(up.pid, "yukikai-keys"), 0);
    cr_expect(yk_rig_file_says(log, "no place in RAM for epoch keys: "), "see %s", log);
    kill(up.pid, SIGTERM);
    cr_expect_eq(yk_rig_wait(&up), 0);
}

/* --- The doctor ------------------------------------------------------------------------------------------------- */

static json_t *examine(const struct district *d, int *code)
{
    const char *out = yk_rig_text(&rig, "%s/doctor-%zu.json", rig.dir, rig.text_count);
    *code = yk_rig_run(&rig, out, "doctor", "--run", d->run, "--json", NULL);
    json_t *root = json_load_file(out, 0, NULL);
    cr_assert_not_null(root, "%s is not JSON", out);
    return root;
}

static bool is_about(json_t *root, const char *about, const char *text)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(root, "findings"), i,
                       finding) if (strcmp(json_string_value(json_object_get(finding, "about")), about) ==
                                    0) return strstr(json_string_value(json_object_get(finding, "text")), text) != NULL;
    return false;
}

static size_t faults(json_t *root)
{
    size_t i, count = 0;
    json_t *finding;
    json_array_foreach(json_object_get(root, "findings"), i, finding) count +=
        strcmp(json_string_value(json_object_get(finding, "kind")), "fault") == 0 &&
        strcmp(json_string_value(json_object_get(finding, "about")), "disk") != 0;
    return count;
}

static bool all_accepted(void *context)
{
    const struct district *d = context;
    char path[512];
    snprintf(path, sizeof path, "%s/publish.db.status.json", d->run);
    json_t *root = json_load_file(path, 0, NULL);
    json_t *sensors = json_object_get(json_array_get(json_object_get(root, "edges"), 0), "sensors");
    size_t count = json_array_size(sensors);
    json_decref(root);
    return count == 2;
}

static bool both_heard(void *context)
{
    static const char *const slots[] = {"radio", "camera"};
    const struct district *d = context;
    bool both = true;
    for (int i = 0; i < 2; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/spool/%s.status.json", d->run, slots[i]);
        json_t *root = json_load_file(path, 0, NULL);
        json_t *sensor = json_array_get(json_object_get(root, "sensors"), 0);
        both &= json_integer_value(json_object_get(sensor, "observations")) > 0;
        json_decref(root);
    }
    return both;
}

/* The uplink tells it a little after the district does. */
static bool both_covered(void *context)
{
    int code;
    json_t *report = examine(context, &code), *row;
    bool both = json_array_size(json_object_get(report, "sensors")) == 2;
    size_t i;
    json_array_foreach(json_object_get(report, "sensors"), i, row) both &=
        json_integer_value(json_object_get(row, "covered")) > 0 &&
        json_integer_value(json_object_get(row, "accepted")) > 0;
    json_decref(report);
    return both;
}

Test(up, the_doctor_knows_the_well_from_the_ill)
{
    struct district d;
    int code;
    prepare(&d);
    begin(&d);
    cr_assert(yk_rig_until(frames_are_covered, &d, 60), "see %s", d.log);
    cr_assert(yk_rig_until(all_accepted, &d, 100), "the radio's health comes within the minute");
    cr_assert(yk_rig_until(both_heard, &d, 60), "somebody crosses: four a minute come, at any time of day");
    cr_assert(yk_rig_until(both_covered, &d, 60), "see %s", d.log);
    json_t *well = examine(&d, &code);
    struct timex t = {.modes = 0};
    bool synchronised = adjtimex(&t) != TIME_ERROR && !(t.status & STA_UNSYNC);
    cr_expect_eq(faults(well), synchronised ? 0 : 1);
    cr_expect_eq(is_about(well, "clock", "not synchronised"), !synchronised);
    if (json_is_true(json_object_get(well, "well")))
        cr_expect_eq(code, 0);
    else
        cr_expect_eq(code, 1);
    size_t i;
    json_t *row;
    cr_expect_eq(json_array_size(json_object_get(well, "sensors")), 2);
    json_array_foreach(json_object_get(well, "sensors"), i, row)
    {
        cr_expect_str_eq(json_string_value(json_object_get(row, "edge")), "local");
        cr_expect_gt(json_integer_value(json_object_get(row, "heard")), 0);
        cr_expect_gt(json_integer_value(json_object_get(row, "covered")), 0);
        cr_expect_gt(json_integer_value(json_object_get(row, "accepted")), 0);
        cr_expect_eq(json_integer_value(json_object_get(row, "refused")), 0);
    }
    json_decref(well);

    end(&d);
    json_t *ill = examine(&d, &code);
    cr_expect_eq(code, 1);
    cr_expect(is_about(ill, "up", "yukikai up ended "));
    json_decref(ill);

    /* The same folder after a power cut: the uplink's file was torn, the others are old. */
    const char *torn = yk_rig_text(&rig, "%s/spool/uplink.status.json", d.run);
    yk_rig_write(torn, "{\"version\": 1, \"pa", 18);
    unlink(yk_rig_text(&rig, "%s/up.status.json", d.run));
    ill = examine(&d, &code);
    cr_expect_eq(code, 1);
    cr_expect(is_about(ill, "status", "is not a status file of uplink"));
    cr_expect(is_about(ill, "analyze", "ended "));
    json_decref(ill);
}

Test(up, the_doctor_says_what_it_cannot_look_at)
{
    const char *log = yk_rig_path(&rig, "log");
    cr_expect_eq(yk_rig_run(&rig, log, "doctor", "--run", yk_rig_path(&rig, "nowhere"), NULL), 66);
    cr_expect(yk_rig_file_says(log, "cannot look into"));
    cr_expect_eq(yk_rig_run(&rig, log, "doctor", "--run", rig.dir, NULL), 66);
    cr_expect(yk_rig_file_says(log, "nothing has been started there"));
    cr_expect_eq(yk_rig_run(&rig, log, "doctor", "a.yaml", "b.yaml", NULL), 64);
    cr_expect_eq(yk_rig_run(&rig, log, "doctor", rig.district, "--wrong", NULL), 64);
}
