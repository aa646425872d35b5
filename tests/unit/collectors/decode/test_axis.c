/* Axis scene metadata. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include "decode/track_number.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z */

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_axis, (struct yk_camera_options){0}, text);
}

static uint64_t number_of(const char *name)
{
    uint64_t number;
    cr_assert_eq(yk_track_number_text(name, strlen(name), &number), YK_TRACK_NAMED);
    return number;
}

#define A                   "8e653185-8e54-4dca-8af1-9f7202aca120"
#define B                   "0a31eccd-ed41-5543-8830-0d332cae4b9e"
#define BOX                 "\"bounding_box\":{\"left\":0.25,\"top\":0.25,\"right\":0.75,\"bottom\":0.875}"
#define DETECTION(id, type) "{\"object_track_id\":\"" id "\"," BOX ",\"class\":{\"type\":\"" type "\",\"score\":0.7}}"
#define FRAME(second, rest) "{\"channel_id\":1,\"timestamp\":\"2026-05-28T20:26:" second "Z\"" rest "}\n"

Test(axis, foot_point_time_and_name)
{
    struct camera_capture c = decode(FRAME("40.369150", ",\"detections\":[" DETECTION(A, "Human") "]"));
    cr_assert_eq(c.frame_count, 1);
    cr_assert_eq(c.frames[0], T0 + 369150);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, number_of(A));
    cr_assert_float_eq(c.samples[0].x, 0.5, 1e-12);
    cr_assert_float_eq(c.samples[0].y, 0.875, 1e-12);
    cr_assert_eq(drops_in_all(&c.drops), 0);
    cr_assert(yk_camera_axis.normalised && !yk_camera_axis.y_up);
}

Test(axis, lists_that_are_left_out_are_empty)
{
    struct camera_capture c = decode(FRAME("40.0", "") FRAME("41.0", ",\"detections\":null,\"track_events\":[]"));
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(drops_in_all(&c.drops), 0);
    c = decode(FRAME("40.0", ",\"detections\":{},\"track_events\":7"));
    cr_assert_eq(c.frame_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 2);
}

Test(axis, only_humans_with_a_class)
{
    struct camera_capture c = decode(
        FRAME("40.0", ",\"detections\":[" DETECTION(A, "Human") "," DETECTION(B, "Head") "," DETECTION(
                          "c", "Car") ","
                                      "{\"object_track_id\":\"d\"," BOX "},{\"object_track_id\":\"e\"," BOX
                                      ",\"class\":{}},{\"object_track_id\":\"f\"," BOX ",\"class\":\"Human\"}]"));
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, number_of(A));
    cr_assert_eq(c.drops.count[YK_DROP_not_person], 5);
    cr_assert_eq(drops_in_all(&c.drops), 5);
}

/* Whatever their place in the message: new names first, ends last. */
Test(axis, events_of_tracks)
{
    struct camera_capture c =
        decode(FRAME("40.0", ",\"track_events\":[{\"type\":\"TrackEnded\",\"object_track_id\":\"" A
                             "\"},{\"type\":\"Rename\",\"from_id\":\"" B "\",\"to_id\":\"" A
                             "\"},{\"type\":\"Rename\",\"from_id\":null,\"to_id\":\"x\"},{\"type\":\"Levitate\"},{},5],"
                             "\"detections\":[" DETECTION(A, "Human") "]"));
    cr_assert_eq(c.change_count, 2);
    cr_assert_eq(c.changes[0].kind, YK_TRACK_RENAMED);
    cr_assert_eq(c.changes[0].track, number_of(B));
    cr_assert_eq(c.changes[0].to, number_of(A));
    cr_assert_eq(c.changes[1].kind, YK_TRACK_ENDED);
    cr_assert_eq(c.changes[1].track, number_of(A));
    cr_assert_eq(c.changes[1].time_us, T0);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1);
    cr_assert_eq(c.drops.count[YK_DROP_unsupported], 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 2);
    cr_assert_eq(drops_in_all(&c.drops), 4);
}

#define OLDER                                                                                                      \
    "{\"frame\":{\"timestamp\":\"2026-05-28T20:26:40.320111Z\",\"observations\":[{\"track_id\":\"17\"," BOX        \
    ",\"class\":{\"type\":\"Human\",\"score\":0.6,\"upper_clothing_colors\":[{\"name\":\"White\",\"score\":1}]},"  \
    "\"image\":{\"data\":\"/9j/\",\"bounding_box\":{\"left\":0.9,\"top\":0,\"right\":1,\"bottom\":0.1}}}],"        \
    "\"operations\":[{\"type\":\"DeleteOperation\",\"id\":\"3\"},{\"type\":\"RenameOperation\",\"from\":\"18\",\"" \
    "to\":\"17\"}]}}"

Test(axis, the_older_form_and_its_wrapping)
{
    const char *const texts[] = {OLDER, "{\"data\":" OLDER "}"};
    for (size_t i = 0; i < 2; i++) {
        struct camera_capture c = decode(texts[i]);
        cr_assert_eq(c.frame_count, 1);
        cr_assert_eq(c.frames[0], T0 + 320111);
        cr_assert_eq(c.sample_count, 1);
        cr_assert_eq(c.samples[0].track, 17);
        cr_assert_float_eq(c.samples[0].x, 0.5, 1e-12);
        cr_assert_eq(c.change_count, 2);
        cr_assert_eq(c.changes[0].kind, YK_TRACK_RENAMED);
        cr_assert_eq(c.changes[0].track, 18);
        cr_assert_eq(c.changes[1].kind, YK_TRACK_ENDED);
        cr_assert_eq(c.changes[1].track, 3);
        cr_assert_eq(drops_in_all(&c.drops), 0);
    }
}

