/* btsnoop: what Android and btmon write. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 1761's snoop with Bluetooth link types. Everything is big-endian:
 *
 *     header   0  "btsnoop" NUL    8  version, 1    12  link type
 *     record   0  original length  4  included length   8  flags   12  cumulative drops   16  time, 64 bits   24  bytes
 *
 * The time counts microseconds since the year 0; 1970 began at 0x00dcddb30f2f8000. In link type 2001 the flags hold the
 * adapter (upper half) and the kind of record (lower half).
 *
 * Bounds: a length above 256 KiB is not a record but a sign that the file is corrupt; there is no way to find the next
 * record after it, so reading ends with a message that names the place. */
#include "decode/btsnoop.h"

#include "base/cursor.h"

#include <errno.h>
#include <inttypes.h>

#define RECORD_HEAD_SIZE 24
#define YEAR_0_TO_1970   INT64_C(0x00dcddb30f2f8000)

static enum yk_status read_failed(const char *name, struct yk_error *err)
{
    return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", name);
}

enum yk_status yk_btsnoop_open(FILE *file, const char *name, int *link_type, struct yk_error *err)
{
    uint8_t header[YK_BTSNOOP_HEADER_SIZE];
    size_t n = fread(header, 1, sizeof header, file);
    if (n < sizeof header && ferror(file))
        return read_failed(name, err);
    struct yk_cursor c = yk_cursor_of(header, n);
    yk_cursor_take(&c, 8);
    uint32_t version = yk_cursor_be32(&c);
    uint32_t type = yk_cursor_be32(&c);
    if (c.failed)
        return yk_error_set(err, YK_ERR_INPUT, "%s: the btsnoop header is cut after %zu of %zu bytes; record it again",
                            name, n, sizeof header);
    if (version != 1)
        return yk_error_set(err, YK_ERR_INPUT, "%s: btsnoop version %" PRIu32 " is not known, only 1 is", name,
                            version);
    if (type > 0xFFFF)
        return yk_error_set(err, YK_ERR_INPUT, "%s: the btsnoop header is corrupt: link type %" PRIu32, name, type);
    *link_type = (int)type;
    return YK_OK;
}

enum yk_status yk_btsnoop_next(FILE *file, const char *name, uint64_t *offset, uint8_t *memory,
                               struct yk_capture_record *record, enum yk_btsnoop_end *end, struct yk_error *err)
{
    uint8_t head[RECORD_HEAD_SIZE];
    size_t n = fread_unlocked(head, 1, sizeof head, file);
    if (n < sizeof head) {
        if (ferror(file))
            return read_failed(name, err);
        *end = n == 0 ? YK_BTSNOOP_END : YK_BTSNOOP_CUT;
        return YK_OK;
    }
    struct yk_cursor c = yk_cursor_of(head, sizeof head);
    uint32_t original = yk_cursor_be32(&c);
    uint32_t included = yk_cursor_be32(&c);
    uint32_t flags = yk_cursor_be32(&c);
    yk_cursor_be32(&c);
    uint64_t time = yk_cursor_be64(&c);
    if (included > YK_BTSNOOP_RECORD_MAX)
        return yk_error_set(err, YK_ERR_INPUT,
                            "%s: corrupt at byte %" PRIu64 ": a record of %" PRIu32
                            " bytes; what stands before it was read",
                            name, *offset, included);
    n = fread_unlocked(memory, 1, included, file);
    if (n < included) {
        if (ferror(file))
            return read_failed(name, err);
        *end = YK_BTSNOOP_CUT;
        return YK_OK;
    }
    *offset += RECORD_HEAD_SIZE + included;
    *record = (struct yk_capture_record){
        .bytes = memory, .length = included, .original_length = original, .time_us = YK_TIME_NONE, .flags = flags};
    if (time >= (uint64_t)YEAR_0_TO_1970 && time - (uint64_t)YEAR_0_TO_1970 < (uint64_t)YK_TIME_END)
        record->time_us = (int64_t)time - YEAR_0_TO_1970;
    *end = YK_BTSNOOP_RECORD;
    return YK_OK;
}
