/* Starting the parts in the order in which they need each other. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/live.h"

#include <string.h>

enum yk_status yk_live_redis(struct yk_live *live, struct yk_error *err)
{
    struct yk_private_redis *redis = &live->machine->redis;
    return yk_group_add(
        &live->group, &redis->child,
        &(struct yk_part){.stage = YK_STAGE_REDIS, .answers = yk_private_redis_answers, .context = redis}, err);
}

enum yk_status yk_live_serve(struct yk_live *live, const char *listen, struct yk_error *err)
{
    yk_machine_serve(live->machine, &live->serve);
    if (listen)
        yk_child_args(&live->serve, "--listen", listen, NULL);
    return yk_group_add(&live->group, &live->serve, &(struct yk_part){.stage = YK_STAGE_SERVE, .tells = true}, err);
}

static bool has_input(const struct yk_sensor_config *sensor, const char *const *inputs)
{
    for (size_t i = 0; inputs && inputs[i]; i++)
        if (strncmp(inputs[i], sensor->id, strlen(sensor->id)) == 0 && inputs[i][strlen(sensor->id)] == '=')
            return true;
    return false;
}

enum yk_status yk_live_start(struct yk_live *live, const char *const *inputs, struct yk_error *err)
{
    static const char *const names[] = {"radio", "camera"}, *const parts[] = {"collect-radio", "collect-camera"};
    const struct yk_part collect = {.stage = YK_STAGE_COLLECT, .tells = true, .finite = true},
                         uplink = {.stage = YK_STAGE_UPLINK, .tells = true},
                         analyze = {.stage = YK_STAGE_ANALYZE, .tells = true}, keys = analyze;
    const struct yk_config *config = live->machine->config;
    enum yk_status status = YK_OK;
    bool any = false, radio = false;
    for (int family = 0; family < 2 && status == YK_OK; family++) {
        struct yk_child *child = &live->collect[family];
        yk_machine_collect(live->machine, child, names[family]);
        child->name = parts[family];
        yk_child_arg(child, "--quiet");
        size_t sensors = 0;
        for (size_t i = 0; inputs && inputs[i]; i++)
            yk_child_args(child, "--input", inputs[i], NULL);
        for (size_t i = 0; i < config->sensor_count; i++) {
            const struct yk_sensor_config *sensor = &config->sensors[i];
            int served = sensor->family == YK_FAMILY_RADIO ? YK_FAMILY_RADIO : YK_FAMILY_CAMERA; /* counters, too */
            if (served != family || yk_config_sensor(config, sensor->id) != sensor)
                continue;
            if (has_input(sensor, inputs)) {
                sensors++;
            } else if (sensor->input[0]) {
                yk_child_args(child, "--sensor", sensor->id, NULL);
                sensors++;
            }
        }
        if (sensors > 0)
            status = yk_group_add(&live->group, child, &collect, err);
        any |= sensors > 0;
        radio |= sensors > 0 && family == YK_FAMILY_RADIO;
    }
    if (status == YK_OK && !any)
        return yk_error_set(
            err, YK_ERR_CONFIG,
            "no sensor of %s has an 'input' (a capture, an event file or a pipe): there is nothing to run",
            live->machine->district);
    if (status == YK_OK) {
        yk_machine_uplink(live->machine, &live->uplink);
        yk_child_arg(&live->uplink, "--quiet");
        status = yk_group_add(&live->group, &live->uplink, &uplink, err);
    }
    if (status == YK_OK) {
        yk_machine_analyze(live->machine, &live->analyze);
        yk_child_arg(&live->analyze, "--quiet");
        status = yk_group_add(&live->group, &live->analyze, &analyze, err);
    }
    if (status == YK_OK && radio && live->machine->inbox[0]) {
        yk_machine_keys(live->machine, &live->keys);
        status = yk_group_add(&live->group, &live->keys, &keys, err);
    }
    return status;
}
