/* Any bytes as a district's file that a homography is put into. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/config.h"
#include "ground/sensor_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For every sensor of the file: it is taken with all else as it was, or refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const double numbers[9] = {1, 0, 0, 0, -1, 5, 0, 0.001, 1};
    struct yk_config *config, *after;
    if (yk_config_read_bytes("fuzz", data, size, &config, NULL, NULL) != YK_OK)
        return 0;
    for (size_t i = 0; i < config->sensor_count; i++) {
        struct yk_ground_sensor sensor = {.id = config->sensors[i].id};
        char *out = NULL;
        size_t length;
        enum yk_status status = yk_ground_edit("fuzz", (const char *)data, size, &sensor, numbers, &out, &length, NULL);
        if ((status == YK_OK) != (out != NULL))
            abort();
        if (!out)
            continue;
        if (yk_config_read_bytes("fuzz", out, length, &after, NULL, NULL) != YK_OK ||
            after->sensor_count != config->sensor_count)
            abort();
        for (size_t s = 0; s < after->sensor_count; s++) {
            const struct yk_sensor_config *was = &config->sensors[s], *is = &after->sensors[s];
            if (strcmp(was->id, is->id) != 0 || was->line_count != is->line_count || was->fps != is->fps ||
                (strcmp(is->id, sensor.id) != 0 && was->has_homography != is->has_homography))
                abort();
        }
        yk_config_free(after);
        free(out);
    }
    yk_config_free(config);
    return 0;
}
