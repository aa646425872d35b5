/* What is accepted, and what it becomes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "reading.h"

#include <math.h>
#include <stdlib.h>

Test(config, the_example_of_the_design)
{
    struct yk_config *c = read_whole(design_example);
    cr_expect_str_eq(c->path, "test.yaml");
    cr_expect_str_eq(c->district, "riverside");
    cr_expect_str_eq(c->district_name.ja, "川辺");
    cr_expect_str_eq(c->timezone, "Asia/Tokyo");
    cr_expect_eq(c->fiscal_year_start, 4);

    cr_assert_eq(c->place_count, 1);
    cr_expect_str_eq(c->places[0].name.en, "Plaza");
    cr_assert_eq(c->places[0].polygon.count, 4);
    cr_expect_eq(c->places[0].polygon.points[1][0], 139.7675);
    cr_expect_eq(c->places[0].polygon.points[2][1], 35.6815);
    cr_expect_eq(c->places[0].area_m2, 1200.0);
    cr_expect_eq(c->places[0].valid_from, INT64_MIN);

    cr_assert_eq(c->sensor_count, 2);
    const struct yk_sensor_config *radio = &c->sensors[0], *camera = &c->sensors[1];
    cr_expect_str_eq(radio->kind, "ble_hci");
    cr_expect_str_eq(radio->adapter, "hci0");
    cr_expect_eq(radio->family, YK_FAMILY_RADIO);
    cr_expect_eq(radio->rssi_min_dbm, -128);
    cr_expect_eq(radio->rssi_offset_db, 0);
    cr_expect_eq(radio->valid_from, 1774969200); /* TZ=Asia/Tokyo date -d 2026-04-01 +%s */
    cr_expect_eq(camera->family, YK_FAMILY_CAMERA);
    cr_expect_str_eq(camera->topic, "cameras/plaza");
    cr_expect_str_eq(camera->format, "deepstream");
    cr_expect_str_eq(camera->input, "");
    cr_expect_eq(camera->fps, 30.0);
    cr_assert_eq(camera->line_count, 1);
    cr_expect_str_eq(camera->lines[0].id, "north");
    cr_expect_str_eq(camera->lines[0].name.ja, "north");
    cr_expect_eq(camera->lines[0].hysteresis, 15.0);
    cr_assert_eq(camera->lines[0].points.count, 2);
    cr_expect_eq(camera->lines[0].points.points[1][1], 1080.0);

    cr_assert_eq(c->kpi_count, 1);
    cr_expect_eq(c->kpis[0].place, 0);
    cr_expect_eq(c->kpis[0].resolution, YK_RES_1D);
    cr_expect_eq(c->kpis[0].target, 9000.0);
    cr_expect_eq(c->kpis[0].fiscal_year, 2027);

    cr_expect_eq(c->privacy.epoch_start_s, 4 * 3600);
    cr_expect_eq(c->privacy.grace_hours, 6);
    cr_expect_eq(c->privacy.k, 10);
    cr_expect_eq(c->privacy.line_k, 0);
    cr_expect_str_eq(c->los.space, "hcm-space");
    cr_expect_str_eq(c->los.flow, "hcm-flow");
    cr_expect(c->places[0].closed_from_s == 3600 && c->places[0].closed_to_s == 5 * 3600);
    cr_expect_eq(c->retention.rows_days, 3650);
    cr_expect_eq(c->retention.plain_days, 14);
    cr_expect_str_eq(c->redis.url, "unix:run/redis.sock");
    cr_expect_str_eq(c->serve.listen, "127.0.0.1:8080");
    yk_config_free(c);
}

static const char *const small = "version: 1\n"
                                 "district: { id: d, timezone: UTC }\n"
                                 "places: [{ id: p }]\n"
                                 "sensors: [{ id: s, place: p, kind: ble_capture }]\n";

