/* Scripts of adverts, and advertising reports. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A script has a line per advert, and lines that begin with # for people:
 *
 *     <ms> <kind>[/<piece>][!|~] <address type> <address> <rssi> <data in hexadecimal, or ->
 *     <ms> raw <packet in hexadecimal, from the H4 byte on>
 *     <ms> flood <n> <reports in an event, at most 20>
 *
 * <ms> is the time since the script began; a + before it puts the advert into one event with the line before. Kinds are
 * ind, direct, scan, nonconn, rsp (legacy), extended (on LE 1M) and coded (on LE Coded). /<piece> tells it in reports of
 * that many bytes, each in an event of its own; ! says at the end that the controller lost the rest, ~ that more
 * is to come (another line with that address is the rest). The address type is
 * HCI's: 0 public, 1 random, 2 and 3 resolved ones, 255 none. The address is written as people do, most significant
 * byte first.
 *
 * What is told of it follows Core 5.3 Vol 4 Part E: legacy reports (7.7.65.2) when the host scans with legacy commands,
 * extended ones (7.7.65.13) otherwise, legacy adverts as such; nothing unless scanning is on, LE Meta is in the event
 * mask (7.3.1, bit 61) and the report's subevent in the LE event mask (7.8.1, bits 1 and 12); extended adverts only to an
 * extended scan of their PHY; scan responses only to an active scan. */
#include "adverts.h"

#include <stdio.h>
#include <string.h>

#define EVENT_LE_META     0x3E
#define SUBEVENT_LEGACY   0x02
#define SUBEVENT_EXTENDED 0x0D
#define LE_META_BIT       61
#define EVENT_HEAD        5 /* H4, code, length, subevent, number of reports */

#define LEGACY_FIXED   10 /* bytes of a report without its data */
#define EXTENDED_FIXED 24

#define STATUS_COMPLETE 0
#define STATUS_MORE     1
#define STATUS_CUT      2

static const struct {
    const char *name;
    uint8_t legacy;    /* event type of a legacy report */
    uint16_t extended; /* event type of an extended one, table of 7.7.65.13 */
    uint8_t primary, secondary;
} kinds[] = {
    [YK_PDU_IND] = {"ind", 0, 0x0013, 1, 0},     [YK_PDU_DIRECT] = {"direct", 1, 0x0015, 1, 0},
    [YK_PDU_SCAN] = {"scan", 2, 0x0012, 1, 0},   [YK_PDU_NONCONN] = {"nonconn", 3, 0x0010, 1, 0},
    [YK_PDU_RSP] = {"rsp", 4, 0x001B, 1, 0},     [YK_PDU_EXTENDED] = {"extended", 0, 0x0000, 1, 2},
    [YK_PDU_CODED] = {"coded", 0, 0x0000, 3, 3},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static bool is_legacy(const struct yk_air *air)
{
    return air->pdu < YK_PDU_EXTENDED;
}

static bool parse_kind(char *word, struct yk_air *air)
{
    size_t length = strlen(word), i = 0;
    if (length > 0 && (word[length - 1] == '!' || word[length - 1] == '~')) {
        air->cut = word[length - 1] == '!';
        air->more = !air->cut;
        word[length - 1] = '\0';
    }
    char *slash = strchr(word, '/');
    if (slash && sscanf(slash, "/%zu", &air->piece) != 1)
        return false;
    if (slash)
        *slash = '\0';
    while (i < KIND_COUNT && strcmp(kinds[i].name, word) != 0)
        i++;
    air->pdu = (enum yk_pdu)i;
    return i < KIND_COUNT && !(is_legacy(air) && (slash || air->cut || air->more));
}

static bool parse_hex(const char *hex, struct yk_air *air)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1 && hex[1] && air->size < sizeof air->data; hex += 2)
        air->data[air->size++] = (uint8_t)byte;
    return *hex == '\0';
}

bool yk_air_parse(const char *line, struct yk_air *air)
{
    char kind[32], hex[2 * YK_ADVERT_DATA_MAX + 1];
    unsigned long long at_ms;
    unsigned type, address[6];
    int rssi;
    memset(air, 0, sizeof *air);
    air->with_last = *line == '+';
    line += air->with_last;
    if (sscanf(line, "%llu flood %u %u", &at_ms, &air->flood, &air->share) == 3) {
        air->at_ms = at_ms;
        return air->flood > 0 && air->share > 0 && air->share <= YK_FLOOD_SHARE_MAX;
    }
    _Static_assert(sizeof hex == 3301, "the widths below");
    air->raw = sscanf(line, "%llu raw %3300s", &at_ms, hex) == 2;
    if (air->raw) {
        air->at_ms = at_ms;
        return parse_hex(hex, air) && air->size >= 2 && air->size <= YK_HCI_PACKET_MAX;
    }
    if (sscanf(line, "%llu %31s %u %x:%x:%x:%x:%x:%x %d %3300s", &at_ms, kind, &type, &address[5], &address[4],
               &address[3], &address[2], &address[1], &address[0], &rssi, hex) != 11 ||
        type > 255 || rssi < -128 || rssi > 127 || !parse_kind(kind, air) ||
        (strcmp(hex, "-") != 0 && !parse_hex(hex, air)) || (is_legacy(air) && air->size > 31))
        return false;
    air->at_ms = at_ms;
    air->type = (uint8_t)type;
    air->rssi_dbm = (int8_t)rssi;
    for (int i = 0; i < 6; i++)
        air->address[i] = (uint8_t)address[i];
    return true;
}

