/* Section `sensors`. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The prefix of `kind` says the family, and the family says which keys make sense: a radio has no lines and a camera no
 * RSSI. A key that would be ignored is a mistake, because whoever wrote it expects something of it. */
#include "config/sections.h"

#include "base/matrix3.h"
#include "config/endpoint.h"
#include "config/yaml_scalar.h"

#include <string.h>

#define RADIO   (1u << YK_FAMILY_RADIO)
#define CAMERA  (1u << YK_FAMILY_CAMERA)
#define COUNTER (1u << YK_FAMILY_COUNTER)

static const struct {
    const char *prefix;
    const char *name;
    enum yk_family family;
} families[] = {
    {"ble_", "radio (ble_...)", YK_FAMILY_RADIO},
    {"camera_", "camera (camera_...)", YK_FAMILY_CAMERA},
    {"counter_", "counter (counter_...)", YK_FAMILY_COUNTER},
};

static const struct {
    const char *key;
    unsigned families;
} family_keys[] = {
    {"adapter", RADIO},          {"rssi_min_dbm", RADIO}, {"rssi_offset_db", RADIO},    {"format", CAMERA | COUNTER},
    {"topic", CAMERA | COUNTER}, {"fps", CAMERA},         {"lines", CAMERA | COUNTER},  {"zones", CAMERA},
    {"frame", CAMERA},           {"homography", CAMERA},  {"secret", CAMERA | COUNTER},
};

static bool read_kind(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_sensor_config *sensor)
{
    if (!yk_yaml_word(yaml, node, "kind", sensor->kind))
        return false;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t length = strlen(families[i].prefix);
        if (strncmp(sensor->kind, families[i].prefix, length) == 0 && sensor->kind[length] != '\0') {
            sensor->family = families[i].family;
            return true;
        }
    }
    yk_yaml_mistake(yaml, node, "kind '%s' begins with none of ble_, camera_, counter_; kinds are such as ble_capture",
                    sensor->kind);
    return false;
}

static void check_family_keys(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_sensor_config *sensor)
{
    for (size_t i = 0; i < sizeof family_keys / sizeof family_keys[0]; i++) {
        const yaml_node_t *key = yk_yaml_key(yaml, node, family_keys[i].key);
        if (key && !(family_keys[i].families & 1u << sensor->family))
            yk_yaml_mistake(yaml, key, "'%s' says nothing for a %s sensor; leave it out", family_keys[i].key,
                            families[sensor->family].name);
    }
    size_t length = strlen(sensor->kind);
    if (length > 5 && strcmp(sensor->kind + length - 5, "_mqtt") == 0)
        (void)yk_yaml_need(yaml, node, "a sensor of a kind ..._mqtt", "topic");
}

/* What a kind is fed by; YK_ENDPOINT_NONE: a file, a pipe or a device. */
static enum yk_endpoint_kind fed_by(const char *kind)
{
    for (int i = YK_ENDPOINT_NONE + 1; i <= YK_ENDPOINT_REDIS; i++) {
        const char *end = strchr(kind, '_');
        if (end && strcmp(end + 1, yk_endpoint_name((enum yk_endpoint_kind)i)) == 0)
            return (enum yk_endpoint_kind)i;
    }
    return YK_ENDPOINT_NONE;
}

/* An input that the kind does not read would be looked for as a file, and a secret without a network is for nobody. */
static void check_network(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_sensor_config *sensor)
{
    if (sensor->family == YK_FAMILY_RADIO)
        return;
    const yaml_node_t *input = yk_yaml_get(yaml, node, "input"), *topic = yk_yaml_get(yaml, node, "topic");
    const yaml_node_t *secret = yk_yaml_key(yaml, node, "secret");
    enum yk_endpoint_kind wanted = fed_by(sensor->kind), given = yk_endpoint_kind(sensor->input);
    struct yk_endpoint endpoint;
    if (sensor->input[0] && wanted != given && wanted == YK_ENDPOINT_NONE)
        yk_yaml_mistake(yaml, input, "kind '%s' reads a file or pipe; for this input write %s_%s", sensor->kind,
                        sensor->family == YK_FAMILY_CAMERA ? "camera" : "counter", yk_endpoint_name(given));
    else if (sensor->input[0] && wanted != YK_ENDPOINT_NONE &&
             (given != wanted || !yk_endpoint_parse(sensor->input, &endpoint)))
        yk_yaml_mistake(yaml, input, "the input of a %s has to be %s%s", sensor->kind, yk_endpoint_form(wanted),
                        strchr(sensor->input, '@') ? "; a password belongs into the file that 'secret' names" : "");
    if (sensor->topic[0] && wanted == YK_ENDPOINT_MQTT && !yk_endpoint_topic(sensor->topic))
        yk_yaml_mistake(yaml, topic,
                        "topic '%.80s' cannot be subscribed to: + stands for a whole level, # for the last",
                        sensor->topic);
    if (secret && wanted == YK_ENDPOINT_NONE)
        yk_yaml_mistake(yaml, secret, "'secret' says nothing for a %s; leave it out", sensor->kind);
}

