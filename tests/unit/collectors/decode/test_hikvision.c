/* Hikvision's people counting. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_capture.h"

#include "base/calendar.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define T0 1780000000000000LL /* 2026-05-28T20:26:40Z, 05:26:40 of the next day in Tokyo */
#define S  1000000LL

static void start(void)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
}
TestSuite(hikvision, .init = start, .timeout = 60);

static struct camera_capture decode(const char *text)
{
    return capture_text(&yk_camera_hikvision, (struct yk_camera_options){0}, text);
}

static struct camera_capture live(const char *text, int64_t arrived_us)
{
    return capture_live(&yk_camera_hikvision, (struct yk_camera_options){0}, text, arrived_us);
}

#define HEAD "<EventNotificationAlert version=\"2.0\" xmlns=\"http://www.isapi.org/ver20/XMLSchema\">"
#define FOOT "</EventNotificationAlert>"
#define ALERT \
    "<channelID>1</channelID><dateTime>2026-05-29T05:26:40+09:00</dateTime><eventType>PeopleCounting</eventType>"
#define READ \
    "<statisticalMethods>realTime</statisticalMethods><RealTime><time>2026-05-29T05:26:40+09:00</time></RealTime>"
#define RANGE                                                                                                       \
    "<statisticalMethods>timeRange</statisticalMethods><TimeRange><startTime>2026-05-29T05:15:00+09:00</startTime>" \
    "<endTime>2026-05-29T05:30:00+09:00</endTime></TimeRange>"
#define COUNT(inner) HEAD ALERT "<peopleCounting>" inner "</peopleCounting>" FOOT
#define READING      COUNT(READ "<enter>70</enter><exit>75</exit><duplicatePeople>4</duplicatePeople>")

