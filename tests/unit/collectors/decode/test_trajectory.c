/* Laboratory trajectories. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include "decode/track_rows.h"

#include <criterion/criterion.h>
#include <string.h>

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_trajectory, (struct yk_camera_options){.fps = 25, .has_base = true}, text);
}

Test(trajectory, sorted_by_id_comes_out_by_frame)
{
    struct camera_capture c = decode("# framerate: 25 fps\n# id frame x/cm y/cm z/cm\n"
                                     "1 10 -554.56 309.452 176\n1\t11\t-548.555\t310.541\t176\n"
                                     "2 9 50 0 168.25\n2 11 52 1\n  # the end\n");
    const struct {
        uint64_t track;
        int64_t time_us;
        double x, y;
    } expected[] = {
        {2, 360000, 50, 0}, {1, 400000, -554.56, 309.452}, {1, 440000, -548.555, 310.541}, {2, 440000, 52, 1}};
    cr_assert_eq(c.sample_count, 4);
    cr_assert_eq(c.frame_count, 3);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(c.samples[i].track, expected[i].track);
        cr_assert_eq(c.samples[i].time_us, expected[i].time_us);
        cr_assert_eq(c.samples[i].x, expected[i].x);
        cr_assert_eq(c.samples[i].y, expected[i].y);
    }
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(trajectory, bad_rows_are_counted)
{
    struct camera_capture c =
        decode("1 2 3\n1 2 x 4 5\n1 -2 3 4 5\n1 2.5 3 4 5\n1.5 2 3 4 5\n1 2 3 2e9 5\n-1 2 3 4 5\n");
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 3);
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 2);
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 1);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1);
    cr_assert_eq(c.sample_count, 0);
}

Test(trajectory, guess)
{
    const char *rows[] = {"1 94 -554.56 309.452 176", "1\t0\t2.1569\t2.659\t1.76", "1 94 -5 3 1.76 0.5"};
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(yk_camera_dialect_guess(rows[i], strlen(rows[i])), &yk_camera_trajectory, "%s", rows[i]);
    const char *others[] = {"1 94 -554.56 309.452", "1 94.5 -5 3 1", "1 94 -5 3 one", "# id frame x y z"};
    for (size_t i = 0; i < 4; i++)
        cr_assert_null(yk_camera_dialect_guess(others[i], strlen(others[i])), "%s", others[i]);
}

Test(trajectory, too_many_rows_are_refused)
{
    struct yk_track_rows rows;
    struct yk_error err;
    const struct yk_camera_options options = {.fps = 25, .has_base = true};
    const struct yk_track_row row = {.reject = YK_TRACK_ROW_GOOD};
    cr_assert_eq(yk_track_rows_open(&rows, "laboratory text", &options, NULL), YK_OK);
    for (size_t i = 0; i < YK_TRACK_ROWS_MAX; i++)
        cr_assert_eq(yk_track_rows_keep(&rows, &row, NULL), YK_OK);
    cr_assert_eq(yk_track_rows_keep(&rows, &row, &err), YK_ERR_INPUT);
    cr_assert(strstr(err.message, "4000000") && strstr(err.message, "split"));
    yk_track_rows_close(&rows);
}
