/* The parameters of /api/v1/kpis, checked. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERVER_KPI_QUERY_H
#define YK_SERVER_KPI_QUERY_H

#include "base/error.h"
#include "store/publish.h"

#define YK_KPI_QUERY_PARAMS_MAX    16
#define YK_KPI_QUERY_LIMIT_DEFAULT 1000
#define YK_KPI_QUERY_LIMIT_MAX     10000

struct yk_param {
    const char *key;
    const char *value; /* NULL: "?key" without "=" */
};

/* Every parameter must be known, be there once and be whole: a typing error must not look like a day without people.
 * YK_ERR_USAGE with a message that says what to write. *out points into the values. */
enum yk_status yk_kpi_query_parse(const struct yk_param *params, size_t count, struct yk_row_query *out,
                                  struct yk_error *err) YK_MUST_CHECK;

#endif
