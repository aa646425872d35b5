/* CRC-24 as Bluetooth LE computes it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bluetooth Core 5.3, Vol 6 Part B 3.1.1: polynomial x^24 + x^10 + x^9 + x^6 + x^4 + x^3 + x + 1, bytes least
 * significant bit first, the register sent with its most significant position first. So the register is kept mirrored:
 * shifting right, polynomial 0x00065B mirrored to 0xDA6000, the initial value mirrored too. Four bits at a time:
 * sixteen entries are no burden for the cache and quick enough, since only recordings without a CRC flag need this at
 * all. */
#include "decode/crc24.h"

/* table[n]: the register after shifting the four bits n through an empty one. */
static const uint32_t table[16] = {
    0x000000, 0x1B4C00, 0x369800, 0x2DD400, 0x6D3000, 0x767C00, 0x5BA800, 0x40E400,
    0xDA6000, 0xC12C00, 0xECF800, 0xF7B400, 0xB75000, 0xAC1C00, 0x81C800, 0x9A8400,
};

static uint32_t mirrored(uint32_t value)
{
    uint32_t out = 0;
    for (int bit = 0; bit < 24; bit++)
        out |= (value >> bit & 1) << (23 - bit);
    return out;
}

uint32_t yk_crc24(uint32_t init, const uint8_t *bytes, size_t length)
{
    uint32_t crc = mirrored(init);
    for (size_t i = 0; i < length; i++) {
        crc = crc >> 4 ^ table[(crc ^ bytes[i]) & 0x0F];
        crc = crc >> 4 ^ table[(crc ^ bytes[i] >> 4) & 0x0F];
    }
    return crc;
}
