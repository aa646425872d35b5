/* Pool adjacent violators. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A survivor never rises; an estimate of one, made point by point, does where it is noisy, and medians read from
 * it would depend on which of several crossings is taken.
 *
 * Method. Neighbours in the wrong order are replaced by their weighted mean until none are: Ayer, Brunk, Ewing, Reid and
 * Silverman, An empirical distribution function for sampling with incomplete information (1955). The result is never
 * further from the true survivor than what went in (Chernozhukov, Fernandez-Val and Galichon 2009 show the same for sorting).
 * Cutting at bounds afterwards gives the nearest bounded sequence (Barlow et al., Statistical inference under order
 * restrictions, 1972, section 2). */
#include "estimate/isotonic.h"

#include <assert.h>
#include <math.h>

void yk_isotonic_falling(double *value, const double *weight, unsigned count, double low, double high)
{
    assert(count <= YK_ISOTONIC_MAX);
    double mean[YK_ISOTONIC_MAX], sum[YK_ISOTONIC_MAX];
    unsigned size[YK_ISOTONIC_MAX], blocks = 0;
    for (unsigned i = 0; i < count; i++) {
        mean[blocks] = value[i];
        sum[blocks] = weight[i];
        size[blocks++] = 1;
        while (blocks > 1 && mean[blocks - 1] > mean[blocks - 2]) {
            unsigned b = blocks - 2;
            mean[b] = (mean[b] * sum[b] + mean[b + 1] * sum[b + 1]) / (sum[b] + sum[b + 1]);
            sum[b] += sum[b + 1];
            size[b] += size[b + 1];
            blocks--;
        }
    }
    for (unsigned b = 0, i = 0; b < blocks; b++)
        for (unsigned k = 0; k < size[b]; k++)
            value[i++] = fmin(fmax(mean[b], low), high);
}
