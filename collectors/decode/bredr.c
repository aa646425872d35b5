/* Packets of classic Bluetooth. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LINKTYPE_BLUETOOTH_BREDR_BB (255): 22 bytes of header (channel, signal, noise, rates, address parts, flags), then a
 * BR or EDR payload. Nothing on this side of the radio advertises, so such a recording is read and has no advert in it:
 * every whole packet is passed over, and a sniffer that records both kinds into one folder needs no sorting out. The
 * parts of an address that classic packets carry belong to connections of people who asked for nothing and are not
 * looked at. */
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "decode/decoder.h"

#define BREDR_HEADER_LENGTH 22

int64_t yk_link_bredr(struct yk_decoder *decoder, const struct yk_capture_record *record)
{
    if (record->length < BREDR_HEADER_LENGTH)
        yk_drop(decoder->drops, YK_DROP_truncated);
    return record->time_us;
}
