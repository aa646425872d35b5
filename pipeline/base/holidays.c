/* The list of national calendars. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/holidays.h"

#include "base/holidays_japan.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

static const struct yk_holiday_name *no_day(int year, int month, int day)
{
    (void)year, (void)month, (void)day;
    return NULL;
}

static const struct yk_holiday_calendar no_calendar = {
    .name = "none", .first_year = INT_MIN, .last_year = INT_MAX, .holiday = no_day};

static const struct yk_holiday_calendar *const calendars[YK_HOLIDAYS_COUNT] = {
    [YK_HOLIDAYS_NONE] = &no_calendar,
    [YK_HOLIDAYS_JAPAN] = &yk_holidays_japan,
};

const struct yk_holiday_calendar *yk_holiday_calendar(enum yk_holidays calendar)
{
    return calendars[calendar];
}

bool yk_holidays_find(const char *name, enum yk_holidays *out)
{
    for (int i = 0; i < YK_HOLIDAYS_COUNT; i++) {
        if (strcmp(calendars[i]->name, name) == 0) {
            *out = (enum yk_holidays)i;
            return true;
        }
    }
    return false;
}

static int month_length(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

const struct yk_holiday_name *yk_holiday(enum yk_holidays calendar, int year, int month, int day)
{
    const struct yk_holiday_calendar *c = calendars[calendar];
    if (year < c->first_year || year > c->last_year || month < 1 || month > 12 || day < 1 ||
        day > month_length(year, month))
        return NULL;
    return c->holiday(year, month, day);
}