/* An odd factor takes 32 bits to 32 bits without a collision, and spreads them. */
void yk_air_flood(uint32_t i, struct yk_air *air)
{
    uint32_t spread = i * UINT32_C(0x9E3779B1);
    memset(air, 0, sizeof *air);
    air->pdu = YK_PDU_NONCONN;
    air->type = 1;
    for (int b = 0; b < 4; b++)
        air->address[b] = (uint8_t)(spread >> 8 * b);
    air->address[4] = (uint8_t)(i >> 7);
    air->address[5] = (uint8_t)(0x40 | (i & 0x3F)); /* 01: resolvable */
    air->rssi_dbm = (int8_t)(-40 - (int)(i % 50));
}

bool yk_air_heard(const struct yk_air *air, const struct yk_controller *controller)
{
    bool extended = controller->set == YK_SET_EXTENDED;
    unsigned subevent_bit = extended ? 12 : 1;
    uint8_t phy = (uint8_t)(1u << (kinds[air->pdu].primary - 1));
    return controller->scanning && (controller->event_mask >> LE_META_BIT & 1) &&
           (controller->le_event_mask >> subevent_bit & 1) && (extended || is_legacy(air)) &&
           (controller->phys & phy) && (air->pdu != YK_PDU_RSP || controller->active);
}

void yk_reports_flush(struct yk_reports *reports, yk_reports_send *send, void *context)
{
    if (reports->size == 0)
        return;
    reports->packet[2] = (uint8_t)(reports->size - 3);
    send(context, reports);
    reports->size = 0;
}

/* Room for a report of `size` bytes in an event of its kind, counted there. */
static uint8_t *room(struct yk_reports *reports, uint8_t subevent, size_t size)
{
    if (reports->size == 0) {
        memcpy(reports->packet, (const uint8_t[EVENT_HEAD]){YK_HCI_EVENT, EVENT_LE_META, 0, subevent, 0}, EVENT_HEAD);
        reports->size = EVENT_HEAD;
    }
    uint8_t *at = reports->packet + reports->size;
    reports->size += size;
    reports->packet[4]++;
    return at;
}

static void legacy_report(const struct yk_air *air, struct yk_reports *reports)
{
    uint8_t *at = room(reports, SUBEVENT_LEGACY, LEGACY_FIXED + air->size);
    *at++ = kinds[air->pdu].legacy;
    *at++ = air->type;
    memcpy(at, air->address, 6);
    at[6] = (uint8_t)air->size;
    memcpy(at + 7, air->data, air->size);
    at[7 + air->size] = (uint8_t)air->rssi_dbm;
}

static void extended_report(const struct yk_air *air, size_t from, size_t size, unsigned status,
                            struct yk_reports *reports)
{
    uint8_t *at = room(reports, SUBEVENT_EXTENDED, EXTENDED_FIXED + size);
    memset(at, 0, EXTENDED_FIXED);
    at[0] = (uint8_t)(kinds[air->pdu].extended | status << 5);
    at[2] = air->type;
    memcpy(at + 3, air->address, 6);
    at[9] = kinds[air->pdu].primary;
    at[10] = kinds[air->pdu].secondary;
    at[11] = is_legacy(air) ? 0xFF : 0x01; /* no set, set 1 */
    at[12] = 0x7F;                         /* TX power not known */
    at[13] = (uint8_t)air->rssi_dbm;
    at[23] = (uint8_t)size;
    memcpy(at + EXTENDED_FIXED, air->data + from, size);
}

void yk_air_report(const struct yk_air *air, const struct yk_controller *controller, struct yk_reports *reports,
                   yk_reports_send *send, void *context)
{
    bool extended = controller->set == YK_SET_EXTENDED;
    size_t fixed = extended ? EXTENDED_FIXED : LEGACY_FIXED, most = YK_HCI_PACKET_MAX - EVENT_HEAD - fixed;
    size_t piece = air->piece && air->piece < most ? air->piece : most, from = 0;
    bool first = true;
    do {
        size_t size = air->size - from < piece ? air->size - from : piece;
        bool last = from + size == air->size;
        if (!(first && air->with_last) || reports->size + fixed + size > YK_HCI_PACKET_MAX)
            yk_reports_flush(reports, send, context);
        if (extended)
            extended_report(air, from, size,
                            !last || air->more ? STATUS_MORE
                            : air->cut         ? STATUS_CUT
                                               : STATUS_COMPLETE,
                            reports);
        else
            legacy_report(air, reports);
        from += size;
        first = false;
    } while (from < air->size);
}