static void expect_detection(const char *detection, enum yk_drop reason)
{
    char text[1024];
    snprintf(text, sizeof text, FRAME("40.0", ",\"detections\":[%s," DETECTION(A, "Human") "]"), detection);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.sample_count, 1, "%s", detection); /* a bad neighbour does not take a good one with it */
    cr_assert_eq(c.drops.count[reason], 1, "%s", detection);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", detection);
}

#define HUMAN "\"class\":{\"type\":\"Human\"}"

Test(axis, detections_of_another_shape)
{
    expect_detection("5", YK_DROP_bad_schema);
    expect_detection("null", YK_DROP_bad_schema);
    expect_detection("{}", YK_DROP_not_person);
    expect_detection("{" HUMAN "," BOX "}", YK_DROP_untracked);
    expect_detection("{\"object_track_id\":null," HUMAN "," BOX "}", YK_DROP_untracked);
    expect_detection("{\"object_track_id\":-1," HUMAN "," BOX "}", YK_DROP_untracked);
    expect_detection("{\"object_track_id\":{}," HUMAN "," BOX "}", YK_DROP_bad_schema);
    expect_detection("{\"object_track_id\":\"z\"," HUMAN "}", YK_DROP_bad_schema);
    expect_detection("{\"object_track_id\":\"z\"," HUMAN ",\"bounding_box\":[0,0,1,1]}", YK_DROP_bad_schema);
    expect_detection("{\"object_track_id\":\"z\"," HUMAN
                     ",\"bounding_box\":{\"left\":0,\"top\":0,\"right\":\"inf\",\"bottom\":1}}",
                     YK_DROP_bad_schema);
    expect_detection("{\"object_track_id\":\"z\"," HUMAN
                     ",\"bounding_box\":{\"left\":0,\"top\":0,\"right\":1e10,\"bottom\":1}}",
                     YK_DROP_malformed);
    expect_detection("{\"object_track_id\":\"z\"," HUMAN
                     ",\"bounding_box\":{\"left\":0,\"top\":1,\"right\":1,\"bottom\":0}}",
                     YK_DROP_malformed);
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count, 0, "%s", text);
    cr_assert_eq(c.drops.count[reason], 1, "%s", text);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", text);
}

Test(axis, broken_messages)
{
    expect_dropped("{\"channel_id\":1,\"timestamp\":\"2026-05-28T20:26:40Z\",\"detections\":[", YK_DROP_bad_json);
    expect_dropped("{\"channel_id\":1}", YK_DROP_bad_schema);
    expect_dropped("{\"channel_id\":1,\"timestamp\":1780000000}", YK_DROP_bad_schema);
    expect_dropped("{\"timestamp\":\"2026-05-28T20:26:40Z\",\"topic\":\"x\"}", YK_DROP_bad_schema);
    expect_dropped(FRAME("61.0", ""), YK_DROP_bad_time);
    expect_dropped("{\"channel_id\":1,\"timestamp\":\"2026-05-28T20:26:40\"}", YK_DROP_bad_time);
    expect_dropped("{\"channel_id\":1,\"timestamp\":\"2026-05-28T20:26:40Z\",\"detections\":[1e400]}",
                   YK_DROP_bad_json);
    static char deep[100001];
    for (size_t i = 0; i + 5 < sizeof deep; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    expect_dropped(deep, YK_DROP_bad_json);
}

/* The last one of a key that comes twice stands, as in every other JSON reader. */
Test(axis, keys_that_come_twice)
{
    struct camera_capture c = decode("{\"channel_id\":1,\"timestamp\":\"x\",\"timestamp\":\"2026-05-28T20:26:40Z\"}");
    cr_assert_eq(c.frame_count, 1);
}

Test(axis, order_of_time)
{
    struct camera_capture c = decode(FRAME("41.0", "") FRAME("40.0", "") FRAME("41.0", "") FRAME("42.0", ""));
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.drops.count[YK_DROP_out_of_order], 1);
}

Test(axis, results_that_nobody_wants)
{
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    const char *text =
        FRAME("40.0", ",\"detections\":[" DETECTION(
                          A, "Human") "],\"track_events\":[{\"type\":\"TrackEnded\",\"object_track_id\":\"" A "\"}]");
    void *state;
    cr_assert_eq(yk_camera_axis.open(&(struct yk_camera_options){0}, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_axis.record(state, text, strlen(text), &sink, NULL), YK_OK);
    yk_camera_axis.close(state);
    cr_assert_eq(drops_in_all(&drops), 0);
}

Test(axis, guess)
{
    const char *mine[] = {FRAME("40.0", ",\"detections\":[" DETECTION(A, "Human") "]"), FRAME("40.0", ""), OLDER,
                          "{\"data\":" OLDER "}"};
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
        cr_assert_eq(yk_camera_dialect_guess(mine[i], strlen(mine[i])), &yk_camera_axis, "%s", mine[i]);
    const char *others[] = {
        "{\"version\":\"4.0\",\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[]}",
        "{\"live_data\":{\"frames\":[{\"time\":\"2026-05-28T20:26:40Z\"}]}}",
        "{\"topic\":\"axis:A\",\"timestamp\":1712345678901,\"message\":{\"data\":{\"total\":\"3\"}}}",
        "{\"timestamp\":\"2019-04-26T17:29:38.811Z\",\"area\":\"94afa4f8\",\"name\":\"car\",\"id\":1021}",
        "{\"serial\":\"00408CAC512B\",\"name\":\"Exit south\",\"timestamp\":\"20170503112756\",\"in\":12,\"out\":318}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(yk_camera_axis.guess(others[i], strlen(others[i])), "%s", others[i]);
}
