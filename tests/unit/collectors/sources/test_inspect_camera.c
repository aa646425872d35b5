/* Figures on camera files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/inspect_camera.h"

#include "data.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *inspect(const char *data, const char *file, bool has_line)
{
    char path[512];
    snprintf(path, sizeof path, "%s/camera/%s", data, file);
    struct yk_inspect_camera_options options = {
        .line = {has_line ? 2 : 0, {{1200, 0}, {1200, 1080}}}, .hysteresis = 15, .fps = 30};
    json_t *out;
    cr_assert(yk_inspect_camera_guess(path));
    cr_assert_eq(yk_inspect_camera(path, &options, &out, NULL), YK_OK);
    return out;
}

static json_int_t number(const json_t *object, const char *outer, const char *inner)
{
    const json_t *value = json_object_get(object, outer);
    if (inner)
        value = json_object_get(value, inner);
    cr_assert(json_is_integer(value), "%s %s", outer, inner ? inner : "");
    return json_integer_value(value);
}

static void check(const json_t *out, json_int_t raw_plus, json_int_t raw_minus, json_int_t plus, json_int_t minus)
{
    cr_assert_eq(number(out, "crossings_raw", "plus"), raw_plus);
    cr_assert_eq(number(out, "crossings_raw", "minus"), raw_minus);
    cr_assert_eq(number(out, "crossings", "plus"), plus);
    cr_assert_eq(number(out, "crossings", "minus"), minus);
}

Test(inspect_camera, deepstream)
{
    YK_NEED_TEST_DATA(data);
    json_t *out = inspect(data, "vectors/mot17-09_deepstream_minimal.jsonl", true);
    check(out, 1, 9, 1, 8);
    cr_assert_eq(number(out, "frames", NULL), 262);
    cr_assert_eq(number(out, "tracks", NULL), 22);
    cr_assert_str_eq(json_string_value(json_object_get(out, "format")), "deepstream");
    cr_assert_str_eq(json_string_value(json_object_get(out, "first")), "2024-05-01T03:00:00.000Z");
    cr_assert_str_eq(json_string_value(json_object_get(out, "last")), "2024-05-01T03:00:08.700Z");
    cr_assert_eq(json_object_size(json_object_get(out, "drops")), 0);
    json_decref(out);
}

Test(inspect_camera, mot_ground_truth)
{
    YK_NEED_TEST_DATA(data);
    json_t *out = inspect(data, "tracks/mot17-09/gt.txt", true);
    check(out, 1, 9, 1, 8);
    cr_assert_eq(number(out, "frames", NULL), 262);
    cr_assert_eq(number(out, "tracks", NULL), 22);
    cr_assert_eq(number(out, "drops", "not_person"), 1310 + 262 + 786 + 524); /* rows with flag 0, counted with awk */
    cr_assert_eq(json_real_value(json_object_get(out, "first")), 0);
    cr_assert_float_eq(json_real_value(json_object_get(out, "last")), 8.7, 1e-6);
    json_decref(out);
}

Test(inspect_camera, mot_tracker_output)
{
    YK_NEED_TEST_DATA(data);
    json_t *out = inspect(data, "tracks/mot17-09/MOT17-09_tracking.txt", true);
    check(out, 3, 9, 3, 9);
    cr_assert_eq(number(out, "frames", NULL), 525);
    cr_assert_eq(number(out, "tracks", NULL), 188);
    json_decref(out);
    out = inspect(data, "tracks/mot17-09/MOT17-09_tracking.txt", false);
    cr_assert_null(json_object_get(out, "crossings"));
    json_decref(out);
}

/* --- against the reference: figures and every row of every series --- */

static char folder[] = "/tmp/yk-inspect-camera-XXXXXX";
static char events_path[64], occupancy_path[64], dwell_path[64], svg_path[64];

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(events_path, sizeof events_path, "%s/events.csv", folder);
    snprintf(occupancy_path, sizeof occupancy_path, "%s/occupancy.csv", folder);
    snprintf(dwell_path, sizeof dwell_path, "%s/dwell.csv", folder);
    snprintf(svg_path, sizeof svg_path, "%s/picture.svg", folder);
}

static void remove_folder(void)
{
    unlink(events_path);
    unlink(occupancy_path);
    unlink(dwell_path);
    unlink(svg_path);
    rmdir(folder);
}

TestSuite(inspect_reference, .init = make_folder, .fini = remove_folder, .timeout = 120);

#define ROWS   40000
#define VALUES 6

struct table {
    double row[ROWS][VALUES];
    size_t count;
};

static struct table ours, theirs;

