/* A homography into the district's file. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GROUND_SENSOR_FILE_H
#define YK_GROUND_SENSOR_FILE_H

#include "base/error.h"

#include <stddef.h>

struct yk_ground_sensor {
    const char *id;
    const char *valid_from; /* as the file has it, where there are several entries of that sensor; otherwise NULL */
};

#define YK_GROUND_NUMBER_SIZE 32
/* The shortest decimal that is read back as this number. */
void yk_ground_number(char out[static YK_GROUND_NUMBER_SIZE], double value);

/* The file's bytes with `homography: [...]` in the sensor's map, in place of one that is there, and all else as it was.
 * *out is to be freed; `path` is for messages. YK_ERR_CONFIG, and err says why, if the file has mistakes, the sensor is not
 * there or not one that has a homography, or the place for it cannot be found. */
enum yk_status yk_ground_edit(const char *path, const char *bytes, size_t length, const struct yk_ground_sensor *sensor,
                              const double homography[static 9], char **out, size_t *out_length,
                              struct yk_error *err) YK_MUST_CHECK;
/* The same for a file. It is replaced in one step by one that has been read and checked; on an error it is as it was. */
enum yk_status yk_ground_write(const char *path, const struct yk_ground_sensor *sensor,
                               const double homography[static 9], struct yk_error *err) YK_MUST_CHECK;

#endif
