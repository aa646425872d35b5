/* The command line of `yukikai homography`. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The camera is worked out by projection (pinhole.h of the unit tests); the program sees pixels with two decimals, as a
 * person would write them down. */
#include "support/rig.h"
#include "unit/collectors/geometry/pinhole.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct yk_rig rig;
static const char *pairs, *district, *svg;

static const double places[][2] = {{-6, 10}, {7, 11}, {9, 38}, {-8, 35}, {1, 20}, {3.5, 27}};
#define PLACES (sizeof places / sizeof places[0])

static void setup(void)
{
    yk_rig_open(&rig);
    pairs = yk_rig_path(&rig, "pairs.csv");
    district = yk_rig_path(&rig, "district.yaml");
    svg = yk_rig_path(&rig, "pairs.svg");
    yk_rig_copy(rig.district, district);
    FILE *file = fopen(pairs, "w");
    fprintf(file, "x_px,y_px,x_m,y_m\n");
    for (size_t i = 0; i < PLACES; i++) {
        double pixel[2];
        pinhole_see(&mast, places[i][0], places[i][1], pixel);
        fprintf(file, "%.2f,%.2f,%g,%g\n", pixel[0], pixel[1], places[i][0], places[i][1]);
    }
    fclose(file);
}

static void teardown(void)
{
    yk_rig_close(&rig);
}

TestSuite(homography, .init = setup, .fini = teardown, .timeout = 60);

static const char *new_log(void)
{
    static int runs;
    return yk_rig_text(&rig, "%s/homography-%d.log", rig.dir, runs++);
}

Test(homography, a_file_of_pairs)
{
    const char *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "homography", "--json", pairs, "--svg", svg, NULL), 0);
    json_t *json = json_load_file(log, 0, NULL);
    cr_assert(json);
    double h[9], pixel[2];
    for (size_t i = 0; i < 9; i++)
        h[i] = json_real_value(json_array_get(json_object_get(json, "homography"), i));
    pinhole_see(&mast, -2, 30, pixel);
    double w = h[6] * pixel[0] + h[7] * pixel[1] + h[8];
    cr_expect_float_eq((h[0] * pixel[0] + h[1] * pixel[1] + h[2]) / w, -2, 0.01);
    cr_expect_float_eq((h[3] * pixel[0] + h[4] * pixel[1] + h[5]) / w, 30, 0.01);
    cr_expect_eq(json_array_size(json_object_get(json, "pairs")), PLACES);
    cr_expect_lt(json_real_value(json_object_get(json, "rms_px")), 0.01); /* hundredths were cut off */
    json_decref(json);
    cr_expect(yk_rig_file_says(svg, "</svg>"));
    cr_expect(yk_rig_file_says(svg, ">6</text>"), "the places have their numbers");
}

Test(homography, pairs_on_the_command_line)
{
    const char *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "homography", "--pair", "0,0=0,10", "--pair", "100,0=10,10", "--pair",
                            "100,100=10,0", "--pair", "0,100=0,0", NULL),
                 0);
    cr_expect(yk_rig_file_says(log, "four pairs always fit"));
    cr_expect(yk_rig_file_says(log, "RMS 0.0000 m, 0.000 px"));
}

Test(homography, into_the_districts_file)
{
    const char *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "homography", pairs, "--write", district, "--sensor", "cam-1", NULL), 0);
    cr_expect(yk_rig_file_says(log, "written: homography of cam-1"));
    log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "check", district, NULL), 0);
    char *text = yk_rig_read(log, NULL);
    char *cam1 = strstr(text, "cam-1 "), *cam2 = strstr(text, "cam-2 ");
    char *metres = strstr(text, "in metres");
    cr_expect(cam1 && cam2 && metres && cam1 < metres && metres < cam2 && !strstr(cam2, "in metres"), "%s", text);
    free(text);
}

static void refused(int status, const char *says, const char *a, const char *b, const char *c, const char *d,
                    const char *e)
{
    const char *log = new_log();
    cr_expect_eq(yk_rig_run(&rig, log, "homography", a, b, c, d, e, NULL), status, "%s %s", a, b);
    cr_expect(yk_rig_file_says(log, says), "%s %s: no '%s' in %s", a, b, says, log);
}

Test(homography, what_is_refused)
{
    refused(64, "--pair takes", "--pair", "1,2,3,4", NULL, NULL, NULL);
    refused(64, "go together", pairs, "--write", district, NULL, NULL);
    refused(64, "go together", pairs, "--sensor", "cam-1", NULL, NULL);
    refused(64, "one file of pairs", pairs, pairs, NULL, NULL, NULL);
    refused(64, "which pairs?", "--json", NULL, NULL, NULL, NULL);
    refused(65, "needs four", "--pair", "1,2=3,4", NULL, NULL, NULL);
    refused(66, "cannot open", "/nonexistent.csv", NULL, NULL, NULL, NULL);
    refused(74, "cannot write", pairs, "--svg", "/nonexistent/x.svg", NULL, NULL);
    refused(78, "no sensor 'cam-9'", pairs, "--write", district, "--sensor", "cam-9");
    yk_rig_same_bytes(district, rig.district);
    /* One click far off is pointed at. */
    yk_rig_write(
        pairs,
        "0,0,0,10\n100,0,10,10\n100,100,10,0\n0,100,0,0\n50,50,5,5\n50,20,5,8\n20,50,2,5\n80,50,8,5\n50,85,5,2\n",
        strlen(
            "0,0,0,10\n100,0,10,10\n100,100,10,0\n0,100,0,0\n50,50,5,5\n50,20,5,8\n20,50,2,5\n80,50,8,5\n50,85,5,2\n"));
    refused(0, "warning: pair 9", pairs, NULL, NULL, NULL, NULL);
}
