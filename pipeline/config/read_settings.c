/* Sections `privacy`, `retention` and `level_of_service`: how long, how many, by which table.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "base/nearest.h"
#include "config/yaml_scalar.h"

#include <string.h>

void yk_read_privacy(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"epoch_hours", "epoch_start", "grace_hours", "k", "line_k", NULL};
    config->privacy.epoch_hours = 24;
    config->privacy.epoch_start_s = 4 * 3600;
    config->privacy.grace_hours = 6;
    config->privacy.k = 10;
    config->privacy.line_k = 0;
    if (!node || !yk_yaml_map(yaml, node, "privacy", keys))
        return;
    const yaml_node_t *hours = yk_yaml_get(yaml, node, "epoch_hours");
    if (yk_yaml_integer(yaml, hours, "epoch_hours", 1, 24, &config->privacy.epoch_hours) &&
        24 % config->privacy.epoch_hours != 0)
        yk_yaml_mistake(yaml, hours, "epoch_hours is %d, which does not divide a day; use 1, 2, 3, 4, 6, 8, 12 or 24",
                        config->privacy.epoch_hours);
    yk_yaml_time_of_day(yaml, yk_yaml_get(yaml, node, "epoch_start"), "epoch_start", &config->privacy.epoch_start_s);
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "grace_hours"), "grace_hours", 0, 48, &config->privacy.grace_hours);
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "k"), "k", 1, 100000, &config->privacy.k);
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "line_k"), "line_k", 0, 100000, &config->privacy.line_k);
}

void yk_read_retention(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"rows_days", "plain_days", NULL};
    config->retention.rows_days = 3650;
    config->retention.plain_days = 14;
    if (!node || !yk_yaml_map(yaml, node, "retention", keys))
        return;
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "rows_days"), "rows_days", 1, 36500, &config->retention.rows_days);
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "plain_days"), "plain_days", 1, 3650, &config->retention.plain_days);
}

static void read_table(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const char *const *names,
                       size_t count, char out[static YK_ID_SIZE])
{
    char text[YK_ID_SIZE];
    if (!node || !yk_yaml_word(yaml, node, what, text))
        return;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], text) == 0) {
            memcpy(out, text, sizeof text);
            return;
        }
    const char *nearest = yk_nearest(text, names, count);
    yk_yaml_mistake(yaml, node, "there is no table '%s' of %s; did you mean '%s'?", text, what,
                    nearest ? nearest : names[0]);
}

void yk_read_level_of_service(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"space", "flow", NULL};
    static const char *const spaces[] = {"hcm-space"};
    static const char *const flows[] = {"hcm-flow", "fruin-flow"};
    memcpy(config->los.space, "hcm-space", sizeof "hcm-space");
    memcpy(config->los.flow, "hcm-flow", sizeof "hcm-flow");
    if (!node || !yk_yaml_map(yaml, node, "level_of_service", keys))
        return;
    read_table(yaml, yk_yaml_get(yaml, node, "space"), "space", spaces, 1, config->los.space);
    read_table(yaml, yk_yaml_get(yaml, node, "flow"), "flow", flows, 2, config->los.flow);
}
