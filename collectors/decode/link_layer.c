/* Advertising PDUs, legacy and extended. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bluetooth Core 5.3, Vol 6 Part B 2.1 and 2.3:
 *
 *     0  access address, LE32, 0x8E89BED6     (then, on the coded PHY, one byte of coding indicator)
 *     4  PDU: byte 0 = type (bits 0-3), TxAdd (bit 6: the address is random); byte 1 = payload length n
 *     6  payload, n       6+n  CRC, 3
 *
 * Types 0 IND, 1 DIRECT_IND, 2 NONCONN_IND, 4 SCAN_RSP, 6 SCAN_IND: payload = address, 6, then AD structures (in 1 the
 * address it is meant for). Types 3 and 5 come from scanners and initiators and say nothing of an advertiser. Type 7:
 *
 *     0  extended header length h (bits 0-5), mode (bits 6-7)    1  flags, if h > 0
 *     2  fields in the order of the flags: AdvA 6, TargetA 6, CTE 1, ADI 2, AuxPtr 3, SyncInfo 18, TxPower 1
 *   1+h  AD structures
 *
 * An extended PDU on a primary channel usually has no address but points (AuxPtr) at the auxiliary packet that has it:
 * such a pointer is passed over, the packet that it points at counts. Without address and pointer it is anonymous.
 * Nothing in an auxiliary scan response tells it apart from an auxiliary advertisement, so all count as advertisements.
 *
 * A packet with a wrong CRC has a wrong address more often than not: it counts as a drop and nothing else. The
 * sniffer's flag is trusted where there is one (it saw the packet; some files carry made-up CRC bytes), computed
 * otherwise. */
#include "base/cursor.h"
#include "decode/capture_file.h"
#include "decode/crc24.h"
#include "decode/link_type.h"

#include "decode/link_layer.h"

#define ADVERTISING_ACCESS_ADDRESS UINT32_C(0x8E89BED6)
#define PDU_TYPE_MASK              0x0F
#define PDU_TX_ADD                 0x40

enum pdu_type {
    PDU_IND = 0,
    PDU_DIRECT_IND = 1,
    PDU_NONCONN_IND = 2,
    PDU_SCAN_REQ = 3,
    PDU_SCAN_RSP = 4,
    PDU_CONNECT_IND = 5,
    PDU_SCAN_IND = 6,
    PDU_EXTENDED = 7,
};

#define EXTENDED_LENGTH_MASK 0x3F
#define EXTENDED_ADV_A       0x01
#define EXTENDED_AUX_PTR     0x10

/* The payload's reader, and what to say when it ends too early. */
struct payload {
    struct yk_cursor c;
    bool cut; /* bytes of the packet are missing in the record */
};

static void overrun(struct yk_decoder *decoder, const struct payload *p)
{
    yk_drop(decoder->drops, p->cut ? YK_DROP_truncated : YK_DROP_malformed);
}

static void emit(struct yk_decoder *decoder, struct payload *p, struct yk_advert *advert, bool whole)
{
    if (p->cut && whole)
        yk_drop(decoder->drops, YK_DROP_truncated);
    yk_decoder_emit(decoder, advert, whole && !p->cut);
}

static void legacy_pdu(struct yk_decoder *decoder, struct payload *p, uint8_t header, struct yk_advert *advert)
{
    const uint8_t *address = yk_cursor_take(&p->c, 6);
    if (!address) {
        overrun(decoder, p);
        return;
    }
    yk_decoder_address(advert, header & PDU_TX_ADD ? YK_ADDRESS_RANDOM : YK_ADDRESS_PUBLIC, address);
    uint8_t type = header & PDU_TYPE_MASK;
    advert->scan_response = type == PDU_SCAN_RSP;
    if (type != PDU_DIRECT_IND) {
        advert->payload_length = yk_cursor_left(&p->c);
        advert->payload = yk_cursor_take(&p->c, advert->payload_length);
    }
    emit(decoder, p, advert, true);
}

