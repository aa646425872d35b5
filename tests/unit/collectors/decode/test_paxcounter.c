/* ESP32-Paxcounter. SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_lines.h"

#define PAX &yk_camera_paxcounter

static struct camera_capture decode(const char *text)
{
    return capture_text(PAX, (struct yk_camera_options){0}, text);
}

Test(paxcounter, devices_since_the_message_before)
{
    struct camera_capture c =
        decode("{\"wifi\":5,\"ble\":6,\"pax\":11,\"time\":1780000000}"
               "{\"wifi\":12,\"ble\":31,\"pax\":43,\"time\":\"2026-05-28T20:28:40Z\",\"latitude\":35.6}");
    cr_assert_eq(c.count_count, 3);
    const char *lines[] = {"wifi", "ble", "pax"};
    const uint64_t numbers[] = {12, 31, 43};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_str_eq(c.counts[i].line.text, lines[i]);
        cr_expect_not(c.counts[i].cumulative);
        cr_expect_eq(c.counts[i].from_us, T0);
        cr_expect_eq(c.counts[i].to_us, T0 + 120 * SEC);
        cr_expect_eq(c.counts[i].plus, numbers[i]);
        cr_expect_eq(c.counts[i].minus, 0);
    }
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 1); /* whose interval has no beginning */
    cr_expect_eq(drops_in_all(&c.drops), 1);
}

Test(paxcounter, spellings)
{
    struct camera_capture c =
        decode("{\"wifi\":0,\"time\":1780000000}"
               "{\"wifi_count\":1,\"bt\":2,\"time\":1780000060}"
               "{\"uplink_message\":{\"decoded_payload\":{\"wifi\":\"3\",\"ble\":4}},\"received_at\":"
               "\"2026-05-28T20:28:40.5Z\"}"
               "{\"payload_fields\":{\"count_ble\":5,\"ble\":6},\"timestamp\":1780000180}"
               "{\"object\":{\"bluetooth\":7},\"timestamp\":1780000240000}");
    cr_assert_eq(c.count_count, 6);
    const uint64_t numbers[] = {1, 2, 3, 4, 6, 7};
    const char *lines[] = {"wifi", "ble", "wifi", "ble", "ble", "ble"};
    for (size_t i = 0; i < 6; i++) {
        cr_expect_str_eq(c.counts[i].line.text, lines[i], "%zu", i);
        cr_expect_eq(c.counts[i].plus, numbers[i], "%zu", i);
    }
    cr_expect_eq(c.counts[5].from_us, T0 + 180 * SEC);
    cr_expect_eq(c.counts[5].to_us, T0 + 240 * SEC);
}

Test(paxcounter, time_of_arrival)
{
    struct camera_capture c = capture_live(PAX, (struct yk_camera_options){0},
                                           "{\"wifi\":1,\"ble\":2,\"time\":1779999940}{\"wifi\":3,\"ble\":4}", T0);
    cr_assert_eq(c.count_count, 2);
    cr_expect_eq(c.counts[0].from_us, T0 - 60 * SEC);
    cr_expect_eq(c.counts[0].to_us, T0);
    expect_dropped(PAX, "{\"wifi\":1,\"ble\":2}", YK_DROP_bad_time); /* of a recording nobody knows it */
}

Test(paxcounter, intervals_that_are_none)
{
    struct camera_capture c = decode("{\"pax\":1,\"time\":1780000000}{\"pax\":2,\"time\":1780003601}"
                                     "{\"pax\":3,\"time\":1780003601}{\"pax\":4,\"time\":1780003541}"
                                     "{\"pax\":5,\"time\":1780007141}");
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 3); /* the first, over an hour, back */
    cr_expect_eq(c.drops.count[YK_DROP_duplicate], 1);
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].plus, 5);
}

Test(paxcounter, others)
{
    expect_dropped(PAX, "{\"voltage\":3300,\"time\":1780000000}", YK_DROP_unsupported);
    expect_dropped(PAX, "{}", YK_DROP_unsupported);
    const char *schema[] = {"{\"wifi\":-1,\"time\":1780000000}",   "{\"wifi\":1.5,\"time\":1780000000}",
                            "{\"wifi\":[],\"time\":1780000000}",   "{\"ble\":\"x\",\"time\":1780000000}",
                            "{\"pax\":1e300,\"time\":1780000000}", "{\"wifi\":null,\"time\":1780000000}"};
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++)
        expect_dropped(PAX, schema[i], YK_DROP_bad_schema);
    expect_dropped(PAX, "{\"wifi\":1,\"time\":\"now\"}", YK_DROP_bad_time);
    expect_dropped(PAX, "{\"wifi\":1,\"time\":60}", YK_DROP_bad_time); /* a clock that was never set */
}

Test(paxcounter, hostile)
{
    expect_hostile_json_refused(PAX);
}

Test(paxcounter, guess)
{
    expect_guessed(PAX, "{\"wifi\":12,\"ble\":31,\"pax\":43}");
    expect_guessed(PAX, "{\"pax\":43,\"wifi\":12}");
    expect_not_guessed(PAX, "{\"wifi\":{\"ssid\":1}}");
    expect_others_left_alone(PAX);
}
