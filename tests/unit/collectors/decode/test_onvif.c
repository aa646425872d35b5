/* ONVIF as JSON: frames, the object tree, events. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z */

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_onvif, (struct yk_camera_options){0}, text);
}

#define BOX(l, t, r, b) \
    "\"Shape\":{\"BoundingBox\":{\"@left\":" l ",\"@top\":" t ",\"@right\":" r ",\"@bottom\":" b "}}"
#define CLASS(list)         "\"Class\":{\"Type\":" list "}"
#define HUMAN               "[{\"@Likelihood\":0.8,\"#text\":\"Human\"}]"
#define OBJECT(id)          "{\"@ObjectId\":" id ",\"Appearance\":{" BOX("-0.5", "0.5", "0.5", "-0.5") "," CLASS(HUMAN) "}}"
#define FRAME(second, rest) "{\"Frame\":[{\"@UtcTime\":\"2026-05-28T20:26:" second "\",\"@Source\":\"M\"" rest "}]}\n"
#define OBJECTS(list)       ",\"Object\":[" list "]"

/* -1 to 1 with y up becomes 0 to 1 with y down: -0.5 is 0.25 from the left and 0.75 from the top. */
Test(onvif, y_is_up_and_time_is_utc)
{
    struct camera_capture c = decode(FRAME("40.250", OBJECTS(OBJECT("15"))) FRAME("40.500Z", OBJECTS(OBJECT("\"15\"")))
                                         FRAME("41.750+00:00", ""));
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.frames[0], T0 + 250000);
    cr_assert_eq(c.frames[1], T0 + 500000);
    cr_assert_eq(c.frames[2], T0 + 1750000);
    cr_assert_eq(c.sample_count, 2);
    cr_assert_eq(c.samples[0].track, 15);
    cr_assert_eq(c.samples[1].track, 15);
    cr_assert_float_eq(c.samples[0].x, 0.5, 1e-12);
    cr_assert_float_eq(c.samples[0].y, 0.75, 1e-12);
    cr_assert_eq(drops_in_all(&c.drops), 0);
    cr_assert(yk_camera_onvif.normalised && !yk_camera_onvif.y_up);
}

static void expect_foot(const char *rest, double x, double y)
{
    char text[2048];
    snprintf(text, sizeof text, FRAME("40", "%s"), rest);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.sample_count, 1, "%s", rest);
    cr_assert_float_eq(c.samples[0].x, x, 1e-9, "%s: %f", rest, c.samples[0].x);
    cr_assert_float_eq(c.samples[0].y, y, 1e-9, "%s: %f", rest, c.samples[0].y);
    cr_assert_eq(drops_in_all(&c.drops), 0, "%s", rest);
}

#define MOVED(sx, sy, tx, ty) \
    "\"Transformation\":{\"Translate\":{\"@x\":" tx ",\"@y\":" ty "},\"Scale\":{\"@x\":" sx ",\"@y\":" sy "}}"

Test(onvif, transformations)
{
    /* A picture of 640 by 480 with its origin below on the left: middle 320, foot 120 from below. */
    expect_foot("," MOVED("0.003125", "0.004166666666666667", "-1", "-1")
                    OBJECTS("{\"@ObjectId\":1,\"Appearance\":{" BOX("310", "240", "330", "120") "}}"),
                0.5, 0.75);
    /* The same with y down from above, whichever edge the maker calls bottom. */
    expect_foot("," MOVED("\"0.003125\"", "-0.004166666666666667", "-1", "1")
                    OBJECTS("{\"@ObjectId\":1,\"Appearance\":{" BOX("310", "240", "330", "360") "}}"),
                0.5, 0.75);
    expect_foot("," MOVED("0.003125", "-0.004166666666666667", "-1", "1")
                    OBJECTS("{\"@ObjectId\":1,\"Appearance\":{" BOX("310", "360", "330", "240") "}}"),
                0.5, 0.75);
    /* An object's own inside the frame's: 2 * 10 + 300 = 320. */
    expect_foot("," MOVED("0.003125", "0.004166666666666667", "-1", "-1")
                    OBJECTS("{\"@ObjectId\":1,\"Appearance\":{" MOVED("2", "2", "300", "100") "," BOX("5", "70", "15",
                                                                                                      "10") "}}"),
                0.5, 0.75);
    /* Half of it told. */
    expect_foot(",\"Transformation\":{\"Scale\":{\"@x\":0.5,\"@y\":0.5}}" OBJECTS(
                    "{\"@ObjectId\":1,\"Appearance\":{" BOX("-1", "1", "1", "-1") "}}"),
                0.5, 0.75);
}

