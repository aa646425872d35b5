/* Packets of classic Bluetooth: link type 255. SPDX-License-Identifier: GPL-3.0-or-later */
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    records_run(255, bytes, length);
    return 0;
}
