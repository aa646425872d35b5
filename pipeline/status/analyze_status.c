/* The worker's record. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/analyze_status.h"

#include "base/text.h"
#include "status/collect_status.h"
#include "status/record.h"
#include "status/uplink_status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct yk_field fields[] = {
    YK_FIELD(TEXT, struct yk_analyze_status, district),     YK_FIELD(FLAG, struct yk_analyze_status, connected),
    YK_FIELD(TIME, struct yk_analyze_status, since_s),      YK_FIELD(TEXT, struct yk_analyze_status, reason),
    YK_FIELD(TIME, struct yk_analyze_status, committed_s),  YK_FIELD(TIME, struct yk_analyze_status, published_s),
    YK_FIELD(COUNT, struct yk_analyze_status, uncommitted), YK_FIELD(COUNT, struct yk_analyze_status, state_bytes),
    YK_FIELD(COUNT, struct yk_analyze_status, free_bytes),  YK_FIELD(COUNT, struct yk_analyze_status, total_bytes),
};

static const struct yk_field edge_fields[] = {
    YK_FIELD(TEXT, struct yk_taken_edge, edge),
    YK_FIELD(TIME, struct yk_taken_edge, heard_s),
    YK_FIELD(REAL, struct yk_taken_edge, skew_s),
};

static const struct yk_field sensor_fields[] = {
    YK_FIELD(TEXT, struct yk_taken_sensor, id),          YK_FIELD(COUNT, struct yk_taken_sensor, taken),
    YK_FIELD(COUNT, struct yk_taken_sensor, duplicates), YK_FIELD(TIME, struct yk_taken_sensor, last_event_s),
    YK_FIELD(TIME, struct yk_taken_sensor, arrived_s),   YK_FIELD(TIME, struct yk_taken_sensor, lag_s),
};

void yk_analyze_status_path(const char *publish, char out[static 2 * YK_PATH_SIZE])
{
    snprintf(out, 2 * YK_PATH_SIZE, "%s.status.json", publish);
}

void yk_analyze_status_begin(struct yk_analyze_status *status, const char *district)
{
    memset(status, 0, sizeof *status);
    yk_text_copy(status->district, sizeof status->district, district);
    status->committed_s = status->published_s = YK_NONE;
}

/* Finds the entry whose first bytes are that id in a sorted list, or makes room for it. */
static void *entry(void **list, size_t *count, size_t max, size_t size, const char *id, bool *made)
{
    size_t low = 0, high = *count;
    *made = false;
    while (*list && low < high) {
        size_t middle = low + (high - low) / 2;
        char *at = (char *)*list + middle * size;
        int order = strcmp(at, id);
        if (order == 0)
            return at;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    char *grown = *count < max ? realloc(*list, (*count + 1) * size) : NULL;
    if (!grown)
        return NULL;
    *list = grown;
    memmove(grown + (low + 1) * size, grown + low * size, (*count - low) * size);
    memset(grown + low * size, 0, size);
    ++*count;
    *made = true;
    yk_text_copy(grown + low * size, YK_ID_SIZE, id);
    return grown + low * size;
}

struct yk_taken_edge *yk_taken_edge(struct yk_analyze_status *status, const char *edge)
{
    bool made;
    void *list = status->edges;
    struct yk_taken_edge *found = entry(&list, &status->edge_count, YK_STATUS_EDGES_MAX, sizeof *found, edge, &made);
    status->edges = list;
    if (made) {
        found->heard_s = YK_NONE;
        found->skew_s = (double)NAN;
    }
    return found;
}

struct yk_taken_sensor *yk_taken_sensor(struct yk_taken_edge *edge, const char *sensor)
{
    bool made;
    void *list = edge->sensors;
    struct yk_taken_sensor *found =
        entry(&list, &edge->sensor_count, YK_STATUS_SENSORS_MAX, sizeof *found, sensor, &made);
    edge->sensors = list;
    if (made)
        found->last_event_s = found->arrived_s = found->lag_s = YK_NONE;
    return found;
}

void yk_analyze_status_link(struct yk_analyze_status *status, bool connected, enum yk_status why)
{
    if (status->since_s == 0 || status->connected != connected)
        status->since_s = yk_wall_now(&yk_clock_system).us / 1000000;
    status->connected = connected;
    yk_text_copy(status->reason, sizeof status->reason, connected ? "" : yk_status_reason(why));
}

void yk_analyze_status_note(struct yk_analyze_status *status, const char *edge_id, const char *sensor_id,
                            const char *reason, int64_t told_s, int64_t now_s)
{
    struct yk_taken_edge *edge = yk_taken_edge(status, edge_id);
    if (!edge)
        return;
    edge->heard_s = now_s;
    struct yk_taken_sensor *sensor = sensor_id ? yk_taken_sensor(edge, sensor_id) : NULL;
    if (!sensor) {
        yk_tally_add(&edge->refused, reason, 1, now_s);
    } else if (strcmp(reason, "duplicate") == 0) {
        sensor->duplicates++;
    } else if (*reason) {
        yk_tally_add(&sensor->refused, reason, 1, now_s);
    } else {
        sensor->taken++;
        sensor->arrived_s = now_s;
        sensor->lag_s = now_s - told_s;
        if (told_s > sensor->last_event_s)
            sensor->last_event_s = told_s;
    }
}

static json_t *write_edge(const struct yk_taken_edge *edge)
{
    json_t *object = yk_fields_write(YK_FIELDS(edge_fields), edge), *list = json_array();
    bool ok = yk_record_set(object, "refused", yk_tallies_write(&edge->refused)) && list;
    for (size_t i = 0; ok && i < edge->sensor_count; i++) {
        json_t *sensor = yk_fields_write(YK_FIELDS(sensor_fields), &edge->sensors[i]);
        ok = yk_record_set(sensor, "refused", yk_tallies_write(&edge->sensors[i].refused));
        ok = json_array_append_new(list, sensor) == 0 && ok;
    }
    ok = yk_record_set(object, "sensors", list) && ok;
    if (!ok) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

void yk_analyze_status_write(struct yk_status_file *file, const struct yk_analyze_status *status)
{
    json_t *root = yk_record_write(YK_FIELDS(fields), status), *list = json_array();
    bool ok = root && list;
    for (size_t i = 0; ok && i < status->edge_count; i++)
        ok = json_array_append_new(list, write_edge(&status->edges[i])) == 0;
    ok = yk_record_set(root, "edges", list) && ok;
    if (!ok) {
        json_decref(root);
        root = NULL;
    }
    yk_status_write(file, root);
}

static bool take_edge(const json_t *object, struct yk_analyze_status *out)
{
    struct yk_taken_edge read = {0};
    const json_t *list;
    size_t count;
    if (!yk_fields_read(YK_FIELDS(edge_fields), object, &read) ||
        !yk_tallies_read(json_object_get(object, "refused"), &read.refused) ||
        !yk_record_list(object, "sensors", YK_STATUS_SENSORS_MAX, &list, &count))
        return false;
    struct yk_taken_edge *edge = yk_taken_edge(out, read.edge);
    if (!edge || edge->sensors) /* an edge that comes twice */
        return false;
    *edge = read;
    for (size_t i = 0; i < count; i++) {
        struct yk_taken_sensor sensor;
        const json_t *from = json_array_get(list, i);
        if (!yk_fields_read(YK_FIELDS(sensor_fields), from, &sensor) ||
            !yk_tallies_read(json_object_get(from, "refused"), &sensor.refused))
            return false;
        struct yk_taken_sensor *place = yk_taken_sensor(edge, sensor.id);
        if (!place)
            return false;
        *place = sensor;
    }
    return true;
}

static enum yk_status finish(const char *path, enum yk_status status, json_t *root, struct yk_analyze_status *out,
                             struct yk_error *err)
{
    const json_t *list;
    size_t count;
    memset(out, 0, sizeof *out);
    bool ok = status == YK_OK && yk_record_read(YK_FIELDS(fields), root, out) &&
              yk_record_list(root, "edges", YK_STATUS_EDGES_MAX, &list, &count);
    for (size_t i = 0; ok && i < count; i++)
        ok = take_edge(json_array_get(list, i), out);
    if (status == YK_OK && !ok) {
        yk_analyze_status_clear(out);
        status = yk_error_set(err, YK_ERR_INPUT, "%s contradicts its layout", path);
    }
    json_decref(root);
    return status;
}

enum yk_status yk_analyze_status_read(const char *path, struct yk_analyze_status *out, struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read(path, "analyze", &root, err);
    return finish(path, status, root, out, err);
}

enum yk_status yk_analyze_status_read_bytes(const char *path, const void *bytes, size_t size,
                                            struct yk_analyze_status *out, struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read_bytes(path, "analyze", bytes, size, &root, err);
    return finish(path, status, root, out, err);
}

void yk_analyze_status_clear(struct yk_analyze_status *status)
{
    for (size_t i = 0; i < status->edge_count; i++)
        free(status->edges[i].sensors);
    free(status->edges);
    memset(status, 0, sizeof *status);
}