/* Numbers of a line from its column `first` on; a field that is no number is -1. */
static void read_row(const char *text, int first, int values, double row[VALUES])
{
    for (int i = 0; i < first; i++)
        text = strchr(text, ',') + 1;
    for (int i = 0; i < values; i++) {
        char *end;
        row[i] = strtod(text, &end);
        if (end == text)
            row[i] = -1;
        text = strchr(text, ',') ? strchr(text, ',') + 1 : "";
    }
}

/* Columns first to first + values - 1 of the lines that hold `filter`. */
static void read_table(const char *path, const char *filter, int first, int values, struct table *table)
{
    char text[256];
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    memset(table, 0, sizeof *table);
    cr_assert_not_null(fgets(text, sizeof text, file));
    while (fgets(text, sizeof text, file)) {
        if (filter && !strstr(text, filter))
            continue;
        cr_assert_lt(table->count, ROWS);
        read_row(text, first, values, table->row[table->count++]);
    }
    fclose(file);
}

static int by_columns(const void *left, const void *right)
{
    const double *a = left, *b = right;
    for (int i = 0; i < VALUES; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* Both tables say the same, as sets of rows. */
static void check_tables(const char *what, const char *scene, int values, double tolerance)
{
    qsort(ours.row, ours.count, sizeof *ours.row, by_columns);
    qsort(theirs.row, theirs.count, sizeof *theirs.row, by_columns);
    cr_assert_eq(ours.count, theirs.count, "%s: %zu rows of %s, the reference has %zu", scene, ours.count, what,
                 theirs.count);
    for (size_t i = 0; i < ours.count; i++)
        for (int v = 0; v < values; v++)
            cr_assert_float_eq(ours.row[i][v], theirs.row[i][v], tolerance, "%s, %s row %zu value %d: %f, reference %f",
                               scene, what, i, v, ours.row[i][v], theirs.row[i][v]);
}

/* Ours is t_s,kind,direction,x,y, theirs is track,t_s,x,y,dir,frame_after: t, x, y, direction. */
static void check_crossings(const char *reference, const char *kind, const char *name, double begins_s,
                            double tolerance)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", reference, name);
    read_table(events_path, kind, 0, 5, &ours);
    for (size_t i = 0; i < ours.count; i++) {
        double *row = ours.row[i], direction = row[2];
        row[0] += begins_s;
        row[1] = row[3];
        row[2] = row[4];
        row[3] = direction;
        row[4] = 0;
    }
    read_table(path, NULL, 1, 4, &theirs);
    cr_assert_gt(theirs.count, 0);
    check_tables(name, reference, 4, tolerance);
}

/* Ours begins with samples_inside, theirs with the track. First inside comes first, so that the order is the same. */
static void turn(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        double *row = table->row[i], samples = row[0], hold = row[1];
        row[0] = row[4];
        row[1] = row[5];
        row[4] = samples;
        row[5] = hold;
    }
}

static double value_of(const json_t *object, const char *outer, const char *inner)
{
    const json_t *value = json_object_get(object, outer);
    value = inner ? json_object_get(value, inner) : value;
    cr_assert(json_is_number(value), "%s", outer);
    return json_number_value(value);
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
    struct yk_inspect_camera_options options = {.line.count = 2,
                                                .hysteresis = value_of(expected, "hysteresis", NULL),
                                                .fps = value_of(expected, "fps", NULL),
                                                .events_path = events_path,
                                                .occupancy_path = occupancy_path,
                                                .dwell_path = dwell_path,
                                                .svg_path = svg_path};
    for (size_t i = 0; i < 2; i++) {
        options.line.points[0][i] = json_number_value(json_array_get(json_object_get(expected, "line_A"), i));
        options.line.points[1][i] = json_number_value(json_array_get(json_object_get(expected, "line_B"), i));
    }
    read_polygon(json_object_get(expected, "polygon"), &options.zone);
    return options;
}

/* How a file tells the scene: on what picture, how long after the reference's time 0 it begins, and how far off its times
 * are. Of exact ones the reference's own rounding is the measure. */
struct telling {
    double frame[2], begins_s, off_s;
};

static void shift(struct table *table, int column, double by_s)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->row[i][column] >= 0)
            table->row[i][column] += by_s;
}

