/* Payloads by hand from the specifications of their kinds. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/payload_kind.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "heard.h"

static struct yk_payload look(const void *bytes, size_t length)
{
    /* A copy of the exact size, so that the address sanitizer sees a byte too many. */
    uint8_t *copy = malloc(length ? length : 1);
    if (length)
        memcpy(copy, bytes, length);
    struct yk_payload found = yk_payload_look(copy, length);
    free(copy);
    return found;
}

Test(payload_kind, whole_or_not)
{
    static const uint8_t padded[] = {2, 1, 6, 0, 0xFF, 0xFF}, overrun[] = {2, 1, 6, 3, 0xFF, 0}, lone[] = {1};
    cr_expect(yk_payload_look(NULL, 0).whole);
    cr_expect(look(padded, sizeof padded).whole);
    cr_expect(!look(overrun, sizeof overrun).whole);
    cr_expect(!look(lone, sizeof lone).whole);
    /* Of "2 1 6" the prefixes of 0 and 3 bytes are whole. */
    for (size_t n = 0; n <= 3; n++)
        cr_expect_eq(look(padded, n).whole, n == 0 || n == 3, "%zu bytes", n);
}

/* The AD data begin with these bytes; the kind needs `least` of them. */
static const struct {
    uint8_t type;
    uint8_t begin[4];
    uint8_t size, least;
    enum yk_payload_kind kind;
} kinds[] = {
    /* Company 0x004C, type 0x02, length 0x15; UUID 16, major 2, minor 2, power 1. */
    {0xFF, {0x4C, 0x00, 0x02, 0x15}, 4, 2 + 2 + 16 + 2 + 2 + 1, YK_PAYLOAD_ibeacon},
    /* Any company, beacon code, identifier 20, reference RSSI 1. */
    {0xFF, {0x18, 0x01, 0xBE, 0xAC}, 4, 2 + 2 + 20 + 1, YK_PAYLOAD_altbeacon},
    {0xFF, {0x4C, 0x00, 0xBE, 0xAC}, 4, 2 + 2 + 20 + 1, YK_PAYLOAD_altbeacon},
    /* Service 0xFEAA; frame type, power, namespace 10, instance 6. */
    {0x16, {0xAA, 0xFE, 0x00}, 3, 2 + 1 + 1 + 10 + 6, YK_PAYLOAD_eddystone_uid},
    {0x16, {0xAA, 0xFE, 0x10}, 3, 2 + 1 + 1 + 1, YK_PAYLOAD_eddystone_url},
    /* Version, battery 2, temperature 2, adverts 4, uptime 4. */
    {0x16, {0xAA, 0xFE, 0x20}, 3, 2 + 1 + 1 + 2 + 2 + 4 + 4, YK_PAYLOAD_eddystone_tlm},
    {0x16, {0xAA, 0xFE, 0x30}, 3, 2 + 1 + 1 + 8, YK_PAYLOAD_eddystone_eid},
    /* Service 0xFD6F; rolling identifier 16, metadata 4. */
    {0x16, {0x6F, 0xFD}, 2, 2 + 16 + 4, YK_PAYLOAD_exposure_notification},
    /* Apple, type 0x12, its length: 0x19 away from its owner, 0x02 near. */
    {0xFF, {0x4C, 0x00, 0x12, 0x19}, 4, 4, YK_PAYLOAD_find_my},
    {0xFF, {0x4C, 0x00, 0x12, 0x02}, 4, 4, YK_PAYLOAD_find_my},
    /* Service 0xFCB2; network, near-owner bit. */
    {0x16, {0xB2, 0xFC}, 2, 2 + 1 + 1, YK_PAYLOAD_dult},
    /* Service 0xFE2C; a version at least. */
    {0x16, {0x2C, 0xFE}, 2, 2 + 1, YK_PAYLOAD_fast_pair},
    /* Neighbours that are none of these. */
    {0xFF, {0x4C, 0x00, 0x10, 0x05}, 4, 255, YK_PAYLOAD_none},
    {0xFF, {0x4C, 0x00, 0x02, 0x16}, 4, 255, YK_PAYLOAD_none},
    {0xFF, {0x00, 0x4C, 0x02, 0x15}, 4, 255, YK_PAYLOAD_none},
    {0xFF, {0x18, 0x01, 0xAC, 0xBE}, 4, 255, YK_PAYLOAD_none},
    {0xFF, {0xAA, 0xFE, 0x10}, 3, 255, YK_PAYLOAD_none},
    {0x16, {0xFE, 0xAA, 0x10}, 3, 255, YK_PAYLOAD_none},
    {0x16, {0xAA, 0xFE, 0x40}, 3, 255, YK_PAYLOAD_none}, /* Find Hub's tags */
    {0x16, {0xAA, 0xFE, 0x11}, 3, 255, YK_PAYLOAD_none}, /* reserved bits */
    {0x21, {0xAA, 0xFE, 0x10}, 3, 255, YK_PAYLOAD_none}, /* service data of a 128-bit UUID */
};

