/* yukikai demo: a simulated district with its dashboard. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first start lets weeks of a simulated district pass: the simulator writes what the sensors would have heard and
 * seen into pipes, and the same collectors, uplink, Redis and analyze take it as they would take the real thing.
 * Adverts are thinned (one every few seconds instead of several a second), which the program says. Then the district
 * goes on living in real time. A later start finds the history and goes on; the time in between shows as what it was,
 * an outage. */
#include "base/log.h"
#include "base/stop.h"
#include "config/config.h"
#include "supervise/live.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *argp_program_version = "yukikai-demo " YK_VERSION;

static const char doc[] =
    "Run a simulated district through the real pipeline, with weeks of history, and show its dashboard."
    "\vEverything lives in the run folder; delete it to begin anew.\n\n"
    "Example:\n"
    "  yukikai demo --run run/demo --listen 127.0.0.1:8080\n";

enum { OPT_RUN = 256, OPT_LISTEN, OPT_WEEKS, OPT_INTERVAL };

static const struct argp_option options[] = {
    {"run", OPT_RUN, "DIR", 0, "where it keeps everything (default run/demo)", 0},
    {"listen", OPT_LISTEN, "ADDRESS:PORT", 0, "of the dashboard (default 127.0.0.1:8080; port 0: any free one)", 0},
    {"weeks", OPT_WEEKS, "N", 0, "weeks of history on the first start, 1 to 12 (default 3)", 0},
    {"advert-interval", OPT_INTERVAL, "SECONDS", 0, "between a device's adverts in the history (default 2)", 0},
    {0},
};

