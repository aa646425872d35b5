/* What is known of a counter's lines, in memory and on disk. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     FOLDER/counters/SENSOR.state, little-endian
 *
 *      4  magic "YKCT"
 *      1  version, 1
 *      2  lines, and for each
 *          1 + n  its name, with the length before it
 *          1      flags: 1 there is a reading, 2 there was a bin
 *          4 x 8  the last reading: its time, its reset, plus, minus
 *          8      end of the newest bin
 *          8      floor of the time told
 *          2      intervals told, and for each 8 + 8 from, to
 *     16  BLAKE2b over all before
 *
 * Times are microseconds since 1970. No line holds anything of a person. */
#ifndef YK_SOURCES_COUNTER_STATE_H
#define YK_SOURCES_COUNTER_STATE_H

#include "base/error.h"
#include "decode/camera_record.h"
#include "decode/message_order.h"
#include "sources/told_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_COUNTER_PACKAGES 32

struct yk_counter_line {
    struct yk_device_name name;
    bool has_reading, has_bin;
    struct yk_counter_reading {
        int64_t at_us, since_us;
        uint64_t plus, minus;
    } last;
    int64_t bin_us; /* end of the newest bin */
    struct yk_told_set told;
    struct yk_message_order order; /* of readings */
    struct yk_counter_package {
        uint64_t number;
        int64_t from_us, to_us;
    } packages[YK_COUNTER_PACKAGES]; /* a ring; not on disk */
    size_t package_count;
};

/* Reads the sensor's file into at most `max` lines; without a file there are none. A damaged one is logged. */
enum yk_status yk_counter_state_load(const char *folder, const char *sensor, struct yk_counter_line *lines, size_t max,
                                     size_t *count, struct yk_error *err) YK_MUST_CHECK;
/* On the disk when it returns. YK_ERR_FULL: there is no room, and the file is as it was. */
enum yk_status yk_counter_state_save(const char *folder, const char *sensor, const struct yk_counter_line *lines,
                                     size_t count, struct yk_error *err) YK_MUST_CHECK;
void yk_counter_line_clear(struct yk_counter_line *line);

#endif
