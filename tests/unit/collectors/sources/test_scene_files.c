/* A scene's series against bytes written by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/scene_files.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t size;
static FILE *file;

static void setup(void)
{
    file = open_memstream(&text, &size);
    cr_assert_not_null(file);
}

static void teardown(void)
{
    free(text);
}

TestSuite(scene_files, .init = setup, .fini = teardown);

static void check(const char *expected)
{
    cr_assert_eq(fclose(file), 0);
    cr_assert_str_eq(text, expected);
}

/* Told out of order, written in order of time; whatever came first at the same time. */
Test(scene_files, events)
{
    const struct yk_scene_event list[] = {
        {.t_s = 2.25, .x = 1, .y = -2, .kind = YK_SCENE_ZONE_LEAVE, .direction = -1},
        {.t_s = 1.0000004, .x = 0.125, .y = 3, .kind = YK_SCENE_CROSSING, .direction = 1},
        {.t_s = 1.0000004, .x = 0.125, .y = 3, .kind = YK_SCENE_CROSSING_RAW, .direction = 1},
        {.t_s = 1.0000004, .x = 0.125, .y = 2, .kind = YK_SCENE_CROSSING_RAW, .direction = -1},
        {.t_s = 0, .x = 1e6, .y = 0, .kind = YK_SCENE_ZONE_ENTER, .direction = 1}};
    struct yk_scene_events events = {0};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        cr_assert_eq(yk_scene_events_take(&events, &list[i], NULL), YK_OK);
    yk_scene_events_write(&events, file);
    yk_scene_events_free(&events);
    check("t_s,kind,direction,x,y\n"
          "0.000000,zone_enter,1,1000000.000000,0.000000\n"
          "1.000000,crossing_raw,-1,0.125000,2.000000\n"
          "1.000000,crossing_raw,1,0.125000,3.000000\n"
          "1.000000,crossing,1,0.125000,3.000000\n"
          "2.250000,zone_leave,-1,1.000000,-2.000000\n");
}

Test(scene_files, no_events)
{
    struct yk_scene_events events = {0};
    yk_scene_events_write(&events, file);
    yk_scene_events_free(&events);
    check("t_s,kind,direction,x,y\n");
}

Test(scene_files, occupancy)
{
    yk_scene_occupancy_head(file);
    const struct yk_occupancy_second second = {.second = 12, .frames = 3, .sum = 5, .min = 1, .max = 2, .distinct = 4};
    cr_assert_eq(yk_scene_occupancy_row(file, &second, NULL), YK_OK);
    check("second,frames,mean,min,max,distinct_tracks\n12,3,1.666667,1,2,4\n");
}

/* Without a sample inside there is no first and no last. */
Test(scene_files, dwell)
{
    yk_scene_dwell_head(file);
    yk_scene_dwell_row(
        file,
        &(struct yk_dwell){.samples = 2, .hold_s = 1.5, .interp_s = 1.25, .visits = 1, .first_s = 3, .last_s = 4});
    yk_scene_dwell_row(file, &(struct yk_dwell){.interp_s = 0.5});
    check("samples_inside,dwell_hold_s,dwell_interp_s,visits,first_in_s,last_in_s\n"
          "2,1.500000,1.250000,1,3.000000,4.000000\n"
          "0,0.000000,0.500000,0,,\n");
}

Test(scene_files, what_cannot_be_written)
{
    struct yk_error err;
    FILE *out;
    fclose(file);
    cr_assert_eq(yk_scene_file_open("/nonexistent/x.csv", "--events", &out, &err), YK_ERR_IO);
    cr_assert(strstr(err.message, "--events") && strstr(err.message, "/nonexistent/x.csv"));
    cr_assert_eq(yk_scene_file_open("/dev/full", "--dwell", &out, NULL), YK_OK);
    yk_scene_dwell_head(out);
    cr_assert_eq(yk_scene_file_close(out, "/dev/full", &err), YK_ERR_IO);
    cr_assert_eq(yk_scene_file_close(NULL, NULL, NULL), YK_OK);
}
