/* Readings, bins, and each person once. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/counters.h"

#include "support/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define T0 INT64_C(1780000000) /* 2026-05-28T20:26:40Z */
#define S  INT64_C(1000000)

static struct yk_counted got[512];
static size_t got_count;
static struct yk_drops drops;
static struct yk_counters *counters;
static int64_t arrived_us;

static enum yk_status take(void *context, const struct yk_counted *counted, struct yk_error *err)
{
    (void)err;
    cr_assert_lt(got_count, 512);
    got[got_count++] = *counted;
    return context ? *(enum yk_status *)context : YK_OK;
}

static void reopen(const char *folder)
{
    yk_counters_free(counters);
    struct yk_counters_options options = {.folder = folder, .sensor = "door-1", .drops = &drops, .counted = take};
    cr_assert_eq(yk_counters_new(&options, &counters, NULL), YK_OK);
}

static void start(void)
{
    scratch_make();
    reopen(NULL);
}

static void stop(void)
{
    yk_counters_free(counters);
    scratch_remove();
}
TestSuite(counters, .init = start, .fini = stop);

static struct yk_device_count count_of(const char *name, bool cumulative, int64_t from, int64_t to, uint64_t plus,
                                       uint64_t minus)
{
    struct yk_device_count c = {.cumulative = cumulative, .to_us = (T0 + to) * S, .plus = plus, .minus = minus};
    c.from_us = cumulative && from == 0 ? YK_COUNT_SINCE_UNKNOWN : (T0 + from) * S;
    strcpy(c.line.text, name);
    return c;
}

static void give(const struct yk_device_count *count)
{
    cr_assert_eq(yk_counters_take(counters, count, 4, arrived_us, NULL), YK_OK);
    cr_assert_eq(yk_counters_flush(counters, NULL), YK_OK);
}

/* Seconds after T0; `since` 0: not told. */
static void reading(int64_t since, int64_t to, uint64_t plus, uint64_t minus)
{
    struct yk_device_count c = count_of("A", true, since, to, plus, minus);
    give(&c);
}

static void bin(int64_t from, int64_t to, uint64_t plus, uint64_t minus)
{
    struct yk_device_count c = count_of("A", false, from, to, plus, minus);
    give(&c);
}

static void expect(size_t i, int64_t from, int64_t to, uint32_t plus, uint32_t minus)
{
    cr_assert_lt(i, got_count, "%zu results", got_count);
    const struct yk_counted *c = &got[i];
    cr_expect(c->line == 4 && c->from_us == (T0 + from) * S && c->to_us == (T0 + to) * S && c->plus == plus &&
                  c->minus == minus,
              "%zu: %ld to %ld, %u and %u", i, (long)(c->from_us / S - T0), (long)(c->to_us / S - T0), c->plus,
              c->minus);
}

static void expect_watched(size_t i, int64_t from, int64_t to)
{
    cr_expect(got[i].watched_from_us == (T0 + from) * S && got[i].watched_to_us == (T0 + to) * S, "%zu: %ld to %ld", i,
              (long)(got[i].watched_from_us / S - T0), (long)(got[i].watched_to_us / S - T0));
}

static uint64_t dropped(enum yk_drop reason)
{
    uint64_t n = drops.count[reason];
    for (int i = 0; i < YK_DROP_COUNT; i++)
        cr_expect(i == (int)reason || drops.count[i] == 0, "%s", yk_drop_name((enum yk_drop)i));
    return n;
}

/* --- readings --- */

Test(counters, readings_tell_what_was_added)
{
    reading(0, 60, 1000, 500);
    cr_expect_eq(got_count, 0, "the first one counts nobody");
    reading(0, 120, 1003, 500);
    reading(0, 180, 1003, 507);
    cr_assert_eq(got_count, 2);
    expect(0, 60, 120, 3, 0);
    expect_watched(0, 60, 120);
    cr_expect(got[0].cumulative);
    expect(1, 120, 180, 0, 7);
    cr_expect_eq(dropped(YK_DROP_duplicate), 0);
}

Test(counters, readings_that_are_not_newer)
{
    reading(0, 60, 10, 0);
    reading(0, 120, 20, 0);
    reading(0, 120, 20, 0); /* told again */
    reading(0, 120, 25, 0);
    reading(0, 90, 15, 0);
    reading(0, 180, 21, 0);
    cr_assert_eq(got_count, 2);
    expect(1, 120, 180, 1, 0);
    cr_expect_eq(dropped(YK_DROP_duplicate), 3);
}

Test(counters, a_reset_at_an_unknown_time)
{
    reading(0, 60, 1000, 500);
    reading(0, 120, 4, 2);
    reading(0, 180, 5, 2);
    cr_assert_eq(got_count, 2);
    expect(0, 60, 120, 4, 2);
    expect_watched(0, 120, 120); /* what came before the reset nobody knows */
    expect(1, 120, 180, 1, 0);
}

