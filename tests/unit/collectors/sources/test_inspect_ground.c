/* Inspect in metres: density, speed, and what a homography leads to the ground. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "../geometry/pinhole.h"

#include "sources/inspect_camera.h"

#include "data.h"
#include "support/scratch.h"

#include <criterion/criterion.h>
#include <string.h>

static char input_path[96], events_path[96], svg_path[96];

static void setup(void)
{
    scratch_make();
    snprintf(input_path, sizeof input_path, "%s/input", scratch);
    snprintf(events_path, sizeof events_path, "%s/events.csv", scratch);
    snprintf(svg_path, sizeof svg_path, "%s/picture.svg", scratch);
}

TestSuite(inspect_ground, .init = setup, .fini = scratch_remove, .timeout = 120);

static double value_of(const json_t *object, const char *outer, const char *inner)
{
    const json_t *value = json_object_get(object, outer);
    value = inner ? json_object_get(value, inner) : value;
    cr_assert(json_is_number(value), "%s %s", outer, inner ? inner : "");
    return json_number_value(value);
}

static json_t *reference_of(const char *data, const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/camera/reference/%s/%s", data, folder, name);
    json_t *expected = json_load_file(path, 0, NULL);
    cr_assert_not_null(expected, "%s", path);
    return expected;
}

static void read_polygon(const json_t *corners, struct yk_polygon *polygon)
{
    polygon->count = json_array_size(corners);
    cr_assert_leq(polygon->count, YK_POINTS_MAX);
    for (size_t c = 0; c < polygon->count; c++)
        for (size_t i = 0; i < 2; i++)
            polygon->points[c][i] = json_number_value(json_array_get(json_array_get(corners, c), i));
}

static struct yk_inspect_camera_options options_of(const json_t *expected)
{
    struct yk_inspect_camera_options options = {
        .line.count = 2, .hysteresis = value_of(expected, "hysteresis", NULL), .fps = value_of(expected, "fps", NULL)};
    for (size_t i = 0; i < 2; i++) {
        options.line.points[0][i] = json_number_value(json_array_get(json_object_get(expected, "line_A"), i));
        options.line.points[1][i] = json_number_value(json_array_get(json_object_get(expected, "line_B"), i));
    }
    read_polygon(json_object_get(expected, "polygon"), &options.zone);
    return options;
}

/* --- files that tell metres --- */

static void check_density(const char *data, const char *file, const char *scene, bool metres)
{
    char path[512];
    json_t *expected = reference_of(data, scene, "summary.json"), *out;
    struct yk_inspect_camera_options options = options_of(expected);
    snprintf(path, sizeof path, "%s/camera/tracks/%s", data, file);
    cr_assert_eq(yk_inspect_camera(path, &options, &out, NULL), YK_OK);
    if (metres) {
        cr_expect_float_eq(value_of(out, "density_mean_per_m2", NULL),
                           value_of(expected, "density_mean_per_area", NULL), 1e-12, "%s", scene);
        cr_expect_float_eq(value_of(out, "density_max_per_m2", NULL) * value_of(expected, "polygon_area", NULL),
                           value_of(expected, "occupancy_max", NULL), 1e-9, "%s", scene);
    } else {
        cr_expect_null(json_object_get(out, "density_mean_per_m2"), "%s is in pixels", scene);
        cr_expect_null(json_object_get(out, "density_max_per_m2"));
        cr_expect_null(json_object_get(out, "speed_mean_m_s"));
    }
    json_decref(out);
    json_decref(expected);
}

Test(inspect_ground, density_of_scenes)
{
    YK_NEED_TEST_DATA(data);
    check_density(data, "seq_eth_obsmat.txt", "seq_eth", true);
    check_density(data, "students03_obsmat.txt", "students03", true);
    check_density(data, "zara01_obsmat.txt", "zara01", true);
    check_density(data, "wildtrack_ground_positions.csv", "wildtrack", true);
    check_density(data, "edinburgh_01Jul.txt", "edinburgh_01Jul", false);
    check_density(data, "mot17-09/gt.txt", "mot17-09_val_gt", false);
}

/* Columns frame,value of a series of PedPy's: the sum of the products of two. */
static double weighted(const char *data, const char *run, const char *name, const char *weight)
{
    char path[512], text[128];
    double sum = 0, weights = 0;
    snprintf(path, sizeof path, "%s/camera/reference/pedpy/%s_%s.csv", data, run, name);
    FILE *values = fopen(path, "r");
    snprintf(path, sizeof path, "%s/camera/reference/pedpy/%s_%s.csv", data, run, weight);
    FILE *shares = fopen(path, "r");
    cr_assert(values && shares);
    cr_assert(fgets(text, sizeof text, values) && fgets(text, sizeof text, shares));
    int frame, same;
    double value, share;
    while (fscanf(values, "%d,%lf", &frame, &value) == 2) {
        cr_assert_eq(fscanf(shares, "%d,%lf", &same, &share), 2);
        cr_assert_eq(frame, same);
        sum += value * share;
        weights += share;
    }
    fclose(values);
    fclose(shares);
    return sum / weights;
}

