/* Stays in zones of the device. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/own_stays.h"

#include <criterion/criterion.h>

#define MINUTE 60000

static struct yk_zone_slice slices[64];
static size_t slice_count;
static struct yk_drops drops;
static struct yk_own_stays *stays;

static enum yk_status take(void *context, const struct yk_zone_slice *slice, struct yk_error *err)
{
    (void)context;
    (void)err;
    if (slice_count < 64)
        slices[slice_count] = *slice;
    slice_count++;
    return YK_OK;
}

static void start(void)
{
    struct yk_own_stays_listener listener = {.zone = take};
    cr_assert_eq(yk_own_stays_new(&listener, &drops, &stays, NULL), YK_OK);
}
static void stop(void)
{
    yk_own_stays_free(stays);
}
TestSuite(own_stays, .init = start, .fini = stop);

static void word(uint8_t zone, uint64_t track, int64_t ms, bool inside)
{
    cr_assert_eq(yk_own_stays_word(stays, zone, track, ms * 1000, inside, NULL), YK_OK);
}

static void expect(size_t i, uint8_t zone, int64_t from, int64_t to, bool entered, bool left)
{
    cr_assert_lt(i, slice_count);
    const struct yk_zone_slice *s = &slices[i];
    cr_expect(s->zone == zone && s->from_ms == from && s->to_ms == to && s->inside_ms == to - from &&
                  s->entered == entered && s->left == left,
              "%zu: zone %u, %ld to %ld, inside %u, %d%d", i, s->zone, (long)s->from_ms, (long)s->to_ms, s->inside_ms,
              s->entered, s->left);
}

Test(own_stays, in_and_out_cut_at_minutes)
{
    word(3, 9, 50000, true);
    word(3, 9, 55000, true);
    cr_expect_eq(slice_count, 0);
    word(3, 9, 2 * MINUTE + 10, false);
    cr_assert_eq(slice_count, 3);
    expect(0, 3, 50000, MINUTE, true, false);
    expect(1, 3, MINUTE, 2 * MINUTE, false, false);
    expect(2, 3, 2 * MINUTE, 2 * MINUTE + 10, false, true);
    word(3, 9, 3 * MINUTE, false); /* nobody is there */
    cr_expect_eq(slice_count, 3);
}

Test(own_stays, one_track_in_two_zones_and_two_in_one)
{
    word(0, 1, 1000, true);
    word(1, 1, 2000, true);
    word(0, 2, 3000, true);
    word(0, 1, 4000, false);
    word(1, 1, 5000, false);
    word(0, 2, 6000, false);
    cr_assert_eq(slice_count, 3);
    expect(0, 0, 1000, 4000, true, true);
    expect(1, 1, 2000, 5000, true, true);
    expect(2, 0, 3000, 6000, true, true);
}

Test(own_stays, what_was_missed_is_in_no_slice)
{
    word(0, 1, 1000, true);
    word(0, 1, 2000, true);
    yk_own_stays_gap(stays);
    word(0, 1, 30000, true); /* the same person, and where they were meanwhile nobody knows */
    word(0, 1, 31000, true);
    yk_own_stays_gap(stays);
    word(0, 1, 40000, false);
    cr_assert_eq(slice_count, 2);
    expect(0, 0, 1000, 2000, true, false);
    expect(1, 0, 30000, 31000, false, true);
}

Test(own_stays, an_hour_without_a_word_is_missed)
{
    word(0, 1, 0, true);
    word(0, 1, 3600000, false);
    cr_assert_eq(slice_count, 60);
    expect(59, 0, 59 * MINUTE, 60 * MINUTE, false, true);
    slice_count = 0;
    word(0, 1, 4000000, true);
    word(0, 1, 4000000 + 3600001, false);
    cr_assert_eq(slice_count, 1);
    expect(0, 0, 4000000, 4000000, true, true);
}

Test(own_stays, the_end_is_the_last_word)
{
    word(0, 1, 1000, true);
    word(0, 1, 3000, true);
    word(0, 2, 5000, true);
    cr_assert_eq(yk_own_stays_end(stays, NULL), YK_OK);
    cr_assert_eq(slice_count, 2);
    expect(0, 0, 1000, 3000, true, true);
    expect(1, 0, 5000, 5000, true, true);
}

Test(own_stays, older_words_are_refused)
{
    word(0, 1, 5000, true);
    word(0, 1, 4000, false);
    cr_expect_eq(drops.count[YK_DROP_out_of_order], 1);
    cr_expect_eq(slice_count, 0);
}

Test(own_stays, bounded)
{
    for (uint64_t i = 0; i < YK_OWN_STAYS_MAX + 10; i++)
        word((uint8_t)(i % 3), i, 1000 + (int64_t)i, true);
    cr_expect_eq(drops.count[YK_DROP_table_full], 10);
    cr_assert_eq(slice_count, 10);
    expect(9, 0, 1009, 1009, true, true);
    cr_assert_eq(yk_own_stays_end(stays, NULL), YK_OK);
    cr_expect_eq(slice_count, YK_OWN_STAYS_MAX + 10);
}