static void check_series(const char *reference, const char *scene, const struct telling *telling)
{
    char path[512];
    double off_s = telling->off_s > 0 ? telling->off_s : 2e-6;
    check_crossings(reference, ",crossing_raw,", "crossings_raw.csv", telling->begins_s, off_s);
    check_crossings(reference, ",crossing,", "crossings_hyst.csv", telling->begins_s, off_s);
    if (telling->begins_s == floor(telling->begins_s)) { /* seconds are the same seconds */
        snprintf(path, sizeof path, "%s/occupancy_per_second.csv", reference);
        read_table(occupancy_path, NULL, 0, 6, &ours);
        read_table(path, NULL, 0, 6, &theirs);
        check_tables("occupancy", scene, 6, 0);
    }
    snprintf(path, sizeof path, "%s/dwell.csv", reference);
    read_table(dwell_path, NULL, 0, 6, &ours);
    read_table(path, NULL, 1, 6, &theirs);
    turn(&ours);
    turn(&theirs);
    shift(&ours, 0, telling->begins_s);
    shift(&ours, 1, telling->begins_s);
    check_tables("dwell", scene, 6, off_s);
    read_table(events_path, ",zone_enter,1,", 0, 1, &ours);
    read_table(events_path, ",zone_leave,-1,", 0, 1, &theirs);
    cr_assert_eq(ours.count, theirs.count); /* whoever went in came out, at the latest with the file's end */
}

static void check_told(const char *data, const char *file, const char *scene, const char *format,
                       const struct telling *telling)
{
    char reference[256], path[512];
    json_t *out;
    snprintf(reference, sizeof reference, "%s/camera/reference/%s", data, scene);
    snprintf(path, sizeof path, "%s/summary.json", reference);
    json_t *expected = json_load_file(path, 0, NULL);
    cr_assert_not_null(expected, "%s", path);
    struct yk_inspect_camera_options options = options_of(expected);
    memcpy(options.frame, telling->frame, sizeof options.frame);
    snprintf(path, sizeof path, "%s/camera/%s", data, file);
    cr_assert_eq(yk_inspect_camera(path, &options, &out, NULL), YK_OK);

    cr_assert_str_eq(json_string_value(json_object_get(out, "format")), format);
    cr_assert_eq(value_of(out, "tracks", NULL), value_of(expected, "tracks", NULL));
    cr_assert_eq(value_of(out, "frames", NULL), value_of(expected, "annotated_frames", NULL));
    const char *const sides[] = {"plus", "minus"};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(value_of(out, "crossings_raw", sides[i]), value_of(expected, "crossings_raw", sides[i]), "%s",
                     scene);
        cr_assert_eq(value_of(out, "crossings", sides[i]), value_of(expected, "crossings_hyst", sides[i]), "%s", scene);
    }
    cr_assert_float_eq(value_of(out, "occupancy_mean", NULL), value_of(expected, "occupancy_mean_over_frames", NULL),
                       1e-12);
    cr_assert_eq(value_of(out, "occupancy_max", NULL), value_of(expected, "occupancy_max", NULL));
    /* The reference's stays are rounded to 9 digits before they are added. Times that are off are off at both ends. */
    double mean_off_s = telling->off_s > 0 ? telling->off_s : 1e-9;
    double total_off_s = telling->off_s > 0 ? telling->off_s * value_of(expected, "tracks_in_zone", NULL) : 1e-6;
    cr_assert_float_eq(value_of(out, "dwell_mean_s", NULL), value_of(expected, "dwell_interp_mean_s", NULL),
                       mean_off_s);
    cr_assert_float_eq(value_of(out, "dwell_total_s", NULL), value_of(expected, "dwell_interp_total_s", NULL),
                       total_off_s);
    cr_assert_eq(value_of(out, "tracks_in_zone", NULL), value_of(expected, "tracks_in_zone", NULL));
    json_decref(out);
    json_decref(expected);

    check_series(reference, scene, telling);
    cr_assert_eq(access(svg_path, R_OK), 0);
}

static void check_scene(const char *data, const char *file, const char *scene, const char *format)
{
    char path[256];
    snprintf(path, sizeof path, "tracks/%s", file);
    check_told(data, path, scene, format, &(struct telling){.off_s = 0});
}

Test(inspect_reference, seq_eth)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "seq_eth_obsmat.txt", "seq_eth", "obsmat");
}

Test(inspect_reference, students03)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "students03_obsmat.txt", "students03", "obsmat");
}

Test(inspect_reference, zara01)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "zara01_obsmat.txt", "zara01", "obsmat");
}

Test(inspect_reference, wildtrack)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "wildtrack_ground_positions.csv", "wildtrack", "csv");
}

Test(inspect_reference, edinburgh)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "edinburgh_01Jul.txt", "edinburgh_01Jul", "edinburgh");
}

Test(inspect_reference, mot_ground_truth)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "mot17-09/gt.txt", "mot17-09_val_gt", "mot");
}

