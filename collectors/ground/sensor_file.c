/* A homography into the district's file. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The file is a person's: remarks, order and layout are theirs, and a program that reads YAML and writes it anew
 * loses them. Method: libyaml's tree tells where each node begins and ends; a piece of text is put in at one place, or
 * takes the place of the value that is there, and no other byte is touched.
 *
 *     - { id: cam-1, ..., fps: 10 }         behind the last value:      , homography: [...]
 *     - id: cam-1                           behind the line of `fps`, or of the first of `anchors` that is there, indented
 *       fps: 10     # remark                as its key is
 *       homography: [1, 0, ...]             from the bracket to the bracket
 *       homography:                         from the key to the last entry
 *         - 1 ...
 *
 * How a value ends can be written in more ways than this knows (folded text, tabs). So the result is read again, and has to
 * be right and to hold these nine numbers in that sensor, before it takes the file's place.
 *
 * libyaml counts characters, not bytes, and not the byte order mark. */
#include "ground/sensor_file.h"

#include "base/nearest.h"
#include "config/sections.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_SIZE (9 * (YK_GROUND_NUMBER_SIZE + 2) + 64)

/* A change: bytes [from, to) give way to `text`. */
struct change {
    size_t from, to;
    char text[TEXT_SIZE];
};

void yk_ground_number(char out[static YK_GROUND_NUMBER_SIZE], double value)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, YK_GROUND_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

static void list_of(char out[static TEXT_SIZE], const char *before, const double homography[static 9])
{
    size_t used = (size_t)snprintf(out, TEXT_SIZE, "%s[", before);
    for (int i = 0; i < 9; i++) {
        char number[YK_GROUND_NUMBER_SIZE];
        yk_ground_number(number, homography[i]);
        used += (size_t)snprintf(out + used, TEXT_SIZE - used, "%s%s", i ? ", " : "", number);
    }
    snprintf(out + used, TEXT_SIZE - used, "]");
}

/* --- places in the text --- */

static size_t offset_of(const char *bytes, size_t length, size_t character)
{
    size_t at = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (; at < length && character > 0; character--)
        do
            at++;
        while (at < length && ((unsigned char)bytes[at] & 0xC0) == 0x80);
    return at;
}

static bool says(const yaml_node_t *node, const char *text)
{
    return node && node->type == YAML_SCALAR_NODE && node->data.scalar.length == strlen(text) &&
           memcmp(node->data.scalar.value, text, node->data.scalar.length) == 0;
}

/* The end mark of a list of lines is somewhere behind it. */
static bool ends_where_it_says(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? node->data.scalar.style != YAML_LITERAL_SCALAR_STYLE &&
                                                node->data.scalar.style != YAML_FOLDED_SCALAR_STYLE
           : node->type == YAML_SEQUENCE_NODE ? node->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE
                                              : node->data.mapping.style == YAML_FLOW_MAPPING_STYLE;
}

static const yaml_node_t *find_sensor(struct yk_yaml *yaml, const char *path, const struct yk_ground_sensor *sensor,
                                      struct yk_error *err)
{
    const yaml_node_t *list = yk_yaml_get(yaml, yaml->root, "sensors"), *found = NULL;
    size_t count = list ? yk_yaml_list(yaml, list, "sensors", SIZE_MAX) : 0, entries = 0;
    const char *ids[64];
    size_t id_count = 0;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = yk_yaml_item(yaml, list, i), *id = yk_yaml_get(yaml, item, "id");
        if (id_count < sizeof ids / sizeof ids[0])
            ids[id_count++] = (const char *)id->data.scalar.value;
        if (!says(id, sensor->id))
            continue;
        if (sensor->valid_from && !says(yk_yaml_get(yaml, item, "valid_from"), sensor->valid_from))
            continue;
        entries++;
        found = item;
    }
    const char *nearest = yk_nearest(sensor->id, ids, id_count);
    if (entries == 0 && sensor->valid_from)
        yk_error_set(err, YK_ERR_CONFIG, "%.200s: no entry of sensor '%.40s' has valid_from: %.40s", path, sensor->id,
                     sensor->valid_from);
    else if (entries == 0 && nearest)
        yk_error_set(err, YK_ERR_CONFIG, "%.200s: there is no sensor '%.40s'; did you mean '%s'?", path, sensor->id,
                     nearest);
    else if (entries == 0)
        yk_error_set(err, YK_ERR_CONFIG, "%.200s: there is no sensor '%.40s'", path, sensor->id);
    else if (entries > 1)
        yk_error_set(err, YK_ERR_CONFIG, "%.200s: sensor '%.40s' has %zu entries; say which one by its valid_from",
                     path, sensor->id, entries);
    return entries == 1 ? found : NULL;
}

