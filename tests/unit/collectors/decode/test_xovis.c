/* Xovis data push. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z */

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_xovis, (struct yk_camera_options){0}, text);
}

#define LIVE(frames) "{\"live_data\":{\"package_info\":{\"id\":1},\"frames\":[" frames "]}}\n"
#define FRAME(second, objects, events)                                                                                \
    "{\"framenumber\":1,\"time\":\"2026-05-28T20:26:" second "+00:00\",\"tracked_objects\":[" objects "],\"events\":" \
    "[" events "]}"
#define OBJECT(id, type)                                                                                    \
    "{\"track_id\":" id ",\"track_id_str\":\"" id "\",\"type\":\"" type "\",\"position\":[1.25,-3.5,1.72]," \
    "\"attributes\":{\"tag\":\"NO_TAG\",\"gender\":\"MALE\"}}"
#define EVENT(type, id, rest)                                                                                          \
    "{\"category\":\"SCENE\",\"type\":\"" type "\",\"attributes\":{\"track_id\":" id ",\"sequence_number\":0" rest "}" \
    "}"

Test(xovis, metres_on_the_ground)
{
    struct camera_capture c = decode(LIVE(FRAME("40.100", OBJECT("167", "PERSON"), "") "," FRAME("40.200", "", "")));
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(c.frames[0], T0 + 100000);
    cr_assert_eq(c.frames[1], T0 + 200000);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 167);
    cr_assert_eq(c.samples[0].x, 1.25);
    cr_assert_eq(c.samples[0].y, -3.5);
    cr_assert(yk_camera_xovis.y_up && !yk_camera_xovis.normalised);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(xovis, time_in_milliseconds)
{
    struct camera_capture c = decode("{\"live_data\":{\"frames\":[{\"time\":1780000000250}]}}");
    cr_assert_eq(c.frame_count, 1);
    cr_assert_eq(c.frames[0], T0 + 250000);
}

Test(xovis, only_persons)
{
    struct camera_capture c =
        decode(LIVE(FRAME("40.0",
                          OBJECT("1", "PERSON") "," OBJECT("2", "GROUP") "," OBJECT("3", "BICYCLE") "," OBJECT(
                              "4", "WHEELCHAIR") "," OBJECT("5", "PRAM"),
                          "")));
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_not_person], 4);
    cr_assert_eq(drops_in_all(&c.drops), 4);
}

Test(xovis, events)
{
    struct camera_capture c = decode(
        LIVE(FRAME("40.0", OBJECT("1", "PERSON"),
                   EVENT("TRACK_CREATE", "1", "") "," EVENT(
                       "LINE_CROSS_FORWARD", "1",
                       ",\"geometry_id\":2,\"geometry_type\":\"LINE\",\"geometry_name\":\"Door\"") "," //
                   EVENT("LINE_CROSS_BACKWARD", "1", ",\"geometry_id\":1006") ","                      //
                   EVENT("ZONE_ENTRY", "1", ",\"geometry_id\":7") ","                                  //
                   EVENT("ZONE_EXIT", "1",
                         ",\"geometry_name\":\"Hall\"") ","                                                      //
                                                        "{\"category\":\"COUNT\",\"type\":\"COUNT_INCREMENT\"}," //
                   EVENT("TRACK_DELETE", "1", ""))));
    cr_assert_eq(c.crossing_count, 2);
    cr_assert_str_eq(c.crossings[0].line.text, "Door");
    cr_assert_eq(c.crossings[0].direction, 1);
    cr_assert_eq(c.crossings[0].time_us, T0);
    cr_assert_str_eq(c.crossings[1].line.text, "1006");
    cr_assert_eq(c.crossings[1].direction, -1);
    cr_assert_eq(c.stay_count, 2);
    cr_assert_str_eq(c.stays[0].zone.text, "7");
    cr_assert(c.stays[0].inside && c.stays[0].track == 1);
    cr_assert_str_eq(c.stays[1].zone.text, "Hall");
    cr_assert_not(c.stays[1].inside);
    cr_assert_eq(c.change_count, 1);
    cr_assert_eq(c.changes[0].kind, YK_TRACK_ENDED);
    cr_assert_eq(c.changes[0].track, 1);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

/* A group crosses when its members cross, and is not one more of them. */
Test(xovis, events_of_groups)
{
    struct camera_capture c =
        decode(LIVE(FRAME("40.0", OBJECT("9", "GROUP") "," OBJECT("1", "PERSON") "," OBJECT("8", "GROUP"),
                          EVENT("LINE_CROSS_FORWARD", "1", ",\"geometry_id\":2") "," EVENT(
                              "LINE_CROSS_FORWARD", "9", ",\"geometry_id\":2") "," EVENT("ZONE_ENTRY", "8",
                                                                                         ",\"geometry_id\":2") "," //
                          EVENT("LINE_CROSS_FORWARD", "3", ",\"geometry_id\":2")) ","                              //
                    FRAME("41.0", "", EVENT("LINE_CROSS_FORWARD", "9", ",\"geometry_id\":2"))));
    cr_assert_eq(c.crossing_count, 3); /* of the person, of one not listed, and of a number that was a group's before */
    cr_assert_eq(c.stay_count, 0);
    cr_assert_eq(c.drops.count[YK_DROP_not_person], 4);
}

Test(xovis, events_of_another_shape)
{
    struct camera_capture c =
        decode(LIVE(FRAME("40.0",
                          "5,{\"type\":\"PERSON\"},{\"type\":\"PERSON\",\"track_id\":1,\"position\":[1]},"
                          "{\"type\":\"PERSON\",\"track_id\":1,\"position\":[1,\"x\"]},"
                          "{\"type\":\"PERSON\",\"track_id\":1,\"position\":[1,1e10]},"
                          "{\"type\":\"PERSON\",\"track_id\":{},\"position\":[1,1]}",
                          "5,{\"type\":\"ZONE_ENTRY\"}," EVENT("ZONE_ENTRY", "1", "") "," EVENT(
                              "LINE_CROSS_FORWARD", "-1", ",\"geometry_id\":1") "," EVENT("LINE_CROSS_FORWARD", "1",
                                                                                          ",\"geometry_id\":[]"))));
    cr_assert_eq(c.sample_count + c.crossing_count + c.stay_count, 0);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 4 + 3);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1 + 2);
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 1);
    cr_assert_eq(drops_in_all(&c.drops), 11);
}

