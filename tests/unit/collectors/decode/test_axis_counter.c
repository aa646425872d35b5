/* Axis' counters. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include "base/calendar.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z, 05:26:40 of the next day in Tokyo */

static void start(void)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
}
TestSuite(axis_counter, .init = start);

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_axis_counter, (struct yk_camera_options){0}, text);
}

/* An event of scenario 2 at T0, with this in its data. */
static struct camera_capture event(const char *data)
{
    char text[1024];
    snprintf(
        text, sizeof text,
        "{\"topic\":\"axis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario2\",\"timestamp\":1780000000000,"
        "\"serial\":\"B8A44F941234\",\"message\":{\"source\":{},\"key\":{},\"data\":{%s}}}",
        data);
    return decode(text);
}

Test(axis_counter, an_event_of_object_analytics)
{
    struct camera_capture c =
        event("\"scenario\":\"Crossline\",\"reason\":\"human\",\"total\":\"3\",\"totalHuman\":\"3\"");
    cr_assert_eq(c.count_count, 1);
    cr_expect(c.counts[0].cumulative && c.counts[0].from_us == YK_COUNT_SINCE_UNKNOWN && c.counts[0].to_us == T0);
    cr_expect(c.counts[0].plus == 3 && c.counts[0].minus == 0);
    cr_expect_str_eq(c.counts[0].line.text, "Device1Scenario2");
    cr_assert_eq(c.frame_count, 1);
    cr_expect_eq(c.frames[0], T0);
    c = event(
        "\"startTime\":\"2026-05-28T20:00:00Z\",\"reason\":\"car\",\"total\":\"20960\",\"totalBus\":\"0\",\"totalCar\":"
        "\"18103\",\"totalHuman\":\"2857\",\"totalMotorcycle/bicycle\":\"0\"");
    cr_assert_eq(c.count_count, 1);
    cr_expect(c.counts[0].from_us == T0 - 1600000000 && c.counts[0].plus == 2857);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(axis_counter, lines_are_called_by_their_topic)
{
    struct camera_capture c = decode(
        "{\"timestamp\":1780000000,\"message\":{\"data\":{\"scenario\":\"Gate\",\"reason\":\"Human\",\"total\":7}}}");
    cr_assert_eq(c.count_count, 1);
    cr_expect_str_eq(c.counts[0].line.text, "Gate");
    cr_expect_eq(c.counts[0].plus, 7);
    const char *others[] = {"a/ObjectAnalytics/Device1ScenarioANY",
                            "a/ObjectAnalytics/Device1Scenario1Threshold",
                            "a/ObjectAnalytics/Device1Scenario1Interval",
                            "a/ObjectAnalytics/DeviceScenario1",
                            "a/ObjectAnalytics/Scenario1",
                            "a/MotionGuard/Device1Scenario1",
                            ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"topic\":\"%s\",\"timestamp\":1780000000,\"message\":{\"data\":{\"scenario\":\"Gate\","
                 "\"totalHuman\":7}}}",
                 others[i]);
        c = decode(text);
        cr_expect_eq(c.count_count, 0, "%s", text);
        cr_expect_eq(c.drops.count[YK_DROP_unsupported], 1, "%s", text);
    }
}

static void expect_dropped(const char *data, enum yk_drop reason)
{
    struct camera_capture c = event(data);
    cr_expect_eq(c.count_count, 0, "%s", data);
    cr_expect_eq(c.frame_count, 0, "%s", data);
    cr_expect_eq(c.drops.count[reason], 1, "%s", data);
    cr_expect_eq(drops_in_all(&c.drops), 1, "%s", data);
}

Test(axis_counter, humans_only)
{
    expect_dropped("\"reason\":\"car\",\"total\":\"5\"", YK_DROP_not_person);
    expect_dropped("\"reason\":\"human\",\"total\":\"5\",\"totalCar\":\"3\"", YK_DROP_not_person);
    expect_dropped("\"reason\":5,\"total\":\"5\"", YK_DROP_not_person);
    expect_dropped("\"scenario\":\"numberOfOccupants\",\"total\":\"5\",\"human\":\"5\"", YK_DROP_unsupported);
    expect_dropped("\"active\":\"1\"", YK_DROP_unsupported);
    expect_dropped("", YK_DROP_unsupported);
}

