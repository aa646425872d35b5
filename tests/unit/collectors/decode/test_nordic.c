/* The nRF Sniffer's packets and its clock. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "heard.h"

static struct heard heard;

static void setup(void)
{
    heard_start(&heard);
}

TestSuite(nordic, .init = setup);

/* ADV_IND of a public address; CRC bytes are not looked at. */
static const uint8_t packet[] = {0xD6, 0xBE, 0x89, 0x8E, 0x00, 9, 1, 2, 3, 4, 5, 6, 2, 1, 6, 0, 0, 0};
#define HEAD 17

static size_t build(uint8_t *record, unsigned version, uint8_t type, uint8_t flags, uint8_t rssi, uint32_t stamp_us)
{
    const uint8_t n = sizeof packet;
    const uint8_t v0[HEAD] = {0xBE, 0xEF, type, 1, 0, 0, 0, 10 + n};
    const uint8_t v1[HEAD] = {7, 6, 10 + n, 1, 1, 0, type, 10};
    const uint8_t v2[HEAD] = {7, 10 + n, 0, (uint8_t)version, 1, 0, type, 10};
    memcpy(record, version == 0 ? v0 : version == 1 ? v1 : v2, HEAD);
    record[8] = flags;
    record[9] = 37;
    record[10] = rssi;
    for (int i = 0; i < 4; i++)
        record[13 + i] = (uint8_t)(stamp_us >> 8 * i);
    memcpy(record + HEAD, packet, n);
    return HEAD + n;
}

static int64_t give(const uint8_t *bytes, size_t length, int64_t host_us)
{
    uint8_t *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    struct yk_capture_record record = {.bytes = copy, .length = length, .original_length = length, .time_us = host_us};
    int64_t time_us = yk_link_type_find(272)->decode(&heard.decoder, &record);
    free(copy);
    return time_us;
}

Test(nordic, versions)
{
    for (unsigned version = 0; version <= 4; version++) {
        uint8_t record[64];
        heard_start(&heard);
        give(record, build(record, version, version >= 3 ? 2 : 6, 0x01, 60, 0), 1000);
        cr_expect_eq(heard.count, version <= 3, "version %u", version);
        cr_expect_eq(heard.drops.count[YK_DROP_unsupported], version > 3, "version %u", version);
        if (heard.count) {
            cr_expect_eq(heard.advert[0].rssi_dbm, -60, "version %u", version);
            cr_expect_eq(heard.advert[0].time_us, 1000, "version %u", version);
            cr_expect_eq(memcmp(heard.advert[0].id.address, packet + 6, 6), 0, "version %u", version);
        }
    }
}

Test(nordic, bad_crc_is_never_counted)
{
    uint8_t record[64];
    give(record, build(record, 3, 2, 0x00, 60, 0), 1000);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_bad_crc], 1);
}

