/* A row of records through one link type. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each record stands behind a byte of length, a byte of time (in 50 ms; 255: without a time stamp) and, where the link
 * type reads btsnoop's flags, two bytes of them: adapter and opcode. */
#ifndef YK_TESTS_FUZZ_RECORDS_H
#define YK_TESTS_FUZZ_RECORDS_H

#include "base/cursor.h"
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include "sink.h"

static inline void records_run(int link_type, const uint8_t *bytes, size_t length)
{
    struct sink sink = {.bytes = bytes, .length = length};
    struct yk_decoder decoder = {.heard = sink_take, .context = &sink, .drops = &sink.drops};
    struct yk_cursor c = yk_cursor_of(bytes, length);
    while (yk_cursor_left(&c) > 0) {
        size_t size = yk_cursor_u8(&c);
        uint8_t time = yk_cursor_u8(&c);
        uint32_t flags = link_type == 2001 ? (uint32_t)yk_cursor_u8(&c) << 16 | yk_cursor_u8(&c) : 0;
        size_t left = yk_cursor_left(&c);
        size = size < left ? size : left;
        struct yk_capture_record record = {.bytes = c.at,
                                           .length = size,
                                           .original_length = size,
                                           .time_us = time == 255 ? YK_TIME_NONE : time * INT64_C(50000),
                                           .flags = flags};
        if (yk_link_type_find(link_type)->decode(&decoder, &record) != record.time_us)
            abort();
        yk_cursor_take(&c, size);
    }
    yk_decoder_finish(&decoder);
    sink_end(&decoder);
}

#endif
