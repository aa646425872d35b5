/* CRC-24 of the link layer (Bluetooth Core 5.3, Vol 6 Part B 3.1.1). SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     x^24 + x^10 + x^9 + x^6 + x^4 + x^3 + x + 1, register preset to 0x555555 on advertising channels
 *
 * Bytes go in with their least significant bit first, and the register comes out with its highest power first. Kept
 * mirrored (bit 0 is x^23), both are plain shifts to the right: polynomial 0xDA6000, start 0xAAAAAA, and the register's
 * low byte is the first on the air. Four bits at a time from a table of 16: packets are built once per address and not
 * once per advert, so a larger table would only push other things out of the cache. */
#include "simulate/checksum.h"

static const uint32_t table[16] = {
    0x000000, 0x1B4C00, 0x369800, 0x2DD400, 0x6D3000, 0x767C00, 0x5BA800, 0x40E400,
    0xDA6000, 0xC12C00, 0xECF800, 0xF7B400, 0xB75000, 0xAC1C00, 0x81C800, 0x9A8400,
};

void yk_simulate_crc24(const uint8_t *pdu, size_t length, uint8_t out[static 3])
{
    uint32_t c = 0xAAAAAA;
    for (size_t i = 0; i < length; i++) {
        c = (c >> 4) ^ table[(c ^ pdu[i]) & 15];
        c = (c >> 4) ^ table[(c ^ (pdu[i] >> 4)) & 15];
    }
    for (int i = 0; i < 3; i++)
        out[i] = (uint8_t)(c >> (8 * i));
}
