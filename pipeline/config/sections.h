/* The readers of the file's sections. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each reads one section into config and adds what is wrong to yaml->mistakes. Order matters: the district first (its
 * time zone gives dates their meaning), places before what names them. What is already in config belongs to it, so that
 * yk_config_free cleans up after any of them. */
#ifndef YK_CONFIG_SECTIONS_H
#define YK_CONFIG_SECTIONS_H

#include "config/yaml_tree.h"

#define YK_PLACES_MAX   1024
#define YK_SENSORS_MAX  1024
#define YK_VIEWS_MAX    64 /* lines, and zones, of one entry of a sensor; observations number them in a byte */
#define YK_KPIS_MAX     4096
#define YK_EVENTS_MAX   1024
#define YK_TURN_INS_MAX 1024
#define YK_SURVEYS_MAX  1024

void yk_read_version(struct yk_yaml *yaml);
void yk_read_district(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_places(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_sensors(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
/* `lines` and `zones` of one sensor. */
void yk_read_views(struct yk_yaml *yaml, const yaml_node_t *sensor_node, struct yk_sensor_config *sensor);
void yk_read_kpis(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
/* After all other sections: what is asked for is made of something. */
void yk_check_kpis(struct yk_yaml *yaml, const struct yk_config *config);
/* After kpis, which events name. */
void yk_read_events(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
/* After the district, whose time zone says whose holidays. */
void yk_read_calendar(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_covariates(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
/* `turn_ins` and `surveys`, which name lines: after the sensors. */
void yk_read_turn_ins(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_surveys(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_privacy(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_retention(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_level_of_service(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_dwell(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
void yk_read_serve(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config);
/* `redis: { url }`, in a district's and an edge's file. */
void yk_read_redis(struct yk_yaml *yaml, const yaml_node_t *node, char url[static YK_PATH_SIZE]);
/* `name: { en, ja }`; a language that is not given falls back as config.h says. node may be NULL. */
void yk_read_name(struct yk_yaml *yaml, const yaml_node_t *node, const char *id, struct yk_name *out);

/* Index of the place that `node` names: the version that holds at `from`, or the oldest. False and a mistake if there
 * is none; a NULL node is no mistake and false. */
bool yk_read_place_name(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_config *config, int64_t from,
                        size_t *out);

/* The id of a line that some camera or counter has at the place, whenever. False and a mistake if none has; a NULL node is no
 * mistake and false. */
bool yk_read_line_name(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const struct yk_config *config,
                       size_t place, char out[static YK_ID_SIZE]);

/* Memory for `count` zeroed entries; NULL and out_of_memory if there is none. */
void *yk_entries_new(struct yk_yaml *yaml, size_t count, size_t size);

/* Makes the versions of sensors that config.h promises. */
void yk_lay_out_versions(struct yk_yaml *yaml, struct yk_config *config);
/* Both lists of struct yk_config by id; without memory there are none, which is slower and no less right. */
void yk_order_by_id(struct yk_config *config);

/* Bytes of a file of at most YK_YAML_MAX_BYTES + 1 (the one too many is refused later). To be freed. */
enum yk_status yk_config_load_file(const char *path, void **bytes, size_t *length, struct yk_error *err) YK_MUST_CHECK;
/* The first 8 bytes of the file's 32-byte BLAKE2b hash in hex: what `b2sum -l 256 FILE` begins with. */
void yk_config_version_id(char out[static 17], const void *bytes, size_t length);

#endif
