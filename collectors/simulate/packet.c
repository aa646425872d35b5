/* Adverts as bytes of a capture file. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pcap256 (libpcap, DLT_BLUETOOTH_LE_LL_WITH_PHDR; a sniffer), little endian:
 *
 *     0          16                                              26            30        32      38      38+n
 *     | sec usec | channel signal noise offences ref-AA(4) flags | access addr | header2 | AdvA6 | AdvData n | CRC3 |
 *     | len len  |
 *
 *   flags: 0001 dewhitened, 0002 signal valid, 0010 reference address valid, 0400 checksum checked,
 *          0800 checksum right
 *
 * pcap201 (DLT_BLUETOOTH_HCI_H4_WITH_PHDR; a host's own controller): 16 bytes of record header, BE32 direction (1 =
 * received), and the HCI event. btsnoop 1002: a record header of 24 bytes, big endian, times in microseconds since the
 * year 0, and the same event:
 *
 *     04 3E length 02 01 | event type | address type | address 6 | data length | data n | signal
 *
 * A record is built once per address; an advert is a copy of it with time, channel and signal stamped in. Idle records
 * carry a recording through silence: an empty packet of some connection's data channel for a sniffer, the answer to
 * 'set scan enable' for a controller. Bounds: AdvData is at most 26 bytes here, a record at most 71. */
#include "simulate/packet.h"

#include "base/buffer.h"
#include "simulate/checksum.h"

#include <assert.h>
#include <string.h>

#define ADVERTISING_AA   0x8E89BED6U
#define BTSNOOP_EPOCH_US INT64_C(0x00dcddb30f2f8000)
#define PCAP_RECORD      16
#define BTSNOOP_RECORD   24
#define LE_HEADER        10

static const char *const names[YK_BLE_FORMAT_COUNT] = {"pcap256", "pcap201", "btsnoop"};

const char *yk_ble_format_name(enum yk_ble_format format)
{
    return names[format];
}

enum yk_ble_format yk_ble_format_parse(const char *text)
{
    int i = 0;
    while (i < YK_BLE_FORMAT_COUNT && strcmp(text, names[i]) != 0)
        i++;
    return (enum yk_ble_format)i;
}

const char *yk_ble_format_suffix(enum yk_ble_format format)
{
    return format == YK_BLE_BTSNOOP ? "btsnoop" : "pcap";
}

size_t yk_packet_file_header(enum yk_ble_format format, uint8_t out[static 24])
{
    struct yk_buffer b = yk_buffer_of(out, 24);
    if (format == YK_BLE_BTSNOOP) {
        yk_buffer_put(&b, "btsnoop", 8);
        yk_buffer_be(&b, 1, 4);
        yk_buffer_be(&b, 1002, 4);
    } else {
        yk_buffer_le(&b, 0xA1B2C3D4U, 4); /* microseconds */
        yk_buffer_le(&b, 2, 2);
        yk_buffer_le(&b, 4, 2);
        yk_buffer_le(&b, 0, 8);
        yk_buffer_le(&b, 65535, 4);
        yk_buffer_le(&b, format == YK_BLE_PCAP256 ? 256 : 201, 4);
    }
    return b.length;
}

