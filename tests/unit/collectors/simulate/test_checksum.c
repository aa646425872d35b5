/* CRC-24 against the specification's shift register, bit by bit, and against packets from the air.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "data.h"
#include "simulate/checksum.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Vol 6 Part B, figure 'LFSR for CRC generation', as drawn: positions 0..23, data enter at position 23's output, taps
 * behind 0, 1, 3, 4, 6, 9, 10; sent from position 23 down. */
static void by_register(const uint8_t *pdu, size_t length, uint8_t out[3])
{
    uint8_t position[24], tap[24] = {0};
    static const int taps[] = {0, 1, 3, 4, 6, 9, 10};
    for (size_t i = 0; i < sizeof taps / sizeof taps[0]; i++)
        tap[taps[i]] = 1;
    for (int i = 0; i < 24; i++)
        position[i] = 0x555555 >> i & 1;
    for (size_t n = 0; n < 8 * length; n++) {
        uint8_t feedback = position[23] ^ (pdu[n / 8] >> (n % 8) & 1);
        for (int i = 23; i >= 0; i--)
            position[i] = (uint8_t)((i ? position[i - 1] : 0) ^ (tap[i] & feedback));
    }
    memset(out, 0, 3);
    for (int i = 0; i < 24; i++)
        out[i / 8] |= (uint8_t)(position[23 - i] << (i % 8));
}

Test(checksum, agrees_with_the_register)
{
    uint8_t pdu[39], expected[3], got[3];
    for (size_t length = 0; length <= sizeof pdu; length++) {
        for (size_t i = 0; i < length; i++)
            pdu[i] = (uint8_t)(length * 37 + i * 101 + (i * i >> 2));
        by_register(pdu, length, expected);
        yk_simulate_crc24(pdu, length, got);
        cr_assert_arr_eq(got, expected, 3, "length %zu", length);
    }
}

/* Nothing at all leaves the preset in the register: 0x555555, highest position first in the lowest bit, is AA AA AA. */
Test(checksum, of_nothing_is_the_preset)
{
    uint8_t got[3];
    yk_simulate_crc24((const uint8_t *)"", 0, got);
    cr_assert_arr_eq(got, ((const uint8_t[]){0xAA, 0xAA, 0xAA}), 3);
}

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

Test(checksum, agrees_with_packets_from_the_air)
{
    YK_NEED_TEST_DATA(dir);
    char path[512];
    snprintf(path, sizeof path, "%s/ble/dlt251_from_crackle04.pcap", dir);
    FILE *f = fopen(path, "rb");
    cr_assert(f);
    uint8_t header[24], record[16], bytes[512], got[3];
    cr_assert_eq(fread(header, 1, sizeof header, f), sizeof header);
    int advertising = 0;
    while (fread(record, 1, sizeof record, f) == sizeof record) {
        size_t length = le32(record + 8);
        cr_assert(length <= sizeof bytes && fread(bytes, 1, length, f) == length);
        if (length < 9 || le32(bytes) != 0x8E89BED6)
            continue;
        advertising++;
        yk_simulate_crc24(bytes + 4, length - 7, got);
        cr_assert_arr_eq(got, bytes + length - 3, 3);
    }
    cr_assert_gt(advertising, 30);
    fclose(f);
}
