/* The checksum of Bluetooth Low Energy packets. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_CHECKSUM_H
#define YK_SIMULATE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The simulator has its own, apart from the decoder's, so that one cannot hide the other's mistake. Three bytes as they
 * follow the PDU on the air, for the advertising channels' initial value 0x555555. */
void yk_simulate_crc24(const uint8_t *pdu, size_t length, uint8_t out[static 3]);

#endif
