/* DeepStream's minimal messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z */

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_deepstream, (struct yk_camera_options){0}, text);
}

/* One message with one object, at T0. */
static struct camera_capture one(const char *object)
{
    char text[512];
    snprintf(text, sizeof text,
             "{\"version\":\"4.0\",\"id\":\"1\",\"@timestamp\":\"2026-05-28T20:26:40.000Z\",\"objects\":[%s]}", object);
    return decode(text);
}

Test(deepstream, foot_point_and_time)
{
    struct camera_capture c =
        decode("{\"version\":\"4.0\",\"id\":\"7\",\"@timestamp\":\"2026-05-28T20:26:40.250Z\",\"sensorId\":\"c\","
               "\"objects\":[\"195|403.2|476.25|428.8|543.75|Person\",\"0|-10|0|20|30.5|person|#|F|30||||0.66\"]}");
    cr_assert_eq(c.frame_count, 1);
    cr_assert_eq(c.sample_count, 2);
    cr_assert_eq(c.samples[0].track, 195);
    cr_assert_eq(c.samples[0].time_us, T0 + 250000);
    cr_assert_float_eq(c.samples[0].x, 416, 1e-9);
    cr_assert_float_eq(c.samples[0].y, 543.75, 1e-9);
    cr_assert_eq(c.samples[1].track, 0);
    cr_assert_float_eq(c.samples[1].x, 5, 1e-9);
    cr_assert_float_eq(c.samples[1].y, 30.5, 1e-9);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(deepstream, offset_in_time)
{
    struct camera_capture c = decode("{\"@timestamp\":\"2026-05-29T05:26:40.5+09:00\",\"objects\":[]}");
    cr_assert_eq(c.frame_count, 1);
    cr_assert_eq(c.frames[0], T0 + 500000);
    cr_assert_eq(c.sample_count, 0);
}

Test(deepstream, labels)
{
    cr_assert_eq(one("\"1|0|0|1|1|PERSON\"").sample_count, 1);
    cr_assert_eq(one("\"1|0|0|1|1|pErSoN|#|x\"").sample_count, 1);
    const char *others[] = {"\"1|0|0|1|1|Car\"", "\"1|0|0|1|1|Persona\"", "\"1|0|0|1|1|Perso\"", "\"1|0|0|1|1|\"",
                            "\"-1|0|0|1|1|Bag|#|Person\""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct camera_capture c = one(others[i]);
        cr_assert_eq(c.sample_count, 0, "%s", others[i]);
        cr_assert_eq(c.drops.count[YK_DROP_not_person], 1, "%s", others[i]);
        cr_assert_eq(drops_in_all(&c.drops), 1, "%s", others[i]);
    }
}

Test(deepstream, untracked)
{
    const char *ids[] = {"-1", "18446744073709551615", "null", "NULL", ""};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char object[128];
        snprintf(object, sizeof object, "\"%s|0|0|1|1|Person\"", ids[i]);
        struct camera_capture c = one(object);
        cr_assert_eq(c.sample_count, 0, "%s", object);
        cr_assert_eq(c.drops.count[YK_DROP_untracked], 1, "%s", object);
        cr_assert_eq(drops_in_all(&c.drops), 1);
    }
    cr_assert_eq(one("\"18446744073709551614|0|0|1|1|Person\"").samples[0].track, UINT64_MAX - 1);
}

