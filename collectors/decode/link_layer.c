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
 * An extended advertising event (Core 5.3, Vol 6 Part B 4.4.2) is several packets: up to three ADV_EXT_IND on the primary
 * channels, which point (AuxPtr) at one AUX_ADV_IND on a secondary channel, which may point on at AUX_CHAIN_INDs. All of
 * them carry the same ADI, which the advertiser draws for a set and its data. The address stands in one of the first two
 * kinds only. Such an event is one advert, since it is one time that the advertiser spoke; counting packets would count
 * a device more often the more it had to say. (A legacy PDU is complete by itself and each that is heard counts.)
 *
 *     pointer without address             nothing yet: the address follows
 *     pointer with address and ADI        a chain (chain.h) begins; so does an advertisement with ADI that points on
 *     the same again, within 10 ms        the same event on its next channel
 *     the same again, later               another event; the one before is over, even if the rest was not heard
 *     no address, an ADI that was         a piece of that advert, and the last one if it points no further
 *     announced less than 2.5 s ago
 *     no address, not announced           anonymous if it points no further; what points on is counted at its end.
 *                                         AUX_CHAIN_IND, where the sniffer says so: nothing, its beginning was missed
 *
 * A sniffer that hears an auxiliary packet has heard a pointer to it before, otherwise it would not have listened there:
 * so an ADI need not be remembered longer than its event. Two advertisers that draw the same ADI (16 bits) within 2.5 s may lend each other payload; addresses stay their own.
 * Only a sniffer's word tells an auxiliary scan response apart from an advertisement: without it, all count as the
 * latter. Those of periodic advertising (AUX_SYNC_IND) have no advertiser's address at all and are passed over.
 *
 * A packet with a wrong CRC has a wrong address more often than not: it counts as a drop and nothing else. The
 * sniffer's flag is trusted where there is one (it saw the packet; some files carry made-up CRC bytes), computed
 * otherwise. */
#include "base/cursor.h"
#include "decode/capture_file.h"
#include "decode/crc24.h"
#include "decode/link_type.h"

#include <string.h>

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
#define EXTENDED_ADI         0x08
#define EXTENDED_AUX_PTR     0x10

/* Between two PDUs of one event on the primary channels. */
#define EVENT_GAP_US 10000

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

/* What stands in an extended header; address and adi are NULL when they don't. */
struct extended {
    const uint8_t *address;
    const uint8_t *adi;
    bool points; /* another packet follows */
    bool whole;  /* header and payload are as long as they say */
    bool claims_address;
};

static struct extended extended_header(struct payload *p)
{
    size_t length = yk_cursor_u8(&p->c) & EXTENDED_LENGTH_MASK;
    size_t left = yk_cursor_left(&p->c);
    struct extended e = {.whole = !p->c.failed && length <= left};
    struct yk_cursor c = yk_cursor_of(p->c.at, e.whole ? length : left);
    uint8_t flags = length > 0 ? yk_cursor_u8(&c) : 0;
    e.claims_address = flags & EXTENDED_ADV_A;
    e.points = flags & EXTENDED_AUX_PTR;
    e.address = e.claims_address ? yk_cursor_take(&c, 6) : NULL;
    /* TargetA, CTE, ADI, AuxPtr, SyncInfo, TxPower: by flag bit from 0x02 on. */
    static const uint8_t field_length[] = {6, 1, 2, 3, 18, 1};
    for (unsigned i = 0; i < sizeof field_length; i++) {
        const uint8_t *field = flags & 2u << i ? yk_cursor_take(&c, field_length[i]) : NULL;
        if (2u << i == EXTENDED_ADI)
            e.adi = field;
    }
    e.whole = e.whole && !c.failed;
    if (e.whole)
        yk_cursor_take(&p->c, length);
    return e;
}

