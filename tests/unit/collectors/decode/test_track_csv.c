/* Tables of tracks. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <string.h>

static struct camera_capture decode(const char *text, double fps, bool assumed)
{
    return capture_text(&yk_camera_track_csv,
                        (struct yk_camera_options){.fps = fps, .fps_assumed = assumed, .has_base = true}, text);
}

#define BOTH "frame,time_s,personID,positionID,x_m,y_m,views_visible\n5,0.25,14,448560,3.000,14.350,4\n"

/* The frame where its rate is known, the time where it is only assumed. */
Test(track_csv, frames_and_times)
{
    struct camera_capture c = decode(BOTH, 10, false);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].time_us, 500000);
    cr_assert_eq(c.samples[0].track, 14);
    cr_assert_eq(c.samples[0].x, 3);
    cr_assert_eq(c.samples[0].y, 14.35);
    c = decode(BOTH, 30, true);
    cr_assert_eq(c.samples[0].time_us, 250000);
    c = decode(BOTH, 0, false);
    cr_assert_eq(c.samples[0].time_us, 250000);
}

Test(track_csv, header_in_other_clothes)
{
    struct camera_capture c =
        decode("\xEF\xBB\xBF\"Y\" , note,X, T ,\"Track_ID\"\n2,a,1,0.0000015,9\n2,,1,0,9,more\n", 30, false);
    cr_assert_eq(c.sample_count, 2);
    cr_assert_eq(c.samples[0].time_us, 0);
    cr_assert_eq(c.samples[1].time_us, 2); /* the nearest microsecond, halves up */
    cr_assert_eq(c.samples[0].track, 9);
    cr_assert_eq(c.samples[0].x, 1);
    cr_assert_eq(c.samples[0].y, 2);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(track_csv, frames_without_a_rate)
{
    void *state;
    struct yk_error err;
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    const char *header = "frame,id,x,y";
    cr_assert_eq(yk_camera_track_csv.open(&(struct yk_camera_options){.has_base = true}, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_track_csv.record(state, header, strlen(header), &sink, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "fps"));
    yk_camera_track_csv.close(state);
    cr_assert_eq(yk_camera_track_csv.open(&(struct yk_camera_options){.fps = 30}, &state, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "valid_from"));
}

Test(track_csv, bad_rows_are_counted)
{
    struct camera_capture c = decode("1,2,3,4\nframe,id,x,y\nframe,id,x,y\n1,2,3\n1,2.5,3,4\n1,,3,4\n1,2,3,\"4\"\n"
                                     "1.5,2,3,4\n-1,2,3,4\n1,2,3,1e10\n1,-1,3,4\n1,2,3,4,5\n",
                                     30, false);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 6);
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 2);
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 1);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1);
    cr_assert_eq(c.sample_count, 1);
    c = decode("t,id,x,y\n-0.1,1,2,3\n3e9,1,2,3\n1,1,2e9,3\n1,-1,2,3\n0.5,1e17,2,3\n", 30, false);
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 2);
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 1);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 1);
    cr_assert_eq(c.sample_count, 0);
}

Test(track_csv, guess)
{
    const char *good[] = {"frame,id,x,y", "frame,time_s,personID,positionID,x_m,y_m,views_visible",
                          "y_px,x_px,T,track"};
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(yk_camera_dialect_guess(good[i], strlen(good[i])), &yk_camera_track_csv, "%s", good[i]);
    const char *bad[] = {"frame,id,x", "id,x,y", "frame,id,x,y,y_m", "frame;id;x;y", "frames,id,x,y"};
    for (size_t i = 0; i < 5; i++)
        cr_assert_null(yk_camera_dialect_guess(bad[i], strlen(bad[i])), "%s", bad[i]);
}
