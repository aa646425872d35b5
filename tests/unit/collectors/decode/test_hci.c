/* Advertising reports by hand from Core 5.3, Vol 4 Part E 7.7.65. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "heard.h"
#include "decode/hci.h"

static struct heard heard;

static void give_at(const uint8_t *event, size_t length, int64_t time_us)
{
    /* A copy of the exact size, so that the address sanitizer sees a byte too many. */
    uint8_t *copy = malloc(length ? length : 1);
    memcpy(copy, event, length);
    yk_hci_event(&heard.decoder, copy, length, time_us);
    free(copy);
}

static void give(const uint8_t *event, size_t length)
{
    give_at(event, length, 1234567);
}

static void setup(void)
{
    heard_start(&heard);
}

TestSuite(hci, .init = setup);

/* Two reports, one after the other: an advertisement of a public address and a scan response of a static one. */
static const uint8_t two_reports[] = {
    0x3E, 2 + 13 + 12, 0x02, 2, /* event, length, subevent, reports */
    0x00, 0x00,        0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 3, 0x02, 0x01, 0x06, 0xC4, /* RSSI -60 */
    0x04, 0x01,        0x01, 0x02, 0x03, 0x04, 0x05, 0xC6, 2, 0x01, 0x0A, 0xB0,       /* RSSI -80 */
};

Test(hci, two_reports_in_one_event)
{
    give(two_reports, sizeof two_reports);
    cr_assert_eq(heard.count, 2);
    cr_assert_eq(heard_drops(&heard), 0);
    const struct yk_advert *a = &heard.advert[0];
    cr_expect(!a->scan_response && !a->anonymous);
    cr_expect_eq(a->rssi_dbm, -60);
    cr_expect_eq(a->time_us, 1234567);
    cr_expect_eq(a->payload_length, 3);
    cr_expect_eq(a->id.address_class, YK_CLASS_PUBLIC);
    cr_expect_eq(memcmp(a->id.address, two_reports + 6, 6), 0);
    const struct yk_advert *b = &heard.advert[1];
    cr_expect(b->scan_response);
    cr_expect_eq(b->rssi_dbm, -80);
    cr_expect_eq(b->id.address_class, YK_CLASS_STATIC);
}

Test(hci, truncated_at_every_length)
{
    for (size_t n = 0; n < sizeof two_reports; n++) {
        heard_start(&heard);
        give(two_reports, n);
        /* An address that is whole with its data length is kept: they end at bytes 13 and 26. */
        size_t whole = n < 13 ? 0 : n < 26 ? 1 : 2;
        cr_expect_eq(heard.count, whole, "%zu bytes: %zu adverts", n, heard.count);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1, "%zu bytes", n);
        cr_expect_eq(heard_drops(&heard), 1, "%zu bytes", n);
    }
}

Test(hci, no_rssi_is_made_up_from_a_cut_report)
{
    give(two_reports, 16); /* the first report without its RSSI */
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
    cr_expect_eq(heard.advert[0].payload_length, 3);
}

Test(hci, junk_in_the_high_nibble_of_the_type)
{
    uint8_t event[sizeof two_reports];
    memcpy(event, two_reports, sizeof event);
    event[4] = 0xA3;
    event[17] = 0x54;
    give(event, sizeof event);
    cr_assert_eq(heard.count, 2);
    cr_expect(!heard.advert[0].scan_response);
    cr_expect(heard.advert[1].scan_response);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(hci, low_nibble_that_is_no_type)
{
    uint8_t event[sizeof two_reports];
    memcpy(event, two_reports, sizeof event);
    event[4] = 0x05;
    give(event, sizeof event);
    cr_expect_eq(heard.count, 1); /* the second goes on being read */
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
}

Test(hci, ad_structure_longer_than_the_payload_keeps_the_address)
{
    static const uint8_t event[] = {0x3E, 2 + 13, 0x02, 1, 0x00, 0x00, 0x11, 0x22, 0x33,
                                    0x44, 0x55,   0x66, 3, 0x09, 0x01, 0x06, 0xC4};
    give(event, sizeof event);
    cr_expect_eq(heard.count, 1);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, -60);
}

