/* The tables that tests/accuracy/r/flows.R wrote. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_FLOWS_REFERENCE_H
#define YK_TESTS_FLOWS_REFERENCE_H

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

/* Rows after the heading, of `columns` numbers each; how many there were. */
static inline size_t flows_reference(const char *name, size_t columns, double *cell, size_t rows_max)
{
    char path[512], line[1024];
    snprintf(path, sizeof path, "%s/flows_%s.csv", YK_REFERENCE_DIR, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    cr_assert_not_null(fgets(line, sizeof line, file));
    size_t rows = 0;
    while (fgets(line, sizeof line, file)) {
        cr_assert_lt(rows, rows_max, "%s", path);
        char *at = line;
        for (size_t i = 0; i < columns; i++) {
            char *end;
            cell[rows * columns + i] = strtod(at, &end);
            cr_assert_neq(at, end, "%s, row %zu", path, rows);
            at = end + (*end == ',');
        }
        rows++;
    }
    fclose(file);
    return rows;
}

#endif
