/* Sets of intervals against a plain bitmap. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/intervals.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

/* The universe: 1..200 and the 200 last numbers there are, so that both edges are met. */
#define LOW 200
#define ALL 400
static uint64_t number_of(int i)
{
    return i < LOW ? (uint64_t)i + 1 : UINT64_MAX - (uint64_t)(ALL - 1 - i);
}

static uint32_t seed = 12345;
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static void check(const struct yk_intervals *set, const bool *in)
{
    size_t runs = 0;
    for (int i = 0; i < ALL; i++) {
        cr_assert_eq(yk_intervals_contain(set, number_of(i)), in[i], "number %d", i);
        runs += in[i] && (i == 0 || i == LOW || !in[i - 1]);
    }
    cr_assert_eq(set->count, runs, "neither overlapping nor touching");
    for (size_t i = 1; i < set->count; i++)
        cr_assert_gt(set->list[i].first, set->list[i - 1].last + 1);
    cr_assert_not(yk_intervals_contain(set, 0));
    cr_assert_not(yk_intervals_contain(set, LOW + 1), "the desert between");
    cr_assert_not(yk_intervals_contain(set, UINT64_MAX / 2));
}

static struct yk_interval random_interval(bool *in, int longest)
{
    int half = draw(2) ? LOW : 0;
    int from = half + (int)draw(LOW), to = from + (int)draw((uint32_t)longest);
    to = to < half + LOW ? to : half + LOW - 1;
    for (int i = from; i <= to; i++)
        in[i] = true;
    return (struct yk_interval){number_of(from), number_of(to)};
}

Test(intervals, random_operations_against_a_bitmap)
{
    for (int round = 0; round < 300; round++) {
        struct yk_intervals set = {0}, other = {0};
        bool in[ALL] = {false}, in_other[ALL] = {false};
        int longest = 1 + (int)draw(round % 3 ? 4 : 60);
        for (int k = 0; k < 60; k++) {
            cr_assert_eq(yk_intervals_add(&set, random_interval(in, longest)), YK_OK);
            if (k % 6 == 0)
                check(&set, in);
        }
        for (int k = 0; k < 10; k++)
            cr_assert_eq(yk_intervals_add(&other, random_interval(in_other, longest)), YK_OK);
        cr_assert_eq(yk_intervals_merge(&set, &other), YK_OK);
        for (int i = 0; i < ALL; i++)
            in[i] |= in_other[i];
        check(&set, in);

        uint8_t bytes[4096];
        struct yk_buffer b = yk_buffer_of(bytes, sizeof bytes);
        yk_intervals_encode(&set, &b);
        cr_assert_not(b.failed);
        struct yk_intervals back = {0};
        struct yk_cursor c = yk_cursor_of(bytes, b.length);
        cr_assert_eq(yk_intervals_decode(&back, &c), YK_OK);
        cr_assert(c.at == c.end);
        check(&back, in);
        yk_intervals_clear(&back);
        for (size_t n = 0; n < b.length;
             n += 3) { /* a cut is an error, never a smaller set that passes for the whole */
            c = yk_cursor_of(bytes, n);
            cr_assert_eq(yk_intervals_decode(&back, &c), YK_ERR_INPUT);
            yk_intervals_clear(&back);
        }
        yk_intervals_clear(&set);
        yk_intervals_clear(&other);
    }
}

Test(intervals, in_order_costs_one_interval)
{
    struct yk_intervals set = {0};
    for (uint64_t i = 1; i <= 100000; i++)
        cr_assert_eq(yk_intervals_add(&set, (struct yk_interval){i, i}), YK_OK);
    cr_expect_eq(set.count, 1);
    cr_expect_eq(set.list[0].first, 1);
    cr_expect_eq(set.list[0].last, 100000);
    cr_assert_eq(yk_intervals_add(&set, (struct yk_interval){1, UINT64_MAX}), YK_OK);
    cr_assert_eq(yk_intervals_add(&set, (struct yk_interval){UINT64_MAX, UINT64_MAX}), YK_OK);
    cr_expect_eq(set.count, 1);
    cr_expect(yk_intervals_contain(&set, UINT64_MAX));
    cr_expect_not(yk_intervals_contain(&set, 0));
    yk_intervals_clear(&set);
}

Test(intervals, layout_by_hand)
{
    struct yk_intervals set = {0};
    cr_assert_eq(yk_intervals_add(&set, (struct yk_interval){300, 300}), YK_OK);
    cr_assert_eq(yk_intervals_add(&set, (struct yk_interval){1, 10}), YK_OK);
    uint8_t bytes[16];
    struct yk_buffer b = yk_buffer_of(bytes, sizeof bytes);
    yk_intervals_encode(&set, &b);
    static const uint8_t expected[] = {2, 1, 9, 0xA2, 0x02, 0}; /* 2 of them; 1 + 9; 10 + 290 */
    cr_assert_eq(b.length, sizeof expected);
    cr_expect_eq(memcmp(bytes, expected, sizeof expected), 0);
    yk_intervals_clear(&set);
}

static enum yk_status decode(const void *bytes, size_t size)
{
    struct yk_intervals set = {0};
    struct yk_cursor c = yk_cursor_of(bytes, size);
    enum yk_status status = yk_intervals_decode(&set, &c);
    yk_intervals_clear(&set);
    return status;
}

Test(intervals, what_is_not_sorted_is_refused)
{
    cr_expect_eq(decode("\x00", 1), YK_OK);
    cr_expect_eq(decode("\x01\x00\x05", 3), YK_ERR_INPUT, "begins at 0");
    cr_expect_eq(decode("\x02\x05\x02\x00\x01", 5), YK_ERR_INPUT, "begins where the last one ended");
    cr_expect_eq(decode("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 12), YK_OK, "2^64 - 1");
    cr_expect_eq(decode("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 12), YK_ERR_INPUT, "ends beyond it");
    cr_expect_eq(decode("\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x01\x00", 14), YK_ERR_INPUT);
    cr_expect_eq(decode("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00", 12), YK_ERR_INPUT, "more than 64 bits");
    cr_expect_eq(decode("\xff\xff\xff\xff\x0f\x01\x00", 7), YK_ERR_INPUT, "a count without its intervals");
}
