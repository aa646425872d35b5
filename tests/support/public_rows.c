/* Rows for tests of what is behind the gate. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/public_rows.h"

#include "store/public_row_private.h"

#include <math.h>
#include <stdio.h>

enum yk_status yk_test_put(struct yk_publish *store, const struct yk_kpi_row *row, struct yk_error *err)
{
    const struct yk_public_row public_row = {*row};
    return yk_publish_put(store, &public_row, err);
}

struct yk_kpi_row yk_test_row(const char *place, const char *kpi, const char *direction, enum yk_resolution resolution,
                              int64_t start_s, double value, const char *unit)
{
    static const int64_t seconds[YK_RES_COUNT] = {900, 3600, 86400};
    struct yk_kpi_row row = {.district = "riverside",
                             .start_s = start_s,
                             .end_s = start_s + seconds[resolution],
                             .resolution = resolution,
                             .value = value,
                             .lower = (double)NAN,
                             .upper = (double)NAN,
                             .coverage = 1,
                             .n_low = -1,
                             .n_high = -1,
                             .revision = 1,
                             .final = true,
                             .parameters = "p1"};
    snprintf(row.place, sizeof row.place, "%s", place);
    snprintf(row.kpi, sizeof row.kpi, "%s", kpi);
    snprintf(row.direction, sizeof row.direction, "%s", direction);
    snprintf(row.unit, sizeof row.unit, "%s", unit);
    return row;
}
