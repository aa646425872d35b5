/* Numbers of days, by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "series/covariate_csv.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

static const char *const WEATHER[] = {"rain_mm", "max_c"};

Test(covariate_csv, rows_of_days)
{
    static const char text[] =
        "date,max_c,place,rain_mm\r\n2026-03-02,-1.5,x,0\r\n2026-03-01,7,x,12.5\r\n2026/3/4,8,x,\r\n"
        "2026-03-02,-1.5,x,0\r\n2026-03-01,7,x,13\r\n2026-02-30,7,x,13\r\n2026-03-05,warm,x,1\r\n";
    struct yk_covariates c;
    struct yk_covariate_csv_report report;
    struct yk_error err = {0};
    cr_assert_eq(yk_covariate_csv_parse(text, strlen(text), "weather", "date", WEATHER, 2, &c, &report, &err), YK_OK,
                 "%s", err.message);
    cr_assert_eq(c.days, 5);
    cr_assert_eq(c.columns, 2);
    cr_expect_eq(c.first_day, 20513, "date -d 2026-03-01 +%%s over 86400");
    const double nan = (double)NAN;
    const double expected[] = {nan, 7, 0, -1.5, nan, nan, nan, 8, 1, nan};
    for (int i = 0; i < 10; i++)
        cr_expect(isnan(expected[i]) ? isnan(c.value[i]) : c.value[i] == expected[i], "%d: %g", i, c.value[i]);
    cr_expect_eq(report.rows, 6);
    cr_expect_eq(report.bad_dates, 1);
    cr_expect_eq(report.bad_numbers, 1);
    cr_expect_eq(report.conflicts, 1);
    cr_expect_eq(report.first_bad_line, 7);
    yk_covariates_clear(&c);
}

Test(covariate_csv, errors)
{
    struct yk_covariates c;
    struct yk_error err = {0};
    static const char none[] = "date,rain_mm\n2026-03-01,1\n",
                      far[] = "date,rain_mm,max_c\n1970-01-01,1,1\n2099-01-01,1,1\n",
                      no_date[] = "date,rain_mm,max_c\nlater,1,1\n";
    cr_expect_eq(yk_covariate_csv_parse(none, strlen(none), "t", "date", WEATHER, 2, &c, NULL, &err), YK_ERR_INPUT);
    cr_expect_not_null(strstr(err.message, "'max_c'"));
    cr_expect_eq(yk_covariate_csv_parse(far, strlen(far), "t", "date", WEATHER, 2, &c, NULL, &err), YK_ERR_INPUT);
    cr_expect_not_null(strstr(err.message, "line 3"));
    cr_expect_eq(yk_covariate_csv_parse(no_date, strlen(no_date), "t", "date", WEATHER, 2, &c, NULL, &err),
                 YK_ERR_INPUT);
    cr_expect_eq(yk_covariate_csv_parse(far, strlen(far), "t", "date", WEATHER, 0, &c, NULL, &err), YK_ERR_INPUT);
    cr_expect_null(c.value);
}
