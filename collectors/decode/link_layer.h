/* Radio packets on the advertising channels. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_LINK_LAYER_H
#define YK_DECODE_LINK_LAYER_H

#include "decode/decoder.h"

enum yk_crc { YK_CRC_UNKNOWN, YK_CRC_GOOD, YK_CRC_BAD };

/* What an extended PDU on a secondary channel is, where the sniffer says so; from YK_AUX_ADV on in its order. */
enum yk_aux { YK_AUX_UNKNOWN, YK_AUX_ADV, YK_AUX_CHAIN, YK_AUX_SYNC, YK_AUX_SCAN_RSP };

/* What a sniffer's header says about a packet. */
struct yk_radio_info {
    int64_t time_us;
    enum yk_crc crc;
    enum yk_aux aux;
    bool coded_phy; /* a coding indicator follows the access address */
    int8_t rssi_dbm;
};

/* One packet from its access address on. Packets of connections are passed over. */
void yk_link_layer_packet(struct yk_decoder *decoder, const uint8_t *bytes, size_t length,
                          const struct yk_radio_info *info);

#endif
