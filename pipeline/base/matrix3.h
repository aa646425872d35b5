/* Matrices of 3 by 3, row by row. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_BASE_MATRIX3_H
#define YK_BASE_MATRIX3_H

#include <stdbool.h>

double yk_matrix3_determinant(const double m[static 9]);
/* The inverse times the determinant. `out` is not m. */
void yk_matrix3_adjugate(const double m[static 9], double out[static 9]);
/* True if it has no inverse that means anything: a value is not finite, or the determinant is what rounding leaves of
 * products that cancel. Rows of very different size (pixels beside metres, a far origin) are no reason. */
bool yk_matrix3_singular(const double m[static 9]);

#endif