Test(hikvision, real_time_is_cumulative)
{
    struct camera_capture c = decode(READING);
    cr_assert_eq(c.count_count, 1);
    cr_expect(c.counts[0].cumulative && c.counts[0].from_us == YK_COUNT_SINCE_UNKNOWN && c.counts[0].to_us == T0);
    cr_expect(c.counts[0].plus == 70 && c.counts[0].minus == 75);
    cr_expect_str_eq(c.counts[0].line.text, "1");
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

/* Children are in the numbers already; a region has its own name. */
Test(hikvision, a_range_is_a_bin)
{
    struct camera_capture c =
        decode("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" HEAD ALERT "<peopleCounting>" RANGE
               "\n<enter> 12 </enter>\n<exit>5</exit><pass>3</pass><regionsID>2</regionsID></peopleCounting>"
               "<childCounting><enter>100</enter><exit>100</exit></childCounting>"
               "<isDataRetransmission>true</isDataRetransmission>" FOOT "\n");
    cr_assert_eq(c.count_count, 1);
    cr_expect(!c.counts[0].cumulative && c.counts[0].from_us == T0 - 700 * S && c.counts[0].to_us == T0 + 200 * S);
    cr_expect(c.counts[0].plus == 12 && c.counts[0].minus == 5);
    cr_expect_str_eq(c.counts[0].line.text, "1/2");
}

Test(hikvision, the_method_says_which_time_holds)
{
    struct camera_capture c =
        decode(COUNT("<statisticalMethods>realTime</statisticalMethods><enter>1</enter><exit>2</exit>"
                     "<TimeRange><startTime>2026-05-29T05:15:00+09:00</startTime><endTime>2026-05-29T05:30:00+09:00</"
                     "endTime></TimeRange>"));
    cr_assert_eq(c.count_count, 1);
    cr_expect(c.counts[0].cumulative && c.counts[0].to_us == T0);
}

Test(hikvision, multipart_bodies_and_several_documents)
{
    struct camera_capture c = live(
        "--boundary\r\nContent-Type: application/xml; charset=\"UTF-8\"\r\nContent-Length: 5\r\n\r\n"
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n" READING "\r\n--boundary\r\nContent-Type: image/jpeg\r\n\r\n"
        "\xFF\xD8\xFF<a<b>&\r\n--boundary\r\nContent-Type: application/xml\r\n\r\n" READING READING
        "\r\n--boundary--\r\n",
        T0);
    cr_expect_eq(c.count_count, 3);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

static void feed_lines(void *state, const struct yk_camera_sink *sink, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        cr_assert_eq(yk_camera_hikvision.record(state, text, length, sink, NULL), YK_OK);
        text += length + (text[length] == '\n');
    }
}

/* A file is read line by line. */
Test(hikvision, documents_over_many_lines)
{
    struct camera_capture c = {.sample_count = 0};
    struct yk_camera_sink sink = {.count = capture_count, .context = &c, .drops = &c.drops};
    struct yk_camera_options options = {0};
    void *state;
    cr_assert_eq(yk_camera_hikvision.open(&options, &state, NULL), YK_OK);
    feed_lines(
        state, &sink,
        "<?xml "
        "version=\"1.0\"?>\n<EventNotificationAlert\nversion=\"1.0\"\n>\n<eventType>\nPeopleCounting\n</eventType>\n"
        "<dateTime>2026-05-28T20:26:40Z</dateTime>\n<peopleCounting>\n<statisticalMethods>realTime\n</"
        "statisticalMethods>\n"
        "<enter>3</enter>\n<exit>4</exit>\n</peopleCounting>\n</EventNotificationAlert>\n\n--next\n" READING "\n"
        /* One that breaks off, one of which only the declaration came, and a whole one. */
        HEAD "\n<eventType>PeopleCounting\n<?xml version=\"1.0\"?>\n" READING "\n" HEAD "\n<dateTime>2\n" READING
        "\n<!-- " HEAD "\n<a b='\n" READING "\n<?xml version=\"1.0\"?>\n");
    cr_assert_eq(yk_camera_hikvision.end(state, &sink, NULL), YK_OK);
    yk_camera_hikvision.close(state);
    cr_assert_eq(c.count_count, 5);
    cr_expect(c.counts[0].plus == 3 && c.counts[0].minus == 4);
    cr_expect(c.counts[3].plus == 70);
    cr_expect_eq(c.drops.count[YK_DROP_bad_xml], 4);
    cr_expect_eq(drops_in_all(&c.drops), 4);
}

static void expect_dropped(const char *text, enum yk_drop reason)
{
    struct camera_capture c = live(text, T0);
    cr_expect_eq(c.count_count, 0, "%s", text);
    cr_expect_eq(c.drops.count[reason], 1, "%s: %lu", text, (unsigned long)c.drops.count[reason]);
    cr_expect_eq(drops_in_all(&c.drops), 1, "%s", text);
}

Test(hikvision, what_is_not_counted)
{
    expect_dropped(HEAD "<eventType>videoloss</eventType><eventState>inactive</eventState>" FOOT, YK_DROP_unsupported);
    expect_dropped(HEAD "<eventType>regionTargetNumberCounting</eventType>" FOOT, YK_DROP_unsupported);
    expect_dropped(HEAD FOOT, YK_DROP_bad_schema);
    expect_dropped("<EventNotificationAlert/>", YK_DROP_bad_schema);
    expect_dropped(HEAD ALERT FOOT, YK_DROP_bad_schema);
    expect_dropped(COUNT(READ "<enter>1</enter>"), YK_DROP_bad_schema);
    expect_dropped(COUNT("<enter>1</enter><exit>2</exit>"), YK_DROP_bad_schema);
    expect_dropped(COUNT(READ "<enter>one</enter><exit>2</exit>"), YK_DROP_bad_schema);
    expect_dropped(COUNT(READ "<enter>1.5</enter><exit>2</exit>"), YK_DROP_bad_schema);
    expect_dropped(COUNT(READ "<enter>1</enter><exit>99999999999999999999</exit>"), YK_DROP_bad_schema);
    expect_dropped(COUNT(READ "<enter>-1</enter><exit>2</exit>"), YK_DROP_malformed);
    expect_dropped(COUNT("<statisticalMethods>daily</statisticalMethods><enter>1</enter><exit>2</exit>"),
                   YK_DROP_unsupported);
    expect_dropped(COUNT("<statisticalMethods>timeRange</statisticalMethods><enter>1</enter><exit>2</exit>"),
                   YK_DROP_bad_time);
    expect_dropped(
        COUNT("<statisticalMethods>timeRange</statisticalMethods><TimeRange><startTime>2026-05-29T05:30:00Z"
              "</startTime><endTime>2026-05-29T05:15:00Z</endTime></TimeRange><enter>1</enter><exit>2</exit>"),
        YK_DROP_malformed);
    expect_dropped(COUNT("<statisticalMethods>realTime</statisticalMethods><RealTime><time>soon</time></RealTime>"
                         "<enter>1</enter><exit>2</exit>"),
                   YK_DROP_bad_time);
}

Test(hikvision, broken_and_hostile_documents)
{
    expect_dropped("hello", YK_DROP_bad_xml);
    expect_dropped("", YK_DROP_bad_xml);
    expect_dropped(HEAD "<eventType>", YK_DROP_bad_xml);
    expect_dropped(HEAD "<a></b>" FOOT, YK_DROP_bad_xml);
    expect_dropped(HEAD "<eventType>&bomb;</eventType>" FOOT, YK_DROP_bad_xml);
    expect_dropped(HEAD "<eventType>\xFF</eventType>" FOOT, YK_DROP_bad_xml);
    /* After each of them the next one counts. */
    const char *bad[] = {
        HEAD "<a></b>" FOOT, HEAD "<eventType>\xFF</eventType>" FOOT, HEAD "<eventType",
        "<?xml version=\"1.0\"?><!DOCTYPE EventNotificationAlert [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
        "\"&a;&a;&a;\">]>" HEAD "<eventType>&b;</eventType>" FOOT,
        "<?xml version=\"9\" nonsense?>"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[2048];
        snprintf(text, sizeof text, "%s\n%s", bad[i], READING);
        struct camera_capture c = live(text, T0);
        cr_expect_eq(c.count_count, 1, "%s", text);
        cr_expect_geq(c.drops.count[YK_DROP_bad_xml] + c.drops.count[YK_DROP_bad_schema], 1, "%s", text);
    }
}

/* Levels, a value and a document without end. */
Test(hikvision, bounds)
{
    char *text = malloc(3 << 20), *at = text;
    at = stpcpy(at, HEAD);
    for (int i = 0; i < 40; i++)
        at = stpcpy(at, "<deep>");
    at = stpcpy(at, READING);
    struct camera_capture c = live(text, T0);
    cr_expect_eq(c.count_count, 1);
    cr_expect_eq(c.drops.count[YK_DROP_bad_xml], 1);

    at = stpcpy(text, HEAD "<channelID>");
    memset(at, '1', 500);
    strcpy(at + 500, "</channelID><eventType>PeopleCounting</eventType><peopleCounting>" READ
                     "<enter>1</enter><exit>1</exit></peopleCounting>" FOOT);
    expect_dropped(text, YK_DROP_bad_schema);

    at = stpcpy(text, HEAD "<a>");
    memset(at, 'x', 2 << 20);
    strcpy(at + (2 << 20), READING);
    c = live(text, T0);
    cr_expect_eq(c.count_count, 1);
    cr_expect_eq(c.drops.count[YK_DROP_too_long], 1);
    free(text);
}

/* Beginnings without an end cost time in proportion to their length. */
Test(hikvision, a_message_of_beginnings, .timeout = 20)
{
    size_t count = 400000;
    char *text = malloc(5 * count + 1), *at = text;
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, "<?xml");
    struct camera_capture c = live(text, T0);
    cr_expect_eq(c.count_count, 0);
    cr_expect_gt(c.drops.count[YK_DROP_bad_xml], 0);
    free(text);
}

