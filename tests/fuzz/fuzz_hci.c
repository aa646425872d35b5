/* HCI events: the input is a chain of them, each behind one byte of length, so that chained reports are reached.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cursor.h"

#include "sink.h"
#include "decode/hci.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct sink sink = {.bytes = bytes, .length = length};
    struct yk_decoder decoder = {.heard = sink_take, .context = &sink, .drops = &sink.drops};
    struct yk_cursor c = yk_cursor_of(bytes, length);
    while (yk_cursor_left(&c) > 0) {
        size_t size = yk_cursor_u8(&c);
        size_t left = yk_cursor_left(&c);
        size = size < left ? size : left;
        yk_hci_event(&decoder, c.at, size, size * 50000); /* some chains grow too old */
        yk_cursor_take(&c, size);
    }
    yk_decoder_finish(&decoder);
    sink_end(&decoder);
    return 0;
}
