/* Fields of a table's row that may stand in quotes. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 4180 but for a field that goes on in the next line: a record is a line. */
#ifndef YK_BASE_CSV_ROW_H
#define YK_BASE_CSV_ROW_H

#include <stdbool.h>
#include <stddef.h>

struct yk_csv_field {
    const char *text; /* without quotes and the blanks around it; in the row, or in `own` */
    size_t length;
    char own[64]; /* of a field with doubled quotes, which are made single; what is longer is cut */
};

/* The next field of a row that ends at `end`. False when the row is used up; *at is NULL after the last field. A quote that
 * is not closed holds the rest of the row. */
bool yk_csv_next(const char **at, const char *end, char separator, struct yk_csv_field *out);

/* Equal whatever the case, of ASCII letters. */
bool yk_csv_is(const struct yk_csv_field *field, const char *name);

/* Bytes of the first line of the text, without its end. */
size_t yk_csv_first_line(const char *text, size_t length);

/* Where the text begins behind the mark that some programs put before UTF-8. */
const char *yk_csv_begin(const char *text, size_t length);

#endif
