/* Where a section names a counting line. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "base/nearest.h"
#include "config/yaml_scalar.h"

#include <string.h>

#define SAID_MAX 64 /* lines among which a slip of the pen is looked for */

bool yk_read_line_name(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const struct yk_config *config,
                       size_t place, char out[static YK_ID_SIZE])
{
    char id[YK_ID_SIZE];
    const char *here[SAID_MAX], *at = config->places[place].id;
    size_t count = 0;
    if (!yk_yaml_id(yaml, node, what, id))
        return false;
    for (size_t i = 0; i < config->sensor_count; i++) {
        const struct yk_sensor_config *sensor = &config->sensors[i];
        if (strcmp(config->places[sensor->place].id, at) != 0)
            continue;
        for (size_t k = 0; k < sensor->line_count; k++) {
            if (strcmp(sensor->lines[k].id, id) == 0) {
                memcpy(out, id, sizeof id);
                return true;
            }
            if (count < SAID_MAX)
                here[count++] = sensor->lines[k].id;
        }
    }
    const char *nearest = yk_nearest(id, here, count);
    if (nearest)
        yk_yaml_mistake(yaml, node, "%s: place '%s' has no line '%s'; did you mean '%s'?", what, at, id, nearest);
    else
        yk_yaml_mistake(yaml, node, "%s: place '%s' has no line '%s'; add it to a camera or counter there", what, at,
                        id);
    return false;
}
