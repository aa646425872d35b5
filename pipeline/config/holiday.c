/* Which days a district keeps as public holidays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The calendar goes with the time zone. */
#include "config/config.h"

#include "base/holidays.h"

#include <string.h>

bool yk_config_day_is_holiday(const struct yk_config *config, int year, int month, int day)
{
    bool japan = strcmp(config->timezone, "Asia/Tokyo") == 0;
    return yk_holiday(japan ? YK_HOLIDAYS_JAPAN : YK_HOLIDAYS_NONE, year, month, day) != NULL;
}
