/* Time that was told. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/told_set.h"

#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>

static struct yk_told_set set = {.floor_us = INT64_MIN};

static bool tell(int64_t from, int64_t to)
{
    return yk_told_is_new(&set, from, to) && yk_told_add(&set, from, to);
}

Test(told_set, touching_is_joined_and_overlapping_refused)
{
    cr_assert(tell(10, 20) && tell(30, 40) && tell(0, 5));
    cr_assert_eq(set.count, 3);
    cr_expect_not(tell(10, 20));
    cr_expect_not(tell(19, 21));
    cr_expect_not(tell(5, 11));
    cr_expect_not(tell(12, 13));
    cr_expect_not(tell(-5, 100));
    cr_assert(tell(20, 30));
    cr_assert_eq(set.count, 2);
    cr_assert(tell(5, 10));
    cr_assert_eq(set.count, 1);
    cr_expect(set.list[0].from_us == 0 && set.list[0].to_us == 40);
    cr_assert(tell(40, 50) && tell(-3, 0));
    cr_assert_eq(set.count, 1);
    yk_told_clear(&set);
}

Test(told_set, when_it_is_full_the_oldest_goes_and_is_never_taken_again)
{
    for (int64_t i = 0; i < YK_TOLD_MAX; i++)
        cr_assert(tell(10 * i, 10 * i + 5));
    cr_expect_eq(set.floor_us, INT64_MIN);
    cr_assert(tell(10 * YK_TOLD_MAX, 10 * YK_TOLD_MAX + 5));
    cr_assert_eq(set.count, YK_TOLD_MAX);
    cr_expect_eq(set.floor_us, 5);
    cr_expect_not(tell(0, 5));
    cr_expect_not(tell(4, 7));
    cr_expect(tell(5, 10));
    cr_assert(tell(15, 20));
    yk_told_clear(&set);
}

/* Against a plain row of seconds. */
Test(told_set, random_intervals)
{
    enum { SPAN = 3000 };
    static bool told[SPAN];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int taken = 0, refused = 0;
    for (int k = 0; k < 5000; k++) {
        int64_t from = (int64_t)gsl_rng_uniform_int(rng, SPAN - 8),
                to = from + 1 + (int64_t)gsl_rng_uniform_int(rng, 7);
        bool is_new = true;
        for (int64_t t = from; t < to; t++)
            is_new = is_new && !told[t];
        cr_assert_eq(tell(from, to), is_new);
        for (int64_t t = from; t < to; t++)
            told[t] = true;
        if (!is_new) /* what is refused was not told */
            for (int64_t t = from; t < to; t++)
                told[t] = !yk_told_is_new(&set, t, t + 1);
        taken += is_new;
        refused += !is_new;
    }
    cr_assert(taken > 300 && refused > 300);
    yk_told_clear(&set);
    gsl_rng_free(rng);
}
