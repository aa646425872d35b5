/* A homography into a person's file: what changes, to the byte, and what does not. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "ground/sensor_file.h"

#include "config/config.h"
#include "support/scratch.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct yk_error err;
static const double numbers[9] = {0.5, 0, -2.5, 0, -0.25, 7, 0, 1e-5, 1.0 / 3};
#define LIST "[0.5, 0, -2.5, 0, -0.25, 7, 0, 1e-05, 0.3333333333333333]"
#define OLD  "[1, 0, 0, 0, -1, 0, 0, 0, 1]"
/* Characters of three bytes stand before all that is looked for. */
#define HEAD "version: 1\ndistrict: { id: d, name: { ja: 川辺商店街 }, timezone: UTC }\nplaces: [{ id: p }]\nsensors:\n"

static char *edit(const char *text, const char *id, const char *valid_from)
{
    struct yk_ground_sensor sensor = {.id = id, .valid_from = valid_from};
    char *out = NULL;
    size_t length;
    memset(&err, 0, sizeof err);
    enum yk_status status = yk_ground_edit("d.yaml", text, strlen(text), &sensor, numbers, &out, &length, &err);
    cr_assert(status == YK_OK || (status == YK_ERR_CONFIG && !out), "%s", err.message);
    cr_assert(!out || strlen(out) == length);
    return out;
}

static void becomes(const char *before, const char *after)
{
    char *out = edit(before, "c", NULL);
    cr_assert(out, "%s\n%s", err.message, before);
    cr_expect_str_eq(out, after);
    free(out);
}

static void refused(const char *text, const char *id, const char *valid_from, const char *says)
{
    char *out = edit(text, id, valid_from);
    cr_expect_null(out, "%s", out);
    cr_expect(strstr(err.message, says), "'%s' lacks '%s'", err.message, says);
    free(out);
}

Test(sensor_file, numbers_are_read_back_as_they_were)
{
    char text[YK_GROUND_NUMBER_SIZE];
    static const double values[] = {
        0, -0.0, 1, -1, 0.1, 1.0 / 3, 2e-308, 1.7976931348623157e308, 5e-324, 123456789012345680, 0.3, 1e22 / 3};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        yk_ground_number(text, values[i]);
        double back = strtod(text, NULL);
        cr_expect_eq(memcmp(&back, &values[i], sizeof back), 0, "%s", text);
    }
    yk_ground_number(text, 0.1);
    cr_expect_str_eq(text, "0.1");
}

Test(sensor_file, a_map_in_lines)
{
    becomes(HEAD
            "  - id: c\n    place: p\n    kind: camera_file   # 川\n    fps: 10  # ten\n    # lines\n    format: mot\n",
            HEAD "  - id: c\n    place: p\n    kind: camera_file   # 川\n    fps: 10  # ten\n    homography: " LIST
                 "\n    # lines\n    format: mot\n");
    /* Behind the size that it belongs to; the first key may stand behind the dash. */
    becomes(HEAD "- frame: [640, 480]\n  id: c\n  place: p\n  kind: camera_file\n",
            HEAD "- frame: [640, 480]\n  homography: " LIST "\n  id: c\n  place: p\n  kind: camera_file\n");
    /* `frame` in lines ends somewhere; `kind` is the next that is sure. */
    becomes(HEAD "-   kind: camera_file\n    frame:\n    - 640\n    - 480\n    id: c\n    place: p\n",
            HEAD "-   kind: camera_file\n    homography: " LIST
                 "\n    frame:\n    - 640\n    - 480\n    id: c\n    place: p\n");
    /* The file ends without a line's end. */
    becomes(HEAD "- id: c\n  place: p\n  kind: camera_file",
            HEAD "- id: c\n  place: p\n  kind: camera_file\n  homography: " LIST);
    becomes(HEAD "- id: c\n  place: p\n  kind: 'camera_file' # x",
            HEAD "- id: c\n  place: p\n  kind: 'camera_file' # x\n  homography: " LIST);
}

Test(sensor_file, lines_that_end_as_elsewhere)
{
    becomes("version: 1\r\ndistrict: { id: d, timezone: UTC }\r\nplaces: [{ id: p }]\r\nsensors:\r\n- id: c\r\n  "
            "place: p\r\n"
            "  kind: camera_file\r\n  fps: 5\r\n",
            "version: 1\r\ndistrict: { id: d, timezone: UTC }\r\nplaces: [{ id: p }]\r\nsensors:\r\n- id: c\r\n  "
            "place: p\r\n"
            "  kind: camera_file\r\n  fps: 5\r\n  homography: " LIST "\r\n");
}

Test(sensor_file, a_map_in_braces)
{
    becomes(HEAD "- { id: c, place: p, kind: camera_file }  # c\n",
            HEAD "- { id: c, place: p, kind: camera_file, homography: " LIST " }  # c\n");
    becomes(HEAD "- {id: c,place: p,kind: camera_file,frame: [640,480]}\n",
            HEAD "- {id: c,place: p,kind: camera_file,frame: [640,480], homography: " LIST "}\n");
    becomes(HEAD "- { id: c,\n    place: p,   # 川\n    kind: camera_file,   # last\n  }\n",
            HEAD "- { id: c,\n    place: p,   # 川\n    kind: camera_file, homography: " LIST ",   # last\n  }\n");
}