/* 05:26:40 in Tokyo, labelled as if it were in Shanghai: an hour in the future. */
#define LABELLED(time, label)                                                                            \
    HEAD "<dateTime>" time label                                                                         \
         "</dateTime><eventType>PeopleCounting</eventType><peopleCounting><statisticalMethods>timeRange" \
         "</statisticalMethods><TimeRange><startTime>2026-05-29T05:00:00" label                          \
         "</startTime><endTime>2026-05-29T05:15:00" label                                                \
         "</endTime></TimeRange><enter>1</enter><exit>2</exit></peopleCounting>" FOOT

Test(hikvision, wrong_labels_of_time_zones)
{
    struct camera_capture c = live(LABELLED("2026-05-29T05:26:40", "+08:00"), T0);
    cr_assert_eq(c.count_count, 1);
    cr_expect_eq(c.counts[0].to_us, T0 - 700 * S);
    c = live(LABELLED("2026-05-29T05:26:40", "+09:00"), T0);
    cr_expect_eq(c.counts[0].to_us, T0 - 700 * S);
    c = live(LABELLED("2026-05-29T05:26:40", ""), T0);
    cr_expect_eq(c.counts[0].to_us, T0 - 700 * S);
    c = live(LABELLED("2026-05-29T04:26:40", "+08:00"), T0); /* right, in the zone of the label */
    cr_expect_eq(c.counts[0].to_us, T0 + 2900 * S);
    c = decode(LABELLED("2026-05-29T05:26:40", "+08:00")); /* a recording: nothing to judge by */
    cr_expect_eq(c.counts[0].to_us, T0 + 2900 * S);
    /* A late message tells nothing about labels: those of the message before hold. */
    c = live(LABELLED("2026-05-29T05:26:40", "+08:00") LABELLED("2026-05-28T20:00:00", "+08:00"), T0);
    cr_assert_eq(c.count_count, 2);
    cr_expect_eq(c.counts[1].to_us, T0 - 700 * S);
}

Test(hikvision, guess)
{
    cr_expect(yk_camera_hikvision.guess(READING, strlen(READING)));
    cr_expect_not(yk_camera_hikvision.guess("<MetadataStream>", 16));
    cr_expect_not(yk_camera_hikvision.guess("", 0));
    cr_expect_eq(yk_camera_dialect_guess(READING, strlen(READING)), &yk_camera_hikvision);
}

Test(hikvision, counts_may_not_be_wanted)
{
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {.drops = &drops};
    struct yk_camera_options options = {0};
    void *state;
    cr_assert_eq(yk_camera_hikvision.open(&options, &state, NULL), YK_OK);
    cr_assert_eq(yk_camera_hikvision.record(state, READING, strlen(READING), &sink, NULL), YK_OK);
    yk_camera_hikvision.close(state);
    cr_expect_eq(drops_in_all(&drops), 0);
}