#define RECORD(from, to, rest) "{\"from\":\"2026-05-28T" from "+09:00\",\"to\":\"2026-05-28T" to "+09:00\"," rest "}"
#define LOGICS(records)                                                                                               \
    "{\"logics_data\":{\"package_info\":{\"version\":\"5.0\",\"id\":4711,\"agent_id\":1},\"logics\":[{\"id\":1000,\"" \
    "name\":\"Entry A\",\"info\":\"XLT_LINE_IN_OUT_COUNT\",\"geometries\":[{\"id\":1,\"type\":\"LINE\"}],"            \
    "\"records\":[" records "]}]}}\n"

Test(xovis, counts_per_bin)
{
    struct camera_capture c = decode(
        LOGICS(RECORD("20:26:40", "20:27:40",
                      "\"samples\":598,\"samples_expected\":600,\"counts\":[{\"id\":1,\"name\":\"fw\",\"value\":30},"
                      "{\"id\":2,\"name\":\"bw\",\"value\":2},{\"id\":3,\"name\":\"fw-male\",\"value\":12}]") "," //
               RECORD("20:27:40", "20:28:40",
                      "\"samples\":601,\"samples_expected\":600,\"counts\":[{\"name\":\"in\",\"value\":\"4\"}]")));
    cr_assert_eq(c.count_count, 2);
    cr_assert_eq(c.frame_count, 0);
    cr_assert_str_eq(c.counts[0].line.text, "Entry A");
    cr_assert_not(c.counts[0].cumulative);
    cr_assert_eq(c.counts[0].from_us, T0 - 9 * 3600000000LL);
    cr_assert_eq(c.counts[0].to_us, T0 - 9 * 3600000000LL + 60000000);
    cr_assert_eq(c.counts[0].plus, 30);
    cr_assert_eq(c.counts[0].minus, 2);
    cr_assert_eq(c.counts[0].samples, 598);
    cr_assert_eq(c.counts[0].samples_expected, 600);
    cr_assert(c.counts[0].has_package && c.counts[0].package == 4711);
    cr_assert_eq(c.counts[1].plus, 4);
    cr_assert_eq(c.counts[1].minus, 0);
    cr_assert_eq(c.counts[1].samples, 600); /* no more than all of it was watched */
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(xovis, a_list_of_messages_and_a_logic_without_a_name)
{
    struct camera_capture c = decode(
        "[{\"logics_data\":{\"logics\":[{\"id\":1000,\"name\":\"\",\"records\":[{\"from\":1780000000,\"to\":1780000060,"
        "\"counts\":[{\"name\":\"bw\",\"value\":1}]}]}]}},{\"live_data\":{\"frames\":[]}},7]");
    cr_assert_eq(c.count_count, 1);
    cr_assert_str_eq(c.counts[0].line.text, "1000");
    cr_assert_not(c.counts[0].has_package);
    cr_assert_eq(c.counts[0].samples_expected, 0);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 1);
    cr_assert_eq(drops_in_all(&c.drops), 1);
}