Test(hci, data_length_beyond_the_event_is_malformed_and_keeps_the_address)
{
    static const uint8_t event[] = {0x3E, 2 + 13, 0x02, 1,  0x00, 0x00, 0x11, 0x22, 0x33,
                                    0x44, 0x55,   0x66, 31, 0x02, 0x01, 0x06, 0xC4};
    give(event, sizeof event);
    cr_expect_eq(heard.count, 1);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
    cr_expect_eq(heard_drops(&heard), 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
}

Test(hci, address_types)
{
    static const struct {
        uint8_t type, top, address_class;
        size_t count;
    } cases[] = {
        {0, 0xC0, YK_CLASS_PUBLIC, 1},         {1, 0xC0, YK_CLASS_STATIC, 1}, {1, 0x40, YK_CLASS_RESOLVABLE, 1},
        {1, 0x3F, YK_CLASS_NON_RESOLVABLE, 1}, {2, 0x40, YK_CLASS_PUBLIC, 1}, {3, 0xFF, YK_CLASS_STATIC, 1},
        {1, 0x80, YK_CLASS_COUNT, 0}, /* reserved */
        {4, 0x40, YK_CLASS_COUNT, 0}, /* not a type */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t event[] = {0x3E, 12, 0x02, 1, 0x00, cases[i].type, 1, 2, 3, 4, 5, cases[i].top, 0, 0x7F};
        heard_start(&heard);
        give(event, sizeof event);
        cr_expect_eq(heard.count, cases[i].count, "case %zu", i);
        if (cases[i].count)
            cr_expect_eq(heard.advert[0].id.address_class, cases[i].address_class, "case %zu", i);
        cr_expect_eq(heard.drops.count[YK_DROP_reserved_address], i == 6, "case %zu", i);
        cr_expect_eq(heard.drops.count[YK_DROP_malformed], i == 7, "case %zu", i);
        if (cases[i].count)
            cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE, "127 is no RSSI");
    }
}

Test(hci, other_events_are_no_mistake)
{
    static const uint8_t complete[] = {0x0E, 4, 1, 3, 0x0C, 0}, connected[] = {0x3E, 3, 0x01, 0, 0};
    give(complete, sizeof complete);
    give(connected, sizeof connected);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(hci, zero_reports)
{
    static const uint8_t event[] = {0x3E, 2, 0x02, 0};
    give(event, sizeof event);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
}

/* One extended report: type 2, address type, address 6, PHYs 2, SID, TX power, RSSI, interval 2, direct 7, length,
 * data. */
static size_t extended(uint8_t *event, uint16_t type, uint8_t address_type, uint8_t top, uint8_t sid, uint8_t rssi,
                       const char *data, uint8_t n)
{
    const uint8_t head[] = {0x3E,
                            (uint8_t)(2 + 24 + n),
                            0x0D,
                            1,
                            (uint8_t)type,
                            (uint8_t)(type >> 8),
                            address_type,
                            1,
                            2,
                            3,
                            4,
                            5,
                            top,
                            1,
                            1,
                            sid,
                            0x7F,
                            rssi};
    memset(event, 0, 28);
    memcpy(event, head, sizeof head);
    event[27] = n;
    memcpy(event + 28, data, n);
    return 28u + n;
}

Test(hci, extended_report)
{
    uint8_t event[64];
    size_t length = extended(event, 0x0013, 1, 0x7A, 0xFF, 0xC1, "\x02\x01\x06", 3);
    give(event, length);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard_drops(&heard), 0);
    const struct yk_advert *a = &heard.advert[0];
    cr_expect_eq(a->rssi_dbm, -63);
    cr_expect_eq(a->id.address_class, YK_CLASS_RESOLVABLE);
    cr_expect_eq(a->id.address[0], 1);
    cr_expect_eq(a->id.address[5], 0x7A);
    cr_expect_eq(a->payload_length, 3);
    cr_expect(!a->scan_response);

    heard_start(&heard);
    length = extended(event, 0x001B, 1, 0x7A, 0xFF, 0xC1, "\x02\x01\x06", 3);
    give(event, length);
    cr_assert_eq(heard.count, 1);
    cr_expect(heard.advert[0].scan_response);
}

