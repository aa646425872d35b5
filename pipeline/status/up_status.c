/* The supervisor's record. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/up_status.h"

#include "status/record.h"

#include <string.h>

static const struct yk_field part_fields[] = {
    YK_FIELD(TEXT, struct yk_part_status, name),      YK_FIELD(TEXT, struct yk_part_status, state),
    YK_FIELD(TIME, struct yk_part_status, since_s),   YK_FIELD(COUNT, struct yk_part_status, restarts),
    YK_FIELD(COUNT, struct yk_part_status, failures), YK_FIELD(TEXT, struct yk_part_status, last),
};

void yk_up_status_path(const char *run, char out[static 2 * YK_PATH_SIZE])
{
    snprintf(out, 2 * YK_PATH_SIZE, "%s/up.status.json", run);
}

void yk_up_status_write(struct yk_status_file *file, const struct yk_up_status *status)
{
    json_t *root = yk_record_write(NULL, 0, status), *list = json_array();
    bool ok = root && list;
    for (size_t i = 0; ok && i < status->part_count; i++)
        ok = json_array_append_new(list, yk_fields_write(YK_FIELDS(part_fields), &status->parts[i])) == 0;
    ok = yk_record_set(root, "parts", list) && ok;
    if (!ok) {
        json_decref(root);
        root = NULL;
    }
    yk_status_write(file, root);
}

static enum yk_status finish(const char *path, enum yk_status status, json_t *root, struct yk_up_status *out,
                             struct yk_error *err)
{
    const json_t *list;
    memset(out, 0, sizeof *out);
    bool ok = status == YK_OK && yk_record_read(NULL, 0, root, out) &&
              yk_record_list(root, "parts", YK_STATUS_PARTS_MAX, &list, &out->part_count);
    for (size_t i = 0; ok && i < out->part_count; i++)
        ok = yk_fields_read(YK_FIELDS(part_fields), json_array_get(list, i), &out->parts[i]);
    if (status == YK_OK && !ok) {
        memset(out, 0, sizeof *out);
        status = yk_error_set(err, YK_ERR_INPUT, "%s contradicts its layout", path);
    }
    json_decref(root);
    return status;
}

enum yk_status yk_up_status_read(const char *path, struct yk_up_status *out, struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read(path, "up", &root, err);
    return finish(path, status, root, out, err);
}

enum yk_status yk_up_status_read_bytes(const char *path, const void *bytes, size_t size, struct yk_up_status *out,
                                       struct yk_error *err)
{
    json_t *root;
    enum yk_status status = yk_status_read_bytes(path, "up", bytes, size, &root, err);
    return finish(path, status, root, out, err);
}
