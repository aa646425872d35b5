/* Radio packets: the input is a row of them, each behind a byte of length and one that says what is known of it: CRC
 * (bits 0-1), PHY (bit 2), kind of auxiliary packet (bits 3-5), time since the one before (bits 6-7).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cursor.h"

#include "sink.h"
#include "decode/link_layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const enum yk_crc crcs[] = {YK_CRC_UNKNOWN, YK_CRC_GOOD, YK_CRC_BAD, YK_CRC_GOOD};
    static const int64_t steps_us[] = {1000, 20000, -5000000, 2600000};
    struct sink sink = {.bytes = bytes, .length = length};
    struct yk_decoder decoder = {.heard = sink_take, .context = &sink, .drops = &sink.drops};
    struct yk_cursor c = yk_cursor_of(bytes, length);
    struct yk_radio_info info = {.rssi_dbm = YK_RSSI_NONE};
    while (yk_cursor_left(&c) > 0) {
        size_t size = yk_cursor_u8(&c);
        unsigned known = yk_cursor_u8(&c);
        size_t left = yk_cursor_left(&c);
        size = size < left ? size : left;
        info.crc = crcs[known & 3];
        info.coded_phy = known & 4;
        info.aux = (known >> 3 & 7) % (YK_AUX_SCAN_RSP + 1);
        info.time_us += steps_us[known >> 6];
        yk_link_layer_packet(&decoder, c.at, size, &info);
        yk_cursor_take(&c, size);
    }
    yk_decoder_finish(&decoder);
    sink_end(&decoder);
    return 0;
}