Test(hci, extended_report_truncated_at_every_length)
{
    uint8_t event[64];
    size_t length = extended(event, 0x0013, 1, 0x7A, 0xFF, 0xC1, "\x02\x01\x06", 3);
    for (size_t n = 0; n < length; n++) {
        heard_start(&heard);
        give(event, n);
        cr_expect_eq(heard.count, n >= 13, "%zu bytes", n); /* 4 + 9 bytes hold type and address */
        cr_expect_eq(heard_drops(&heard), 1, "%zu bytes", n);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1, "%zu bytes", n);
        if (heard.count)
            cr_expect_eq(heard.advert[0].rssi_dbm, n >= 18 ? -63 : YK_RSSI_NONE, "%zu bytes", n);
    }
}

Test(hci, extended_address_types)
{
    /* 2 and 3: an identity that the controller resolved. */
    static const struct {
        uint8_t type, top, address_class;
        size_t count;
    } cases[] = {
        {0, 0xC0, YK_CLASS_PUBLIC, 1},         {1, 0xC0, YK_CLASS_STATIC, 1}, {1, 0x40, YK_CLASS_RESOLVABLE, 1},
        {1, 0x3F, YK_CLASS_NON_RESOLVABLE, 1}, {2, 0xC0, YK_CLASS_PUBLIC, 1}, {3, 0xFF, YK_CLASS_STATIC, 1},
        {1, 0x80, YK_CLASS_COUNT, 0}, /* reserved */
        {4, 0x40, YK_CLASS_COUNT, 0}, /* not a type */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t event[64];
        heard_start(&heard);
        give(event, extended(event, 0x0010, cases[i].type, cases[i].top, 1, 0x7F, "", 0));
        cr_expect_eq(heard.count, cases[i].count, "case %zu", i);
        cr_expect_eq(heard.drops.count[YK_DROP_reserved_address], i == 6, "case %zu", i);
        cr_expect_eq(heard.drops.count[YK_DROP_malformed], i > 6, "case %zu", i);
        if (cases[i].count) {
            cr_expect_eq(heard.advert[0].id.address_class, cases[i].address_class, "case %zu", i);
            cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE, "127 is no RSSI");
        }
    }
}

Test(hci, anonymous_has_no_address)
{
    uint8_t event[64];
    give(event, extended(event, 0x0000, 0xFF, 0x7A, 1, 0x7F, "", 0));
    cr_assert_eq(heard.count, 1);
    cr_expect(heard.advert[0].anonymous);
    cr_expect_eq(heard.drops.count[YK_DROP_anonymous], 1);
    static const uint8_t none[6];
    cr_expect_eq(memcmp(heard.advert[0].id.address, none, 6), 0);
}

/* Reports of chains. Bits 5 and 6 of the type: complete, more to come, cut by the controller. */
enum { COMPLETE = 0x0000, MORE = 0x0020, CUT = 0x0040, SCAN_RESPONSE = 0x0008 };

static void piece(int64_t time_us, uint16_t type, uint8_t top, uint8_t sid, int8_t rssi_dbm, const char *data,
                  uint8_t n)
{
    uint8_t event[300];
    give_at(event, extended(event, type, 1, top, sid, (uint8_t)rssi_dbm, data, n), time_us);
}

static void expect_payload(size_t i, const char *bytes, size_t n)
{
    cr_assert_gt(heard.count, i);
    cr_expect_eq(heard.advert[i].payload_length, n, "advert %zu: %zu bytes", i, heard.advert[i].payload_length);
    cr_expect_eq(memcmp(heard.payload[i], bytes, n), 0, "advert %zu", i);
}

Test(hci, chain_of_reports_is_one_advert)
{
    /* The AD structure of 5 is cut between the reports: no fault of the sender. */
    piece(1000, MORE, 0x7A, 1, -63, "\x05\xFF", 2);
    piece(2000, MORE, 0x7A, 1, -62, "\x01\x02", 2);
    cr_expect_eq(heard.count, 0);
    piece(3000, COMPLETE, 0x7A, 1, -61, "\x03\x04", 2);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, -63);
    cr_expect_eq(heard.advert[0].time_us, 1000);
    cr_expect_eq(heard.advert[0].id.address[5], 0x7A);
    expect_payload(0, "\x05\xFF\x01\x02\x03\x04", 6);
    cr_expect_eq(heard_drops(&heard), 0);
    /* The next advert of the same set is another. */
    piece(4000, COMPLETE, 0x7A, 1, -60, "\x02\x01\x06", 3);
    cr_expect_eq(heard.count, 2);
    expect_payload(1, "\x02\x01\x06", 3);
    yk_decoder_finish(&heard.decoder);
    cr_expect_eq(heard.count, 2);
}

