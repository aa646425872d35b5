/* What a file format is: a const descriptor and one line in exporters.def. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows are pushed through begin, row, ..., row, end, so that a file of millions of rows needs the memory of one. The
 * functions write to a stdio stream and leave its error flag to the caller, who looks once at the end (ferror). The
 * same rows give the same bytes: no time of writing, no locale, no host name. */
#ifndef YK_EXPORTERS_EXPORTER_H
#define YK_EXPORTERS_EXPORTER_H

#include "kpi_row.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One file being written. */
struct yk_export_writer {
    FILE *to;
    uint64_t rows; /* written so far; the caller starts with 0 and the exporter counts */
};

struct yk_exporter {
    const char *name;           /* --format */
    const char *file_extension; /* without the dot */
    const char *media_type;
    const char *summary; /* one line for --help */
    void (*begin)(struct yk_export_writer *writer);
    void (*row)(struct yk_export_writer *writer, const struct yk_kpi_row *row);
    void (*end)(struct yk_export_writer *writer);
};

/* NULL if there is none with that name. */
const struct yk_exporter *yk_exporter_find(const char *name);
/* Number of registered exporters, and the i-th. */
size_t yk_exporter_count(void);
const struct yk_exporter *yk_exporter_at(size_t i);

#endif
