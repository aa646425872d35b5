/* Our own JSON lines. SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_lines.h"

#include <stdio.h>

#define EVENTS &yk_camera_events
#define AT     "{\"time\":\"2026-05-28T20:26:40Z\","

static struct camera_capture decode(const char *text)
{
    return capture_text(EVENTS, (struct yk_camera_options){0}, text);
}

Test(events, frame)
{
    struct camera_capture c = decode(
        AT "\"tracks\":[{\"id\":7,\"x\":412.5,\"y\":530},{\"id\":\"b\",\"x\":-1e1,\"y\":\"4.5\",\"class\":\"Person\","
           "\"age\":4711,\"name\":\"x\"},{\"id\":\"8\",\"x\":0,\"y\":0,\"class\":\"human\"}],\"site\":\"here\"}");
    cr_assert_eq(c.frame_count, 1);
    cr_assert_eq(c.frames[0], T0);
    cr_assert_eq(c.sample_count, 3);
    cr_expect_eq(c.samples[0].track, 7);
    cr_expect_float_eq(c.samples[0].x, 412.5, 1e-9);
    cr_expect_float_eq(c.samples[0].y, 530, 1e-9);
    cr_expect_gt(c.samples[1].track, INT64_MAX); /* a name is hashed */
    cr_expect_float_eq(c.samples[1].x, -10, 1e-9);
    cr_expect_float_eq(c.samples[1].y, 4.5, 1e-9);
    cr_expect_eq(c.samples[2].track, 8);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(events, times)
{
    const char *same[] = {"\"2026-05-28T20:26:40Z\"",
                          "\"2026-05-29T05:26:40+09:00\"",
                          "\"2026-05-28 20:26:40\"",
                          "1780000000",
                          "1780000000000",
                          "1780000000000000",
                          "\"2026-05-28T20:26:40.000Z\"",
                          "1780000000.0"};
    char text[128];
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        snprintf(text, sizeof text, "{\"time\":%s}", same[i]);
        struct camera_capture c = decode(text);
        cr_assert_eq(c.frame_count, 1, "%s", text);
        cr_expect_eq(c.frames[0], T0, "%s", text);
        cr_expect_eq(drops_in_all(&c.drops), 0);
    }
    const char *bad[] = {"\"yesterday\"", "\"\"", "0", "-1", "12", "1e300", "true", "{}", "[]", "null"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "{\"time\":%s}", bad[i]);
        expect_dropped(EVENTS, text, YK_DROP_bad_time);
    }
}

Test(events, tracks_that_do_not_count)
{
    expect_dropped(EVENTS, AT "\"tracks\":[{\"id\":7,\"x\":1,\"y\":2,\"class\":\"Head\"}]}", YK_DROP_not_person);
    expect_dropped(EVENTS, AT "\"tracks\":[{\"id\":7,\"x\":1,\"y\":2,\"class\":null}]}", YK_DROP_not_person);
    const char *untracked[] = {"null", "-1", "\"\"", "\"null\"", "18446744073709551615", "\"18446744073709551615\""};
    char text[160];
    for (size_t i = 0; i < sizeof untracked / sizeof *untracked; i++) {
        snprintf(text, sizeof text, AT "\"tracks\":[{\"id\":%s,\"x\":1,\"y\":2}]}", untracked[i]);
        expect_dropped(EVENTS, text, YK_DROP_untracked);
    }
    expect_dropped(EVENTS, AT "\"tracks\":[{\"x\":1,\"y\":2}]}", YK_DROP_untracked);
    const char *schema[] = {"5",
                            "[]",
                            "{}",
                            "{\"id\":1}",
                            "{\"id\":1,\"x\":1}",
                            "{\"id\":1,\"x\":1,\"y\":null}",
                            "{\"id\":1.5,\"x\":1,\"y\":1}",
                            "{\"id\":{},\"x\":1,\"y\":1}",
                            "{\"id\":1,\"x\":\"nan\",\"y\":1}",
                            "{\"id\":1,\"x\":\"0x1\",\"y\":1}"};
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++) {
        snprintf(text, sizeof text, AT "\"tracks\":[%s]}", schema[i]);
        expect_dropped(EVENTS, text, YK_DROP_bad_schema);
    }
    expect_dropped(EVENTS, AT "\"tracks\":[{\"id\":1,\"x\":1e12,\"y\":1}]}", YK_DROP_malformed);
    expect_dropped(EVENTS, AT "\"tracks\":[{\"id\":1,\"x\":1,\"y\":-1e300}]}", YK_DROP_malformed);
    expect_dropped(EVENTS, AT "\"tracks\":{}}", YK_DROP_bad_schema);
    /* A bad neighbour does not take a good one with it. */
    struct camera_capture c = decode(AT "\"tracks\":[5,{\"id\":1,\"x\":1,\"y\":1},{}]}");
    cr_expect_eq(c.sample_count, 1);
    cr_expect_eq(c.drops.count[YK_DROP_bad_schema], 2);
}

