/* LE advertising reports, legacy and extended. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bluetooth Core 5.3, Vol 4 Part E 7.7.65.2 and 7.7.65.13. All numbers are little-endian. An event is
 *
 *     0  event code, 0x3E    1  length of what follows    2  subevent    3  number of reports    4  reports
 *
 * The standard prints the fields of several reports as arrays; controllers send them report by report:
 *
 *     legacy (subevent 0x02)             extended (subevent 0x0D)
 *      0  event type                      0  event type, 2     10  secondary PHY
 *      1  address type                    2  address type      11  advertising SID
 *      2  address, 6                      3  address, 6        12  TX power
 *      8  data length n                   9  primary PHY       13  RSSI
 *      9  data, n                        14  periodic interval, 2; direct address type, 1; direct address, 6
 *     9+n RSSI                           23  data length n     24  data, n
 *
 * A host sees both: which one depends on how its controller scans. Only the low nibble of the legacy event type is
 * read, since there are controllers that leave junk in the high one. Extended event type bits: 0x08 scan response, 0x60
 * data status (0 complete, 1 more to come, 2 cut by the controller).
 *
 * One advertisement may come as a chain of extended reports (chain.h). Which of them belong together is said by nothing
 * but the adapter, the advertiser and its set; reports of others come between.
 *
 * Bounds: everything through a cursor over the smaller of the event's own length and the bytes at hand. When a report's
 * tail is missing the address before it is good (the controller has checked the CRC), so it is kept; the record is
 * counted as truncated when bytes are missing, as malformed when the event's own lengths contradict each other. */
#include "base/cursor.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <string.h>

#include "decode/hci.h"

/* libbluetooth 5.66 ends before Bluetooth 5. */
#define EVT_LE_EXTENDED_ADVERTISING_REPORT 0x0D

#define LEGACY_TYPE_MASK     0x0F
#define LEGACY_SCAN_RESPONSE 0x04 /* ADV_IND 0, DIRECT_IND 1, SCAN_IND 2, NONCONN_IND 3 */

#define EXTENDED_SCAN_RESPONSE 0x0008
#define EXTENDED_STATUS(type)  ((type) >> 5 & 3)
#define STATUS_COMPLETE        0
#define STATUS_MORE            1

/* False: the rest of the event cannot be read. */
static bool legacy_report(struct yk_decoder *decoder, struct yk_cursor *c, enum yk_drop cut, int64_t time_us)
{
    uint8_t type = yk_cursor_u8(c) & LEGACY_TYPE_MASK;
    uint8_t address_type = yk_cursor_u8(c);
    const uint8_t *address = yk_cursor_take(c, 6);
    size_t length = yk_cursor_u8(c);
    if (c->failed) {
        yk_drop(decoder->drops, cut);
        return false;
    }
    size_t left = yk_cursor_left(c);
    bool whole = length < left; /* the RSSI follows */
    struct yk_advert advert = {.time_us = time_us,
                               .rssi_dbm = YK_RSSI_NONE,
                               .scan_response = type == LEGACY_SCAN_RESPONSE,
                               .payload_length = length < left ? length : left};
    advert.payload = yk_cursor_take(c, advert.payload_length);
    if (whole)
        advert.rssi_dbm = (int8_t)yk_cursor_u8(c);
    else
        yk_drop(decoder->drops, cut);
    if (type > LEGACY_SCAN_RESPONSE || !yk_decoder_address(&advert, address_type, address))
        yk_drop(decoder->drops, YK_DROP_malformed);
    else
        yk_decoder_emit(decoder, &advert, whole);
    explicit_bzero(&advert, sizeof advert);
    return whole;
}

/* A report while chains are open, or the first of one. `key` says whose it is. */
static void report_piece(struct yk_decoder *decoder, const struct yk_chain_key *key, struct yk_advert *advert,
                         bool whole, unsigned status)
{
    struct yk_chain *chain = yk_chain_find(&decoder->chains, key);
    if (!chain && status != STATUS_MORE) {
        yk_decoder_emit(decoder, advert, whole && status == STATUS_COMPLETE);
        return;
    }
    if (chain)
        yk_chain_add(chain, advert->payload, advert->payload_length, whole, advert->time_us);
    else
        chain = yk_chain_start(decoder, key, advert, whole);
    if (status != STATUS_MORE)
        yk_chain_end(decoder, chain, status == STATUS_COMPLETE);
}

