/* The collector's record. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/collect_status.h"

#include "status/record.h"

#include <stdlib.h>
#include <string.h>

static const struct yk_field fields[] = {
    YK_FIELD(TEXT, struct yk_collect_status, edge),
    YK_FIELD(TEXT, struct yk_collect_status, slot),
    YK_FIELD(FLAG, struct yk_collect_status, complete),
    YK_FIELD(COUNT, struct yk_collect_status, frames),
    YK_FIELD(COUNT, struct yk_collect_status, given_up),
    YK_FIELD(COUNT, struct yk_collect_status, spool_bytes),
    YK_FIELD(COUNT, struct yk_collect_status, spool_max_bytes),
    YK_FIELD(COUNT, struct yk_collect_status, free_bytes),
    YK_FIELD(COUNT, struct yk_collect_status, total_bytes),
};

static const struct yk_field sensor_fields[] = {
    YK_FIELD(TEXT, struct yk_sensor_status, id),
    YK_FIELD(TEXT, struct yk_sensor_status, family),
    YK_FIELD(COUNT, struct yk_sensor_status, observations),
    YK_FIELD(COUNT, struct yk_sensor_status, held),
    YK_FIELD(TIME, struct yk_sensor_status, last_event_s),
    YK_FIELD(TIME, struct yk_sensor_status, silent_s),
    YK_FIELD(REAL, struct yk_sensor_status, clock_lag_s),
    YK_FIELD(FLAG, struct yk_sensor_status, ended),
};

static const struct yk_field adapter_fields[] = {
    YK_FIELD(TEXT, struct yk_adapter_status, adapter),  YK_FIELD(TEXT, struct yk_adapter_status, adapter_state),
    YK_FIELD(FLAG, struct yk_adapter_status, extended), YK_FIELD(FLAG, struct yk_adapter_status, coded),
    YK_FIELD(COUNT, struct yk_adapter_status, deaf_s),  YK_FIELD(COUNT, struct yk_adapter_status, taken),
};

void yk_collect_status_path(const char *spool, const char *slot, char out[static 2 * YK_PATH_SIZE])
{
    snprintf(out, 2 * YK_PATH_SIZE, "%s/%s.status.json", spool, slot);
}

void yk_sensor_status_drops(struct yk_sensor_status *sensor, const struct yk_drops *drops)
{
    memset(&sensor->drops, 0, sizeof sensor->drops);
    for (int i = 0; i < YK_DROP_COUNT; i++)
        yk_tally_add(&sensor->drops, yk_drop_name((enum yk_drop)i), drops->count[i], YK_NONE);
}

void yk_collect_status_write(struct yk_status_file *file, const struct yk_collect_status *status)
{
    json_t *root = yk_record_write(YK_FIELDS(fields), status), *list = json_array();
    bool ok = root && list;
    for (size_t i = 0; ok && i < status->sensor_count; i++) {
        json_t *sensor = yk_fields_write(YK_FIELDS(sensor_fields), &status->sensors[i]);
        ok = yk_record_set(sensor, "drops", yk_tallies_write(&status->sensors[i].drops)) && ok;
        const struct yk_adapter_status *adapter = &status->sensors[i].adapter;
        if (adapter->adapter[0])
            ok = yk_record_set(sensor, "listens", yk_fields_write(YK_FIELDS(adapter_fields), adapter)) && ok;
        ok = json_array_append_new(list, sensor) == 0 && ok;
    }
    ok = yk_record_set(root, "sensors", list) && ok;
    if (!ok) {
        json_decref(root);
        root = NULL;
    }
    yk_status_write(file, root);
}

static bool take(const json_t *root, struct yk_collect_status *out)
{
    const json_t *list;
    size_t count;
    if (!yk_record_read(YK_FIELDS(fields), root, out) ||
        !yk_record_list(root, "sensors", YK_STATUS_SENSORS_MAX, &list, &count) ||
        !(out->sensors = calloc(count + 1, sizeof *out->sensors)))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        const json_t *sensor = json_array_get(list, i);
        ok &= yk_fields_read(YK_FIELDS(sensor_fields), sensor, &out->sensors[i]) &&
              yk_tallies_read(json_object_get(sensor, "drops"), &out->sensors[i].drops);
        const json_t *listens = json_object_get(sensor, "listens");
        if (listens)
            ok &= yk_fields_read(YK_FIELDS(adapter_fields), listens, &out->sensors[i].adapter);
    }
    out->sensor_count = count;
    return ok;
}

static enum yk_status finish(const char *path, enum yk_status status, json_t *root, struct yk_collect_status *out,
                             struct yk_error *err)
{
    memset(out, 0, sizeof *out);
    if (status == YK_OK && !take(root, out)) {
        yk_collect_status_clear(out);
        status = yk_error_set(err, YK_ERR_INPUT, "%s contradicts its layout", path);
    }
    json_decref(root);
    return status;
}

enum yk_status yk_collect_status_read(const char *path, struct yk_collect_status *out, struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read(path, "collect", &root, err);
    return finish(path, status, root, out, err);
}

enum yk_status yk_collect_status_read_bytes(const char *path, const void *bytes, size_t size,
                                            struct yk_collect_status *out, struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read_bytes(path, "collect", bytes, size, &root, err);
    return finish(path, status, root, out, err);
}

void yk_collect_status_clear(struct yk_collect_status *status)
{
    free(status->sensors);
    memset(status, 0, sizeof *status);
}
