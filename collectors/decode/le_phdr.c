/* Radio packets behind the generic radio header. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR (256), little-endian:
 *
 *     0  channel    1  signal, dBm    2  noise, dBm    3  access-address offences    4  reference access address, 4
 *     8  flags, 2:  0x0001 de-whitened  0x0002 signal valid  0x0400 CRC checked  0x0800 CRC good
 *                   0x0380 kind of PDU (1 = auxiliary advertising)    0xC000 PHY (2 = coded)
 *                   0x3000 of an auxiliary one: 0 AUX_ADV_IND, 1 AUX_CHAIN_IND, 2 AUX_SYNC_IND, 3 AUX_SCAN_RSP
 *    10  the packet from its access address on
 *
 * Whitened bits cannot be read without the channel's sequence, and no known recorder writes them: they are counted. */
#include "base/cursor.h"
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "decode/link_layer.h"

#define FLAG_DEWHITENED   0x0001
#define FLAG_SIGNAL_VALID 0x0002
#define FLAG_CRC_CHECKED  0x0400
#define FLAG_CRC_GOOD     0x0800
#define PDU_OF(flags)     ((flags) >> 7 & 7)
#define PDU_AUXILIARY     1
#define AUX_OF(flags)     ((flags) >> 12 & 3)
#define PHY_OF(flags)     ((flags) >> 14)
#define PHY_CODED         2

int64_t yk_link_le_phdr(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_cursor c = yk_cursor_of(record->bytes, record->length);
    yk_cursor_u8(&c);
    int8_t signal_dbm = (int8_t)yk_cursor_u8(&c);
    yk_cursor_take(&c, 1 + 1 + 4);
    unsigned flags = yk_cursor_le16(&c);
    if (c.failed) {
        yk_drop(decoder->drops, YK_DROP_truncated);
        return record->time_us;
    }
    if (!(flags & FLAG_DEWHITENED)) {
        yk_drop(decoder->drops, YK_DROP_unsupported);
        return record->time_us;
    }
    struct yk_radio_info info = {.time_us = record->time_us,
                                 .crc = YK_CRC_UNKNOWN,
                                 .aux = PDU_OF(flags) == PDU_AUXILIARY ? YK_AUX_ADV + AUX_OF(flags) : YK_AUX_UNKNOWN,
                                 .coded_phy = PHY_OF(flags) == PHY_CODED,
                                 .rssi_dbm = flags & FLAG_SIGNAL_VALID ? signal_dbm : YK_RSSI_NONE};
    if (flags & FLAG_CRC_CHECKED)
        info.crc = flags & FLAG_CRC_GOOD ? YK_CRC_GOOD : YK_CRC_BAD;
    yk_link_layer_packet(decoder, c.at, yk_cursor_left(&c), &info);
    return record->time_us;
}
