/* Measures the product against references in the same run. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Machines are noisy, so every figure is a ratio of CPU seconds (user and system) of whole processes, taken in turns,
 * and the median of the turns is told. Nothing here passes or fails a test; `met` says whether a stated goal was
 * reached in this run. */
#include "base/log.h"
#include "link/redis.h"
#include "supervise/machine.h"

#include <argp.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char doc[] = "Measure Yukikai; see script/bench.";
static const struct argp_option options[] = {
    {"json", 'j', "FILE", 0, "write the results as JSON", 0},
    {"runs", 'r', "N", 0, "turns, of which the median is told (default 5)", 0},
    {"hours", 'h', "N", 0, "of the simulated recording (default 24: about 3 million adverts)", 0},
    {"dir", 'd', "DIR", 0, "where the recording and the stores go (needed)", 0},
    {0},
};

#define RUNS_MAX 51

static struct {
    const char *json, *dir;
    int runs, hours;
} a = {NULL, NULL, 5, 24};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    char *end = NULL;
    switch (key) {
    case 'j':
        a.json = arg;
        return 0;
    case 'd':
        a.dir = arg;
        return 0;
    case 'r':
        a.runs = (int)strtol(arg, &end, 10);
        if (*end || a.runs < 1 || a.runs > RUNS_MAX)
            argp_error(state, "--runs is 1 to %d", RUNS_MAX);
        return 0;
    case 'h':
        a.hours = (int)strtol(arg, &end, 10);
        if (*end || a.hours < 1 || a.hours > 168)
            argp_error(state, "--hours is 1 to 168");
        return 0;
    case ARGP_KEY_END:
        if (!a.dir)
            argp_error(state, "--dir is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

_Noreturn static void give_up(const char *what, const struct yk_error *err)
{
    fprintf(stderr, "bench: %s%s%s\n", what, err ? ": " : "", err ? err->message : "");
    exit(70);
}

static double seconds(const struct rusage *usage)
{
    return (double)usage->ru_utime.tv_sec + (double)usage->ru_stime.tv_sec +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

/* Runs a command to its end; its first line of output goes to out (may be NULL). Returns its CPU seconds. */
static double run(const char *const *argv, char *out, size_t size)
{
    int fds[2];
    if (pipe(fds) != 0)
        give_up("pipe", NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(fds[1]);
    FILE *from = fdopen(fds[0], "r");
    if (from && out && !fgets(out, (int)size, from))
        out[0] = '\0';
    char rest[4096];
    while (from && fgets(rest, sizeof rest, from))
        continue;
    if (from)
        fclose(from);
    int status;
    struct rusage usage;
    if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        give_up(argv[0], NULL);
    return seconds(&usage);
}

static int ascending(const void *x, const void *y)
{
    double d = *(const double *)x - *(const double *)y;
    return (d > 0) - (d < 0);
}

static double median(const double *values, int count)
{
    double sorted[RUNS_MAX];
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, ascending);
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* One result. goal 0: none is stated for it. */
static void report(json_t *list, const char *id, double value, const char *unit, double reference, double ratio,
                   double goal)
{
    printf("%-34s %12.4g %-28s reference %12.4g  ratio %6.3f", id, value, unit, reference, ratio);
    if (goal > 0)
        printf("  goal %.3g: %s", goal, ratio >= goal ? "met" : "NOT met");
    putchar('\n');
    json_array_append_new(list, json_pack("{s:s, s:f, s:s, s:f, s:f, s:o, s:o, s:i}", "id", id, "value", value, "unit",
                                          unit, "reference", reference, "ratio", ratio, "goal",
                                          goal > 0 ? json_real(goal) : json_null(), "met",
                                          goal > 0 ? json_boolean(ratio >= goal) : json_null(), "runs", a.runs));
}

static struct yk_machine machine;
static char recording[512], district[512], beside[3][512];

static void path_beside(char out[static 512], const char *name)
{
    char self[400];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        give_up("/proc/self/exe", NULL);
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(out, 512, "%s/%s", self, name);
}

static void remove_tree(const char *path)
{
    const char *argv[] = {"/bin/rm", "-rf", "--", path, NULL};
    run(argv, NULL, 0);
}

static void make_recording(void)
{
    char program[512], hours[16];
    yk_child_program("simulate", program, sizeof program);
    snprintf(hours, sizeof hours, "%dh", a.hours);
    const char *argv[] = {program,      district, "--out",  a.dir, "--from",       "2026-10-01T04:00:00+09:00",
                          "--duration", hours,    "--seed", "1",   "--camera-fps", "1",
                          "--quiet",    NULL};
    run(argv, NULL, 0);
    snprintf(recording, sizeof recording, "%s/radio-2.pcap", a.dir);
}

/* Capture file to presence frames against libpcap reading the file and doing nothing. */
static void bench_capture(json_t *list)
{
    double ours[RUNS_MAX], loop[RUNS_MAX];
    char line[64] = "", input[600];
    const char *reference[] = {beside[0], recording, NULL};
    snprintf(input, sizeof input, "radio-2=%s", recording);
    for (int i = 0; i < a.runs; i++) {
        loop[i] = run(reference, line, sizeof line);
        remove_tree(machine.spool);
        struct yk_child child;
        yk_machine_collect(&machine, &child, "radio");
        yk_child_args(&child, "--bulk", "--quiet", "--input", input, NULL);
        ours[i] = run(child.argv, NULL, 0);
    }
    double packets = strtod(line, NULL);
    double value = packets / median(ours, a.runs), bare = packets / median(loop, a.runs);
    report(list, "collect.capture_vs_pcap_loop", value, "packets per CPU second", bare, value / bare, 0.5);
}

/* CPU seconds that the Redis server has used. */
static double redis_seconds(void)
{
    struct yk_error err;
    struct yk_redis *redis;
    const struct yk_redis_options redis_options = {.url = machine.redis.url};
    redisReply *reply;
    const char *argv[] = {"INFO", "cpu"};
    if (yk_redis_connect(&redis_options, &redis, &err) != YK_OK ||
        yk_redis_command(redis, 2, argv, NULL, &reply, &err) != YK_OK)
        give_up("Redis", &err);
    double total = 0;
    static const char *const keys[] = {"used_cpu_sys:", "used_cpu_user:"};
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(reply->str, keys[i]);
        total += at ? strtod(at + strlen(keys[i]), NULL) : 0;
    }
    freeReplyObject(reply);
    yk_redis_free(redis);
    return total;
}

/* Ends a child and tells its CPU seconds. */
static double end(struct yk_child *child)
{
    struct rusage usage;
    int status;
    kill(child->pid, SIGTERM);
    if (wait4(child->pid, &status, 0, &usage) != child->pid)
        give_up("wait", NULL);
    child->pid = 0;
    return seconds(&usage);
}

/* Frames through Redis into states, and states to rows: the worker and Redis together, against decoding the frames
 * alone. */
static void bench_stream(json_t *list)
{
    double worker[RUNS_MAX], redis[RUNS_MAX], rows[RUNS_MAX], decode[RUNS_MAX];
    struct yk_error err = {0};
    char line[64] = "", inputs[2][600];
    char saved[600];
    snprintf(saved, sizeof saved, "%s/spool-saved", a.dir);
    remove_tree(machine.spool);
    for (int i = 0; i < 2; i++)
        snprintf(inputs[i], sizeof inputs[i], "radio-%d=%s/radio-%d.pcap", i + 1, a.dir, i + 1);
    struct yk_child child;
    yk_machine_collect(&machine, &child, "radio");
    yk_child_args(&child, "--bulk", "--quiet", "--input", inputs[0], "--input", inputs[1], NULL);
    run(child.argv, NULL, 0);
    const char *save[] = {"/bin/cp", "-r", machine.spool, saved, NULL};
    run(save, NULL, 0);
    for (int i = 0; i < a.runs; i++) {
        remove_tree(machine.state);
        unlink(machine.publish);
        remove_tree(machine.spool);
        const char *restore[] = {"/bin/cp", "-r", saved, machine.spool, NULL};
        run(restore, NULL, 0);
        const char *reference[] = {beside[1], saved, NULL};
        decode[i] = run(reference, line, sizeof line);
        if (yk_private_redis_start(&machine.redis, machine.run, &err) != YK_OK)
            give_up("Redis", &err);
        struct yk_child analyze, uplink;
        yk_machine_analyze(&machine, &analyze);
        yk_child_args(&analyze, "--history", "--quiet", NULL);
        yk_machine_uplink(&machine, &uplink);
        yk_child_args(&uplink, "--drain", "--quiet", NULL);
        if (yk_child_start(&analyze, &err) != YK_OK || yk_child_start(&uplink, &err) != YK_OK ||
            yk_child_wait(&uplink, NULL, &err) != YK_OK)
            give_up("analyze", &err);
        worker[i] = end(&analyze);
        redis[i] = redis_seconds();
        yk_child_end(&machine.redis.child, 5000);
        yk_machine_analyze(&machine, &child);
        yk_child_args(&child, "--finish", "all", "--quiet", NULL);
        rows[i] = run(child.argv, NULL, 0);
    }
    double observations = strtod(line, NULL);
    double total[RUNS_MAX];
    for (int i = 0; i < a.runs; i++)
        total[i] = worker[i] + redis[i] + rows[i];
    double value = observations / median(total, a.runs), bare = observations / median(decode, a.runs);
    report(list, "stream.frames_to_rows", value, "observations per CPU second", bare, value / bare, 0);
    printf("  of it: worker %.3f s, Redis %.3f s, rows %.3f s for %.0f observations\n", median(worker, a.runs),
           median(redis, a.runs), median(rows, a.runs), observations);
}

int main(int argc, char **argv)
{
    struct argp argp = {options, parse, "", doc, NULL, NULL, NULL};
    yk_log_start("bench");
    yk_log_set_level(YK_LOG_ERROR);
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    struct yk_error err = {0};
    struct yk_config *config = NULL;
    char run_dir[512];
    snprintf(district, sizeof district, "%s/examples/riverside.yaml", YK_SOURCE_DIR);
    snprintf(run_dir, sizeof run_dir, "%s/run", a.dir);
    path_beside(beside[0], "bench_pcap_loop");
    path_beside(beside[1], "bench_decode_loop");
    mkdir(a.dir, 0755);
    if (yk_config_read(district, &config, NULL, &err) != YK_OK ||
        yk_machine_open(&machine, config, district, run_dir, &err) != YK_OK)
        give_up("preparing", &err);
    machine.own_redis = true;
    snprintf(machine.redis.url, sizeof machine.redis.url, "unix:%.200s/redis.sock", run_dir);
    fprintf(stderr, "simulating %d hours\n", a.hours);
    make_recording();
    json_t *list = json_array();
    bench_capture(list);
    bench_stream(list);
    int failed = a.json ? json_dump_file(list, a.json, JSON_INDENT(2)) : 0;
    if (failed)
        fprintf(stderr, "bench: cannot write %s\n", a.json);
    json_decref(list);
    yk_config_free(config);
    return failed ? 74 : 0;
}
