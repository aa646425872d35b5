/* A YAML file as a tree whose nodes know their line. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_CONFIG_YAML_TREE_H
#define YK_CONFIG_YAML_TREE_H

#include "config/mistakes.h"

#include <yaml.h>

#define YK_YAML_MAX_BYTES (1024 * 1024)
#define YK_YAML_MAX_DEPTH 12
#define YK_YAML_MAX_NODES 100000

struct yk_yaml {
    yaml_document_t document;
    bool loaded; /* document is to be deleted */
    const yaml_node_t *root;
    struct yk_mistake_list *mistakes;
};

/* Parses bytes. False (and a mistake, or out_of_memory) if they are not one plain YAML document with a map at its top.
 */
bool yk_yaml_load(struct yk_yaml *yaml, const void *bytes, size_t length,
                  struct yk_mistake_list *mistakes) YK_MUST_CHECK;
void yk_yaml_free(struct yk_yaml *yaml);

/* Pass before the tree is built: bounds of size, depth and nodes, UTF-8, one document, no anchors, aliases or tags. */
bool yk_yaml_screen(const void *bytes, size_t length, struct yk_mistake_list *mistakes) YK_MUST_CHECK;

/* A mistake at a node. */
void yk_yaml_mistake(struct yk_yaml *yaml, const yaml_node_t *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* True if node is a map. Keys that are not in `keys` (NULL-terminated) or come twice are mistakes; `what` names the map
 * ("a place") for the messages. */
bool yk_yaml_map(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const char *const keys[]);
/* Value of a key, or NULL. yk_yaml_need makes its absence a mistake at the map. */
const yaml_node_t *yk_yaml_get(struct yk_yaml *yaml, const yaml_node_t *map, const char *key);
const yaml_node_t *yk_yaml_need(struct yk_yaml *yaml, const yaml_node_t *map, const char *what, const char *key);
/* Node of the key itself, for mistakes about a key that should not be there; NULL if it is not. */
const yaml_node_t *yk_yaml_key(struct yk_yaml *yaml, const yaml_node_t *map, const char *key);

/* Number of items of a list of 1 to `max` items; 0 and a mistake if it is anything else. */
size_t yk_yaml_list(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, size_t max);
const yaml_node_t *yk_yaml_item(struct yk_yaml *yaml, const yaml_node_t *list, size_t i);

#endif
