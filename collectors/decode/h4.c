/* The envelopes around HCI packets. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     1002 (btsnoop), 187 (pcap)    0  packet type, 4 = event     1  the event
 *      201 (pcap)                   0  direction, 4 bytes big-endian    4  packet type    5  the event
 *     2001 (btsnoop)                the record's flags: adapter << 16 | opcode, 3 = event; the record is the event
 *      254 (pcap)                   0  adapter, 2 bytes big-endian    2  opcode, 2, the same    4  the event
 *
 * Commands, data and the monitor's own notes are passed over: they are no adverts and no mistakes, and only show that
 * time goes on. */
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
    else
        yk_decoder_pass(decoder, record->time_us);
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

static void monitored(struct yk_decoder *decoder, const struct yk_cursor *c, unsigned adapter, unsigned opcode,
                      int64_t time_us)
{
    decoder->adapter = (uint16_t)adapter;
    if (opcode == MONITOR_EVENT)
        yk_hci_event(decoder, c->at, yk_cursor_left(c), time_us);
    else
        yk_decoder_pass(decoder, time_us);
}

int64_t yk_link_monitor_snoop(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_cursor c = yk_cursor_of(record->bytes, record->length);
    monitored(decoder, &c, record->flags >> 16, record->flags & 0xFFFF, record->time_us);
    return record->time_us;
}

int64_t yk_link_monitor(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    struct yk_cursor c = yk_cursor_of(record->bytes, record->length);
    unsigned adapter = yk_cursor_be16(&c);
    unsigned opcode = yk_cursor_be16(&c);
    if (c.failed)
        yk_drop(decoder->drops, YK_DROP_truncated);
    else
        monitored(decoder, &c, adapter, opcode, record->time_us);
    return record->time_us;
}
