/* Milesight's counters. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include "base/calendar.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define END INT64_C(1784184060) /* 2026-07-16T06:41:00Z */
#define S   INT64_C(1000000)

static void start(void)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
}
TestSuite(milesight, .init = start);

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_milesight, (struct yk_camera_options){0}, text);
}

#define TIMES(zone) \
    "\"time_info\":{\"start_time\":\"2026-07-16 06:40:00\",\"end_time\":\"2026-07-16 06:41:00\"" zone "}"
#define UTC                 TIMES(",\"time_zone\":\"UTC-0:00 WET/GMT\",\"enable_dst\":0")
#define PERIOD              "\"line_periodic_data\":[{\"line\":1,\"total\":{\"in\":3,\"out\":1}}]"
#define MINUTE(times, rest) "{\"device_info\":{\"device_name\":\"People Counter\"}," times "," rest "}"

Test(milesight, periods_and_totals)
{
    struct camera_capture c = decode(MINUTE(
        UTC,
        "\"line_periodic_data\":[{\"line\":1,\"total\":{\"in\":3,\"out\":1}},{\"line\":2,\"total\":{\"in\":0,\"out\":"
        "\"4\"}}],"
        "\"line_total_data\":[{\"line\":1,\"total\":{\"in_counted\":12,\"out_counted\":14,\"capacity_counted\":-2}}],"
        "\"region_count_data\":[{\"region\":1,\"total\":{\"current_total\":3}}],\"dwell_time_data\":[]"));
    cr_assert_eq(c.count_count, 3);
    cr_expect(!c.counts[0].cumulative && c.counts[0].from_us == (END - 60) * S && c.counts[0].to_us == END * S);
    cr_expect(c.counts[0].plus == 3 && c.counts[0].minus == 1);
    cr_expect_str_eq(c.counts[0].line.text, "1");
    cr_expect(c.counts[1].plus == 0 && c.counts[1].minus == 4);
    cr_expect_str_eq(c.counts[1].line.text, "2");
    cr_expect(c.counts[2].cumulative && c.counts[2].from_us == YK_COUNT_SINCE_UNKNOWN && c.counts[2].to_us == END * S);
    cr_expect(c.counts[2].plus == 12 && c.counts[2].minus == 14);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

static void expect_end(const char *times, int64_t end_s)
{
    char text[1024];
    snprintf(text, sizeof text, "{%s," PERIOD "}", times);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.count_count, 1, "%s", text);
    cr_expect_eq(c.counts[0].to_us, end_s * S, "%s: %ld", text, (long)(c.counts[0].to_us / S - end_s));
    cr_expect_eq(c.counts[0].from_us, (end_s - 60) * S, "%s", text);
}

Test(milesight, zones_as_text)
{
    expect_end(TIMES(",\"time_zone\":\"UTC+9:00 Osaka, Tokyo\""), END - 9 * 3600);
    expect_end(TIMES(",\"time_zone\":\"UTC+5:30\",\"enable_dst\":0,\"dst_status\":1"), END - 19800);
    expect_end(TIMES(",\"time_zone\":\"UTC-3:30 Newfoundland\""), END + 12600);
    expect_end(TIMES(",\"time_zone\":\"UTC+1:00 CET\",\"enable_dst\":1,\"dst_status\":1"), END - 7200);
    expect_end(TIMES(",\"time_zone\":\"UTC+1:00 CET\",\"enable_dst\":1,\"dst_status\":0"), END - 3600);
    /* The district's own: nine hours before UTC. */
    expect_end(TIMES(",\"time_zone\":\"UTC+1:00 CET\",\"enable_dst\":1"), END - 9 * 3600);
    expect_end(TIMES(""), END - 9 * 3600);
    expect_end(TIMES(",\"time_zone\":\"somewhere\""), END - 9 * 3600);
    expect_end(TIMES(",\"time_zone\":\"UTC+99:00\""), END - 9 * 3600);
    expect_end(TIMES(",\"time_zone\":9"), END - 9 * 3600);
    expect_end(TIMES(",\"time_zone\":\"UTC+1\""), END - 9 * 3600);
    expect_end(TIMES(",\"time_zone\":\"UTC+001:00\""), END - 9 * 3600);
    expect_end(TIMES(",\"time_zone\":\"UTC\""), END - 9 * 3600);
    /* A label of its own needs no other. */
    expect_end(
        "\"time_info\":{\"start_time\":\"2026-07-16T06:40:00Z\",\"end_time\":\"2026-07-16T06:41:00Z\",\"time_zone\":"
        "\"UTC+1:00\"}",
        END);
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    struct camera_capture c = decode(text);
    cr_expect_eq(c.count_count, 0, "%s", text);
    cr_expect_eq(c.drops.count[reason], 1, "%s", text);
    cr_expect_eq(drops_in_all(&c.drops), 1, "%s", text);
}

