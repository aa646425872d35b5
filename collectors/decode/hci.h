/* LE advertising reports of a Bluetooth controller. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_HCI_H
#define YK_DECODE_HCI_H

#include "decode/decoder.h"

/* One HCI event from its event code on; length: bytes at hand. Events that are no advertising report are passed over.
 */
void yk_hci_event(struct yk_decoder *decoder, const uint8_t *bytes, size_t length, int64_t time_us);

#endif