/* PedPy tells a mean per frame of speeds over a second and more, in a straight line; weighted with the people in the
 * frame it is the same mean as ours but for heads that sway, whose way is longer. */
static void check_pedpy(const char *data, const char *file, const char *run, double scale, double sway)
{
    char path[512];
    json_t *expected, *out;
    snprintf(path, sizeof path, "%s_summary.json", run);
    expected = reference_of(data, "pedpy", path);
    struct yk_inspect_camera_options options = {.fps = value_of(expected, "frame_rate", NULL), .scale = scale};
    read_polygon(json_object_get(expected, "area"), &options.zone);
    snprintf(path, sizeof path, "%s/camera/tracks/%s", data, file);
    cr_assert_eq(yk_inspect_camera(path, &options, &out, NULL), YK_OK);
    cr_expect_float_eq(value_of(out, "density_mean_per_m2", NULL), value_of(expected, "classic_density_mean", NULL),
                       1e-9);
    cr_expect_float_eq(value_of(out, "density_max_per_m2", NULL), value_of(expected, "classic_density_max", NULL),
                       1e-9);
    double speed = value_of(out, "speed_mean_m_s", NULL),
           theirs = weighted(data, run, "mean_speed_in_area", "classic_density");
    cr_expect(speed > theirs && speed < theirs * (1 + sway), "%s: %f m/s, PedPy %f", run, speed, theirs);
    json_decref(out);
    json_decref(expected);
}

Test(inspect_ground, laboratory)
{
    YK_NEED_TEST_DATA(data);
    check_pedpy(data, "bi_corr_400_b_03.txt", "bidir", 0.01, 0.03);
    check_pedpy(data, "uni_uo-050-180-180.txt", "uni_050-180-180", 0.01, 0.03);
    check_pedpy(data, "bottleneck_040_c_56_h.txt", "bottleneck", 0, 0.4); /* they stand, and sway */
}

/* --- on the ground --- */

/* Somebody walks 1 m/s to the north, 0.5 m to the east of the mast, and something in the sky beside it. */
static void write_walk(const char *path)
{
    struct pinhole low = mast;
    low.tilt = 0.2;
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    for (int frame = 1; frame <= 81; frame++) {
        double pixel[2];
        pinhole_see(&low, 0.5, 22 + 0.1 * (frame - 1), pixel);
        fprintf(file, "%d,1,%.12f,%.12f,40,100,1,-1,-1\n", frame, pixel[0] - 20, pixel[1] - 100);
        pinhole_see(&low, 0.5, -22 - 0.1 * (frame - 1), pixel);
        fprintf(file, "%d,2,%.12f,%.12f,40,100,1,-1,-1\n", frame, pixel[0] - 20, pixel[1] - 100);
    }
    fclose(file);
}

/* Frame 1 of a MOT file is at 0 s, and the line is 3.01 m ahead. */
static void check_crossing(void)
{
    char text[128];
    double t_s, x, y;
    int direction, seen = 0;
    FILE *file = fopen(events_path, "r");
    cr_assert_not_null(file);
    while (fgets(text, sizeof text, file))
        if (sscanf(text, "%lf,crossing,%d,%lf,%lf", &t_s, &direction, &x, &y) == 4) {
            cr_expect_float_eq(t_s, 3.01, 1e-6);
            cr_expect_float_eq(x, 0.5, 1e-6);
            cr_expect_float_eq(y, 25.01, 1e-6);
            cr_expect_eq(direction, 1);
            seen++;
        }
    fclose(file);
    cr_expect_eq(seen, 1);
}

