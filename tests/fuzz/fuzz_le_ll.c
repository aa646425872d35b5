/* Radio packets and nothing else: link type 251. SPDX-License-Identifier: GPL-3.0-or-later */
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    records_run(251, bytes, length);
    return 0;
}