/* --- the three kinds of change --- */

static bool replace(struct yk_yaml *yaml, const yaml_node_t *map, const char *bytes, size_t length,
                    const double homography[static 9], struct change *change)
{
    const yaml_node_t *key = yk_yaml_key(yaml, map, "homography"), *value = yk_yaml_get(yaml, map, "homography");
    size_t end = value->end_mark.index;
    bool lines = !ends_where_it_says(value);
    if (lines) /* the reader has taken it: nine plain numbers */
        end = yk_yaml_item(yaml, value, 8)->end_mark.index;
    change->from = offset_of(bytes, length, lines ? key->end_mark.index : value->start_mark.index);
    change->to = offset_of(bytes, length, end);
    list_of(change->text, lines ? ": " : "", homography);
    return true;
}

static bool put_into_braces(struct yk_yaml *yaml, const yaml_node_t *map, const char *bytes, size_t length,
                            const double homography[static 9], struct change *change)
{
    const yaml_node_pair_t *last = map->data.mapping.pairs.top - 1;
    const yaml_node_t *value = yaml_document_get_node(&yaml->document, last->value);
    change->from = change->to = offset_of(bytes, length, value->end_mark.index);
    list_of(change->text, ", homography: ", homography);
    return true;
}

static bool put_behind_line(struct yk_yaml *yaml, const yaml_node_t *map, const char *bytes, size_t length,
                            const double homography[static 9], struct change *change)
{
    static const char *const anchors[] = {"frame", "fps", "format", "topic", "input", "kind", "place", "id"};
    const yaml_node_t *key = NULL, *value = NULL;
    for (size_t i = 0; i < sizeof anchors / sizeof anchors[0] && !key; i++) {
        value = yk_yaml_get(yaml, map, anchors[i]);
        if (value && ends_where_it_says(value))
            key = yk_yaml_key(yaml, map, anchors[i]);
    }
    if (!key)
        return false;
    size_t at = offset_of(bytes, length, value->end_mark.index);
    while (at < length && bytes[at] != '\n' && bytes[at] != '\r')
        at++;
    bool carriage = at + 1 < length && bytes[at] == '\r' && bytes[at + 1] == '\n';
    char before[128];
    if (key->start_mark.column > 64)
        return false;
    snprintf(before, sizeof before, "%s%*shomography: ", carriage ? "\r\n" : "\n", (int)key->start_mark.column, "");
    change->from = change->to = at;
    list_of(change->text, before, homography);
    return true;
}

static enum yk_status find_place(const char *path, const char *bytes, size_t length,
                                 const struct yk_ground_sensor *sensor, const double homography[static 9],
                                 struct change *change, struct yk_error *err)
{
    struct yk_mistake_list mistakes = {0};
    struct yk_yaml yaml;
    enum yk_status status = YK_ERR_CONFIG;
    if (yk_yaml_load(&yaml, bytes, length, &mistakes)) {
        const yaml_node_t *map = find_sensor(&yaml, path, sensor, err);
        bool placed =
            map && (yk_yaml_get(&yaml, map, "homography") ? replace(&yaml, map, bytes, length, homography, change)
                    : ends_where_it_says(map) ? put_into_braces(&yaml, map, bytes, length, homography, change)
                                              : put_behind_line(&yaml, map, bytes, length, homography, change));
        if (placed)
            status = YK_OK;
        else if (map)
            yk_error_set(err, YK_ERR_CONFIG, "%.200s: no place for the homography of sensor '%.40s' was found", path,
                         sensor->id);
    } else {
        yk_error_set(err, YK_ERR_CONFIG, "%.200s cannot be read", path);
    }
    yk_yaml_free(&yaml);
    yk_config_mistakes_free(&mistakes.found);
    return status;
}

