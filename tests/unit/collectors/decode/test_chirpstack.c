/* Uplinks of LoRaWAN counters behind ChirpStack. SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_lines.h"

#include <stdio.h>

#define CHIRP &yk_camera_chirpstack

static struct camera_capture decode(const char *text)
{
    return capture_text(CHIRP, (struct yk_camera_options){0}, text);
}

/* An uplink of version 4, `at` seconds after T0. */
static const char *uplink(int at, int counter, const char *object)
{
    static char text[8][512];
    static size_t n;
    char *out = text[n++ % 8];
    snprintf(
        out, sizeof text[0],
        "{\"deduplicationId\":\"3ac7e3c4\",\"time\":\"2026-05-28T%02d:%02d:%02d.775023242+00:00\",\"deviceInfo\":{"
        "\"deviceName\":\"Door\",\"devEui\":\"24e124fffef00001\",\"tags\":{\"owner\":\"x\"}},\"devAddr\":\"00189440\","
        "\"fCnt\":%d,\"fPort\":85,\"data\":\"A9I=\",\"object\":%s,\"rxInfo\":[{\"gatewayId\":\"0016c001f153a14c\","
        "\"location\":{\"latitude\":35.6}}]}\n",
        20 + (26 * 60 + 40 + at) / 3600, (26 * 60 + 40 + at) / 60 % 60, (40 + at) % 60, counter, object);
    return out;
}

#define FRACTION 775023

static struct camera_capture uplinks(const char *a, const char *b, const char *c)
{
    char text[2048];
    snprintf(text, sizeof text, "%s%s%s", a, b, c);
    return decode(text);
}

Test(chirpstack, totals)
{
    struct camera_capture c = decode(
        uplink(0, 7,
               "{\"line_1_total_in\":312,\"line_1_total_out\":40,\"line_2_total_in\":\"5\",\"line_2_total_out\":6,"
               "\"line_1_period_in\":9,\"line_1_period_out\":9,\"battery\":99}"));
    cr_assert_eq(c.count_count, 2);
    cr_expect_str_eq(c.counts[0].line.text, "1");
    cr_expect(c.counts[0].cumulative);
    cr_expect_eq(c.counts[0].from_us, YK_COUNT_SINCE_UNKNOWN);
    cr_expect_eq(c.counts[0].to_us, T0 + FRACTION);
    cr_expect_eq(c.counts[0].plus, 312);
    cr_expect_eq(c.counts[0].minus, 40);
    cr_expect(c.counts[0].has_package);
    cr_expect_str_eq(c.counts[1].line.text, "2");
    cr_expect_eq(c.counts[1].plus, 5);
    cr_expect_eq(c.counts[1].package, c.counts[0].package);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(chirpstack, totals_in_two_uplinks)
{
    struct camera_capture c = uplinks(uplink(0, 1, "{\"total_in\":10}"), uplink(5, 2, "{\"total_out\":20}"),
                                      uplink(10, 3, "{\"total_in\":11}"));
    cr_assert_eq(c.count_count, 2);
    cr_expect_eq(c.counts[0].plus, 10);
    cr_expect_eq(c.counts[0].minus, 20);
    cr_expect_eq(c.counts[1].plus, 11);
    cr_expect_eq(c.counts[1].minus, 20);
    cr_expect_neq(c.counts[1].package, c.counts[0].package);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(chirpstack, a_reset_in_two_uplinks)
{
    struct camera_capture c = uplinks(uplink(0, 1, "{\"total_in\":1000,\"total_out\":2000}"),
                                      uplink(5, 2, "{\"total_in\":3}"), uplink(10, 3, "{\"total_out\":4}"));
    cr_assert_eq(c.count_count, 2); /* 3 in and 2000 out were never true together */
    cr_expect_eq(c.counts[1].plus, 3);
    cr_expect_eq(c.counts[1].minus, 4);
    c = uplinks(uplink(0, 1, "{\"total_in\":1000,\"total_out\":2000}"),
                uplink(5, 2, "{\"total_out\":4,\"total_in\":3}"), "");
    cr_assert_eq(c.count_count, 2);
    cr_expect_eq(c.counts[1].plus, 3);
    cr_expect_eq(c.counts[1].minus, 4);
}

Test(chirpstack, counts_since_the_uplink_before)
{
    struct camera_capture c = uplinks(uplink(0, 1, "{\"in\":1,\"out\":2}"), uplink(600, 2, "{\"in\":3,\"out\":4}"),
                                      uplink(1200, 3, "{\"in\":5}"));
    cr_assert_eq(c.count_count, 2);
    cr_expect_not(c.counts[0].cumulative);
    cr_expect_str_eq(c.counts[0].line.text, "1");
    cr_expect_eq(c.counts[0].from_us, T0 + FRACTION);
    cr_expect_eq(c.counts[0].to_us, T0 + FRACTION + 600 * SEC);
    cr_expect_eq(c.counts[0].plus, 3);
    cr_expect_eq(c.counts[0].minus, 4);
    cr_expect_eq(c.counts[1].from_us, T0 + FRACTION + 600 * SEC);
    cr_expect_eq(c.counts[1].plus, 5);
    cr_expect_eq(c.counts[1].minus, 0);
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 1); /* the first */
    cr_expect_eq(drops_in_all(&c.drops), 1);
}

Test(chirpstack, a_status_between_does_not_cut_the_interval)
{
    struct camera_capture c =
        uplinks(uplink(0, 1, "{\"in\":1}"), uplink(300, 2, "{\"battery\":99}"), uplink(600, 3, "{\"in\":5}"));
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].from_us, T0 + FRACTION);
    cr_expect_eq(c.drops.count[YK_DROP_unsupported], 1);
}

