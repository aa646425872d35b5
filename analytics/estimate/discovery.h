/* False discoveries over many tests. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and sources: discovery.c. */
#ifndef YK_ESTIMATE_DISCOVERY_H
#define YK_ESTIMATE_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>

enum yk_discovery_rule {
    YK_DISCOVERY_BH, /* Benjamini and Hochberg: tests independent or positively dependent */
    YK_DISCOVERY_BY, /* Benjamini and Yekutieli: whatever the dependence; costs a factor of about ln(tests) */
};

/* adjusted[i]: the smallest rate of false discoveries at which test i is one; NAN where p is NAN (not tested, not counted as a
 * test). adjusted may be p itself; order: room for count. False if a p is neither NAN nor in [0, 1]; then nothing is written
 * to adjusted. */
bool yk_discovery_adjust(enum yk_discovery_rule rule, const double *p, size_t count, double *adjusted, size_t *order);

#endif
