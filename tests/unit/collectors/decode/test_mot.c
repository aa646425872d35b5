/* MOTChallenge text. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <string.h>

#define BASE 1780000000000000LL

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_mot, (struct yk_camera_options){.fps = 25, .has_base = true, .base_us = BASE}, text);
}

Test(mot, needs_rate_and_base)
{
    void *state;
    struct yk_error err;
    cr_assert_eq(yk_camera_mot.open(&(struct yk_camera_options){.has_base = true}, &state, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "fps"));
    cr_assert_eq(yk_camera_mot.open(&(struct yk_camera_options){.fps = 30}, &state, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "valid_from"));
    cr_assert_eq(yk_camera_mot.open(&(struct yk_camera_options){.fps = -1, .has_base = true}, &state, NULL),
                 YK_ERR_CONFIG);
}

Test(mot, foot_point_and_time)
{
    struct camera_capture c = decode("26,7,100,50,30,80,1,1,0.5\n");
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 7);
    cr_assert_eq(c.samples[0].time_us, BASE + 1000000); /* 25 frames after frame 1 */
    cr_assert_eq(c.samples[0].x, 115);
    cr_assert_eq(c.samples[0].y, 130);
}

Test(mot, sorted_by_track_comes_out_by_time)
{
    struct camera_capture c = decode("1,1,0,0,2,2,1,1,1\n2,1,1,0,2,2,1,1,1\n3,1,2,0,2,2,1,1,1\n"
                                     "1,2,50,0,2,2,1,1,1\n3,2,51,0,2,2,1,1,1\n");
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.sample_count, 5);
    const uint64_t tracks[] = {1, 2, 1, 1, 2};
    const int64_t frames[] = {0, 0, 1, 2, 2};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(c.samples[i].track, tracks[i]);
        cr_assert_eq(c.samples[i].time_us, BASE + frames[i] * 40000);
    }
}

Test(mot, ground_truth_takes_flag_1_class_1)
{
    struct camera_capture c = decode("1,1,0,0,2,2,1,1,1\n1,2,0,0,2,2,0,1,1\n1,3,0,0,2,2,1,7,1\n1,4,0,0,2,2,0,12,1\n"
                                     "1,5,0,0,2,2,1,-1,1\n");
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 1);
    cr_assert_eq(c.drops.count[YK_DROP_not_person], 4);
}

Test(mot, tracker_output_takes_every_row)
{
    struct camera_capture c = decode("1,1,0.00,320.34,116.89,584.00,0.8308,-1,-1,-1\n1,2,0,0,2,2,0.1,-1,-1,-1\n"
                                     "2,2,0,0,2,2,0,-1,-1,-1\n3,-1,0,0,2,2,0.9,-1,-1,-1\n");
    cr_assert_eq(c.sample_count, 3);
    cr_assert_float_eq(c.samples[0].x, 58.445, 1e-9);
    cr_assert_float_eq(c.samples[0].y, 904.34, 1e-9);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1);
    cr_assert_eq(drops_in_all(&c.drops), 1);
    cr_assert_eq(c.frame_count, 3);
    c = decode("1,1,0,0,2,2\n2,1,0,0,2,2,0.5\n"); /* the class may be missing */
    cr_assert_eq(c.sample_count, 2);
}

Test(mot, numbers_in_other_clothes)
{
    struct camera_capture c = decode(" 1.000000e+00, 3.0 , 1e1,+5,2.5E+1,4,1.0,1.0,1\n");
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 3);
    cr_assert_eq(c.samples[0].x, 22.5);
    cr_assert_eq(c.samples[0].y, 9);
}

Test(mot, bad_rows_are_counted)
{
    struct camera_capture c =
        decode("frame,id,left,top,width,height,flag,class\n1,1,0,0,2\n1,x,0,0,2,2,1,1\n1,1,nan,0,2,2,1,1\n"
               "1,1.5,0,0,2,2,1,1\n1,1e18,0,0,2,2,1,1\n1,,0,0,2,2,1,1\n1,1,0,0,2,2,1,walker\n");
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 8);
    cr_assert_eq(c.sample_count, 0);
    c = decode("0,1,0,0,2,2,1,1\n-1,1,0,0,2,2,1,1\n1.5,1,0,0,2,2,1,1\n1e11,1,0,0,2,2,1,1\n");
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 4);
    c = decode("1,1,0,0,-2,2,1,1\n1,1,0,0,2,-2,1,1\n1,1,1e12,0,2,2,1,1\n");
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 3);
    c = decode("1,1,0,0,2,2,1,1\n,,,,,,,\n2,1,0,0,2,2,1,1\n"); /* a bad row takes no good one with it */
    cr_assert_eq(c.sample_count, 2);
}

Test(mot, doubled_rows_come_in_a_fixed_order)
{
    struct camera_capture a = decode("1,1,8,0,2,2,1,1\n1,1,4,0,2,2,1,1\n"),
                          b = decode("1,1,4,0,2,2,1,1\n1,1,8,0,2,2,1,1\n");
    cr_assert(a.sample_count == 2 && b.sample_count == 2);
    cr_assert(a.samples[0].x == 5 && b.samples[0].x == 5);
}

Test(mot, nothing)
{
    struct camera_capture c = decode("");
    cr_assert(c.frame_count == 0 && c.sample_count == 0);
}

Test(mot, guess)
{
    const char *yes[] = {"1,1,1055,370,125,375,1,1,0.0", "1,1,0.00,320.34,116.89,584.00,0.8308,-1,-1,-1",
                         "12,3,4,5,6,7"};
    const char *no[] = {
        "",          "frame,id,left,top,width,height", "1 2 3 4 5 6",     "0,1,2,3,4,5", "1.5,1,2,3,4,5",
        "1,2,3,4,5", "2026-05-28,1,2,3,4,5",           "{\"objects\":[]}"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        cr_assert(yk_camera_mot.guess(yes[i], strlen(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        cr_assert_not(yk_camera_mot.guess(no[i], strlen(no[i])), "%s", no[i]);
}
