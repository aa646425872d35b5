/* ONVIF as XML: documents, and that they say what the JSON says. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z */

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_onvif_xml, (struct yk_camera_options){0}, text);
}

#define LIVE_US (T0 + 1000000)

static struct camera_capture decode_live(const char *text)
{
    return capture_live(&yk_camera_onvif_xml, (struct yk_camera_options){0}, text, LIVE_US);
}

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define STREAM(inner)                                                                             \
    "<tt:MetadataStream xmlns:tt=\"http://www.onvif.org/ver10/schema\"><tt:VideoAnalytics>" inner \
    "</tt:VideoAnalytics></tt:MetadataStream>\n"
#define FRAME(second, inner) "<tt:Frame UtcTime=\"2026-05-28T20:26:" second "\">" inner "</tt:Frame>"
#define BOX(l, t, r, b)                                                                                               \
    "<tt:Shape><tt:BoundingBox left=\"" l "\" top=\"" t "\" right=\"" r "\" bottom=\"" b "\"/><tt:CenterOfGravity x=" \
    "\"9\" y=\"9\"/></tt:Shape>"
#define OBJECT(id, inner) "<tt:Object ObjectId=\"" id "\"><tt:Appearance>" inner "</tt:Appearance></tt:Object>"
#define HUMAN             "<tt:Class><tt:Type Likelihood=\"0.8\">Human</tt:Type></tt:Class>"
#define PERSON(id)        OBJECT(id, BOX("-0.5", "0.5", "0.5", "-0.5") HUMAN)

Test(onvif_xml, a_frame)
{
    struct camera_capture c = decode(HEAD STREAM(FRAME("40.250", PERSON("15")) FRAME("41Z", "")));
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(c.frames[0], T0 + 250000);
    cr_assert_eq(c.frames[1], T0 + 1000000);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 15);
    cr_assert_float_eq(c.samples[0].x, 0.5, 1e-12);
    cr_assert_float_eq(c.samples[0].y, 0.75, 1e-12);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

/* The specification's picture of 640 by 480: the box's middle is 60, its foot 30 from below. */
Test(onvif_xml, transformations)
{
    struct camera_capture c = decode(STREAM(
        FRAME("40", "<tt:Transformation><tt:Translate x=\"-1.0\" y=\"-1.0\"/><tt:Scale x=\"0.003125\" "
                    "y=\"0.0041666666666667\"/>"
                    "</tt:Transformation>" OBJECT("12", BOX("20.0", "80.0", "100.0", "30.0"))) //
        FRAME("41", "<tt:Transformation><tt:Scale x=\"0.5\" y=\"0.5\"/></tt:Transformation>" OBJECT(
                        "13", "<tt:Transformation><tt:Translate x=\"1\" y=\"-1\"/></tt:Transformation>" BOX("-1", "1",
                                                                                                            "1", "0")))
            FRAME("42", "<tt:AspectRatioTransformation ratio=\"1.6\"><tt:Scale x=\"9\" "
                        "y=\"9\"/></tt:AspectRatioTransformation>" OBJECT("14", BOX("0", "0", "0", "0")))));
    cr_assert_eq(c.sample_count, 3);
    cr_assert_float_eq(c.samples[0].x, 60.0 / 640, 1e-9);
    cr_assert_float_eq(c.samples[0].y, 450.0 / 480, 1e-9);
    cr_assert_float_eq(c.samples[1].x, 0.75, 1e-12); /* 0.5 * (0 + 1) = 0.5 */
    cr_assert_float_eq(c.samples[1].y, 0.75, 1e-12); /* 0.5 * (0 - 1) = -0.5 */
    cr_assert_float_eq(c.samples[2].x, 0.5, 1e-12);  /* another picture's shape is no matter of ours */
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

static void expect_class(const char *class, bool counts)
{
    char text[2048];
    snprintf(text, sizeof text, STREAM(FRAME("40", OBJECT("1", BOX("0", "0", "0", "0") "%s"))), class);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.sample_count, counts, "%s", class);
    cr_assert_eq(c.drops.count[YK_DROP_not_person], !counts, "%s", class);
    cr_assert_eq(drops_in_all(&c.drops), !counts, "%s", class);
}

