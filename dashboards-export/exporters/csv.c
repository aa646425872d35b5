/* KPI rows as comma-separated values. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 4180: a header line with the keys, lines end with CR LF (also the last), a field with a comma, a quote or a line
 * break stands in quotes and its quotes are doubled. UTF-8 without a byte order mark; every field of ours is ASCII.
 *
 * Formula injection: a spreadsheet takes a text that begins with one of  = + - @ TAB CR  for a formula. Such a text
 * gets a leading apostrophe, which spreadsheets read as "this is text". Numbers keep their minus sign: they are made
 * here from doubles and can hold nothing else. */
#include "exporters/exporter.h"

#include <stdbool.h>
#include <string.h>

static void write_field(FILE *to, const char *text, bool is_number)
{
    bool formula = !is_number && *text && strchr("=+-@\t\r", *text);
    if (!formula && !strpbrk(text, ",\"\r\n")) {
        fputs(text, to);
        return;
    }
    putc('"', to);
    if (formula)
        putc('\'', to);
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            putc('"', to);
        putc(*p, to);
    }
    putc('"', to);
}

static void begin(struct yk_export_writer *writer)
{
    for (size_t i = 0; i < YK_KPI_ROW_KEYS; i++)
        fprintf(writer->to, "%s%s", i ? "," : "", yk_kpi_row_keys[i]);
    fputs("\r\n", writer->to);
}

static void row(struct yk_export_writer *writer, const struct yk_kpi_row *kpi_row)
{
    struct yk_kpi_row_text text;
    yk_kpi_row_text(kpi_row, &text);
    for (size_t i = 0; i < YK_KPI_ROW_KEYS; i++) {
        if (i)
            putc(',', writer->to);
        write_field(writer->to, text.field[i], text.is_number[i]);
    }
    fputs("\r\n", writer->to);
    writer->rows++;
}

static void end(struct yk_export_writer *writer)
{
    (void)writer; /* nothing follows the last line */
}

const struct yk_exporter yk_exporter_csv = {
    .name = "csv",
    .file_extension = "csv",
    .media_type = "text/csv; charset=utf-8; header=present",
    .summary = "comma-separated values (RFC 4180), one line per row",
    .begin = begin,
    .row = row,
    .end = end,
};