/* After a reset a direction may have come further than it was before. */
Test(counters, one_direction_that_falls_is_a_reset_of_both)
{
    reading(0, 60, 5, 3);
    reading(0, 120, 7, 1);
    expect(0, 60, 120, 7, 1);
}

Test(counters, a_reset_at_a_known_time)
{
    reading(-86400, 60, 1000, 500);
    reading(-86400, 120, 1001, 500);
    reading(150, 180, 2, 1); /* watched from its reset on */
    reading(200, 240, 9, 9); /* a reset that the numbers alone would not show */
    cr_assert_eq(got_count, 3);
    expect(1, 150, 180, 2, 1);
    expect_watched(1, 150, 180);
    expect(2, 200, 240, 9, 9);
    cr_expect_eq(dropped(YK_DROP_malformed), 0);
}

Test(counters, lower_without_a_reset_contradicts_itself)
{
    reading(-3600, 60, 1000, 500);
    reading(-3600, 120, 900, 500);
    cr_expect_eq(got_count, 0);
    cr_expect_eq(dropped(YK_DROP_malformed), 1);
    reading(-3600, 180, 905, 500); /* it goes on from there */
    cr_assert_eq(got_count, 1);
    expect(0, 120, 180, 5, 0);
}

Test(counters, absurd_numbers)
{
    reading(0, 60, 0, 0);
    reading(0, 120, 100001, 0);
    reading(0, 121, UINT64_MAX, UINT64_MAX);
    cr_expect_eq(got_count, 0);
    cr_expect_eq(drops.count[YK_DROP_malformed], 2);
    reading(0, 180, 200000, 0); /* two minutes since the last good one: just borne */
    expect(0, 60, 180, 200000, 0);
    bin(200, 260, 100001, 0);
    bin(200, 260, 0, UINT64_MAX);
    cr_expect_eq(dropped(YK_DROP_malformed), 4);
    bin(200, 260, 100000, 100000);
    cr_assert_eq(got_count, 2);
}

Test(counters, a_pause_counts_up_to_a_day)
{
    reading(0, 0, 100, 0);
    reading(0, 86400, 700, 0); /* this program did not run: the counter did */
    reading(0, 86400 + 86401, 900, 0);
    reading(0, 86400 + 86461, 905, 0);
    cr_assert_eq(got_count, 2);
    expect(0, 0, 86400, 600, 0);
    expect(1, 86400 + 86401, 86400 + 86461, 5, 0);
    cr_expect_eq(dropped(YK_DROP_bad_time), 1);
}

Test(counters, a_clock_from_the_future_does_not_silence_the_rest)
{
    reading(0, 60, 10, 0);
    reading(0, 400 * 86400, 11, 0);
    cr_expect_eq(drops.count[YK_DROP_bad_time], 1, "more than a day");
    reading(0, 120, 12, 0);
    reading(0, 180, 13, 0); /* the second one confirms that the clock was set right */
    reading(0, 240, 15, 0);
    cr_assert_eq(got_count, 1);
    expect(0, 180, 240, 2, 0);
    cr_expect_eq(drops.count[YK_DROP_duplicate], 1);
}

Test(counters, live_readings_from_the_future_are_refused)
{
    arrived_us = (T0 + 60) * S;
    reading(0, 60, 10, 0);
    reading(0, 60 + 7300, 11, 0);
    reading(0, 120, 12, 0);
    cr_assert_eq(got_count, 1);
    expect(0, 60, 120, 2, 0);
    bin(3000, 60 + 3601, 1, 0);
    cr_expect_eq(got_count, 1);
    cr_expect_eq(dropped(YK_DROP_bad_time), 2);
}

/* --- bins --- */

Test(counters, bins_once_in_whatever_order)
{
    bin(120, 180, 3, 1);
    bin(60, 120, 2, 0); /* late */
    bin(60, 120, 2, 0);
    bin(120, 180, 3, 1);
    bin(150, 210, 1, 0); /* touches what was told */
    bin(0, 300, 9, 9);
    bin(180, 240, 0, 0);
    cr_assert_eq(got_count, 3);
    expect(0, 120, 180, 3, 1);
    expect(1, 60, 120, 2, 0);
    expect_watched(1, 60, 120);
    expect(2, 180, 240, 0, 0);
    cr_expect_eq(dropped(YK_DROP_duplicate), 4);
}

Test(counters, lines_of_the_device_do_not_know_of_each_other)
{
    struct yk_device_count a = count_of("A", false, 0, 60, 1, 0), b = count_of("B", false, 0, 60, 2, 0);
    give(&a);
    give(&b);
    give(&a);
    cr_expect_eq(got_count, 2);
    cr_expect_eq(dropped(YK_DROP_duplicate), 1);
}

