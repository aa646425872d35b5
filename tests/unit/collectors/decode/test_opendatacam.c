/* OpenDataCam's counted items. SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_lines.h"

#include <stdio.h>

#define ODC    &yk_camera_opendatacam
#define HEADER "\"Timestamp\",\"Counter area\",\"ObjectClass\",\"UniqueID\",\"CountingDirection\"\n"

static struct camera_capture decode(const char *text)
{
    return capture_text(ODC, (struct yk_camera_options){0}, text);
}

static const char *item(const char *time, const char *name, const char *id, const char *direction)
{
    static char text[8][512];
    static size_t n;
    char *out = text[n++ % 8];
    snprintf(
        out, sizeof text[0],
        "{\"timestamp\":\"%s\",\"area\":\"94af-1\",\"name\":\"%s\",\"id\":%s,\"bearing\":155,\"countingDirection\":"
        "\"%s\"}",
        time, name, id, direction);
    return out;
}

#define NOW "2026-05-28T20:26:40.250Z"

Test(opendatacam, lines)
{
    char text[2048];
    snprintf(text, sizeof text, "[%s,%s]", item(NOW, "person", "1", "leftright_topbottom"),
             item(NOW, "person", "2", "rightleft_bottomtop"));
    struct camera_capture c = decode(text);
    cr_assert_eq(c.crossing_count, 2);
    cr_expect_str_eq(c.crossings[0].line.text, "94af-1");
    cr_expect_eq(c.crossings[0].time_us, T0 + SEC / 4);
    cr_expect_eq(c.crossings[0].direction, 1);
    cr_expect_eq(c.crossings[1].direction, -1);
    cr_expect_eq(c.frame_count, 2);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(opendatacam, zones)
{
    char text[2048];
    snprintf(text, sizeof text, "{\"_id\":\"x\",\"counterSummary\":{},\"counterHistory\":[%s,%s]}",
             item(NOW, "person", "1021", "entering_zone"), item(NOW, "person", "1021", "leaving_zone"));
    struct camera_capture c = decode(text);
    cr_assert_eq(c.stay_count, 2);
    cr_expect_str_eq(c.stays[0].zone.text, "94af-1");
    cr_expect_eq(c.stays[0].track, 1021);
    cr_expect(c.stays[0].inside);
    cr_expect_not(c.stays[1].inside);
    cr_expect_eq(c.crossing_count, 0);
}

Test(opendatacam, items_that_do_not_count)
{
    expect_dropped(ODC, item(NOW, "car", "1", "leftright_topbottom"), YK_DROP_not_person);
    expect_dropped(ODC, item(NOW, "person", "1", "up"), YK_DROP_unsupported);
    expect_dropped(ODC, item(NOW, "person", "null", "entering_zone"), YK_DROP_untracked);
    expect_dropped(ODC, item(NOW, "person", "{}", "entering_zone"), YK_DROP_bad_schema);
    expect_dropped(ODC, item(NOW, "person", "1", ""), YK_DROP_bad_schema);
    expect_dropped(ODC, item(NOW, "person", "1", "a_direction_that_is_far_too_long"), YK_DROP_bad_schema);
    expect_dropped(ODC, item("soon", "person", "1", "leftright_topbottom"), YK_DROP_bad_time);
    expect_dropped(ODC, "{}", YK_DROP_bad_schema);
    expect_dropped(ODC, "{\"timestamp\":\"" NOW "\",\"area\":\"a\",\"name\":\"person\",\"id\":1}", YK_DROP_bad_schema);
    expect_dropped(ODC, "{\"timestamp\":\"" NOW "\",\"name\":\"person\",\"countingDirection\":\"leaving_zone\"}",
                   YK_DROP_bad_schema);
    expect_dropped(ODC, "{\"counterHistory\":{}}", YK_DROP_bad_schema);
    expect_dropped(ODC, "{\"counterHistory\":[5]}", YK_DROP_bad_schema);
}

Test(opendatacam, table)
{
    struct camera_capture c =
        decode("\xEF\xBB\xBF" HEADER "\"2026-05-28T20:26:40.250Z\",\"Main, \"\"A\"\"\",\"person\",4096,"
               "\"rightleft_bottomtop\"\r\n"
               "\"2026-05-28T20:26:41Z\",\"b\",\"car\",1,\"leftright_topbottom\"\r\n"
               "\"2026-05-28T20:26:42Z\",\"b\",\"Person\",7,\"entering_zone\"\n");
    cr_assert_eq(c.crossing_count, 1);
    cr_expect_str_eq(c.crossings[0].line.text, "Main, \"A\"");
    cr_expect_eq(c.crossings[0].direction, -1);
    cr_expect_eq(c.crossings[0].time_us, T0 + SEC / 4);
    cr_assert_eq(c.stay_count, 1);
    cr_expect_str_eq(c.stays[0].zone.text, "b");
    cr_expect_eq(c.stays[0].track, 7);
    cr_expect_eq(c.drops.count[YK_DROP_not_person], 1);
    cr_expect_eq(drops_in_all(&c.drops), 1);
}

Test(opendatacam, columns_by_their_names)
{
    struct camera_capture c = decode("UniqueID,Speed,CountingDirection,ObjectClass,Counter area,Timestamp\n"
                                     "5,3.2,leftright_topbottom,person,north," NOW "\n");
    cr_assert_eq(c.crossing_count, 1);
    cr_expect_str_eq(c.crossings[0].line.text, "north");
    cr_expect_eq(drops_in_all(&c.drops), 0);
    /* A second export behind the first. */
    c = decode(HEADER NOW ",a,person,1,leftright_topbottom\n" HEADER NOW ",b,person,1,leftright_topbottom\n");
    cr_expect_eq(c.crossing_count, 2);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(opendatacam, rows_of_another_shape)
{
    const char *schema[] = {NOW,
                            NOW ",a,person,1",
                            NOW ",,person,1,leaving_zone",
                            NOW ",a,person,1,",
                            ",,,,",
                            "\"Timestamp\",\"Counter area\",\"ObjectClass\",\"UniqueID\""};
    char text[512];
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++) {
        snprintf(text, sizeof text, HEADER "%s\n", schema[i]);
        expect_dropped(ODC, text, YK_DROP_bad_schema);
    }
    expect_dropped(ODC, HEADER "noon,a,person,1,leaving_zone", YK_DROP_bad_time);
    expect_dropped(ODC, NOW ",a,person,1,leaving_zone", YK_DROP_bad_schema); /* no header: whose columns? */
    expect_dropped(ODC, HEADER NOW ",a,person,-1,leaving_zone", YK_DROP_untracked);
}

