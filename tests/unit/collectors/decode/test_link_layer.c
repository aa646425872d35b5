/* Advertising PDUs by hand from Core 5.3, Vol 6 Part B 2.3. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * CRC bytes come from a bit-serial shift register written from the standard's figure, apart from the code under test.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "decode/capture_file.h"
#include "decode/crc24.h"
#include "decode/link_type.h"

#include "heard.h"
#include "decode/link_layer.h"

static struct heard heard;

static void setup(void)
{
    heard_start(&heard);
}

TestSuite(link_layer, .init = setup);

static void give(const uint8_t *packet, size_t length, enum yk_crc crc, bool coded)
{
    uint8_t *copy = malloc(length ? length : 1);
    memcpy(copy, packet, length);
    struct yk_radio_info info = {.time_us = 7, .crc = crc, .coded_phy = coded, .rssi_dbm = -50};
    yk_link_layer_packet(&heard.decoder, copy, length, &info);
    free(copy);
}

#define ACCESS 0xD6, 0xBE, 0x89, 0x8E

/* ADV_IND, TxAdd set, AdvA C6:05:04:03:02:01, flags. */
static const uint8_t adv_ind[] = {ACCESS, 0x40, 0x09, 0x01, 0x02, 0x03, 0x04, 0x05,
                                  0xC6,   0x02, 0x01, 0x06, 0x7C, 0x97, 0xEB};

Test(link_layer, crc_check_value)
{
    /* CRC-24/BLE in the catalogue of parametrised CRC algorithms. */
    cr_expect_eq(yk_crc24(YK_CRC24_ADVERTISING, (const uint8_t *)"123456789", 9), 0xC25A56);
    cr_expect_eq(yk_crc24(YK_CRC24_ADVERTISING, NULL, 0), 0xAAAAAA);
}

Test(link_layer, adv_ind_with_a_good_crc)
{
    give(adv_ind, sizeof adv_ind, YK_CRC_UNKNOWN, false);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard_drops(&heard), 0);
    const struct yk_advert *a = &heard.advert[0];
    cr_expect_eq(a->id.address_class, YK_CLASS_STATIC);
    cr_expect_eq(memcmp(a->id.address, adv_ind + 6, 6), 0);
    cr_expect_eq(a->payload_length, 3);
    cr_expect_eq(a->rssi_dbm, -50);
    cr_expect_eq(a->time_us, 7);
    cr_expect(!a->scan_response);
}

Test(link_layer, every_flipped_bit_is_a_bad_crc)
{
    for (size_t bit = 4 * 8; bit < sizeof adv_ind * 8; bit++) {
        uint8_t packet[sizeof adv_ind];
        memcpy(packet, adv_ind, sizeof packet);
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        heard_start(&heard);
        give(packet, sizeof packet, YK_CRC_UNKNOWN, false);
        cr_expect_eq(heard.count, 0, "bit %zu", bit);
        /* A greater length asks for bytes that are not there. */
        cr_expect_eq(heard.drops.count[YK_DROP_bad_crc] + heard.drops.count[YK_DROP_truncated], 1, "bit %zu", bit);
    }
}

Test(link_layer, the_flag_is_trusted_before_the_bytes)
{
    uint8_t packet[sizeof adv_ind];
    memcpy(packet, adv_ind, sizeof packet);
    packet[sizeof packet - 1] ^= 0xFF;
    give(packet, sizeof packet, YK_CRC_GOOD, false);
    cr_expect_eq(heard.count, 1);
    give(adv_ind, sizeof adv_ind, YK_CRC_BAD, false);
    cr_expect_eq(heard.count, 1);
    cr_expect_eq(heard.drops.count[YK_DROP_bad_crc], 1);
}