static void extended_pdu(struct yk_decoder *decoder, struct payload *p, uint8_t header, struct yk_advert *advert)
{
    /* Lengths of the fields behind the address, by flag bit from 0x02 on. */
    static const uint8_t field_length[] = {6, 1, 2, 3, 18, 1};
    size_t fields_length = yk_cursor_u8(&p->c) & EXTENDED_LENGTH_MASK;
    if (p->c.failed) {
        overrun(decoder, p);
        return;
    }
    size_t left = yk_cursor_left(&p->c);
    bool whole = fields_length <= left;
    struct yk_cursor fields = yk_cursor_of(p->c.at, whole ? fields_length : left);
    uint8_t flags = fields_length > 0 ? yk_cursor_u8(&fields) : 0;
    const uint8_t *address = flags & EXTENDED_ADV_A ? yk_cursor_take(&fields, 6) : NULL;
    for (unsigned i = 0; i < sizeof field_length; i++)
        if (flags & (2u << i))
            yk_cursor_take(&fields, field_length[i]);
    whole = whole && !fields.failed;
    if (!whole)
        overrun(decoder, p);

    if (address)
        yk_decoder_address(advert, header & PDU_TX_ADD ? YK_ADDRESS_RANDOM : YK_ADDRESS_PUBLIC, address);
    else if (flags & (EXTENDED_ADV_A | EXTENDED_AUX_PTR) || !whole)
        return;
    else
        advert->anonymous = true;
    if (whole) {
        yk_cursor_take(&p->c, fields_length);
        advert->payload_length = yk_cursor_left(&p->c);
        advert->payload = yk_cursor_take(&p->c, advert->payload_length);
    }
    emit(decoder, p, advert, whole);
}

static bool crc_matches(const uint8_t *pdu, size_t length, struct yk_cursor *c)
{
    uint32_t sent = yk_cursor_u8(c);
    sent |= (uint32_t)yk_cursor_le16(c) << 8;
    return sent == yk_crc24(YK_CRC24_ADVERTISING, pdu, length);
}

void yk_link_layer_packet(struct yk_decoder *decoder, const uint8_t *bytes, size_t length,
                          const struct yk_radio_info *info)
{
    if (info->crc == YK_CRC_BAD) {
        yk_drop(decoder->drops, YK_DROP_bad_crc);
        return;
    }
    struct yk_cursor c = yk_cursor_of(bytes, length);
    uint32_t access_address = yk_cursor_le32(&c);
    if (!c.failed && access_address != ADVERTISING_ACCESS_ADDRESS)
        return;
    yk_cursor_take(&c, info->coded_phy ? 1 : 0);
    const uint8_t *pdu = c.at;
    uint8_t header = yk_cursor_u8(&c);
    size_t payload_length = yk_cursor_u8(&c);
    if (c.failed) {
        yk_drop(decoder->drops, YK_DROP_truncated);
        return;
    }
    struct payload p = {.cut = yk_cursor_left(&c) < payload_length};
    p.c = yk_cursor_of(c.at, p.cut ? yk_cursor_left(&c) : payload_length);
    if (info->crc == YK_CRC_UNKNOWN) {
        yk_cursor_take(&c, payload_length);
        bool good = crc_matches(pdu, 2 + (p.cut ? 0 : payload_length), &c);
        if (c.failed || !good) {
            yk_drop(decoder->drops, c.failed ? YK_DROP_truncated : YK_DROP_bad_crc);
            return;
        }
    }
    struct yk_advert advert = {.time_us = info->time_us, .rssi_dbm = info->rssi_dbm};
    switch (header & PDU_TYPE_MASK) {
    case PDU_IND:
    case PDU_DIRECT_IND:
    case PDU_NONCONN_IND:
    case PDU_SCAN_RSP:
    case PDU_SCAN_IND:
        legacy_pdu(decoder, &p, header, &advert);
        break;
    case PDU_EXTENDED:
        extended_pdu(decoder, &p, header, &advert);
        break;
    case PDU_SCAN_REQ:
    case PDU_CONNECT_IND:
        break;
    default:
        yk_drop(decoder->drops, YK_DROP_unsupported);
        break;
    }
    explicit_bzero(&advert, sizeof advert);
}

/* 251: the packet and nothing else. */
int64_t yk_link_le_ll(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_radio_info info = {.time_us = record->time_us, .crc = YK_CRC_UNKNOWN, .rssi_dbm = YK_RSSI_NONE};
    yk_link_layer_packet(decoder, record->bytes, record->length, &info);
    return record->time_us;
}
