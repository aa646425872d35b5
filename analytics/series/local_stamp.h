/* Times as tables write them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "2026-04-01T13:00", "2026-04-01 13:00:07", "2026/4/1 9:05", "2026-04-01T24:00:00", "2026-04-01", RFC 3339 with an offset; or
 * a date and an hour of the day in two fields. Without offset it is local time of the process's zone (base/calendar.h). */
#ifndef YK_SERIES_LOCAL_STAMP_H
#define YK_SERIES_LOCAL_STAMP_H

#include "base/csv_row.h"

#include <stdbool.h>
#include <stdint.h>

enum yk_stamp_state {
    YK_STAMP_OK,
    YK_STAMP_TWICE, /* local, and the clock shows it twice: time_s is its first coming, again_s its second */
    YK_STAMP_NEVER, /* local, and the clock leaps over it */
    YK_STAMP_BAD,   /* not a time */
};

struct yk_stamp {
    int64_t time_s; /* since 1970 UTC; parts of a second are cut off */
    int64_t again_s;
};

/* hour: NULL, or a field "0".."24", also "9:00", that says when in the day of `text` */
enum yk_stamp_state yk_stamp_parse(const struct yk_csv_field *text, const struct yk_csv_field *hour,
                                   struct yk_stamp *out);
/* A date alone: days since 1970-01-01, of no zone. */
bool yk_stamp_day(const struct yk_csv_field *text, int64_t *day);

#endif