struct arguments {
    const char *run, *listen;
    int weeks;
    const char *interval;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    char *end;
    switch (key) {
    case OPT_RUN:
        a->run = arg;
        return 0;
    case OPT_LISTEN:
        a->listen = arg;
        return 0;
    case OPT_WEEKS: {
        long weeks = strtol(arg, &end, 10);
        if (*end || weeks < 1 || weeks > 12)
            argp_error(state, "--weeks is 1 to 12, not '%s'", arg);
        a->weeks = (int)weeks;
        return 0;
    }
    case OPT_INTERVAL: {
        double interval = strtod(arg, &end);
        if (end == arg || *end || !(interval >= 0.1 && interval <= 60))
            argp_error(state, "--advert-interval is 0.1 to 60 seconds, not '%s'", arg);
        a->interval = arg;
        return 0;
    }
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is too many: the demo brings its own district", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* examples/riverside.yaml, put into the program by the assembler (see CMakeLists.txt). */
extern const char yk_demo_district[], yk_demo_district_end[];

#define SENSORS_MAX 16
#define DRAIN_MS    5000

struct demo {
    const struct arguments *arguments;
    char district[YK_PATH_SIZE], done[YK_PATH_SIZE], truth[YK_PATH_SIZE], simulator[512];
    struct yk_machine machine;
    struct yk_live live;
    char pipes[SENSORS_MAX][YK_PATH_SIZE + 64]; /* SENSOR=RUN/SENSOR.pipe */
    const char *inputs[SENSORS_MAX + 1];
    size_t pipe_count;
};

static enum yk_status write_district(const struct demo *demo, struct yk_error *err)
{
    size_t size = (size_t)(yk_demo_district_end - yk_demo_district);
    FILE *file = fopen(demo->district, "we");
    bool ok = file && fwrite(yk_demo_district, 1, size, file) == size;
    if (file && fclose(file) != 0)
        ok = false;
    return ok ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot write %s", demo->district);
}

static enum yk_status make_pipes(struct demo *demo, struct yk_error *err)
{
    const struct yk_config *config = demo->machine.config;
    for (size_t i = 0; i < config->sensor_count && demo->pipe_count < SENSORS_MAX; i++) {
        if (yk_config_sensor(config, config->sensors[i].id) != &config->sensors[i])
            continue;
        char *input = demo->pipes[demo->pipe_count];
        int n = snprintf(input, sizeof demo->pipes[0], "%s=", config->sensors[i].id);
        snprintf(input + n, sizeof demo->pipes[0] - (size_t)n, "%s/%s.pipe", demo->machine.run, config->sensors[i].id);
        unlink(input + n);
        if (mkfifo(input + n, 0600) != 0)
            return yk_error_errno(err, YK_ERR_IO, "cannot make the pipe %s", input + n);
        demo->inputs[demo->pipe_count++] = input;
    }
    return YK_OK;
}

/* The simulator with a pipe for each sensor. */
static void simulator(struct demo *demo, struct yk_child *child, const char *seed)
{
    yk_child_init(child, "simulate", demo->simulator);
    yk_child_args(child, demo->district, "--out", demo->truth, "--seed", seed, NULL);
    for (size_t i = 0; i < demo->pipe_count; i++)
        yk_child_args(child, "--stream", demo->inputs[i], NULL);
}

/* Weeks of the past: simulate into the pipes, collect in bulk, take in, work out. */
static enum yk_status make_history(struct demo *demo, struct yk_error *err)
{
    static struct yk_child simulate, collect[2], finish;
    static const char *const families[] = {"radio", "camera"};
    char duration[16];
    snprintf(duration, sizeof duration, "%dd", 7 * demo->arguments->weeks);
    fprintf(stderr,
            "First start: %d weeks of a simulated district pass through the collectors. Adverts are thinned to one in "
            "about "
            "%s s.\n",
            demo->arguments->weeks, demo->arguments->interval);
    enum yk_status status = YK_OK;
    for (int f = 0; f < 2 && status == YK_OK; f++) {
        yk_machine_collect(&demo->machine, &collect[f], families[f]);
        yk_child_args(&collect[f], "--bulk", "--quiet", NULL);
        for (size_t i = 0; i < demo->pipe_count; i++)
            yk_child_args(&collect[f], "--input", demo->inputs[i], NULL);
        status = yk_child_start(&collect[f], err);
    }
    simulator(demo, &simulate, "20261");
    yk_child_args(&simulate, "--duration", duration, "--until", "now", "--camera-fps", "2", "--advert-interval",
                  demo->arguments->interval, NULL);
    if (status == YK_OK)
        status = yk_child_start(&simulate, err);
    if (status == YK_OK)
        status = yk_child_wait(&simulate, &yk_stop, err);
    for (int f = 0; f < 2; f++) {
        if (status == YK_OK)
            status = yk_child_wait(&collect[f], &yk_stop, err);
        yk_child_end(&collect[f], 5000);
    }
    if (status == YK_OK)
        status = yk_machine_take_history(&demo->machine, false, &yk_stop, err);
    if (status != YK_OK)
        return status;
    yk_machine_analyze(&demo->machine, &finish);
    yk_child_args(&finish, "--finish", "due", NULL);
    status = yk_child_start(&finish, err);
    if (status == YK_OK)
        status = yk_child_wait(&finish, &yk_stop, err);
    if (status == YK_OK) {
        int fd = open(demo->done, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return yk_error_errno(err, YK_ERR_IO, "cannot write %s", demo->done);
        close(fd);
    }
    return status;
}

/* A start that was broken off leaves half a history: begin anew. */
static void clear_history(const struct demo *demo)
{
    char command[4 * YK_PATH_SIZE];
    const char *const parts[] = {"state", "spool"};
    for (size_t i = 0; i < 2; i++) {
        struct yk_child child;
        snprintf(command, sizeof command, "%s/%s", demo->machine.run, parts[i]);
        yk_child_init(&child, "rm", "rm");
        yk_child_args(&child, "-rf", "--", command, NULL);
        struct yk_error err;
        if (yk_child_start(&child, &err) != YK_OK || yk_child_wait(&child, NULL, &err) != YK_OK)
            yk_log(YK_LOG_WARNING, "%s", err.message);
    }
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(command, sizeof command, "%s%s", demo->machine.publish, endings[i]);
        unlink(command);
    }
}

static enum yk_status live_on(struct demo *demo, struct yk_error *err)
{
    static struct yk_child simulate;
    char seed[24];
    snprintf(seed, sizeof seed, "%lld", (long long)time(NULL));
    enum yk_status status = yk_live_start(&demo->live, demo->inputs, err);
    simulator(demo, &simulate, seed);
    yk_child_args(&simulate, "--realtime", "--duration", "3650d", NULL);
    if (status == YK_OK)
        status = yk_group_add(&demo->live.group, &simulate, &(struct yk_part){.stage = YK_STAGE_SOURCE}, err);
    if (status == YK_OK)
        status = yk_live_redis(&demo->live, err);
    if (status == YK_OK)
        fprintf(stderr, "The district is living now. Ctrl-C ends the demo; the next start goes on from here.\n");
    while (status == YK_OK && !yk_stop)
        yk_group_watch(&demo->live.group, 100);
    return status;
}

static enum yk_status make_dirs(const char *path, struct yk_error *err)
{
    char copy[YK_PATH_SIZE];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *p = copy + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(copy, 0755);
            *p = '/';
        }
    if (mkdir(copy, 0700) != 0 && errno != EEXIST)
        return yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", path);
    return YK_OK;
}

static enum yk_status run(struct demo *demo, struct yk_config **config, struct yk_error *err)
{
    const struct arguments *a = demo->arguments;
    snprintf(demo->district, sizeof demo->district, "%.200s/district.yaml", a->run);
    snprintf(demo->done, sizeof demo->done, "%.200s/history-done", a->run);
    snprintf(demo->truth, sizeof demo->truth, "%.200s/truth", a->run);
    yk_child_program("simulate", demo->simulator, sizeof demo->simulator);
    enum yk_status status = make_dirs(a->run, err);
    if (status == YK_OK)
        status = write_district(demo, err);
    if (status == YK_OK)
        status = yk_config_read(demo->district, config, NULL, err);
    if (status == YK_OK)
        status = yk_machine_open(&demo->machine, *config, demo->district, a->run, err);
    if (status == YK_OK)
        status = make_pipes(demo, err);
    bool has_history = access(demo->done, F_OK) == 0;
    if (status == YK_OK && !has_history)
        clear_history(demo);
    demo->live.machine = &demo->machine;
    if (status == YK_OK)
        status = yk_group_open(&demo->live.group, err);
    if (status == YK_OK)
        status = yk_live_serve(&demo->live, a->listen, err);
    if (status == YK_OK)
        status = yk_private_redis_start(&demo->machine.redis, demo->machine.run, err);
    if (status == YK_OK && !has_history)
        status = make_history(demo, err);
    if (status == YK_OK)
        status = live_on(demo, err);
    if (!yk_group_end(&demo->live.group, DRAIN_MS))
        yk_log(YK_LOG_INFO, "some frames wait in the spool for the next start");
    yk_child_end(&demo->machine.redis.child, 5000);
    return yk_stop ? YK_OK : status;
}

int main(int argc, char **argv)
{
    static struct arguments a = {.run = "run/demo", .listen = "127.0.0.1:8080", .weeks = 3, .interval = "2"};
    static struct demo demo = {.arguments = &a};
    struct argp argp = {options, parse, "", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("demo");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    yk_stop_on_signals();

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    enum yk_status status = run(&demo, &config, &err);
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    yk_config_free(config);
    return yk_status_exit_code(status);
}
