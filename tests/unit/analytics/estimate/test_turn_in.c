/* Rates against R's prop.test and survey formulas. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/turn_in.h"
#include "flows_reference.h"

#include <math.h>

enum { TURNED, PASSERS, RATE, LOWER, UPPER, DISPERSION, RESULTS };

static void expect_row(const double *r, const struct yk_turn_in *is)
{
    cr_expect_eq((double)is->turned, r[TURNED]);
    cr_expect_eq((double)is->passers, r[PASSERS]);
    cr_expect_float_eq(is->rate.value, r[RATE], 1e-12);
    cr_expect_float_eq(is->rate.lower, r[LOWER], 1e-9, "%.12g, R says %.12g", is->rate.lower, r[LOWER]);
    cr_expect_float_eq(is->rate.upper, r[UPPER], 1e-9, "%.12g, R says %.12g", is->rate.upper, r[UPPER]);
    cr_expect_float_eq(is->dispersion, r[DISPERSION], 1e-9);
}

Test(turn_in, agrees_with_r)
{
    double wanted[5 * RESULTS], cells[32 * 2];
    cr_assert_eq(flows_reference("turn_in", RESULTS, wanted, 5), 5);
    cr_assert_eq(flows_reference("turn_in_bins", 2, cells, 32), 32);
    struct yk_turn_in is;
    for (int i = 0; i < 4; i++) {
        struct yk_turn_in_bin one = {(int64_t)wanted[i * RESULTS + PASSERS], (int64_t)wanted[i * RESULTS + TURNED]};
        cr_assert_eq(yk_turn_in_rate(&one, 1, &is), YK_TURN_IN_OK);
        expect_row(&wanted[i * RESULTS], &is);
    }
    struct yk_turn_in_bin bins[34];
    for (int i = 0; i < 32; i++)
        bins[i] = (struct yk_turn_in_bin){(int64_t)cells[i * 2], (int64_t)cells[i * 2 + 1]};
    bins[32] = bins[33] = (struct yk_turn_in_bin){0, 0}; /* closed: no bins */
    cr_assert_eq(yk_turn_in_rate(bins, 34, &is), YK_TURN_IN_OK);
    expect_row(&wanted[4 * RESULTS], &is);
    cr_expect_eq(is.bins, 32);
    struct yk_turn_in_bin sum = {is.passers, is.turned};
    struct yk_turn_in plain;
    cr_assert_eq(yk_turn_in_rate(&sum, 1, &plain), YK_TURN_IN_OK);
    cr_expect_gt(is.rate.upper - is.rate.lower, 2 * (plain.rate.upper - plain.rate.lower),
                 "scatter is seen in bins only");
}

Test(turn_in, states)
{
    struct yk_turn_in is;
    cr_expect_eq(yk_turn_in_rate(NULL, 0, &is), YK_TURN_IN_NOBODY);
    cr_expect(isnan(is.rate.value));
    cr_expect_eq(yk_turn_in_rate(&(struct yk_turn_in_bin){0, 0}, 1, &is), YK_TURN_IN_NOBODY);
    cr_expect_eq(yk_turn_in_rate(&(struct yk_turn_in_bin){0, 3}, 1, &is), YK_TURN_IN_ABOVE_ALL);
    cr_expect_eq(yk_turn_in_rate(&(struct yk_turn_in_bin){3, 4}, 1, &is), YK_TURN_IN_ABOVE_ALL);
    cr_expect_eq(yk_turn_in_rate(&(struct yk_turn_in_bin){3, -1}, 1, &is), YK_TURN_IN_BAD_COUNTS);
    cr_expect(isnan(is.rate.lower));
    struct yk_turn_in_bin late[] = {{10, 0}, {2, 5}}; /* who passed at the end of one bin came in after it */
    cr_expect_eq(yk_turn_in_rate(late, 2, &is), YK_TURN_IN_OK);
    struct yk_turn_in_bin quiet[9] = {{10, 0}, {10, 0}, {10, 0}, {10, 0}, {10, 0}, {10, 0}, {10, 0}, {10, 0}, {10, 0}};
    cr_expect_eq(yk_turn_in_rate(quiet, 9, &is), YK_TURN_IN_OK);
    cr_expect(is.rate.value == 0 && is.rate.lower == 0 && is.rate.upper > 0.01 && is.rate.upper < 0.1);
}
