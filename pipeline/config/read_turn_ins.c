/* Section `turn_ins`: which line counts those who come in, and which those who pass. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "config/sections.h"

#include "config/yaml_scalar.h"

#include <string.h>

static void read_direction(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, enum yk_direction *out)
{
    static const char *const names[] = {[YK_BOTH_WAYS] = "both", [YK_PLUS] = "plus", [YK_MINUS] = "minus"};
    char text[YK_ID_SIZE];
    if (!node || !yk_yaml_word(yaml, node, what, text))
        return;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], text) == 0) {
            *out = (enum yk_direction)i;
            return;
        }
    yk_yaml_mistake(yaml, node, "%s '%s' is none of plus, minus, both", what, text);
}

static void read_turn_in(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config,
                         struct yk_turn_in_config *turn_in)
{
    static const char *const keys[] = {"id", "place", "entries", "entries_direction", "passers", "passers_direction",
                                       NULL};
    static const char *const what = "a turn-in";
    if (!yk_yaml_map(yaml, node, what, keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, what, "id"), "the turn-in's id", turn_in->id);
    bool placed = yk_read_place_name(yaml, yk_yaml_need(yaml, node, what, "place"), config, INT64_MAX, &turn_in->place);
    const yaml_node_t *entries = yk_yaml_need(yaml, node, what, "entries");
    const yaml_node_t *passers = yk_yaml_need(yaml, node, what, "passers");
    /* Who leaves again crosses the same line: which direction is in has to be said. */
    read_direction(yaml, yk_yaml_need(yaml, node, what, "entries_direction"), "entries_direction",
                   &turn_in->entries.direction);
    read_direction(yaml, yk_yaml_get(yaml, node, "passers_direction"), "passers_direction",
                   &turn_in->passers.direction);
    if (!placed)
        return;
    bool both = yk_read_line_name(yaml, entries, "entries", config, turn_in->place, turn_in->entries.line);
    both = yk_read_line_name(yaml, passers, "passers", config, turn_in->place, turn_in->passers.line) && both;
    if (both && strcmp(turn_in->entries.line, turn_in->passers.line) == 0)
        yk_yaml_mistake(yaml, passers,
                        "entries and passers are counted at the same line; passers need one that all of "
                        "them cross, also those who do not come in");
}

void yk_read_turn_ins(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "turn_ins", YK_TURN_INS_MAX) : 0;
    if (count == 0 || !(config->turn_ins = yk_entries_new(yaml, count, sizeof *config->turn_ins)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_turn_in_config *turn_in = &config->turn_ins[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        read_turn_in(yaml, item, config, turn_in);
        config->turn_in_count++;
        for (size_t j = 0; j < i && turn_in->id[0]; j++)
            if (strcmp(config->turn_ins[j].id, turn_in->id) == 0) {
                yk_yaml_mistake(yaml, item, "turn-in '%s' is there twice; rename one", turn_in->id);
                break;
            }
    }
}