Test(events, changes_stand_around_the_tracks)
{
    struct camera_capture c = decode(AT "\"ended\":[7,\"x\"],\"tracks\":[{\"id\":\"c\",\"x\":1,\"y\":2}],"
                                        "\"renamed\":[[\"b\",\"c\"],[3,4]]}");
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.change_count, 4);
    cr_expect_eq(c.changes[0].kind, YK_TRACK_RENAMED);
    cr_expect_eq(c.changes[0].to, c.samples[0].track);
    cr_expect_eq(c.changes[1].track, 3);
    cr_expect_eq(c.changes[1].to, 4);
    cr_expect_eq(c.changes[2].kind, YK_TRACK_ENDED);
    cr_expect_eq(c.changes[2].track, 7);
    cr_expect_eq(c.changes[3].time_us, T0);
    cr_expect_eq(drops_in_all(&c.drops), 0);
    expect_dropped(EVENTS, AT "\"renamed\":[[1]]}", YK_DROP_bad_schema);
    expect_dropped(EVENTS, AT "\"renamed\":[5]}", YK_DROP_bad_schema);
    expect_dropped(EVENTS, AT "\"renamed\":[[1,null]]}", YK_DROP_untracked);
    expect_dropped(EVENTS, AT "\"ended\":[null]}", YK_DROP_untracked);
    expect_dropped(EVENTS, AT "\"ended\":7}", YK_DROP_bad_schema);
}

Test(events, crossings)
{
    struct camera_capture c =
        decode(AT "\"line\":\"north\",\"direction\":\"in\"}" AT "\"line\":2,\"direction\":\"OUT\"}" AT
                  "\"line\":\"n\",\"direction\":1}" AT "\"line\":\"n\",\"direction\":\"-1\"}");
    cr_assert_eq(c.crossing_count, 4);
    cr_expect_str_eq(c.crossings[0].line.text, "north");
    cr_expect_eq(c.crossings[0].direction, 1);
    cr_expect_eq(c.crossings[0].time_us, T0);
    cr_expect_str_eq(c.crossings[1].line.text, "2");
    cr_expect_eq(c.crossings[1].direction, -1);
    cr_expect_eq(c.crossings[2].direction, 1);
    cr_expect_eq(c.crossings[3].direction, -1);
    cr_expect_eq(c.frame_count, 4);
    const char *bad[] = {"\"line\":\"n\"}",
                         "\"line\":\"n\",\"direction\":0}",
                         "\"line\":\"n\",\"direction\":2}",
                         "\"line\":\"n\",\"direction\":\"up\"}",
                         "\"line\":\"\",\"direction\":1}",
                         "\"line\":null,\"direction\":1}",
                         "\"line\":\"n\",\"direction\":true}"};
    char text[160];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, AT "%s", bad[i]);
        expect_dropped(EVENTS, text, YK_DROP_bad_schema);
    }
}

Test(events, stays)
{
    struct camera_capture c =
        decode(AT "\"zone\":\"yard\",\"id\":7,\"inside\":true}" AT "\"zone\":\"yard\",\"id\":7,\"inside\":false}");
    cr_assert_eq(c.stay_count, 2);
    cr_expect_str_eq(c.stays[0].zone.text, "yard");
    cr_expect_eq(c.stays[0].track, 7);
    cr_expect(c.stays[0].inside);
    cr_expect_not(c.stays[1].inside);
    expect_dropped(EVENTS, AT "\"zone\":\"yard\",\"id\":7}", YK_DROP_bad_schema);
    expect_dropped(EVENTS, AT "\"zone\":\"yard\",\"id\":7,\"inside\":1}", YK_DROP_bad_schema);
    expect_dropped(EVENTS, AT "\"zone\":\"yard\",\"inside\":true}", YK_DROP_untracked);
}

