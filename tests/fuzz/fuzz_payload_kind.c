/* AD structures, and the kind of payload that they make. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/ad.h"
#include "decode/payload_kind.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct yk_cursor c = yk_cursor_of(bytes, length);
    struct yk_ad ad;
    size_t read = 0;
    while (yk_ad_next(&c, &ad)) {
        volatile uint8_t last = ad.length ? ad.data[ad.length - 1] : ad.type;
        (void)last;
        read += 2 + ad.length;
    }
    struct yk_payload found = yk_payload_look(bytes, length);
    if (read > length || found.whole == c.failed || found.kind >= YK_PAYLOAD_COUNT)
        abort();
    return 0;
}
