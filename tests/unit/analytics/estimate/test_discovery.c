/* Adjusted p against R's p.adjust (tests/accuracy/r/discovery.R) and by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/discovery.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>

#define MAX 256

static size_t read_reference(double p[MAX], double bh[MAX], double by[MAX])
{
    FILE *file = fopen(YK_REFERENCE_DIR "/discovery.csv", "r");
    cr_assert_not_null(file);
    char line[256];
    cr_assert_not_null(fgets(line, sizeof line, file));
    size_t n = 0;
    while (fgets(line, sizeof line, file)) {
        cr_assert_lt(n, MAX);
        if (sscanf(line, "%lf,%lf,%lf", &p[n], &bh[n], &by[n]) != 3)
            p[n] = bh[n] = by[n] = (double)NAN;
        n++;
    }
    fclose(file);
    return n;
}

Test(discovery, as_R_does)
{
    double p[MAX], bh[MAX], by[MAX], out[MAX];
    size_t order[MAX], n = read_reference(p, bh, by), missing = 0;
    cr_assert_eq(n, 200);
    cr_assert(yk_discovery_adjust(YK_DISCOVERY_BH, p, n, out, order));
    for (size_t i = 0; i < n; i++) {
        missing += isnan(p[i]);
        cr_expect(isnan(p[i]) ? isnan(out[i]) : fabs(out[i] - bh[i]) <= 1e-14, "%zu: %g, R %g", i, out[i], bh[i]);
    }
    cr_expect_eq(missing, 15);
    cr_assert(yk_discovery_adjust(YK_DISCOVERY_BY, p, n, p, order), "in place");
    for (size_t i = 0; i < n; i++)
        cr_expect(isnan(by[i]) ? isnan(p[i]) : fabs(p[i] - by[i]) <= 1e-14, "%zu: %g, R %g", i, p[i], by[i]);
}

Test(discovery, by_hand)
{
    /* 4 tests: 4 x 0.01, 4 x 0.04/2 = 0.08, 4 x 0.03... sorted 0.01 0.03 0.04 0.5 -> 0.04, 0.06 -> 0.16/3, 0.16/3, 0.5 */
    double p[] = {0.04, (double)NAN, 0.01, 0.5, 0.03}, out[5];
    size_t order[5];
    cr_assert(yk_discovery_adjust(YK_DISCOVERY_BH, p, 5, out, order));
    cr_expect_float_eq(out[2], 0.04, 1e-15);
    cr_expect_float_eq(out[4], 0.16 / 3, 1e-15, "no larger than the next one's");
    cr_expect_float_eq(out[0], 0.16 / 3, 1e-15);
    cr_expect_float_eq(out[3], 0.5, 1e-15);
    cr_expect(isnan(out[1]));
    cr_assert(yk_discovery_adjust(YK_DISCOVERY_BY, p, 5, out, order));
    cr_expect_float_eq(out[2], 0.04 * (1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4), 1e-15);
}

Test(discovery, awkward)
{
    double nothing[] = {(double)NAN, (double)NAN}, out[2] = {7, 7}, bad[] = {0.5, 1.5}, low[] = {-1e-9};
    size_t order[2];
    cr_expect(yk_discovery_adjust(YK_DISCOVERY_BH, nothing, 0, out, order), "no tests");
    cr_expect_eq(out[0], 7);
    cr_expect(yk_discovery_adjust(YK_DISCOVERY_BY, nothing, 2, out, order) && isnan(out[0]) && isnan(out[1]));
    out[0] = 7;
    cr_expect_not(yk_discovery_adjust(YK_DISCOVERY_BH, bad, 2, out, order));
    cr_expect_eq(out[0], 7, "nothing written");
    cr_expect_not(yk_discovery_adjust(YK_DISCOVERY_BH, low, 1, out, order));
}
