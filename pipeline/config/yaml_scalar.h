/* Scalars, read strictly. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each reads `node` into *out and returns true, or adds a mistake, leaves *out as it was and returns false. A NULL node
 * (a key that is not there) is no mistake and false. `what` names the value in messages. */
#ifndef YK_CONFIG_YAML_SCALAR_H
#define YK_CONFIG_YAML_SCALAR_H

#include "config/yaml_tree.h"

/* Any text on one line that fits: not empty, no control characters. */
bool yk_yaml_text(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, char *out, size_t size);
/* [a-z0-9-], 1 to 31 characters, '-' neither first nor last. */
bool yk_yaml_id(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, char out[static YK_ID_SIZE]);
/* [a-z0-9_-], 1 to 31 characters: names that the program knows (kinds, formats, KPIs, adapters). */
bool yk_yaml_word(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, char out[static YK_ID_SIZE]);
/* Whole number in decimal digits, unquoted. */
bool yk_yaml_integer(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, int min, int max, int *out);
/* Decimal number with a point, unquoted, finite. */
bool yk_yaml_number(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, double min, double max,
                    double *out);
/* Date (its local midnight) or RFC 3339 time, as seconds UTC. */
bool yk_yaml_time(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, int64_t *out);
/* "04:00" as seconds after midnight. */
bool yk_yaml_time_of_day(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, int *out);

#endif