Test(counters, bins_of_another_shape)
{
    bin(60, 60, 1, 0);
    bin(61, 60, 1, 0);
    bin(0, 86401, 1, 0);
    cr_expect_eq(dropped(YK_DROP_malformed), 3);
    bin(0, 86400, 1, 0);
    cr_expect_eq(got_count, 1);
    struct yk_device_count before = count_of("A", false, -T0 - 10, 5, 1, 0);
    give(&before);
    cr_expect_eq(drops.count[YK_DROP_bad_time], 1);
}

Test(counters, fewer_samples_than_expected)
{
    struct yk_device_count c = count_of("A", false, 0, 60, 8, 0);
    c.samples = 150;
    c.samples_expected = 600;
    give(&c);
    expect(0, 0, 60, 8, 0);
    expect_watched(0, 0, 15);
    c = count_of("A", false, 60, 120, 0, 0);
    c.samples_expected = 600;
    give(&c);
    expect_watched(1, 60, 60);
    c = count_of("A", false, 120, 180, 3, 0); /* persons whom nobody saw */
    c.samples_expected = 600;
    give(&c);
    cr_expect_eq(got_count, 2);
    cr_expect_eq(dropped(YK_DROP_malformed), 1);
    c = count_of("A", false, 180, 86580, 1, 0);
    c.samples = UINT32_MAX - 1;
    c.samples_expected = UINT32_MAX;
    give(&c);
    cr_assert_eq(got_count, 3);
    cr_expect(got[2].watched_to_us < got[2].to_us && got[2].watched_to_us > got[2].to_us - S);
}

Test(counters, packages)
{
    struct yk_device_count c = count_of("A", false, 0, 60, 1, 0);
    c.has_package = true;
    c.package = 4711;
    give(&c);
    give(&c);
    cr_expect_eq(dropped(YK_DROP_duplicate), 1);
    c = count_of("A", false, 60, 120, 1, 0); /* started again, and numbering anew */
    c.has_package = true;
    c.package = 4711;
    give(&c);
    cr_expect_eq(got_count, 2);
    struct yk_device_count r = count_of("A", true, 0, 120, 1, 0);
    r.has_package = true;
    r.package = 4711;
    give(&r);
    cr_expect_eq(dropped(YK_DROP_duplicate), 1, "another record of the same message");
}

/* --- both --- */

Test(counters, bins_win_over_readings)
{
    reading(0, 60, 100, 0);
    bin(0, 60, 5, 0);
    reading(0, 120, 107, 0);
    bin(60, 120, 7, 0);
    reading(0, 180, 110, 0);
    bin(120, 180, 3, 0);
    cr_assert_eq(got_count, 3);
    expect(0, 0, 60, 5, 0);
    expect(1, 60, 120, 7, 0);
    expect(2, 120, 180, 3, 0);
    cr_expect_eq(dropped(YK_DROP_duplicate), 2);
}

/* Readings every minute, a bin every quarter: the first bin was told already, from then on bins count. */
Test(counters, bins_take_over)
{
    uint32_t told = 0;
    for (int64_t minute = 0; minute <= 60; minute++) {
        reading(0, minute * 60, 100 + (uint64_t)minute, 0);
        if (minute && minute % 15 == 0)
            bin(minute * 60 - 900, minute * 60, 15, 0);
    }
    for (size_t i = 0; i < got_count; i++)
        told += got[i].plus;
    cr_expect_eq(told, 60, "each person once: %u", told);
    cr_expect_eq(got_count, 15 + 3);
    cr_expect_eq(dropped(YK_DROP_duplicate), 1 + 45);
}

Test(counters, readings_count_again_after_a_day_without_bins)
{
    reading(0, 60, 100, 0);
    bin(0, 60, 5, 0);
    for (int64_t hour = 1; hour <= 26; hour++)
        reading(0, 60 + hour * 3600, 100 + (uint64_t)hour, 0);
    cr_assert_eq(got_count, 1 + 2);
    expect(1, 60 + 24 * 3600, 60 + 25 * 3600, 1, 0);
    expect(2, 60 + 25 * 3600, 60 + 26 * 3600, 1, 0);
    cr_expect_eq(dropped(YK_DROP_duplicate), 24);
}

/* --- bounds --- */

Test(counters, names_are_bounded)
{
    char name[32];
    for (int i = 0; i < YK_COUNTER_LINES_MAX + 3; i++) {
        snprintf(name, sizeof name, "line %d", i);
        struct yk_device_count c = count_of(name, false, 0, 60, 1, 0);
        give(&c);
    }
    cr_expect_eq(got_count, YK_COUNTER_LINES_MAX);
    cr_expect_eq(dropped(YK_DROP_table_full), 3);
}

