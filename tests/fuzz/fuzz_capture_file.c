/* A whole recording: container, link type, packets. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct yk_capture *capture;
    const struct yk_link_type *link;
    struct yk_error err;
    if (yk_capture_open_memory(bytes, length, &capture, &err) != YK_OK)
        return 0;
    struct sink sink = {.bytes = bytes, .length = length};
    struct yk_decoder decoder = {.heard = sink_take, .context = &sink, .drops = &sink.drops};
    bool more = yk_link_type_of(capture, &link, &err) == YK_OK;
    while (more) {
        struct yk_capture_record record;
        if (yk_capture_next(capture, &record, &more, &err) != YK_OK || !more)
            break;
        int64_t time_us = link->decode(&decoder, &record);
        if (time_us != YK_TIME_NONE && record.time_us != YK_TIME_NONE && link->number != 272 &&
            time_us != record.time_us)
            abort();
    }
    yk_decoder_finish(&decoder);
    sink_end(&decoder);
    yk_capture_free(capture);
    return 0;
}
