/* The uplink's record. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/uplink_status.h"

#include "base/text.h"
#include "status/record.h"

#include <stdlib.h>
#include <string.h>

static const struct yk_field fields[] = {
    YK_FIELD(TEXT, struct yk_uplink_status, edge),        YK_FIELD(FLAG, struct yk_uplink_status, connected),
    YK_FIELD(TIME, struct yk_uplink_status, since_s),     YK_FIELD(TEXT, struct yk_uplink_status, reason),
    YK_FIELD(COUNT, struct yk_uplink_status, backoff_ms), YK_FIELD(COUNT, struct yk_uplink_status, frames),
    YK_FIELD(COUNT, struct yk_uplink_status, sent),       YK_FIELD(COUNT, struct yk_uplink_status, covered),
    YK_FIELD(COUNT, struct yk_uplink_status, waiting),    YK_FIELD(COUNT, struct yk_uplink_status, unsent),
    YK_FIELD(TIME, struct yk_uplink_status, oldest_s),    YK_FIELD(COUNT, struct yk_uplink_status, damaged),
    YK_FIELD(COUNT, struct yk_uplink_status, free_bytes), YK_FIELD(COUNT, struct yk_uplink_status, total_bytes),
    YK_FIELD(REAL, struct yk_uplink_status, skew_s),      YK_FIELD(REAL, struct yk_uplink_status, skew_error_s),
};

static const struct yk_field sensor_fields[] = {
    YK_FIELD(TEXT, struct yk_uplink_sensor, id),       YK_FIELD(COUNT, struct yk_uplink_sensor, frames),
    YK_FIELD(COUNT, struct yk_uplink_sensor, sent),    YK_FIELD(COUNT, struct yk_uplink_sensor, covered),
    YK_FIELD(COUNT, struct yk_uplink_sensor, waiting), YK_FIELD(TIME, struct yk_uplink_sensor, oldest_s),
};

void yk_uplink_status_path(const char *spool, char out[static 2 * YK_PATH_SIZE])
{
    snprintf(out, 2 * YK_PATH_SIZE, "%s/uplink.status.json", spool);
}

const char *yk_status_reason(enum yk_status status)
{
    return status == YK_ERR_FULL ? "full" : status == YK_ERR_REFUSED ? "refused" : "unreachable";
}

void yk_uplink_status_link(struct yk_uplink_status *status, bool connected, enum yk_status why)
{
    if (status->since_s == 0 || status->connected != connected)
        status->since_s = yk_wall_now(&yk_clock_system).us / 1000000;
    status->connected = connected;
    yk_text_copy(status->reason, sizeof status->reason, connected ? "" : yk_status_reason(why));
}

void yk_uplink_status_write(struct yk_status_file *file, const struct yk_uplink_status *status)
{
    json_t *root = yk_record_write(YK_FIELDS(fields), status), *list = json_array();
    bool ok = root && list;
    for (size_t i = 0; ok && i < status->sensor_count; i++)
        ok = json_array_append_new(list, yk_fields_write(YK_FIELDS(sensor_fields), &status->sensors[i])) == 0;
    ok = yk_record_set(root, "sensors", list) && ok;
    if (!ok) {
        json_decref(root);
        root = NULL;
    }
    yk_status_write(file, root);
}

static bool take(const json_t *root, struct yk_uplink_status *out)
{
    const json_t *list;
    size_t count;
    if (!yk_record_read(YK_FIELDS(fields), root, out) || !yk_record_list(root, "sensors", UINT16_MAX, &list, &count) ||
        !(out->sensors = calloc(count + 1, sizeof *out->sensors)))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok &= yk_fields_read(YK_FIELDS(sensor_fields), json_array_get(list, i), &out->sensors[i]);
    out->sensor_count = count;
    return ok;
}

static enum yk_status finish(const char *path, enum yk_status status, json_t *root, struct yk_uplink_status *out,
                             struct yk_error *err)
{
    memset(out, 0, sizeof *out);
    if (status == YK_OK && !take(root, out)) {
        yk_uplink_status_clear(out);
        status = yk_error_set(err, YK_ERR_INPUT, "%s contradicts its layout", path);
    }
    json_decref(root);
    return status;
}

enum yk_status yk_uplink_status_read(const char *path, struct yk_uplink_status *out, struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read(path, "uplink", &root, err);
    return finish(path, status, root, out, err);
}

enum yk_status yk_uplink_status_read_bytes(const char *path, const void *bytes, size_t size,
                                           struct yk_uplink_status *out, struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read_bytes(path, "uplink", bytes, size, &root, err);
    return finish(path, status, root, out, err);
}

void yk_uplink_status_clear(struct yk_uplink_status *status)
{
    free(status->sensors);
    memset(status, 0, sizeof *status);
}