Test(onvif, one_value_instead_of_a_list)
{
    struct camera_capture c =
        decode("{\"MetadataStream\":{\"VideoAnalytics\":{\"Frame\":{\"UtcTime\":\"2026-05-28T20:26:40Z\",\"Object\":{"
               "\"ObjectId\":\"7\",\"Appearance\":{\"Shape\":{\"BoundingBox\":{\"left\":\"0\",\"top\":\"0\",\"right\":"
               "\"0\",\"bottom\":\"0\"}},\"Class\":{\"Type\":{\"#text\":\"person\"}}}}}}}}");
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 7);
    cr_assert_float_eq(c.samples[0].x, 0.5, 1e-12);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

static struct camera_capture one(const char *object)
{
    char text[2048];
    snprintf(text, sizeof text, FRAME("40", OBJECTS("%s," OBJECT("77"))), object);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count, 1, "%s", object);
    cr_assert_geq(c.sample_count, 1, "%s: took its neighbour with it", object);
    cr_assert_eq(c.samples[c.sample_count - 1].track, 77);
    return c;
}

static void expect_class(const char *class, bool counts)
{
    char object[1024];
    snprintf(object, sizeof object, "{\"@ObjectId\":1,\"Appearance\":{" BOX("0", "0", "0", "0") "%s}}", class);
    struct camera_capture c = one(object);
    cr_assert_eq(c.sample_count, counts ? 2 : 1, "%s", class);
    cr_assert_eq(c.drops.count[YK_DROP_not_person], counts ? 0 : 1, "%s", class);
    cr_assert_eq(drops_in_all(&c.drops), counts ? 0 : 1, "%s", class);
}

Test(onvif, classes)
{
    expect_class("", true); /* none told */
    expect_class("," CLASS("[]"), true);
    expect_class("," CLASS("\"Human\""), true);
    expect_class("," CLASS("[{\"#text\":\"Person\"}]"), true);
    expect_class("," CLASS("[{\"#text\":\"HumanFace\",\"@Likelihood\":0.9}]"), false);
    expect_class("," CLASS("[{\"#text\":\"Vehicle\",\"@Likelihood\":0.9}]"), false);
    expect_class("," CLASS("[{\"#text\":\"Vehicle\",\"@Likelihood\":0.3},{\"#text\":\"Human\",\"@Likelihood\":0.6}]"),
                 true);
    expect_class(
        "," CLASS("[{\"#text\":\"Human\",\"@Likelihood\":\"0.3\"},{\"#text\":\"Bike\",\"@Likelihood\":\"0.6\"}]"),
        false);
    expect_class(",\"Class\":{\"ClassCandidate\":[{\"Type\":\"Human\",\"Likelihood\":0.7},{\"Type\":\"Animal\","
                 "\"Likelihood\":0.2}]}",
                 true);
    expect_class(",\"Class\":{\"ClassCandidate\":{\"Type\":\"Face\",\"Likelihood\":0.7}}", false);
}