Test(inspect_reference, mot_tracker_output)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "mot17-09/MOT17-09_tracking.txt", "mot17-09_yolo_full", "mot");
}

/* The same scenes as other devices tell them. Their times are whole milliseconds; coordinates have 7 digits behind the
 * point, of 1920 pixels. */
static const struct telling in_pixels = {.off_s = 0.002}, in_parts = {.frame = {1920, 1080}, .off_s = 0.002};

Test(inspect_reference, deepstream)
{
    YK_NEED_TEST_DATA(data);
    check_told(data, "vectors/mot17-09_deepstream_minimal.jsonl", "mot17-09_val_gt", "deepstream", &in_pixels);
}

Test(inspect_reference, axis)
{
    YK_NEED_TEST_DATA(data);
    check_told(data, "vectors/mot17-09_axis_frame_v1.jsonl", "mot17-09_val_gt", "axis", &in_parts);
}

Test(inspect_reference, onvif)
{
    YK_NEED_TEST_DATA(data);
    check_told(data, "vectors/mot17-09_onvif_mj.jsonl", "mot17-09_val_gt", "onvif", &in_parts);
}

/* In microseconds and 5 digits of a metre; the first person comes in frame 84 of 16 a second. */
Test(inspect_reference, xovis)
{
    YK_NEED_TEST_DATA(data);
    check_told(data, "vectors/hermes_bo-360-050-050_xovis_live.jsonl", "hermes_bo-360-050-050", "xovis",
               &(struct telling){.begins_s = 5.25, .off_s = 2e-5});
}

/* PedPy's lines and areas; it tells the frame after a crossing: id,frame,time_s,dir. Its classic density is people per
 * frame and area. Two of the files are in centimetres. */
static void check_pedpy(const char *data, const char *file, const char *run, double scale, double fps)
{
    char path[512];
    json_t *out;
    snprintf(path, sizeof path, "%s/camera/reference/pedpy/%s_summary.json", data, run);
    json_t *expected = json_load_file(path, 0, NULL);
    cr_assert_not_null(expected, "%s", path);
    struct yk_inspect_camera_options options = {
        .line.count = 2, .fps = fps, .scale = scale, .events_path = events_path};
    for (size_t i = 0; i < 4; i++)
        options.line.points[i / 2][i % 2] =
            json_number_value(json_array_get(json_array_get(json_object_get(expected, "line"), i / 2), i % 2));
    read_polygon(json_object_get(expected, "area"), &options.zone);
    snprintf(path, sizeof path, "%s/camera/tracks/%s", data, file);
    cr_assert_eq(yk_inspect_camera(path, &options, &out, NULL), YK_OK);
    cr_assert_str_eq(json_string_value(json_object_get(out, "format")), "trajectory");
    cr_assert_eq(value_of(out, "tracks", NULL), value_of(expected, "ids", NULL));
    double area = value_of(expected, "area_m2", NULL);
    cr_assert_float_eq(value_of(out, "occupancy_mean", NULL), value_of(expected, "classic_density_mean", NULL) * area,
                       1e-9);
    cr_assert_float_eq(value_of(out, "occupancy_max", NULL), value_of(expected, "classic_density_max", NULL) * area,
                       1e-9);
    json_decref(out);
    json_decref(expected);
    read_table(events_path, ",crossing_raw,", 0, 3, &ours);
    snprintf(path, sizeof path, "%s/camera/reference/pedpy/%s_all_crossings.csv", data, run);
    read_table(path, NULL, 1, 3, &theirs);
    for (size_t i = 0; i < ours.count; i++) {
        double *row = ours.row[i];
        row[0] = (double)(long)(row[0] * fps + 1e-4) + 1;
        row[1] = row[0] / fps;
    }
    check_tables("crossings", run, 3, 1e-6);
}

Test(inspect_reference, laboratory)
{
    YK_NEED_TEST_DATA(data);
    check_pedpy(data, "bi_corr_400_b_03.txt", "bidir", 0.01, 25);
    check_pedpy(data, "bottleneck_040_c_56_h.txt", "bottleneck", 0, 25);
    check_pedpy(data, "uni_uo-050-180-180.txt", "uni_050-180-180", 0.01, 16);
}

/* --- made input --- */

/* Two people, 10 frames a second; the zone is x 0 to 2. Track 1: inside at 0 s, out at 0.2 s (x = 2). Track 2: in the
 * last frame only, outside. Nobody in frame 3. */
