/* Tables that R left for the tests: tests/accuracy/reference, made by tests/accuracy/r. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_REFERENCE_H
#define YK_TESTS_REFERENCE_H

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YK_REFERENCE_COLUMNS 24

struct yk_reference_row {
    char text[1024]; /* the line, cut at its commas */
    const char *field[YK_REFERENCE_COLUMNS];
    size_t count;
};

static inline FILE *yk_reference_open(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", YK_REFERENCE_DIR, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    struct yk_reference_row head;
    cr_assert_not_null(fgets(head.text, sizeof head.text, file), "%s has no header", path);
    return file;
}

/* False at the end of the file. */
static inline bool yk_reference_next(FILE *file, struct yk_reference_row *row)
{
    if (!fgets(row->text, sizeof row->text, file))
        return false;
    row->text[strcspn(row->text, "\n")] = '\0';
    row->count = 0;
    char *rest = row->text;
    while (rest && row->count < YK_REFERENCE_COLUMNS)
        row->field[row->count++] = strsep(&rest, ",");
    return true;
}

static inline double yk_reference_number(const struct yk_reference_row *row, size_t column)
{
    cr_assert_lt(column, row->count);
    char *end;
    double value = strtod(row->field[column], &end);
    cr_assert(end != row->field[column] && *end == '\0', "'%s' is no number", row->field[column]);
    return value;
}

#endif
