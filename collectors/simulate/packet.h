/* Adverts as bytes of a capture file. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_PACKET_H
#define YK_SIMULATE_PACKET_H

#include "observation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yk_ble_format { YK_BLE_PCAP256, YK_BLE_PCAP201, YK_BLE_BTSNOOP, YK_BLE_FORMAT_COUNT };

/* "pcap256", ...; YK_BLE_FORMAT_COUNT if the text is none of them. */
const char *yk_ble_format_name(enum yk_ble_format format);
enum yk_ble_format yk_ble_format_parse(const char *text);
/* "pcap" or "btsnoop". */
const char *yk_ble_format_suffix(enum yk_ble_format format);

#define YK_PACKET_MAX 80

/* A whole record: the file format's record header, the link type's header, the advert. */
struct yk_packet {
    uint8_t length;
    uint8_t rssi_at;    /* where the signal strength is */
    uint8_t pdu_at;     /* link layer formats: where the checksum begins to count; 0: no checksum */
    uint8_t address_at; /* the six bytes, least significant first */
    uint8_t last_ad_at; /* length byte of the last AD structure */
    uint8_t bytes[YK_PACKET_MAX];
};

/* The file's header; returns its length, at most 24. */
size_t yk_packet_file_header(enum yk_ble_format format, uint8_t out[static 24]);
/* An advert of a device with that address, without time and signal. */
void yk_packet_build(struct yk_packet *packet, enum yk_ble_format format, enum yk_address_class address_class,
                     const uint8_t address[static 6]);
/* Writes the time, the channel (0..2 for 37..39) and the signal into a record of packet->length bytes. */
void yk_packet_stamp(const struct yk_packet *packet, enum yk_ble_format format, uint8_t *record, int64_t time_us,
                     unsigned channel, int rssi_dbm);
/* Breaks the record as a disturbed reception does: bits of the address and the checksum's verdict. False if the format
 * never shows such packets (a controller keeps them to itself). */
bool yk_packet_disturb(const struct yk_packet *packet, uint8_t *record, uint64_t random);
/* Makes the last AD structure claim more bytes than there are, with a right checksum. */
void yk_packet_overrun(const struct yk_packet *packet, uint8_t *record);
/* A record that holds no advert and no address, as any receiver sees them; returns its length, at most YK_PACKET_MAX.
 */
size_t yk_packet_idle(enum yk_ble_format format, int64_t time_us, uint8_t out[static YK_PACKET_MAX]);

#endif
