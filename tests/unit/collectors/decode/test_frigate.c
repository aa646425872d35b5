/* Frigate's events. SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_lines.h"

#include <stdio.h>

#define FRIGATE &yk_camera_frigate

static struct camera_capture decode(const char *text)
{
    return capture_text(FRIGATE, (struct yk_camera_options){0}, text);
}

/* A message as Frigate sends it; zones are JSON lists. */
static const char *event(const char *type, const char *was, const char *was_entered, double t, const char *is,
                         const char *is_entered, const char *more)
{
    static char text[8][1024];
    static size_t n;
    char *out = text[n++ % 8];
    snprintf(
        out, sizeof text[0],
        "{\"type\":\"%s\",\"before\":{\"id\":\"17.5-abc\",\"label\":\"person\",\"false_positive\":false,\"frame_time\":"
        "%.3f,\"current_zones\":%s,\"entered_zones\":%s},\"after\":{\"id\":\"17.5-abc\",\"camera\":\"front\",\"label\":"
        "\"person\",\"sub_label\":[\"Bob\",0.9],\"recognized_license_plate\":\"AB-123\",\"false_positive\":false,"
        "\"frame_time\":%.3f,\"end_time\":null,\"box\":[1,2,3,4],\"current_zones\":%s,\"entered_zones\":%s%s}}",
        type, t - 1, was, was_entered, t, is, is_entered, more);
    return out;
}

static void expect_stay(const struct camera_capture *c, size_t i, const char *zone, bool inside, int64_t time_us)
{
    cr_assert_lt(i, c->stay_count);
    cr_expect_str_eq(c->stays[i].zone.text, zone, "stay %zu", i);
    cr_expect_eq(c->stays[i].inside, inside, "stay %zu", i);
    cr_expect_eq(c->stays[i].time_us, time_us, "stay %zu", i);
    cr_expect_eq(c->stays[i].track, c->stays[0].track);
}

Test(frigate, life_of_a_stay)
{
    char text[4096];
    snprintf(text, sizeof text, "%s\n%s\n%s\n%s", event("new", "[]", "[]", 1780000000.25, "[]", "[]", ""),
             event("update", "[]", "[]", 1780000001, "[\"yard\"]", "[\"yard\"]", ""),
             event("update", "[\"yard\"]", "[\"yard\"]", 1780000002, "[\"drive\"]", "[\"yard\",\"drive\"]", ""),
             event("end", "[\"drive\"]", "[\"yard\",\"drive\"]", 1780000003, "[\"drive\"]", "[\"yard\",\"drive\"]",
                   ",\"end_time\":1780000007.5"));
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count, 4);
    cr_expect_eq(c.frames[0], T0 + SEC / 4);
    cr_assert_eq(c.stay_count, 4);
    expect_stay(&c, 0, "yard", true, T0 + SEC);
    expect_stay(&c, 1, "yard", false, T0 + 2 * SEC);
    expect_stay(&c, 2, "drive", true, T0 + 2 * SEC);
    /* jansson keeps the last of doubled keys, so this is the end. */
    expect_stay(&c, 3, "drive", false, T0 + 7 * SEC + SEC / 2);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(frigate, in_and_out_between_two_messages)
{
    struct camera_capture c = decode(event("update", "[]", "[\"old\"]", 1780000001, "[]", "[\"old\",\"gate\"]", ""));
    cr_assert_eq(c.stay_count, 2);
    expect_stay(&c, 0, "gate", true, T0 + SEC);
    expect_stay(&c, 1, "gate", false, T0 + SEC);
    c = decode(event("end", "[]", "[]", 1780000001, "[\"gate\"]", "[\"gate\"]", ""));
    cr_assert_eq(c.stay_count, 2);
    expect_stay(&c, 0, "gate", true, T0 + SEC);
    expect_stay(&c, 1, "gate", false, T0 + SEC);
}

Test(frigate, a_lost_message_is_made_up_for)
{
    struct camera_capture c =
        decode(event("update", "[\"yard\"]", "[\"yard\"]", 1780000001, "[\"yard\"]", "[\"yard\"]", ""));
    cr_assert_eq(c.stay_count, 1);
    expect_stay(&c, 0, "yard", true, T0 + SEC);
}