Test(axis_counter, numbers_and_times_of_another_shape)
{
    expect_dropped("\"totalHuman\":\"-1\"", YK_DROP_malformed);
    expect_dropped("\"totalHuman\":\"1.5\"", YK_DROP_malformed);
    expect_dropped("\"totalHuman\":1e300", YK_DROP_malformed);
    expect_dropped("\"totalHuman\":\"1e999\"", YK_DROP_bad_schema);
    expect_dropped("\"totalHuman\":\"nan\"", YK_DROP_bad_schema);
    expect_dropped("\"totalHuman\":\"\"", YK_DROP_bad_schema);
    expect_dropped("\"totalHuman\":null", YK_DROP_bad_schema);
    expect_dropped("\"totalHuman\":[3]", YK_DROP_bad_schema);
    expect_dropped("\"totalHuman\":3,\"startTime\":\"long ago\"", YK_DROP_bad_time);
    expect_dropped("\"totalHuman\":3,\"startTime\":\"2026-05-28T20:26:41Z\"", YK_DROP_malformed);
    struct camera_capture c = decode("{\"message\":{\"data\":5}}{\"message\":5}{\"timestamp\":5,\"message\":{\"data\":{"
                                     "\"scenario\":\"a\",\"totalHuman\":5}}}[]{}5");
    cr_expect_eq(c.drops.count[YK_DROP_bad_schema], 3);
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 1);
    cr_expect_eq(c.drops.count[YK_DROP_bad_json], 1);
    cr_expect_eq(c.count_count, 0);
}

#define SUM(at, in, out) \
    "{\"serial\":\"00408CAC512B\",\"name\":\"Exit south\",\"timestamp\":\"" at "\",\"in\":" in ",\"out\":" out "}"

Test(axis_counter, live_sums)
{
    struct camera_capture c = decode(SUM("20260529052640", "12", "318") "\n" SUM("20260529052740", "\"13\"", "318"));
    cr_assert_eq(c.count_count, 2);
    cr_expect(c.counts[0].cumulative && c.counts[0].to_us == T0 && c.counts[0].from_us == YK_COUNT_SINCE_UNKNOWN);
    cr_expect(c.counts[0].plus == 12 && c.counts[0].minus == 318);
    cr_expect_str_eq(c.counts[0].line.text, "Exit south");
    cr_expect(c.counts[1].to_us == T0 + 60000000 && c.counts[1].plus == 13);
    c = decode(SUM("20260529052640", "-1", "5") SUM("20260529052640", "1", "null") SUM("yesterday", "1", "5"));
    cr_expect_eq(c.count_count, 0);
    cr_expect_eq(c.drops.count[YK_DROP_malformed], 1);
    cr_expect_eq(c.drops.count[YK_DROP_bad_schema], 1);
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 1);
}

/* In Berlin 02:30 came twice on 2026-10-25, at 00:30 and 01:30 UTC: the one nearer to the arrival is meant. */
Test(axis_counter, local_time_that_comes_twice)
{
    cr_assert_eq(yk_calendar_open("Europe/Berlin", NULL), YK_OK);
    struct camera_capture c = capture_live(&yk_camera_axis_counter, (struct yk_camera_options){0},
                                           SUM("20261025023000", "1", "1"), 1792891801000000);
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].to_us, 1792891800000000, "%ld", (long)c.counts[0].to_us);
}

Test(axis_counter, older_messages_are_refused)
{
    struct camera_capture c = decode(SUM("20260529052640", "12", "1") SUM("20260529052635", "11", "1"));
    cr_expect_eq(c.count_count, 1);
    cr_expect_eq(c.drops.count[YK_DROP_out_of_order], 1);
}

Test(axis_counter, guess)
{
    const char
        *ours[] = {SUM("20260529052640", "12", "1"),
                   "{\"topic\":\"axis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario2\",\"timestamp\":17"},
        *others[] = {"{\"timestamp\":\"2026-07-29T11:55:30Z\",\"detections\":[]}", "{\"objects\":[],\"@timestamp\":5}",
                     "{\"line_total_data\":[{\"line\":1,\"total\":{\"in\":1,\"out\":2}}]}", "", "{}"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        cr_expect_eq(yk_camera_dialect_guess(ours[i], strlen(ours[i])), &yk_camera_axis_counter, "%s", ours[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(yk_camera_axis_counter.guess(others[i], strlen(others[i])), "%s", others[i]);
}

Test(axis_counter, nothing_may_be_wanted)
{
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    struct yk_camera_options options = {0};
    const char *text = SUM("20260529052640", "12", "1");
    void *state;
    cr_assert_eq(yk_camera_axis_counter.open(&options, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_axis_counter.record(state, text, strlen(text), &sink, NULL), YK_OK);
    yk_camera_axis_counter.close(state);
    cr_expect_eq(drops_in_all(&drops), 0);
}