Test(deepstream, objects_of_another_shape)
{
    const char *bad[] = {"5",
                         "null",
                         "{}",
                         "\"\"",
                         "\"1|0|0|1|1\"",
                         "\"1|0|0|1|Person\"",
                         "\"x|0|0|1|1|Person\"",
                         "\"-2|0|0|1|1|Person\"",
                         "\"1.5|0|0|1|1|Person\"",
                         "\"18446744073709551616|0|0|1|1|Person\"",
                         "\"1|nan|0|1|1|Person\"",
                         "\"1|0|inf|1|1|Person\"",
                         "\"1|0|0|0x10|1|Person\"",
                         "\"1|0|0|1|1,5|Person\"",
                         "\"1|0|0||1|Person\"",
                         "\"1|0|0|1e999|1|Person\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct camera_capture c = one(bad[i]);
        cr_assert_eq(c.sample_count, 0, "%s", bad[i]);
        cr_assert_eq(c.frame_count, 1, "%s", bad[i]);
        cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 1, "%s", bad[i]);
        cr_assert_eq(drops_in_all(&c.drops), 1, "%s", bad[i]);
    }
    const char *impossible[] = {"\"1|2|0|1|1|Person\"", "\"1|0|2|1|1|Person\"", "\"1|0|0|1e12|1|Person\""};
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++)
        cr_assert_eq(one(impossible[i]).drops.count[YK_DROP_malformed], 1, "%s", impossible[i]);
    /* A bad neighbour does not take a good one with it. */
    cr_assert_eq(one("5,\"1|0|0|1|1|Person\",\"x\"").sample_count, 1);
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count, 0, "%s", text);
    cr_assert_eq(c.drops.count[reason], 1, "%s", text);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", text);
}

Test(deepstream, broken_lines)
{
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[\"1|0|0|1", YK_DROP_bad_json);
    expect_dropped("hello", YK_DROP_bad_json);
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[\"1\xFF|0|0|1|1|Person\"]}",
                   YK_DROP_bad_json);
    expect_dropped("[5]", YK_DROP_bad_schema);
    expect_dropped("5", YK_DROP_bad_json);
    expect_dropped("{}", YK_DROP_bad_schema);
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40Z\"}", YK_DROP_bad_schema);
    expect_dropped("{\"@timestamp\":1780000000,\"objects\":[]}", YK_DROP_bad_schema);
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":{}}", YK_DROP_bad_schema);
    expect_dropped("{\"@timestamp\":\"yesterday\",\"objects\":[]}", YK_DROP_bad_time);
    expect_dropped("{\"@timestamp\":\"\",\"objects\":[]}", YK_DROP_bad_time);
    expect_dropped("{\"@timestamp\":\"2026-05-28\",\"objects\":[]}", YK_DROP_bad_time);
    expect_dropped("{\"@timestamp\":\"2026-05-28T20:26:40.000\",\"objects\":[]}",
                   YK_DROP_bad_time); /* whose local time? */
    expect_dropped("{\"@timestamp\":\"2026-02-30T20:26:40Z\",\"objects\":[]}", YK_DROP_bad_time);
}

Test(deepstream, deep_nesting_is_refused_not_followed)
{
    static char text[200001];
    memset(text, '[', 200000);
    expect_dropped(text, YK_DROP_bad_json);
}

#define AT(time) "{\"@timestamp\":\"2026-05-28T" time "Z\",\"objects\":[]}\n"

Test(deepstream, order_of_time)
{
    struct camera_capture c = decode(AT("20:00:01") AT("20:00:00.999") AT("20:00:01") AT("20:00:02"));
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.drops.count[YK_DROP_out_of_order], 1);
}

Test(deepstream, one_lone_jump_ahead_does_not_silence_the_rest)
{
    struct camera_capture c = decode(AT("10:00:00") AT("20:00:00") AT("10:00:01") AT("10:00:02"));
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 1);
    cr_assert_eq(c.drops.count[YK_DROP_out_of_order], 0);
    /* A night without messages: the second one confirms the first. */
    c = decode(AT("10:00:00") AT("20:00:00") AT("20:00:01") AT("20:00:02"));
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.drops.count[YK_DROP_bad_time], 1);
}

Test(deepstream, guess)
{
    const char *message = "{\"version\":\"4.0\",\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[\"1|0";
    cr_assert(yk_camera_deepstream.guess(message, strlen(message)));
    cr_assert_not(yk_camera_deepstream.guess("1,1,5,5,10,10,1,1,1", 19));
    cr_assert_not(yk_camera_deepstream.guess("", 0));
    cr_assert_not(yk_camera_deepstream.guess("btsnoop\0\0\0\0\1", 12));
}