Test(chirpstack, a_lost_uplink_leaves_no_interval)
{
    struct camera_capture c =
        uplinks(uplink(0, 1, "{\"in\":1}"), uplink(600, 3, "{\"in\":5}"), uplink(1200, 4, "{\"in\":6}"));
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].plus, 6);
    cr_expect_eq(c.counts[0].from_us, T0 + FRACTION + 600 * SEC);
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 2);
    /* The same when the counter began anew. */
    c = uplinks(uplink(0, 100, "{\"in\":1}"), uplink(600, 0, "{\"in\":5}"), uplink(1200, 1, "{\"in\":6}"));
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].plus, 6);
}

Test(chirpstack, told_again)
{
    struct camera_capture c =
        uplinks(uplink(0, 1, "{\"in\":1}"), uplink(600, 2, "{\"in\":5}"), uplink(600, 2, "{\"in\":5}"));
    cr_expect_eq(c.count_count, 1);
    cr_expect_eq(c.drops.count[YK_DROP_duplicate], 1);
    c = uplinks(uplink(0, 1, "{\"in\":1}"), uplink(600, 2, "{\"in\":5}"), uplink(0, 1, "{\"in\":1}"));
    cr_expect_eq(c.count_count, 1);
    cr_expect_eq(c.drops.count[YK_DROP_duplicate], 1);
    /* After a join the counter is one that was seen before; time is not. */
    c = uplinks(uplink(0, 1, "{\"total_in\":1,\"total_out\":1}"), uplink(600, 0, "{\"total_in\":2,\"total_out\":1}"),
                uplink(700, 1, "{\"total_in\":3,\"total_out\":1}"));
    cr_assert_eq(c.count_count, 3);
    cr_expect_neq(c.counts[0].package, c.counts[2].package);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(chirpstack, names)
{
    static const struct {
        const char *object, *line;
        uint64_t plus, minus;
        bool cumulative;
    } cases[] = {
        {"{\"Period In\":1,\"Period-Out\":2}", "1", 1, 2, false},
        {"{\"LINE_12_IN\":1,\"line_12_out\":2}", "12", 1, 2, false},
        {"{\"ltr\":1,\"rtl\":2}", "1", 1, 2, false},
        {"{\"ltr_sum\":1,\"rtl_sum\":2,\"ltr\":7}", "1", 1, 2, true},
        {"{\"counter_a\":1,\"counter_b\":2}", "1", 1, 2, false},
        {"{\"total_counter_a\":1,\"total_counter_b\":2}", "1", 1, 2, true},
        {"{\"in_counted\":1,\"out_counted\":2}", "1", 1, 2, true},
        {"{\"wifi\":3}", "wifi", 3, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct camera_capture c = uplinks(uplink(0, 1, cases[i].object), uplink(60, 2, cases[i].object), "");
        cr_assert_eq(c.count_count, cases[i].cumulative ? 2 : 1, "%s", cases[i].object);
        struct yk_device_count *last = &c.counts[c.count_count - 1];
        cr_expect_str_eq(last->line.text, cases[i].line, "%s", cases[i].object);
        cr_expect_eq(last->plus, cases[i].plus, "%s", cases[i].object);
        cr_expect_eq(last->minus, cases[i].minus, "%s", cases[i].object);
        cr_expect_eq(last->cumulative, cases[i].cumulative, "%s", cases[i].object);
    }
    const char *unknown[] = {"{\"line_1_child_total_in\":1}",
                             "{\"line__in\":1}",
                             "{\"line_x_in\":1}",
                             "{\"line_1_inn\":1}",
                             "{\"people_in\":1}",
                             "{}"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        expect_dropped(CHIRP, uplink(0, 1, unknown[i]), YK_DROP_unsupported);
}

Test(chirpstack, version_3)
{
    struct camera_capture c =
        decode("{\"applicationName\":\"a\",\"deviceName\":\"Door\",\"devEUI\":\"AQ==\",\"rxInfo\":[{\"time\":"
               "\"2026-05-28T20:26:40Z\"}],\"fCnt\":1,\"objectJSON\":\"{\\\"in\\\":1,\\\"out\\\":2}\"}"
               "{\"devEUI\":\"AQ==\",\"publishedAt\":\"2026-05-28T20:27:40Z\",\"fCnt\":2,\"object\":{"
               "\"in\":3,\"out\":4}}"
               "{\"devEUI\":\"Ag==\",\"publishedAt\":\"2026-05-28T20:28:40Z\",\"fCnt\":3,\"object\":{"
               "\"in\":3,\"out\":4}}");
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].from_us, T0);
    cr_expect_eq(c.counts[0].to_us, T0 + 60 * SEC);
    cr_expect_eq(c.counts[0].plus, 3);
    cr_expect_eq(c.drops.count[YK_DROP_refused], 1); /* another device on the same topic */
}

Test(chirpstack, time_of_arrival)
{
    struct camera_capture c =
        capture_live(CHIRP, (struct yk_camera_options){0},
                     "{\"deviceInfo\":{\"devEui\":\"a\"},\"fCnt\":1,\"object\":{\"total_in\":1,\"total_out\":2}}"
                     "{\"deviceInfo\":{\"devEui\":\"a\"},\"fCnt\":1,\"object\":{\"total_in\":1,\"total_out\":2}}",
                     T0);
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].to_us, T0);
    cr_expect_not(c.counts[0].has_package);
    cr_expect_eq(c.drops.count[YK_DROP_duplicate], 1);
    expect_dropped(CHIRP, "{\"deviceInfo\":{},\"object\":{\"in\":1}}", YK_DROP_bad_time);
    expect_dropped(CHIRP, "{\"time\":\"2026-05-28T20:26:40\",\"object\":{\"in\":1}}", YK_DROP_bad_time);
}

