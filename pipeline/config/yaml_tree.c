/* A YAML file as a tree whose nodes know their line. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A reader that maps YAML straight onto C structures stops at the first mistake, has forgotten the line by the
 * time a value turns out to make no sense, and takes "10abc" for 10. Method: libyaml's document tree, whose nodes carry
 * marks and whose scalars are text; the readers of the sections walk it and check each scalar themselves
 * (yaml_scalar.c). Nothing is read that no reader asked for: a map is checked against the list of its keys first. */
#include "config/yaml_tree.h"

#include "base/nearest.h"

#include <stdarg.h>
#include <string.h>

bool yk_yaml_load(struct yk_yaml *yaml, const void *bytes, size_t length, struct yk_mistake_list *mistakes)
{
    *yaml = (struct yk_yaml){.mistakes = mistakes};
    if (!yk_yaml_screen(bytes, length, mistakes))
        return false;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        mistakes->out_of_memory = true;
        return false;
    }
    yaml_parser_set_input_string(&parser, bytes, length);
    yaml->loaded = yaml_parser_load(&parser, &yaml->document) == 1;
    /* The screen has parsed the same bytes: only memory is left to fail. */
    if (!yaml->loaded)
        mistakes->out_of_memory = true;
    yaml_parser_delete(&parser);
    if (!yaml->loaded)
        return false;
    yaml->root = yaml_document_get_root_node(&yaml->document);
    if (!yaml->root || (yaml->root->type == YAML_SCALAR_NODE && yaml->root->data.scalar.length == 0)) {
        yk_mistake_add(mistakes, 0, 0, "the file is empty; examples/riverside.yaml shows what belongs in it");
        return false;
    }
    if (yaml->root->type != YAML_MAPPING_NODE) {
        yk_yaml_mistake(yaml, yaml->root, "the file has to begin with 'version: 1' and go on as a map of keys");
        return false;
    }
    return true;
}

void yk_yaml_free(struct yk_yaml *yaml)
{
    if (yaml->loaded)
        yaml_document_delete(&yaml->document);
    yaml->loaded = false;
    yaml->root = NULL;
}

void yk_yaml_mistake(struct yk_yaml *yaml, const yaml_node_t *node, const char *fmt, ...)
{
    char text[sizeof((struct yk_config_mistake *)NULL)->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    yk_mistake_add(yaml->mistakes, (int)node->start_mark.line + 1, (int)node->start_mark.column + 1, "%s", text);
}

static bool is_text(const yaml_node_t *node, const char *text)
{
    size_t length = strlen(text);
    return node->type == YAML_SCALAR_NODE && node->data.scalar.length == length &&
           memcmp(node->data.scalar.value, text, length) == 0;
}

static const yaml_node_t *node_at(struct yk_yaml *yaml, int index)
{
    return yaml_document_get_node(&yaml->document, index);
}

static void unknown_key(struct yk_yaml *yaml, const yaml_node_t *key, const char *what, const char *const keys[])
{
    size_t count = 0;
    while (keys[count])
        count++;
    char excerpt[YK_EXCERPT_SIZE];
    yk_excerpt(excerpt, (const char *)key->data.scalar.value, key->data.scalar.length);
    const char *nearest = yk_nearest(excerpt, keys, count);
    if (nearest) {
        yk_yaml_mistake(yaml, key, "%s has no key '%s'; did you mean '%s'?", what, excerpt, nearest);
        return;
    }
    char known[140] = "";
    for (size_t i = 0, used = 0; i < count && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? " " : "", keys[i]);
    yk_yaml_mistake(yaml, key, "%s has no key '%s'; its keys are: %s", what, excerpt, known);
}

bool yk_yaml_map(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const char *const keys[])
{
    if (node->type != YAML_MAPPING_NODE) {
        yk_yaml_mistake(yaml, node, "%s has to be a map: { %s: ... }", what, keys[0]);
        return false;
    }
    unsigned seen = 0; /* bit per key; no map has more than 32 */
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(yaml, pair->key);
        if (key->type != YAML_SCALAR_NODE) {
            yk_yaml_mistake(yaml, key, "a key has to be a word");
            continue;
        }
        size_t i = 0;
        while (keys[i] && !is_text(key, keys[i]))
            i++;
        if (!keys[i])
            unknown_key(yaml, key, what, keys);
        else if (seen & 1u << i)
            yk_yaml_mistake(yaml, key, "%s has '%s' twice; keep one of them", what, keys[i]);
        else
            seen |= 1u << i;
    }
    return true;
}

static const yaml_node_pair_t *find(struct yk_yaml *yaml, const yaml_node_t *map, const char *key)
{
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++)
        if (is_text(node_at(yaml, pair->key), key))
            return pair;
    return NULL;
}

const yaml_node_t *yk_yaml_get(struct yk_yaml *yaml, const yaml_node_t *map, const char *key)
{
    const yaml_node_pair_t *pair = find(yaml, map, key);
    return pair ? node_at(yaml, pair->value) : NULL;
}

const yaml_node_t *yk_yaml_need(struct yk_yaml *yaml, const yaml_node_t *map, const char *what, const char *key)
{
    const yaml_node_t *node = yk_yaml_get(yaml, map, key);
    if (!node)
        yk_yaml_mistake(yaml, map, "%s needs '%s'", what, key);
    return node;
}

const yaml_node_t *yk_yaml_key(struct yk_yaml *yaml, const yaml_node_t *map, const char *key)
{
    const yaml_node_pair_t *pair = find(yaml, map, key);
    return pair ? node_at(yaml, pair->key) : NULL;
}

size_t yk_yaml_list(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, size_t max)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        yk_yaml_mistake(yaml, node, "%s has to be a list: a '-' before each entry, or [ ... ]", what);
        return 0;
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count == 0) {
        yk_yaml_mistake(yaml, node, "%s is an empty list; add an entry or leave the key out", what);
    } else if (count > max) {
        yk_yaml_mistake(yaml, node, "%s has %zu entries; at most %zu are possible", what, count, max);
        count = 0;
    }
    return count;
}

const yaml_node_t *yk_yaml_item(struct yk_yaml *yaml, const yaml_node_t *list, size_t i)
{
    return node_at(yaml, list->data.sequence.items.start[i]);
}
