/* Two packets of the nRF Sniffer after each other: the input cut in half, host times in its first 16 bytes.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cursor.h"
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct sink sink = {.bytes = bytes, .length = length};
    struct yk_decoder decoder = {.heard = sink_take, .context = &sink, .drops = &sink.drops};
    struct yk_cursor c = yk_cursor_of(bytes, length);
    int64_t host_us[2];
    for (int i = 0; i < 2; i++) {
        uint64_t time = yk_cursor_le64(&c); /* readers let no other times through */
        host_us[i] = time < (uint64_t)YK_TIME_END ? (int64_t)time : YK_TIME_NONE;
    }
    for (int i = 0; i < 2; i++) {
        size_t left = yk_cursor_left(&c);
        size_t size = i == 0 ? left / 2 : left;
        struct yk_capture_record record = {
            .bytes = c.at, .length = size, .original_length = size, .time_us = host_us[i]};
        yk_link_type_find(272)->decode(&decoder, &record);
        yk_cursor_take(&c, size);
    }
    yk_decoder_finish(&decoder);
    sink_end(&decoder);
    return 0;
}