Test(onvif, parts_of_others_and_what_is_gone)
{
    cr_assert_eq(one("{\"@ObjectId\":1,\"@Parent\":12,\"Appearance\":{" BOX("0", "0", "0", "0") "}}")
                     .drops.count[YK_DROP_not_person],
                 1);
    cr_assert_eq(one("{\"@ObjectId\":1,\"Appearance\":{" BOX("0", "0", "0", "0") "},\"Behaviour\":{\"Removed\":{}}}")
                     .drops.count[YK_DROP_not_person],
                 1);
    cr_assert_eq(
        one("{\"@ObjectId\":1,\"Appearance\":{" BOX("0", "0", "0", "0") "},\"Behaviour\":{\"Idle\":{}}}").sample_count,
        2);
    struct camera_capture c = one("{\"@ObjectId\":1},{\"@ObjectId\":2,\"Appearance\":{" CLASS(HUMAN) "}}");
    cr_assert_eq(c.sample_count, 1); /* nobody sees them */
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

static void expect_object(const char *object, enum yk_drop reason)
{
    struct camera_capture c = one(object);
    cr_assert_eq(c.sample_count, 1, "%s", object);
    cr_assert_eq(c.drops.count[reason], 1, "%s", object);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", object);
}

Test(onvif, objects_of_another_shape)
{
    expect_object("5", YK_DROP_bad_schema);
    expect_object("null", YK_DROP_bad_schema);
    expect_object("{\"Appearance\":{" BOX("0", "0", "0", "0") "}}", YK_DROP_untracked);
    expect_object("{\"@ObjectId\":-1,\"Appearance\":{" BOX("0", "0", "0", "0") "}}", YK_DROP_untracked);
    expect_object("{\"@ObjectId\":\"null\",\"Appearance\":{" BOX("0", "0", "0", "0") "}}", YK_DROP_untracked);
    expect_object("{\"@ObjectId\":[],\"Appearance\":{" BOX("0", "0", "0", "0") "}}", YK_DROP_bad_schema);
    expect_object("{\"@ObjectId\":1,\"Appearance\":{\"Shape\":{\"BoundingBox\":[]}}}", YK_DROP_bad_schema);
    expect_object("{\"@ObjectId\":1,\"Appearance\":{" BOX("0", "0", "\"nan\"", "0") "}}", YK_DROP_bad_schema);
    expect_object("{\"@ObjectId\":1,\"Appearance\":{" BOX("0", "1e30", "0", "0") "}}", YK_DROP_malformed);
    expect_object("{\"@ObjectId\":1,\"Appearance\":{\"Transformation\":{\"Scale\":{}}," BOX("0", "0", "0", "0") "}}",
                  YK_DROP_bad_schema);
}

/* --- the object tree --- */

static struct camera_capture tree(const char *nodes)
{
    char text[2048];
    snprintf(text, sizeof text, FRAME("40", ",\"ObjectTree\":{%s}" OBJECTS(OBJECT("77"))), nodes);
    return decode(text);
}

static void expect_change(const struct camera_capture *c, size_t i, int kind, uint64_t track, uint64_t to)
{
    cr_assert_lt(i, c->change_count);
    cr_assert_eq((int)c->changes[i].kind, kind);
    cr_assert_eq(c->changes[i].track, track);
    cr_assert_eq(c->changes[i].time_us, T0);
    if (kind == YK_TRACK_RENAMED)
        cr_assert_eq(c->changes[i].to, to);
}

#define ID(id) "{\"@ObjectId\":" id "}"

Test(onvif, object_tree)
{
    struct camera_capture c = tree("\"Rename\":[{\"from\":" ID("2") ",\"to\":" ID("1") "}],\"Delete\":[" ID("9") "]");
    cr_assert_eq(c.change_count, 2);
    expect_change(&c, 0, YK_TRACK_RENAMED, 2, 1);
    expect_change(&c, 1, YK_TRACK_ENDED, 9, 0);

    /* The specification's own example: 17 is hidden behind 12, and comes out again. */
    c = tree("\"Merge\":{\"From\":[" ID("12") "," ID("17") "],\"To\":" ID("12") "}");
    cr_assert_eq(c.change_count, 1);
    expect_change(&c, 0, YK_TRACK_ENDED, 17, 0);
    c = tree("\"Split\":{\"From\":" ID("12") ",\"To\":[" ID("17") "," ID("12") "]}");
    cr_assert_eq(c.change_count, 0);

    /* Under a new name: one goes on as it, the others end, or are new. */
    c = tree("\"Merge\":[{\"from\":[" ID("1") "," ID("2") "," ID("3") "],\"to\":" ID("4") "}]");
    cr_assert_eq(c.change_count, 3);
    expect_change(&c, 0, YK_TRACK_RENAMED, 1, 4);
    expect_change(&c, 1, YK_TRACK_ENDED, 2, 0);
    expect_change(&c, 2, YK_TRACK_ENDED, 3, 0);
    c = tree("\"Split\":[{\"from\":" ID("4") ",\"to\":[" ID("5") "," ID("6") "]}]");
    cr_assert_eq(c.change_count, 1);
    expect_change(&c, 0, YK_TRACK_RENAMED, 4, 5);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(onvif, object_trees_of_another_shape)
{
    const char *bad[] = {"\"Rename\":[{}]",
                         "\"Rename\":[{\"from\":" ID("1") "}]",
                         "\"Rename\":[5]",
                         "\"Rename\":[{\"from\":" ID("1") ",\"to\":" ID("null") "}]",
                         "\"Merge\":[{\"from\":[],\"to\":" ID("1") "}]",
                         "\"Delete\":[" ID("{}") "]",
                         "\"Delete\":[{}]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct camera_capture c = tree(bad[i]);
        cr_assert_eq(c.change_count, 0, "%s", bad[i]);
        cr_assert_eq(c.sample_count, 1, "%s", bad[i]);
        cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 1, "%s", bad[i]);
    }
    /* More names than anybody can be merged from. */
    static char many[4096];
    size_t n = (size_t)snprintf(many, sizeof many, "\"Merge\":[{\"to\":" ID("1") ",\"from\":[" ID("2"));
    for (int i = 0; i < 64; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "," ID("%d"), i + 3);
    snprintf(many + n, sizeof many - n, "]}]");
    static char text[8192];
    snprintf(text, sizeof text, FRAME("40", ",\"ObjectTree\":{%s}"), many);
    cr_assert_eq(decode(text).drops.count[YK_DROP_bad_schema], 1);
}

/* More objects than a frame holds: the rest is counted. */
Test(onvif, frames_are_bounded)
{
    static char text[600000];
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    void *state;
    size_t n = (size_t)snprintf(text, sizeof text, "{\"Frame\":{\"@UtcTime\":\"2026-05-28T20:26:40\",\"Object\":[0");
    for (int i = 0; i < 1028; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              ",{\"@ObjectId\":%d,\"Appearance\":{\"Shape\":{\"BoundingBox\":{\"left\":0,\"top\":0,"
                              "\"right\":0,\"bottom\":0}}}}",
                              i);
    n += (size_t)snprintf(text + n, sizeof text - n, "],\"ObjectTree\":{\"Delete\":[0");
    for (int i = 0; i < 258; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "," ID("%d"), i);
    n += (size_t)snprintf(text + n, sizeof text - n, "]}}}");
    cr_assert_eq(yk_camera_onvif.open(&(struct yk_camera_options){0}, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_onvif.record(state, text, n, &sink, NULL), YK_OK);
    yk_camera_onvif.close(state);
    cr_assert_eq(drops.count[YK_DROP_table_full], 4 + 2);
    cr_assert_eq(drops.count[YK_DROP_bad_schema], 1 + 1);
}

/* --- events --- */

#define EVENT(second, rest) "{\"UtcTime\":\"2026-05-28T20:26:" second "Z\"," rest "}\n"
#define SOURCE(rule)        "\"Source\":{\"VideoSource\":\"1\",\"AnalyticsConfiguration\":\"2\",\"Rule\":\"" rule "\"}"
#define DATA(items)         "\"Data\":{" items "}"

Test(onvif, crossings)
{
    struct camera_capture c = decode(
        EVENT("40.321", SOURCE("Fence1") "," DATA("\"ObjectId\":\"15\""))
            EVENT("41", SOURCE("Fence1") "," DATA("\"ObjectId\":15,\"Direction\":\"Left\"")) //
        EVENT("41", SOURCE("Fence1") "," DATA("\"ObjectId\":15,\"Direction\":\"Left\""))     //
        EVENT("41", SOURCE("Fence2") "," DATA("\"ObjectId\":15,\"Direction\":\"Right\""))    //
        EVENT("42", "\"PropertyOperation\":\"Initialized\"," SOURCE("Fence1") "," DATA("\"ObjectId\":3"))
            EVENT("42", "\"PropertyOperation\":\"Changed\","
                        "\"Source\":{\"Rule\":\"Fence1\",\"Direction\":\"RightToLeft\"}," DATA("\"ObjectId\":3")));
    cr_assert_eq(c.frame_count, 0); /* no picture is told of */
    cr_assert_eq(c.crossing_count, 4);
    cr_assert_str_eq(c.crossings[0].line.text, "Fence1");
    cr_assert_eq(c.crossings[0].time_us, T0 + 321000);
    cr_assert_eq(c.crossings[0].direction, 1);
    cr_assert_eq(c.crossings[1].direction, -1);
    cr_assert_str_eq(c.crossings[2].line.text, "Fence2");
    cr_assert_eq(c.crossings[2].direction, 1);
    cr_assert_eq(c.crossings[3].direction, -1);
    cr_assert_eq(c.drops.count[YK_DROP_duplicate], 1);
    cr_assert_eq(c.drops.count[YK_DROP_unsupported], 1);
    cr_assert_eq(drops_in_all(&c.drops), 2);
}

Test(onvif, zones)
{
    struct camera_capture c = decode(
        EVENT("40", "\"PropertyOperation\":\"Initialized\"," SOURCE("Hall") ",\"Key\":{\"ObjectId\":4}," DATA(
                        "\"IsInside\":true"))
            EVENT("41", SOURCE("Hall") "," DATA("\"ObjectId\":\"4\",\"IsInside\":\"false\"")) EVENT(
                "42", "\"PropertyOperation\":\"Deleted\"," SOURCE("Hall") "," DATA("\"ObjectId\":5,\"IsInside\":true"))
                EVENT("43", SOURCE("Hall") "," DATA("\"IsInside\":true")));
    cr_assert_eq(c.stay_count, 3);
    cr_assert_str_eq(c.stays[0].zone.text, "Hall");
    cr_assert(c.stays[0].inside && c.stays[0].track == 4 && c.stays[0].time_us == T0);
    cr_assert(!c.stays[1].inside && c.stays[1].track == 4);
    cr_assert(!c.stays[2].inside && c.stays[2].track == 5);
    cr_assert_eq(c.crossing_count, 0);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 1);
}

static struct camera_capture readings(const int *counts, size_t n)
{
    char text[4096];
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 EVENT("%02zu", SOURCE("Door") "," DATA("\"Count\":%d")), i, counts[i]);
    return decode(text);
}

