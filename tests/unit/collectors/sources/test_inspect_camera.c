/* Figures on camera files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/inspect_camera.h"

#include "data.h"

#include <criterion/criterion.h>
#include <string.h>

static json_t *inspect(const char *data, const char *file, bool has_line)
{
    char path[512];
    snprintf(path, sizeof path, "%s/camera/%s", data, file);
    struct yk_inspect_camera_options options = {
        .has_line = has_line, .line = {1200, 0, 1200, 1080}, .hysteresis = 15, .fps = 30};
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
    struct yk_inspect_camera_options options = {.has_line = true}; /* both ends the same */
    struct yk_error err;
    json_t *out;
    cr_assert_not(yk_inspect_camera_guess("/nonexistent"));
    cr_assert_not(yk_inspect_camera_guess("/"));
    cr_assert_eq(yk_inspect_camera("/dev/null", &options, &out, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "--line"));
    options.has_line = false;
    cr_assert_eq(yk_inspect_camera("/nonexistent", &options, &out, &err), YK_ERR_NO_INPUT);
    cr_assert_eq(yk_inspect_camera("/dev/null", &options, &out, &err), YK_ERR_INPUT);
    cr_assert(strstr(err.message, "empty"));
}