Test(inspect_reference, made_by_hand)
{
    FILE *file = fopen(svg_path, "w");
    cr_assert_not_null(file);
    fputs("frame,id,x,y\n0,1,100,50\n1,1,150,50\n2,1,200,50\n4,2,900,50\n2,1,250,50\n", file);
    fclose(file);
    struct yk_inspect_camera_options options = {
        .fps = 10, .scale = 0.01, .zone = {4, {{0, 0}, {2, 0}, {2, 2}, {0, 2}}}, .dwell_path = dwell_path};
    json_t *out;
    cr_assert_eq(yk_inspect_camera(svg_path, &options, &out, NULL), YK_OK);
    cr_assert_eq(number(out, "frames", NULL), 4);
    cr_assert_eq(number(out, "tracks", NULL), 2);
    cr_assert_eq(number(out, "tracks_in_zone", NULL), 1);
    cr_assert_eq(number(out, "occupancy_max", NULL), 1);
    cr_assert_eq(value_of(out, "occupancy_mean", NULL), 0.5);
    cr_assert_float_eq(value_of(out, "dwell_total_s", NULL), 0.2, 1e-12);
    cr_assert_float_eq(value_of(out, "last", NULL), 0.4, 1e-9);
    cr_assert_eq(number(out, "drops", "out_of_order"), 1);
    cr_assert_null(json_object_get(out, "crossings"));
    json_decref(out);
    options.zone = (struct yk_polygon){3, {{50, 50}, {51, 50}, {51, 51}}}; /* where nobody is */
    cr_assert_eq(yk_inspect_camera(svg_path, &options, &out, NULL), YK_OK);
    cr_assert(json_is_null(json_object_get(out, "dwell_mean_s")));
    cr_assert_eq(value_of(out, "occupancy_mean", NULL), 0);
    json_decref(out);
    struct yk_error err;
    options.dwell_path = "/dev/full";
    cr_assert_eq(yk_inspect_camera(svg_path, &options, &out, &err), YK_ERR_IO);
    options.dwell_path = NULL;
    options.events_path = "/nonexistent/events.csv";
    cr_assert_eq(yk_inspect_camera(svg_path, &options, &out, &err), YK_ERR_IO);
    cr_assert(strstr(err.message, "--events"));
}

Test(inspect_camera, radio_recordings_are_not_guessed)
{
    YK_NEED_TEST_DATA(data);
    char path[512];
    const char *files[] = {"bluetooth-pcap-test__bluetooth.pcap", "Tesi_BLE__capture.pcapng",
                           "wban-python__btsnoop_hci.log"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/ble/%s", data, files[i]);
        cr_assert_eq(access(path, R_OK), 0, "%s", path);
        cr_assert_not(yk_inspect_camera_guess(path), "%s", files[i]);
    }
}

Test(inspect_camera, what_cannot_be_inspected)
{
    struct yk_inspect_camera_options options = {.line.count = 2}; /* both ends the same */
    struct yk_error err;
    json_t *out;
    cr_assert_not(yk_inspect_camera_guess("/nonexistent"));
    cr_assert_not(yk_inspect_camera_guess("/"));
    cr_assert_eq(yk_inspect_camera("/dev/null", &options, &out, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "--line"));
    options.line.count = 0;
    cr_assert_eq(yk_inspect_camera("/nonexistent", &options, &out, &err), YK_ERR_NO_INPUT);
    cr_assert_eq(yk_inspect_camera("/dev/null", &options, &out, &err), YK_ERR_INPUT);
    cr_assert(strstr(err.message, "empty"));
}

/* In through the side of a niche, around below, and out over the line that leads up to it. */
Test(inspect_reference, a_line_with_bends)
{
    FILE *file = fopen(svg_path, "w");
    cr_assert_not_null(file);
    fputs("frame,id,x,y\n0,1,-3,1\n10,1,1,1\n20,1,1,-5\n30,1,-3,-5\n40,1,-3,1\n", file);
    fclose(file);
    struct yk_inspect_camera_options options = {
        .line = {4, {{-6, 0}, {-2, 0}, {-2, 3}, {2, 3}}}, .fps = 10, .events_path = events_path};
    json_t *out;
    struct yk_error err = {0};
    cr_assert_eq(yk_inspect_camera(svg_path, &options, &out, &err), YK_OK, "%s", err.message);
    cr_expect_eq(value_of(out, "crossings", "minus"), 1);
    cr_expect_eq(value_of(out, "crossings", "plus"), 1);
    json_decref(out);
    options.line.points[3][0] = -4; /* across itself */
    options.line.points[3][1] = -1;
    cr_expect_eq(yk_inspect_camera(svg_path, &options, &out, &err), YK_ERR_CONFIG);
    cr_expect(strstr(err.message, "crosses or touches itself"));
}
