/* Lag counting against a plain comparison of all pairs. SPDX-License-Identifier: GPL-3.0-or-later */
#include "presence/lags.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define T0 INT64_C(18000000000) /* 2027 */

static uint64_t seed = 1;
static int64_t random_below(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 33) % (uint64_t)n);
}

static struct yk_life life(int64_t birth, int64_t death, int64_t every)
{
    struct yk_life l;
    yk_life_begin(&l, birth);
    for (int64_t t = birth + every; t < death; t += every)
        yk_life_heard(&l, t);
    yk_life_heard(&l, death);
    return l;
}

static struct yk_lags *listening(int64_t from)
{
    struct yk_lags *lags;
    cr_assert_eq(yk_lags_new(&lags, NULL), YK_OK);
    yk_lags_start(lags, from);
    return lags;
}

static int by_death(const void *a, const void *b)
{
    int64_t x = ((const struct yk_life *)a)->last_ds, y = ((const struct yk_life *)b)->last_ds;
    return (x > y) - (x < y);
}

static uint64_t total(const uint64_t *bins, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += bins[i];
    return sum;
}

Test(lags, one_pair)
{
    struct yk_lags *lags = listening(T0 - 10000);
    struct yk_life a = life(T0, T0 + 3000, 20), b = life(T0 + 3021, T0 + 5000, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &a);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &b);
    struct yk_lag_histogram h[YK_ROTATING_COUNT];
    yk_lags_take(lags, T0 + 20000, h);
    /* 2.1 s: bin (30 + 2.1)/0.5 = 64 */
    cr_expect_eq(h[0].lag[64], 1);
    cr_expect_eq(total(h[0].lag, YK_LAG_BINS), 1);
    cr_expect_eq(h[0].births, 2);
    cr_expect_eq(h[0].deaths, 2);
    cr_expect_eq(h[0].life_ds, 3000 + 1979);
    cr_expect_eq(h[0].gap_ds, 3000 + 1979);
    cr_expect_eq(h[0].gap[4], 3000 + 1960); /* 248 gaps of 2.0 s and one of 1.9 s */
    cr_expect_eq(h[0].gap[3], 19);
    cr_expect_eq(h[0].gap_sq_ds2, 248 * 400 + 361);
    cr_expect_eq(total(h[1].lag, YK_LAG_BINS), 0);
    cr_expect_eq(h[0].observed_ds, 30000 - 300 - 300);
    yk_lags_take(lags, T0 + 20000, h);
    cr_expect_eq(total(h[0].lag, YK_LAG_BINS), 0);
    cr_expect_eq(h[0].births, 0);
    cr_expect_eq(h[0].observed_ds, 0);
    yk_lags_free(lags);
}

Test(lags, classes_do_not_mix)
{
    struct yk_lags *lags = listening(T0 - 10000);
    struct yk_life a = life(T0, T0 + 3000, 20), b = life(T0 + 3021, T0 + 5000, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &a);
    yk_lags_life(lags, YK_ROTATING_NON_RESOLVABLE, &b);
    struct yk_lag_histogram h[YK_ROTATING_COUNT];
    yk_lags_take(lags, T0 + 20000, h);
    cr_expect_eq(total(h[0].lag, YK_LAG_BINS) + total(h[1].lag, YK_LAG_BINS), 0);
    cr_expect_eq(h[1].births, 1);
    yk_lags_free(lags);
}