Test(config, defaults_of_the_smallest_file)
{
    struct yk_config *c = read_whole(small);
    cr_expect_str_eq(c->district_name.en, "d");
    cr_expect_str_eq(c->district_name.ja, "d");
    cr_expect_eq(c->fiscal_year_start, 4);
    cr_expect_eq(c->places[0].polygon.count, 0);
    cr_expect_eq(c->places[0].area_m2, 0.0);
    cr_expect_eq(c->kpi_count, 0);
    cr_expect_eq(c->privacy.epoch_hours, 24);
    cr_expect_eq(c->privacy.epoch_start_s, 14400);
    cr_expect_str_eq(c->redis.url, "unix:run/redis.sock");
    yk_config_free(c);
}

Test(config, version_id_is_what_b2sum_says)
{
    /* printf '%s' "$small" | b2sum -l 256 | cut -c1-16 */
    struct yk_config *c = read_whole(small);
    char command[1024], expected[17] = "";
    snprintf(command, sizeof command, "b2sum -l 256 <<'END'\n%sEND\n", small);
    FILE *b2sum = popen(command, "r");
    cr_assert(b2sum);
    cr_assert_eq(fscanf(b2sum, "%16[0-9a-f]", expected), 1);
    pclose(b2sum);
    cr_expect_str_eq(c->version_id, expected);
    yk_config_free(c);
}

Test(config, optional_parts)
{
    struct yk_config *c = read_whole(
        "\xEF\xBB\xBFversion: 1\r\n"
        "district: { id: d, timezone: Asia/Kolkata, fiscal_year_start: 10, name: { ja: 川 } }\n"
        "places: [{ id: p, area_m2: 1.5e3, closed: [\"23:30\", \"06:00\"] }]\n"
        "level_of_service: { flow: fruin-flow }\n"
        "sensors:\n"
        "- { id: s, place: p, kind: ble_capture, input: 'my file.pcap', rssi_min_dbm: -90, rssi_offset_db: -40 }\n"
        "- { id: n, place: p, kind: counter_csv, lines: [{ id: a, points: [[0,0],[-1.5,2.25],[4,4]] }] }\n"
        "- { id: c, place: p, kind: camera_file, zones: [{ id: z, points: [[0,0],[4,0],[4,4]] }] }\n"
        "kpis: [{ id: k, kpi: los, place: p, resolution: 15m, base: -2.5 }]\n"
        "dwell: { stop_s: 240, preset: staying }\n"
        "privacy: { epoch_hours: 8, epoch_start: 23:30, grace_hours: 0, k: 1, line_k: 5 }\n"
        "retention: { rows_days: 100, plain_days: 3 }\n"
        "redis: { url: \"tcp://[::1]:6379\" }\n"
        "serve: { listen: '0.0.0.0:80' }\n");
    cr_expect_str_eq(c->district_name.en, "d");
    cr_expect_str_eq(c->district_name.ja, "川");
    cr_expect_eq(c->fiscal_year_start, 10);
    cr_expect_eq(c->places[0].area_m2, 1500.0);
    cr_expect(c->places[0].closed_from_s == 84600 && c->places[0].closed_to_s == 21600);
    cr_expect_str_eq(c->los.space, "hcm-space");
    cr_expect_str_eq(c->los.flow, "fruin-flow");
    cr_expect_eq(c->dwell.stop_s, 240);
    cr_expect_str_eq(c->dwell.preset, "staying");
    cr_expect_str_eq(c->sensors[0].input, "my file.pcap");
    cr_expect_eq(c->sensors[0].rssi_min_dbm, -90);
    cr_expect_eq(c->sensors[0].rssi_offset_db, -40);
    cr_expect_eq(c->sensors[1].family, YK_FAMILY_COUNTER);
    cr_expect_eq(c->sensors[1].lines[0].points.points[1][0], -1.5);
    cr_expect_eq(c->sensors[1].lines[0].points.points[1][1], 2.25);
    cr_expect_eq(c->sensors[1].lines[0].hysteresis, 0.0);
    cr_expect_eq(c->sensors[2].zone_count, 1);
    cr_expect_eq(c->sensors[2].zones[0].points.count, 3);
    cr_expect_eq(c->kpis[0].base, -2.5);
    cr_expect(isnan(c->kpis[0].target));
    cr_expect_eq(c->kpis[0].resolution, YK_RES_15M);
    cr_expect_eq(c->privacy.epoch_start_s, 23 * 3600 + 1800);
    cr_expect_eq(c->privacy.k, 1);
    cr_expect_eq(c->retention.plain_days, 3);
    cr_expect_str_eq(c->redis.url, "tcp://[::1]:6379");
    yk_config_free(c);
}