static void expect_record(const char *record, enum yk_drop reason)
{
    char text[1024];
    snprintf(text, sizeof text,
             LOGICS("%s," RECORD("20:26:40", "20:27:40", "\"counts\":[{\"name\":\"fw\",\"value\":1}]")), record);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.count_count, 1, "%s", record);
    cr_assert_eq(c.counts[0].plus, 1, "%s", record);
    cr_assert_eq(c.drops.count[reason], 1, "%s", record);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", record);
}

Test(xovis, records_that_do_not_count)
{
    expect_record("5", YK_DROP_bad_schema);
    expect_record("{}", YK_DROP_bad_schema);
    expect_record(RECORD("20:26:40", "x", "\"counts\":[]"), YK_DROP_bad_time);
    expect_record(RECORD("20:26:40", "20:27:40", "\"counts\":[]"), YK_DROP_unsupported);
    expect_record(RECORD("20:26:40", "20:27:40", "\"counts\":[{\"name\":\"balance\",\"value\":-3}]"),
                  YK_DROP_unsupported);
    expect_record(RECORD("20:26:40", "20:27:40", "\"counts\":[{\"name\":\"fw\",\"value\":-3}]"), YK_DROP_bad_schema);
    expect_record(RECORD("20:26:40", "20:27:40", "\"counts\":[{\"name\":\"fw\",\"value\":1e300}]"), YK_DROP_bad_schema);
    expect_record(RECORD("20:26:40", "20:27:40", "\"counts\":[{\"name\":\"fw\",\"value\":1.5}]"), YK_DROP_bad_schema);
    expect_record(RECORD("20:27:40", "20:26:40", "\"counts\":[{\"name\":\"fw\",\"value\":1}]"), YK_DROP_malformed);
    expect_record(RECORD("20:27:40", "20:27:40", "\"counts\":[{\"name\":\"fw\",\"value\":1}]"), YK_DROP_malformed);
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count + c.count_count, 0, "%s", text);
    cr_assert_eq(c.drops.count[reason], 1, "%s", text);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", text);
}

Test(xovis, broken_messages)
{
    expect_dropped("{\"live_data\":{\"frames\":[", YK_DROP_bad_json);
    expect_dropped("{}", YK_DROP_bad_schema);
    expect_dropped("{\"live_data\":5}", YK_DROP_bad_schema);
    expect_dropped("{\"live_data\":{\"frames\":{}}}", YK_DROP_bad_schema);
    expect_dropped("{\"live_data\":{\"frames\":[7]}}", YK_DROP_bad_schema);
    expect_dropped("{\"live_data\":{\"frames\":[{}]}}", YK_DROP_bad_schema);
    expect_dropped("{\"live_data\":{\"frames\":[{\"time\":\"noon\"}]}}", YK_DROP_bad_time);
    expect_dropped("{\"live_data\":{\"frames\":[{\"time\":17}]}}", YK_DROP_bad_time);
    expect_dropped("{\"logics_data\":{}}", YK_DROP_bad_schema);
    expect_dropped("{\"logics_data\":{\"logics\":[{\"id\":1}]}}", YK_DROP_bad_schema);
    expect_dropped("{\"logics_data\":{\"logics\":[{\"records\":[]}]}}", YK_DROP_bad_schema);
    static char deep[100001];
    memset(deep, '[', sizeof deep - 1);
    expect_dropped(deep, YK_DROP_bad_json);
}

/* A package that comes twice: its crossings are not people again. */
Test(xovis, frames_told_twice)
{
    const char *text = LIVE(FRAME("40.0", "", EVENT("LINE_CROSS_FORWARD", "1", ",\"geometry_id\":2")) "," FRAME(
        "41.0", "", EVENT("LINE_CROSS_FORWARD", "2", ",\"geometry_id\":2")))
        LIVE(FRAME("40.0", "", EVENT("LINE_CROSS_FORWARD", "1", ",\"geometry_id\":2")) "," FRAME(
            "41.0", "", EVENT("LINE_CROSS_FORWARD", "2", ",\"geometry_id\":2")));
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(c.crossing_count, 2);
    cr_assert_eq(c.drops.count[YK_DROP_out_of_order], 1);
    cr_assert_eq(c.drops.count[YK_DROP_duplicate], 1);
}

Test(xovis, guess)
{
    const char *mine[] = {LIVE(""), LOGICS("")};
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(yk_camera_dialect_guess(mine[i], strlen(mine[i])), &yk_camera_xovis);
    const char *others[] = {"{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[]}",
                            "{\"channel_id\":1,\"timestamp\":\"2026-05-28T20:26:40Z\"}", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(yk_camera_xovis.guess(others[i], strlen(others[i])));
}