static struct yk_chain_key key_of(uint16_t adapter, const struct yk_advert *advert, uint8_t address_type,
                                  uint8_t set_id)
{
    struct yk_chain_key key = {
        {(uint8_t)adapter, (uint8_t)(adapter >> 8), advert->scan_response, address_type, set_id}};
    memcpy(key.bytes + 5, advert->id.address, sizeof advert->id.address); /* zeros when there is none */
    return key;
}

/* False: the rest of the event cannot be read. */
static bool extended_report(struct yk_decoder *decoder, struct yk_cursor *c, enum yk_drop cut, int64_t time_us)
{
    uint16_t type = yk_cursor_le16(c);
    uint8_t address_type = yk_cursor_u8(c);
    const uint8_t *address = yk_cursor_take(c, 6);
    if (c->failed) {
        yk_drop(decoder->drops, cut);
        return false;
    }
    yk_cursor_take(c, 2); /* PHYs */
    uint8_t set_id = yk_cursor_u8(c);
    yk_cursor_u8(c); /* TX power */
    uint8_t rssi = yk_cursor_u8(c);
    bool has_rssi = !c->failed;
    yk_cursor_take(c, 2 + 1 + 6); /* periodic interval, direct address */
    size_t length = yk_cursor_u8(c);
    size_t left = yk_cursor_left(c);
    bool whole = !c->failed && length <= left;
    unsigned status = EXTENDED_STATUS(type);
    struct yk_advert advert = {.time_us = time_us,
                               .rssi_dbm = has_rssi ? (int8_t)rssi : YK_RSSI_NONE,
                               .scan_response = type & EXTENDED_SCAN_RESPONSE,
                               .payload_length = length < left ? length : left};
    advert.payload = yk_cursor_take(c, advert.payload_length);
    if (!whole)
        yk_drop(decoder->drops, cut);

    if (!yk_decoder_address(&advert, address_type, address)) {
        yk_drop(decoder->drops, YK_DROP_malformed);
    } else if (decoder->chains.open == 0 && status != STATUS_MORE) { /* nearly always */
        yk_decoder_emit(decoder, &advert, whole && status == STATUS_COMPLETE);
    } else {
        struct yk_chain_key key = key_of(decoder->adapter, &advert, address_type, set_id);
        report_piece(decoder, &key, &advert, whole, status);
        explicit_bzero(&key, sizeof key);
    }
    explicit_bzero(&advert, sizeof advert);
    return whole;
}

void yk_hci_event(struct yk_decoder *decoder, const uint8_t *bytes, size_t length, int64_t time_us)
{
    yk_decoder_pass(decoder, time_us);
    struct yk_cursor c = yk_cursor_of(bytes, length);
    uint8_t code = yk_cursor_u8(&c);
    size_t parameters = yk_cursor_u8(&c);
    if (c.failed) {
        yk_drop(decoder->drops, YK_DROP_truncated);
        return;
    }
    if (code != EVT_LE_META_EVENT)
        return;
    bool cut = yk_cursor_left(&c) < parameters;
    enum yk_drop reason = cut ? YK_DROP_truncated : YK_DROP_malformed;
    if (!cut)
        c.end = c.at + parameters;
    uint8_t subevent = yk_cursor_u8(&c);
    bool extended = subevent == EVT_LE_EXTENDED_ADVERTISING_REPORT;
    if (!c.failed && !extended && subevent != EVT_LE_ADVERTISING_REPORT)
        return;
    unsigned reports = yk_cursor_u8(&c);
    if (c.failed || reports == 0) {
        yk_drop(decoder->drops, reason);
        return;
    }
    bool readable = true;
    for (unsigned i = 0; i < reports && readable; i++)
        readable =
            extended ? extended_report(decoder, &c, reason, time_us) : legacy_report(decoder, &c, reason, time_us);
}
