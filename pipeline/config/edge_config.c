/* An edge device's configuration. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/edge_config.h"

#include "base/nearest.h"
#include "config/sections.h"
#include "config/yaml_scalar.h"

#include <stdlib.h>
#include <string.h>

#define SPOOL_DEFAULT         "run/spool"
#define KEYS_DEFAULT          "run/keys"
#define SPOOL_MAX_MIB_DEFAULT 2048

static void read_edge(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_config *district,
                      struct yk_edge_config *config)
{
    static const char *const keys[] = {"id", "district", NULL};
    if (!node || !yk_yaml_map(yaml, node, "edge", keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, "edge", "id"), "the edge's id", config->id);
    const yaml_node_t *name = yk_yaml_need(yaml, node, "edge", "district");
    if (yk_yaml_id(yaml, name, "the district's id", config->district) && district &&
        strcmp(config->district, district->district) != 0)
        yk_yaml_mistake(yaml, name, "the edge belongs to district '%s', but %.80s is district '%s'", config->district,
                        district->path, district->district);
}

static void check_sensor(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_config *district,
                         const char *id)
{
    if (yk_config_sensor(district, id))
        return;
    const char *ids[YK_SENSORS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < district->sensor_count && count < YK_SENSORS_MAX; i++)
        ids[count++] = district->sensors[i].id;
    const char *nearest = yk_nearest(id, ids, count);
    if (nearest)
        yk_yaml_mistake(yaml, node, "district '%s' has no sensor '%s'; did you mean '%s'?", district->district, id,
                        nearest);
    else
        yk_yaml_mistake(yaml, node, "district '%s' has no sensor '%s'; add it to %.80s", district->district, id,
                        district->path);
}

static void read_edge_sensors(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_config *district,
                              struct yk_edge_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "sensors", YK_EDGE_SENSORS_MAX) : 0;
    for (size_t i = 0; i < count; i++) {
        struct yk_edge_sensor *sensor = &config->sensors[config->sensor_count];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        if (!yk_yaml_id(yaml, item, "a sensor's id", sensor->id))
            continue;
        sensor->line = (int)item->start_mark.line + 1;
        sensor->column = (int)item->start_mark.column + 1;
        config->sensor_count++;
        for (size_t j = 0; j + 1 < config->sensor_count; j++)
            if (strcmp(config->sensors[j].id, sensor->id) == 0) {
                yk_yaml_mistake(yaml, item, "sensor '%s' is there twice; keep one of them", sensor->id);
                break;
            }
        if (district)
            check_sensor(yaml, item, district, sensor->id);
    }
}

static void read_clock(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_edge_config *config)
{
    char word[16] = "system";
    if (!node || !yk_yaml_text(yaml, node, "clock", word, sizeof word))
        return;
    if (strcmp(word, "network") == 0)
        config->clock = YK_CLOCK_TRUST_NETWORK;
    else if (strcmp(word, "system") != 0)
        yk_yaml_mistake(yaml, node, "clock is system or network, not '%s'", word);
}

static void read_sections(struct yk_yaml *yaml, const struct yk_config *district, struct yk_edge_config *config)
{
    static const char *const keys[] = {"version", "edge", "sensors", "spool", "spool_max_mib",
                                       "redis",   "keys", "inbox",   "clock", NULL};
    static const char *const what = "an edge's file";
    const yaml_node_t *places = yk_yaml_key(yaml, yaml->root, "places");
    if (places) {
        yk_yaml_mistake(yaml, places, "this is a district's file; an edge's file belongs here");
        return;
    }
    if (!yk_yaml_map(yaml, yaml->root, what, keys))
        return;
    yk_read_version(yaml);
    read_edge(yaml, yk_yaml_need(yaml, yaml->root, what, "edge"), district, config);
    read_edge_sensors(yaml, yk_yaml_need(yaml, yaml->root, what, "sensors"), district, config);
    memcpy(config->spool, SPOOL_DEFAULT, sizeof SPOOL_DEFAULT);
    memcpy(config->keys, KEYS_DEFAULT, sizeof KEYS_DEFAULT);
    yk_yaml_text(yaml, yk_yaml_get(yaml, yaml->root, "spool"), "spool", config->spool, sizeof config->spool);
    config->spool_max_mib = SPOOL_MAX_MIB_DEFAULT;
    yk_yaml_integer(yaml, yk_yaml_get(yaml, yaml->root, "spool_max_mib"), "spool_max_mib", 16, 1048576,
                    &config->spool_max_mib);
    yk_yaml_text(yaml, yk_yaml_get(yaml, yaml->root, "keys"), "keys", config->keys, sizeof config->keys);
    yk_yaml_text(yaml, yk_yaml_get(yaml, yaml->root, "inbox"), "inbox", config->inbox, sizeof config->inbox);
    read_clock(yaml, yk_yaml_get(yaml, yaml->root, "clock"), config);
    const yaml_node_t *redis = yk_yaml_get(yaml, yaml->root, "redis");
    yk_read_redis(yaml, redis, config->redis_url);
    if (!redis && district)
        memcpy(config->redis_url, district->redis.url, sizeof config->redis_url);
}

enum yk_status yk_edge_config_read_bytes(const char *path, const void *bytes, size_t length,
                                         const struct yk_config *district, struct yk_edge_config **out,
                                         struct yk_config_mistakes *mistakes, struct yk_error *err)
{
    struct yk_mistake_list list = {0};
    struct yk_yaml yaml;
    *out = NULL;
    if (mistakes)
        *mistakes = (struct yk_config_mistakes){0};
    struct yk_edge_config *config = calloc(1, sizeof *config);
    if (!config)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory while reading %.200s", path);
    if (strlen(path) >= sizeof config->path)
        yk_mistake_add(&list, 0, 0, "the file's path is longer than %zu bytes", sizeof config->path - 1);
    else
        memcpy(config->path, path, strlen(path) + 1);
    yk_config_version_id(config->version_id, bytes, length);
    if (yk_yaml_load(&yaml, bytes, length, &list))
        read_sections(&yaml, district, config);
    yk_yaml_free(&yaml);
    enum yk_status status = yk_mistake_finish(&list, path, mistakes, err);
    if (status == YK_OK)
        *out = config;
    else
        yk_edge_config_free(config);
    return status;
}

enum yk_status yk_edge_config_read(const char *path, const struct yk_config *district, struct yk_edge_config **out,
                                   struct yk_config_mistakes *mistakes, struct yk_error *err)
{
    void *bytes;
    size_t length;
    *out = NULL;
    if (mistakes)
        *mistakes = (struct yk_config_mistakes){0};
    enum yk_status status = yk_config_load_file(path, &bytes, &length, err);
    if (status != YK_OK)
        return status;
    status = yk_edge_config_read_bytes(path, bytes, length, district, out, mistakes, err);
    free(bytes);
    return status;
}

enum yk_status yk_edge_config_named(const char *name, const struct yk_config *district, struct yk_edge_config **out,
                                    struct yk_error *err)
{
    *out = NULL;
    if (!strchr(name, '.') && !strchr(name, '/'))
        return YK_OK;
    struct yk_config_mistakes mistakes = {0};
    enum yk_status status = yk_edge_config_read(name, district, out, &mistakes, err);
    if (status == YK_ERR_CONFIG)
        yk_config_mistakes_print(name, &mistakes, stderr);
    yk_config_mistakes_free(&mistakes);
    return status;
}

void yk_edge_config_free(struct yk_edge_config *config)
{
    free(config);
}
