/* Section `district`, the file's version, and names. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "base/calendar.h"
#include "config/yaml_scalar.h"

#include <stdlib.h>
#include <string.h>

void *yk_entries_new(struct yk_yaml *yaml, size_t count, size_t size)
{
    void *entries = calloc(count, size);
    if (!entries)
        yaml->mistakes->out_of_memory = true;
    return entries;
}

void yk_read_version(struct yk_yaml *yaml)
{
    const yaml_node_t *node = yk_yaml_get(yaml, yaml->root, "version");
    int version;
    if (!node)
        yk_mistake_add(yaml->mistakes, 1, 1, "the file's format is not said; begin it with 'version: 1'");
    else if (yk_yaml_integer(yaml, node, "version", 0, 1000000, &version) && version != 1)
        yk_yaml_mistake(yaml, node, "version is %d; this program reads version 1", version);
}

void yk_read_name(struct yk_yaml *yaml, const yaml_node_t *node, const char *id, struct yk_name *out)
{
    static const char *const keys[] = {"en", "ja", NULL};
    memcpy(out->en, id, strlen(id) + 1);
    const yaml_node_t *ja = NULL;
    if (node && yk_yaml_map(yaml, node, "a name", keys)) {
        yk_yaml_text(yaml, yk_yaml_get(yaml, node, "en"), "the English name", out->en, sizeof out->en);
        ja = yk_yaml_get(yaml, node, "ja");
    }
    if (!yk_yaml_text(yaml, ja, "the Japanese name", out->ja, sizeof out->ja))
        memcpy(out->ja, out->en, sizeof out->ja);
}

void yk_read_district(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"id", "name", "timezone", "fiscal_year_start", NULL};
    static const char *const what = "the district";
    config->fiscal_year_start = 4;
    if (!node || !yk_yaml_map(yaml, node, what, keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, what, "id"), "the district's id", config->district);
    yk_read_name(yaml, yk_yaml_get(yaml, node, "name"), config->district, &config->district_name);
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "fiscal_year_start"), "fiscal_year_start (a month)", 1, 12,
                    &config->fiscal_year_start);
    const yaml_node_t *zone = yk_yaml_need(yaml, node, what, "timezone");
    struct yk_error err;
    if (yk_yaml_text(yaml, zone, "timezone", config->timezone, sizeof config->timezone) &&
        yk_calendar_open(config->timezone, &err) != YK_OK) {
        char excerpt[YK_EXCERPT_SIZE];
        yk_excerpt(excerpt, config->timezone, strlen(config->timezone));
        yk_yaml_mistake(yaml, zone,
                        "there is no time zone '%s' on this machine; names look like Asia/Tokyo or Europe/Berlin",
                        excerpt);
    }
}
