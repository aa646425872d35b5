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

/* Frames tile time: number i speaks of [start_of(i), start_of(i + 1)), in tiles of unequal length. */
static int64_t start_of(int i)
{
    return 1774987200 + 60 * i + (i * i) % 17;
}

static uint32_t seed = 12345;
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static void check(const struct yk_intervals *set, const bool *in, bool times)
{
    size_t runs = 0;
    for (int i = 0; i < ALL; i++) {
        cr_assert_eq(yk_intervals_contain(set, number_of(i)), in[i], "number %d", i);
        runs += in[i] && (i == 0 || i == LOW || !in[i - 1]);
    }
    cr_assert_eq(set->count, runs, "neither overlapping nor touching");
    for (size_t i = 1; i < set->count; i++)
        cr_assert_gt(set->list[i].first, set->list[i - 1].last + 1);
    for (int i = 0; i < ALL && times; i++)
        for (size_t k = 0; k < set->count; k++) {
            cr_assert(set->list[k].first != number_of(i) || set->list[k].from_s == start_of(i), "number %d", i);
            cr_assert(set->list[k].last != number_of(i) || set->list[k].to_s == start_of(i + 1), "number %d", i);
        }
    cr_assert_not(yk_intervals_contain(set, 0));
    cr_assert_not(yk_intervals_contain(set, LOW + 1), "the desert between");
    cr_assert_not(yk_intervals_contain(set, UINT64_MAX / 2));
}

static struct yk_sequences random_interval(bool *in, int longest)
{
    int half = draw(2) ? LOW : 0;
    int from = half + (int)draw(LOW), to = from + (int)draw((uint32_t)longest);
    to = to < half + LOW ? to : half + LOW - 1;
    for (int i = from; i <= to; i++)
        in[i] = true;
    return (struct yk_sequences){number_of(from), number_of(to), start_of(from), start_of(to + 1)};
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
                check(&set, in, true);
        }
        for (int k = 0; k < 10; k++)
            cr_assert_eq(yk_intervals_add(&other, random_interval(in_other, longest)), YK_OK);
        cr_assert_eq(yk_intervals_merge(&set, &other), YK_OK);
        for (int i = 0; i < ALL; i++)
            in[i] |= in_other[i];
        check(&set, in, true);

        for (int times = 0; times < 2; times++) {
            uint8_t bytes[8192];
            struct yk_buffer b = yk_buffer_of(bytes, sizeof bytes);
            yk_intervals_encode(&set, times, &b);
            cr_assert_not(b.failed);
            struct yk_intervals back = {0};
            struct yk_cursor c = yk_cursor_of(bytes, b.length);
            cr_assert_eq(yk_intervals_decode(&back, times, &c), YK_OK);
            cr_assert(c.at == c.end);
            check(&back, in, times);
            yk_intervals_clear(&back);
            for (size_t n = 0; n < b.length; n += 3) { /* a cut is an error, never a smaller set */
                c = yk_cursor_of(bytes, n);
                cr_assert_eq(yk_intervals_decode(&back, times, &c), YK_ERR_INPUT);
                yk_intervals_clear(&back);
            }
        }
        yk_intervals_clear(&set);
        yk_intervals_clear(&other);
    }
}

Test(intervals, in_order_costs_one_interval)
{
    struct yk_intervals set = {0};
    for (uint64_t i = 1; i <= 100000; i++)
        cr_assert_eq(yk_intervals_add(&set, (struct yk_sequences){i, i, (int64_t)i * 60, (int64_t)i * 60 + 60}), YK_OK);
    cr_expect_eq(set.count, 1);
    cr_expect_eq(set.list[0].first, 1);
    cr_expect_eq(set.list[0].last, 100000);
    cr_expect_eq(set.list[0].from_s, 60);
    cr_expect_eq(set.list[0].to_s, 6000060);
    cr_assert_eq(yk_intervals_add(&set, (struct yk_sequences){.first = 1, .last = UINT64_MAX}), YK_OK);
    cr_assert_eq(yk_intervals_add(&set, (struct yk_sequences){.first = UINT64_MAX, .last = UINT64_MAX}), YK_OK);
    cr_expect_eq(set.count, 1);
    cr_expect(yk_intervals_contain(&set, UINT64_MAX));
    cr_expect_not(yk_intervals_contain(&set, 0));
    yk_intervals_clear(&set);
}

Test(intervals, layout_by_hand)
{
    struct yk_intervals set = {0};
    cr_assert_eq(yk_intervals_add(&set, (struct yk_sequences){300, 300, 1000, 1100}), YK_OK);
    cr_assert_eq(yk_intervals_add(&set, (struct yk_sequences){1, 10, 64, 63}), YK_OK);
    uint8_t bytes[32];
    struct yk_buffer b = yk_buffer_of(bytes, sizeof bytes);
    yk_intervals_encode(&set, false, &b);
    static const uint8_t expected[] = {2, 1, 9, 0xA2, 0x02, 0}; /* 2 of them; 1 + 9; 10 + 290 */
    cr_assert_eq(b.length, sizeof expected);
    cr_expect_eq(memcmp(bytes, expected, sizeof expected), 0);
    /* with times: 64 and -1 behind the first; 1000 and 100 behind the second */
    static const uint8_t timed[] = {2, 1, 9, 0x80, 0x01, 1, 0xA2, 0x02, 0, 0xD0, 0x0F, 0xC8, 0x01};
    b = yk_buffer_of(bytes, sizeof bytes);
    yk_intervals_encode(&set, true, &b);
    cr_assert_eq(b.length, sizeof timed);
    cr_expect_eq(memcmp(bytes, timed, sizeof timed), 0);
    yk_intervals_clear(&set);
}

/* The furthest times that 64 bits hold come back, whatever their distance. */
Test(intervals, times_at_the_edges)
{
    static const int64_t edges[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    for (int a = 0; a < 5; a++)
        for (int z = 0; z < 5; z++) {
            struct yk_intervals set = {0}, back = {0};
            uint8_t bytes[64];
            cr_assert_eq(yk_intervals_add(&set, (struct yk_sequences){5, 9, edges[a], edges[z]}), YK_OK);
            struct yk_buffer b = yk_buffer_of(bytes, sizeof bytes);
            yk_intervals_encode(&set, true, &b);
            struct yk_cursor c = yk_cursor_of(bytes, b.length);
            cr_assert_eq(yk_intervals_decode(&back, true, &c), YK_OK);
            cr_assert(c.at == c.end && back.count == 1);
            cr_assert(back.list[0].from_s == edges[a] && back.list[0].to_s == edges[z]);
            yk_intervals_clear(&set);
            yk_intervals_clear(&back);
        }
}

static enum yk_status decode(const void *bytes, size_t size)
{
    struct yk_intervals set = {0};
    struct yk_cursor c = yk_cursor_of(bytes, size);
    enum yk_status status = yk_intervals_decode(&set, false, &c);
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
