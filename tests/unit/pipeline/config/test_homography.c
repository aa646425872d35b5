/* A sensor's homography in the configuration. SPDX-License-Identifier: GPL-3.0-or-later */
#include "reading.h"

static const char *with(const char *kind, const char *homography)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "version: 1\ndistrict: { id: d, timezone: UTC }\nplaces: [{ id: p }]\nsensors:\n"
             "- { id: c, place: p, kind: %s, homography: %s }\n",
             kind, homography);
    return text;
}

static void refused(const char *kind, const char *homography, const char *says)
{
    const char *text = with(kind, homography);
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    cr_expect_eq(mistakes.count, 1, "%s: %zu", homography, mistakes.count);
    cr_expect_eq(mistakes.list[0].line, 5);
    cr_expect(strstr(mistakes.list[0].text, says), "%s: '%s'", homography, mistakes.list[0].text);
    yk_config_mistakes_free(&mistakes);
}

Test(homography, is_read_to_the_last_digit)
{
    static const double expected[9] = {0.028128700, 2.00919e-3, -4.66936, 8.0625700e-04, 0.0251955,
                                       -5.06088,    3.4555e-4,  9.25e-5,  0.46255300};
    struct yk_config *config =
        read_whole(with("camera_file", "[0.028128700, 2.00919e-3, -4.66936, 8.0625700e-04, 0.0251955, -5.06088, "
                                       "3.4555e-4, 9.25e-5, 0.46255300]"));
    cr_assert(config->sensors[0].has_homography);
    for (int i = 0; i < 9; i++)
        cr_expect_eq(config->sensors[0].homography[i], expected[i], "%d", i);
    yk_config_free(config);
    config = read_whole(design_example);
    for (size_t i = 0; i < config->sensor_count; i++)
        cr_expect_not(config->sensors[i].has_homography);
    yk_config_free(config);
}

/* Every version of a sensor has it: those that a dated line makes too. */
Test(homography, is_in_every_version)
{
    struct yk_config *config = read_whole(
        "version: 1\ndistrict: { id: d, timezone: UTC }\nplaces: [{ id: p }]\nsensors:\n"
        "- id: c\n  place: p\n  kind: camera_file\n  homography: [1, 0, 0, 0, -1, 7, 0, 0, 1]\n"
        "  lines: [{ id: a, points: [[0,0],[1,1]] }, { id: b, valid_from: 2026-04-01, points: [[0,0],[1,1]] }]\n");
    cr_assert_eq(config->sensor_count, 2);
    for (size_t i = 0; i < 2; i++)
        cr_expect(config->sensors[i].has_homography && config->sensors[i].homography[5] == 7);
    yk_config_free(config);
}

Test(homography, what_is_refused)
{
    refused("camera_file", "[1,0,0,0,1,0,0,0]", "nine numbers");
    refused("camera_file", "[1,0,0,0,1,0,0,0,x]", "a number of homography 'x'");
    refused("camera_file", "[1,0,0,0,1,0,0,0,1e13]", "from -1e+12 to 1e+12");
    refused("camera_file", "[1,2,3,4,5,6,7,8,9]", "one line of the ground");
    refused("camera_file", "[0,0,0,0,0,0,0,0,0]", "one line of the ground");
    refused("ble_capture", "[1,0,0,0,1,0,0,0,1]", "says nothing for a radio");
    refused("counter_file", "[1,0,0,0,1,0,0,0,1]", "says nothing for a counter");
    const char *text = with("camera_file", "[1,0,0,0,1,0,0,0,1,1]"); /* a list that is too long says so itself */
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    cr_expect_geq(mistakes.count, 1);
    yk_config_mistakes_free(&mistakes);
}
