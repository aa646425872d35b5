/* Which days a district keeps as public holidays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Those of its calendar, and those that it says itself are like holidays. */
#include "config/config.h"

#include "base/calendar.h"
#include "base/holidays.h"

bool yk_config_day_is_holiday(const struct yk_config *config, int year, int month, int day)
{
    if (yk_holiday(config->calendar.holidays, year, month, day))
        return true;
    for (size_t i = 0; i < config->calendar.day_count; i++) {
        const struct yk_special_day_config *own = &config->calendar.days[i];
        struct yk_civil date = yk_calendar_civil(own->start_s);
        if (own->like == 0 && date.year == year && date.month == month && date.day == day)
            return true;
    }
    return false;
}
