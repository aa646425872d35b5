/* Packets of the nRF Sniffer for Bluetooth LE. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LINKTYPE_NORDIC_BLE (272), versions 0 to 3. The first seven bytes changed, what follows did not:
 *
 *          v0              v1                  v2, v3
 *     0    BE EF           board               board
 *     1    .               header length       payload length, LE16
 *     2    type            payload length      .
 *     3    counter, LE16   version             version
 *     4    .               counter, LE16       counter, LE16
 *     6    .               type                type: advertising 2 in v3, 6 before; 6 in v3 = of a connection
 *     7    length          event header length, 10
 *     8    flags: bit 0 CRC good, bits 4-6 PHY (0 1M, 1 2M, 2 coded)
 *     9    channel    10  RSSI as a positive number    11  event counter, LE16
 *    13    microseconds, LE32: when the packet began (v3), or since the end of the packet before (v0 to v2)
 *    17    the packet from its access address on
 *
 * Every packet moves the clock, also one with a wrong CRC; see nordic_clock.c for why the host's time is not used. */
#include "base/cursor.h"
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "decode/link_layer.h"

#define VERSION_MAX         3
#define TYPE_ADVERTISING_V3 2
#define TYPE_PACKET         6
#define EVENT_HEADER_LENGTH 10
#define FLAG_CRC_GOOD       0x01
#define PHY_OF(flags)       ((flags) >> 4 & 7)
#define AUX_OF(flags)       ((flags) >> 1 & 3)
#define CHANNEL_PRIMARY     37 /* and up */
#define PHY_2M              1
#define PHY_CODED           2

/* On the air beside what is recorded: the preamble. 8 us a byte at 1 Mbit/s, 4 at 2, 64 in the slower coding. */
static uint32_t air_us(size_t bytes, unsigned phy)
{
    uint32_t n = (uint32_t)bytes + 1;
    return phy == PHY_2M ? (n + 1) * 4 : phy == PHY_CODED ? n * 64 : n * 8;
}

int64_t yk_link_nordic(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_cursor c = yk_cursor_of(record->bytes, record->length);
    const uint8_t *head = yk_cursor_take(&c, 7);
    unsigned event_header_length = yk_cursor_u8(&c);
    unsigned flags = yk_cursor_u8(&c);
    unsigned channel = yk_cursor_u8(&c);
    uint8_t rssi = yk_cursor_u8(&c);
    yk_cursor_le16(&c); /* event counter */
    uint32_t stamp_us = yk_cursor_le32(&c);
    if (c.failed) {
        yk_drop(decoder->drops, YK_DROP_truncated);
        return record->time_us;
    }
    bool v0 = head[0] == 0xBE && head[1] == 0xEF;
    unsigned version = v0 ? 0 : head[3];
    unsigned type = v0 ? head[2] : head[6];
    if (version > VERSION_MAX || (version == 0 && !v0)) {
        yk_drop(decoder->drops, YK_DROP_unsupported);
        return record->time_us;
    }
    if (type != TYPE_PACKET && !(version == 3 && type == TYPE_ADVERTISING_V3))
        return record->time_us; /* the sniffer talking about itself */
    if (!v0 && event_header_length != EVENT_HEADER_LENGTH) {
        yk_drop(decoder->drops, YK_DROP_malformed);
        return record->time_us;
    }
    unsigned phy = version == 3 ? PHY_OF(flags) : 0;
    struct yk_radio_info info = {
        .crc = flags & FLAG_CRC_GOOD ? YK_CRC_GOOD : YK_CRC_BAD,
        .aux = version == 3 && channel < CHANNEL_PRIMARY ? YK_AUX_ADV + AUX_OF(flags) : YK_AUX_UNKNOWN,
        .coded_phy = phy == PHY_CODED,
        .rssi_dbm = rssi <= 128 ? (int8_t)-rssi : YK_RSSI_NONE,
    };
    info.time_us = yk_nordic_clock_step(&decoder->nordic, version == 3, stamp_us, air_us(yk_cursor_left(&c), phy),
                                        record->time_us);
    if (!(version == 3 && type == TYPE_PACKET) || info.crc == YK_CRC_BAD)
        yk_link_layer_packet(decoder, c.at, yk_cursor_left(&c), &info);
    return info.time_us;
}
