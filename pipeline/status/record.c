/* Heads, fields, lists. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/record.h"

json_t *yk_record_write(const struct yk_field *fields, size_t count, const void *record)
{
    json_t *head = yk_fields_write(YK_FIELDS(yk_status_head_fields), record);
    json_t *own = yk_fields_write(fields, count, record);
    if (!head || !own || json_object_update(head, own) != 0) {
        json_decref(head);
        head = NULL;
    }
    json_decref(own);
    return head;
}

bool yk_record_read(const struct yk_field *fields, size_t count, const json_t *object, void *record)
{
    return yk_fields_read(YK_FIELDS(yk_status_head_fields), object, record) &&
           yk_fields_read(fields, count, object, record);
}

bool yk_record_set(json_t *object, const char *name, json_t *value)
{
    return object && json_object_set_new(object, name, value) == 0; /* also frees the value when it fails */
}

bool yk_record_list(const json_t *object, const char *name, size_t max, const json_t **list, size_t *count)
{
    *list = json_object_get(object, name);
    *count = *list ? json_array_size(*list) : 0;
    return (!*list || json_is_array(*list)) && *count <= max;
}
