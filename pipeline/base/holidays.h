/* National holidays by name of the calendar. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A holiday is a property of a local date; days that only a district keeps are added by whoever asks. A calendar is one file with a
 * descriptor, a value of the enum and a line in holidays.c. Dates are proleptic Gregorian, as given: nothing here asks for the
 * time zone. */
#ifndef YK_BASE_HOLIDAYS_H
#define YK_BASE_HOLIDAYS_H

#include <stdbool.h>

enum yk_holidays {
    YK_HOLIDAYS_NONE, /* no day is a holiday */
    YK_HOLIDAYS_JAPAN,
    YK_HOLIDAYS_COUNT,
};

struct yk_holiday_name {
    const char *en;
    const char *local; /* in the country's own language, UTF-8 */
};

struct yk_holiday_calendar {
    const char *name;          /* as in a configuration: "none", "japan" */
    int first_year, last_year; /* in which it is known; outside no day is a holiday */
    /* NULL: none. Asked with existing dates of known years only. */
    const struct yk_holiday_name *(*holiday)(int year, int month, int day);
};

const struct yk_holiday_calendar *yk_holiday_calendar(enum yk_holidays calendar);
/* False if there is none of this name. */
bool yk_holidays_find(const char *name, enum yk_holidays *out);
/* The holiday on this date, or NULL: there is none, the calendar does not know the year, or there is no such date. */
const struct yk_holiday_name *yk_holiday(enum yk_holidays calendar, int year, int month, int day);

#endif
