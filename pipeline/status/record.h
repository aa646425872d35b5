/* What the four records have in common: a head, own fields, and a list. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_STATUS_RECORD_H
#define YK_STATUS_RECORD_H

#include "status/status_file.h"

#define YK_FIELDS(array) array, sizeof(array) / sizeof *(array)

/* Head and own fields in one object; NULL if memory ran out. */
json_t *yk_record_write(const struct yk_field *fields, size_t count, const void *record);
bool yk_record_read(const struct yk_field *fields, size_t count, const json_t *object, void *record);
/* Sets object[name] = value and takes the value; false if memory ran out. */
bool yk_record_set(json_t *object, const char *name, json_t *value);
/* The list's entries; *count is 0 if it is missing. False if it is no list, or has more than max. */
bool yk_record_list(const json_t *object, const char *name, size_t max, const json_t **list, size_t *count);

#endif
