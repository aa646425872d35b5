/* Section `places`, and where other sections name a place. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "base/nearest.h"
#include "config/shape.h"
#include "config/yaml_scalar.h"
#include "observation.h"

#include <string.h>

#define AREA_MAX_M2 1e9

/* `closed: ["01:00", "05:00"]` */
static void read_closed(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_place_config *place)
{
    if (!node)
        return;
    size_t count = yk_yaml_list(yaml, node, "closed", 2);
    if (count == 1)
        yk_yaml_mistake(yaml, node, "closed is two times of the day, such as [\"01:00\", \"05:00\"]");
    if (count != 2)
        return;
    yk_yaml_time_of_day(yaml, yk_yaml_item(yaml, node, 0), "closed", &place->closed_from_s);
    yk_yaml_time_of_day(yaml, yk_yaml_item(yaml, node, 1), "closed", &place->closed_to_s);
}

static void read_place(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_place_config *place)
{
    static const char *const keys[] = {"id", "name", "polygon", "area_m2", "closed", "valid_from", NULL};
    place->valid_from = INT64_MIN;
    place->closed_from_s = YK_CLOSED_FROM_S;
    place->closed_to_s = YK_CLOSED_TO_S;
    if (!yk_yaml_map(yaml, node, "a place", keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, "a place", "id"), "the place's id", place->id);
    yk_read_name(yaml, yk_yaml_get(yaml, node, "name"), place->id, &place->name);
    yk_yaml_shape(yaml, yk_yaml_get(yaml, node, "polygon"), "polygon", YK_SHAPE_AREA, &place->polygon);
    yk_yaml_number(yaml, yk_yaml_get(yaml, node, "area_m2"), "area_m2", 0.01, AREA_MAX_M2, &place->area_m2);
    read_closed(yaml, yk_yaml_get(yaml, node, "closed"), place);
    yk_yaml_time(yaml, yk_yaml_get(yaml, node, "valid_from"), "valid_from", &place->valid_from);
}

void yk_read_places(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "places", YK_PLACES_MAX) : 0;
    if (count == 0 || !(config->places = yk_entries_new(yaml, count, sizeof *config->places)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_place_config *place = &config->places[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        read_place(yaml, item, place);
        config->place_count++;
        for (size_t j = 0; j < i && place->id[0]; j++)
            if (strcmp(config->places[j].id, place->id) == 0 && config->places[j].valid_from == place->valid_from) {
                yk_yaml_mistake(yaml, item, "place '%s' is there twice with the same valid_from; rename one or date it",
                                place->id);
                break;
            }
    }
}

/* The place with that id that holds when the sensor's entry begins; before all of them, the oldest. */
static const struct yk_place_config *place_from(const struct yk_config *config, const char *id, int64_t from)
{
    const struct yk_place_config *found = yk_config_place_at(config, id, from);
    if (found)
        return found;
    for (size_t i = 0; i < config->place_count; i++) {
        const struct yk_place_config *p = &config->places[i];
        if (strcmp(p->id, id) == 0 && (!found || p->valid_from < found->valid_from))
            found = p;
    }
    return found;
}

bool yk_read_place_name(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_config *config, int64_t from,
                        size_t *out)
{
    char id[YK_ID_SIZE];
    if (!yk_yaml_id(yaml, node, "place", id))
        return false;
    const struct yk_place_config *found = place_from(config, id, from);
    if (found) {
        *out = (size_t)(found - config->places);
        return true;
    }
    const char *ids[YK_PLACES_MAX];
    for (size_t i = 0; i < config->place_count; i++)
        ids[i] = config->places[i].id;
    const char *nearest = yk_nearest(id, ids, config->place_count);
    if (nearest)
        yk_yaml_mistake(yaml, node, "there is no place '%s'; did you mean '%s'?", id, nearest);
    else
        yk_yaml_mistake(yaml, node, "there is no place '%s'; add it to places", id);
    return false;
}