static bool same(const double a[static 9], const double b[static 9])
{
    for (int i = 0; i < 9; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* A version of the sensor has these numbers. */
static bool holds(const struct yk_config *config, const struct yk_ground_sensor *sensor,
                  const double homography[static 9])
{
    for (size_t i = 0; i < config->sensor_count; i++) {
        const struct yk_sensor_config *s = &config->sensors[i];
        if (strcmp(s->id, sensor->id) == 0 && s->has_homography && same(s->homography, homography))
            return true;
    }
    return false;
}

static enum yk_status check(const struct yk_config *config, const char *path, const struct yk_ground_sensor *sensor,
                            const double homography[static 9], struct yk_error *err)
{
    return holds(config, sensor, homography)
               ? YK_OK
               : yk_error_set(err, YK_ERR_CONFIG,
                              "%.200s: the homography would not be read back from sensor '%.40s'; add it by hand", path,
                              sensor->id);
}

enum yk_status yk_ground_edit(const char *path, const char *bytes, size_t length, const struct yk_ground_sensor *sensor,
                              const double homography[static 9], char **out, size_t *out_length, struct yk_error *err)
{
    struct yk_config *config = NULL;
    struct change change;
    char *text = NULL;
    enum yk_status status = yk_config_read_bytes(path, bytes, length, &config, NULL, err);
    if (status != YK_OK)
        return status;
    yk_config_free(config);
    config = NULL;
    status = find_place(path, bytes, length, sensor, homography, &change, err);
    if (status != YK_OK)
        return status;
    size_t added = strlen(change.text), behind = length - change.to, size = change.from + added + behind;
    text = (char *)malloc(size + 1);
    if (!text)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for %.200s", path);
    memcpy(text, bytes, change.from);
    memcpy(text + change.from, change.text, added);
    memcpy(text + change.from + added, bytes + change.to, behind);
    text[size] = '\0';
    status = yk_config_read_bytes(path, text, size, &config, NULL, err);
    if (status == YK_OK)
        status = check(config, path, sensor, homography, err);
    yk_config_free(config);
    if (status != YK_OK) {
        free(text);
        return status;
    }
    *out = text;
    *out_length = size;
    return YK_OK;
}

/* --- the file --- */

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
    }
    return true;
}

/* With the mode of the old file, and its owner where that is allowed; on the disk when it returns. */
static bool write_beside(const char *path, char beside[static PATH_MAX], const char *bytes, size_t length)
{
    struct stat info;
    if (stat(path, &info) != 0 || snprintf(beside, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX)
        return false;
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        beside[0] = '\0';
        return false;
    }
    bool good = write_all(fd, bytes, length);
    if (good && fchown(fd, info.st_uid, info.st_gid) != 0)
        good = errno == EPERM;
    good = good && fchmod(fd, info.st_mode & 07777) == 0 && fsync(fd) == 0;
    return close(fd) == 0 && good;
}

enum yk_status yk_ground_write(const char *path, const struct yk_ground_sensor *sensor,
                               const double homography[static 9], struct yk_error *err)
{
    char real[PATH_MAX], beside[PATH_MAX] = "";
    void *bytes = NULL;
    char *text = NULL;
    size_t length, text_length = 0;
    struct yk_config *config = NULL;
    enum yk_status status = yk_config_load_file(path, &bytes, &length, err);
    if (status != YK_OK)
        return status;
    status = yk_ground_edit(path, (const char *)bytes, length, sensor, homography, &text, &text_length, err);
    free(bytes);
    if (status != YK_OK)
        return status;
    /* Through links, so that a link stays one. */
    if (!realpath(path, real) || !write_beside(real, beside, text, text_length))
        status = yk_error_errno(err, YK_ERR_IO, "cannot write beside %.200s", path);
    if (status == YK_OK)
        status = yk_config_read(beside, &config, NULL, err);
    if (status == YK_OK)
        status = check(config, path, sensor, homography, err);
    if (status == YK_OK && rename(beside, real) != 0)
        status = yk_error_errno(err, YK_ERR_IO, "cannot replace %.200s", path);
    if (status != YK_OK && *beside)
        unlink(beside);
    yk_config_free(config);
    free(text);
    return status;
}