Test(onvif_xml, classes)
{
    expect_class("", true);
    expect_class("<tt:Class><tt:Type>\n Human\t</tt:Type></tt:Class>", true);
    expect_class(
        "<tt:Class><tt:Type Likelihood=\"0.4\">Human</tt:Type><tt:Type Likelihood=\"0.5\">Bike</tt:Type></tt:Class>",
        false);
    expect_class(
        "<tt:Class><tt:Type Likelihood=\"0.6\">Human</tt:Type><tt:Type Likelihood=\"0.5\">Bike</tt:Type></tt:Class>",
        true);
    expect_class(
        "<tt:Class><tt:ClassCandidate><tt:Type>Human</tt:Type><tt:Likelihood>0.3</tt:Likelihood></tt:ClassCandidate>"
        "<tt:ClassCandidate><tt:Type>Animal</tt:Type><tt:Likelihood>0.7</tt:Likelihood></tt:ClassCandidate></tt:Class>",
        false);
    expect_class(
        "<tt:Class><tt:ClassCandidate><tt:Type>Human</tt:Type><tt:Likelihood>0.9</tt:Likelihood></tt:ClassCandidate>"
        "<tt:ClassCandidate><tt:Type>Animal</tt:Type><tt:Likelihood>0.1</tt:Likelihood></tt:ClassCandidate></tt:Class>",
        true);
    /* Other elements have a Type too. */
    expect_class("<tt:VehicleInfo><tt:Type Likelihood=\"1\">Bus</tt:Type></tt:VehicleInfo>" HUMAN, true);
    expect_class("<fc:HumanFace><fc:Gender>Male</fc:Gender><Class><Type>Face</Type></Class></fc:HumanFace>" HUMAN,
                 true);
}

Test(onvif_xml, objects_that_do_not_count)
{
    struct camera_capture c = decode(STREAM(FRAME(
        "40", OBJECT("-1", BOX("0", "0", "0", "0")) "<tt:Object><tt:Appearance>" BOX(
                  "0", "0", "0", "0") "</tt:Appearance></tt:Object>"                                    //
        OBJECT("2", BOX("0", "0", "x", "0")) OBJECT("3", BOX("0", "1e12", "0", "0"))                    //
        "<tt:Object ObjectId=\"4\" Parent=\"1\"><tt:Appearance>" BOX("0", "0", "0", "0")                //
        "</tt:Appearance></tt:Object><tt:Object ObjectId=\"5\"><tt:Appearance>" BOX("0", "0", "0", "0") //
        "</tt:Appearance><tt:Behaviour><tt:Removed/></tt:Behaviour></tt:Object>"                        //
        "<tt:Object ObjectId=\"6\"/>"                                                                   //
        OBJECT("7", "<tt:Shape><tt:Extension><tt:BoundingBox left=\"1\"/></tt:Extension></tt:Shape>") PERSON("8"))));
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 8);
    cr_assert_eq(c.drops.count[YK_DROP_untracked], 2);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 1);
    cr_assert_eq(c.drops.count[YK_DROP_malformed], 1);
    cr_assert_eq(c.drops.count[YK_DROP_not_person], 2);
    cr_assert_eq(drops_in_all(&c.drops), 6);
}

/* The tree stands behind the objects that it is about. */
Test(onvif_xml, object_tree)
{
    struct camera_capture c = decode(STREAM(FRAME(
        "40",
        PERSON("1") "<tt:ObjectTree><tt:Rename><tt:to ObjectId=\"1\"/><tt:from ObjectId=\"2\"/></tt:Rename>"
                    "<tt:Merge><tt:From ObjectId=\"12\"/><tt:From ObjectId=\"17\"/><tt:To ObjectId=\"12\"/></tt:Merge>"
                    "<tt:Split><tt:from ObjectId=\"4\"/><tt:to ObjectId=\"5\"/><tt:to ObjectId=\"6\"/></tt:Split>"
                    "<tt:Delete ObjectId=\"9\"/><tt:Rename><tt:from ObjectId=\"7\"/></tt:Rename></tt:ObjectTree>")));
    cr_assert_eq(c.change_count, 4);
    const struct yk_track_change expected[] = {{YK_TRACK_RENAMED, 2, 1, T0},
                                               {YK_TRACK_ENDED, 17, 0, T0},
                                               {YK_TRACK_RENAMED, 4, 5, T0},
                                               {YK_TRACK_ENDED, 9, 0, T0}};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(c.changes[i].kind, expected[i].kind, "%zu", i);
        cr_assert_eq(c.changes[i].track, expected[i].track, "%zu", i);
        cr_assert_eq(c.changes[i].time_us, T0, "%zu", i);
        cr_assert(expected[i].kind == YK_TRACK_ENDED || c.changes[i].to == expected[i].to, "%zu", i);
    }
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_schema], 1);
}

/* --- events --- */