Test(opendatacam, order)
{
    struct camera_capture c = decode(HEADER "2026-05-28T20:26:40Z,a,person,1,leftright_topbottom\n"
                                            "2026-05-28T20:26:39Z,a,person,2,leftright_topbottom\n"
                                            "2026-05-29T06:00:00Z,a,person,3,leftright_topbottom\n");
    cr_expect_eq(c.crossing_count, 2); /* a quiet night is no jump */
    cr_expect_eq(c.drops.count[YK_DROP_out_of_order], 1);
    cr_expect_eq(drops_in_all(&c.drops), 1);
}

Test(opendatacam, hostile)
{
    static char text[200001];
    memset(text, '[', 200000);
    expect_dropped(ODC, text, YK_DROP_bad_json);
    memset(text, ',', 200000);
    expect_dropped(ODC, text, YK_DROP_bad_schema);
    memset(text, '"', 200000);
    expect_dropped(ODC, text, YK_DROP_bad_schema);
    expect_dropped(ODC, "{\"timestamp\":", YK_DROP_bad_json);
    expect_dropped(ODC, "[5]", YK_DROP_bad_schema);
    struct camera_capture c = decode("[5]\n{\"x\":NaN}");
    cr_expect_eq(drops_in_all(&c.drops), 2);
}

Test(opendatacam, guess)
{
    expect_guessed(ODC, item(NOW, "person", "1", "leftright_topbottom"));
    expect_guessed(ODC, "\"Timestamp\",\"Counter area\",\"ObjectClass\",\"UniqueID\",\"CountingDirection\"");
    expect_guessed(ODC, "timestamp,counter area,objectclass,uniqueid,countingdirection\r\n2026-05-28");
    expect_not_guessed(ODC, "\"Timestamp\",\"Counter area\",\"ObjectClass\",\"UniqueID\"");
    expect_others_left_alone(ODC);
}