/* A packet of an event whose address is in another packet. */
static void unaddressed(struct yk_decoder *decoder, struct payload *p, const struct extended *e, struct yk_chain *chain,
                        enum yk_aux aux, struct yk_advert *advert)
{
    bool pointer = e->points && advert->payload_length == 0;
    if (chain && !pointer) {
        if (p->cut)
            yk_drop(decoder->drops, YK_DROP_truncated);
        yk_chain_add(chain, advert->payload, advert->payload_length, !p->cut, advert->time_us);
        if (!e->points)
            yk_chain_end(decoder, chain, true);
    } else if (!e->points && aux != YK_AUX_CHAIN) {
        advert->anonymous = true;
        emit(decoder, p, advert, true);
    }
}

/* Whether a packet with an address belongs to the event of that chain. */
static bool same_event(const struct yk_chain *chain, const struct extended *e, const struct yk_advert *advert)
{
    if (chain->length > 0 || chain->advert.scan_response != advert->scan_response ||
        memcmp(&chain->advert.id, &advert->id, sizeof advert->id) != 0)
        return false;
    bool pointer = e->points && advert->payload_length == 0;
    return !pointer || (chain->last_us != YK_TIME_NONE && advert->time_us >= chain->last_us &&
                        advert->time_us - chain->last_us <= EVENT_GAP_US);
}

static void addressed(struct yk_decoder *decoder, struct payload *p, const struct extended *e, struct yk_chain *chain,
                      const struct yk_chain_key *key, struct yk_advert *advert)
{
    bool same = chain && same_event(chain, e, advert);
    if (chain && !same && memcmp(&chain->advert.id, &advert->id, sizeof advert->id) == 0)
        yk_chain_end(decoder, chain, false);
    if (!same && !(e->adi && e->points)) {
        emit(decoder, p, advert, true);
        return;
    }
    if (p->cut)
        yk_drop(decoder->drops, YK_DROP_truncated);
    if (same)
        yk_chain_add(chain, advert->payload, advert->payload_length, !p->cut, advert->time_us);
    else
        chain = yk_chain_start(decoder, key, advert, !p->cut);
    if (!e->points)
        yk_chain_end(decoder, chain, true);
}

static void extended_pdu(struct yk_decoder *decoder, struct payload *p, uint8_t header, enum yk_aux aux,
                         struct yk_advert *advert)
{
    struct extended e = extended_header(p);
    if (e.address)
        yk_decoder_address(advert, header & PDU_TX_ADD ? YK_ADDRESS_RANDOM : YK_ADDRESS_PUBLIC, e.address);
    advert->scan_response = aux == YK_AUX_SCAN_RSP;
    if (!e.whole) {
        overrun(decoder, p);
        if (e.address)
            yk_decoder_emit(decoder, advert, false);
        return;
    }
    advert->payload_length = yk_cursor_left(&p->c);
    advert->payload = yk_cursor_take(&p->c, advert->payload_length);
    struct yk_chain_key key = {{0}};
    if (e.adi)
        memcpy(key.bytes, e.adi, 2);
    struct yk_chain *chain = e.adi ? yk_chain_find(&decoder->chains, &key) : NULL;
    if (e.address)
        addressed(decoder, p, &e, chain, &key, advert);
    else if (!e.claims_address)
        unaddressed(decoder, p, &e, chain, aux, advert);
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
    yk_decoder_pass(decoder, info->time_us);
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
        if (info->aux != YK_AUX_SYNC)
            extended_pdu(decoder, &p, header, info->aux, &advert);
        explicit_bzero(&advert, sizeof advert); /* the others are wiped where they are handed over */
        break;
    case PDU_SCAN_REQ:
    case PDU_CONNECT_IND:
        break;
    default:
        yk_drop(decoder->drops, YK_DROP_unsupported);
        break;
    }
}

/* 251: the packet and nothing else. */
int64_t yk_link_le_ll(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_radio_info info = {.time_us = record->time_us, .crc = YK_CRC_UNKNOWN, .rssi_dbm = YK_RSSI_NONE};
    yk_link_layer_packet(decoder, record->bytes, record->length, &info);
    return record->time_us;
}