Test(nordic, other_types_are_no_mistake)
{
    uint8_t record[64];
    size_t length = build(record, 3, 6, 0x01, 60, 0); /* of a connection */
    give(record, length, 1000);
    record[6] = 0x0E; /* ping response */
    give(record, length, 1000);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(nordic, coded_phy)
{
    uint8_t record[64];
    size_t length = build(record, 3, 2, 0x21, 60, 0);
    memmove(record + HEAD + 5, record + HEAD + 4, length - HEAD - 4);
    record[HEAD + 4] = 0x01;
    give(record, length + 1, 1000);
    cr_expect_eq(heard.count, 1);
}

Test(nordic, auxiliary_kinds)
{
    static const uint8_t chain[] = {0xD6, 0xBE, 0x89, 0x8E, 0x07, 4, 3, 0x08, 0x34, 0x12, 0, 0, 0, 0};
    uint8_t record[64];
    for (unsigned kind = 0; kind < 4; kind++)
        for (unsigned primary = 0; primary < 2; primary++)
            for (unsigned version = 2; version <= 3; version++) {
                build(record, version, version == 3 ? 2 : 6, (uint8_t)(1 | kind << 1), 60, 0);
                record[9] = primary ? 37 : 36;
                memcpy(record + HEAD, chain, sizeof chain);
                heard_start(&heard);
                give(record, HEAD + sizeof chain, 1000);
                bool told = version == 3 && !primary; /* AUX_CHAIN_IND 1, AUX_SYNC_IND 2, AUX_SCAN_RSP 3 */
                cr_expect_eq(heard.count, !told || kind == 0 || kind == 3, "kind %u, %u, version %u", kind, primary,
                             version);
                if (heard.count)
                    cr_expect_eq(heard.advert[0].scan_response, told && kind == 3);
            }
}

Test(nordic, truncated_at_every_length)
{
    uint8_t record[64];
    size_t length = build(record, 3, 2, 0x01, 60, 0);
    for (size_t n = 0; n < length; n++) {
        heard_start(&heard);
        give(record, n, 1000);
        cr_expect_eq(heard.count, n >= HEAD + 12, "%zu bytes", n);
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], n < HEAD + 15, "%zu bytes", n);
    }
}

Test(nordic, rssi_and_header_length_out_of_range)
{
    uint8_t record[64];
    size_t length = build(record, 3, 2, 0x01, 200, 0);
    give(record, length, 1000);
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
    record[7] = 9;
    give(record, length, 1000);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
}

Test(nordic, firmware_time_before_host_time)
{
    uint8_t record[64];
    /* The host read all three within a millisecond; on the air they were 2 s and 3 s apart, over the counter's wrap. */
    cr_expect_eq(give(record, build(record, 3, 2, 1, 60, 0xFFF00000u), 5000000), 5000000);
    cr_expect_eq(give(record, build(record, 3, 2, 0, 60, 0xFFF00000u + 2000000u), 5000500), 7000000);
    cr_expect_eq(give(record, build(record, 3, 2, 1, 60, 0xFFF00000u + 5000000u), 5001000), 10000000);
    cr_expect_eq(heard.advert[1].time_us, 10000000);
}

Test(nordic, time_since_the_end_of_the_packet_before)
{
    uint8_t record[64];
    /* 18 bytes and a preamble of 1, 8 us each, are 152 us on the air. */
    cr_expect_eq(give(record, build(record, 2, 6, 1, 60, 77), 1000000), 1000000);
    cr_expect_eq(give(record, build(record, 2, 6, 1, 60, 1000), 1000001), 1001152);
    cr_expect_eq(give(record, build(record, 2, 6, 1, 60, 150), 1000002), 1001454);
}

Test(nordic_clock, silence_longer_than_a_turn)
{
    struct yk_nordic_clock clock = {0};
    const int64_t turn_us = INT64_C(4294967296), start_us = INT64_C(1700000000000000);
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 10, 0, start_us), start_us);
    /* Two turns and 90 s later, and the host is 1 s late. */
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 10 + 90000000, 0, start_us + 2 * turn_us + 91000000),
                 start_us + 2 * turn_us + 90000000);
}

Test(nordic_clock, sniffer_started_anew)
{
    struct yk_nordic_clock clock = {0};
    const int64_t start_us = INT64_C(1700000000000000);
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 3000000000u, 0, start_us), start_us);
    /* The counter went back; taken as a wrap it would be 69.9 minutes ahead of a host on which 1 s went by. */
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 2900000000u, 0, start_us + 1000000), start_us + 1000000);
    /* From the new beginning the counter goes on. */
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 2900000100u, 0, start_us + 1000100), start_us + 1000100);
}

Test(nordic_clock, no_host_time)
{
    struct yk_nordic_clock clock = {0};
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 1, 0, YK_TIME_NONE), YK_TIME_NONE);
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 2, 0, 500), 500);
    cr_expect_eq(yk_nordic_clock_step(&clock, true, 12, 0, YK_TIME_NONE), 510);
}
