/* From pictures to the ground: a camera worked out in another way, and recordings. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "geometry/homography.h"

#include "data.h"
#include "pinhole.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct yk_homography of(const double m[9], double factor)
{
    struct yk_homography h;
    double scaled[9];
    for (int i = 0; i < 9; i++)
        scaled[i] = factor * m[i];
    cr_assert(yk_homography_set(&h, scaled));
    return h;
}

static void expect_places(const struct yk_homography *h)
{
    for (double east = -20; east <= 20; east += 2.5)
        for (double north = 4; north <= 80; north += 4) {
            double pixel[2], ground[2];
            pinhole_see(&mast, east, north, pixel);
            cr_assert(yk_homography_map(h, pixel[0], pixel[1], ground), "%g %g", east, north);
            cr_expect_float_eq(ground[0], east, 1e-9);
            cr_expect_float_eq(ground[1], north, 1e-9);
        }
}

/* To any scale, and to either sign. */
Test(homography, places_of_a_camera)
{
    double m[9];
    pinhole_matrix(&mast, m);
    const double factors[] = {1, -1, 1e-6, -1e6};
    for (int i = 0; i < 4; i++) {
        struct yk_homography h = of(m, factors[i]);
        expect_places(&h);
    }
}

/* With the last entry 1, as many programs write it, the ground has w < 0 where the picture's corner is in the sky. */
Test(homography, nobody_walks_in_the_sky)
{
    static const struct yk_polygon street = {4, {{-5, 5}, {5, 5}, {5, 40}, {-5, 40}}};
    static const struct yk_polygon generous = {4,
                                               {{-5, -20}, {5, 5}, {5, 40}, {-5, 40}}}; /* a corner behind the mast */
    struct pinhole low = mast;
    low.tilt = 0.2;
    double m[9], ground[2], horizon = pinhole_horizon(&low);
    pinhole_matrix(&low, m);
    cr_assert_gt(horizon, 0);
    cr_assert_lt(m[8], 0);
    const double factors[] = {1, -1, 1 / m[8]};
    for (int i = 0; i < 3; i++) {
        struct yk_homography h = of(m, factors[i]);
        cr_expect_eq(yk_homography_side(&h, &street), factors[i] > 0 ? 4 : -4);
        cr_expect_eq(yk_homography_side(&h, &generous), factors[i] > 0 ? 2 : -2);
        cr_expect(yk_homography_map(&h, 960, horizon - 100, ground), "nothing is known yet");
        yk_homography_face(&h, yk_homography_side(&h, &generous));
        cr_expect(yk_homography_map(&h, 960, horizon + 100, ground));
        cr_expect_gt(ground[1], 0);
        cr_expect_not(yk_homography_map(&h, 960, horizon - 100, ground));
        cr_expect_not(yk_homography_map(&h, 960, horizon, ground));
        cr_expect_gt(yk_homography_side(&h, &street), 0, "turned to the ground");
    }
}

Test(homography, nothing_drawn_says_nothing)
{
    static const struct yk_polygon none = {0};
    double m[9], ground[2];
    pinhole_matrix(&mast, m);
    struct yk_homography h = of(m, -1);
    yk_homography_face(&h, yk_homography_side(&h, &none));
    cr_expect(yk_homography_map(&h, 960, 540, ground));
}

/* w = 0 exactly, and so nearly that only rounding is left of it; too far away for any camera. */
Test(homography, the_horizon_itself)
{
    struct yk_homography h;
    double ground[2];
    cr_assert(yk_homography_set(&h, (double[9]){1, 0, 0, 0, 0, 1, 0, 1, -0.3}));
    cr_expect_not(yk_homography_map(&h, 1, 0.3, ground));
    cr_expect_not(yk_homography_map(&h, 1, 0.1 + 0.2, ground));
    cr_expect(yk_homography_map(&h, 1, 0.4, ground));
    cr_assert(yk_homography_set(&h, (double[9]){1e8, 0, 0, 0, 1e8, 0, 0, 0, 1}));
    cr_expect(yk_homography_map(&h, 10, 10, ground));
    cr_expect_not(yk_homography_map(&h, 10.1, 0, ground));
    cr_expect_not(yk_homography_map(&h, 0, -10.1, ground));
    cr_expect_not(yk_homography_map(&h, NAN, 0, ground));
    cr_expect_not(yk_homography_map(&h, 0, INFINITY, ground));
}

Test(homography, no_way_back)
{
    struct yk_homography h;
    cr_expect_not(yk_homography_set(&h, (double[9]){1, 2, 3, 4, 5, 6, 7, 8, 9}));
    cr_expect_not(yk_homography_set(&h, (double[9]){0}));
    cr_expect_not(yk_homography_set(&h, (double[9]){1, 0, 0, 0, 1, 0, 0, 0, NAN}));
}

/* The published matrix of a scene whose pedestrians are known in metres: its inverse, by elimination here, leads them
 * into the picture and the map leads them back. */
static bool solve(double a[3][4])
{
    for (int c = 0; c < 3; c++) {
        int best = c;
        for (int r = c; r < 3; r++)
            best = fabs(a[r][c]) > fabs(a[best][c]) ? r : best;
        if (a[best][c] == 0)
            return false;
        for (int k = 0; k < 4; k++) {
            double swap = a[c][k];
            a[c][k] = a[best][k];
            a[best][k] = swap;
        }
        for (int r = 0; r < 3; r++) {
            double factor = r == c ? 0 : a[r][c] / a[c][c];
            for (int k = 0; k < 4; k++)
                a[r][k] -= factor * a[c][k];
        }
    }
    return true;
}

static void check_scene(const char *data, const char *scene, bool row_and_column)
{
    char path[512];
    double m[9], row[8], ground[2];
    snprintf(path, sizeof path, "%s/camera/tracks/%s_H.txt", data, scene);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    for (int i = 0; i < 9; i++)
        cr_assert_eq(fscanf(file, "%lf", &m[i]), 1);
    fclose(file);
    struct yk_homography h = of(m, 1);
    snprintf(path, sizeof path, "%s/camera/tracks/%s_obsmat.txt", data, scene);
    file = fopen(path, "r");
    cr_assert_not_null(file);
    int rows = 0;
    while (fscanf(file, "%lf%lf%lf%lf%lf%lf%lf%lf", &row[0], &row[1], &row[2], &row[3], &row[4], &row[5], &row[6],
                  &row[7]) == 8) {
        double a[3][4] = {{m[0], m[1], m[2], row[2]}, {m[3], m[4], m[5], row[4]}, {m[6], m[7], m[8], 1}};
        cr_assert(solve(a));
        double w = a[2][3] / a[2][2], x = a[0][3] / a[0][0] / w, y = a[1][3] / a[1][1] / w;
        cr_assert(yk_homography_map(&h, x, y, ground));
        cr_assert_float_eq(ground[0], row[2], 1e-9);
        cr_assert_float_eq(ground[1], row[4], 1e-9);
        if (row_and_column) /* the video is 640 by 480, and the matrix takes a row and a column */
            cr_assert(x > -40 && x < 520 && y > -40 && y < 680, "%g %g", x, y);
        rows++;
    }
    fclose(file);
    cr_assert_gt(rows, 5000);
}

Test(homography, published_scenes)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "seq_eth", true);
    check_scene(data, "zara01", false);
    check_scene(data, "students03", false);
}
