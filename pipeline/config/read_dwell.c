/* Section `dwell`: how long a visit is a stop, and by which practice stays are counted.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "config/yaml_scalar.h"

#include <string.h>

static void read_preset(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const presets[] = {"dwell", "visitor", "staying"};
    char text[YK_ID_SIZE];
    if (!node || !yk_yaml_word(yaml, node, "preset", text))
        return;
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i], text) == 0) {
            memcpy(config->dwell.preset, text, sizeof text);
            return;
        }
    yk_yaml_mistake(
        yaml, node,
        "there is no practice '%s' of counting stays; use visitor (15 minutes and more), staying (2 hours and "
        "more) or dwell (15 minutes to 12 hours)",
        text);
}

void yk_read_dwell(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"stop_s", "preset", NULL};
    config->dwell.stop_s = 180;
    if (!node || !yk_yaml_map(yaml, node, "dwell", keys))
        return;
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "stop_s"), "stop_s", 10, 7200, &config->dwell.stop_s);
    read_preset(yaml, yk_yaml_get(yaml, node, "preset"), config);
}