/* Every pair, once, whatever the order of closing; also across the rings' wrap (5 h of lives in a ring of 2.5 h). */
static void compare_all_pairs(int n, int64_t span, int64_t longest, bool shuffled)
{
    struct yk_life *lives = calloc((size_t)n, sizeof *lives);
    cr_assert_not_null(lives);
    for (int i = 0; i < n; i++) {
        int64_t birth = T0 + random_below(span), length = random_below(4) == 0 ? 0 : random_below(longest);
        lives[i] = life(birth, birth + length, 20);
    }
    qsort(lives, (size_t)n, sizeof *lives, by_death);
    if (shuffled)
        for (int i = n - 1; i > 0; i--) {
            int j = (int)random_below(i + 1);
            struct yk_life swap = lives[i];
            lives[i] = lives[j];
            lives[j] = swap;
        }
    uint64_t expected[YK_LAG_BINS] = {0};
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            int64_t lag = lives[i].birth_ds - lives[j].last_ds;
            if (i != j && lag >= -300 && lag < 300)
                expected[(lag + 300) / 5]++;
        }
    struct yk_lags *lags = listening(T0 - 10000);
    struct yk_lag_histogram sum = {0}, h[YK_ROTATING_COUNT];
    for (int i = 0; i < n; i++) {
        yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &lives[i]);
        if (i % 100 == 99) {
            yk_lags_take(lags, lives[i].last_ds, h);
            yk_lag_histogram_add(&sum, &h[0]);
        }
    }
    yk_lags_take(lags, T0 + 2 * span, h);
    yk_lag_histogram_add(&sum, &h[0]);
    cr_expect_eq(sum.dropped, 0);
    cr_expect_eq(sum.slow_ds, 0);
    cr_expect_eq(sum.births, (uint64_t)n);
    cr_expect_gt(total(expected, YK_LAG_BINS), (uint64_t)n);
    cr_expect_arr_eq(sum.lag, expected, sizeof expected);
    yk_lags_free(lags);
    free(lives);
}

Test(lags, all_pairs_in_order)
{
    compare_all_pairs(6000, 180000, 60000, false);
}

Test(lags, all_pairs_shuffled)
{
    compare_all_pairs(3000, 60000, 5000, true);
}

Test(lags, ends_of_the_record)
{
    struct yk_lags *lags = listening(T0);
    struct yk_lag_histogram h[YK_ROTATING_COUNT];
    /* Born in the guard: only the part of the life after it counts, and its death. */
    struct yk_life early = life(T0 + 299, T0 + 1300, 20), fresh = life(T0 + 300, T0 + 1300, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &early);
    yk_lags_take(lags, T0 + 1400, h);
    cr_expect(h[0].births == 0 && h[0].deaths == 1 && h[0].life_ds == 1000);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &fresh);
    /* An outage from 5000 to 5100: unwatched from 4700 to 5400. */
    yk_lags_stop(lags, T0 + 5000);
    yk_lags_start(lags, T0 + 5100);
    struct yk_life across = life(T0 + 4000, T0 + 6000, 20), cut = life(T0 + 4000, T0 + 4999, 20),
                   reborn = life(T0 + 5101, T0 + 6000, 20), inside = life(T0 + 4800, T0 + 4900, 20);
    yk_lags_take(lags, T0 + 5100, h);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &across);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &cut);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &reborn);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &inside);
    yk_lags_take(lags, T0 + 10300, h);
    cr_expect_eq(h[0].births, 2);
    cr_expect_eq(h[0].deaths, 2);
    cr_expect_eq(h[0].life_ds, (2000 - 700) + 700 + 600);
    cr_expect_eq(total(h[0].lag, YK_LAG_BINS), 0, "the clump at the outage made a pair");
    cr_expect_eq(h[0].observed_ds, 10000 - 5400);
    yk_lags_free(lags);
}

Test(lags, nothing_before_the_start_and_many_outages)
{
    struct yk_lags *lags;
    struct yk_lag_histogram h[YK_ROTATING_COUNT];
    cr_assert_eq(yk_lags_new(&lags, NULL), YK_OK);
    struct yk_life before = life(T0, T0 + 1000, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &before);
    yk_lags_take(lags, T0 + 2000, h);
    cr_expect(h[0].births == 0 && h[0].life_ds == 0 && h[0].observed_ds == 0);
    uint64_t observed = 0;
    for (int i = 0; i < 100; i++) {
        yk_lags_start(lags, T0 + 10000 + i * 2000);
        yk_lags_stop(lags, T0 + 11000 + i * 2000);
        yk_lags_take(lags, T0 + 11000 + i * 2000, h);
        observed += h[0].observed_ds;
    }
    yk_lags_take(lags, T0 + 300000, h);
    cr_expect_eq(observed + h[0].observed_ds, 100 * 400);
    struct yk_life late = life(T0 + 11000 + 99 * 2000 - 600, T0 + 11000 + 99 * 2000 - 400, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &late);
    yk_lags_take(lags, T0 + 300000, h);
    cr_expect_eq(h[0].life_ds, 200);
    yk_lags_free(lags);
}

