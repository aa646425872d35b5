/* Camera files through reader and table of tracks, as the source runs them. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tracks_capture.h"

#include "data.h"
#include "decode/camera_reader.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct yk_line_config line = {.id = "north", .points = {2, {{1200, 0}, {1200, 1080}}}, .hysteresis = 15};
static struct yk_zone_config zone = {.id = "hall", .points = {4, {{600, 500}, {1400, 500}, {1400, 1080}, {600, 1080}}}};
static const struct yk_sensor_config sensor = {
    .id = "cam", .lines = &line, .line_count = 1, .zones = &zone, .zone_count = 1};

/* As the reference has it: every track, every gap. */
static const struct yk_tracks_options everything = {
    .capacity = 4096, .min_age_us = 0, .max_gap_us = INT64_MAX, .max_absence_us = INT64_MAX, .max_back_us = INT64_MAX};

static struct tracks_capture got;

static enum yk_status read_file(const char *path, const char *format, int64_t base_us,
                                const struct yk_tracks_options *options, const struct yk_camera_dialect **used,
                                struct yk_tracks_summary *summary, struct yk_error *err)
{
    struct yk_tracks_listener listener = capture_listener(&got);
    struct yk_tracks *tracks;
    memset(&got, 0, sizeof got);
    cr_assert_eq(yk_tracks_new(&sensor, options, &listener, &got.drops, &tracks, NULL), YK_OK);
    struct yk_camera_reader_options reading = {.format = format,
                                               .camera = {.fps = 30, .has_base = true, .base_us = base_us}};
    struct yk_camera_sink sink = yk_tracks_sink(tracks);
    enum yk_status status = yk_camera_read(path, &reading, &sink, used, err);
    if (status == YK_OK)
        status = yk_tracks_end(tracks, err);
    if (summary)
        *summary = yk_tracks_summary(tracks);
    yk_tracks_free(tracks);
    return status;
}

static int by_time(const void *left, const void *right)
{
    const struct yk_crossing *a = left, *b = right;
    return (a->t_ms > b->t_ms) - (a->t_ms < b->t_ms);
}

/* Times and directions of a reference's crossings; its rows are in order of time. */
static void check_crossings(const char *data, const char *reference, const char *name, struct yk_crossing *list,
                            size_t count, int64_t base_ms, double tolerance_s)
{
    char path[512], text[256];
    snprintf(path, sizeof path, "%s/camera/reference/%s/%s", data, reference, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    qsort(list, count, sizeof *list, by_time);
    size_t i = 0;
    while (fgets(text, sizeof text, file)) {
        long track;
        double t_s, x, y;
        int direction;
        if (sscanf(text, "%ld,%lf,%lf,%lf,%d", &track, &t_s, &x, &y, &direction) != 5)
            continue;
        cr_assert_lt(i, count, "%s: the reference has more", path);
        double got_s = (double)(list[i].t_ms - base_ms) / 1000;
        cr_assert_float_eq(got_s, t_s, tolerance_s, "%s row %zu: %f s, reference %f s", name, i, got_s, t_s);
        cr_assert_eq(list[i].direction, direction, "%s row %zu", name, i);
        i++;
    }
    fclose(file);
    cr_assert_gt(i, 0);
    cr_assert_eq(i, count, "%s: %zu crossings, the reference has %zu", path, count, i);
}

static void check_file(const char *file, const char *format, const char *reference, int64_t base_s, double tolerance_s)
{
    YK_NEED_TEST_DATA(data);
    char path[512];
    struct yk_tracks_summary summary;
    const struct yk_camera_dialect *used;
    snprintf(path, sizeof path, "%s/camera/%s", data, file);
    cr_assert_eq(read_file(path, "", base_s * 1000000, &everything, &used, &summary, NULL), YK_OK);
    cr_assert_str_eq(used->name, format);
    check_crossings(data, reference, "crossings_raw.csv", got.raw, got.raw_count, base_s * 1000, tolerance_s);
    check_crossings(data, reference, "crossings_hyst.csv", got.crossings, got.crossing_count, base_s * 1000,
                    tolerance_s);

    snprintf(path, sizeof path, "%s/camera/reference/%s/summary.json", data, reference);
    json_t *expected = json_load_file(path, 0, NULL);
    cr_assert_not_null(expected);
    cr_assert_eq((json_int_t)summary.tracks, json_integer_value(json_object_get(expected, "tracks")));
    cr_assert_eq((json_int_t)summary.frames, json_integer_value(json_object_get(expected, "annotated_frames")));
    double inside_s = 0, total_s = json_number_value(json_object_get(expected, "dwell_interp_total_s"));
    for (size_t i = 0; i < got.slice_count; i++)
        inside_s += got.slices[i].inside_ms / 1000.0;
    /* Every stay is rounded by at most 1 ms, on average by nothing. */
    cr_assert_float_eq(inside_s, total_s, 0.0005 * (double)got.slice_count + tolerance_s,
                       "%s: %f s inside, reference %f s", file, inside_s, total_s);
    json_decref(expected);
}

#define DEEPSTREAM_BASE 1714532400 /* 2024-05-01T03:00:00Z */

Test(camera_file, deepstream_recording)
{
    check_file("vectors/mot17-09_deepstream_minimal.jsonl", "deepstream", "mot17-09_val_gt", DEEPSTREAM_BASE, 0.002);
}

Test(camera_file, mot_ground_truth)
{
    check_file("tracks/mot17-09/gt.txt", "mot", "mot17-09_val_gt", 0, 0.001);
}

Test(camera_file, mot_tracker_output)
{
    check_file("tracks/mot17-09/MOT17-09_tracking.txt", "mot", "mot17-09_yolo_full", 0, 0.001);
    check_file("tracks/mot17-09/MOT17-09_tracking.txt", "mot", "mot17-09_yolo_full", 1780000000, 0.001);
}

/* --- made input --- */

static char folder[] = "/tmp/yk-camera-file-XXXXXX";
static char path[64];

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/input", folder);
}