Test(sensor_file, one_that_is_there_gives_way)
{
    becomes(HEAD "- id: c\n  place: p\n  homography: " OLD "   # of spring\n  kind: camera_file\n",
            HEAD "- id: c\n  place: p\n  homography: " LIST "   # of spring\n  kind: camera_file\n");
    becomes(HEAD "- { id: c, homography: " OLD ", place: p, kind: camera_file }\n",
            HEAD "- { id: c, homography: " LIST ", place: p, kind: camera_file }\n");
    becomes(
        HEAD
        "- id: c\n  place: p\n  homography:\n    [1, 0, 0,\n     0, -1, 0,   # y\n     0, 0, 1]\n  kind: camera_file\n",
        HEAD "- id: c\n  place: p\n  homography:\n    " LIST "\n  kind: camera_file\n");
    becomes(HEAD
            "- id: c\n  place: p\n  homography:\n  - 1\n  - 0\n  - 0\n  - 0\n  - 1\n  - 0\n  - 0\n  - 0\n  - 1 # w\n"
            "  kind: camera_file\n",
            HEAD "- id: c\n  place: p\n  homography: " LIST " # w\n  kind: camera_file\n");
    becomes(HEAD "- id: c\n  place: p\n  homography: " LIST "\n  kind: camera_file\n",
            HEAD "- id: c\n  place: p\n  homography: " LIST "\n  kind: camera_file\n"); /* twice is once */
}

#define TWO                                                                                          \
    HEAD "- { id: c, place: p, kind: camera_file }\n- id: c\n  place: p\n  valid_from: 2026-04-01\n" \
         "  kind: camera_file\n- { id: radio-1, place: p, kind: ble_capture }\n"

Test(sensor_file, one_of_several_entries)
{
    refused(TWO, "c", NULL, "2 entries; say which one by its valid_from");
    refused(TWO, "c", "2026-05-01", "valid_from: 2026-05-01");
    char *out = edit(TWO, "c", "2026-04-01");
    cr_assert(out, "%s", err.message);
    cr_expect(strstr(out, "  valid_from: 2026-04-01\n  kind: camera_file\n  homography: " LIST "\n- { id: radio-1"),
              "%s", out);
    cr_expect_eq(strlen(out), strlen(TWO) + strlen("  homography: " LIST "\n"));
    free(out);
}

Test(sensor_file, what_cannot_be_done)
{
    refused(TWO, "d", NULL, "no sensor 'd'");
    refused(TWO, "radio-2", NULL, "did you mean 'radio-1'?");
    refused(TWO, "radio-1", NULL, "says nothing for a radio");
    refused("version: 1\n", "c", NULL, "d.yaml");
    refused(HEAD "- { id: c, place: p, kind: camera_file, fps: x }\n", "c", NULL, "'x' is not a number");
    refused("", "c", NULL, "empty");
}

/* --- the file --- */

static char path[128], link_path[128];

static void setup(void)
{
    scratch_make();
    snprintf(path, sizeof path, "%s/district.yaml", scratch);
    snprintf(link_path, sizeof link_path, "%s/link.yaml", scratch);
}

TestSuite(sensor_on_disk, .init = setup, .fini = scratch_remove);

static void put(const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void expect_file(const char *text)
{
    static char bytes[1 << 16];
    FILE *file = fopen(path, "r");
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
    fclose(file);
    cr_expect_str_eq(bytes, text);
}

static size_t files(void)
{
    char pattern[160];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*", scratch);
    size_t count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return count;
}

Test(sensor_on_disk, mode_and_link_stay)
{
    struct stat info;
    struct yk_ground_sensor sensor = {.id = "c"};
    put(HEAD "- { id: c, place: p, kind: camera_file }\n");
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert_eq(symlink("district.yaml", link_path), 0);
    cr_assert_eq(yk_ground_write(link_path, &sensor, numbers, &err), YK_OK, "%s", err.message);
    expect_file(HEAD "- { id: c, place: p, kind: camera_file, homography: " LIST " }\n");
    cr_expect_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 07777, 0640);
    cr_expect(lstat(link_path, &info) == 0 && S_ISLNK(info.st_mode));
    cr_expect_eq(files(), 2);
}

Test(sensor_on_disk, nothing_changes_on_an_error)
{
    struct yk_ground_sensor sensor = {.id = "radio-1"};
    put(TWO);
    cr_expect_eq(yk_ground_write(path, &sensor, numbers, &err), YK_ERR_CONFIG);
    sensor.id = "c";
    cr_expect_eq(yk_ground_write(path, &sensor, numbers, &err), YK_ERR_CONFIG);
    expect_file(TWO);
    cr_expect_eq(files(), 1);
    cr_expect_eq(yk_ground_write("/nonexistent/d.yaml", &sensor, numbers, &err), YK_ERR_NO_INPUT);
}

/* The example, with its remarks: the one line that is new is all that is new, and a second time nothing is. */
Test(sensor_on_disk, the_example)
{
    static char before[1 << 16], after[1 << 16];
    char example[512];
    snprintf(example, sizeof example, "%s/examples/riverside.yaml", YK_SOURCE_DIR);
    FILE *file = fopen(example, "r");
    cr_assert(file);
    before[fread(before, 1, sizeof before - 1, file)] = '\0';
    fclose(file);
    put(before);
    struct yk_ground_sensor sensor = {.id = "cam-1"};
    cr_assert_eq(yk_ground_write(path, &sensor, numbers, &err), YK_OK, "%s", err.message);
    char *behind = strstr(strstr(before, "id: cam-1"), "    fps: 10\n") + strlen("    fps: 10\n");
    snprintf(after, sizeof after, "%.*s    homography: " LIST "\n%s", (int)(behind - before), before, behind);
    expect_file(after);
    cr_assert_eq(yk_ground_write(path, &sensor, numbers, &err), YK_OK);
    expect_file(after);
    struct yk_config *config;
    cr_assert_eq(yk_config_read(path, &config, NULL, &err), YK_OK);
    for (size_t i = 0; i < config->sensor_count; i++)
        cr_expect_eq(config->sensors[i].has_homography, strcmp(config->sensors[i].id, "cam-1") == 0);
    yk_config_free(config);
}
