/* AD structures. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/ad.h"

#include <criterion/criterion.h>

Test(ad, structures_in_order)
{
    static const uint8_t payload[] = {2, 0x01, 0x06, 1, 0x0A, 4, 0xFF, 0x4C, 0x00, 0x10};
    struct yk_cursor c = yk_cursor_of(payload, sizeof payload);
    struct yk_ad ad;
    cr_assert(yk_ad_next(&c, &ad));
    cr_expect(ad.type == 0x01 && ad.length == 1 && ad.data == payload + 2);
    cr_assert(yk_ad_next(&c, &ad));
    cr_expect(ad.type == 0x0A && ad.length == 0);
    cr_assert(yk_ad_next(&c, &ad));
    cr_expect(ad.type == 0xFF && ad.length == 3 && ad.data == payload + 7);
    cr_expect(!yk_ad_next(&c, &ad));
    cr_expect(!c.failed);
}

Test(ad, structures_before_an_overrun_stand)
{
    static const uint8_t payload[] = {2, 0x01, 0x06, 200, 0xFF};
    struct yk_cursor c = yk_cursor_of(payload, sizeof payload);
    struct yk_ad ad;
    cr_assert(yk_ad_next(&c, &ad));
    cr_expect_eq(ad.type, 0x01);
    cr_expect(!yk_ad_next(&c, &ad));
    cr_expect(c.failed);
}
