/* Section `dwell`: how long a visit is a stop. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The named practices of Japanese surveys (stays from 15 minutes, from 2 hours) are not offered: devices change their address
 * every few minutes, and what lies beyond that can't be read off their lives. A file that asks for one is told so. */
#include "config/sections.h"

#include "config/yaml_scalar.h"

void yk_read_dwell(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"stop_s", "preset", NULL};
    config->dwell.stop_s = 180;
    if (!node || !yk_yaml_map(yaml, node, "dwell", keys))
        return;
    const yaml_node_t *preset = yk_yaml_get(yaml, node, "preset");
    if (preset)
        yk_yaml_mistake(yaml, preset,
                        "practices that count stays of 15 minutes and more cannot be told of devices that change their "
                        "address; take preset out and say with stop_s from how many seconds on a visit is a stop");
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "stop_s"), "stop_s", 10, 7200, &config->dwell.stop_s);
}
