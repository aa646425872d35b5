/* Rows of the publish store into files of a folder, each whole or not at all. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef YK_EXPORTERS_EXPORT_FILES_H
#define YK_EXPORTERS_EXPORT_FILES_H

#include "base/error.h"
#include "exporters/exporter.h"
#include "store/publish.h"

#define YK_EXPORT_FORMATS_MAX 8

/* Writes DIR/kpis.EXT for each of the `count` formats from one pass over the rows, so that all files hold the same
 * ones. DIR is made if it is not there. YK_ERR_FULL when the disk has no room; what stood in DIR before then still
 * stands. *rows (may be NULL) becomes the number of rows in each file. */
enum yk_status yk_export_files(struct yk_publish *store, const struct yk_row_query *query,
                               const struct yk_exporter *const *formats, size_t count, const char *dir, uint64_t *rows,
                               struct yk_error *err) YK_MUST_CHECK;

#endif
