/* What the configuration tests share: reading a text and looking for a mistake. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef YK_TESTS_CONFIG_READING_H
#define YK_TESTS_CONFIG_READING_H

#include "config/config.h"
#include "config/edge_config.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The example of the design, as it stands there. */
static const char *const design_example =
    "version: 1\n"
    "district: { id: riverside, name: { en: Riverside, ja: 川辺 }, timezone: Asia/Tokyo, fiscal_year_start: 4 }\n"
    "places:\n"
    "  - { id: plaza, name: { en: Plaza, ja: 広場 }, polygon: "
    "[[139.7671,35.6812],[139.7675,35.6812],[139.7675,35.6815],[139.7671,35.6815]], area_m2: 1200 }\n"
    "sensors:\n"
    "  - { id: radio-1, place: plaza, kind: ble_hci, adapter: hci0, valid_from: 2026-04-01 }\n"
    "  - id: cam-1\n"
    "    place: plaza\n"
    "    kind: camera_mqtt\n"
    "    format: deepstream\n"
    "    topic: cameras/plaza\n"
    "    fps: 30\n"
    "    lines: [{ id: north, points: [[1200,0],[1200,1080]], hysteresis: 15 }]\n"
    "kpis:\n"
    "  - { id: plaza-visitors, kpi: visitors, place: plaza, resolution: 1d, base: 8200, target: 9000, fiscal_year: "
    "2027 }\n"
    "privacy: { epoch_hours: 24, epoch_start: \"04:00\", k: 10 }\n"
    "redis: { url: \"unix:run/redis.sock\" }\n";

static inline struct yk_config *read_whole(const char *text)
{
    struct yk_config *config;
    struct yk_config_mistakes mistakes;
    struct yk_error err = {0};
    enum yk_status status = yk_config_read_bytes("test.yaml", text, strlen(text), &config, &mistakes, &err);
    cr_assert_eq(status, YK_OK, "%s\n%s", err.message, text);
    cr_assert_eq(mistakes.count, 0);
    return config;
}

/* The mistakes of a text that has to have some. */
static inline struct yk_config_mistakes read_mistakes(const char *text, size_t length)
{
    struct yk_config *config;
    struct yk_config_mistakes mistakes;
    struct yk_error err = {0};
    enum yk_status status = yk_config_read_bytes("test.yaml", text, length, &config, &mistakes, &err);
    cr_assert_eq(status, YK_ERR_CONFIG, "accepted:\n%s", text);
    cr_assert_null(config);
    cr_assert_gt(mistakes.count, 0);
    for (size_t i = 1; i < mistakes.count; i++)
        cr_expect_leq(mistakes.list[i - 1].line, mistakes.list[i].line, "not sorted");
    cr_expect(strstr(err.message, mistakes.list[0].text), "err says '%s'", err.message);
    return mistakes;
}

#endif
