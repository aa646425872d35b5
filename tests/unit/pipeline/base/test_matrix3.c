/* Matrices of 3 by 3. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/matrix3.h"

#include <criterion/criterion.h>
#include <math.h>

/* By hand: det = 2(3*4 - 0*1) - 0 + 1(1*1 - 3*0) = 24 + 1. */
static const double sample[9] = {2, 0, 1, 1, 3, 0, 0, 1, 4};

Test(matrix3, determinant)
{
    cr_expect_eq(yk_matrix3_determinant(sample), 25);
    cr_expect_eq(yk_matrix3_determinant((double[9]){0, 1, 0, 1, 0, 0, 0, 0, 1}), -1);
    cr_expect_eq(yk_matrix3_determinant((double[9]){1, 2, 3, 4, 5, 6, 7, 8, 9}), 0);
}

Test(matrix3, adjugate_times_matrix)
{
    double adjugate[9];
    yk_matrix3_adjugate(sample, adjugate);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++) {
            double sum = 0;
            for (int k = 0; k < 3; k++)
                sum += adjugate[3 * r + k] * sample[3 * k + c];
            cr_expect_eq(sum, r == c ? 25 : 0, "%d %d", r, c);
        }
}

Test(matrix3, singular)
{
    cr_expect(yk_matrix3_singular((double[9]){0}));
    cr_expect(yk_matrix3_singular((double[9]){1, 2, 3, 4, 5, 6, 7, 8, 9}));
    cr_expect(yk_matrix3_singular((double[9]){0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}));
    cr_expect(yk_matrix3_singular((double[9]){1, 0, 0, 0, 1, 0, 0, 0, 0}));
    cr_expect(yk_matrix3_singular((double[9]){1, 0, 0, 0, NAN, 0, 0, 0, 1}));
    cr_expect(yk_matrix3_singular((double[9]){1, 0, 0, 0, INFINITY, 0, 0, 0, 1}));
    cr_expect_not(yk_matrix3_singular(sample));
    /* A millimetre a pixel, in a national grid 4,000 km from its origin; the same seen aslant. */
    cr_expect_not(yk_matrix3_singular((double[9]){1e-3, 0, 5e5, 0, -1e-3, 4e6, 0, 0, 1}));
    cr_expect_not(yk_matrix3_singular((double[9]){1e-3 + 50, 0, 5e5, 400, -1e-3, 4e6, 1e-4, 0, 1}));
    cr_expect_not(yk_matrix3_singular((double[9]){1e-120, 0, 0, 0, 1e-90, 0, 0, 0, 1e-60})); /* still a map */
}
