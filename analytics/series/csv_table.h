/* Tables as text: the file, its header, its rows. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For tables that people and other systems make: a byte-order mark, CRLF, quotes, columns in any order and more of them than are
 * asked for, `,` `;` or a tab between them. A record is a line. */
#ifndef YK_SERIES_CSV_TABLE_H
#define YK_SERIES_CSV_TABLE_H

#include "base/csv_row.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_CSV_BYTES_MAX  (256U << 20)
#define YK_CSV_WANTED_MAX 16

/* The whole file; *text to be freed with free(). Regular files of at most YK_CSV_BYTES_MAX. */
enum yk_status yk_csv_load(const char *path, char **text, size_t *length, struct yk_error *err) YK_MUST_CHECK;

struct yk_csv_table {
    const char *at, *end; /* what is left of the text */
    char separator;
    size_t line;                      /* of the row read last; the header's is 1 */
    size_t column[YK_CSV_WANTED_MAX]; /* where the wanted columns are */
    unsigned wanted;
    struct yk_csv_field field[YK_CSV_WANTED_MAX]; /* of the row read last; text NULL where the row is too short */
};

/* Finds the columns called wanted[i] (case of ASCII letters aside; NULL names are not looked for and never filled). name: what
 * messages call the text. */
enum yk_status yk_csv_table_open(struct yk_csv_table *table, const char *text, size_t length, const char *name,
                                 const char *const *wanted, unsigned count, struct yk_error *err) YK_MUST_CHECK;
/* The next row that is not blank. */
bool yk_csv_table_next(struct yk_csv_table *table);

/* A decimal number as it stands, "12", "-3.5", "1e3"; nothing else: no signs of thousands, no "nan", no hexadecimal. */
bool yk_csv_number(const struct yk_csv_field *field, double *out);

#endif
