/* yukikai up: one machine's parts, supervised. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "base/stop.h"
#include "config/config.h"
#include "supervise/live.h"

#include <argp.h>
#include <stdio.h>
#include <time.h>

const char *argp_program_version = "yukikai-up " YK_VERSION;

static const char doc[] =
    "Run everything that one machine needs: collectors, uplink, a private Redis, analyze and the dashboard."
    "\vSensors read the 'input' of their configuration: a capture or event file, or a pipe that something writes to. "
    "Parts that "
    "end are started again. Ctrl-C or SIGTERM ends them in order. If redis.url in the district file is tcp://..., that "
    "Redis is used and none is started.\n\n"
    "Example:\n"
    "  yukikai up riverside.yaml --run /var/lib/yukikai\n";

enum { OPT_RUN = 256, OPT_LISTEN, OPT_INPUT };

static const struct argp_option options[] = {
    {"run", OPT_RUN, "DIR", 0, "keys, spool, stores, logs (default run)", 0},
    {"listen", OPT_LISTEN, "ADDRESS:PORT", 0, "of the dashboard (default: the district file's)", 0},
    {"input", OPT_INPUT, "SENSOR=FILE", 0, "read this for the sensor instead of its configured input", 0},
    {0},
};

#define INPUTS_MAX 256

struct arguments {
    const char *district, *run, *listen;
    const char *inputs[INPUTS_MAX + 1];
    size_t input_count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_RUN:
        a->run = arg;
        return 0;
    case OPT_LISTEN:
        a->listen = arg;
        return 0;
    case OPT_INPUT:
        if (a->input_count == INPUTS_MAX)
            argp_error(state, "at most %d inputs", INPUTS_MAX);
        a->inputs[a->input_count++] = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one district file is expected, '%s' is too many", arg);
        a->district = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a district file is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum yk_status run(const struct arguments *a, const struct yk_config *config, struct yk_error *err)
{
    static struct yk_machine machine;
    static struct yk_live live;
    enum yk_status status = yk_machine_open(&machine, config, a->district, a->run, err);
    if (status != YK_OK)
        return status;
    live.machine = &machine;
    if (machine.own_redis)
        status = yk_private_redis_start(&machine.redis, machine.run, err);
    if (status == YK_OK)
        status = yk_live_start(&live, a->inputs, err);
    if (status == YK_OK)
        status = yk_live_serve(&live, a->listen, err);
    while (status == YK_OK && !yk_stop) {
        yk_group_watch(&live.group);
        if (machine.own_redis && !yk_child_running(&machine.redis.child)) {
            yk_log(YK_LOG_WARNING, "the private Redis ended; starting it again, the edges send again what it held");
            status = yk_private_redis_start(&machine.redis, machine.run, err);
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    yk_group_end(&live.group);
    yk_child_end(&machine.redis.child, 5000);
    return status;
}

int main(int argc, char **argv)
{
    static struct arguments a = {.run = "run"};
    struct argp argp = {options, parse, "DISTRICT.yaml", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("up");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    yk_stop_on_signals();

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    enum yk_status status = yk_config_load(a.district, &config, &err);
    if (status == YK_OK)
        status = run(&a, config, &err);
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    yk_config_free(config);
    return yk_status_exit_code(status);
}