/* [width, height] */
static void read_frame(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_sensor_config *sensor)
{
    if (!node)
        return;
    if (yk_yaml_list(yaml, node, "frame", 2) != 2) {
        yk_yaml_mistake(yaml, node, "frame is written as width and height, [1920, 1080]");
        return;
    }
    double size[2];
    if (yk_yaml_number(yaml, yk_yaml_item(yaml, node, 0), "the frame's width", 1, 100000, &size[0]) &&
        yk_yaml_number(yaml, yk_yaml_item(yaml, node, 1), "the frame's height", 1, 100000, &size[1]))
        memcpy(sensor->frame, size, sizeof size);
}

/* Nine numbers, row by row. */
static void read_homography(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_sensor_config *sensor)
{
    if (!node)
        return;
    double m[9];
    bool all = yk_yaml_list(yaml, node, "homography", 9) == 9;
    if (!all)
        yk_yaml_mistake(yaml, node, "homography is written as nine numbers, row by row; yukikai homography makes them");
    for (size_t i = 0; all && i < 9; i++)
        all = yk_yaml_number(yaml, yk_yaml_item(yaml, node, i), "a number of homography", -1e12, 1e12, &m[i]);
    if (!all)
        return;
    if (yk_matrix3_singular(m)) {
        yk_yaml_mistake(yaml, node,
                        "homography leads the whole picture to one line of the ground; yukikai homography makes nine "
                        "numbers that do not");
        return;
    }
    sensor->has_homography = true;
    memcpy(sensor->homography, m, sizeof m);
}

static void read_sensor(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config,
                        struct yk_sensor_config *sensor)
{
    static const char *const keys[] = {
        "id",           "place",          "kind",       "input", "adapter", "format",     "topic",  "fps", "frame",
        "rssi_min_dbm", "rssi_offset_db", "valid_from", "lines", "zones",   "homography", "secret", NULL};
    sensor->valid_from = INT64_MIN;
    sensor->rssi_min_dbm = -128;
    if (!yk_yaml_map(yaml, node, "a sensor", keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, "a sensor", "id"), "the sensor's id", sensor->id);
    yk_yaml_time(yaml, yk_yaml_get(yaml, node, "valid_from"), "valid_from", &sensor->valid_from);
    yk_read_place_name(yaml, yk_yaml_need(yaml, node, "a sensor", "place"), config, sensor->valid_from, &sensor->place);
    if (read_kind(yaml, yk_yaml_need(yaml, node, "a sensor", "kind"), sensor))
        check_family_keys(yaml, node, sensor);
    yk_yaml_text(yaml, yk_yaml_get(yaml, node, "input"), "input", sensor->input, sizeof sensor->input);
    yk_yaml_word(yaml, yk_yaml_get(yaml, node, "adapter"), "adapter", sensor->adapter);
    yk_yaml_word(yaml, yk_yaml_get(yaml, node, "format"), "format", sensor->format);
    yk_yaml_text(yaml, yk_yaml_get(yaml, node, "topic"), "topic", sensor->topic, sizeof sensor->topic);
    yk_yaml_text(yaml, yk_yaml_get(yaml, node, "secret"), "secret", sensor->secret, sizeof sensor->secret);
    check_network(yaml, node, sensor);
    yk_yaml_number(yaml, yk_yaml_get(yaml, node, "fps"), "fps", 0.01, 1000, &sensor->fps);
    read_frame(yaml, yk_yaml_get(yaml, node, "frame"), sensor);
    read_homography(yaml, yk_yaml_get(yaml, node, "homography"), sensor);
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "rssi_min_dbm"), "rssi_min_dbm", -127, 20, &sensor->rssi_min_dbm);
    yk_yaml_integer(yaml, yk_yaml_get(yaml, node, "rssi_offset_db"), "rssi_offset_db", -40, 40,
                    &sensor->rssi_offset_db);
    yk_read_views(yaml, node, sensor);
}

void yk_read_sensors(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "sensors", YK_SENSORS_MAX) : 0;
    if (count == 0 || !(config->sensors = yk_entries_new(yaml, count, sizeof *config->sensors)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_sensor_config *sensor = &config->sensors[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        config->sensor_count++;
        read_sensor(yaml, item, config, sensor);
        for (size_t j = 0; j < i && sensor->id[0]; j++)
            if (strcmp(config->sensors[j].id, sensor->id) == 0 && config->sensors[j].valid_from == sensor->valid_from) {
                yk_yaml_mistake(yaml, item,
                                "sensor '%s' is there twice with the same valid_from; rename one or date it",
                                sensor->id);
                break;
            }
    }
}
