/* Rows for tests of what is behind the gate. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only the disclosure gate makes rows that the publish store takes. Tests of the server and the exporters need rows
 * with values they chose themselves; this is their one way round the gate, and it is not part of any program. */
#ifndef YK_TESTS_SUPPORT_PUBLIC_ROWS_H
#define YK_TESTS_SUPPORT_PUBLIC_ROWS_H

#include "store/publish.h"

/* Puts the row as it is, between yk_publish_begin and yk_publish_commit. */
enum yk_status yk_test_put(struct yk_publish *store, const struct yk_kpi_row *row, struct yk_error *err) YK_MUST_CHECK;

/* A measured, final row that is ok with this value, without bounds; the caller changes what it wants otherwise. */
struct yk_kpi_row yk_test_row(const char *place, const char *kpi, const char *direction, enum yk_resolution resolution,
                              int64_t start_s, double value, const char *unit);

#endif