#define NOTIFICATION(topic, second, operation, source, data)                                                          \
    "<wsnt:NotificationMessage><wsnt:Topic Dialect=\"d\">tns1:RuleEngine/" topic                                      \
    "</wsnt:Topic><wsnt:Message><tt:Message UtcTime=\"2026-05-28T20:26:" second "Z\" PropertyOperation=\"" operation  \
    "\"><tt:Source><tt:SimpleItem Name=\"VideoSourceConfigurationToken\" Value=\"1\"/><tt:SimpleItem Value=\"" source \
    "\" Name=\"Rule\"/></tt:Source><tt:Data>" data "</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>"
#define ITEM(name, value) "<tt:SimpleItem Name=\"" name "\" Value=\"" value "\"/>"
#define EVENTS(inner)     "<tt:MetadataStream><tt:Event>" inner "</tt:Event></tt:MetadataStream>\n"

Test(onvif_xml, events)
{
    struct camera_capture c = decode(
        EVENTS(NOTIFICATION("LineDetector/Crossed", "40", "Changed", "Fence1", ITEM("ObjectId", "15"))     //
               NOTIFICATION("LineDetector/Crossed", "40", "Initialized", "Fence1", ITEM("ObjectId", "16")) //
               NOTIFICATION("FieldDetector/ObjectsInside", "41", "Changed", "Hall",
                            ITEM("ObjectId", "15") ITEM("IsInside", "true"))                                         //
               NOTIFICATION("LoiteringDetector/ObjectIsLoitering", "42", "Changed", "Bench", ITEM("ObjectId", "15")) //
               NOTIFICATION("CellMotionDetector/Motion", "42", "Changed", "M", ITEM("IsMotion", "true"))             //
               NOTIFICATION("CountAggregation/Counter", "43", "Initialized", "Door", ITEM("Count", "10"))            //
               NOTIFICATION("CountAggregation/Counter", "44", "Changed", "Door", ITEM("Count", "7"))));
    cr_assert_eq(c.crossing_count, 1);
    cr_assert_str_eq(c.crossings[0].line.text, "Fence1");
    cr_assert_eq(c.crossings[0].time_us, T0);
    cr_assert_eq(c.crossings[0].direction, 1);
    cr_assert_eq(c.stay_count, 1);
    cr_assert(c.stays[0].inside && c.stays[0].track == 15);
    cr_assert_eq(c.count_count, 2);
    cr_assert(c.counts[0].plus == 10 && c.counts[0].minus == 0 && c.counts[0].cumulative);
    cr_assert(c.counts[1].plus == 7 && c.counts[1].minus == 0); /* the topic says that it was reset */
    cr_assert_eq(c.drops.count[YK_DROP_unsupported], 3);
    cr_assert_eq(drops_in_all(&c.drops), 3);
}

/* 10 are inside to begin with; 2 come, 5 go, it is reset, 1 comes and goes, one more goes. */
Test(onvif_xml, an_occupancy_counter)
{
    const char *readings[] = {"10", "12", "7", "0", "1", "0", "-1"};
    const uint64_t plus[] = {0, 2, 2, 2, 3, 3, 3}, minus[] = {0, 0, 5, 5, 5, 6, 7};
    char text[8192];
    size_t n = 0;
    for (size_t i = 0; i < 7; i++)
        n += (size_t)snprintf(
            text + n, sizeof text - n,
            NOTIFICATION("CountAggregation/OccupancyCounter", "4%zu", "Changed", "Door", ITEM("Count", "%s")) "\n", i,
            readings[i]);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.count_count, 7);
    for (size_t i = 0; i < 7; i++) {
        cr_assert_eq(c.counts[i].plus, plus[i], "%zu", i);
        cr_assert_eq(c.counts[i].minus, minus[i], "%zu", i);
    }
}

