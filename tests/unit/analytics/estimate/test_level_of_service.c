/* The tables as they are printed, at their bounds. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/level_of_service.h"

#include <criterion/criterion.h>

#include <math.h>

static void expect(const char *name, const double *values, const char *grades)
{
    const struct yk_los_table *table = yk_los_table_find(name);
    cr_assert_not_null(table);
    for (size_t i = 0; grades[i]; i++)
        cr_expect_eq('A' + yk_los_grade(table, values[i]) - 1, grades[i], "%s at %g: %c, not %c", name, values[i],
                     'A' + yk_los_grade(table, values[i]) - 1, grades[i]);
}

Test(level_of_service, flows_include_their_bound)
{
    expect("hcm-flow", (const double[]){0, 16, 16.01, 23, 24, 33, 34, 49, 50, 75, 75.1, 1000}, "AABBCCDDEEFF");
    expect("fruin-flow", (const double[]){16, 23, 24, 33, 34, 49, 50, 66, 67, 82, 83}, "AABBCCDDEEF");
}

Test(level_of_service, spaces_exclude_it)
{
    expect("hcm-space", (const double[]){(double)INFINITY, 5.61, 5.6, 3.71, 3.7, 2.21, 2.2, 1.41, 1.4, 0.76, 0.75, 0},
           "AABBCCDDEEFF");
}

Test(level_of_service, three_steps)
{
    const int expected[] = {1, 1, 2, 2, 3, 3};
    for (int grade = 1; grade <= 6; grade++)
        cr_expect_eq(yk_los_congestion(grade), expected[grade - 1]);
}

Test(level_of_service, no_such_table)
{
    cr_expect_null(yk_los_table_find("hcm"));
    for (size_t i = 0; i < yk_los_table_count(); i++)
        cr_expect_eq(yk_los_table_find(yk_los_table_at(i)->name), yk_los_table_at(i));
}
