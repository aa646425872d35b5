/* DeepStream's full messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z */

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_deepstream_full, (struct yk_camera_options){0}, text);
}

#define BOX "\"bbox\":{\"topleftx\":10,\"toplefty\":20,\"bottomrightx\":30,\"bottomrighty\":80.5}"
#define MESSAGE(second, sensor, object, event)                                                                     \
    "{\"messageid\":\"m\",\"mdsversion\":\"1.0\",\"@timestamp\":\"2026-05-28T20:26:" second "Z\",\"sensor\":{"     \
    "\"id\":\"" sensor "\",\"type\":\"Camera\"},\"object\":{" object "},\"event\":{\"id\":\"e\",\"type\":\"" event \
    "\"},\"videoPath\":\"\"}\n"
#define PERSON(id) "\"id\":" id ",\"person\":{\"age\":31,\"gender\":\"f\",\"hair\":\"x\",\"confidence\":0.9}," BOX

Test(deepstream_full, one_time_of_one_sensor_is_a_frame)
{
    struct camera_capture c =
        decode(MESSAGE("40.000", "a", PERSON("\"15\""), "moving") MESSAGE("40.000", "a", PERSON("16"), "entry")
                   MESSAGE("40.250", "a", PERSON("\"15\""), "moving") MESSAGE("40.250", "b", PERSON("17"), "moving"));
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.frames[0], T0);
    cr_assert_eq(c.frames[1], T0 + 250000);
    cr_assert_eq(c.sample_count, 4);
    cr_assert_eq(c.samples[0].track, 15);
    cr_assert_eq(c.samples[1].track, 16);
    cr_assert_float_eq(c.samples[0].x, 20, 1e-9);
    cr_assert_float_eq(c.samples[0].y, 80.5, 1e-9);
    cr_assert_eq(c.change_count, 0);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(deepstream_full, an_exit_ends_the_track_where_it_was_seen)
{
    struct camera_capture c = decode(MESSAGE("40.000", "a", PERSON("15"), "exit"));
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.change_count, 1);
    cr_assert_eq(c.changes[0].kind, YK_TRACK_ENDED);
    cr_assert_eq(c.changes[0].track, 15);
    cr_assert_eq(c.changes[0].time_us, T0);
    c = decode(MESSAGE("40.000", "a", "\"id\":15,\"person\":{}", "exit")); /* without a box */
    cr_assert_eq(c.change_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 1);
}

static void expect_object(const char *object, enum yk_drop reason)
{
    char text[1024];
    snprintf(text, sizeof text, "{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"object\":{%s}}\n%s", object,
             MESSAGE("41.000", "a", PERSON("1"), "moving"));
    struct camera_capture c = decode(text);
    cr_assert_eq(c.sample_count, 1, "%s", object); /* the next one counts */
    cr_assert_eq(c.samples[0].track, 1, "%s", object);
    cr_assert_eq(c.drops.count[reason], 1, "%s", object);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", object);
}

Test(deepstream_full, what_does_not_count)
{
    expect_object("\"id\":9,\"vehicle\":{\"type\":\"sedan\"}," BOX, YK_DROP_not_person);
    expect_object("\"id\":9,\"face\":{}," BOX, YK_DROP_not_person);
    expect_object("\"id\":9," BOX, YK_DROP_not_person);
    expect_object("\"id\":9,\"person\":null," BOX, YK_DROP_not_person);
    expect_object(PERSON("\"18446744073709551615\""), YK_DROP_untracked);
    expect_object(PERSON("-1"), YK_DROP_untracked);
    expect_object(PERSON("null"), YK_DROP_untracked);
    expect_object(PERSON("\"\""), YK_DROP_untracked);
    expect_object("\"person\":{}," BOX, YK_DROP_untracked);
    expect_object(PERSON("[1]"), YK_DROP_bad_schema);
    expect_object("\"id\":9,\"person\":{}", YK_DROP_bad_schema);
    expect_object("\"id\":9,\"person\":{},\"bbox\":[1,2,3,4]", YK_DROP_bad_schema);
    expect_object("\"id\":9,\"person\":{},\"bbox\":{\"topleftx\":\"nan\",\"toplefty\":0,\"bottomrightx\":1,"
                  "\"bottomrighty\":1}",
                  YK_DROP_bad_schema);
    expect_object("\"id\":9,\"person\":{},\"bbox\":{\"topleftx\":2,\"toplefty\":0,\"bottomrightx\":1,"
                  "\"bottomrighty\":1}",
                  YK_DROP_malformed);
    expect_object("\"id\":9,\"person\":{},\"bbox\":{\"topleftx\":0,\"toplefty\":0,\"bottomrightx\":1e12,"
                  "\"bottomrighty\":1}",
                  YK_DROP_malformed);
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count, 0, "%s", text);
    cr_assert_eq(c.drops.count[reason], 1, "%s", text);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", text);
}

Test(deepstream_full, broken_messages)
{
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"object\":{", YK_DROP_bad_json);
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40Z\"}", YK_DROP_bad_schema);
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"object\":[]}", YK_DROP_bad_schema);
    expect_dropped("{\"@timestamp\":1780000000,\"object\":{}}", YK_DROP_bad_schema);
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40\",\"object\":{}}", YK_DROP_bad_time);
    static char deep[100001];
    memset(deep, '[', sizeof deep - 1);
    expect_dropped(deep, YK_DROP_bad_json);
}

Test(deepstream_full, order_and_silence)
{
    struct camera_capture c =
        decode(MESSAGE("41.000", "a", PERSON("1"), "moving") MESSAGE("40.000", "a", PERSON("2"), "moving"));
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_out_of_order], 1);
    /* A night without anybody is no jump of the clock. */
    c = decode("{\"@timestamp\":\"2026-05-28T10:00:00Z\",\"object\":{" PERSON(
        "1") "}}\n"
             "{\"@timestamp\":\"2026-05-28T20:00:00Z\",\"object\":{" PERSON("2") "}}");
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(deepstream_full, guess)
{
    const char *full = MESSAGE("40.000", "a", PERSON("15"), "moving");
    const char *minimal =
        "{\"version\":\"4.0\",\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[\"1|0|0|1|1|Person\"]}";
    cr_assert_eq(yk_camera_dialect_guess(full, strlen(full)), &yk_camera_deepstream_full);
    cr_assert_eq(yk_camera_dialect_guess(minimal, strlen(minimal)), &yk_camera_deepstream);
    cr_assert_not(yk_camera_deepstream_full.guess("", 0));
}
