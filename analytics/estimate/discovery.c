/* False discoveries over many tests. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A district of 30 places has 720 hours a day; at 5 % each, 36 of them are 'unusual' every day though nothing is. What a
 * reader can use is a list of which at most 5 % is wrong on average.
 *
 * Method. With the tested p sorted, p(1) <= ... <= p(m), the adjusted value is min over j >= i of c m p(j)/j, at most 1; listing
 * what is adjusted to q or less keeps the expected share of false entries at q or less. c = 1 where tests are independent or
 * positively dependent (Benjamini and Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57, 1995); c = 1 + 1/2 +
 * ... + 1/m under any dependence (Benjamini and Yekutieli, The control of the false discovery rate in multiple testing under
 * dependency, Ann. Stat. 29, 2001, theorem 1.3). Hours of one day and places of one district rise and fall together, which is the
 * first case for one-sided tests; two-sided ones are covered by neither proof and by every simulation tried (docs/METHODS.md).
 *
 * Bounds. p from ranks among n draws is never below 1/(n + 1), so at q = 0.05 a list of m cells needs n >= 20 m for its first entry:
 * anomaly.c has the tails for that. */
#include "estimate/discovery.h"

#include <gsl/gsl_heapsort.h>

#include <math.h>

/* What was not tested comes last. */
static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

bool yk_discovery_adjust(enum yk_discovery_rule rule, const double *p, size_t count, double *adjusted, size_t *order)
{
    size_t tested = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(p[i]) && !(p[i] >= 0 && p[i] <= 1))
            return false;
        tested += !isnan(p[i]);
    }
    gsl_heapsort_index(order, p, count, sizeof *p, by_size);
    double factor = (double)tested;
    if (rule == YK_DISCOVERY_BY) {
        double harmonic = 0;
        for (size_t j = tested; j > 0; j--) /* small ones first */
            harmonic += 1 / (double)j;
        factor *= harmonic;
    }
    double smallest = 1;
    for (size_t j = tested; j > 0; j--) { /* p may be adjusted: each place is read before it is written */
        smallest = fmin(smallest, factor * p[order[j - 1]] / (double)j);
        adjusted[order[j - 1]] = smallest;
    }
    for (size_t j = tested; j < count; j++)
        adjusted[order[j]] = (double)NAN;
    return true;
}
