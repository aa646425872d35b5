/* KPI tables and simulated truth as tests read them. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_TABLE_H
#define YK_TESTS_SUPPORT_TABLE_H

#include <jansson.h>

#include <stddef.h>
#include <stdint.h>

/* kpis.csv, read by a reader of its own: the first line's names, then cells. */
struct yk_table {
    char *text;
    char **cells; /* (rows + 1) * columns, names first */
    size_t rows, columns;
};

void yk_table_read(struct yk_table *table, const char *path);
void yk_table_free(struct yk_table *table);
/* Fails the test if there is no such column. */
const char *yk_table_get(const struct yk_table *table, size_t row, const char *column);
/* Index of the only row with these keys, -1 if there is none; two of them fail the test. */
ptrdiff_t yk_table_find(const struct yk_table *table, const char *place, const char *kpi, const char *direction,
                        const char *resolution, int64_t start_s);
int64_t yk_table_start_s(const struct yk_table *table, size_t row);

json_t *yk_truth_read(const char *path); /* json_decref */
/* The windows of the entry of truth[list] whose key is `id`: a borrowed array. */
const json_t *yk_truth_windows(const json_t *truth, const char *list, const char *id, const char *resolution);
int64_t yk_truth_integer(const json_t *object, const char *key);

#endif