/* AD structures, typical of who uses that class: [length][type][data]. last: offset of the last one. */
static size_t payload(enum yk_address_class address_class, const uint8_t **bytes, size_t *last)
{
    /* Flags; manufacturer data 'nearby' as phones send it. */
    static const uint8_t resolvable[] = {2, 0x01, 0x1A, 10, 0xFF, 0x4C, 0x00, 0x10, 0x05, 0x01, 0x18, 0x5A, 0x3C, 0x77};
    /* Flags; exposure notification's service and its data, a constant in place of the rolling identifier. */
    static const uint8_t non_resolvable[] = {2,    0x01, 0x1A, 3,    0x03, 0x6F, 0xFD, 13,   0x16, 0x6F, 0xFD,
                                             0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xA0};
    /* Flags; heart rate service; appearance 'watch'. */
    static const uint8_t random_static[] = {2, 0x01, 0x06, 3, 0x03, 0x0D, 0x18, 3, 0x19, 0xC0, 0x00};
    /* Flags; transmit power; local name. */
    static const uint8_t fixed[] = {2, 0x01, 0x05, 2, 0x0A, 0x04, 6, 0x09, 'S', 'O', 'U', 'N', 'D'};
    static const struct {
        const uint8_t *bytes;
        size_t length, last;
    } by_class[YK_CLASS_COUNT] = {
        [YK_CLASS_PUBLIC] = {fixed, sizeof fixed, 6},
        [YK_CLASS_STATIC] = {random_static, sizeof random_static, 7},
        [YK_CLASS_RESOLVABLE] = {resolvable, sizeof resolvable, 3},
        [YK_CLASS_NON_RESOLVABLE] = {non_resolvable, sizeof non_resolvable, 7},
    };
    *bytes = by_class[address_class].bytes;
    *last = by_class[address_class].last;
    return by_class[address_class].length;
}

static void record_header(struct yk_buffer *b, enum yk_ble_format format, size_t length)
{
    if (format == YK_BLE_BTSNOOP) {
        yk_buffer_be(b, length, 4);
        yk_buffer_be(b, length, 4);
        yk_buffer_be(b, 3, 4); /* received, an event */
        yk_buffer_be(b, 0, 4); /* no drops */
        yk_buffer_be(b, 0, 8); /* time */
    } else {
        yk_buffer_le(b, 0, 8);
        yk_buffer_le(b, length, 4);
        yk_buffer_le(b, length, 4);
    }
    if (format == YK_BLE_PCAP201)
        yk_buffer_be(b, 1, 4);
}

/* Length and CRC bring nothing new per advert, so all of it is done here. */
void yk_packet_build(struct yk_packet *packet, enum yk_ble_format format, enum yk_address_class address_class,
                     const uint8_t address[static 6])
{
    const uint8_t *data;
    size_t last, n = payload(address_class, &data, &last);
    bool connectable = address_class != YK_CLASS_NON_RESOLVABLE, random = address_class != YK_CLASS_PUBLIC;
    struct yk_buffer b = yk_buffer_of(packet->bytes, sizeof packet->bytes);
    if (format == YK_BLE_PCAP256) {
        record_header(&b, format, LE_HEADER + 4 + 2 + 6 + n + 3);
        packet->rssi_at = (uint8_t)(b.length + 1);
        yk_buffer_le(&b, 0, 4);
        yk_buffer_le(&b, ADVERTISING_AA, 4);
        yk_buffer_le(&b, 0x0C13, 2);
        yk_buffer_le(&b, ADVERTISING_AA, 4);
        packet->pdu_at = (uint8_t)b.length;
        yk_buffer_u8(&b, (uint8_t)((connectable ? 0 : 2) | (random ? 0x40 : 0)));
        yk_buffer_u8(&b, (uint8_t)(6 + n));
        packet->address_at = (uint8_t)b.length;
        yk_buffer_put(&b, address, 6);
        packet->last_ad_at = (uint8_t)(b.length + last);
        yk_buffer_put(&b, data, n);
        uint8_t *crc = yk_buffer_reserve(&b, 3);
        assert(crc);
        yk_simulate_crc24(packet->bytes + packet->pdu_at, (size_t)(crc - packet->bytes) - packet->pdu_at, crc);
    } else {
        record_header(&b, format, (format == YK_BLE_PCAP201 ? 4 : 0) + 3 + 11 + n + 1);
        packet->pdu_at = 0;
        yk_buffer_u8(&b, 0x04);
        yk_buffer_u8(&b, 0x3E);
        yk_buffer_u8(&b, (uint8_t)(11 + n + 1));
        yk_buffer_u8(&b, 0x02);
        yk_buffer_u8(&b, 1);
        yk_buffer_u8(&b, connectable ? 0 : 3);
        yk_buffer_u8(&b, random);
        packet->address_at = (uint8_t)b.length;
        yk_buffer_put(&b, address, 6);
        yk_buffer_u8(&b, (uint8_t)n);
        packet->last_ad_at = (uint8_t)(b.length + last);
        yk_buffer_put(&b, data, n);
        packet->rssi_at = (uint8_t)b.length;
        yk_buffer_u8(&b, 0);
    }
    assert(!b.failed);
    packet->length = (uint8_t)b.length;
}

