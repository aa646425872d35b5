/* Radio packets: the first byte says what is known of the CRC (bits 0-1) and the PHY (bit 2).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>

#include "sink.h"
#include "decode/link_layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    static const enum yk_crc crcs[] = {YK_CRC_UNKNOWN, YK_CRC_GOOD, YK_CRC_BAD, YK_CRC_GOOD};
    struct sink sink = {.bytes = bytes, .length = length};
    struct yk_decoder decoder = {.heard = sink_take, .context = &sink, .drops = &sink.drops};
    struct yk_radio_info info = {.crc = crcs[bytes[0] & 3], .coded_phy = bytes[0] & 4, .rssi_dbm = YK_RSSI_NONE};
    yk_link_layer_packet(&decoder, bytes + 1, length - 1, &info);
    return 0;
}