Test(frigate, false_positives_are_nobody)
{
    /* Never told: nothing but a drop. */
    struct camera_capture c =
        decode("{\"type\":\"update\",\"before\":{\"false_positive\":true,\"current_zones\":[\"y\"]},"
               "\"after\":{\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,"
               "\"false_positive\":true,\"current_zones\":[\"y\"],\"entered_zones\":[\"y\"]}}");
    cr_expect_eq(c.stay_count, 0);
    cr_expect_eq(c.drops.count[YK_DROP_not_person], 1);
    /* True at last: its zones are entered now, though `before` had them. */
    c = decode(
        "{\"type\":\"new\",\"before\":{\"false_positive\":true,\"current_zones\":[\"y\"],\"entered_zones\":[\"y\"]},"
        "\"after\":{\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,\"false_positive\":false,"
        "\"current_zones\":[\"y\"],\"entered_zones\":[\"y\"]}}");
    cr_assert_eq(c.stay_count, 1);
    expect_stay(&c, 0, "y", true, T0);
    /* Taken back: what was told ends. */
    c = decode("{\"type\":\"update\",\"before\":{\"false_positive\":false,\"current_zones\":[\"y\"],\"entered_zones\":["
               "\"y\"]},"
               "\"after\":{\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,\"false_positive\":true,"
               "\"current_zones\":[\"y\",\"z\"],\"entered_zones\":[\"y\",\"z\"]}}");
    cr_assert_eq(c.stay_count, 1);
    expect_stay(&c, 0, "y", false, T0);
}

static const char *plain(const char *after)
{
    static char text[1024];
    snprintf(text, sizeof text, "{\"type\":\"update\",\"before\":{},\"after\":{%s}}", after);
    return text;
}

Test(frigate, others)
{
    expect_dropped(FRIGATE, plain("\"id\":\"a\",\"label\":\"car\",\"frame_time\":1780000000,\"current_zones\":[\"y\"]"),
                   YK_DROP_not_person);
    expect_dropped(FRIGATE,
                   plain("\"id\":null,\"label\":\"person\",\"frame_time\":1780000000,\"current_zones\":[\"y\"]"),
                   YK_DROP_untracked);
    expect_dropped(FRIGATE, plain("\"label\":\"person\",\"frame_time\":1780000000,\"current_zones\":[\"y\"]"),
                   YK_DROP_untracked);
    const char *schema[] = {
        "\"id\":{},\"label\":\"person\",\"frame_time\":1780000000",
        "\"id\":\"a\",\"frame_time\":1780000000",
        "\"id\":\"a\",\"label\":7,\"frame_time\":1780000000",
        "\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,\"current_zones\":\"y\"",
        "\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,\"current_zones\":[7]",
        "\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,\"current_zones\":[\"\"]",
        "\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,\"entered_zones\":{}",
    };
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++)
        expect_dropped(FRIGATE, plain(schema[i]), YK_DROP_bad_schema);
    expect_dropped(FRIGATE, "{\"type\":\"other\",\"after\":{\"label\":\"person\"}}", YK_DROP_bad_schema);
    expect_dropped(FRIGATE, "{\"type\":\"new\",\"after\":5}", YK_DROP_bad_schema);
    expect_dropped(FRIGATE, plain("\"id\":\"a\",\"label\":\"person\",\"frame_time\":\"x\""), YK_DROP_bad_time);
    expect_dropped(FRIGATE, plain("\"id\":\"a\",\"label\":\"person\",\"frame_time\":-5"), YK_DROP_bad_time);
    expect_dropped(FRIGATE, plain("\"id\":\"a\",\"label\":\"person\""), YK_DROP_bad_time);
}

Test(frigate, too_many_zones_are_refused)
{
    static char text[65536];
    size_t n =
        (size_t)snprintf(text, sizeof text, "%s",
                         "{\"type\":\"new\",\"after\":{\"id\":\"a\",\"label\":\"person\",\"frame_time\":1780000000,"
                         "\"current_zones\":[");
    for (int i = 0; i < 3000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"zone%d\"", i ? "," : "", i);
    snprintf(text + n, sizeof text - n, "]}}");
    expect_dropped(FRIGATE, text, YK_DROP_bad_schema);
}

Test(frigate, cameras_of_one_topic_are_a_little_out_of_order)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s%s", event("update", "[]", "[]", 1780000005, "[\"a\"]", "[\"a\"]", ""),
             event("update", "[]", "[]", 1780000003, "[\"b\"]", "[\"b\"]", ""),
             event("update", "[]", "[]", 1779999900, "[\"c\"]", "[\"c\"]", ""));
    struct camera_capture c = decode(text);
    cr_assert_eq(c.stay_count, 2);
    expect_stay(&c, 0, "a", true, T0 + 5 * SEC);
    expect_stay(&c, 1, "b", true, T0 + 5 * SEC);
    cr_expect_eq(c.drops.count[YK_DROP_out_of_order], 1);
}

Test(frigate, a_night_of_silence_is_no_jump)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s", event("update", "[]", "[]", 1780000000, "[\"a\"]", "[\"a\"]", ""),
             event("update", "[]", "[]", 1780030000, "[\"b\"]", "[\"b\"]", ""));
    struct camera_capture c = decode(text);
    cr_expect_eq(c.stay_count, 2);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(frigate, hostile)
{
    expect_hostile_json_refused(FRIGATE);
}

Test(frigate, guess)
{
    expect_guessed(FRIGATE, event("new", "[]", "[]", 1780000000, "[]", "[]", ""));
    expect_others_left_alone(FRIGATE);
}
