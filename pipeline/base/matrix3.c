/* Matrices of 3 by 3. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When is a determinant nothing? Comparing it with a fixed bound, or with the lengths of the rows, mistakes a change of
 * units for a degeneracy: millimetres a pixel and an origin 4,000 km away give a tiny determinant and a perfect map. The
 * determinant is a sum of six products; it is compared with the sum of their sizes, so that only cancellation counts. A
 * matrix of rank 2 in doubles leaves some 1e-16 of that sum. */
#include "base/matrix3.h"

#include <math.h>

#define CANCELLED 1e-13

/* Entry (r, c) of the adjugate. */
static double cofactor(const double m[static 9], int r, int c)
{
    int r1 = (c + 1) % 3, r2 = (c + 2) % 3, c1 = (r + 1) % 3, c2 = (r + 2) % 3;
    return m[3 * r1 + c1] * m[3 * r2 + c2] - m[3 * r1 + c2] * m[3 * r2 + c1];
}

double yk_matrix3_determinant(const double m[static 9])
{
    return m[0] * cofactor(m, 0, 0) + m[1] * cofactor(m, 1, 0) + m[2] * cofactor(m, 2, 0);
}

void yk_matrix3_adjugate(const double m[static 9], double out[static 9])
{
    for (int i = 0; i < 9; i++)
        out[i] = cofactor(m, i / 3, i % 3);
}

bool yk_matrix3_singular(const double m[static 9])
{
    double size = 0;
    for (int i = 0; i < 9; i++)
        if (!isfinite(m[i]))
            return true;
    for (int c = 0; c < 3; c++)
        size += fabs(m[c]) *
                (fabs(m[3 + (c + 1) % 3] * m[6 + (c + 2) % 3]) + fabs(m[3 + (c + 2) % 3] * m[6 + (c + 1) % 3]));
    return !(fabs(yk_matrix3_determinant(m)) > CANCELLED * size);
}