static void stamp_time(enum yk_ble_format format, uint8_t *record, int64_t time_us)
{
    if (format == YK_BLE_BTSNOOP) {
        struct yk_buffer b = yk_buffer_of(record + 16, 8);
        yk_buffer_be(&b, (uint64_t)(time_us + BTSNOOP_EPOCH_US), 8);
    } else {
        struct yk_buffer b = yk_buffer_of(record, 8);
        yk_buffer_le(&b, (uint64_t)(time_us / 1000000), 4);
        yk_buffer_le(&b, (uint64_t)(time_us % 1000000), 4);
    }
}

void yk_packet_stamp(const struct yk_packet *packet, enum yk_ble_format format, uint8_t *record, int64_t time_us,
                     unsigned channel, int rssi_dbm)
{
    static const uint8_t radio_channel[3] = {0, 12, 39}; /* 2402, 2426, 2480 MHz */
    stamp_time(format, record, time_us);
    record[packet->rssi_at] = (uint8_t)(int8_t)rssi_dbm;
    if (format == YK_BLE_PCAP256)
        record[packet->rssi_at - 1] = radio_channel[channel % 3];
}

bool yk_packet_disturb(const struct yk_packet *packet, uint8_t *record, uint64_t random)
{
    if (packet->pdu_at == 0)
        return false;
    for (int i = 0; i < 6; i++)
        record[packet->address_at + i] ^= (uint8_t)(random >> (8 * i));
    record[packet->address_at] ^= (random & 0xFF) == 0;
    record[packet->rssi_at + 8] &= (uint8_t)~0x08; /* checked, and not right */
    return true;
}

void yk_packet_overrun(const struct yk_packet *packet, uint8_t *record)
{
    record[packet->last_ad_at] = (uint8_t)(record[packet->last_ad_at] + 9);
    if (packet->pdu_at) {
        size_t crc_at = packet->length - 3U;
        yk_simulate_crc24(record + packet->pdu_at, crc_at - packet->pdu_at, record + crc_at);
    }
}

size_t yk_packet_idle(enum yk_ble_format format, int64_t time_us, uint8_t out[static YK_PACKET_MAX])
{
    static const uint8_t data_channel[] = {
        7,    0xBA, 0x80, 0,    0x5B, 0x65, 0x50, 0x5D, /* channel, signal, noise, offences, reference address */
        0x13, 0x01, 0x5B, 0x65, 0x50, 0x5D,             /* flags: data, central to peripheral, not checked */
        0x01, 0x00, 0x8E, 0x21, 0x47,                   /* empty PDU; checksum of a connection nobody knows */
    };
    static const uint8_t command_complete[] = {0x04, 0x0E, 0x04, 0x01, 0x0C, 0x20, 0x00}; /* LE Set Scan Enable */
    struct yk_buffer b = yk_buffer_of(out, YK_PACKET_MAX);
    if (format == YK_BLE_PCAP256) {
        record_header(&b, format, sizeof data_channel);
        yk_buffer_put(&b, data_channel, sizeof data_channel);
    } else {
        record_header(&b, format, (format == YK_BLE_PCAP201 ? 4 : 0) + sizeof command_complete);
        yk_buffer_put(&b, command_complete, sizeof command_complete);
    }
    stamp_time(format, out, time_us);
    return b.length;
}
