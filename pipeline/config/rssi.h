/* One sensor's RSSI on the scale of the others. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_CONFIG_RSSI_H
#define YK_CONFIG_RSSI_H

#include <stdint.h>

/* What the radio said plus the sensor's rssi_offset_db, held to what an RSSI can be: -127 to 20 dBm (Core 5.3, Vol 4
 * Part E 7.7.65.2). 127, not available, stays 127. */
static inline int8_t yk_rssi_on_scale(int rssi_dbm, int offset_db)
{
    if (rssi_dbm == 127)
        return 127;
    int sum_dbm = rssi_dbm + offset_db;
    return (int8_t)(sum_dbm < -127 ? -127 : sum_dbm > 20 ? 20 : sum_dbm);
}

#endif