Test(chirpstack, others)
{
    expect_dropped(CHIRP, "{\"deviceInfo\":{},\"batteryLevel\":80}", YK_DROP_unsupported);
    expect_dropped(CHIRP, "{\"time\":\"2026-05-28T20:26:40Z\",\"object\":null}", YK_DROP_unsupported);
    expect_dropped(CHIRP, "{\"time\":\"2026-05-28T20:26:40Z\",\"objectJSON\":\"{\"}", YK_DROP_bad_json);
    expect_dropped(CHIRP, "{\"time\":\"2026-05-28T20:26:40Z\",\"objectJSON\":\"[1]\"}", YK_DROP_bad_json);
    /* A field that is no count does not take its neighbours with it. */
    struct camera_capture c =
        decode(uplink(0, 1, "{\"total_in\":-1,\"total_out\":1.5,\"line_2_total_in\":3,\"line_2_total_out\":4}"));
    cr_expect_eq(c.count_count, 1);
    cr_expect_eq(c.drops.count[YK_DROP_bad_schema], 2);
}

Test(chirpstack, no_more_lines_than_there_is_room_for)
{
    static char text[65536];
    size_t n = (size_t)snprintf(text, sizeof text, "{\"time\":\"2026-05-28T20:26:40Z\",\"object\":{\"x\":0");
    for (int i = 0; i < 1000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, ",\"line_%d_in\":1,\"line_%d_out\":1", i, i);
    snprintf(text + n, sizeof text - n, "}}");
    struct camera_capture c = decode(text);
    cr_expect_eq(c.drops.count[YK_DROP_bad_schema], 2 * (1000 - 16));
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 16);
}

Test(chirpstack, hostile)
{
    expect_hostile_json_refused(CHIRP);
}

Test(chirpstack, guess)
{
    expect_guessed(CHIRP, uplink(0, 1, "{\"in\":1}"));
    expect_guessed(CHIRP, uplink(0, 1, "{\"wifi\":1,\"ble\":2}"));
    expect_guessed(CHIRP, "{\"applicationName\":\"a\",\"devEUI\":\"AQ==\",\"objectJSON\":\"{}\"}");
    expect_others_left_alone(CHIRP);
}
