/* The district's configuration: reading it as a whole. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every section is read even when another is wrong, so that a person hears of all mistakes at once; what depends on a
 * section that is wrong (a sensor's place) is checked against what could be read of it. */
#include "config/sections.h"

#include <stdlib.h>
#include <string.h>

static void read_sections(struct yk_yaml *yaml, struct yk_config *config)
{
    static const char *const keys[] = {
        "version", "district",  "places", "sensors", "kpis",  "events",   "level_of_service", "calendar", "covariates",
        "privacy", "retention", "redis",  "serve",   "dwell", "turn_ins", "surveys",          NULL};
    static const char *const what = "a district's file";
    const yaml_node_t *edge = yk_yaml_key(yaml, yaml->root, "edge");
    if (edge) {
        yk_yaml_mistake(yaml, edge, "this is an edge's file; a district's file belongs here");
        return;
    }
    if (!yk_yaml_map(yaml, yaml->root, what, keys))
        return;
    yk_read_version(yaml);
    yk_read_district(yaml, yk_yaml_need(yaml, yaml->root, what, "district"), config);
    yk_read_places(yaml, yk_yaml_need(yaml, yaml->root, what, "places"), config);
    yk_read_sensors(yaml, yk_yaml_need(yaml, yaml->root, what, "sensors"), config);
    yk_read_kpis(yaml, yk_yaml_get(yaml, yaml->root, "kpis"), config);
    yk_read_events(yaml, yk_yaml_get(yaml, yaml->root, "events"), config);
    yk_read_calendar(yaml, yk_yaml_get(yaml, yaml->root, "calendar"), config);
    yk_read_covariates(yaml, yk_yaml_get(yaml, yaml->root, "covariates"), config);
    yk_read_turn_ins(yaml, yk_yaml_get(yaml, yaml->root, "turn_ins"), config);
    yk_read_surveys(yaml, yk_yaml_get(yaml, yaml->root, "surveys"), config);
    yk_read_level_of_service(yaml, yk_yaml_get(yaml, yaml->root, "level_of_service"), config);
    yk_read_dwell(yaml, yk_yaml_get(yaml, yaml->root, "dwell"), config);
    yk_read_privacy(yaml, yk_yaml_get(yaml, yaml->root, "privacy"), config);
    yk_read_retention(yaml, yk_yaml_get(yaml, yaml->root, "retention"), config);
    yk_read_redis(yaml, yk_yaml_get(yaml, yaml->root, "redis"), config->redis.url);
    yk_read_serve(yaml, yk_yaml_get(yaml, yaml->root, "serve"), config);
    yk_check_kpis(yaml, config);
    if (!yk_mistake_any(yaml->mistakes))
        yk_lay_out_versions(yaml, config);
    if (!yk_mistake_any(yaml->mistakes))
        yk_order_by_id(config);
}

enum yk_status yk_config_read_bytes(const char *path, const void *bytes, size_t length, struct yk_config **out,
                                    struct yk_config_mistakes *mistakes, struct yk_error *err)
{
    struct yk_mistake_list list = {0};
    struct yk_yaml yaml;
    *out = NULL;
    if (mistakes)
        *mistakes = (struct yk_config_mistakes){0};
    struct yk_config *config = calloc(1, sizeof *config);
    if (!config)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory while reading %.200s", path);
    if (strlen(path) >= sizeof config->path)
        yk_mistake_add(&list, 0, 0, "the file's path is longer than %zu bytes", sizeof config->path - 1);
    else
        memcpy(config->path, path, strlen(path) + 1);
    yk_config_version_id(config->version_id, bytes, length);
    if (yk_yaml_load(&yaml, bytes, length, &list))
        read_sections(&yaml, config);
    yk_yaml_free(&yaml);
    enum yk_status status = yk_mistake_finish(&list, path, mistakes, err);
    if (status == YK_OK)
        *out = config;
    else
        yk_config_free(config);
    return status;
}

enum yk_status yk_config_read(const char *path, struct yk_config **out, struct yk_config_mistakes *mistakes,
                              struct yk_error *err)
{
    void *bytes;
    size_t length;
    *out = NULL;
    if (mistakes)
        *mistakes = (struct yk_config_mistakes){0};
    enum yk_status status = yk_config_load_file(path, &bytes, &length, err);
    if (status != YK_OK)
        return status;
    status = yk_config_read_bytes(path, bytes, length, out, mistakes, err);
    free(bytes);
    return status;
}

void yk_config_free(struct yk_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->sensor_count; i++) {
        free(config->sensors[i].lines);
        free(config->sensors[i].zones);
    }
    free(config->sensors);
    free(config->places);
    free(config->sensors_by_id);
    free(config->places_by_id);
    free(config->kpis);
    free(config->events);
    free(config->calendar.days);
    free(config->turn_ins);
    for (size_t i = 0; i < config->survey_count; i++)
        free(config->surveys[i].dates);
    free(config->surveys);
    free(config);
}

enum yk_status yk_config_load(const char *path, struct yk_config **out, struct yk_error *err)
{
    struct yk_config_mistakes mistakes = {0};
    enum yk_status status = yk_config_read(path, out, &mistakes, err);
    if (status == YK_ERR_CONFIG)
        yk_config_mistakes_print(path, &mistakes, stderr);
    yk_config_mistakes_free(&mistakes);
    return status;
}
