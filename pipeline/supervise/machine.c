/* The parts of one machine. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/machine.h"

#include "base/log.h"
#include "frame/enrolment.h"
#include "frame/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EDGE         "local"
#define RESTARTS_MAX 100

static enum yk_status make_keys(const struct yk_machine *machine, struct yk_error *err)
{
    static const char *const names[] = {"district", "edge"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[YK_PATH_SIZE + 32];
        snprintf(path, sizeof path, "%s/%s.key", machine->keys, names[i]);
        if (access(path, F_OK) == 0)
            continue;
        enum yk_status status = yk_keys_make(machine->keys, names[i], err);
        if (status != YK_OK)
            return status;
    }
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    enum yk_status status = yk_keys_load_public(machine->keys, "edge", public_key, err);
    if (status != YK_OK)
        return status;
    size_t count = machine->config->sensor_count;
    const char **sensors = calloc(count + 1, sizeof *sensors);
    if (!sensors)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        sensors[i] = machine->config->sensors[i].id;
    struct yk_enrolment_request request = {
        .edge = EDGE, .public_key = public_key, .sensors = sensors, .sensor_count = count, .from_s = INT64_MIN};
    status = yk_enrolment_add(machine->keys, &request, err);
    free(sensors);
    return status;
}

enum yk_status yk_machine_open(struct yk_machine *machine, const struct yk_config *config, const char *district,
                               const char *run, struct yk_error *err)
{
    memset(machine, 0, sizeof *machine);
    machine->config = config;
    machine->district = district;
    if (strlen(run) + 32 > YK_PATH_SIZE)
        return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %s", run);
    if (mkdir(run, 0700) != 0 && errno != EEXIST)
        return yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", run);
    memcpy(machine->run, run, strlen(run) + 1);
    snprintf(machine->keys, sizeof machine->keys, "%.220s/keys", run);
    snprintf(machine->spool, sizeof machine->spool, "%.220s/spool", run);
    snprintf(machine->state, sizeof machine->state, "%.220s/state", run);
    snprintf(machine->publish, sizeof machine->publish, "%.220s/publish.db", run);
    snprintf(machine->calibrations, sizeof machine->calibrations, "%.220s/calibrations.json", run);
    machine->own_redis = strncmp(config->redis.url, "unix:", 5) == 0;
    return make_keys(machine, err);
}

const char *yk_machine_redis_url(const struct yk_machine *machine)
{
    return machine->own_redis ? machine->redis.url : machine->config->redis.url;
}

static void begin(const struct yk_machine *machine, struct yk_child *child, const char *verb)
{
    yk_child_program(verb, child->program, sizeof child->program);
    yk_child_init(child, verb, NULL);
    yk_child_arg(child, machine->district);
}

static void add_inbox(const struct yk_machine *machine, struct yk_child *child)
{
    if (machine->inbox[0])
        yk_child_args(child, "--inbox", machine->inbox, NULL);
}

void yk_machine_collect(struct yk_machine *machine, struct yk_child *child, const char *family)
{
    begin(machine, child, "collect");
    yk_child_args(child, "--edge", EDGE, "--keys", machine->keys, "--spool", machine->spool, "--family", family, NULL);
    add_inbox(machine, child);
}

void yk_machine_uplink(struct yk_machine *machine, struct yk_child *child)
{
    begin(machine, child, "uplink");
    yk_child_args(child, "--edge", EDGE, "--keys", machine->keys, "--spool", machine->spool, "--redis",
                  yk_machine_redis_url(machine), NULL);
    add_inbox(machine, child);
}

void yk_machine_keys(struct yk_machine *machine, struct yk_child *child)
{
    yk_child_program("keys", child->program, sizeof child->program);
    yk_child_init(child, "keys", NULL);
    yk_child_args(child, "run", machine->district, "--keys", machine->keys, "--redis", yk_machine_redis_url(machine),
                  NULL);
}

void yk_machine_analyze(struct yk_machine *machine, struct yk_child *child)
{
    begin(machine, child, "analyze");
    yk_child_args(child, "--keys", machine->keys, "--state", machine->state, "--publish", machine->publish,
                  "--calibrations", machine->calibrations, "--redis", yk_machine_redis_url(machine), NULL);
}

void yk_machine_serve(struct yk_machine *machine, struct yk_child *child)
{
    begin(machine, child, "serve");
    yk_child_args(child, "--store", machine->publish, NULL);
}

void yk_machine_export(struct yk_machine *machine, struct yk_child *child)
{
    yk_child_program("export", child->program, sizeof child->program);
    yk_child_init(child, "export", NULL);
    yk_child_args(child, "--store", machine->publish, "--config", machine->district, NULL);
}

/* Starts a part again that should be running, after a pause that grows. */
static enum yk_status keep(struct yk_child *child, int *restarts, struct yk_error *err)
{
    if (yk_child_running(child))
        return YK_OK;
    char text[256];
    yk_child_describe(child, text, sizeof text);
    if (++*restarts > RESTARTS_MAX)
        return yk_error_set(err, YK_ERR_INTERNAL, "%s; it does not stay up", text);
    yk_log(YK_LOG_WARNING, "%s; starting it again", text);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    return yk_child_start(child, err);
}

enum yk_status yk_machine_take_history(struct yk_machine *machine, bool quiet, const volatile sig_atomic_t *stop,
                                       struct yk_error *err)
{
    struct yk_child analyze, uplink;
    yk_machine_analyze(machine, &analyze);
    yk_child_args(&analyze, "--history", quiet ? "--quiet" : NULL, NULL);
    yk_machine_uplink(machine, &uplink);
    yk_child_args(&uplink, "--drain", "--resend-after", "10", quiet ? "--quiet" : NULL, NULL);
    enum yk_status status = yk_child_start(&analyze, err);
    if (status == YK_OK)
        status = yk_child_start(&uplink, err);
    int restarts = 0;
    while (status == YK_OK && yk_child_running(&uplink)) {
        if (*stop)
            status = yk_error_set(err, YK_ERR_UNAVAILABLE, "ended on request");
        else if (machine->own_redis && !yk_child_running(&machine->redis.child)) {
            yk_log(YK_LOG_WARNING, "the private Redis ended; starting it again");
            char run[YK_PATH_SIZE];
            memcpy(run, machine->run, sizeof run);
            status = ++restarts > RESTARTS_MAX ? yk_error_set(err, YK_ERR_INTERNAL, "Redis does not stay up")
                                               : yk_private_redis_start(&machine->redis, run, err);
        } else
            status = keep(&analyze, &restarts, err);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    if (status == YK_OK)
        status = yk_child_wait(&uplink, NULL, err);
    yk_child_end(&uplink, 10000);
    yk_child_end(&analyze, 60000);
    return status;
}
