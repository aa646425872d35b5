/* The envelopes of HCI packets: the first byte says which. SPDX-License-Identifier: GPL-3.0-or-later */
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const int link_types[] = {187, 201, 254, 1002, 2001};
    if (length > 0)
        records_run(link_types[bytes[0] % 5], bytes + 1, length - 1);
    return 0;
}
