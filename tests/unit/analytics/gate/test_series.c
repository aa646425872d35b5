/* Links against a look at all rows. SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/series.h"

#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool alike(const struct yk_kpi_row *a, const struct yk_kpi_row *b)
{
    return strcmp(a->kpi, b->kpi) == 0 && strcmp(a->place, b->place) == 0 && strcmp(a->direction, b->direction) == 0;
}

Test(series, each_row_leads_to_its_own_in_order)
{
    static const char *const directions[] = {"", "plus", "minus", "both"};
    static const size_t counts[] = {0, 1, 2, 31, 33, 64, 700};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        size_t count = counts[c];
        struct yk_candidate *rows = calloc(count + 1, sizeof *rows);
        for (size_t i = 0; i < count; i++) {
            struct yk_kpi_row *row = &rows[i].row;
            unsigned kpi = (unsigned)gsl_rng_uniform_int(rng, 5), place = (unsigned)gsl_rng_uniform_int(rng, 6);
            /* "a", "b" and "ab", "" are different, whatever they are put together */
            snprintf(row->kpi, sizeof row->kpi, "%.*s", (int)kpi, "aaaa");
            snprintf(row->place, sizeof row->place, "%.*s", (int)place, "aaaaa");
            strcpy(row->direction, directions[gsl_rng_uniform_int(rng, 4)]);
        }
        struct yk_gate_series series = {0};
        cr_assert(yk_gate_series_link(&series, rows, count));
        for (size_t i = 0; i < count; i++) {
            uint32_t at = series.first[i];
            for (size_t k = 0; k < count; k++)
                if (alike(&rows[k].row, &rows[i].row)) {
                    cr_assert_eq(at, k, "%zu: row %zu", i, k);
                    at = series.next[at];
                }
            cr_assert_eq(at, YK_GATE_NO_ROW);
        }
        yk_gate_series_clear(&series);
        cr_expect_null(series.first);
        free(rows);
    }
    gsl_rng_free(rng);
}
