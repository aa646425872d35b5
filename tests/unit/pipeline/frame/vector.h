/* Test vectors of the wire formats, composed apart from this program. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Header fields and bodies were laid out by hand from frame.h and received.h, numbers with an own LEB128, and signed
 * with OpenSSL's Ed25519 under the seed 00 01 .. 1f. docs/FRAME.md holds the same bytes. */
#ifndef YK_TESTS_FRAME_VECTOR_H
#define YK_TESTS_FRAME_VECTOR_H

#include <criterion/criterion.h>

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#define VECTOR_INCARNATION UINT64_C(0x0123456789abcdef)
#define VECTOR_EPOCH_S     1774983600 /* 2026-04-01T04:00:00+09:00 */
#define VECTOR_BASE_S      1774987200

static const char vector_public[] = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

/* Three presence records of radio-1. */
static const char vector_presence[] =
    "594b4652010100053800000003000000efcdab89674523010100000000000000b019cc6900000000a8a7a6a5a4a3a2a1"
    "c027cc6900000000dd27cc69000000007269766572736964650000000000000000000000000000000000000000000000"
    "656467652d310000000000000000000000000000000000000000000000000000726164696f2d31000000000000000000"
    "00000000000000000000000000000000b8b7b6b5b4b3b2b12900000000000000c8c7c6c5c4c3c2c10288776655443322"
    "11021032547698badcfe0300040100010003ac0201000101a4038e8d0300c4d87f0500075a63005a630c9423ad029001"
    "acb63d9de679b5426c32ed6ac5c1632d4784a04274c92587ac657b7d9cdd542cfdf8722223741bd3a7ecefab896244f8"
    "092cfcee7196b97aae44026f86165507";

/* Two crossings, a zone slice, a count and a health record of cam-1. */
static const char vector_plain[] =
    "594b4652010201004d00000005000300efcdab8967452301020000000000000000000000000000000000000000000000"
    "c027cc6900000000fc27cc69000000007269766572736964650000000000000000000000000000000000000000000000"
    "656467652d31000000000000000000000000000000000000000000000000000063616d2d310000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000c8c7c6c5c4c3c2c102d209010102dfd4"
    "03000003f403ecd003c0b80202030400e0d403ac02020706003c040200090b01020504b817d41690c503d80407010001"
    "3cc801390303d41638010000000000d8040000783d44dcbab078ba14f4514e066dd2b5fd10b60a82401c9236393769cf"
    "ab0e9686fbe33072c8d2382974326ec174f53f360ad5fb136865e5b78943cd6b0274e17401";

/* The covered message number 7: two lanes. */
static const char vector_covered[] =
    "594b4356017269766572736964650000000000000000000000000000000000000000000000656467652d310000000000"
    "000000000000000000000000000000000000000000070000000000000002efcdab896745230101000000020109a20200"
    "1032547698badcfe0201030001ffffffffffffffffff01006c13307acf01c562c10379142f46dc64cd416c6eb8009495"
    "aa1a5535be5c224610de1ca9cb9ea56136a4b4792d6cf20c77053858f9c80ccfd2d08f233b31c30e";

static inline size_t vector_bytes(const char *hex, uint8_t *out, size_t capacity)
{
    size_t size = 0;
    cr_assert_eq(sodium_hex2bin(out, capacity, hex, strlen(hex), NULL, &size, NULL), 0);
    return size;
}

/* The pair of the seed 00 01 .. 1f. */
static inline void vector_keys(uint8_t public_key[static 32], uint8_t secret_key[static 64])
{
    uint8_t seed[32];
    for (int i = 0; i < 32; i++)
        seed[i] = (uint8_t)i;
    cr_assert_geq(sodium_init(), 0);
    crypto_sign_seed_keypair(public_key, secret_key, seed);
}

#endif
