/* Reading kpis.csv and truth.json. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The product's tables hold no quotes and no commas inside cells, and end their lines as RFC 4180 says; that is
 * asserted, not assumed. */
#include "support/table.h"

#include "base/calendar.h"
#include "support/rig.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

void yk_table_read(struct yk_table *table, const char *path)
{
    memset(table, 0, sizeof *table);
    table->text = yk_rig_read(path, NULL);
    cr_assert(!strchr(table->text, '"'), "%s has quotes", path);
    size_t lines = 0;
    for (const char *p = table->text; *p; p++)
        lines += *p == '\n';
    cr_assert_gt(lines, 0, "%s has no line", path);
    const char *first_end = strchr(table->text, '\r');
    cr_assert(first_end, "%s has no CRLF", path);
    table->columns = 1;
    for (const char *p = table->text; p < first_end; p++)
        table->columns += *p == ',';
    table->rows = lines - 1;
    table->cells = calloc(lines * table->columns, sizeof *table->cells);
    cr_assert(table->cells);
    char *p = table->text;
    for (size_t i = 0; i < lines * table->columns; i++) {
        table->cells[i] = p;
        p += strcspn(p, ",\r\n");
        const char *expected = (i + 1) % table->columns == 0 ? "\r\n" : ",";
        cr_assert_eq(strncmp(p, expected, strlen(expected)), 0, "line %zu of %s has another number of cells",
                     i / table->columns + 1, path);
        *p = '\0';
        p += strlen(expected);
    }
    cr_assert_eq(*p, '\0');
}

void yk_table_free(struct yk_table *table)
{
    free(table->cells);
    free(table->text);
    memset(table, 0, sizeof *table);
}

const char *yk_table_get(const struct yk_table *table, size_t row, const char *column)
{
    for (size_t c = 0; c < table->columns; c++)
        if (strcmp(table->cells[c], column) == 0)
            return table->cells[(row + 1) * table->columns + c];
    cr_assert(false, "there is no column %s", column);
    return NULL;
}

int64_t yk_table_start_s(const struct yk_table *table, size_t row)
{
    struct yk_wall wall;
    const char *text = yk_table_get(table, row, "start");
    cr_assert(yk_time_parse(text, &wall), "not a time: %s", text);
    return wall.us / 1000000;
}

ptrdiff_t yk_table_find(const struct yk_table *table, const char *place, const char *kpi, const char *direction,
                        const char *resolution, int64_t start_s)
{
    ptrdiff_t found = -1;
    for (size_t r = 0; r < table->rows; r++) {
        if (strcmp(yk_table_get(table, r, "place"), place) != 0 || strcmp(yk_table_get(table, r, "kpi"), kpi) != 0 ||
            strcmp(yk_table_get(table, r, "direction"), direction) != 0 ||
            strcmp(yk_table_get(table, r, "resolution"), resolution) != 0 || yk_table_start_s(table, r) != start_s)
            continue;
        cr_assert_eq(found, -1, "%s %s %s %s stands twice in the table", place, kpi, direction, resolution);
        found = (ptrdiff_t)r;
    }
    return found;
}

json_t *yk_truth_read(const char *path)
{
    json_error_t error;
    json_t *truth = json_load_file(path, 0, &error);
    cr_assert(truth, "%s: %s", path, error.text);
    return truth;
}

const json_t *yk_truth_windows(const json_t *truth, const char *list, const char *id, const char *resolution)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(truth, list), i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "id")), id) == 0) {
            const json_t *windows = json_object_get(json_object_get(entry, "windows"), resolution);
            cr_assert(windows);
            return windows;
        }
    }
    cr_assert(false, "the truth has no %s in %s", id, list);
    return NULL;
}

int64_t yk_truth_integer(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    cr_assert(json_is_integer(value), "the truth has no whole number %s", key);
    return json_integer_value(value);
}
