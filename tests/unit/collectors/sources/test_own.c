/* Names of the device. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/own.h"

#include <criterion/criterion.h>
#include <string.h>

static uint8_t at;

static bool line(const struct yk_sensor_config *sensor, const char *name)
{
    struct yk_device_name device = {""};
    strcpy(device.text, name);
    return yk_own_line(sensor, &device, &at);
}

static bool zone(const struct yk_sensor_config *sensor, const char *name)
{
    struct yk_device_name device = {""};
    strcpy(device.text, name);
    return yk_own_zone(sensor, &device, &at);
}

Test(own, by_name)
{
    struct yk_line_config lines[] = {
        {.id = "drawn", .points = {2, {{0, 0}, {1, 1}}}}, {.id = "a", .device = "Entry A"}, {.id = "b", .device = "2"}};
    struct yk_zone_config zones[] = {{.id = "hall", .device = "yard"}, {.id = "all", .device = "*"}};
    struct yk_sensor_config sensor = {.lines = lines, .line_count = 3, .zones = zones, .zone_count = 2};
    cr_expect(line(&sensor, "Entry A") && at == 1);
    cr_expect(line(&sensor, "2") && at == 2);
    cr_expect_not(line(&sensor, "entry a"));
    cr_expect_not(line(&sensor, "Entry A "));
    cr_expect_not(line(&sensor, ""), "a line with points is none of the device's");
    cr_expect(zone(&sensor, "yard") && at == 0);
    cr_expect(zone(&sensor, "driveway") && at == 1);
}

Test(own, a_star_is_any_name_once)
{
    struct yk_line_config lines[] = {
        {.id = "door", .device = "*"}, {.id = "gate", .device = "Gate"}, {.id = "x", .device = "*"}};
    struct yk_sensor_config sensor = {.lines = lines, .line_count = 2};
    cr_expect(line(&sensor, "whatever") && at == 0);
    cr_expect(line(&sensor, "Gate") && at == 1);
    sensor.line_count = 3;
    cr_expect_not(line(&sensor, "whatever"), "which of the two?");
    cr_expect(line(&sensor, "Gate") && at == 1);
    sensor.line_count = 0;
    cr_expect_not(line(&sensor, "Gate"));
}