Test(onvif_xml, events_in_soap)
{
    struct camera_capture c = decode(HEAD "<SOAP-ENV:Envelope><SOAP-ENV:Body><wsnt:Notify>" NOTIFICATION(
        "LineDetector/Crossed", "40", "Changed", "Fence1",
        ITEM("ObjectId", "15") ITEM("Direction", "Left")) "</wsnt:Notify></SOAP-ENV:Body></SOAP-ENV:Envelope>");
    cr_assert_eq(c.crossing_count, 1);
    cr_assert_eq(c.crossings[0].direction, -1);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

/* --- documents --- */

/* As a camera posts it: parts with boundaries and headers. */
#define PARTS                                                                                            \
    "--boundary\r\nContent-Type: application/xml; charset=\"UTF-8\"\r\nContent-Length: 200\r\n\r\n" HEAD \
    STREAM(FRAME("40", PERSON("1"))) "\r\n--boundary\r\nContent-Type: application/xml\r\n\r\n" STREAM(   \
        FRAME("41", PERSON("2"))) "--boundary--\r\n"

Test(onvif_xml, several_documents_and_what_stands_between)
{
    struct camera_capture c = decode(PARTS);
    cr_assert_eq(c.sample_count, 2);
    cr_assert_eq(drops_in_all(&c.drops), 0);
    c = decode_live(PARTS);
    cr_assert_eq(c.sample_count, 2);
    cr_assert_eq(drops_in_all(&c.drops), 0);
    c = decode(STREAM(FRAME("40", "")) STREAM(FRAME("41", ""))); /* one line each, and on one line */
    cr_assert_eq(c.frame_count, 2);
}

/* Line by line, as a recording is read. */
static struct camera_capture decode_lines(const char *text)
{
    struct camera_capture c = {.sample_count = 0};
    struct yk_camera_sink sink = {
        .frame = capture_frame, .sample = capture_sample, .change = capture_change, .context = &c, .drops = &c.drops};
    void *state;
    cr_assert_eq(yk_camera_onvif_xml.open(&(struct yk_camera_options){0}, &state, NULL), YK_OK);
    while (*text) {
        size_t length = strcspn(text, "\n");
        cr_assert_eq(yk_camera_onvif_xml.record(state, text, length, &sink, NULL), YK_OK);
        text += length + (text[length] == '\n');
    }
    cr_assert_eq(yk_camera_onvif_xml.end(state, &sink, NULL), YK_OK);
    yk_camera_onvif_xml.close(state);
    return c;
}

Test(onvif_xml, a_document_over_many_lines)
{
    struct camera_capture c = decode_lines(
        HEAD "<tt:MetadataStream>\n <tt:VideoAnalytics>\n  <tt:Frame\nUtcTime=\"2026-05-28T20:26:40\">\n   " PERSON(
            "1") "\n"
                 "  </tt:Frame>\n </tt:VideoAnalytics>\n</tt:MetadataStream>\n" STREAM(FRAME("41", PERSON("1"))));
    cr_assert_eq(c.frame_count, 2);
    cr_assert_eq(c.sample_count, 2);
    cr_assert_eq(drops_in_all(&c.drops), 0);
}

/* One that was cut off does not take the next one with it. */
Test(onvif_xml, a_document_cut_off)
{
    struct camera_capture c = decode_lines(
        "<tt:MetadataStream><tt:Frame UtcTime=\"2026-05-28T20:26:40\">\n" HEAD STREAM(FRAME("41", PERSON("1"))));
    cr_assert_eq(c.frame_count, 1);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_xml], 1);
    cr_assert_eq(drops_in_all(&c.drops), 1);
    /* Without a declaration the stream within a stream tells it. */
    c = decode_lines(
        "<tt:MetadataStream><tt:Frame UtcTime=\"2026-05-28T20:26:40\">\n" STREAM(FRAME("41", PERSON("1"))));
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(drops_in_all(&c.drops), 1);
    /* The rest of a broken one is not many more. */
    c = decode_lines("<tt:MetadataStream>\n<tt:Frame <\n" PERSON("1") "\n</tt:Frame>\n</tt:MetadataStream>\n" STREAM(
        FRAME("41", PERSON("2"))));
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.samples[0].track, 2);
    cr_assert_eq(drops_in_all(&c.drops), 1);
    c = decode("<tt:MetadataStream><tt:Frame UtcTime=\"2026-05-28T20:26:40\">");
    cr_assert_eq(c.frame_count, 0);
    cr_assert_eq(c.drops.count[YK_DROP_bad_xml], 1);
}

/* A live message ends its documents. */
Test(onvif_xml, a_live_message_cut_off)
{
    struct camera_capture c = {.sample_count = 0};
    struct yk_camera_sink sink = {
        .frame = capture_frame, .sample = capture_sample, .context = &c, .drops = &c.drops, .arrived_us = LIVE_US};
    const char *texts[] = {"<tt:MetadataStream><tt:Frame UtcTime=\"2026-05-28T20:26:40\">",
                           "<tt:Frame UtcTime=\"2026-05-28T20:26:40\">" PERSON("1") "</tt:Frame>", "hello"};
    void *state;
    cr_assert_eq(yk_camera_onvif_xml.open(&(struct yk_camera_options){0}, &state, NULL), YK_OK);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(yk_camera_onvif_xml.record(state, texts[i], strlen(texts[i]), &sink, NULL), YK_OK);
    yk_camera_onvif_xml.close(state);
    cr_assert_eq(c.sample_count, 1);
    cr_assert_eq(c.drops.count[YK_DROP_bad_xml], 2);
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    static char both[300000];
    cr_assert_lt(strlen(text) + 1000, sizeof both);
    snprintf(both, sizeof both, "%s\n%s", text, HEAD STREAM(FRAME("41", PERSON("7"))));
    struct camera_capture c = decode(both);
    cr_assert_eq(c.frame_count, 1, "%.200s: the next document counts", text);
    cr_assert_eq(c.samples[0].track, 7);
    cr_assert_eq(c.drops.count[reason], 1, "%.200s", text);
    cr_assert_eq(drops_in_all(&c.drops), 1, "%.200s", text);
}

