/* Levels at, below and above each printed bound. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/level_of_service.h"

#include <criterion/criterion.h>

#include <math.h>

/* Typed from the printed tables: at the bound, and a little to the worse side of it. */
static void bounds(const char *name, const double bound[5], bool space)
{
    const struct yk_los_table *table = yk_los_table_of(name);
    cr_assert_not_null(table, "%s", name);
    for (int i = 0; i < 5; i++) {
        double step = space ? -1e-9 : 1e-9;
        cr_expect_eq(yk_los_of(table, bound[i] - step), (enum yk_los)i, "%s %d", name, i);
        cr_expect_eq(yk_los_of(table, bound[i]), (enum yk_los)(space ? i + 1 : i), "%s %d", name, i);
        cr_expect_eq(yk_los_of(table, bound[i] + step), (enum yk_los)(i + 1), "%s %d", name, i);
    }
    cr_expect_eq(yk_los_of(table, 0), space ? YK_LOS_F : YK_LOS_A);
    cr_expect_eq(yk_los_of(table, (double)INFINITY), space ? YK_LOS_A : YK_LOS_F);
    cr_expect_eq(yk_los_of(table, (double)NAN), YK_LOS_UNKNOWN);
    cr_expect_eq(yk_los_of(table, -1), YK_LOS_UNKNOWN);
}

Test(level_of_service, tables)
{
    bounds("hcm-flow", (const double[]){16, 23, 33, 49, 75}, false);
    bounds("hcm-space", (const double[]){5.6, 3.7, 2.2, 1.4, 0.75}, true);
    bounds("fruin-flow", (const double[]){23, 33, 49, 66, 82}, false);
    cr_expect_null(yk_los_table_of("hcm"));
    cr_expect_null(yk_los_table_of(""));
    cr_expect_eq(yk_los_of(yk_los_table_of("hcm-flow"), 20), YK_LOS_B); /* the same letters, other bounds */
    cr_expect_eq(yk_los_of(yk_los_table_of("fruin-flow"), 20), YK_LOS_A);
}

Test(level_of_service, of_an_interval)
{
    enum yk_los best, worst;
    const struct yk_interval flow = {30, 20, 50}, space = {2, 1, 4};
    cr_expect_eq(yk_los_of_interval(yk_los_table_of("hcm-flow"), flow, &best, &worst), YK_LOS_C);
    cr_expect_eq(best, YK_LOS_B);
    cr_expect_eq(worst, YK_LOS_E);
    cr_expect_eq(yk_los_of_interval(yk_los_table_of("hcm-space"), space, &best, &worst), YK_LOS_D);
    cr_expect_eq(best, YK_LOS_B);
    cr_expect_eq(worst, YK_LOS_E);
}

Test(level_of_service, congestion_in_three_steps)
{
    static const enum yk_congestion of[] = {YK_CONGESTION_FREE,   YK_CONGESTION_FREE,    YK_CONGESTION_BUSY,
                                            YK_CONGESTION_BUSY,   YK_CONGESTION_CROWDED, YK_CONGESTION_CROWDED,
                                            YK_CONGESTION_UNKNOWN};
    for (int i = 0; i <= YK_LOS_UNKNOWN; i++)
        cr_expect_eq(yk_congestion_of((enum yk_los)i), of[i], "%d", i);
}