Test(hci, chains_of_several_advertisers_do_not_mix)
{
    piece(1, MORE, 0x7A, 1, -50, "\x03\xFF", 2);
    piece(2, MORE, 0x7B, 1, -51, "\x04\xFF", 2);                 /* another address */
    piece(3, MORE, 0x7A, 2, -52, "\x05\xFF", 2);                 /* another set */
    piece(4, MORE | SCAN_RESPONSE, 0x7A, 1, -53, "\x06\xFF", 2); /* its scan response */
    heard.decoder.adapter = 1;
    piece(5, MORE, 0x7A, 1, -54, "\x07\xFF", 2); /* heard by another adapter */
    heard.decoder.adapter = 0;
    piece(6, COMPLETE, 0x7C, 1, -55, "\x02\x01\x06", 3); /* an advert of one report */
    cr_expect_eq(heard.count, 1);
    piece(7, COMPLETE, 0x7B, 1, -1, "b", 1);
    piece(8, COMPLETE | SCAN_RESPONSE, 0x7A, 1, -1, "d", 1);
    piece(9, COMPLETE, 0x7A, 1, -1, "a", 1);
    heard.decoder.adapter = 1;
    piece(10, COMPLETE, 0x7A, 1, -1, "e", 1);
    heard.decoder.adapter = 0;
    piece(11, COMPLETE, 0x7A, 2, -1, "c", 1);
    cr_assert_eq(heard.count, 6);
    expect_payload(1,
                   "\x04\xFF"
                   "b",
                   3);
    expect_payload(2,
                   "\x06\xFF"
                   "d",
                   3);
    expect_payload(3,
                   "\x03\xFF"
                   "a",
                   3);
    expect_payload(4,
                   "\x07\xFF"
                   "e",
                   3);
    expect_payload(5,
                   "\x05\xFF"
                   "c",
                   3);
    cr_expect(heard.advert[2].scan_response && !heard.advert[3].scan_response);
    static const int8_t rssi_dbm[] = {-55, -51, -53, -50, -54, -52}; /* each of its first piece */
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(heard.advert[i].rssi_dbm, rssi_dbm[i], "advert %zu", i);
}