/* Line and zone lie a centimetre beyond a frame's place. Zone of 4 by 2.5 m: 2.5 s inside, 25 of 81 frames. */
Test(inspect_ground, in_metres)
{
    struct pinhole low = mast;
    low.tilt = 0.2;
    struct yk_inspect_camera_options options = {.fps = 10,
                                                .line = {2, {{-5, 25.01}, {5, 25.01}}},
                                                .hysteresis = 0.3,
                                                .zone = {4, {{-1, 24.01}, {3, 24.01}, {3, 26.51}, {-1, 26.51}}},
                                                .has_homography = true,
                                                .events_path = events_path,
                                                .svg_path = svg_path};
    json_t *out;
    struct yk_error err = {0};
    pinhole_matrix(&low, options.homography);
    write_walk(input_path);
    for (int sign = 0; sign < 2; sign++) {
        cr_assert_eq(yk_inspect_camera(input_path, &options, &out, &err), YK_OK, "%s", err.message);
        cr_expect_eq(value_of(out, "crossings", "plus"), 1);
        cr_expect_eq(value_of(out, "crossings", "minus"), 0);
        cr_expect_eq(value_of(out, "tracks", NULL), 1);
        cr_expect_eq(value_of(out, "drops", "malformed"), 81);
        cr_expect_float_eq(value_of(out, "dwell_total_s", NULL), 2.5, 1e-9);
        cr_expect_float_eq(value_of(out, "density_mean_per_m2", NULL), 25.0 / 81 / 10, 1e-12);
        cr_expect_float_eq(value_of(out, "density_max_per_m2", NULL), 0.1, 1e-12);
        cr_expect_float_eq(value_of(out, "speed_mean_m_s", NULL), 1, 1e-9);
        json_decref(out);
        check_crossing();
        for (int i = 0; i < 9; i++)
            options.homography[i] *= -3;
    }
    options.has_homography = false;
    cr_assert_eq(yk_inspect_camera(input_path, &options, &out, &err), YK_OK);
    cr_expect_null(json_object_get(out, "density_mean_per_m2"), "pixels are no metres");
    cr_expect_null(json_object_get(out, "speed_mean_m_s"));
    json_decref(out);
    options.has_homography = true;
    memset(options.homography, 0, sizeof options.homography);
    cr_expect_eq(yk_inspect_camera(input_path, &options, &out, &err), YK_ERR_USAGE);
}

/* a x = b for three unknowns, by Cramer's rule. */
static double det3(const double a[3][3])
{
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
           a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}

static double unknown(const double m[9], const double b[3], int k)
{
    double a[3][3], with[3][3];
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++) {
            a[r][c] = m[3 * r + c];
            with[r][c] = c == k ? b[r] : m[3 * r + c];
        }
    return det3(with) / det3(a);
}

/* A published scene led back into its picture, and from there by the published matrix: the figures in metres again. */
static void check_from_pixels(const char *data, const char *scene)
{
    char path[512];
    double row[8], m[9];
    snprintf(path, sizeof path, "%s/camera/tracks/%s_H.txt", data, scene);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    for (int i = 0; i < 9; i++)
        cr_assert_eq(fscanf(file, "%lf", &m[i]), 1);
    fclose(file);
    snprintf(path, sizeof path, "%s/camera/tracks/%s_obsmat.txt", data, scene);
    file = fopen(path, "r");
    FILE *pixels = fopen(input_path, "w");
    cr_assert(file && pixels);
    fprintf(pixels, "frame,id,x,y\n");
    while (fscanf(file, "%lf%lf%lf%lf%lf%lf%lf%lf", &row[0], &row[1], &row[2], &row[3], &row[4], &row[5], &row[6],
                  &row[7]) == 8) {
        const double ground[3] = {row[2], row[4], 1};
        double w = unknown(m, ground, 2);
        fprintf(pixels, "%.0f,%.0f,%.17g,%.17g\n", row[0], row[1], unknown(m, ground, 0) / w,
                unknown(m, ground, 1) / w);
    }
    fclose(file);
    fclose(pixels);
    json_t *expected = reference_of(data, scene, "summary.json"), *out;
    struct yk_inspect_camera_options options = options_of(expected);
    options.has_homography = true;
    memcpy(options.homography, m, sizeof m);
    cr_assert_eq(yk_inspect_camera(input_path, &options, &out, NULL), YK_OK);
    const char *const sides[] = {"plus", "minus"};
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(value_of(out, "crossings_raw", sides[i]), value_of(expected, "crossings_raw", sides[i]));
        cr_expect_eq(value_of(out, "crossings", sides[i]), value_of(expected, "crossings_hyst", sides[i]));
    }
    cr_expect_eq(json_object_size(json_object_get(out, "drops")), 0);
    cr_expect_float_eq(value_of(out, "occupancy_mean", NULL), value_of(expected, "occupancy_mean_over_frames", NULL),
                       1e-12);
    cr_expect_float_eq(value_of(out, "dwell_total_s", NULL), value_of(expected, "dwell_interp_total_s", NULL), 1e-6);
    cr_expect_float_eq(value_of(out, "density_mean_per_m2", NULL), value_of(expected, "density_mean_per_area", NULL),
                       1e-12);
    json_decref(out);
    json_decref(expected);
}

Test(inspect_ground, from_pixels)
{
    YK_NEED_TEST_DATA(data);
    check_from_pixels(data, "seq_eth");
    check_from_pixels(data, "zara01");
    check_from_pixels(data, "students03");
}
