/* Radio packets behind a PPI header, as the Ubertooth's tools write them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LINKTYPE_PPI (192), "Per-Packet Information Header Specification" 1.0.10, little-endian:
 *
 *     0  version, 0    1  flags: bit 0 = each field begins on a multiple of 4    2  length of all headers, 2
 *     4  link type of what follows, 4: 251, or 147 (libbtbb wrote it before 251 had been given out)
 *     8  fields: type, 2; length, 2; data
 *
 * Field 30006 (libbtbb, pcap.c), 12 bytes of the radio's own words:
 *
 *     0  version, 0    1  frequency, MHz, 2    3  clock, 1 + 4, 100 ns
 *     8  RSSI: greatest, least, mean, signed    11  number of samples
 *
 * The RSSI is what the CC2400's register said, and nobody calibrated it. The stick's tools take the greatest for the
 * packet's and 54 off it for dBm, and so does this; a sensor's rssi_offset_db sets right what is still wrong after that. No
 * field tells of a CRC check, so it is made here. The record's time is used, not the field's clock.
 *
 * Anybody may use 147 for anything, and Wi-Fi recordings come in PPI too: what is neither of the two is counted, and
 * what is no LE packet fails its checksum. */
#include "base/cursor.h"
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include <pcap/pcap.h>

#include "decode/link_layer.h"

#define PPI_HEADER_LENGTH   8
#define PPI_ALIGNED         0x01
#define FIELD_HEADER_LENGTH 4
#define FIELD_BTLE          30006
#define FIELD_BTLE_LENGTH   12
#define CC2400_OFFSET_DB    54

/* YK_RSSI_NONE when the radio took no sample. */
static int8_t field_rssi(const uint8_t *data, size_t length)
{
    if (length < FIELD_BTLE_LENGTH || data[0] != 0 || data[11] == 0)
        return YK_RSSI_NONE;
    int rssi_dbm = (int8_t)data[8] - CC2400_OFFSET_DB;
    return (int8_t)(rssi_dbm < INT8_MIN ? INT8_MIN : rssi_dbm);
}

/* False: the fields contradict the header's length; those before that stand. */
static bool read_fields(struct yk_cursor *c, bool aligned, int8_t *rssi_dbm)
{
    while (yk_cursor_left(c) >= FIELD_HEADER_LENGTH) { /* fewer are padding of the whole */
        unsigned type = yk_cursor_le16(c);
        size_t length = yk_cursor_le16(c);
        const uint8_t *data = yk_cursor_take(c, length);
        if (data && type == FIELD_BTLE)
            *rssi_dbm = field_rssi(data, length);
        size_t padding = aligned ? -length & 3 : 0, left = yk_cursor_left(c);
        yk_cursor_take(c, padding < left ? padding : left); /* the last one's may be left out */
    }
    return !c->failed;
}

int64_t yk_link_ppi(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_cursor c = yk_cursor_of(record->bytes, record->length);
    unsigned version = yk_cursor_u8(&c);
    unsigned flags = yk_cursor_u8(&c);
    size_t length = yk_cursor_le16(&c);
    uint32_t inner = yk_cursor_le32(&c);
    if (!c.failed && (version != 0 || (inner != DLT_USER0 && inner != DLT_BLUETOOTH_LE_LL))) {
        yk_drop(decoder->drops, YK_DROP_unsupported);
        return record->time_us;
    }
    if (!c.failed && length < PPI_HEADER_LENGTH) {
        yk_drop(decoder->drops, YK_DROP_malformed);
        return record->time_us;
    }
    size_t fields_length = length - PPI_HEADER_LENGTH;
    const uint8_t *at = c.failed ? NULL : yk_cursor_take(&c, fields_length);
    if (!at) {
        yk_drop(decoder->drops, YK_DROP_truncated);
        return record->time_us;
    }
    struct yk_cursor fields = yk_cursor_of(at, fields_length);
    struct yk_radio_info info = {.time_us = record->time_us, .crc = YK_CRC_UNKNOWN, .rssi_dbm = YK_RSSI_NONE};
    if (!read_fields(&fields, flags & PPI_ALIGNED, &info.rssi_dbm))
        yk_drop(decoder->drops, YK_DROP_malformed);
    yk_link_layer_packet(decoder, c.at, yk_cursor_left(&c), &info);
    return record->time_us;
}