Test(counters, many_results_in_one_message)
{
    for (int64_t i = 0; i < YK_COUNTER_PENDING_MAX + 1; i++) {
        struct yk_device_count c = count_of("A", false, 60 * i, 60 * i + 60, 1, 0);
        cr_assert_eq(yk_counters_take(counters, &c, 4, 0, NULL), YK_OK);
        cr_assert_eq(got_count, i < YK_COUNTER_PENDING_MAX ? 0 : YK_COUNTER_PENDING_MAX);
    }
    cr_assert_eq(yk_counters_flush(counters, NULL), YK_OK);
    cr_expect_eq(got_count, YK_COUNTER_PENDING_MAX + 1);
}

/* --- the state on disk --- */

static char *state_path(void)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/counters/door-1.state", scratch);
    return path;
}

Test(counters, a_restart_tells_nothing_twice_and_loses_nothing)
{
    reopen(scratch);
    reading(0, 60, 100, 10);
    reading(0, 120, 103, 10);
    struct yk_device_count b = count_of("B", false, 60, 120, 1, 0);
    give(&b);
    reopen(scratch);
    reading(0, 120, 103, 10);
    give(&b);
    reading(0, 600, 110, 12);
    cr_assert_eq(got_count, 3);
    expect(2, 120, 600, 7, 2);
    cr_expect_eq(dropped(YK_DROP_duplicate), 2);
    struct stat st;
    cr_assert_eq(stat(state_path(), &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
}

/* The state is on the disk when a result is handed on: whoever is killed there tells it no second time. */
static enum yk_status die(void *context, const struct yk_counted *counted, struct yk_error *err)
{
    (void)context;
    (void)counted;
    return yk_error_set(err, YK_ERR_INTERNAL, "killed");
}

Test(counters, the_state_comes_before_the_results)
{
    struct yk_counters_options options = {.folder = scratch, .sensor = "door-1", .drops = &drops, .counted = die};
    struct yk_counters *doomed;
    cr_assert_eq(yk_counters_new(&options, &doomed, NULL), YK_OK);
    struct yk_device_count c = count_of("A", false, 0, 60, 1, 0);
    cr_assert_eq(yk_counters_take(doomed, &c, 4, 0, NULL), YK_OK);
    cr_assert_eq(yk_counters_flush(doomed, NULL), YK_ERR_INTERNAL);
    yk_counters_free(doomed);
    reopen(scratch);
    give(&c);
    cr_expect_eq(got_count, 0);
    cr_expect_eq(dropped(YK_DROP_duplicate), 1);
}

Test(counters, damage_begins_anew)
{
    reopen(scratch);
    reading(0, 60, 100, 10);
    bin(0, 60, 1, 1);
    struct stat st;
    cr_assert_eq(stat(state_path(), &st), 0);
    static uint8_t bytes[4096];
    FILE *file = fopen(state_path(), "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    cr_assert_eq((off_t)size, st.st_size);
    for (size_t i = 0; i < size; i++) { /* every byte is looked at */
        bytes[i] ^= 0x10;
        file = fopen(state_path(), "wb");
        cr_assert_eq(fwrite(bytes, 1, size, file), size);
        fclose(file);
        bytes[i] ^= 0x10;
        got_count = 0;
        reopen(scratch);
        struct yk_device_count c = count_of("A", false, 0, 60, 1, 1);
        cr_assert_eq(yk_counters_take(counters, &c, 4, 0, NULL), YK_OK);
        cr_assert(yk_counters_waiting(counters), "byte %zu", i);
    }
    for (size_t cut = 0; cut < size; cut++) {
        file = fopen(state_path(), "wb");
        cr_assert_eq(fwrite(bytes, 1, cut, file), cut);
        fclose(file);
        reopen(scratch);
    }
}

Test(counters, what_is_no_file_is_not_waited_for)
{
    char path[128];
    snprintf(path, sizeof path, "%s/counters", scratch);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(mkfifo(state_path(), 0600), 0);
    reopen(scratch);
    bin(0, 60, 1, 0);
    cr_expect_eq(got_count, 1);
}

Test(counters, a_state_that_cannot_be_kept_hands_on_nothing)
{
    char path[128];
    snprintf(path, sizeof path, "%s/counters", scratch);
    FILE *file = fopen(path, "w"); /* where the folder should be */
    fclose(file);
    reopen(scratch);
    struct yk_device_count c = count_of("A", false, 0, 60, 1, 0);
    struct yk_error err = {0};
    cr_assert_eq(yk_counters_take(counters, &c, 4, 0, NULL), YK_OK);
    cr_assert_eq(yk_counters_flush(counters, &err), YK_ERR_IO);
    cr_expect(strstr(err.message, "door-1.state"));
    cr_expect_eq(got_count, 0);
    unlink(path);
    cr_assert_eq(yk_counters_flush(counters, NULL), YK_OK);
    cr_expect_eq(got_count, 1);
}
