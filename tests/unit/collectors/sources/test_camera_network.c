/* Which source reads what, in a program that has all of them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * That they read it is in tests/integration: test_mqtt.c, test_http.c, test_stream.c. */
#include "sources/source.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

extern const struct yk_source yk_source_camera_file, yk_source_camera_http, yk_source_camera_mqtt,
    yk_source_camera_redis, yk_source_ble_capture, yk_source_ble_hci;

static const struct yk_source *source_for(const char *kind, enum yk_family family, const char *input)
{
    struct yk_sensor_config sensor = {.family = family};
    snprintf(sensor.kind, sizeof sensor.kind, "%s", kind);
    return yk_source_for(&sensor, input);
}

Test(camera_network, the_input_says_which)
{
    static const struct {
        const char *kind, *input;
        const struct yk_source *source;
    } list[] = {
        {"camera_mqtt", "mqtt://broker", &yk_source_camera_mqtt},
        {"counter_mqtt", "mqtts://broker", &yk_source_camera_mqtt},
        {"camera_http", "http://127.0.0.1:9000", &yk_source_camera_http},
        {"counter_http", "http://127.0.0.1:9000/a", &yk_source_camera_http},
        {"camera_redis", "redis-stream:unix:/a#b", &yk_source_camera_redis},
        {"counter_redis", "redis-stream:unix:/a#b", &yk_source_camera_redis},
        {"camera_file", "events.jsonl", &yk_source_camera_file},
        {"counter_file", "-", &yk_source_camera_file},
        {"camera_mqtt", "recording.jsonl", &yk_source_camera_file},
        {"counter_http", "./http://a", &yk_source_camera_file},
        {"camera_file", "mqtt://broker", &yk_source_camera_mqtt},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        enum yk_family family = strncmp(list[i].kind, "camera", 6) == 0 ? YK_FAMILY_CAMERA : YK_FAMILY_COUNTER;
        const struct yk_source *source = source_for(list[i].kind, family, list[i].input);
        cr_assert_not_null(source);
        cr_expect_eq(source, list[i].source, "%s %s: %s", list[i].kind, list[i].input, source->name);
        cr_expect(!source->takes || source->takes(list[i].input));
    }
    cr_expect_eq(source_for("ble_hci", YK_FAMILY_RADIO, "hci0"), &yk_source_ble_hci);
    cr_expect_eq(source_for("ble_hci", YK_FAMILY_RADIO, "mqtt://broker"), &yk_source_ble_capture);
}

Test(camera_network, devices_are_live)
{
    cr_expect_not(yk_source_camera_mqtt.takes("a.jsonl"));
    cr_expect_not(yk_source_camera_http.takes("mqtt://a"));
    cr_expect_not(yk_source_camera_redis.takes("/run/redis.sock"));
}
