/* Tracks of the Edinburgh forum. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <string.h>

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_edinburgh, (struct yk_camera_options){.fps = 9, .has_base = true}, text);
}

Test(edinburgh, tracks_that_overlap)
{
    struct camera_capture c =
        decode("% Total number of trajectories in file are  2 \n\nProperties.R1=[59 95 164 568.49];\n"
               " TRACK.R1=[[593 42 9];[588 48 18]];\nTRACK.R22=[[10 20 9]];\n");
    cr_assert_eq(c.sample_count, 3);
    cr_assert_eq(c.frame_count, 2);
    const uint64_t tracks[] = {1, 22, 1};
    const double x[] = {593, 10, 588}, y[] = {42, 20, 48};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(c.samples[i].track, tracks[i]);
        cr_assert_eq(c.samples[i].x, x[i]);
        cr_assert_eq(c.samples[i].y, y[i]);
        cr_assert_eq(c.samples[i].time_us, i < 2 ? 1000000 : 2000000);
    }
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(edinburgh, of_doubled_points_the_smallest_comes_first)
{
    struct camera_capture c = decode("TRACK.R1=[[7 5 1];[6 9 1];[6 8 1];[1 1 2]];\n");
    cr_assert_eq(c.sample_count, 4);
    cr_assert(c.samples[0].x == 6 && c.samples[0].y == 8);
    cr_assert(c.samples[1].x == 6 && c.samples[1].y == 9);
    cr_assert(c.samples[2].x == 7 && c.samples[2].y == 5);
}

Test(edinburgh, bad_points_do_not_stop_the_line)
{
    struct camera_capture c = decode("TRACK.R1=[[1 2];[1 2 3 4];[1 x 3];[];[1 2 -3];[1 2e9 3];[1 2 3];[4 5\n");
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 4);
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 1);
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 1);
    cr_assert_eq(c.drops.count[YK_DROP_truncated], 1);
    c = decode("TRACK.R=[[1 2 3]];\nTRACK.Rx=[[1 2 3]];\nTRACK.R1[[1 2 3]];\nTRACK.R99999999999999999999=[[1 2 3]];\n"
               "TRACK.R1=1 2 3\n");
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 5);
    cr_assert_eq(c.sample_count, 0);
    c = decode("TRACK.R1=[];\n");
    cr_assert_eq(c.sample_count + drops_in_all(&c.drops), 0);
}

Test(edinburgh, guess)
{
    const char *good = " TRACK.R1=[[593 42 95];[588 48 96]];", *other = "Properties.R1=[59 95 164 568.49];";
    cr_assert_eq(yk_camera_dialect_guess(good, strlen(good)), &yk_camera_edinburgh);
    cr_assert_null(yk_camera_dialect_guess(other, strlen(other)));
}
