/* Civil time of one district: RFC 3339 text, local days, epochs. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A process serves one district and therefore one time zone: yk_calendar_open sets it for the whole process (through TZ
 * and tzset, glibc's own data), before any thread starts. Every time is in seconds since 1970 UTC unless its name says
 * otherwise. Days of 23 and 25 hours come out right because local midnight is always asked of the zone data. */
#ifndef YK_BASE_CALENDAR_H
#define YK_BASE_CALENDAR_H

#include "base/clock.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define YK_TIME_TEXT_MAX 40 /* "2026-04-01T04:00:00.123+09:00" and the NUL, with room */

/* True if the zone's data is installed: "Asia/Tokyo", "UTC". Refuses absolute paths and "..". */
bool yk_calendar_zone_exists(const char *zone);
enum yk_status yk_calendar_open(const char *zone, struct yk_error *err) YK_MUST_CHECK;

/* "2026-04-01T04:00:00+09:00" in the district's zone; returns out. The _ms form adds ".123". */
const char *yk_time_format(char out[static YK_TIME_TEXT_MAX], int64_t seconds);
const char *yk_time_format_ms(char out[static YK_TIME_TEXT_MAX], struct yk_wall wall);

/* RFC 3339 with 'Z' or an offset, fraction up to 9 digits; also "2026-04-01" and "2026-04-01T04:00[:00]" without
 * offset, taken as local time of the district. Years 1970-9999. False if it is anything else. */
bool yk_time_parse(const char *text, struct yk_wall *out);

/* Start of the local day that holds t, shifted: the day runs from offset_s after local midnight (0..86399). */
int64_t yk_calendar_day_start(int64_t t, int offset_s);
/* Start of the day after the one that begins at day_start (same offset). */
int64_t yk_calendar_day_next(int64_t day_start, int offset_s);
/* Start of the local clock hour that holds t, also in zones with half-hour offsets. */
int64_t yk_calendar_hour_start(int64_t t);

struct yk_civil {
    int year, month, day, hour, minute, second;
    int weekday; /* 0 Sunday .. 6 Saturday */
};
struct yk_civil yk_calendar_civil(int64_t t);

/* Epoch that holds t: epochs of `hours` (a divisor of 24) are laid from the local time of day start_s on. */
int64_t yk_epoch_start(int64_t t, int hours, int start_s);
int64_t yk_epoch_end(int64_t epoch_start, int hours, int start_s);

#endif
