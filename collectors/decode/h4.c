/* The envelopes around HCI packets. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     1002 (btsnoop), 187 (pcap)    0  packet type, 4 = event     1  the event
 *      201 (pcap)                   0  direction, 4 bytes big-endian    4  packet type    5  the event
 *     2001 (btsnoop)                the record's flags: adapter << 16 | opcode, 3 = event; the record is the event
 *      254 (pcap)                   0  adapter, 2 bytes big-endian    2  opcode, 2, the same    4  the event
 *
 * Commands, data and the monitor's own notes are passed over: they are no adverts and no mistakes. */
#include "base/cursor.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>

#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "decode/hci.h"

#define MONITOR_EVENT 3

static int64_t packet_after(struct yk_decoder *decoder, const struct yk_capture_record *record, size_t header)
{
    struct yk_cursor c = yk_cursor_of(record->bytes, record->length);
    yk_cursor_take(&c, header);
    uint8_t type = yk_cursor_u8(&c);
    if (c.failed)
        yk_drop(decoder->drops, YK_DROP_truncated);
    else if (type == HCI_EVENT_PKT)
        yk_hci_event(decoder, c.at, yk_cursor_left(&c), record->time_us);
    return record->time_us;
}

int64_t yk_link_h4(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    return packet_after(decoder, record, 0);
}

int64_t yk_link_h4_direction(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    return packet_after(decoder, record, 4);
}

int64_t yk_link_monitor_snoop(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    if ((record->flags & 0xFFFF) == MONITOR_EVENT)
        yk_hci_event(decoder, record->bytes, record->length, record->time_us);
    return record->time_us;
}

int64_t yk_link_monitor(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_cursor c = yk_cursor_of(record->bytes, record->length);
    yk_cursor_take(&c, 2); /* adapter */
    unsigned opcode = yk_cursor_be16(&c);
    if (c.failed)
        yk_drop(decoder->drops, YK_DROP_truncated);
    else if (opcode == MONITOR_EVENT)
        yk_hci_event(decoder, c.at, yk_cursor_left(&c), record->time_us);
    return record->time_us;
}
