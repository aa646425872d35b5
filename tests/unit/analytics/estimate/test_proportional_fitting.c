/* Fitted tables against R's loop and loglin, and by what they must keep. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/proportional_fitting.h"
#include "flows_reference.h"

#include <math.h>
#include <string.h>

Test(proportional_fitting, agrees_with_r)
{
    double rows[36 * 6], table[36], row_margin[6], column_margin[6];
    cr_assert_eq(flows_reference("fitting", 6, rows, 36), 36);
    for (int i = 0; i < 36; i++) {
        const double *r = &rows[i * 6];
        int row = (int)r[0] - 1, column = (int)r[1] - 1;
        table[row * 6 + column] = r[2];
        row_margin[row] = r[4];
        column_margin[column] = r[5];
    }
    struct yk_fitting_options options = {.tolerance = 1e-14};
    struct yk_fitting_report report;
    cr_assert_eq(yk_proportional_fitting(table, 6, 6, row_margin, column_margin, &options, &report), YK_FITTING_OK);
    for (int i = 0; i < 36; i++) {
        const double *r = &rows[i * 6];
        double is = table[((int)r[0] - 1) * 6 + (int)r[1] - 1];
        cr_expect_float_eq(is, r[3], 1e-8, "%.0f, %.0f: %.12g, R says %.12g", r[0], r[1], is, r[3]);
        if (r[2] == 0)
            cr_expect_eq(is, 0, "a structural zero");
    }
    double row_total = 0, column_total = 0;
    for (int i = 0; i < 6; i++)
        row_total += row_margin[i], column_total += column_margin[i];
    cr_expect_float_eq(report.total, (row_total + column_total) / 2, 1e-9);
    cr_expect_float_eq(report.disagreement, fabs(row_total - column_total) / report.total, 1e-12);
    cr_expect_leq(report.error, 1e-14);
}

/* Deming and Stephan's own condition: odds ratios stay. Rows and columns of unequal number. */
Test(proportional_fitting, keeps_odds_ratios)
{
    double table[6] = {10, 20, 5, 30, 15, 40}, before[6];
    memcpy(before, table, sizeof before);
    const double rows[2] = {100, 50}, columns[3] = {30, 70, 50};
    cr_assert_eq(yk_proportional_fitting(table, 2, 3, rows, columns, NULL, NULL), YK_FITTING_OK);
    cr_expect_float_eq(table[0] * table[4] / table[1] / table[3], before[0] * before[4] / before[1] / before[3], 1e-9);
    cr_expect_float_eq(table[1] * table[5] / table[2] / table[4], before[1] * before[5] / before[2] / before[4], 1e-9);
    cr_expect_float_eq(table[0] + table[1] + table[2], 100, 1e-7);
    cr_expect_float_eq(table[1] + table[4], 70, 1e-7);
}

Test(proportional_fitting, a_margin_of_nobody)
{
    double table[4] = {10, 20, 30, 40};
    const double rows[2] = {0, 60}, columns[2] = {20, 40};
    cr_assert_eq(yk_proportional_fitting(table, 2, 2, rows, columns, NULL, NULL), YK_FITTING_OK);
    cr_expect(table[0] == 0 && table[1] == 0);
    cr_expect_float_eq(table[2], 20, 1e-7);
    cr_expect_float_eq(table[3], 40, 1e-7);
}