/* A life's part must not depend on how often it was heard: its partner in a rotation may have been heard otherwise. */
Test(lags, rarely_heard_lives_count_like_others)
{
    struct yk_lags *lags = listening(T0 - 10000);
    struct yk_lag_histogram h[YK_ROTATING_COUNT];
    for (int64_t every = 1; every <= 800; every += 47) {
        struct yk_life a = life(T0, T0 + 2400, every), b = life(T0 + 2400 + 100, T0 + 2600, every);
        yk_lags_life(lags, YK_ROTATING_NON_RESOLVABLE, &a);
        yk_lags_life(lags, YK_ROTATING_NON_RESOLVABLE, &b);
        yk_lags_take(lags, T0 + 10000, h);
        cr_expect_eq(h[1].births, 2, "every %d", (int)every);
        cr_expect_eq(h[1].deaths, 2);
        cr_expect_eq(h[1].life_ds, 2400 + 100);
        cr_expect_eq(total(h[1].gap, YK_GAP_BINS), 2400 + 100);
        cr_expect_eq(h[1].lag[80], 1, "10 s after");
        cr_expect_eq(h[1].slow_ds, 0);
        yk_lags_free(lags);
        lags = listening(T0 - 10000);
    }
    yk_lags_free(lags);
}

Test(lags, too_long_too_old_and_far_jumps)
{
    struct yk_lags *lags = listening(T0 - 10000);
    struct yk_lag_histogram h[YK_ROTATING_COUNT];
    struct yk_life a = life(T0, T0 + 3000, 20), longest = life(T0, T0 + YK_LAGS_LIFE_MAX_DS + 1, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &a);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &longest);
    struct yk_life future = life(T0 + 10000000, T0 + 10000100, 20), far = life(T0 + 10000121, T0 + 10000500, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &future);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &a); /* now older than the ring */
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &far);
    struct yk_life ancient = life(3, 50, 20);
    yk_lags_life(lags, YK_ROTATING_RESOLVABLE, &ancient);
    yk_lags_take(lags, T0 + 10001000, h);
    cr_expect_eq(h[0].dropped, 3);
    cr_expect_eq(h[0].births, 3);
    cr_expect_eq(total(h[0].lag, YK_LAG_BINS), 1);
    cr_expect_eq(h[0].lag[64], 1);
    yk_lags_free(lags);
}

Test(lags, life_records)
{
    struct yk_life l;
    yk_life_begin(&l, T0);
    yk_life_heard(&l, T0 - 5); /* late by half a second: simultaneous */
    cr_expect(l.last_ds == T0 && l.gap_sq_ds2 == 0);
    yk_life_heard(&l, T0 + 4);
    yk_life_heard(&l, T0 + 9);
    yk_life_heard(&l, T0 + 9 + 299);
    yk_life_heard(&l, T0 + 9 + 299 + 300);
    yk_life_heard(&l, T0 + 9 + 299 + 300 + 6000);
    cr_expect_eq(l.gap_in_ds[0], 4);
    cr_expect_eq(l.gap_in_ds[1], 5);
    cr_expect_eq(l.gap_in_ds[59], 299);
    cr_expect_eq(l.gap_in_ds[60], 6300);
    cr_expect_eq(l.gap_sq_ds2, 16 + 25 + 299 * 299 + 300 * 300 + 6000 * 6000);
}

/* Bounded work: a million lives of one advert, as from a flood of random addresses. */
Test(lags, flood)
{
    struct yk_lags *lags = listening(T0 - 10000);
    clock_t begin = clock();
    for (int i = 0; i < 1000000; i++) {
        struct yk_life l;
        yk_life_begin(&l, T0 + i / 100);
        yk_lags_life(lags, YK_ROTATING_NON_RESOLVABLE, &l);
    }
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    struct yk_lag_histogram h[YK_ROTATING_COUNT];
    yk_lags_take(lags, T0 + 20000, h);
    cr_expect_eq(h[1].births, 1000000);
    /* Slots 0..9999 with 100 births and deaths each; lags of 0 to 4 slots; no address with itself. */
    cr_expect_eq(h[1].lag[60], 10000 * (10000 + 9999 + 9998 + 9997 + 9996) - 1000000);
    fprintf(stderr, "a million lives: %.2f s\n", seconds);
    cr_expect_lt(seconds, 5.0, "%g s", seconds); /* 0.3 s plain; room for sanitizers and a busy machine */
    yk_lags_free(lags);
}
