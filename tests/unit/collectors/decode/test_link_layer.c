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

static void give_info(const uint8_t *packet, size_t length, const struct yk_radio_info *info)
{
    uint8_t *copy = malloc(length ? length : 1);
    memcpy(copy, packet, length);
    yk_link_layer_packet(&heard.decoder, copy, length, info);
    free(copy);
}

static void give(const uint8_t *packet, size_t length, enum yk_crc crc, bool coded)
{
    struct yk_radio_info info = {.time_us = 7, .crc = crc, .coded_phy = coded, .rssi_dbm = -50};
    give_info(packet, length, &info);
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
    yk_decoder_finish(&heard.decoder); /* it points at more */
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
        yk_decoder_finish(&heard.decoder);
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

/* Packets of extended advertising events, built from Core 5.3, Vol 6 Part B 2.3.4: AdvA unless `who` is 0, an ADI unless
 * it is 0, an AuxPtr if the packet points on, then data. */
static void packet(int64_t time_us, enum yk_aux aux, uint8_t who, unsigned adi, bool points, const char *data)
{
    uint8_t bytes[300] = {ACCESS, who ? 0x47 : 0x07};
    size_t at = 8, n = strlen(data);
    bytes[7] = (uint8_t)((who ? 0x01 : 0) | (adi ? 0x08 : 0) | (points ? 0x10 : 0));
    for (int i = 0; who && i < 6; i++)
        bytes[at++] = i < 5 ? who : 0xC0;
    if (adi) {
        bytes[at++] = (uint8_t)adi;
        bytes[at++] = (uint8_t)(adi >> 8);
    }
    for (int i = 0; points && i < 3; i++)
        bytes[at++] = 0x11;
    bytes[6] = (uint8_t)(at - 7);
    memcpy(bytes + at, data, n);
    bytes[5] = (uint8_t)(at + n - 6);
    struct yk_radio_info info = {.time_us = time_us, .crc = YK_CRC_GOOD, .aux = aux, .rssi_dbm = (int8_t)-time_us};
    give_info(bytes, at + n + 3, &info);
}

static void expect(size_t i, uint8_t who, int64_t time_us, const char *payload)
{
    cr_assert_gt(heard.count, i, "only %zu adverts", heard.count);
    const struct yk_advert *a = &heard.advert[i];
    cr_expect_eq(a->anonymous, who == 0, "advert %zu", i);
    cr_expect_eq(a->id.address[0], who, "advert %zu is of %u", i, a->id.address[0]);
    cr_expect_eq(a->time_us, time_us, "advert %zu", i);
    cr_expect_eq(a->rssi_dbm, (int8_t)-time_us, "advert %zu", i);
    cr_expect_eq(a->payload_length, strlen(payload), "advert %zu", i);
    cr_expect_eq(memcmp(heard.payload[i], payload, strlen(payload)), 0, "advert %zu", i);
}

Test(link_layer, address_in_the_auxiliary_packet_only)
{
    packet(1, 0, 0, 0x1234, true, "");
    packet(2, 0, 0, 0x1234, true, "");
    packet(3, 0, 7, 0x1234, false, "\2\1\6");
    cr_assert_eq(heard.count, 1);
    expect(0, 7, 3, "\2\1\6");
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(link_layer, address_in_the_pointer_only)
{
    packet(1, 0, 7, 0x1234, true, "");
    cr_expect_eq(heard.count, 0);
    packet(3, 0, 0, 0x1234, false, "\2\1\6");
    cr_assert_eq(heard.count, 1);
    expect(0, 7, 1, "\2\1\6"); /* as loud as when it began */
    cr_expect_eq(heard_drops(&heard), 0);
    packet(4, 0, 0, 0x1235, false, "\2\1\6"); /* another ADI: nobody's */
    cr_assert_eq(heard.count, 2);
    expect(1, 0, 4, "\2\1\6");
    cr_expect_eq(heard.drops.count[YK_DROP_anonymous], 1);
}

Test(link_layer, pointers_of_one_event_and_of_two)
{
    packet(10000, 0, 7, 0x1234, true, "");
    packet(20000, 0, 7, 0x1234, true, ""); /* the next channel, 10 ms later at most */
    packet(30000, 0, 7, 0x1234, true, "");
    cr_expect_eq(heard.count, 0);
    packet(40001, 0, 7, 0x1234, true, ""); /* the next event: of the one before only pointers were heard */
    cr_assert_eq(heard.count, 1);
    expect(0, 7, 10000, "");
    packet(45000, 0, 0, 0x1234, false, "a\0");
    cr_assert_eq(heard.count, 2);
    expect(1, 7, 40001, "a");
}

Test(link_layer, both_packets_have_the_address)
{
    packet(1, 0, 7, 0x1234, true, "");
    packet(2, 0, 7, 0x1234, false, "\2\1\6");
    cr_assert_eq(heard.count, 1);
    expect(0, 7, 1, "\2\1\6");
}

Test(link_layer, another_event_ends_the_one_before)
{
    packet(1, 0, 7, 0x1234, true, "a"); /* the rest of it is not heard */
    packet(2, 0, 7, 0x1234, false, "b");
    cr_assert_eq(heard.count, 2);
    expect(0, 7, 1, "a");
    expect(1, 7, 2, "b");
    packet(3, 0, 7, 0x1234, true, "c");
    packet(4, 0, 7, 0x1234, true, "");
    cr_assert_eq(heard.count, 3);
    expect(2, 7, 3, "c");
    packet(5, 0, 7, 0x1234, true, "d");
    packet(6, 0, 0, 0x1234, false, "e");
    cr_assert_eq(heard.count, 4);
    expect(3, 7, 4, "de");
}

Test(link_layer, continuations_are_neither_adverts_nor_anonymous)
{
    packet(1, 0, 0, 0x1234, true, "");
    packet(2, 0, 7, 0x1234, true, "\5\xFF");
    packet(3, 0, 0, 0x1234, true, "\1\2");
    packet(4, 0, 0, 0x4321, true, ""); /* somebody else's pointer */
    packet(5, 0, 8, 0x4321, false, "\2\1\6");
    packet(6, 0, 0, 0x1234, false, "\3\4");
    cr_assert_eq(heard.count, 2);
    expect(0, 8, 5, "\2\1\6");
    expect(1, 7, 2, "\5\xFF\1\2\3\4");
    cr_expect_eq(heard_drops(&heard), 0);
    /* One whose beginning was not heard: nobody's, unless the sniffer says what it is. */
    packet(7, YK_AUX_CHAIN, 0, 0x1234, true, "x");
    packet(8, YK_AUX_CHAIN, 0, 0x1234, false, "x");
    cr_expect_eq(heard.count, 2);
    packet(9, YK_AUX_UNKNOWN, 0, 0x1234, true, "\2\1\6");
    cr_expect_eq(heard.count, 2);
    packet(10, YK_AUX_UNKNOWN, 0, 0x1234, false, "\2\1\6");
    cr_expect_eq(heard.count, 3);
    cr_expect_eq(heard.drops.count[YK_DROP_anonymous], 1);
}

Test(link_layer, announced_address_is_forgotten)
{
    packet(1000000, 0, 7, 0x1234, true, "");
    packet(3500000, 0, 0, 0x1234, false, "\2\1\6");
    cr_assert_eq(heard.count, 1);
    packet(4000000, 0, 7, 0x1234, true, "");
    packet(6500001, 0, 0, 0x1234, false, "\2\1\6"); /* more than 2.5 s */
    cr_assert_eq(heard.count, 3);
    expect(1, 7, 4000000, "");
    expect(2, 0, 6500001, "\2\1\6");
    cr_expect_eq(heard.drops.count[YK_DROP_anonymous], 1);
    packet(8000000, 0, 7, 0x1234, true, "");
    packet(10000000, 0, 0, 0x1234, true, ""); /* a pointer without an address keeps nothing alive */
    packet(10500001, 0, 0, 0x1234, false, "\2\1\6");
    cr_assert_eq(heard.count, 5);
    expect(4, 0, 10500001, "\2\1\6");
}

Test(link_layer, same_identifier_of_two_advertisers)
{
    packet(1, 0, 7, 0x1234, true, "");
    packet(2, 0, 8, 0x1234, true, "");
    packet(3, 0, 0, 0x1234, false, "\2\1\6"); /* goes to the one that spoke last */
    yk_decoder_finish(&heard.decoder);
    cr_assert_eq(heard.count, 2);
    expect(0, 8, 2, "\2\1\6");
    expect(1, 7, 1, "");
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(link_layer, an_event_without_identifier_is_not_joined)
{
    packet(1, 0, 7, 0, true, "\2\1\6");
    cr_assert_eq(heard.count, 1);
    packet(2, 0, 0, 0, false, "\2\1\6");
    cr_assert_eq(heard.count, 2);
    expect(1, 0, 2, "\2\1\6");
}

Test(link_layer, auxiliary_kinds_that_the_sniffer_tells)
{
    packet(1, YK_AUX_SCAN_RSP, 7, 0, false, "\2\1\6");
    cr_assert_eq(heard.count, 1);
    cr_expect(heard.advert[0].scan_response);
    packet(2, YK_AUX_SYNC, 0, 0x1234, false, "\2\1\6");
    cr_expect_eq(heard.count, 1);
    cr_expect_eq(heard_drops(&heard), 0);
    packet(3, YK_AUX_ADV, 7, 0, false, "\2\1\6");
    cr_assert_eq(heard.count, 2);
    cr_expect(!heard.advert[1].scan_response);
    /* A scan response to the second of two sniffers' packets ends the event and is none of its pieces. */
    packet(4, YK_AUX_UNKNOWN, 7, 0x1234, true, "");
    packet(5, YK_AUX_SCAN_RSP, 7, 0x1234, false, "r");
    cr_assert_eq(heard.count, 4);
    cr_expect(!heard.advert[2].scan_response && heard.advert[3].scan_response);
    expect(2, 7, 4, "");
    expect(3, 7, 5, "r");
}

Test(link_layer, a_lost_piece_loses_no_advert)
{
    packet(1, 0, 7, 0x1234, true, "\2\1\6");
    static const uint8_t piece[] = {ACCESS, 0x07, 4, 3, 0x08, 0x34, 0x12, 'x', 0, 0, 0};
    give(piece, sizeof piece, YK_CRC_BAD, false);
    cr_expect_eq(heard.count, 0);
    packet(9, 0, 0, 0x1234, false, "y"); /* the piece behind the lost one */
    cr_assert_eq(heard.count, 1);
    expect(0, 7, 1, "\2\1\6y");
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

Test(link_layer, link_type_256_auxiliary_kinds)
{
    /* Extended PDU without address and pointer; kind 1 in 0x0380, which one in 0x3000. */
    static const struct {
        unsigned flags;
        size_t adverts, anonymous;
    } cases[] = {{0x0C01, 1, 1}, {0x0C81, 1, 1}, {0x1C81, 0, 0}, {0x2C81, 0, 0}, {0x3C81, 1, 1}, {0x1D01, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[] = {5,
                           0xC3,
                           0,
                           0,
                           ACCESS,
                           (uint8_t)cases[i].flags,
                           (uint8_t)(cases[i].flags >> 8),
                           ACCESS,
                           0x07,
                           4,
                           3,
                           0x08,
                           0x34,
                           0x12,
                           0,
                           0,
                           0,
                           0};
        heard_start(&heard);
        give_record(256, bytes, sizeof bytes);
        cr_expect_eq(heard.count, cases[i].adverts, "case %zu", i);
        cr_expect_eq(heard.drops.count[YK_DROP_anonymous], cases[i].anonymous, "case %zu", i);
        if (heard.count)
            cr_expect_eq(heard.advert[0].scan_response, i == 4, "case %zu", i);
    }
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