/* A Counter's readings are handed on, its reset too: what it means is for the table of counters. */
Test(onvif, a_counter_that_rises)
{
    const int counts[] = {5, 9, 9, 0, 2, 1000, 3};
    struct camera_capture c = readings(counts, 7);
    cr_assert_eq(c.count_count, 7);
    for (size_t i = 0; i < 7; i++) {
        cr_assert_eq(c.counts[i].plus, (uint64_t)counts[i], "%zu", i);
        cr_assert_eq(c.counts[i].minus, 0, "%zu", i);
        cr_assert(c.counts[i].cumulative && c.counts[i].from_us == YK_COUNT_SINCE_UNKNOWN && !c.counts[i].has_package);
    }
    cr_assert_str_eq(c.counts[0].line.text, "Door");
    cr_assert_eq(c.counts[6].to_us, T0 - 40000000 + 6000000);
}

/* In: 5, then 2 more, then 1 out, 3 out, 4 in, reset, 1 in, 1 out, 2 out. */
Test(onvif, a_counter_that_falls)
{
    const int counts[] = {5, 7, 6, 3, 7, 0, 1, 0, -2};
    const uint64_t plus[] = {5, 7, 7, 7, 11, 11, 12, 12, 12}, minus[] = {0, 0, 1, 4, 4, 4, 4, 5, 7};
    struct camera_capture c = readings(counts, 9);
    cr_assert_eq(c.count_count, 9);
    for (size_t i = 0; i < 9; i++) {
        cr_assert_eq(c.counts[i].plus, plus[i], "%zu: %lu", i, (unsigned long)c.counts[i].plus);
        cr_assert_eq(c.counts[i].minus, minus[i], "%zu: %lu", i, (unsigned long)c.counts[i].minus);
    }
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count + c.crossing_count + c.stay_count + c.count_count, 0, "%s", text);
    cr_assert_eq(c.drops.count[reason], 1, "%s", text);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%s", text);
}

