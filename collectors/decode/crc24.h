/* The checksum of Bluetooth LE radio packets. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_CRC24_H
#define YK_DECODE_CRC24_H

#include <stddef.h>
#include <stdint.h>

#define YK_CRC24_ADVERTISING UINT32_C(0x555555) /* the initial value on advertising channels */

/* Over PDU header and payload; comparable with the three CRC bytes read as a little-endian number. */
uint32_t yk_crc24(uint32_t init, const uint8_t *bytes, size_t length);

#endif