/* The same text in a program whose locale writes a comma. */
Test(config, numbers_do_not_depend_on_the_environment)
{
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    struct yk_config *c =
        read_whole("version: 1\ndistrict: { id: d, timezone: UTC }\nplaces: [{ id: p, area_m2: 0.25 }]\n"
                   "sensors: [{ id: s, place: p, kind: ble_capture }]\n");
    cr_expect_eq(c->places[0].area_m2, 0.25);
    yk_config_free(c);
}

Test(config, resolutions)
{
    static const char *const names[] = {"15m", "1h", "1d"};
    for (unsigned i = 0; i < YK_RES_COUNT; i++) {
        cr_expect_str_eq(yk_resolution_name((enum yk_resolution)i), names[i]);
        cr_expect_eq((unsigned)yk_resolution_parse(names[i]), i);
    }
    cr_expect_eq(yk_resolution_parse("1w"), YK_RES_COUNT);
    cr_expect_eq(yk_resolution_parse(""), YK_RES_COUNT);
    cr_expect_str_eq(yk_resolution_name(YK_RES_COUNT), "");
}

static void expect_fine(const char *name)
{
    char path[512];
    struct yk_config *config;
    struct yk_config_mistakes mistakes;
    struct yk_error err = {0};
    snprintf(path, sizeof path, "%s/%s", YK_SOURCE_DIR, name);
    cr_assert_eq(yk_config_read(path, &config, &mistakes, &err), YK_OK, "%s", err.message);
    yk_config_free(config);
}

Test(config, the_examples)
{
    expect_fine("examples/riverside.yaml");
    char district_path[512], edge_path[512];
    struct yk_config *district;
    struct yk_edge_config *edge;
    struct yk_error err = {0};
    snprintf(district_path, sizeof district_path, "%s/examples/riverside.yaml", YK_SOURCE_DIR);
    snprintf(edge_path, sizeof edge_path, "%s/examples/edge.yaml", YK_SOURCE_DIR);
    cr_assert_eq(yk_config_read(district_path, &district, NULL, &err), YK_OK, "%s", err.message);
    cr_assert_eq(yk_edge_config_read(edge_path, district, &edge, NULL, &err), YK_OK, "%s", err.message);
    yk_edge_config_free(edge);
    yk_config_free(district);
}

/* Every yaml block of the documentation that begins with a version is a file and has to be right. */
Test(config, the_documentation)
{
    char path[512], line[512], text[16384] = "";
    snprintf(path, sizeof path, "%s/docs/CONFIGURATION.md", YK_SOURCE_DIR);
    FILE *doc = fopen(path, "r");
    cr_assert(doc, "%s", path);
    int districts = 0, edges = 0;
    bool inside = false;
    while (fgets(line, sizeof line, doc)) {
        if (!inside && strcmp(line, "```yaml\n") == 0) {
            inside = true;
            text[0] = '\0';
        } else if (inside && strcmp(line, "```\n") == 0) {
            inside = false;
            struct yk_edge_config *edge;
            struct yk_error err = {0};
            if (strncmp(text, "version:", 8) != 0)
                continue;
            if (strstr(text, "\nedge:")) {
                cr_expect_eq(yk_edge_config_read_bytes("doc", text, strlen(text), NULL, &edge, NULL, &err), YK_OK,
                             "%s\n%s", err.message, text);
                yk_edge_config_free(edge);
                edges++;
            } else {
                yk_config_free(read_whole(text));
                districts++;
            }
        } else if (inside) {
            cr_assert_lt(strlen(text) + strlen(line), sizeof text);
            strcat(text, line);
        }
    }
    fclose(doc);
    cr_expect_geq(districts, 1);
    cr_expect_geq(edges, 1);
}
