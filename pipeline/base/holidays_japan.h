/* National holidays of Japan, 1980 to 2099. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The law and its changes: holidays_japan.c. */
#ifndef YK_BASE_HOLIDAYS_JAPAN_H
#define YK_BASE_HOLIDAYS_JAPAN_H

#include "base/holidays.h"

extern const struct yk_holiday_calendar yk_holidays_japan;

#endif