Test(link_layer, truncated_at_every_length)
{
    for (size_t n = 0; n < sizeof adv_ind; n++) {
        heard_start(&heard);
        give(adv_ind, n, YK_CRC_UNKNOWN, false);
        cr_expect_eq(heard.count, 0, "%zu bytes", n);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1, "%zu bytes", n);
        cr_expect_eq(heard_drops(&heard), 1, "%zu bytes", n);

        heard_start(&heard); /* the sniffer saw all of it: a whole address stands */
        give(adv_ind, n, YK_CRC_GOOD, false);
        cr_expect_eq(heard.count, n >= 12, "%zu bytes", n);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], n < 15, "%zu bytes", n);
        cr_expect_eq(heard_drops(&heard), n < 15, "%zu bytes", n);
    }
}

Test(link_layer, pdu_types)
{
    for (unsigned type = 0; type < 16; type++) {
        uint8_t packet[] = {ACCESS, (uint8_t)type, 12, 1, 2, 3, 4, 5, 6, 2, 1, 6, 2, 10, 0};
        heard_start(&heard);
        give(packet, sizeof packet, YK_CRC_GOOD, false);
        bool adverts = type == 0 || type == 1 || type == 2 || type == 4 || type == 6;
        if (type == 7)
            continue;
        cr_expect_eq(heard.count, adverts, "type %u", type);
        cr_expect_eq(heard.drops.count[YK_DROP_unsupported], type > 7, "type %u", type);
        if (adverts) {
            cr_expect_eq(heard.advert[0].scan_response, type == 4, "type %u", type);
            cr_expect_eq(heard.advert[0].id.address_class, YK_CLASS_PUBLIC, "type %u", type);
            cr_expect_eq(heard.advert[0].payload_length, type == 1 ? 0 : 6, "type %u", type);
        }
    }
}

Test(link_layer, payload_too_short_for_an_address)
{
    static const uint8_t packet[] = {ACCESS, 0x00, 5, 1, 2, 3, 4, 5, 0, 0, 0};
    give(packet, sizeof packet, YK_CRC_GOOD, false);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
}

Test(link_layer, ad_overrun_keeps_the_address)
{
    static const uint8_t packet[] = {ACCESS, 0x00, 8, 1, 2, 3, 4, 5, 6, 9, 1, 0, 0, 0};
    give(packet, sizeof packet, YK_CRC_GOOD, false);
    cr_expect_eq(heard.count, 1);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
}

Test(link_layer, packets_of_connections_are_no_mistake)
{
    static const uint8_t packet[] = {0x11, 0x22, 0x33, 0x44, 0x01, 0x00, 1, 2, 3};
    give(packet, sizeof packet, YK_CRC_UNKNOWN, false);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(link_layer, coded_phy_has_a_coding_indicator)
{
    uint8_t packet[sizeof adv_ind + 1] = {ACCESS, 0x01};
    memcpy(packet + 5, adv_ind + 4, sizeof adv_ind - 4);
    give(packet, sizeof packet, YK_CRC_UNKNOWN, true);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(memcmp(heard.advert[0].id.address, adv_ind + 6, 6), 0);
}

/* Extended header: AdvA, CTE, ADI, AuxPtr, TxPower present; then flags as AD. */
static const uint8_t extended[] = {ACCESS, 0x47, 18,   14,   0x5D, 1,    2,    3,    4,    5, 0x46, 0xEE,
                                   0xA1,   0xA2, 0xB1, 0xB2, 0xB3, 0x7F, 0x02, 0x01, 0x06, 0, 0,    0};

Test(link_layer, extended_with_an_address)
{
    give(extended, sizeof extended, YK_CRC_GOOD, false);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard_drops(&heard), 0);
    cr_expect_eq(heard.advert[0].id.address_class, YK_CLASS_RESOLVABLE);
    cr_expect_eq(memcmp(heard.advert[0].id.address, extended + 8, 6), 0);
    cr_expect_eq(heard.advert[0].payload_length, 3);
}

