/* The list of edges whose frames count. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/keys.h"
#include "base/text.h"

#include "base/calendar.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void path_of(const char *dir, char out[static YK_PATH_SIZE])
{
    snprintf(out, YK_PATH_SIZE, "%s/enrolment.json", dir);
}

static enum yk_status load(const char *path, json_t **out, struct yk_error *err)
{
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *out = json_pack("{s:[]}", "edges");
        return *out ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    json_error_t json_error;
    *out = json_load_file(path, JSON_REJECT_DUPLICATES, &json_error);
    if (!*out)
        return yk_error_set(err, YK_ERR_INPUT, "%s:%d: %s", path, json_error.line, json_error.text);
    return YK_OK;
}

static bool read_edge(json_t *entry, struct yk_enrolled_edge *edge)
{
    const char *name, *key, *valid_from = NULL;
    json_t *sensors;
    if (json_unpack(entry, "{s:s, s:s, s:o, s?s}", "edge", &name, "public_key", &key, "sensors", &sensors, "valid_from",
                    &valid_from) != 0 ||
        strlen(name) >= YK_ID_SIZE || !yk_keys_parse_public(key, edge->public_key) || !json_is_array(sensors) ||
        json_array_size(sensors) > YK_ENROLLED_SENSORS_MAX)
        return false;
    yk_text_copy(edge->edge, sizeof edge->edge, name);
    edge->valid_from_s = INT64_MIN;
    struct yk_wall from;
    if (valid_from) {
        if (!yk_time_parse(valid_from, &from))
            return false;
        edge->valid_from_s = from.us / 1000000;
    }
    edge->sensors = calloc(json_array_size(sensors) + 1, sizeof *edge->sensors);
    if (!edge->sensors)
        return false;
    for (size_t i = 0; i < json_array_size(sensors); i++) {
        const char *sensor = json_string_value(json_array_get(sensors, i));
        if (!sensor || strlen(sensor) >= YK_ID_SIZE)
            return false;
        yk_text_copy(edge->sensors[edge->sensor_count++], sizeof edge->sensors[0], sensor);
    }
    return true;
}

enum yk_status yk_enrolment_read(const char *dir, struct yk_enrolment **out, struct yk_error *err)
{
    char path[YK_PATH_SIZE];
    path_of(dir, path);
    *out = NULL;
    json_t *root = NULL;
    enum yk_status status = load(path, &root, err);
    if (status != YK_OK)
        return status;
    struct yk_enrolment *enrolment = calloc(1, sizeof *enrolment);
    json_t *edges = json_object_get(root, "edges");
    if (enrolment)
        enrolment->edges = calloc(json_array_size(edges) + 1, sizeof *enrolment->edges);
    if (!enrolment || !enrolment->edges) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        goto out;
    }
    if (!json_is_array(edges)) {
        status = yk_error_set(err, YK_ERR_INPUT, "%s: a list \"edges\" is expected", path);
        goto out;
    }
    for (size_t i = 0; i < json_array_size(edges); i++) {
        enrolment->count++;
        if (!read_edge(json_array_get(edges, i), &enrolment->edges[i])) {
            status = yk_error_set(
                err, YK_ERR_INPUT,
                "%s: entry %zu needs edge, public_key (64 hex digits), sensors and a valid valid_from", path, i + 1);
            goto out;
        }
    }
    *out = enrolment;
    enrolment = NULL;
out:
    yk_enrolment_free(enrolment);
    json_decref(root);
    return status;
}

void yk_enrolment_free(struct yk_enrolment *enrolment)
{
    if (!enrolment)
        return;
    for (size_t i = 0; enrolment->edges && i < enrolment->count; i++)
        free(enrolment->edges[i].sensors);
    free(enrolment->edges);
    free(enrolment);
}

const struct yk_enrolled_edge *yk_enrolment_find(const struct yk_enrolment *enrolment, const char *edge)
{
    for (size_t i = 0; i < enrolment->count; i++)
        if (strcmp(enrolment->edges[i].edge, edge) == 0)
            return &enrolment->edges[i];
    return NULL;
}

bool yk_enrolled_sensor(const struct yk_enrolled_edge *edge, const char *sensor)
{
    for (size_t i = 0; i < edge->sensor_count; i++)
        if (strcmp(edge->sensors[i], sensor) == 0)
            return true;
    return false;
}

static json_t *entry_of(const struct yk_enrolled_edge *edge)
{
    char hex[2 * YK_FRAME_PUBLIC_SIZE + 1];
    sodium_bin2hex(hex, sizeof hex, edge->public_key, sizeof edge->public_key);
    json_t *sensors = json_array();
    for (size_t i = 0; i < edge->sensor_count; i++)
        json_array_append_new(sensors, json_string(edge->sensors[i]));
    json_t *entry = json_pack("{s:s, s:s, s:o}", "edge", edge->edge, "public_key", hex, "sensors", sensors);
    if (entry && edge->valid_from_s != INT64_MIN) {
        char text[YK_TIME_TEXT_MAX];
        json_object_set_new(entry, "valid_from", json_string(yk_time_format(text, edge->valid_from_s)));
    }
    return entry;
}

static enum yk_status write_list(const char *path, json_t *root, struct yk_error *err)
{
    char temporary[YK_PATH_SIZE + 8];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok = fd >= 0 && json_dumpfd(root, fd, JSON_INDENT(2)) == 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    if (!ok || rename(temporary, path) != 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
    return YK_OK;
}

enum yk_status yk_enrolment_add(const char *dir, const struct yk_enrolled_edge *edge, struct yk_error *err)
{
    char path[YK_PATH_SIZE];
    path_of(dir, path);
    struct yk_enrolment *before = NULL;
    enum yk_status status = yk_enrolment_read(dir, &before, err);
    if (status != YK_OK)
        return status;
    const struct yk_enrolled_edge *known = yk_enrolment_find(before, edge->edge);
    if (known && memcmp(known->public_key, edge->public_key, sizeof edge->public_key) != 0)
        status = yk_error_set(err, YK_ERR_REFUSED, "edge '%s' is enrolled with another key", edge->edge);
    json_t *list = json_array();
    for (size_t i = 0; i < before->count; i++)
        if (&before->edges[i] != known)
            json_array_append_new(list, entry_of(&before->edges[i]));
    json_array_append_new(list, entry_of(edge));
    json_t *root = json_pack("{s:o}", "edges", list);
    if (status == YK_OK)
        status = root ? write_list(path, root, err) : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    json_decref(root);
    yk_enrolment_free(before);
    return status;
}
