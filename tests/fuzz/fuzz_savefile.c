/* Classic pcap files, as libpcap reads them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "../support/against_libpcap.h"

#include "decode/savefile.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct yk_capture *capture = NULL;
    size_t records;
    if (!yk_savefile_is(bytes, length))
        return 0;
    if (yk_capture_open_memory(bytes, length, &capture, NULL) != YK_OK)
        abort();
    if (against_libpcap(capture, bytes, length, &records))
        abort();
    yk_capture_free(capture);
    return 0;
}
