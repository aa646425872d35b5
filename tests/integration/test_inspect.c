/* The command line of `yukikai inspect` for camera files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/rig.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Over the line x = 0 from the right, then through the zone x -3 to -1. A = (0,0), B = (0,3): plus is x < 0. */
static const char walk[] = "frame,id,x,y\n0,777001,2,1\n10,777001,-4,1\n";

static struct yk_rig rig;
static const char *input, *events, *occupancy, *dwell, *svg;

static void setup(void)
{
    yk_rig_open(&rig);
    input = yk_rig_path(&rig, "walk.csv");
    events = yk_rig_path(&rig, "events.csv");
    occupancy = yk_rig_path(&rig, "occupancy.csv");
    dwell = yk_rig_path(&rig, "dwell.csv");
    svg = yk_rig_path(&rig, "picture.svg");
    yk_rig_write(input, walk, sizeof walk - 1);
}

static void teardown(void)
{
    yk_rig_close(&rig);
}

TestSuite(inspect, .init = setup, .fini = teardown);

static const char *new_log(void)
{
    static int runs;
    return yk_rig_text(&rig, "%s/inspect-%d.log", rig.dir, runs++);
}

static void expect_file(const char *path, const char *expected)
{
    char *text = yk_rig_read(path, NULL);
    cr_expect_str_eq(text, expected);
    free(text);
}

/* By hand: 10 frames at 5 a second are 2 s for 6 units, so the line is met at 2/3 s, the zone from 1 to 5/3 s. */
Test(inspect, line_zone_and_files)
{
    const char *log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "inspect", "--json", "--fps", "5", "--line", "0,0,0,3", "--zone",
                            "-3,0,-1,0,-1,3,-3,3", "--events", events, "--occupancy", occupancy, "--dwell", dwell,
                            "--svg", svg, input, NULL),
                 0);
    json_t *json = json_load_file(log, 0, NULL);
    cr_assert(json);
    cr_expect_str_eq(json_string_value(json_object_get(json, "format")), "csv");
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(json, "crossings"), "plus")), 1);
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(json, "crossings"), "minus")), 0);
    cr_expect_eq(json_integer_value(json_object_get(json, "tracks_in_zone")), 1);
    cr_expect_float_eq(json_real_value(json_object_get(json, "dwell_mean_s")), 2.0 / 3, 1e-9);
    json_decref(json);
    expect_file(events, "t_s,kind,direction,x,y\n0.666667,crossing_raw,1,0.000000,1.000000\n"
                        "0.666667,crossing,1,0.000000,1.000000\n1.000000,zone_enter,1,-1.000000,1.000000\n"
                        "1.666667,zone_leave,-1,-3.000000,1.000000\n");
    expect_file(occupancy, "second,frames,mean,min,max,distinct_tracks\n0,1,0.000000,0,0,0\n2,1,0.000000,0,0,0\n");
    expect_file(dwell, "samples_inside,dwell_hold_s,dwell_interp_s,visits,first_in_s,last_in_s\n"
                       "0,0.000000,0.666667,0,,\n");
    const char *const outputs[] = {log, events, occupancy, dwell, svg};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        cr_expect_not(yk_rig_file_says(outputs[i], "777001"), "%s holds a track's number", outputs[i]);
    log = new_log();
    cr_assert_eq(yk_rig_run(&rig, log, "inspect", "--zone", "-3,0,-1,0,-1,3,-3,3", input, NULL), 0);
    cr_expect(yk_rig_file_says(log, "tracks in zone"));
}

static void refused(const char *option, const char *value, const char *says)
{
    const char *log = new_log();
    cr_expect_eq(yk_rig_run(&rig, log, "inspect", option, value, input, NULL), 64, "%s %s", option, value);
    cr_expect(yk_rig_file_says(log, says), "%s %s", option, value);
}

Test(inspect, zones_of_3_to_64_corners)
{
    char many[65 * 4 + 1] = "";
    for (int corners = 1; corners <= 65; corners++) {
        strcat(many, corners > 1 ? ",7,8" : "7,8");
        if (corners == 2 || corners == 65)
            refused("--zone", many, "3 to 64 corners");
        else if (corners == 3 || corners == 64)
            cr_expect_eq(yk_rig_run(&rig, new_log(), "inspect", "--zone", many, input, NULL), 0, "%d", corners);
    }
    static const char *const wrong[] = {"", "1,2,3,4,5", "1,2,3,4,5,6,", "1,2,3,4,5,x", "1,2,3,4,5,nan", "1;2;3;4;5;6"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refused("--zone", wrong[i], "3 to 64 corners");
}

Test(inspect, what_does_not_go_together)
{
    refused("--scale", "0", "--scale");
    refused("--scale", "-1", "--scale");
    refused("--frame", "1920", "--frame");
    refused("--frame", "1920,1080", "--frame");
    refused("--frame", "0x1080", "--frame");
    refused("--homography", "1 0 0 0 1 0 0 0", "--homography");
    refused("--homography", "1 2 3 4 5 6 7 8 9", "--homography");
    refused("--homography", "1 0 0 0 1 0 0 0 1 1", "--homography");
    refused("--homography", "/nonexistent", "--homography");
    refused("--homography", input, "--homography");
    refused("--occupancy", occupancy, "--zone");
    refused("--dwell", dwell, "--zone");
    refused("--events", events, "--line");
    const char *log = new_log();
    cr_expect_eq(yk_rig_run(&rig, log, "inspect", "--svg", svg, input, input, NULL), 64);
    cr_expect(yk_rig_file_says(log, "one FILE"));
    log = new_log();
    cr_expect_eq(yk_rig_run(&rig, log, "inspect", "--svg", "/nonexistent/x.svg", input, NULL), 74);
    cr_expect(yk_rig_file_says(log, "--svg"));
    log = new_log();
    cr_expect_eq(yk_rig_run(&rig, log, "inspect", "--svg", input, "--fps", "5", input, NULL), 64);
    cr_expect(yk_rig_file_says(log, "read"));
    expect_file(input, walk);
}

/* Twice as large, and up for down, as numbers and as a file: the way from 2,1 to -4,1 is from 4,-2 to -8,-2 then. */
Test(inspect, homography)
{
    const char *matrix = yk_rig_path(&rig, "matrix.txt"), *log;
    yk_rig_write(matrix, "2 0 0\n0 -2 0\n0 0 1\n", strlen("2 0 0\n0 -2 0\n0 0 1\n"));
    const char *const given[] = {"2 0 0 0 -2 0 0 0 1", "[-2, 0, 0, 0, 2, 0, 0, 0, -1]", matrix};
    for (int i = 0; i < 3; i++) {
        log = new_log();
        cr_assert_eq(yk_rig_run(&rig, log, "inspect", "--json", "--fps", "5", "--homography", given[i], "--line",
                                "0,0,0,-6", "--zone", "-6,0,-2,0,-2,-5,-6,-5", "--svg", svg, input, NULL),
                     0);
        json_t *json = json_load_file(log, 0, NULL);
        cr_assert(json);
        cr_expect_eq(json_integer_value(json_object_get(json_object_get(json, "crossings"), "minus")), 1);
        cr_expect_float_eq(json_real_value(json_object_get(json, "speed_mean_m_s")), 6, 1e-9);
        json_decref(json);
        cr_expect(yk_rig_file_says(svg, "in metres on the ground"));
    }
}
