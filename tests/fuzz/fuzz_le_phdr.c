/* Radio packets behind the generic radio header: link type 256. SPDX-License-Identifier: GPL-3.0-or-later */
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    records_run(256, bytes, length);
    return 0;
}
