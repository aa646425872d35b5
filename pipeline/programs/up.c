/* yukikai up: one machine's parts, supervised. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "base/notify.h"
#include "base/stop.h"
#include "config/config.h"
#include "status/uplink_status.h"
#include "supervise/inbox.h"
#include "supervise/live.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

const char *argp_program_version = "yukikai-up " YK_VERSION;

static const char doc[] =
    "Run everything that one machine needs: collectors, uplink, a private Redis, analyze, the maker of epoch keys and "
    "the "
    "dashboard."
    "\vSensors read the 'input' of their configuration: a capture or event file, or a pipe that something writes to. "
    "Parts that "
    "end are started again. Ctrl-C or SIGTERM ends them in order, and gives the uplink some seconds to send what is in "
    "the "
    "spool; a second one hurries. If redis.url in the district file is tcp://..., that Redis is used and none is "
    "started.\n\n"
    "Example:\n"
    "  yukikai up riverside.yaml --run /var/lib/yukikai\n";

enum { OPT_RUN = 256, OPT_LISTEN, OPT_INPUT, OPT_INBOX, OPT_DRAIN };

static const struct argp_option options[] = {
    {"run", OPT_RUN, "DIR", 0, "keys, spool, stores, logs (default run)", 0},
    {"listen", OPT_LISTEN, "ADDRESS:PORT", 0, "of the dashboard (default: the district file's)", 0},
    {"input", OPT_INPUT, "SENSOR=FILE", 0, "read this for the sensor instead of its configured input", 0},
    {"inbox", OPT_INBOX, "DIR", 0,
     "where epoch keys travel, on a RAM file system (default: in $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR or /dev/shm)", 0},
    {"drain-for", OPT_DRAIN, "SECONDS", 0, "at the end, wait this long for the district to have all (default 10)", 0},
    {0},
};

#define INPUTS_MAX 256

struct arguments {
    const char *district, *run, *listen, *inbox;
    const char *inputs[INPUTS_MAX + 1];
    size_t input_count;
    int drain_s;
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
    case OPT_INBOX:
        a->inbox = arg;
        return 0;
    case OPT_INPUT:
        if (a->input_count == INPUTS_MAX)
            argp_error(state, "at most %d inputs", INPUTS_MAX);
        a->inputs[a->input_count++] = arg;
        return 0;
    case OPT_DRAIN: {
        char *end;
        long value = strtol(arg, &end, 10);
        if (end == arg || *end || value < 0 || value > 3600)
            argp_error(state, "--drain-for is 0 to 3600 seconds, not '%s'", arg);
        a->drain_s = (int)value;
        return 0;
    }
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

/* Says how the parts are: to the service manager, and to `yukikai doctor`. */
static void tell(const struct yk_child_group *group, struct yk_status_file *file, struct yk_up_status *status,
                 bool ended)
{
    char text[200];
    yk_group_describe(group, text, sizeof text);
    if (!ended)
        yk_notify_status("%s", text);
    if (yk_group_works(group) && !ended)
        yk_notify_ready();
    if (!ended && !yk_status_due(file))
        return;
    yk_group_status(group, status);
    yk_status_stamp(&status->head, ended);
    yk_up_status_write(file, status);
}

/* What could not be sent in time is not lost, and that is said. */
static void tell_left(const struct yk_machine *machine)
{
    char path[2 * YK_PATH_SIZE];
    struct yk_uplink_status uplink;
    yk_uplink_status_path(machine->spool, path);
    if (yk_uplink_status_read(path, &uplink, NULL) == YK_OK && uplink.waiting > 0)
        yk_log(YK_LOG_WARNING, "%llu frames wait in the spool and are sent after the next start",
               (unsigned long long)uplink.waiting);
    yk_uplink_status_clear(&uplink);
}

static enum yk_status run(const struct arguments *a, const struct yk_config *config, struct yk_error *err)
{
    static struct yk_machine machine;
    static struct yk_live live;
    static struct yk_up_status up = {.head.part = "up"};
    struct yk_status_file file = {0};
    enum yk_status status = yk_machine_open(&machine, config, a->district, a->run, err);
    if (status == YK_OK)
        status = yk_group_open(&live.group, err);
    if (status != YK_OK)
        return status;
    yk_up_status_path(machine.run, file.path);
    live.machine = &machine;
    struct yk_error no_inbox;
    if (yk_inbox_find(machine.run, a->inbox, machine.inbox, &no_inbox) != YK_OK)
        yk_log(YK_LOG_WARNING, "no place in RAM for epoch keys: %s; epochs have local keys", no_inbox.message);
    if (machine.own_redis)
        status = yk_private_redis_start(&machine.redis, machine.run, err);
    if (status == YK_OK && machine.own_redis)
        status = yk_live_redis(&live, err);
    if (status == YK_OK)
        status = yk_live_start(&live, a->inputs, err);
    if (status == YK_OK)
        status = yk_live_serve(&live, a->listen, err);
    while (status == YK_OK && !yk_stop) {
        yk_group_watch(&live.group, 100);
        yk_notify_alive();
        tell(&live.group, &file, &up, false);
    }
    yk_notify_stopping();
    if (status == YK_OK)
        tell(&live.group, &file, &up, true);
    if (!yk_group_end(&live.group, status == YK_OK ? a->drain_s * 1000 : 0) && status == YK_OK)
        tell_left(&machine);
    yk_child_end(&machine.redis.child, 5000); /* if it never came into the group */
    return status;
}

int main(int argc, char **argv)
{
    static struct arguments a = {.run = "run", .drain_s = 10};
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