static size_t build(uint8_t *out, size_t k, size_t length)
{
    memset(out, 0x5A, 2 + length);
    out[0] = (uint8_t)(1 + length);
    out[1] = kinds[k].type;
    memcpy(out + 2, kinds[k].begin, length < kinds[k].size ? length : kinds[k].size);
    return 2 + length;
}

Test(payload_kind, each_kind_at_every_length)
{
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t length = 0; length <= 29; length++) {
            uint8_t payload[64] = {2, 0x01, 0x06};
            size_t n = 3 + build(payload + 3, k, length);
            enum yk_payload_kind expected = length >= kinds[k].least ? kinds[k].kind : YK_PAYLOAD_none;
            struct yk_payload found = look(payload, n);
            cr_expect_eq(found.kind, expected, "case %zu, %zu bytes: %s", k, length, yk_payload_kind_name(found.kind));
            cr_expect(found.whole);
            cr_expect_eq(look(payload, n - 1).kind, YK_PAYLOAD_none, "case %zu, %zu bytes: cut", k, length);
        }
}

/* The order that the header states, and no other one. */
Test(payload_kind, precedence_does_not_depend_on_the_order_in_the_payload)
{
    for (size_t a = 0; a < sizeof kinds / sizeof kinds[0]; a++)
        for (size_t b = 0; b < sizeof kinds / sizeof kinds[0]; b++) {
            uint8_t payload[128];
            size_t n = build(payload, a, 25);
            n += build(payload + n, b, 25);
            enum yk_payload_kind first = kinds[a].kind, second = kinds[b].kind;
            enum yk_payload_kind expected = first == YK_PAYLOAD_none    ? second
                                            : second == YK_PAYLOAD_none ? first
                                            : first < second            ? first
                                                                        : second;
            cr_expect_eq(look(payload, n).kind, expected, "%zu before %zu", a, b);
        }
    cr_expect_lt(YK_PAYLOAD_ibeacon, YK_PAYLOAD_eddystone_uid);
    cr_expect_lt(YK_PAYLOAD_find_my, YK_PAYLOAD_dult);
    cr_expect_lt(YK_PAYLOAD_dult, YK_PAYLOAD_fast_pair);
}

Test(payload_kind, what_stands_before_an_overrun_counts)
{
    uint8_t payload[64];
    size_t n = build(payload, 0, 25);
    payload[n++] = 9;
    payload[n++] = 0xFF;
    struct yk_payload found = look(payload, n);
    cr_expect_eq(found.kind, YK_PAYLOAD_ibeacon);
    cr_expect(!found.whole);
}

Test(payload_kind, names)
{
    cr_expect_str_eq(yk_payload_kind_name(YK_PAYLOAD_ibeacon), "ibeacon");
    cr_expect_str_eq(yk_payload_kind_name(YK_PAYLOAD_exposure_notification), "exposure_notification");
    cr_expect_str_eq(yk_payload_kind_name(YK_PAYLOAD_fast_pair), "fast_pair");
}

Test(payload_kind, adverts_are_counted_by_kind_and_scan_responses_are_not)
{
    static struct heard heard;
    static const struct {
        size_t k;
        uint8_t address_class;
        bool anonymous, scan_response;
    } given[] = {{0, YK_CLASS_PUBLIC, false, false}, {0, YK_CLASS_STATIC, false, true},
                 {0, YK_CLASS_PUBLIC, true, false},  {0, YK_CLASS_COUNT, false, false}, /* reserved: goes no further */
                 {8, YK_CLASS_STATIC, false, false}, {12, YK_CLASS_STATIC, false, false}};
    heard_start(&heard);
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        uint8_t payload[64];
        struct yk_advert advert = {.anonymous = given[i].anonymous, .scan_response = given[i].scan_response};
        advert.id.address_class = given[i].address_class;
        advert.payload = payload;
        advert.payload_length = build(payload, given[i].k, 25);
        yk_decoder_emit(&heard.decoder, &advert, true);
    }
    cr_assert_eq(heard.count, 5);
    cr_expect_eq(heard.advert[0].kind, YK_PAYLOAD_ibeacon);
    cr_expect_eq(heard.advert[1].kind, YK_PAYLOAD_ibeacon);
    cr_expect_eq(heard.advert[3].kind, YK_PAYLOAD_find_my);
    cr_expect_eq(heard.decoder.kinds[YK_PAYLOAD_ibeacon], 2);
    cr_expect_eq(heard.decoder.kinds[YK_PAYLOAD_find_my], 1);
    cr_expect_eq(heard.decoder.kinds[YK_PAYLOAD_none], 1);
}
