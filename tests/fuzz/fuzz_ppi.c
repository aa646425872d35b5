/* Radio packets behind a PPI header: link type 192. SPDX-License-Identifier: GPL-3.0-or-later */
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    records_run(192, bytes, length);
    return 0;
}