Test(onvif, events_that_do_not_count)
{
    expect_dropped(EVENT("40", SOURCE("Motion") "," DATA("\"IsMotion\":true")), YK_DROP_unsupported);
    expect_dropped(EVENT("40", "\"Source\":{}," DATA("\"ObjectId\":1")), YK_DROP_bad_schema);
    expect_dropped(EVENT("40", "\"Source\":{\"Rule\":\"\"}," DATA("\"ObjectId\":1")), YK_DROP_bad_schema);
    expect_dropped(EVENT("40", SOURCE("F") "," DATA("\"ObjectId\":-1")), YK_DROP_untracked);
    expect_dropped(EVENT("40", SOURCE("F") "," DATA("\"ObjectId\":null")), YK_DROP_untracked);
    expect_dropped(EVENT("40", SOURCE("F") "," DATA("\"Count\":\"many\"")), YK_DROP_bad_schema);
    expect_dropped(EVENT("40", SOURCE("F") "," DATA("\"Count\":1.5")), YK_DROP_bad_schema);
    expect_dropped(EVENT("40", SOURCE("F") "," DATA("\"Count\":1e300")), YK_DROP_bad_schema);
    expect_dropped(EVENT("40", SOURCE("F") "," DATA("\"ObjectId\":1,\"IsInside\":\"maybe\"")), YK_DROP_bad_schema);
    expect_dropped(EVENT("61", SOURCE("F") "," DATA("\"ObjectId\":1")), YK_DROP_bad_time);
    expect_dropped("{\"UtcTime\":1780000000," SOURCE("F") "," DATA("\"ObjectId\":1") "}", YK_DROP_bad_schema);
}