static void teardown(void)
{
    unlink(path);
    rmdir(folder);
}

TestSuite(camera_input, .init = setup, .fini = teardown, .timeout = 30);

static void write_text(const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    fclose(file);
}

#define MESSAGE(second, object) "{\"@timestamp\":\"2026-05-28T20:26:" second "Z\",\"objects\":[\"" object "\"]}\n"
#define LEFT_OF_LINE            "1|1090|300|1110|600|Person"
#define RIGHT_OF_LINE           "1|1290|300|1310|600|Person"

/* Line from (1200,0) to (1200,1080): (B-A)x(P-A) = -1080 (x - 1200): to the right is minus. */
Test(camera_input, broken_lines_do_not_stop_it)
{
    write_text("67,\"objects\":[\"9|1\n"
               "\n" MESSAGE("40.000", LEFT_OF_LINE) "{\"broken\n" MESSAGE("39.000", RIGHT_OF_LINE)
                   MESSAGE("41.000", RIGHT_OF_LINE) "{\"@timestamp\":\"2026-05-28T20:26:42Z\",\"obj");
    const struct yk_camera_dialect *used;
    cr_assert_eq(read_file(path, NULL, 0, &yk_tracks_defaults, &used, NULL, NULL), YK_OK);
    cr_assert_str_eq(used->name, "deepstream");
    cr_assert_eq(got.crossing_count, 1);
    cr_assert_eq(got.crossings[0].direction, -1);
    cr_assert_eq(got.crossings[0].t_ms, 1780000000500);
    cr_assert_eq(got.drops.count[YK_DROP_bad_json], 3);
    cr_assert_eq(got.drops.count[YK_DROP_out_of_order], 1);
}

Test(camera_input, format_can_be_named)
{
    write_text(MESSAGE("40.000", LEFT_OF_LINE));
    struct yk_error err;
    cr_assert_eq(read_file(path, "mot", 0, &everything, NULL, NULL, NULL), YK_OK); /* as told, even if it is not */
    cr_assert_eq(got.drops.count[YK_DROP_bad_schema], 1);
    cr_assert_eq(read_file(path, "smoke_signals", 0, &everything, NULL, NULL, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "smoke_signals"));
}

Test(camera_input, unknown_and_empty_files)
{
    struct yk_error err;
    const struct yk_camera_dialect *used;
    write_text("Dear diary,\ntoday nobody came.\n");
    cr_assert_eq(read_file(path, "", 0, &everything, NULL, NULL, &err), YK_ERR_INPUT);
    cr_assert(strstr(err.message, path) && strstr(err.message, "format"));
    cr_assert_null(yk_camera_file_guess(path));
    write_text("");
    cr_assert_eq(read_file(path, "", 0, &everything, &used, NULL, NULL), YK_OK);
    cr_assert_null(used);
    unlink(path);
    cr_assert_eq(read_file(path, "", 0, &everything, NULL, NULL, &err), YK_ERR_NO_INPUT);
}

/* A head of remarks is longer than the 32 lines that are looked at, and does not count among them. */
Test(camera_input, remarks_before_the_first_row)
{
    char text[2048] = "";
    const struct yk_camera_dialect *used;
    for (int i = 0; i < 40; i++)
        strcat(text, i % 2 ? "# remark\n" : "% remark\n");
    strcat(text, "1 0 1250 5 1.7\n1 30 1150 5 1.7\n");
    write_text(text);
    cr_assert_eq(read_file(path, "", 0, &everything, &used, NULL, NULL), YK_OK);
    cr_assert_str_eq(used->name, "trajectory");
    cr_assert_eq(got.crossing_count, 1);
    cr_assert_eq(got.crossings[0].t_ms, 500);
    cr_assert_eq(got.drops.count[YK_DROP_bad_schema], 20); /* % is no remark of this format */
}

/* Through a pipe that stays open: the reader stops when the expected crossing has come, so it came before the end. */
static bool crossing_seen(void *context)
{
    return ((struct tracks_capture *)context)->crossing_count > 0;
}

Test(camera_input, pipe_is_decoded_line_by_line)
{
    cr_assert_eq(mkfifo(path, 0600), 0);
    FILE *writer = fopen(path, "r+"); /* does not wait for a reader and keeps the pipe open */
    cr_assert_not_null(writer);
    fputs(MESSAGE("40.000", LEFT_OF_LINE) MESSAGE("41.000", RIGHT_OF_LINE) "{\"half", writer);
    fflush(writer);

    struct yk_tracks_listener listener = capture_listener(&got);
    struct yk_tracks *tracks;
    memset(&got, 0, sizeof got);
    cr_assert_eq(yk_tracks_new(&sensor, &yk_tracks_defaults, &listener, &got.drops, &tracks, NULL), YK_OK);
    struct yk_camera_sink sink = yk_tracks_sink(tracks);
    struct yk_camera_reader_options reading = {.stopping = crossing_seen, .context = &got};
    cr_assert_eq(yk_camera_read(path, &reading, &sink, NULL, NULL), YK_OK);
    cr_assert_eq(got.crossing_count, 1);
    yk_tracks_free(tracks);
    fclose(writer);
}
