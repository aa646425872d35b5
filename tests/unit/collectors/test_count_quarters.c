/* Counts on quarters of an hour. SPDX-License-Identifier: GPL-3.0-or-later */
#include "count_quarters.h"

#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>

#define Q INT64_C(900000)

static struct yk_count pieces[128];

static size_t cut(int64_t from_ms, int64_t to_ms, uint32_t plus, uint32_t minus)
{
    struct yk_count whole = {.from_ms = from_ms, .to_ms = to_ms, .plus = plus, .minus = minus, .line = 7};
    struct yk_count piece = {.to_ms = from_ms};
    size_t n = 0;
    while (yk_count_next_quarter(&whole, &piece)) {
        cr_assert_lt(n, 128);
        pieces[n++] = piece;
    }
    return n;
}

static void expect(size_t i, int64_t from_ms, int64_t to_ms, uint32_t plus, uint32_t minus)
{
    const struct yk_count *p = &pieces[i];
    cr_expect(p->from_ms == from_ms && p->to_ms == to_ms && p->plus == plus && p->minus == minus && p->line == 7,
              "%zu: %ld to %ld, %u and %u", i, (long)p->from_ms, (long)p->to_ms, p->plus, p->minus);
}

Test(count_quarters, inside_one_nothing_is_cut)
{
    cr_assert_eq(cut(10 * Q, 11 * Q, 5, 3), 1);
    expect(0, 10 * Q, 11 * Q, 5, 3);
    cr_assert_eq(cut(10 * Q + 1, 10 * Q + 2, 1, 0), 1);
    expect(0, 10 * Q + 1, 10 * Q + 2, 1, 0);
}

/* 1/5 and 4/5 of the time; 10 a third each: 3.33 -> 3, 6.67 -> 7, 10. */
Test(count_quarters, in_proportion_to_time)
{
    cr_assert_eq(cut(11 * Q - 60000, 11 * Q + 240000, 10, 100), 2);
    expect(0, 11 * Q - 60000, 11 * Q, 2, 20);
    expect(1, 11 * Q, 11 * Q + 240000, 8, 80);
    cr_assert_eq(cut(0, 3 * Q, 10, 1), 3);
    expect(0, 0, Q, 3, 0);
    expect(1, Q, 2 * Q, 4, 1); /* half a person and more is one: 2/3 */
    expect(2, 2 * Q, 3 * Q, 3, 0);
}

Test(count_quarters, no_length_and_too_much_of_it)
{
    cr_expect_eq(cut(5, 5, 1, 1), 0);
    cr_expect_eq(cut(6, 5, 1, 1), 0);
    cr_expect_eq(cut(0, YK_COUNT_LONGEST_MS + 1, 1, 1), 0);
    cr_expect_eq(cut(Q / 2, YK_COUNT_LONGEST_MS + Q / 2, UINT32_MAX, UINT32_MAX), 97);
    cr_expect_eq(pieces[0].plus, 22369621u); /* (2^32 - 1) / 192, halves up */
}

Test(count_quarters, the_sum_is_exact_and_each_within_a_person_of_its_share)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int k = 0; k < 20000; k++) {
        int64_t from = (int64_t)gsl_rng_uniform_int(rng, 4000000000u),
                length = 1 + (int64_t)gsl_rng_uniform_int(rng, 86400000);
        uint32_t plus = (uint32_t)gsl_rng_uniform_int(rng, k % 2 ? 50 : 4000000000u);
        size_t n = cut(from, from + length, plus, 0);
        uint64_t sum = 0;
        int64_t at = from;
        for (size_t i = 0; i < n; i++) {
            cr_assert_eq(pieces[i].from_ms, at);
            at = pieces[i].to_ms;
            cr_assert_eq(pieces[i].from_ms / Q, (at - 1) / Q, "a piece crosses a border");
            double share = (double)plus * (double)(at - pieces[i].from_ms) / (double)length;
            cr_assert(pieces[i].plus > share - 1.01 && pieces[i].plus < share + 1.01);
            sum += pieces[i].plus;
        }
        cr_assert_eq(at, from + length);
        cr_assert_eq(sum, plus);
    }
    gsl_rng_free(rng);
}
