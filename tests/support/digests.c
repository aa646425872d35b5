/* MD5 (RFC 1321) and SHA-1 (FIPS 180-4) of one block. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/digests.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* The message, a 1 bit, zeros, its length in bits in the last 8 bytes. */
static void pad(const void *message, size_t size, uint8_t block[static 64])
{
    assert(size <= YK_TEST_DIGEST_MAX);
    memset(block, 0, 64);
    memcpy(block, message, size);
    block[size] = 0x80;
}

void yk_test_md5(const void *message, size_t size, uint8_t out[static 16])
{
    static const unsigned shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    static const uint32_t start[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    static uint32_t sines[64];
    if (!sines[63])
        for (unsigned i = 0; i < 64; i++)
            sines[i] = (uint32_t)floor(4294967296.0 * fabs(sin(i + 1.0)));
    uint8_t block[64];
    pad(message, size, block);
    block[56] = (uint8_t)(8 * size);
    block[57] = (uint8_t)(8 * size >> 8);
    uint32_t words[16], s[4];
    for (int i = 0; i < 16; i++)
        words[i] = block[4 * i] | (uint32_t)block[4 * i + 1] << 8 | (uint32_t)block[4 * i + 2] << 16 |
                   (uint32_t)block[4 * i + 3] << 24;
    memcpy(s, start, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t f;
        unsigned g;
        switch (i / 16) {
        case 0:
            f = (s[1] & s[2]) | (~s[1] & s[3]);
            g = i;
            break;
        case 1:
            f = (s[3] & s[1]) | (~s[3] & s[2]);
            g = (5 * i + 1) % 16;
            break;
        case 2:
            f = s[1] ^ s[2] ^ s[3];
            g = (3 * i + 5) % 16;
            break;
        default:
            f = s[2] ^ (s[1] | ~s[3]);
            g = 7 * i % 16;
            break;
        }
        uint32_t next = s[1] + rotate(s[0] + f + sines[i] + words[g], shifts[i / 16][i % 4]);
        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] = next;
    }
    for (int i = 0; i < 16; i++)
        out[i] = (uint8_t)((s[i / 4] + start[i / 4]) >> (8 * (i % 4)));
}

void yk_test_sha1(const void *message, size_t size, uint8_t out[static 20])
{
    static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint8_t block[64];
    pad(message, size, block);
    block[63] = (uint8_t)(8 * size);
    block[62] = (uint8_t)(8 * size >> 8);
    uint32_t w[80], s[5];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(s, start, sizeof s);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20   ? (s[1] & s[2]) | (~s[1] & s[3])
                     : i < 40 ? s[1] ^ s[2] ^ s[3]
                     : i < 60 ? (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3])
                              : s[1] ^ s[2] ^ s[3];
        uint32_t next = rotate(s[0], 5) + f + s[4] + constants[i / 20] + w[i];
        s[4] = s[3];
        s[3] = s[2];
        s[2] = rotate(s[1], 30);
        s[1] = s[0];
        s[0] = next;
    }
    for (int i = 0; i < 20; i++)
        out[i] = (uint8_t)((s[i / 4] + start[i / 4]) >> (24 - 8 * (i % 4)));
}
