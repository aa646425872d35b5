/* KPI rows as one JSON document. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * {"rows":[ one object per line ]}: the shape of the API's answer, so that a reader of one reads the other. One row per
 * line keeps the file readable with line tools and lets two exports be compared with diff. */
#include "exporters/exporter.h"
#include "exporters/json_row.h"

static void begin(struct yk_export_writer *writer)
{
    fputs("{\"rows\":[", writer->to);
}

static void row(struct yk_export_writer *writer, const struct yk_kpi_row *kpi_row)
{
    fputs(writer->rows ? ",\n" : "\n", writer->to);
    yk_json_row_write(writer->to, kpi_row);
    writer->rows++;
}

static void end(struct yk_export_writer *writer)
{
    fputs("\n]}\n", writer->to);
}

const struct yk_exporter yk_exporter_json = {
    .name = "json",
    .file_extension = "json",
    .media_type = "application/json",
    .summary = "one JSON document, {\"rows\":[...]}, one object per line",
    .begin = begin,
    .row = row,
    .end = end,
};
