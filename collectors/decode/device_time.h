/* Times as devices write them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 3339 with an offset says a moment. Much of what cameras send says less: local time without an offset ("2026-07-16
 * 06:40:00", "20170503112756"), or a number whose unit has to be guessed. Local times are the district's, or the zone
 * that the process was given (yk_calendar_open).
 *
 * Once a year an hour comes twice and a local time in it has two meanings. `near_us` settles it: the time of the message
 * before, or of its arrival; the candidate nearer to it is taken, the earlier one when there is nothing to go by (0). A
 * time in the hour that is missing is the moment of the change.
 *
 * Numbers: seconds below 1e11 (the year 5138), milliseconds below 1e14, microseconds above; before 2000 nothing is
 * believed, since a clock that was never set begins at 1970. */
#ifndef YK_DECODE_DEVICE_TIME_H
#define YK_DECODE_DEVICE_TIME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With an offset only. */
bool yk_device_time_exact(const char *text, size_t length, int64_t *out_us);
/* With or without an offset. */
bool yk_device_time(const char *text, size_t length, int64_t near_us, int64_t *out_us);
/* Seconds, milliseconds or microseconds since 1970. */
bool yk_device_epoch(double number, int64_t *out_us);
/* Text with or without an offset, or a number. value may be NULL. */
bool yk_device_time_json(const json_t *value, int64_t near_us, int64_t *out_us);

#endif
