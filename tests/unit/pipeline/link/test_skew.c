/* Clocks compared over a wire whose delays are made by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/skew.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND   INT64_C(1000000)
#define MINUTE   (60 * SECOND)
#define TRUE_US  INT64_C(1790000000000000) /* true time when the steady clock shows 0 */
#define AHEAD_US (95 * SECOND + 250000)

static struct yk_skew skew;
static struct yk_manual_clock hands;
static struct yk_clock clock_;

static void start(void)
{
    memset(&skew, 0, sizeof skew);
    hands = (struct yk_manual_clock){{TRUE_US + AHEAD_US}, {0}};
    clock_ = yk_clock_manual(&hands);
}

TestSuite(skew, .init = start);

/* Both hands go on, as they do when nobody sets one. */
static void pass(int64_t us)
{
    hands.wall.us += us;
    hands.mono.us += us;
}

/* A frame is on its way there for `there_us`, and its reply back for `back_us`; the server's clock is right, and as
 * coarse as ids are. */
static bool exchange(int64_t there_us, int64_t back_us)
{
    char id[48];
    struct yk_mono sent = hands.mono;
    snprintf(id, sizeof id, "%" PRId64 "-0", (TRUE_US + sent.us + there_us) / 1000);
    pass(there_us + back_us);
    return yk_skew_take(&skew, sent, hands.mono, id, strlen(id));
}

/* What is told holds the truth. */
static void expect(int64_t truth_us, double error_max_s)
{
    double ahead_s, error_s;
    cr_assert(yk_skew_now(&skew, &clock_, &ahead_s, &error_s));
    double miss_s = ahead_s - (double)truth_us / 1e6;
    cr_expect(miss_s <= error_s && -miss_s <= error_s, "off by %g, which is more than %g", miss_s, error_s);
    cr_expect_leq(error_s, error_max_s);
    cr_expect_gt(error_s, 0.0005, "an id is coarse");
}

Test(skew, nothing_is_known_before_the_first_reply)
{
    double ahead_s, error_s;
    cr_expect_not(yk_skew_now(&skew, &clock_, &ahead_s, &error_s));
    cr_expect(exchange(1000, 1000));
    cr_expect(yk_skew_now(&skew, &clock_, &ahead_s, &error_s));
    yk_skew_forget(&skew);
    cr_expect_not(yk_skew_now(&skew, &clock_, &ahead_s, &error_s));
}

/* However the way there and the way back share the time, the truth is in it. */
Test(skew, the_error_bounds_every_asymmetry)
{
    static const int64_t ways[][2] = {{0, 0},      {1, 0},         {0, 1},        {400, 999},   {999, 400},
                                      {80000, 1},  {1, 80000},     {80001, 2},    {7, 3000001}, {3000001, 7},
                                      {123, 9877}, {500000, 1499}, {1499, 500000}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        start();
        pass(12345678 + (int64_t)i * 333);
        cr_expect(exchange(ways[i][0], ways[i][1]));
        expect(AHEAD_US, (double)(ways[i][0] + ways[i][1]) / 2e6 + 0.000502);
    }
}

Test(skew, the_quickest_counts_and_a_slow_one_harms_nothing)
{
    exchange(400000, 10);
    exchange(2000, 2000);
    expect(AHEAD_US, 0.0026);
    exchange(10, 900000);
    expect(AHEAD_US, 0.0026 + 0.0001);
    pass(MINUTE);
    exchange(300000, 10);
    expect(AHEAD_US, 0.0026 + 0.0063);
}

/* At 100 ppm a sample of four minutes ago may be 24 ms off; after five minutes nothing is known. */
Test(skew, it_ages)
{
    pass(MINUTE - 3000);
    exchange(1000, 1000);
    pass(4 * MINUTE);
    expect(AHEAD_US, 0.0016 + 0.0241);
    double ahead_s, error_s;
    cr_assert(yk_skew_now(&skew, &clock_, &ahead_s, &error_s));
    cr_expect_gt(error_s, 0.024);
    pass(MINUTE);
    cr_expect_not(yk_skew_now(&skew, &clock_, &ahead_s, &error_s));
    exchange(50000, 50000);
    expect(AHEAD_US, 0.0507);
}

/* The wall clock is set while a frame is under way, and again between two: it is told as it is now. */
Test(skew, a_wall_clock_that_is_set_is_told_as_it_is_now)
{
    struct yk_mono sent = hands.mono;
    char id[48];
    snprintf(id, sizeof id, "%" PRId64 "-0", TRUE_US / 1000);
    pass(1000);
    hands.wall.us -= 3600 * SECOND;
    cr_expect(yk_skew_take(&skew, sent, hands.mono, id, strlen(id)));
    expect(AHEAD_US - 3600 * SECOND, 0.0011);
    hands.wall.us = TRUE_US + hands.mono.us;
    expect(0, 0.0011);
    hands.wall.us = 0; /* 1970 */
    expect(-TRUE_US - hands.mono.us, 0.0011);
}

/* Redis never gives an id that is not newer than the last: its clock stands, or went back an hour. */
Test(skew, a_server_whose_clock_stands_still_tells_no_time)
{
    exchange(1000, 1000);
    char id[48];
    for (int n = 1; n < 400; n++) {
        snprintf(id, sizeof id, "%" PRId64 "-%d", TRUE_US / 1000, n);
        struct yk_mono sent = hands.mono;
        pass(SECOND);
        cr_expect_not(yk_skew_take(&skew, sent, hands.mono, id, strlen(id)));
    }
    double ahead_s, error_s;
    cr_expect_not(yk_skew_now(&skew, &clock_, &ahead_s, &error_s), "and what it told before is too old");
}

Test(skew, what_is_no_id_of_ours_is_passed_over)
{
    static const char *const ids[] = {"",
                                      "-",
                                      "0",
                                      "-0",
                                      "1790000000000",
                                      "1790000000000-",
                                      "1790000000000-00",
                                      "1790000000000-0 ",
                                      "1790000000000-01",
                                      "1790000000000-10",
                                      " 1790000000000-0",
                                      "+1790000000000-0",
                                      "-1790000000000-0",
                                      "1790000000000--0",
                                      "0x19-0",
                                      "1790000000000_0",
                                      "253402300800000-0",      /* the year 10000 */
                                      "18446744073709551615-0", /* 2^64 - 1 */
                                      "18446744073709551616-0", /* 2^64 */
                                      "18446744073709551615-18446744073709551615",
                                      "36893488148999551616-0", /* 2^65 and today: it must not wrap */
                                      "99999999999999999999999999999999999999999999999999-0",
                                      "OK"};
    struct yk_mono received = {1000};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        cr_expect_not(yk_skew_take(&skew, hands.mono, received, ids[i], strlen(ids[i])), "'%s'", ids[i]);
    cr_expect_not(yk_skew_take(&skew, hands.mono, received, "1790000000000-0", 14), "cut short");
    cr_expect_not(yk_skew_take(&skew, received, hands.mono, "1790000000000-0", 15), "received before it was sent");
    double ahead_s, error_s;
    cr_expect_not(yk_skew_now(&skew, &clock_, &ahead_s, &error_s));
    cr_expect(yk_skew_take(&skew, hands.mono, received, "253402300799999-0", 17));
    cr_expect(yk_skew_take(&skew, hands.mono, received, "0-0", 3), "a server in 1970 is a server that is wrong");
}