Test(proportional_fitting, refuses)
{
    double table[4] = {0, 0, 30, 40}, before[4];
    memcpy(before, table, sizeof before);
    const double rows[2] = {5, 60}, columns[2] = {20, 45}, none[2] = {0, 0}, bad[2] = {-1, 3};
    struct yk_fitting_report report;
    cr_expect_eq(yk_proportional_fitting(table, 2, 2, rows, columns, NULL, &report), YK_FITTING_NO_SUPPORT);
    cr_expect_eq(report.where, 0);
    const double more[2] = {60, 5};
    double third[4] = {0, 10, 0, 30};
    cr_expect_eq(yk_proportional_fitting(third, 2, 2, more, columns, NULL, &report), YK_FITTING_NO_SUPPORT);
    cr_expect_eq(report.where, 2, "the first column");
    cr_expect_eq(yk_proportional_fitting(table, 2, 2, none, columns, NULL, NULL), YK_FITTING_EMPTY);
    cr_expect_eq(yk_proportional_fitting(table, 2, 2, bad, columns, NULL, NULL), YK_FITTING_BAD_NUMBERS);
    cr_expect_eq(yk_proportional_fitting(table, 0, 2, rows, columns, NULL, NULL), YK_FITTING_BAD_NUMBERS);
    cr_expect_eq(memcmp(table, before, sizeof before), 0, "left as it was");
}

/* Only the diagonal is open, and its margins contradict each other: no such table. */
Test(proportional_fitting, says_that_it_does_not_settle)
{
    double table[4] = {1, 0, 0, 1};
    const double rows[2] = {30, 70}, columns[2] = {60, 40};
    struct yk_fitting_options options = {.rounds = 200};
    struct yk_fitting_report report;
    cr_expect_eq(yk_proportional_fitting(table, 2, 2, rows, columns, &options, &report), YK_FITTING_UNSETTLED);
    cr_expect_eq(report.rounds, 200);
    cr_expect_float_eq(report.error, 0.3, 1e-9);
}

/* Three places and the outside, whose margins nobody counted. */
Test(proportional_fitting, free_margins_agree_with_r)
{
    double rows[12 * 4], table[16] = {0};
    const double margin[4] = {1150, 640, 410, (double)NAN};
    cr_assert_eq(flows_reference("fitting_free", 4, rows, 12), 12);
    for (int i = 0; i < 12; i++)
        table[((int)rows[i * 4] - 1) * 4 + (int)rows[i * 4 + 1] - 1] = rows[i * 4 + 2];
    struct yk_fitting_options options = {.tolerance = 1e-14};
    struct yk_fitting_report report;
    cr_assert_eq(yk_proportional_fitting(table, 4, 4, margin, margin, &options, &report), YK_FITTING_OK);
    for (int i = 0; i < 12; i++) {
        const double *r = &rows[i * 4];
        double is = table[((int)r[0] - 1) * 4 + (int)r[1] - 1];
        cr_expect_float_eq(is, r[3], 1e-7, "%.0f, %.0f: %.12g, R says %.12g", r[0], r[1], is, r[3]);
    }
    cr_expect(report.row_total == 2200 && report.column_total == 2200 && report.disagreement == 0);
}

/* A free margin on one side only: two rows of 30 and 60, whatever the columns; and totals that disagree are left alone. */
Test(proportional_fitting, a_free_margin_takes_what_comes)
{
    double table[4] = {10, 20, 30, 10};
    const double rows[2] = {30, 60}, columns[2] = {(double)NAN, (double)NAN}, one[2] = {70, (double)NAN};
    cr_expect_eq(yk_proportional_fitting(table, 2, 2, rows, columns, NULL, NULL), YK_FITTING_EMPTY,
                 "no column was counted at all");
    cr_assert_eq(yk_proportional_fitting(table, 2, 2, rows, one, NULL, NULL), YK_FITTING_OK);
    cr_expect_float_eq(table[0] + table[1], 30, 1e-7);
    cr_expect_float_eq(table[2] + table[3], 60, 1e-7);
    cr_expect_float_eq(table[0] + table[2], 70, 1e-7);
    cr_expect_float_eq(table[0] * table[3] / table[1] / table[2], 10.0 * 10 / 20 / 30, 1e-9);
    const double infinite[2] = {30, (double)INFINITY};
    cr_expect_eq(yk_proportional_fitting(table, 2, 2, infinite, one, NULL, NULL), YK_FITTING_BAD_NUMBERS);
}
