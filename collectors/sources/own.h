/* A device's own lines and zones. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A counter has lines and zones that were drawn in the device, and names them by its own names or numbers. The
 * configuration says under `device` which of them a line or zone of the sensor is:
 *
 *     lines: [{ id: door, device: "Entry A" }, { id: stairs, device: "2" }]
 *
 * Names are compared byte by byte. Most counters have one line only, whatever they call it: where exactly one line has
 * `device: "*"`, it stands for every name that no other line has. Zones likewise. */
#ifndef YK_SOURCES_OWN_H
#define YK_SOURCES_OWN_H

#include "config/config.h"
#include "decode/camera_record.h"

#include <stdbool.h>
#include <stdint.h>

/* The sensor's line or zone that the device has under that name; false if there is none. */
bool yk_own_line(const struct yk_sensor_config *sensor, const struct yk_device_name *name, uint8_t *out);
bool yk_own_zone(const struct yk_sensor_config *sensor, const struct yk_device_name *name, uint8_t *out);

#endif