Test(events, counts)
{
    struct camera_capture c =
        decode("{\"from\":\"2026-05-28T20:26:40Z\",\"to\":1780000060,\"line\":\"north\",\"in\":3,\"out\":\"2\"}"
               "{\"to\":1780000060,\"line\":\"north\",\"in\":312,\"total\":true}"
               "{\"from\":1780000000,\"to\":1780000060,\"line\":1,\"out\":4,\"total\":true,\"samples\":5,"
               "\"samples_expected\":6,\"package\":9}");
    cr_assert_eq(c.count_count, 3);
    cr_expect_str_eq(c.counts[0].line.text, "north");
    cr_expect_not(c.counts[0].cumulative);
    cr_expect_eq(c.counts[0].from_us, T0);
    cr_expect_eq(c.counts[0].to_us, T0 + 60 * SEC);
    cr_expect_eq(c.counts[0].plus, 3);
    cr_expect_eq(c.counts[0].minus, 2);
    cr_expect_eq(c.counts[0].samples_expected, 0);
    cr_expect_not(c.counts[0].has_package);
    cr_expect(c.counts[1].cumulative);
    cr_expect_eq(c.counts[1].from_us, YK_COUNT_SINCE_UNKNOWN);
    cr_expect_eq(c.counts[1].plus, 312);
    cr_expect_eq(c.counts[1].minus, 0);
    cr_expect_eq(c.counts[2].from_us, T0);
    cr_expect_eq(c.counts[2].samples, 5);
    cr_expect_eq(c.counts[2].samples_expected, 6);
    cr_expect(c.counts[2].has_package);
    cr_expect_eq(c.counts[2].package, 9);
    cr_expect_eq(c.frame_count, 0);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(events, counts_that_are_none)
{
#define BIN "{\"from\":1780000000,\"to\":1780000060,"
    const char *schema[] = {BIN "\"line\":\"n\"}",
                            BIN "\"in\":1}",
                            BIN "\"line\":\"n\",\"in\":-1}",
                            BIN "\"line\":\"n\",\"in\":1.5}",
                            BIN "\"line\":\"n\",\"in\":null}",
                            BIN "\"line\":\"n\",\"in\":1e300}",
                            BIN "\"line\":\"n\",\"in\":\"many\"}",
                            BIN "\"line\":\"n\",\"in\":1,\"samples\":5}",
                            BIN "\"line\":\"n\",\"in\":1,\"samples\":-5,\"samples_expected\":6}",
                            BIN "\"line\":\"n\",\"in\":1,\"samples\":5,\"samples_expected\":5000000000}",
                            BIN "\"line\":\"n\",\"in\":1,\"package\":\"x\"}",
                            "{\"to\":1780000060,\"line\":\"n\",\"in\":1}",
                            "{\"from\":1780000060,\"line\":\"n\",\"in\":1}"};
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++)
        expect_dropped(EVENTS, schema[i], YK_DROP_bad_schema);
    expect_dropped(EVENTS, "{\"from\":\"x\",\"to\":1780000060,\"line\":\"n\",\"in\":1}", YK_DROP_bad_time);
    expect_dropped(EVENTS, "{\"from\":1780000000,\"to\":null,\"line\":\"n\",\"in\":1}", YK_DROP_bad_time);
    expect_dropped(EVENTS, "{\"from\":1780000060,\"to\":1780000000,\"line\":\"n\",\"in\":1}", YK_DROP_malformed);
    expect_dropped(EVENTS, "{\"from\":1780000060,\"to\":1780000060,\"line\":\"n\",\"in\":1}", YK_DROP_malformed);
    expect_dropped(EVENTS, BIN "\"line\":\"n\",\"in\":1,\"samples\":7,\"samples_expected\":6}", YK_DROP_malformed);
}

Test(events, order_and_neighbours)
{
    struct camera_capture c = decode("{\"time\":1780000001}\n{\"time\":1780000000}\n{\"time\":1780000002}");
    cr_expect_eq(c.frame_count, 2);
    cr_expect_eq(c.drops.count[YK_DROP_out_of_order], 1);
    /* The next message counts, whatever the one before was. */
    c = decode("[5,{\"time\":{}},{\"time\":1780000001,\"time\":1780000002}]{\"nothing\":1}{\"time\":1780000003}");
    cr_expect_eq(c.frame_count, 2);
    cr_expect_eq(c.drops.count[YK_DROP_bad_schema], 2);
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 1);
}

Test(events, hostile)
{
    expect_hostile_json_refused(EVENTS);
}

/* inspect wants no counts. */
Test(events, nobody_has_to_listen)
{
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    void *state;
    const char *text = AT "\"tracks\":[{\"id\":1,\"x\":1,\"y\":1}],\"ended\":[1],\"renamed\":[[1,2]]}" AT
                          "\"line\":\"n\",\"direction\":1}" AT "\"zone\":\"n\",\"id\":1,\"inside\":true}" BIN
                          "\"line\":\"n\",\"in\":1}";
    struct yk_camera_options options = {0};
    cr_assert_eq(yk_camera_events.open(&options, &state, NULL), YK_OK);
    cr_expect_eq(yk_camera_events.record(state, text, strlen(text), &sink, NULL), YK_OK);
    cr_expect_eq(drops_in_all(&drops), 0);
    yk_camera_events.close(state);
}

Test(events, guess)
{
    expect_guessed(EVENTS, AT "\"tracks\":[]}");
    expect_guessed(EVENTS, AT "\"line\":\"north\",\"direction\":\"in\"}");
    expect_guessed(EVENTS, AT "\"ended\":[1]}");
    expect_guessed(EVENTS, AT "\"zone\":\"yard\",\"id\":7,\"inside\":true}");
    expect_guessed(EVENTS, BIN "\"line\":\"n\",\"in\":1}");
    expect_guessed(EVENTS, "{\"to\":1780000060,\"line\":\"n\",\"out\":1,\"total\":true}");
    expect_others_left_alone(EVENTS);
}
