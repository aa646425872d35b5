/* The observation matrix of the ETH and UCY scenes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <string.h>

#define BASE 1780000000000000LL

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_obsmat, (struct yk_camera_options){.fps = 15, .has_base = true, .base_us = BASE},
                        text);
}

Test(obsmat, needs_rate_and_base)
{
    void *state;
    struct yk_error err;
    cr_assert_eq(yk_camera_obsmat.open(&(struct yk_camera_options){.has_base = true}, &state, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "fps"));
    cr_assert_eq(yk_camera_obsmat.open(&(struct yk_camera_options){.fps = 25}, &state, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "valid_from"));
}

/* Column 3 is x, column 5 is y; what lies between them is a height. */
Test(obsmat, place_and_time)
{
    struct camera_capture c = decode("   3.0000000e+01   4.0e+00   8.4568443e+00   1.5   -3.5880664e+00   1 0 2\n");
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 4);
    cr_assert_eq(c.samples[0].time_us, BASE + 2000000);
    cr_assert_eq(c.samples[0].x, 8.4568443);
    cr_assert_eq(c.samples[0].y, -3.5880664);
}

/* By hand: 1/15 s is 66666.67 us. */
Test(obsmat, order_of_time_and_of_doubled_rows)
{
    struct camera_capture c =
        decode("1 2 5 0 6 0 0 0\n0 1 1 0 1 0 0 0\n1 1 9 0 1 0 0 0\n1 1 3 0 8 0 0 0\n1 1 3 0 7 0 0 0\n");
    const struct {
        uint64_t track;
        int64_t after_us;
        double x, y;
    } expected[] = {{1, 0, 1, 1}, {1, 66667, 3, 7}, {1, 66667, 3, 8}, {1, 66667, 9, 1}, {2, 66667, 5, 6}};
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(c.sample_count, 5);
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(c.samples[i].track, expected[i].track);
        cr_assert_eq(c.samples[i].time_us, BASE + expected[i].after_us);
        cr_assert_eq(c.samples[i].x, expected[i].x);
        cr_assert_eq(c.samples[i].y, expected[i].y);
    }
}

Test(obsmat, bad_rows_are_counted)
{
    struct camera_capture c = decode("frame id x z y vx vz vy\n1 1 2 0\n1 1 nan 0 2 0 0 0\n1 1.5 2 0 2 0 0 0\n");
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 4);
    c = decode("-1 1 2 0 2 0 0 0\n1.5 1 2 0 2 0 0 0\n3e9 1 2 0 2 0 0 0\n");
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 3);
    c = decode("1 1 2e9 0 2 0 0 0\n1 1 2 0 -1.1e9 0 0 0\n1 1 1e9 0 -1e9 0 0 0\n");
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 2);
    cr_assert_eq(c.sample_count, 1);
    c = decode("1 -1 2 0 2 0 0 0\n");
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1);
    cr_assert_eq(c.frame_count, 1);
}

static bool guessed(const char *text)
{
    return yk_camera_dialect_guess(text, strlen(text)) == &yk_camera_obsmat;
}

Test(obsmat, guess)
{
    cr_assert(guessed("   7.8000000e+02   1.0   8.45   0.0   3.58   1.67   0.0   0.17"));
    cr_assert(guessed(" 1 1 2 0 2 0 0 0   "));
    cr_assert_not(guessed("1 1 2 0 2 0 0"));
    cr_assert_not(guessed("1 1 2 0 2 0 0 0 0"));
    cr_assert_not(guessed("1 94 -5.54 3.09 1.76 0.1 0.2 0.3")); /* laboratory text with more columns */
}