Test(milesight, what_is_not_counted)
{
    expect_dropped("{" UTC "}", YK_DROP_unsupported);
    expect_dropped("{" UTC ",\"line_trigger_data\":[{\"line\":1,\"total\":{\"in\":1,\"out\":0}}]}",
                   YK_DROP_unsupported);
    expect_dropped("{" UTC ",\"region_count_data\":[]}", YK_DROP_unsupported);
    expect_dropped("{}", YK_DROP_bad_schema);
    expect_dropped("{\"time_info\":5}", YK_DROP_bad_schema);
    expect_dropped("{" PERIOD "}", YK_DROP_bad_time);
    expect_dropped("{\"time_info\":{\"end_time\":\"2026-07-16 06:41:00\"}," PERIOD "}", YK_DROP_bad_time);
    expect_dropped("{\"time_info\":{\"start_time\":\"2026-07-16 06:40\",\"end_time\":\"2026-07-16 06:41:00\"}," PERIOD
                   "}",
                   YK_DROP_bad_time);
    expect_dropped(
        "{\"time_info\":{\"start_time\":\"2026-07-16 06:42:00\",\"end_time\":\"2026-07-16 06:41:00\"}," PERIOD "}",
        YK_DROP_malformed);
    expect_dropped("{" UTC ",\"line_periodic_data\":{}}", YK_DROP_bad_schema);
    expect_dropped("{" UTC ",\"line_total_data\":5}", YK_DROP_bad_schema);
    expect_dropped("hello", YK_DROP_bad_json);
}

/* A bad line does not take its neighbours with it. */
Test(milesight, lines_of_another_shape)
{
    struct camera_capture c = decode(MINUTE(
        UTC,
        "\"line_periodic_data\":[5,{},{\"line\":[],\"total\":{\"in\":3,\"out\":1}},{\"line\":1,\"total\":{\"in\":3}},"
        "{\"line\":1,\"total\":{\"in\":\"x\",\"out\":1}},{\"line\":1,\"total\":{\"in\":-1,\"out\":1}},"
        "{\"line\":1,\"total\":{\"in\":1.5,\"out\":1}},{\"line\":1,\"total\":{\"in\":1e300,\"out\":1}},"
        "{\"line\":\"door\",\"total\":{\"in\":3,\"out\":1}}],\"line_total_data\":[]"));
    cr_assert_eq(c.count_count, 1);
    cr_expect_str_eq(c.counts[0].line.text, "door");
    cr_expect_eq(c.drops.count[YK_DROP_bad_schema], 5);
    cr_expect_eq(c.drops.count[YK_DROP_malformed], 3);
}

Test(milesight, guess)
{
    const char *ours = MINUTE(UTC, PERIOD), *trigger = "{\"device_info\":{},\"time_info\":{},\"line_trigger_data\":[]}";
    cr_expect_eq(yk_camera_dialect_guess(ours, strlen(ours)), &yk_camera_milesight);
    cr_expect_eq(yk_camera_dialect_guess(trigger, strlen(trigger)), &yk_camera_milesight);
    const char *others[] = {"{\"serial\":\"0\",\"name\":\"a\",\"timestamp\":\"2\",\"in\":1,\"out\":2}",
                            "{\"objects\":[],\"@timestamp\":5}", "<EventNotificationAlert>", "1,2,3", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(yk_camera_milesight.guess(others[i], strlen(others[i])), "%s", others[i]);
}

Test(milesight, counts_may_not_be_wanted)
{
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    struct yk_camera_options options = {0};
    const char *text = MINUTE(UTC, PERIOD);
    void *state;
    cr_assert_eq(yk_camera_milesight.open(&options, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_milesight.record(state, text, strlen(text), &sink, NULL), YK_OK);
    yk_camera_milesight.close(state);
    cr_expect_eq(drops_in_all(&drops), 0);
}
