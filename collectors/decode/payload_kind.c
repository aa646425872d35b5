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
 * Cost: two comparisons for each structure of another type, which nearly all are. */
#include "decode/payload_kind.h"

#include "decode/ad.h"

#include <string.h>

#define AD_SERVICE_DATA_16 0x16
#define AD_MANUFACTURER    0xFF

static const char *const names[] = {
#define X(name) #name,
    YK_PAYLOAD_KINDS(X)
#undef X
};

struct layout {
    uint8_t size, prefix_at;
    uint8_t prefix[4];
    uint8_t least; /* bytes of AD data, company or UUID included */
    enum yk_payload_kind kind;
};

static const struct layout manufacturers[] = {
    {4, 0, {0x4C, 0x00, 0x02, 0x15}, 25, YK_PAYLOAD_ibeacon},
    {3, 0, {0x4C, 0x00, 0x12}, 4, YK_PAYLOAD_find_my},
    {2, 2, {0xBE, 0xAC}, 25, YK_PAYLOAD_altbeacon},
};

static const struct layout services[] = {
    {3, 0, {0xAA, 0xFE, 0x00}, 20, YK_PAYLOAD_eddystone_uid}, /* power 1, namespace 10, instance 6 */
    {3, 0, {0xAA, 0xFE, 0x10}, 5, YK_PAYLOAD_eddystone_url},  /* power 1, scheme 1 */
    {3, 0, {0xAA, 0xFE, 0x20}, 16, YK_PAYLOAD_eddystone_tlm}, /* version 1, 12 of readings */
    {3, 0, {0xAA, 0xFE, 0x30}, 12, YK_PAYLOAD_eddystone_eid}, /* power 1, identifier 8 */
    {2, 0, {0x6F, 0xFD}, 22, YK_PAYLOAD_exposure_notification},
    {2, 0, {0xB2, 0xFC}, 4, YK_PAYLOAD_dult},
    {2, 0, {0x2C, 0xFE}, 3, YK_PAYLOAD_fast_pair},
};

static enum yk_payload_kind among(const struct layout *layouts, size_t count, const struct yk_ad *ad)
{
    for (size_t i = 0; i < count; i++) {
        const struct layout *l = &layouts[i];
        if (ad->length >= l->least && memcmp(ad->data + l->prefix_at, l->prefix, l->size) == 0)
            return l->kind;
    }
    return YK_PAYLOAD_none;
}

struct yk_payload yk_payload_look(const uint8_t *payload, size_t length)
{
    struct yk_payload found = {.kind = YK_PAYLOAD_none};
    struct yk_cursor c = yk_cursor_of(payload, length);
    struct yk_ad ad;
    while (yk_ad_next(&c, &ad)) {
        enum yk_payload_kind kind = YK_PAYLOAD_none;
        if (ad.type == AD_MANUFACTURER)
            kind = among(manufacturers, sizeof manufacturers / sizeof manufacturers[0], &ad);
        else if (ad.type == AD_SERVICE_DATA_16)
            kind = among(services, sizeof services / sizeof services[0], &ad);
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
