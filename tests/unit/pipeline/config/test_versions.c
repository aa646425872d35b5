/* valid_from: which entry holds when. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Moments: TZ=Asia/Tokyo date -d DATE +%s. */
#include "reading.h"

#define APRIL 1774969200 /* 2026-04-01 */
#define MAY   1777561200 /* 2026-05-01 */
#define JUNE  1780239600 /* 2026-06-01 */
#define JULY  1782831600 /* 2026-07-01 */

#define HEAD       \
    "version: 1\n" \
    "district: { id: d, timezone: Asia/Tokyo }\n"

Test(versions, sensors_and_places)
{
    struct yk_config *c =
        read_whole(HEAD "places:\n"
                        "- { id: p, area_m2: 30, valid_from: 2026-06-01 }\n"
                        "- { id: p, area_m2: 10 }\n"
                        "- { id: q, area_m2: 20, valid_from: 2026-05-01T00:00:00+09:00 }\n"
                        "sensors:\n"
                        "- { id: s, place: p, kind: ble_capture, valid_from: 2026-06-01, rssi_min_dbm: -60 }\n"
                        "- { id: s, place: p, kind: ble_capture, valid_from: 2026-04-01, rssi_min_dbm: -70 }\n"
                        "- { id: t, place: q, kind: ble_capture }\n");
    cr_expect_null(yk_config_sensor_at(c, "s", APRIL - 1));
    cr_expect_eq(yk_config_sensor_at(c, "s", APRIL)->rssi_min_dbm, -70);
    cr_expect_eq(yk_config_sensor_at(c, "s", JUNE - 1)->rssi_min_dbm, -70);
    cr_expect_eq(yk_config_sensor_at(c, "s", JUNE)->rssi_min_dbm, -60);
    cr_expect_eq(yk_config_sensor_at(c, "s", INT64_MAX)->rssi_min_dbm, -60);
    cr_expect_eq(yk_config_sensor(c, "s")->rssi_min_dbm, -60);
    cr_expect_null(yk_config_sensor(c, "u"));
    cr_expect_eq(yk_config_place_at(c, "p", INT64_MIN)->area_m2, 10.0);
    cr_expect_eq(yk_config_place_at(c, "p", JUNE)->area_m2, 30.0);
    cr_expect_null(yk_config_place_at(c, "q", MAY - 1));
    cr_expect_eq(yk_config_place_at(c, "q", MAY)->area_m2, 20.0);
    /* A sensor knows its place as it is when the sensor's version begins; before all of them, the oldest. */
    cr_expect_eq(c->places[yk_config_sensor_at(c, "s", APRIL)->place].area_m2, 10.0);
    cr_expect_eq(c->places[yk_config_sensor_at(c, "s", JUNE)->place].area_m2, 30.0);
    cr_expect_eq(c->places[yk_config_sensor(c, "t")->place].area_m2, 20.0);
    yk_config_free(c);
}

static const struct yk_sensor_config *lines_at(const struct yk_config *c, int64_t t, const char *expected)
{
    const struct yk_sensor_config *s = yk_config_sensor_at(c, "c", t);
    cr_assert(s);
    char found[256] = "";
    for (size_t i = 0; i < s->line_count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%g ", s->lines[i].id,
                 s->lines[i].points.points[1][0]);
    for (size_t i = 0; i < s->zone_count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%g ", s->zones[i].id,
                 s->zones[i].points.points[1][0]);
    cr_expect_str_eq(found, expected, "at %ld: '%s'", (long)t, found);
    return s;
}

Test(versions, dated_lines_and_zones)
{
    struct yk_config *c =
        read_whole(HEAD "places: [{ id: p }]\n"
                        "sensors:\n"
                        "- id: c\n"
                        "  place: p\n"
                        "  kind: camera_file\n"
                        "  valid_from: 2026-04-01\n"
                        "  lines:\n"
                        "  - { id: b, points: [[0,0],[3,0]], valid_from: 2026-06-01 }\n"
                        "  - { id: a, points: [[0,0],[1,0]] }\n"
                        "  - { id: a, points: [[0,0],[2,0]], valid_from: 2026-05-01 }\n"
                        "  zones:\n"
                        "  - { id: z, points: [[0,0],[7,0],[7,7]], valid_from: 2026-05-01 }\n"
                        "  - { id: z, points: [[0,0],[8,0],[8,8]], valid_from: 2026-07-01 }\n"
                        "- { id: c, place: p, kind: camera_file, valid_from: 2026-07-01, lines: [{ id: a, "
                        "points: [[0,0],[9,0]] }] }\n");
    cr_expect_null(yk_config_sensor_at(c, "c", APRIL - 1));
    lines_at(c, APRIL, "a1 ");
    lines_at(c, MAY - 1, "a1 ");
    cr_expect_eq(lines_at(c, MAY, "a2 z7 ")->valid_from, MAY);
    cr_expect_eq(lines_at(c, JUNE, "b3 a2 z7 ")->valid_from, JUNE);
    lines_at(c, JULY - 1, "b3 a2 z7 ");
    /* The zone's July version belongs to an entry that July's entry replaces. */
    lines_at(c, JULY, "a9 ");
    lines_at(c, INT64_MAX, "a9 ");
    cr_expect_eq(c->sensor_count, 4);
    yk_config_free(c);
}

Test(versions, a_zone_that_was_drawn_anew)
{
    struct yk_config *c = read_whole(HEAD "places: [{ id: p }]\n"
                                          "sensors:\n"
                                          "- id: c\n"
                                          "  place: p\n"
                                          "  kind: camera_file\n"
                                          "  zones:\n"
                                          "  - { id: z, points: [[0,0],[8,0],[8,8]], valid_from: 2026-06-01 }\n"
                                          "  - { id: y, points: [[0,0],[5,0],[5,5]] }\n"
                                          "  - { id: z, points: [[0,0],[7,0],[7,7]], valid_from: 2026-05-01 }\n");
    lines_at(c, INT64_MIN, "y5 ");
    lines_at(c, MAY, "y5 z7 ");
    lines_at(c, JUNE - 1, "y5 z7 ");
    lines_at(c, JUNE, "z8 y5 ");
    cr_expect_eq(c->sensor_count, 3);
    yk_config_free(c);
}

Test(versions, the_same_valid_from_is_a_mistake_however_it_is_written)
{
    const char *text = HEAD "places: [{ id: p }]\n"
                            "sensors:\n"
                            "- { id: s, place: p, kind: ble_capture, valid_from: 2026-04-01 }\n"
                            "- { id: s, place: p, kind: ble_capture, valid_from: 2026-03-31T15:00:00Z }\n";
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    cr_assert_eq(mistakes.count, 1);
    cr_expect_eq(mistakes.list[0].line, 6);
    cr_expect(strstr(mistakes.list[0].text, "twice"));
    yk_config_mistakes_free(&mistakes);
}