Test(onvif, more_counting_rules_than_a_camera_has)
{
    static char text[16384];
    size_t n = 0;
    for (int i = 0; i < 66; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, EVENT("40", SOURCE("R%d") "," DATA("\"Count\":1")), i);
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    void *state;
    cr_assert_eq(yk_camera_onvif.open(&(struct yk_camera_options){0}, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_onvif.record(state, text, n, &sink, NULL), YK_OK);
    yk_camera_onvif.close(state);
    cr_assert_eq(drops.count[YK_DROP_table_full], 2);
    cr_assert_eq(drops_in_all(&drops), 2);
}

Test(onvif, broken_messages)
{
    expect_dropped("{\"Frame\":[{\"@UtcTime\":\"2026", YK_DROP_bad_json);
    expect_dropped("{}", YK_DROP_bad_schema);
    expect_dropped("{\"Frame\":[{}]}", YK_DROP_bad_schema);
    expect_dropped("{\"Frame\":[7]}", YK_DROP_bad_schema);
    expect_dropped("{\"Frame\":[{\"@UtcTime\":1780000000}]}", YK_DROP_bad_schema);
    expect_dropped("{\"Frame\":[{\"@UtcTime\":\"noon\"}]}", YK_DROP_bad_time);
    expect_dropped("{\"Frame\":[{\"@UtcTime\":\"\"}]}", YK_DROP_bad_time);
    expect_dropped(FRAME("40", ",\"Transformation\":{\"Scale\":{\"@x\":\"wide\"}}"), YK_DROP_bad_schema);
    expect_dropped("{\"SensorData\":{\"@UtcTime\":\"2025-07-15T14:30:00Z\",\"Value\":298.65}}", YK_DROP_unsupported);
    static char deep[100001];
    for (size_t i = 0; i + 9 < sizeof deep; i += 9)
        memcpy(deep + i, "{\"Frame\":", 9);
    expect_dropped(deep, YK_DROP_bad_json);
}

Test(onvif, order_and_silence)
{
    struct camera_capture c = decode(FRAME("41", "") FRAME("40", "") FRAME("41", "") FRAME("42", ""));
    cr_assert_eq(c.frame_count, 3);
    cr_assert_eq(c.drops.count[YK_DROP_out_of_order], 1);
    c = decode("{\"Frame\":{\"@UtcTime\":\"2026-05-28T10:00:00\"}}{\"Frame\":{\"@UtcTime\":\"2026-05-28T20:00:00\"}}");
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

Test(onvif, guess)
{
    const char *mine[] = {FRAME("40", ""), EVENT("40", SOURCE("F") "," DATA("\"ObjectId\":1"))};
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(yk_camera_dialect_guess(mine[i], strlen(mine[i])), &yk_camera_onvif, "%s", mine[i]);
    const char *others[] = {"{\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[]}",
                            "{\"channel_id\":1,\"timestamp\":\"2026-05-28T20:26:40Z\"}",
                            "{\"frame\":{\"timestamp\":\"2023-03-08T09:00:19Z\",\"observations\":[]}}",
                            "<tt:Frame UtcTime=\"2008-10-10T12:24:57.321\">", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(yk_camera_onvif.guess(others[i], strlen(others[i])), "%s", others[i]);
}