Test(hci, kind_of_a_payload_in_pieces)
{
    /* An iBeacon whose AD structure lies in both reports. */
    piece(1, MORE, 0x7A, 1, -50,
          "\2\1\6\x1A\xFF\x4C\0\2\x15"
          "0123456789",
          19);
    piece(2, COMPLETE, 0x7A, 1, -50, "abcdefMMmmP", 11);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].kind, YK_PAYLOAD_ibeacon);
    cr_expect_eq(heard.decoder.kinds[YK_PAYLOAD_ibeacon], 1);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(hci, chain_cut_by_the_controller)
{
    piece(1, MORE, 0x7A, 1, -50, "\x09\xFF", 2);
    piece(2, CUT, 0x7A, 1, -51, "x", 1);
    cr_assert_eq(heard.count, 1);
    expect_payload(0, "\x09\xFFx", 3);
    cr_expect_eq(heard_drops(&heard), 0);       /* the overrun is not the sender's */
    piece(3, CUT, 0x7A, 1, -51, "\x09\xFF", 2); /* cut in its only report */
    cr_expect_eq(heard.count, 2);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(hci, whole_chain_that_overruns_is_malformed)
{
    piece(1, MORE, 0x7A, 1, -50, "\x09\xFF", 2);
    piece(2, COMPLETE, 0x7A, 1, -51, "x", 1);
    cr_expect_eq(heard.count, 1);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
}

Test(hci, chain_that_is_never_finished)
{
    /* The next piece may come 2.5 s later; what comes after that begins anew. */
    piece(1000000, MORE, 0x7A, 1, -50, "a", 1);
    piece(3500000, MORE, 0x7A, 1, -51, "b", 1);
    piece(6000000, COMPLETE, 0x7A, 1, -52, "c", 1);
    cr_assert_eq(heard.count, 1);
    expect_payload(0, "abc", 3);
    piece(7000000, MORE, 0x7A, 1, -50, "d", 1);
    piece(9500001, COMPLETE, 0x7A, 1, -51, "e", 1);
    cr_assert_eq(heard.count, 3);
    expect_payload(1, "d", 1);
    expect_payload(2, "e", 1);
    cr_expect_eq(heard.advert[1].time_us, 7000000);
    /* An event that is no report shows that time goes on, and so does a clock that is set back. */
    static const uint8_t complete[] = {0x0E, 4, 1, 3, 0x0C, 0};
    piece(10000000, MORE, 0x7A, 1, -50, "f", 1);
    give_at(complete, sizeof complete, 12500000);
    cr_expect_eq(heard.count, 3);
    give_at(complete, sizeof complete, 12500001);
    cr_expect_eq(heard.count, 4);
    piece(20000000, MORE, 0x7A, 1, -50, "g", 1);
    give_at(complete, sizeof complete, 1000000);
    cr_expect_eq(heard.count, 5);
    /* Among pieces without times nothing is too old, and the end of the input ends all, in their order. */
    piece(YK_TIME_NONE, MORE, 0x7A, 1, -50, "h", 1);
    piece(YK_TIME_NONE, MORE, 0x7B, 1, -50, "i", 1);
    give_at(complete, sizeof complete, YK_TIME_NONE);
    cr_expect_eq(heard.count, 5);
    yk_decoder_finish(&heard.decoder);
    cr_assert_eq(heard.count, 7);
    expect_payload(5, "h", 1);
    expect_payload(6, "i", 1);
    piece(YK_TIME_NONE, MORE, 0x7A, 1, -50, "j", 1);
    give_at(complete, sizeof complete, 30000000);
    cr_expect_eq(heard.count, 8, "where there are times, one without is over");
}

/* A controller that always says "more": an advert every 7.5 s or so, and none that is older when it comes. */
Test(hci, chain_without_an_end)
{
    size_t before = 0;
    for (int64_t t = 0; t < 600; t++, before = heard.count) {
        piece(t * 500000, MORE, 0x7A, 1, -50, "m", 1);
        if (heard.count > before)
            cr_assert_leq(t * 500000 - heard.advert[before].time_us, 8000000);
    }
    cr_expect(heard.count >= 33 && heard.count <= 40, "%zu", heard.count);
}

Test(hci, oldest_chain_gives_way)
{
    for (int i = 0; i < 9; i++) {
        char name[] = {(char)('a' + i), 0};
        piece(i, MORE, (uint8_t)(0x40 + i), 1, -50, name, 1);
        cr_expect_eq(heard.count, i == 8, "chain %d", i);
    }
    expect_payload(0, "a", 1);
    cr_expect_eq(heard.advert[0].id.address[5], 0x40);
    piece(9, COMPLETE, 0x41, 1, -50, "!", 1); /* the second oldest is still there */
    cr_assert_eq(heard.count, 2);
    expect_payload(1, "b!", 2);
    cr_expect_eq(heard.drops.count[YK_DROP_table_full], 0); /* nobody was lost */
}

Test(hci, payload_of_a_chain_is_bounded)
{
    /* 7 * 229 = 1603 bytes; of the eighth report 47 are taken. */
    char data[229];
    memset(data, 0xAB, sizeof data);
    for (int i = 0; i < 9; i++)
        piece(i, i < 8 ? MORE : COMPLETE, 0x7A, 1, -50, data, sizeof data);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].payload_length, 1650);
    for (size_t i = 0; i < 1650; i++)
        cr_assert_eq(heard.payload[0][i], 0xAB, "byte %zu", i);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 0); /* it was not read whole */
}

Test(hci, piece_with_a_missing_tail_keeps_the_address_and_what_stood_before)
{
    uint8_t event[64];
    piece(1, MORE, 0x7A, 1, -50, "ab", 2);
    give_at(event, extended(event, MORE, 1, 0x7A, 1, 0xC1, "cdef", 4) - 2, 2);
    piece(3, COMPLETE, 0x7A, 1, -50, "gh", 2); /* behind the hole: not read on */
    cr_assert_eq(heard.count, 1);
    expect_payload(0, "abcd", 4);
    cr_expect_eq(heard.advert[0].id.address_class, YK_CLASS_RESOLVABLE);
    cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1);
    cr_expect_eq(heard_drops(&heard), 1);
}

