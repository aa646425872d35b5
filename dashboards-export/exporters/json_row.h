/* One row as a JSON object, for the file and the API alike. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_EXPORTERS_JSON_ROW_H
#define YK_EXPORTERS_JSON_ROW_H

#include "kpi_row.h"

#include <stdio.h>

/* {"district":"...",...}: the keys in their order on one line. Numbers are numbers, `final` is true or false, what is
 * absent is null (a suppressed value, the direction of an occupancy, the reason of a row that is ok). */
void yk_json_row_write(FILE *to, const struct yk_kpi_row *row);

/* A JSON string with its quotes. Bytes that are not well-formed UTF-8 become U+FFFD. */
void yk_json_text_write(FILE *to, const char *text);

#endif
