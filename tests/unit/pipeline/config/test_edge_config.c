/* An edge's file, alone and against its district's. SPDX-License-Identifier: GPL-3.0-or-later */
#include "reading.h"

Test(edge_config, whole)
{
    const char *text = "version: 1\n"
                       "edge: { id: edge-1, district: riverside }\n"
                       "sensors: [radio-1, cam-1]\n"
                       "spool: /var/lib/yukikai/spool\n"
                       "redis: { url: \"tls://redis.example:6380\" }\n"
                       "keys: /run/yukikai/keys\n"
                       "inbox: /run/yukikai/inbox\n"
                       "clock: network\n";
    struct yk_config *district = read_whole(design_example);
    struct yk_edge_config *edge;
    struct yk_config_mistakes mistakes;
    struct yk_error err = {0};
    cr_assert_eq(yk_edge_config_read_bytes("e.yaml", text, strlen(text), district, &edge, &mistakes, &err), YK_OK, "%s",
                 err.message);
    cr_expect_str_eq(edge->id, "edge-1");
    cr_expect_str_eq(edge->district, "riverside");
    cr_assert_eq(edge->sensor_count, 2);
    cr_expect_str_eq(edge->sensors[1].id, "cam-1");
    cr_expect_eq(edge->sensors[1].line, 3);
    cr_expect_eq(edge->sensors[1].column, 20);
    cr_expect_str_eq(edge->spool, "/var/lib/yukikai/spool");
    cr_expect_str_eq(edge->redis_url, "tls://redis.example:6380");
    cr_expect_str_eq(edge->keys, "/run/yukikai/keys");
    cr_expect_str_eq(edge->inbox, "/run/yukikai/inbox");
    cr_expect_eq(edge->clock, YK_CLOCK_TRUST_NETWORK);
    cr_expect_eq(strlen(edge->version_id), 16);
    yk_edge_config_free(edge);
    yk_config_free(district);
}

Test(edge_config, defaults)
{
    const char *text = "version: 1\nedge: { id: e, district: d }\nsensors: [s]\n";
    struct yk_edge_config *edge;
    struct yk_error err = {0};
    cr_assert_eq(yk_edge_config_read_bytes("e.yaml", text, strlen(text), NULL, &edge, NULL, &err), YK_OK, "%s",
                 err.message);
    cr_expect_str_eq(edge->spool, "run/spool");
    cr_expect_str_eq(edge->keys, "run/keys");
    cr_expect_str_eq(edge->inbox, "");
    cr_expect_eq(edge->clock, YK_CLOCK_TRUST_SYSTEM);
    cr_expect_str_eq(edge->redis_url, "unix:run/redis.sock");
    yk_edge_config_free(edge);
}

/* Redis is said once, in the district's file, unless the edge reaches it by another way. */
Test(edge_config, redis_is_the_districts)
{
    const char *text = "version: 1\nedge: { id: e, district: d }\nsensors: [s]\n";
    struct yk_config *district = read_whole("version: 1\ndistrict: { id: d, timezone: Asia/Tokyo }\n"
                                            "places:\n  - { id: p }\nsensors:\n  - { id: s, place: p, kind: ble_hci }\n"
                                            "redis: { url: \"tcp://10.0.0.5:6379\" }\n");
    struct yk_edge_config *edge;
    struct yk_error err = {0};
    cr_assert_eq(yk_edge_config_read_bytes("e.yaml", text, strlen(text), district, &edge, NULL, &err), YK_OK, "%s",
                 err.message);
    cr_expect_str_eq(edge->redis_url, "tcp://10.0.0.5:6379");
    yk_edge_config_free(edge);
    yk_config_free(district);
}

static const struct {
    const char *text, *says;
    int line;
} cases[] = {
    {"version: 1\nsensors: [radio-1]\n", "needs 'edge'", 1},
    {"version: 1\nedge: { id: e, district: riverside }\n", "needs 'sensors'", 1},
    {"version: 3\nedge: { id: e, district: riverside }\nsensors: [cam-1]\n", "reads version 1", 1},
    {"version: 1\nedge: { id: E, district: riverside }\nsensors: [cam-1]\n", "the edge's id 'E'", 2},
    {"version: 1\nedge: { id: e }\nsensors: [cam-1]\n", "needs 'district'", 2},
    {"version: 1\nedge: { id: e, district: lakeside }\nsensors: [cam-1]\n", "is district 'riverside'", 2},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1,\n cam-2]\n", "did you mean 'cam-1'?", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [other]\n", "no sensor 'other'; add it", 3},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1,\n cam-1]\n", "there twice", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: cam-1\n", "has to be a list", 3},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: []\n", "empty list", 3},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [[cam-1]]\n", "not a list", 3},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1]\nspol: x\n", "did you mean 'spool'", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1]\nspool: {}\n", "not a map", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1]\nkeys:\n", "has no value", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1]\ninbox: []\n", "not a list", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1]\nclock: gps\n", "system or network", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1]\nimbox: /run\n", "did you mean 'inbox'", 4},
    {"version: 1\nedge: { id: e, district: riverside }\nsensors: [cam-1]\nredis: { url: x }\n", "unix:PATH", 4},
    {"version: 1\nplaces: []\n", "this is a district's file", 2},
};

Test(edge_config, mistakes)
{
    struct yk_config *district = read_whole(design_example);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct yk_edge_config *edge;
        struct yk_config_mistakes mistakes;
        struct yk_error err;
        cr_assert_eq(
            yk_edge_config_read_bytes("e.yaml", cases[i].text, strlen(cases[i].text), district, &edge, &mistakes, &err),
            YK_ERR_CONFIG, "%s", cases[i].text);
        cr_expect_null(edge);
        cr_assert_eq(mistakes.count, 1, "%s: %zu", cases[i].text, mistakes.count);
        cr_expect_eq(mistakes.list[0].line, cases[i].line, "%s", mistakes.list[0].text);
        cr_expect(strstr(mistakes.list[0].text, cases[i].says), "'%s' lacks '%s'", mistakes.list[0].text,
                  cases[i].says);
        yk_config_mistakes_free(&mistakes);
    }
    yk_config_free(district);
}
