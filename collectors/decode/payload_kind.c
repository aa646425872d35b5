/* Kinds of payloads. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Beacons on walls, lost-and-found tags and phones advertise in different ways and are different things to count. Two
 * types of AD structures carry all the kinds that are told apart:
 *
 *     0xFF manufacturer data     0  company, LE16    2  its own layout
 *          iBeacon               4C 00 02 15, UUID 16, major 2, minor 2, power 1                 (Apple)
 *          Find My               4C 00 12, length                            (Apple's accessory specification, 5.1)
 *          AltBeacon             company, BE AC, id 20, reference RSSI 1     (AltBeacon 1.0)
 *     0x16 service data          0  UUID, LE16       2  the service's own layout
 *          0xFEAA Eddystone      frame type: 00 UID, 10 URL, 20 TLM, 30 EID; the low four bits are 0
 *          0xFD6F                exposure notification: identifier 16, encrypted metadata 4
 *          0xFCB2                DULT (draft-ietf-dult-accessory-protocol): network 1, near-owner bit 1
 *          0xFE2C                Fast Pair: model 3, or account data that begin with a version
 *
 * A structure that is too short for its kind is not of it. Precedence is that of the list in the header: what has a
 * fixed identity before what rotates, what is bound to a place before what is carried; it does not depend on the order
 * in the payload, which advertisers choose. Only the kind is told, nothing of what the payload says.
 *
 * Cost: two comparisons for a structure of another type, a few more for these two. A table of prefixes would read better
 * and was measurably slower. */
#include "decode/payload_kind.h"

#include "decode/ad.h"

#define AD_SERVICE_DATA_16 0x16
#define AD_MANUFACTURER    0xFF
#define COMPANY_APPLE      0x004C

static const char *const names[] = {
#define X(name) #name,
    YK_PAYLOAD_KINDS(X)
#undef X
};

static enum yk_payload_kind manufacturer_kind(const uint8_t *data, size_t length)
{
    if (length < 4)
        return YK_PAYLOAD_none;
    if ((data[0] | data[1] << 8) == COMPANY_APPLE) {
        if (data[2] == 0x02 && data[3] == 0x15 && length >= 25)
            return YK_PAYLOAD_ibeacon;
        if (data[2] == 0x12)
            return YK_PAYLOAD_find_my;
    }
    return data[2] == 0xBE && data[3] == 0xAC && length >= 25 ? YK_PAYLOAD_altbeacon : YK_PAYLOAD_none;
}

static enum yk_payload_kind eddystone_kind(const uint8_t *data, size_t length)
{
    switch (data[2]) {
    case 0x00: /* power 1, namespace 10, instance 6 */
        return length >= 20 ? YK_PAYLOAD_eddystone_uid : YK_PAYLOAD_none;
    case 0x10: /* power 1, scheme 1 */
        return length >= 5 ? YK_PAYLOAD_eddystone_url : YK_PAYLOAD_none;
    case 0x20: /* version 1, 12 of readings */
        return length >= 16 ? YK_PAYLOAD_eddystone_tlm : YK_PAYLOAD_none;
    case 0x30: /* power 1, identifier 8 */
        return length >= 12 ? YK_PAYLOAD_eddystone_eid : YK_PAYLOAD_none;
    default:
        return YK_PAYLOAD_none;
    }
}

static enum yk_payload_kind service_kind(const uint8_t *data, size_t length)
{
    if (length < 3)
        return YK_PAYLOAD_none;
    switch (data[0] | data[1] << 8) {
    case 0xFEAA:
        return eddystone_kind(data, length);
    case 0xFD6F:
        return length >= 22 ? YK_PAYLOAD_exposure_notification : YK_PAYLOAD_none;
    case 0xFCB2:
        return length >= 4 ? YK_PAYLOAD_dult : YK_PAYLOAD_none;
    case 0xFE2C:
        return YK_PAYLOAD_fast_pair;
    default:
        return YK_PAYLOAD_none;
    }
}

struct yk_payload yk_payload_look(const uint8_t *payload, size_t length)
{
    struct yk_payload found = {.kind = YK_PAYLOAD_none};
    struct yk_cursor c = yk_cursor_of(payload, length);
    struct yk_ad ad;
    while (yk_ad_next(&c, &ad)) {
        enum yk_payload_kind kind = YK_PAYLOAD_none;
        if (ad.type == AD_MANUFACTURER)
            kind = manufacturer_kind(ad.data, ad.length);
        else if (ad.type == AD_SERVICE_DATA_16)
            kind = service_kind(ad.data, ad.length);
        if (kind != YK_PAYLOAD_none && (found.kind == YK_PAYLOAD_none || kind < found.kind))
            found.kind = kind;
    }
    found.whole = !c.failed;
    return found;
}

const char *yk_payload_kind_name(enum yk_payload_kind kind)
{
    return names[kind];
}
