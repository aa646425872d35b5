/* What a camera or counter looks at: `lines` and `zones` of a sensor. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "config/shape.h"
#include "config/yaml_scalar.h"

#include <string.h>

#define HYSTERESIS_MAX 1e6

/* Its points, or the name that the device has for it: one of the two. */
static void read_where(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, enum yk_shape shape,
                       struct yk_polygon *points, char device[YK_OWN_SIZE])
{
    const yaml_node_t *drawn = yk_yaml_get(yaml, node, "points"), *own = yk_yaml_get(yaml, node, "device");
    if (drawn && own)
        yk_yaml_mistake(yaml, yk_yaml_key(yaml, node, "device"),
                        "%s has points and is one of the device's own; leave one of the two out", what);
    if (own)
        yk_yaml_text(yaml, own, "device", device, YK_OWN_SIZE);
    else
        yk_yaml_shape(yaml, yk_yaml_need(yaml, node, what, "points"), what, shape, points);
}

static void read_line(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_line_config *line)
{
    static const char *const keys[] = {"id", "name", "points", "device", "hysteresis", "valid_from", NULL};
    line->valid_from = INT64_MIN;
    if (!yk_yaml_map(yaml, node, "a line", keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, "a line", "id"), "the line's id", line->id);
    yk_read_name(yaml, yk_yaml_get(yaml, node, "name"), line->id, &line->name);
    read_where(yaml, node, "the line", YK_SHAPE_LINE, &line->points, line->device);
    yk_yaml_number(yaml, yk_yaml_get(yaml, node, "hysteresis"), "hysteresis", 0, HYSTERESIS_MAX, &line->hysteresis);
    if (line->device[0] && yk_yaml_key(yaml, node, "hysteresis"))
        yk_yaml_mistake(yaml, yk_yaml_key(yaml, node, "hysteresis"),
                        "'hysteresis' says nothing for a line that the device counts at; leave it out");
    yk_yaml_time(yaml, yk_yaml_get(yaml, node, "valid_from"), "valid_from", &line->valid_from);
}

static void read_zone(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_zone_config *zone)
{
    static const char *const keys[] = {"id", "name", "points", "device", "valid_from", NULL};
    zone->valid_from = INT64_MIN;
    if (!yk_yaml_map(yaml, node, "a zone", keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, "a zone", "id"), "the zone's id", zone->id);
    yk_read_name(yaml, yk_yaml_get(yaml, node, "name"), zone->id, &zone->name);
    read_where(yaml, node, "the zone", YK_SHAPE_ZONE, &zone->points, zone->device);
    yk_yaml_time(yaml, yk_yaml_get(yaml, node, "valid_from"), "valid_from", &zone->valid_from);
}

static void read_lines(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_sensor_config *sensor)
{
    size_t count = node ? yk_yaml_list(yaml, node, "lines", YK_VIEWS_MAX) : 0;
    if (count == 0 || !(sensor->lines = yk_entries_new(yaml, count, sizeof *sensor->lines)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_line_config *line = &sensor->lines[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        read_line(yaml, item, line);
        sensor->line_count++;
        for (size_t j = 0; j < i && line->id[0]; j++)
            if (strcmp(sensor->lines[j].id, line->id) == 0 && sensor->lines[j].valid_from == line->valid_from) {
                yk_yaml_mistake(yaml, item, "line '%s' is there twice with the same valid_from; rename one or date it",
                                line->id);
                break;
            }
    }
}

static void read_zones(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_sensor_config *sensor)
{
    size_t count = node ? yk_yaml_list(yaml, node, "zones", YK_VIEWS_MAX) : 0;
    if (count == 0 || !(sensor->zones = yk_entries_new(yaml, count, sizeof *sensor->zones)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_zone_config *zone = &sensor->zones[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        read_zone(yaml, item, zone);
        sensor->zone_count++;
        for (size_t j = 0; j < i && zone->id[0]; j++)
            if (strcmp(sensor->zones[j].id, zone->id) == 0 && sensor->zones[j].valid_from == zone->valid_from) {
                yk_yaml_mistake(yaml, item, "zone '%s' is there twice with the same valid_from; rename one or date it",
                                zone->id);
                break;
            }
    }
}

void yk_read_views(struct yk_yaml *yaml, const yaml_node_t *sensor_node, struct yk_sensor_config *sensor)
{
    read_lines(yaml, yk_yaml_get(yaml, sensor_node, "lines"), sensor);
    read_zones(yaml, yk_yaml_get(yaml, sensor_node, "zones"), sensor);
}
