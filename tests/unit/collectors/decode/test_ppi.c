/* PPI headers by hand from the CACE specification and libbtbb's layout. SPDX-License-Identifier: GPL-3.0-or-later */
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

TestSuite(ppi, .init = setup);

/* ADV_IND of a random static address; its CRC is the one that test_link_layer.c checks. */
static const uint8_t adv_ind[] = {0xD6, 0xBE, 0x89, 0x8E, 0x40, 0x09, 0x01, 0x02, 0x03,
                                  0x04, 0x05, 0xC6, 0x02, 0x01, 0x06, 0x7C, 0x97, 0xEB};

/* Version 0, 2402 MHz, clock, RSSI -20, -36, -28, 60 samples. */
static const uint8_t btle[] = {0x36, 0x75, 12, 0, 0, 0x62, 0x09, 0, 1, 2, 3, 4, 0xEC, 0xDC, 0xE4, 60};

static uint8_t bytes[128];

/* A header of that link type with these fields, and the packet. */
static size_t build(uint8_t flags, uint32_t inner, const uint8_t *fields, size_t length)
{
    const uint8_t head[] = {0, flags, (uint8_t)(8 + length), 0, (uint8_t)inner, (uint8_t)(inner >> 8), 0, 0};
    memcpy(bytes, head, sizeof head);
    memcpy(bytes + 8, fields, length);
    memcpy(bytes + 8 + length, adv_ind, sizeof adv_ind);
    return 8 + length + sizeof adv_ind;
}

static void give(size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    struct yk_capture_record record = {.bytes = copy, .length = length, .original_length = length, .time_us = 77};
    heard_start(&heard);
    cr_expect_eq(yk_link_type_find(192)->decode(&heard.decoder, &record), 77);
    free(copy);
}

Test(ppi, packet_of_an_ubertooth)
{
    static const uint32_t inner[] = {147, 251};
    for (size_t i = 0; i < 2; i++) {
        give(build(0, inner[i], btle, sizeof btle));
        cr_assert_eq(heard.count, 1, "inner %u", inner[i]);
        cr_expect_eq(heard_drops(&heard), 0);
        cr_expect_eq(heard.advert[0].rssi_dbm, -20 - 54);
        cr_expect_eq(heard.advert[0].time_us, 77);
        cr_expect_eq(heard.advert[0].id.address_class, YK_CLASS_STATIC);
        cr_expect_eq(memcmp(heard.advert[0].id.address, adv_ind + 6, 6), 0);
        cr_expect_eq(heard.advert[0].payload_length, 3);
    }
}

Test(ppi, checksum_is_computed)
{
    size_t length = build(0, 147, btle, sizeof btle);
    bytes[length - 1] ^= 1;
    give(length);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_bad_crc], 1);
}

Test(ppi, no_field_no_sample_or_a_newer_field_is_no_rssi)
{
    uint8_t field[sizeof btle];
    give(build(0, 147, btle, 0));
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
    memcpy(field, btle, sizeof field);
    field[15] = 0;
    give(build(0, 147, field, sizeof field));
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
    memcpy(field, btle, sizeof field);
    field[4] = 1;
    give(build(0, 147, field, sizeof field));
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
    memcpy(field, btle, sizeof field);
    field[12] = 0x80; /* -128: below what a byte can say in dBm */
    give(build(0, 147, field, sizeof field));
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, -128);
}

Test(ppi, fields_of_others_and_their_padding)
{
    /* A field of 5 bytes before ours: 3 of padding follow if the flag says so, none if not. */
    uint8_t fields[4 + 5 + 3 + sizeof btle] = {2, 0, 5, 0, 9, 9, 9, 9, 9};
    memcpy(fields + 12, btle, sizeof btle);
    give(build(1, 147, fields, sizeof fields));
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, -74);
    cr_expect_eq(heard_drops(&heard), 0);

    memmove(fields + 9, btle, sizeof btle);
    give(build(0, 147, fields, sizeof fields)); /* three bytes at the end round the header up to 32 bits */
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, -74);
    cr_expect_eq(heard_drops(&heard), 0);
}

Test(ppi, a_field_that_is_too_long_keeps_the_packet)
{
    uint8_t field[sizeof btle];
    memcpy(field, btle, sizeof field);
    field[2] = 13;
    give(build(0, 147, field, sizeof field));
    cr_assert_eq(heard.count, 1);
    cr_expect_eq(heard.advert[0].rssi_dbm, YK_RSSI_NONE);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
    cr_expect_eq(heard_drops(&heard), 1);
}

Test(ppi, headers_that_are_not_read)
{
    size_t length = build(0, 105, btle, sizeof btle); /* Wi-Fi */
    give(length);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_unsupported], 1);
    length = build(0, 147, btle, sizeof btle);
    bytes[0] = 1; /* another version */
    give(length);
    cr_expect_eq(heard.drops.count[YK_DROP_unsupported], 1);
    length = build(0, 147, btle, sizeof btle);
    bytes[2] = 7; /* shorter than itself */
    give(length);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_malformed], 1);
    bytes[2] = 0xFF; /* longer than the record */
    give(length);
    cr_expect_eq(heard.count, 0);
    cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1);
}

Test(ppi, truncated_at_every_length)
{
    size_t length = build(0, 147, btle, sizeof btle);
    for (size_t n = 0; n < length; n++) {
        give(n);
        cr_expect_eq(heard.count, 0, "%zu bytes", n); /* without its checksum nothing is known of the packet */
        cr_expect_eq(heard.drops.count[YK_DROP_truncated], 1, "%zu bytes", n);
        cr_expect_eq(heard_drops(&heard), 1, "%zu bytes", n);
    }
}