Test(onvif_xml, hostile_documents)
{
    expect_dropped("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>"
                   "<lolz>&lol2;</lolz>",
                   YK_DROP_bad_xml);
    expect_dropped("<!-- before --><tt:MetadataStream><tt:Frame UtcTime=\"2026-05-28T20:26:40\">&lol;</tt:Frame>"
                   "</tt:MetadataStream>",
                   YK_DROP_bad_xml);
    expect_dropped("<tt:Frame UtcTime=\"2026-05-28T20:26:40\" UtcTime=\"2026-05-28T20:26:40\"/>", YK_DROP_bad_xml);
    expect_dropped("<tt:Frame UtcTime=\"2026-05-28T20:26:40\">\xFF</tt:Frame>", YK_DROP_bad_xml);
    expect_dropped("<tt:Frame UtcTime=\"2026-05-28T20:26:40\"></tt:Object>", YK_DROP_bad_xml);
    expect_dropped("<tt:Frame/>", YK_DROP_bad_schema);
    expect_dropped("<tt:Frame UtcTime=\"noon\">" PERSON("1") "</tt:Frame>", YK_DROP_bad_time);
    expect_dropped("<EventNotificationAlert><eventType>PeopleCounting</eventType></EventNotificationAlert>",
                   YK_DROP_bad_schema);
    expect_dropped(STREAM(FRAME("40", "<tt:Transformation><tt:Scale x=\"0.5\"/></tt:Transformation>" PERSON("1"))),
                   YK_DROP_bad_schema);
    static char text[200001];
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "<a>", 3);
    expect_dropped(text, YK_DROP_bad_xml);
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "<tt:Frame UtcTime=\"", 19);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.frame_count, 0);
    cr_assert_eq(drops_in_all(&c.drops), 1);
    cr_assert_eq(c.drops.count[YK_DROP_too_long], 1);
}

/* 32 levels are read, one more is not. */
Test(onvif_xml, depth)
{
    for (int levels = 32; levels <= 33; levels++) {
        char text[1024] = STREAM(FRAME("40", "")) "<Frame UtcTime=\"2026-05-28T20:26:41\">";
        for (int i = 1; i < levels; i++)
            strcat(text, "<a>");
        for (int i = 1; i < levels; i++)
            strcat(text, "</a>");
        strcat(text, "</Frame>");
        struct camera_capture c = decode(text);
        cr_assert_eq(c.frame_count, levels == 32 ? 2 : 1, "%d", levels);
        cr_assert_eq(c.drops.count[YK_DROP_bad_xml], levels == 32 ? 0 : 1, "%d", levels);
    }
}

/* Broken beginnings without end are not read without end. */
Test(onvif_xml, many_broken_documents)
{
    static char text[200001];
    for (size_t i = 0; i + 9 < sizeof text; i += 9)
        memcpy(text + i, "<Frame <a", 9);
    struct camera_capture c = decode(text);
    cr_assert_eq(c.drops.count[YK_DROP_bad_xml], 64);
    cr_assert_eq(drops_in_all(&c.drops), 64);
}

Test(onvif_xml, guess)
{
    const char *mine[] = {STREAM(""), EVENTS(""), "<tt:MetadataStream>", "<wsnt:NotificationMessage>"};
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
        cr_assert_eq(yk_camera_dialect_guess(mine[i], strlen(mine[i])), &yk_camera_onvif_xml, "%s", mine[i]);
    const char *others[] = {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                            "<EventNotificationAlert version=\"2.0\" xmlns=\"http://www.isapi.org/ver20/XMLSchema\">",
                            "{\"Frame\":[{\"@UtcTime\":\"2021-10-05T15:13:27.321\"}]}", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(yk_camera_onvif_xml.guess(others[i], strlen(others[i])), "%s", others[i]);
}
