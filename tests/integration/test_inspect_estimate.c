/* `yukikai inspect --estimate` over real recordings. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sums below come from tests/accuracy/py/recording_sums.py, a parser that shares no code with the product: A, B, D,
 * T, sum G and sum G^2 of each class over the whole file, tenths of a second. They are to agree to the last digit. */
#include "data.h"
#include "support/rig.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <glob.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *file;
    int infrastructure;
    int64_t sums[3][6]; /* public and static, resolvable, non-resolvable */
} expected[] = {
    {"bluetooth-pcap-test__bluetooth.pcap",
     1,
     {{1, 1, 1, 0, 0, 0}, {38, 38, 38, 107804, 107804, 20581202}, {68, 68, 68, 133704, 133704, 35797934}}},
    {"MachineSpiritTimetable__btsnoop_abcdefg.log",
     0,
     {{40, 61, 61, 85615, 85615, 176521725}, {56, 62, 62, 69322, 69322, 129453132}, {4, 4, 4, 4579, 4579, 7601991}}},
    {"ec521__docs_bt-logs_btsnoop_hci.log",
     0,
     {{8, 8, 8, 13635, 13635, 15467405}, {20, 20, 20, 26857, 26857, 26622787}, {7, 7, 7, 9838, 9838, 9819600}}},
    {"horizon-74-at-ble__btsnoop_hci.log",
     0,
     {{16, 16, 16, 626, 626, 19882}, {11, 11, 11, 244, 244, 2422}, {9, 9, 9, 305, 305, 2651}}},
    {"wban-python__btsnoop_hci.log",
     0,
     {{2, 2, 2, 1689, 1689, 1608861}, {1, 1, 1, 168, 168, 1312}, {4, 4, 4, 4258, 4258, 18560}}},
    {"bluethooth_light_controll__btsnoop_hci.log",
     0,
     {{179, 257, 257, 344625, 342415, 417809155},
      {507, 532, 532, 655374, 654308, 602740938},
      {174, 174, 174, 169584, 169584, 95847136}}},
    {"NovaX-Escooter__btsnoop_hci.log",
     0,
     {{8, 8, 8, 8236, 8236, 22893630}, {7, 7, 7, 855, 855, 32857}, {12, 12, 12, 4129, 4129, 433019}}},
};

static struct yk_rig rig;

static void setup(void)
{
    yk_rig_open(&rig);
}

static void teardown(void)
{
    yk_rig_close(&rig);
}

TestSuite(inspect_estimate, .init = setup, .fini = teardown);

static json_t *estimate_of(const char *path)
{
    static int runs;
    const char *log = yk_rig_text(&rig, "%s/estimate-%d.log", rig.dir, runs++);
    cr_assert_eq(yk_rig_run(&rig, log, "inspect", "--json", "--estimate", path, NULL), 0, "%s", path);
    json_t *json = json_load_file(log, 0, NULL);
    cr_assert(json, "%s", path);
    return json;
}

Test(inspect_estimate, sums_are_those_of_another_parser)
{
    static const char *const groups[] = {"still", "resolvable", "non_resolvable"};
    static const char *const keys[] = {"addresses", "births", "deaths", "life_ds", "gap_ds", "gap_sq_ds2"};
    YK_NEED_TEST_DATA(data)
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        json_t *json = estimate_of(yk_rig_text(&rig, "%s/ble/%s", data, expected[i].file));
        const json_t *e = json_object_get(json, "estimate"), *whole = json_object_get(e, "whole");
        cr_expect_eq(json_integer_value(json_object_get(json_object_get(e, "infrastructure"), "still")),
                     expected[i].infrastructure, "%s", expected[i].file);
        for (int g = 0; g < 3; g++)
            for (int k = 0; k < 6; k++)
                cr_expect_eq(json_integer_value(
                                 json_object_get(json_object_get(json_object_get(whole, groups[g]), "sums"), keys[k])),
                             expected[i].sums[g][k], "%s %s %s", expected[i].file, groups[g], keys[k]);
        json_decref(json);
    }
}

static void expect_within(const json_t *figure, double most, const char *file)
{
    const json_t *value = json_object_get(figure, "value");
    if (!value) {
        cr_expect_str_eq(json_string_value(json_object_get(figure, "state")), "not_measurable", "%s", file);
        cr_expect_gt(strlen(json_string_value(json_object_get(figure, "reason"))), 0, "%s", file);
        return;
    }
    double v = json_real_value(value), lower = json_real_value(json_object_get(figure, "lower")),
           upper = json_real_value(json_object_get(figure, "upper"));
    cr_expect(0 <= lower && lower <= v && v <= upper && upper <= most + 1e-9, "%s: %g (%g to %g), most %g", file, v,
              lower, upper, most);
}

/* Whatever the file: either a number within its bounds, or a reason. */
Test(inspect_estimate, every_recording)
{
    YK_NEED_TEST_DATA(data)
    glob_t found;
    cr_assert_eq(glob(yk_rig_text(&rig, "%s/ble/*.*", data), 0, NULL, &found), 0);
    size_t refused = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *file = strrchr(found.gl_pathv[i], '/') + 1, *key;
        json_t *json = estimate_of(found.gl_pathv[i]), *group;
        const json_t *e = json_object_get(json, "estimate");
        bool nonsense =
            strstr(file, "btsnoop-decoder") || strstr(file, "crackle__tests_04") || strstr(file, "crackle04");
        cr_expect_str_eq(json_string_value(json_object_get(e, "state")), nonsense ? "not_measurable" : "ok", "%s",
                         file);
        refused += nonsense;
        json_object_foreach(json_object_get(e, "whole"), key, group)
        {
            if (!json_is_object(group))
                continue;
            double a = (double)json_integer_value(json_object_get(group, "addresses"));
            expect_within(json_object_get(group, "device_visits"), a, file);
            expect_within(json_object_get(group, "occupancy_mean"), 2 * a, file);
            expect_within(json_object_get(group, "arrivals"), 2 * a, file);
            expect_within(json_object_get(group, "mean_stay_s"), 1e6, file);
        }
        json_decref(json);
    }
    cr_expect_eq(refused, 3);
    globfree(&found);
}

/* The simulator's recording that comes with the product: no data needed. */
Test(inspect_estimate, as_text_and_for_cameras)
{
    const char *log = yk_rig_path(&rig, "text.log");
    cr_assert_eq(
        yk_rig_run(&rig, log, "inspect", "--estimate", YK_SOURCE_DIR "/examples/recordings/radio-1.pcap", NULL), 0);
    cr_expect(yk_rig_file_says(log, "rotation period"));
    cr_expect(yk_rig_file_says(log, "mean occupancy"));
    const char *camera = yk_rig_path(&rig, "camera.log");
    cr_assert_eq(
        yk_rig_run(&rig, camera, "inspect", "--estimate", YK_SOURCE_DIR "/examples/recordings/cam-1.jsonl", NULL), 0);
    cr_expect_not(yk_rig_file_says(camera, "rotation period"));
}