Test(hci, anonymous_chain_is_one_anonymous_advert)
{
    uint8_t event[64];
    give(event, extended(event, MORE, 0xFF, 0x11, 1, 0xC1, "a", 1));
    give(event, extended(event, COMPLETE, 0xFF, 0x22, 1, 0xC1, "b", 1)); /* address bytes say nothing */
    cr_assert_eq(heard.count, 1);
    cr_expect(heard.advert[0].anonymous);
    expect_payload(0, "ab", 2);
    cr_expect_eq(heard.drops.count[YK_DROP_anonymous], 1);
}

/* The envelopes: each link type with the event in it, with something else in it, and with nothing. */
static void give_record(int link_type, uint32_t flags, const uint8_t *head, size_t head_length, size_t length)
{
    uint8_t bytes[64];
    memcpy(bytes, head, head_length);
    memcpy(bytes + head_length, two_reports, sizeof two_reports);
    struct yk_capture_record record = {.bytes = bytes, .length = length, .time_us = 5, .flags = flags};
    heard_start(&heard);
    cr_expect_eq(yk_link_type_find(link_type)->decode(&heard.decoder, &record), 5);
}

Test(hci, envelopes)
{
    static const uint8_t event[] = {4}, data[] = {2}, sent[] = {0, 0, 0, 1, 4}, sent_data[] = {0, 0, 0, 1, 2};
    const size_t n = sizeof two_reports;
    give_record(1002, 0, event, 1, 1 + n);
    cr_expect_eq(heard.count, 2);
    give_record(1002, 0, data, 1, 1 + n);
    cr_expect_eq(heard.count + heard_drops(&heard), 0);
    give_record(1002, 0, event, 1, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1);

    give_record(187, 0, event, 1, 1 + n);
    cr_expect_eq(heard.count, 2);
    give_record(187, 0, data, 1, 1 + n);
    cr_expect_eq(heard.count + heard_drops(&heard), 0);
    give_record(187, 0, event, 1, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1);

    give_record(201, 0, sent, 5, 5 + n);
    cr_expect_eq(heard.count, 2);
    give_record(201, 0, sent_data, 5, 5 + n);
    cr_expect_eq(heard.count + heard_drops(&heard), 0);
    give_record(201, 0, sent, 5, 4);
    cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1);

    give_record(2001, 0x00010003, event, 0, n); /* adapter 1, event */
    cr_expect_eq(heard.count, 2);
    give_record(2001, 0x00030002, event, 0, n); /* adapter 3, command */
    cr_expect_eq(heard.count + heard_drops(&heard), 0);

    cr_expect_eq(heard.decoder.adapter, 3);

    static const uint8_t monitor_event[] = {0, 1, 0, 3}, monitor_command[] = {0, 3, 0, 2}, swapped[] = {1, 0, 3, 0};
    give_record(254, 0, monitor_event, 4, 4 + n);
    cr_expect_eq(heard.count, 2);
    cr_expect_eq(heard.decoder.adapter, 1);
    give_record(254, 0, monitor_command, 4, 4 + n);
    cr_expect_eq(heard.count + heard_drops(&heard), 0);
    give_record(254, 0, swapped, 4, 4 + n); /* opcode 0x0300 */
    cr_expect_eq(heard.count + heard_drops(&heard), 0);
    for (size_t cut = 0; cut < 4; cut++) {
        give_record(254, 0, monitor_event, 4, cut);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1, "%zu bytes", cut);
    }
}

Test(hci, classic_packets_hold_no_advert)
{
    static const uint8_t head[22] = {4, 0x3E};
    give_record(255, 0, head, sizeof head, sizeof head + 20);
    cr_expect_eq(heard.count + heard_drops(&heard), 0);
    give_record(255, 0, head, sizeof head, sizeof head);
    cr_expect_eq(heard.count + heard_drops(&heard), 0);
    give_record(255, 0, head, sizeof head, sizeof head - 1);
    cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1);
}