Test(link_layer, extended_truncated_at_every_length)
{
    for (size_t n = 0; n < sizeof extended - 3; n++) {
        heard_start(&heard);
        give(extended, n, YK_CRC_GOOD, false);
        cr_expect_eq(heard.count, n >= 14, "%zu bytes", n);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], n < 24, "%zu bytes", n);
        cr_expect_eq(heard_drops(&heard), n < 24, "%zu bytes", n);
    }
}

Test(link_layer, extended_pointer_is_neither_advert_nor_drop)
{
    static const uint8_t packet[] = {ACCESS, 0x07, 7, 6, 0x18, 0xA1, 0xA2, 0xB1, 0xB2, 0xB3, 0, 0, 0};
    give(packet, sizeof packet, YK_CRC_GOOD, false);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(link_layer, extended_without_address_and_pointer_is_anonymous)
{
    static const uint8_t with_adi[] = {ACCESS, 0x07, 7, 3, 0x08, 0xA1, 0xA2, 0x02, 0x01, 0x06, 0, 0, 0};
    static const uint8_t empty[] = {ACCESS, 0x07, 1, 0, 0x75, 0x95, 0xAE};
    give(with_adi, sizeof with_adi, YK_CRC_GOOD, false);
    give(empty, sizeof empty, YK_CRC_UNKNOWN, false);
    cr_assert_eq(heard.count, 2);
    cr_expect(heard.advert[0].anonymous && heard.advert[1].anonymous);
    cr_expect_eq(heard.advert[0].payload_length, 3);
    cr_expect_eq(heard.drops.count[YK_DROP_anonymous], 2);
}

Test(link_layer, extended_header_that_contradicts_itself)
{
    /* The flags ask for AdvA and SyncInfo (24 bytes), the header has 8: the address fits and is kept. */
    static const uint8_t packet[] = {ACCESS, 0x07, 9, 8, 0x21, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0};
    give(packet, sizeof packet, YK_CRC_GOOD, false);
    cr_expect_eq(heard.count, 1);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
    /* The header is longer than the payload. */
    static const uint8_t longer[] = {ACCESS, 0x07, 3, 40, 0x00, 0, 0, 0, 0};
    heard_start(&heard);
    give(longer, sizeof longer, YK_CRC_GOOD, false);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
}

static void give_record(int link_type, const uint8_t *bytes, size_t length)
{
    struct yk_capture_record record = {.bytes = bytes, .length = length, .original_length = length, .time_us = 99};
    const struct yk_link_type *link = yk_link_type_find(link_type);
    cr_assert_not_null(link);
    cr_expect_eq(link->decode(&heard.decoder, &record), 99);
}

Test(link_layer, link_type_251)
{
    give_record(251, adv_ind, sizeof adv_ind);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
}

/* 256: channel 37, signal -61, noise 0, offences 0, reference access address, flags. */
static void give_256(unsigned flags, uint8_t last_crc_byte, size_t length)
{
    uint8_t packet[10 + sizeof adv_ind] = {37, 0xC3, 0, 0, ACCESS, (uint8_t)flags, (uint8_t)(flags >> 8)};
    memcpy(packet + 10, adv_ind, sizeof adv_ind);
    packet[sizeof packet - 1] = last_crc_byte;
    heard_start(&heard);
    give_record(256, packet, length < sizeof packet ? length : sizeof packet);
}

Test(link_layer, link_type_256_flags)
{
    give_256(0x0003, 0xEB, 99); /* de-whitened, signal valid, CRC not checked: computed */
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, -61);
    give_256(0x0001, 0xEB, 99);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
    give_256(0x0003, 0x00, 99);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_bad_crc], 1);
    give_256(0x0C03, 0x00, 99); /* checked and good */
    cr_expect_eq(heard.count, 1);
    give_256(0x0403, 0xEB, 99); /* checked and bad */
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_bad_crc], 1);
    give_256(0x0002, 0xEB, 99); /* still whitened */
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_unsupported], 1);
    for (size_t n = 0; n < 10; n++) {
        give_256(0x0C03, 0xEB, n);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1, "%zu bytes", n);
    }
}
