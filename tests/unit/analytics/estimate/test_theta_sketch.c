/* Sketches for intersections: against sets, exact tails, and what holds for any order and split.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/theta_sketch.h"
#include "support/splitmix.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct yk_theta_sketch a, b, c, whole;

static void make(struct yk_theta_sketch *sketch, uint64_t from, uint64_t to)
{
    yk_theta_sketch_clear(sketch);
    for (uint64_t i = from; i < to; i++)
        yk_theta_sketch_add(sketch, splitmix(i));
}

static int by_size(const void *x, const void *y)
{
    uint64_t p = *(const uint64_t *)x, q = *(const uint64_t *)y;
    return (p > q) - (p < q);
}

/* The definition: all ids sorted, the k smallest and the one behind them. */
Test(theta_sketch, keeps_the_smallest)
{
    enum { N = 50000 };
    uint64_t *ids = malloc(N * sizeof *ids);
    cr_assert_not_null(ids);
    for (uint64_t i = 0; i < N; i++)
        ids[i] = splitmix(i);
    make(&a, 0, N);
    make(&a, 0, N);
    qsort(ids, N, sizeof *ids, by_size);
    cr_expect_eq(a.count, YK_THETA_K);
    cr_expect_eq(a.limit, ids[YK_THETA_K]);
    cr_expect_eq(memcmp(a.ids, ids, YK_THETA_K * sizeof *ids), 0);
    cr_expect_eq(a.ids[YK_THETA_K], 0);
    double n = YK_THETA_K / ((double)ids[YK_THETA_K] / 18446744073709551616.0);
    cr_expect_float_eq(yk_theta_sketch_count(&a).value, n, 1e-9 * n);
    free(ids);
}

Test(theta_sketch, exact_while_all_is_kept)
{
    make(&a, 0, YK_THETA_K);
    make(&b, 1000, 1000 + YK_THETA_K);
    c = a;
    yk_theta_sketch_intersect(&c, &b);
    struct yk_interval both = yk_theta_sketch_count(&c);
    cr_expect(both.value == YK_THETA_K - 1000 && both.lower == both.value && both.upper == both.value);
    make(&a, 0, 1000);
    yk_theta_sketch_intersect(&c, &a); /* what is in all three: nothing */
    cr_expect_float_eq(yk_theta_sketch_count(&c).value, 0, 0);
    cr_expect_float_eq(yk_theta_sketch_count(&c).upper, 0, 0);
}

Test(theta_sketch, united_in_any_order_and_split)
{
    static const uint64_t sizes[] = {0, 1, 4000, 4096, 4097, 6000, 12000, 100000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint64_t n = sizes[s];
        yk_theta_sketch_clear(&whole);
        for (uint64_t i = n; i-- > 0;)
            yk_theta_sketch_add(&whole, splitmix(i));
        make(&a, 0, n / 2);
        make(&b, n / 3, 2 * n / 3);
        make(&c, n / 2, n);
        struct yk_theta_sketch left = a, right = c;
        yk_theta_sketch_unite(&left, &b);
        yk_theta_sketch_unite(&left, &c);
        yk_theta_sketch_unite(&right, &b);
        yk_theta_sketch_unite(&right, &a);
        cr_expect_eq(memcmp(&left, &whole, sizeof whole), 0, "%zu", s);
        cr_expect_eq(memcmp(&right, &whole, sizeof whole), 0, "%zu", s);
    }
}

Test(theta_sketch, intersected_in_any_order)
{
    make(&a, 0, 60000);
    make(&b, 20000, 90000);
    make(&c, 30000, 50000);
    struct yk_theta_sketch left = a, right = c;
    yk_theta_sketch_intersect(&left, &b);
    yk_theta_sketch_intersect(&left, &c);
    yk_theta_sketch_intersect(&right, &b);
    yk_theta_sketch_intersect(&right, &a);
    cr_expect_eq(memcmp(&left, &right, sizeof left), 0);
    /* It is the sample of the true intersection: every id of 30000..49999 below the limit, and nothing else. */
    uint32_t below = 0;
    for (uint64_t i = 30000; i < 50000; i++)
        below += splitmix(i) < left.limit;
    cr_expect_eq(left.count, below);
}

static double tail(double n, double p, int upto)
{
    double sum = 0, term = exp(n * log1p(-p));
    for (int k = 0; k <= upto; k++) {
        sum += term;
        term *= (n - k) / (k + 1) * p / (1 - p);
    }
    return sum;
}

/* By adding up the binomial law: under the lower bound as many or more come in 2.5 %, under the upper one as few or fewer. */
Test(theta_sketch, interval_by_binomial_sums)
{
    static const int kept[] = {0, 1, 2, 7, 40, 300};
    static const double thetas[] = {0.5, 0.1, 0.004};
    for (size_t t = 0; t < 3; t++)
        for (size_t i = 0; i < 6; i++) {
            yk_theta_sketch_clear(&a);
            a.limit = (uint64_t)(thetas[t] * 18446744073709551616.0);
            a.count = (uint32_t)kept[i];
            struct yk_interval n = yk_theta_sketch_count(&a);
            cr_expect_float_eq(n.value, kept[i] / thetas[t], 1e-6);
            cr_expect(n.lower <= n.value && n.value <= n.upper);
            cr_expect_float_eq(tail(n.upper, thetas[t], kept[i]), 0.025, 1e-6, "%d of %g: %g", kept[i], thetas[t],
                               n.upper);
            if (kept[i] == 0)
                cr_expect_float_eq(n.lower, 0, 0);
            else if (n.lower > kept[i]) /* n is a whole number there, and the sums are for any */
                cr_expect_float_eq(1 - tail(n.lower, thetas[t], kept[i] - 1), 0.025, 1e-6, "%d of %g: %g", kept[i],
                                   thetas[t], n.lower);
        }
}
